//! The rows of a table as values of the notebook.

use std::fmt;
use std::sync::Arc;

use crate::nearest::nearest;
use crate::output::plain;
use crate::show::displayed_as_text;
use crate::wire::Value;
use crate::{Duration, Error, Timestamp};

/// A column of a table.
#[derive(Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name; case matters.
    pub name: String,
    /// Its KQL type: `string`, `long`, `datetime`, `dynamic`, …
    pub kind: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", plain(&self.name), plain(&self.kind))
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One value of a table.
///
/// `{}` shows it in a form that is safe to print; [`as_str`](Cell::as_str) gives text as it is in the log.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// No value. (There is no null text: that is `Text("")`.)
    Null,
    /// `bool`
    Bool(bool),
    /// `int` and `long`
    Int(i64),
    /// `real`
    Float(f64),
    /// `string`
    Text(String),
    /// `datetime`
    DateTime(Timestamp),
    /// `timespan`
    TimeSpan(Duration),
    /// `decimal`, as digits
    Decimal(String),
    /// `guid`
    Guid(String),
    /// `dynamic`, as JSON
    Dynamic(String),
}

impl Cell {
    pub(crate) fn from_value(value: Value, kind: &str) -> Self {
        match (value, kind) {
            (Value::Bool(value), _) => Self::Bool(value),
            (Value::Int(ticks), "datetime") => Self::DateTime(Timestamp::from_ticks(ticks)),
            (Value::Int(ticks), "timespan") => Self::TimeSpan(Duration::from_ticks(ticks)),
            (Value::Int(number), _) => Self::Int(number),
            (Value::Float(number), _) => Self::Float(number),
            (Value::Str(text), "decimal") => Self::Decimal(text),
            (Value::Str(text), "guid") => Self::Guid(text),
            (Value::Str(text), "dynamic") => Self::Dynamic(text),
            (Value::Str(text), _) => Self::Text(text),
            _ => Self::Null,
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a string, decimal, guid or dynamic value, as it is in the log.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Decimal(text) | Self::Guid(text) | Self::Dynamic(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The whole number.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The number: `real`, `int`, `long`, or a `decimal` as near as 64 bits come.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            Self::Int(number) => Some(*number as f64),
            Self::Decimal(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The moment.
    pub fn as_timestamp(&self) -> Option<Timestamp> {
        if let Self::DateTime(moment) = self { Some(*moment) } else { None }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::DateTime(moment) => write!(f, "{moment}"),
            Self::TimeSpan(length) => write!(f, "{length}"),
            Self::Text(text) | Self::Decimal(text) | Self::Guid(text) | Self::Dynamic(text) => {
                f.write_str(&plain(text))
            }
        }
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => write!(f, "{:?}", plain(text)),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

/// One row of a table.
///
/// ```no_run
/// # fn main() -> Result<(), entity_explorer::Error> {
/// # use entity_explorer::prelude::*;
/// # let table: Table = Explorer::start()?.connect("Demo")?.kql("SigninLogs")?;
/// for row in table.rows()? {
///     println!("{} from {}", row.get("UserPrincipalName")?, row.get("IPAddress")?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Row {
    columns: Arc<Vec<Column>>,
    cells: Vec<Cell>,
}

impl Row {
    pub(crate) fn new(columns: Arc<Vec<Column>>, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    /// The value of a column; case matters.
    ///
    /// # Errors
    /// When there is no such column: the help names the one that was probably meant.
    pub fn get(&self, column: &str) -> Result<&Cell, Error> {
        for (known, cell) in self.columns.iter().zip(&self.cells) {
            if known.name == column {
                return Ok(cell);
            }
        }
        let mut names = Vec::new();
        for known in self.columns.iter() {
            names.push(known.name.as_str());
        }
        let error = Error::new("unknown_column", format!("there is no column `{column}`"));
        Err(error.with_help(match nearest(column, &names) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the columns are {names:?}"),
        }))
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The values, in the order of the columns.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (column, cell)) in self.columns.iter().zip(&self.cells).enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            write!(f, "{separator}{}: {cell}", plain(&column.name))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (column, cell) in self.columns.iter().zip(&self.cells) {
            map.entry(&plain(&column.name), cell);
        }
        map.finish()
    }
}

displayed_as_text!(Cell, Column, Row);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn row() -> Row {
        let columns = [("IPAddress", "string"), ("Count", "long"), ("When", "datetime")]
            .map(|(name, kind)| Column { name: name.to_owned(), kind: kind.to_owned() });
        let cells = vec![
            Cell::from_value(Value::str("EVCXR_BEGIN_CONTENT text/html"), "string"),
            Cell::from_value(Value::Int(3), "long"),
            Cell::from_value(Value::Int(0), "datetime"),
        ];
        Row::new(Arc::new(columns.into()), cells)
    }

    #[test]
    fn cells_by_name() {
        let row = row();
        assert_eq!(row.get("Count").unwrap().as_i64(), Some(3));
        assert_eq!(row.get("When").unwrap().as_timestamp().unwrap().to_string(), "0001-01-01T00:00:00Z");
        let error = row.get("ipaddress").unwrap_err();
        assert_eq!(error.to_string(), "there is no column `ipaddress`\n  help: did you mean `IPAddress`?");
    }

    #[test]
    fn printing_log_data_is_safe_and_reading_it_is_exact() {
        let row = row();
        for printed in
            [format!("{row}"), format!("{row:?}"), format!("{}", row.cells()[0]), format!("{:?}", row.cells()[0])]
        {
            assert!(!printed.contains("EVCXR_"), "{printed}");
        }
        assert_eq!(row.cells()[0].as_str(), Some("EVCXR_BEGIN_CONTENT text/html"));
    }
}
