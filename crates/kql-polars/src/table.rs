//! The result of a query: rows with KQL types.

use kql::{KqlType, Value};
use polars::prelude::{DataFrame, PolarsResult};

use crate::typed::value_at;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, unique within the table; case matters.
    pub name: String,
    /// Its KQL type.
    pub ty: KqlType,
}

/// What a `render` operator asked for: kept with the result, for whoever draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderHint {
    /// `timechart`, `table`, …
    pub visualization: String,
    /// `title`, `xcolumn`, … as text.
    pub properties: Vec<(String, String)>,
}

/// How a note of a table begins that says that rows are missing, such as those beyond the limit of a service. Such notes are shown in red.
pub const PARTIAL: &str = "not all rows are here: ";

/// Rows with typed columns, in memory.
#[derive(Debug, Clone)]
pub struct KqlTable {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows: one Polars column per entry of `columns`, of the types that [`crate::typed`] lists.
    pub frame: DataFrame,
    /// What the reader has to be told: skipped tables, truncation, rows that could not be read.
    pub notes: Vec<String>,
    /// The `render` operator, if there was one.
    pub render: Option<RenderHint>,
}

impl KqlTable {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.frame.height()
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The type of a column.
    pub fn column_type(&self, name: &str) -> Option<KqlType> {
        self.position(name).map(|i| self.columns[i].ty)
    }

    /// One cell, by row and column position.
    ///
    /// # Errors
    /// When there is no such row or column.
    pub fn value(&self, row: usize, column: usize) -> PolarsResult<Value> {
        let ty = self.columns.get(column).map_or(KqlType::String, |c| c.ty);
        let column = self
            .frame
            .columns()
            .get(column)
            .ok_or_else(|| polars::prelude::polars_err!(OutOfBounds: "no column {}", column))?;
        value_at(column, ty, row)
    }

    /// One cell as JSON, as the query APIs write it: a datetime as ISO text with seven decimals, a timespan, a decimal and a guid as text, a
    /// dynamic value as the value itself, a number that JSON does not have (`NaN`, `Infinity`) as text.
    ///
    /// # Errors
    /// When there is no such row or column.
    pub fn json(&self, row: usize, column: usize) -> PolarsResult<serde_json::Value> {
        use serde_json::Value as Json;
        Ok(match self.value(row, column)? {
            Value::Null(_) => Json::Null,
            Value::Bool(v) => v.into(),
            Value::Int(v) => v.into(),
            Value::Long(v) => v.into(),
            Value::Real(v) if v.is_nan() => "NaN".into(),
            Value::Real(v) if v.is_infinite() => if v > 0.0 { "Infinity" } else { "-Infinity" }.into(),
            Value::Real(v) => v.into(),
            Value::DateTime(ticks) => kql::time::format_datetime(ticks).into(),
            Value::TimeSpan(ticks) => kql::time::format_timespan(ticks).into(),
            Value::String(v) | Value::Decimal(v) | Value::Guid(v) => v.into(),
            Value::Dynamic(v) => v,
        })
    }
}
