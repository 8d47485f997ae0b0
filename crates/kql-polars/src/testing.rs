//! Queries and their results as short text, for tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use kql::Value;

use crate::{KqlTable, NoTables, Options, run};

/// The result: names, then a line for each row, cells between `|`. An error is shown as people see it.
pub(crate) fn rows(query: &str) -> String {
    match run(query, &NoTables, &BTreeMap::new(), &Options::default()) {
        Ok(table) => shown(&table),
        Err(error) => format!("ERROR {}", error.render(query)),
    }
}

/// The result of a query that has no error.
pub(crate) fn table(query: &str) -> KqlTable {
    run(query, &NoTables, &BTreeMap::new(), &Options::default()).unwrap_or_else(|e| panic!("{}", e.render(query)))
}

/// A table as [`rows`] shows it.
pub(crate) fn shown(table: &KqlTable) -> String {
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let mut out = names.join(" | ");
    for row in 0..table.frame.height() {
        let cells: Vec<String> = (0..names.len()).map(|column| cell(&table.value(row, column).unwrap())).collect();
        out.push('\n');
        out.push_str(&cells.join(" | "));
    }
    out
}

/// The error of a query as people see it.
pub(crate) fn error(query: &str) -> String {
    match run(query, &NoTables, &BTreeMap::new(), &Options::default()) {
        Ok(_) => format!("no error, but:\n{}", rows(query)),
        Err(error) => error.to_string(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => format!("{v:?}"),
        Value::DateTime(v) => kql::time::format_datetime(*v),
        Value::TimeSpan(v) => kql::time::format_timespan(*v),
        Value::Decimal(v) | Value::String(v) | Value::Guid(v) => v.clone(),
        Value::Dynamic(v) => v.to_string(),
    }
}
