//! Whole queries: an example of each operator, the semantics of null, names of columns, errors with their help, limits.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use kql::{Error, ErrorKind, Value};
use kql_polars::{Catalog, KqlTable, NoTables, Options, run};

mod errors;
mod expressions;
mod joins;
mod limits;
mod pushdown;
mod summarize;
mod tables;

fn try_on(query: &str, catalog: &dyn Catalog) -> Result<KqlTable, Error> {
    run(query, catalog, &BTreeMap::new(), &Options::default())
}

fn try_query(query: &str) -> Result<KqlTable, Error> {
    try_on(query, &NoTables)
}

/// The names of the columns, then a line for each row; cells as JSON.
fn text(table: &KqlTable) -> String {
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let mut out = names.join(" ");
    for row in 0..table.rows() {
        let cells: Vec<String> = (0..names.len()).map(|column| table.json(row, column).unwrap().to_string()).collect();
        out.push('\n');
        out.push_str(&cells.join(" "));
    }
    out
}

fn rows(query: &str) -> String {
    match try_query(query) {
        Ok(table) => text(&table),
        Err(e) => panic!("{}", e.render(query)),
    }
}

/// `kind: message`, the text that is pointed at, and the help.
fn error(query: &str) -> (ErrorKind, String) {
    match try_query(query) {
        Ok(table) => panic!("{query} gives\n{}", text(&table)),
        Err(e) => {
            let at = e.span.map_or("", |s| &query[s.start..s.end]);
            let help = e.help.map(|h| format!(" ({h})")).unwrap_or_default();
            (e.kind, format!("`{at}`: {}{help}", e.message))
        }
    }
}

/// The only cell of a query of one row and column.
fn value(expression: &str) -> Value {
    let query = format!("print {expression}");
    match try_query(&query) {
        Ok(table) => table.value(0, 0).unwrap(),
        Err(e) => panic!("{}", e.render(&query)),
    }
}
