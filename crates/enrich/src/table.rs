//! Answers as columns and cells, for whoever makes a table of them.

use serde_json::Value;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// Whole numbers.
    Long,
    /// Numbers.
    Real,
    /// True and false.
    Bool,
    /// JSON.
    Dynamic,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// Text, as the service gave it: it is escaped where it is shown.
    Text(String),
    /// A whole number.
    Long(i64),
    /// A number.
    Real(f64),
    /// True or false.
    Bool(bool),
    /// JSON.
    Dynamic(Value),
}

impl Cell {
    /// Text; null if it is empty.
    pub(crate) fn text(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.to_owned()) }
    }

    /// Of something that may be absent.
    pub(crate) fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Null, cell)
    }
}

/// An answer that is a row of a table.
pub trait Record {
    /// Names and types of the columns.
    const COLUMNS: &'static [(&'static str, ColumnType)];

    /// The cells, in the order of the columns.
    fn cells(&self) -> Vec<Cell>;
}
