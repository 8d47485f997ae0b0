//! Reading cells of a table by row and column name, and deriving one table from others with KQL.

use kql::Value;
use kql_polars::{Catalog, KqlTable, SourceColumn, TableSource, Tables};
use polars::prelude::IntoLazy;

use crate::error::{Error, ErrorCode};
use crate::limits::options;

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a KqlTable,
    index: usize,
}

/// The rows of a table.
pub fn rows(table: &KqlTable) -> impl Iterator<Item = Row<'_>> {
    (0..table.rows()).map(move |index| Row { table, index })
}

impl Row<'_> {
    /// A cell, or `None` if there is no such column or it is null.
    pub fn get(&self, column: &str) -> Option<Value> {
        let position = self.table.position(column)?;
        self.table.value(self.index, position).ok().filter(|v| !v.is_null())
    }

    /// A cell as text: strings and guids as they are, numbers in digits, dynamic values as JSON; empty if there is none.
    pub fn text(&self, column: &str) -> String {
        match self.get(column) {
            Some(Value::String(text) | Value::Guid(text) | Value::Decimal(text)) => text,
            Some(Value::Int(n)) => n.to_string(),
            Some(Value::Long(n)) => n.to_string(),
            Some(Value::Real(n)) => n.to_string(),
            Some(Value::Bool(b)) => b.to_string(),
            Some(Value::DateTime(t)) => kql::time::format_datetime(t),
            Some(Value::TimeSpan(t)) => kql::time::format_timespan(t),
            Some(Value::Dynamic(serde_json::Value::String(text))) => text,
            Some(Value::Dynamic(v)) => v.to_string(),
            Some(Value::Null(_)) | None => String::new(),
        }
    }

    /// A datetime cell in ticks.
    pub fn ticks(&self, column: &str) -> Option<i64> {
        match self.get(column) {
            Some(Value::DateTime(t)) => Some(t),
            _ => None,
        }
    }

    /// A whole number.
    pub fn long(&self, column: &str) -> Option<i64> {
        match self.get(column) {
            Some(Value::Long(n)) => Some(n),
            Some(Value::Int(n)) => Some(i64::from(n)),
            _ => None,
        }
    }

    /// A cell as JSON, or `None` if it is null or empty text.
    pub fn json(&self, column: &str) -> Option<serde_json::Value> {
        Some(match self.get(column)? {
            Value::Dynamic(v) => v,
            Value::Int(n) => n.into(),
            Value::Long(n) => n.into(),
            Value::Bool(b) => b.into(),
            Value::Real(n) => serde_json::json!(n),
            _ => Some(self.text(column)).filter(|t| !t.is_empty())?.into(),
        })
    }
}

/// The tables as something to query, each under its name.
pub fn catalog(tables: &[(&str, &KqlTable)]) -> Tables {
    let tables = tables.iter().map(|(name, table)| ((*name).to_owned(), source(table))).collect();
    Tables { tables, now: None }
}

/// A result as a table that a query can name.
pub fn source(table: &KqlTable) -> TableSource {
    let columns = table
        .columns
        .iter()
        .map(|c| SourceColumn { name: c.name.clone(), ty: c.ty, stored: kql_polars::typed::polars_type(c.ty) })
        .collect();
    TableSource { frame: table.frame.clone().lazy(), columns, notes: Vec::new() }
}

/// Runs a query of ours over results: `text` names the tables as in `tables`. Their notes go on to the result.
///
/// # Errors
/// When the query fails, which is a defect of the engine.
pub fn derive(text: &str, tables: &[(&str, &KqlTable)]) -> Result<KqlTable, Error> {
    let catalog: &dyn Catalog = &catalog(tables);
    let mut result = kql_polars::run(text, catalog, &std::collections::BTreeMap::new(), &options())
        .map_err(|e| Error::new(ErrorCode::Internal, format!("a summary could not be made: {}", e.render(text))))?;
    for (_, table) in tables {
        for note in &table.notes {
            if !result.notes.contains(note) {
                result.notes.push(note.clone());
            }
        }
    }
    Ok(result)
}
