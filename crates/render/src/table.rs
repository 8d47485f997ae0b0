//! Tables: a page of rows with types, counts and notes.

mod html;
mod text;

use std::ops::Range;

use kql_polars::KqlTable;

use crate::cell::Cell;
use crate::format::{self, Precision};

pub(crate) use html::{RowTable, caption as html_caption, render as html};
pub(crate) use text::{TextColumn, clip, lines, render as text};

/// Rows that are shown of a table that stands on its own.
pub const PAGE: usize = 50;
/// Rows that are shown of a table inside a section.
pub const SECTION_PAGE: usize = 5;
/// Columns that are shown at most. The widest standard table has about 230.
const MAX_COLUMNS: usize = 400;

/// A table to be shown: the rows, and which of them.
#[derive(Debug, Clone)]
pub struct Table {
    /// Columns and rows.
    pub data: KqlTable,
    /// What the table is, above it.
    pub caption: Option<String>,
    /// How many rows are shown: [`PAGE`], or [`SECTION_PAGE`] in a section, unless it is set.
    pub page: Option<usize>,
    /// The first row that is shown.
    pub offset: usize,
    /// How many rows there are where `data` holds only some of them.
    pub total: Option<usize>,
}

impl Table {
    /// The first page of a table.
    pub fn new(data: KqlTable) -> Self {
        Self { data, caption: None, page: None, offset: 0, total: None }
    }

    /// What the table is.
    #[must_use]
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// How many rows are shown.
    #[must_use]
    pub fn page(mut self, rows: usize) -> Self {
        self.page = Some(rows);
        self
    }

    /// The first row that is shown, from 0.
    #[must_use]
    pub fn offset(mut self, row: usize) -> Self {
        self.offset = row;
        self
    }

    /// How many rows there are where `data` holds only the first of them.
    #[must_use]
    pub fn total(mut self, rows: usize) -> Self {
        self.total = Some(rows);
        self
    }

    /// The rows of the page.
    fn range(&self, in_section: bool) -> Range<usize> {
        let page = self.page.unwrap_or(if in_section { SECTION_PAGE } else { PAGE });
        let start = self.offset.min(self.data.rows());
        start..start.saturating_add(page).min(self.data.rows())
    }

    /// `5 of 1,234 rows, 12 columns`.
    fn count(&self, range: &Range<usize>) -> String {
        let total = self.total.unwrap_or(0).max(self.data.rows());
        let columns = format::counted(self.data.columns.len(), "column", "columns");
        let shown = range.len();
        if total == 0 {
            format!("no rows, {columns}")
        } else if shown == total {
            format!("{}, {columns}", format::counted(total, "row", "rows"))
        } else if range.start > 0 && shown > 0 {
            format!(
                "rows {} to {} of {}, {columns}",
                format::count(range.start + 1),
                format::count(range.end),
                format::count(total)
            )
        } else {
            format!("{} of {}, {columns}", format::count(shown), format::counted(total, "row", "rows"))
        }
    }

    /// The cell of a row and a column.
    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let series = self.data.frame.columns().get(column);
        match (series, self.data.columns.get(column)) {
            (Some(series), Some(about)) => Cell::read(series, about.ty, row),
            _ => Cell::Null,
        }
    }

    /// One precision per column, over the rows that are shown.
    fn precision(&self, range: &Range<usize>, column: usize) -> Option<Precision> {
        let ticks: Vec<i64> = range.clone().filter_map(|row| self.cell(row, column).ticks()).collect();
        (!ticks.is_empty()).then(|| Precision::of(ticks))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use kql::{KqlType, Value};
    use kql_polars::Column;
    use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

    /// A table from columns of values.
    pub(crate) fn table(columns: &[(&str, KqlType, &[Value])]) -> KqlTable {
        let series = columns.iter().map(|(name, ty, values)| {
            let text = |v: &Value| match v {
                Value::String(s) | Value::Guid(s) | Value::Decimal(s) => Some(s.clone()),
                Value::Dynamic(json) => Some(json.to_string()),
                _ => None,
            };
            let long = |v: &Value| match v {
                Value::Long(n) | Value::DateTime(n) | Value::TimeSpan(n) => Some(*n),
                _ => None,
            };
            match ty {
                KqlType::Bool => Series::new(
                    (*name).into(),
                    values.iter().map(|v| if let Value::Bool(b) = v { Some(*b) } else { None }).collect::<Vec<_>>(),
                ),
                KqlType::Int => Series::new(
                    (*name).into(),
                    values.iter().map(|v| if let Value::Int(n) = v { Some(*n) } else { None }).collect::<Vec<_>>(),
                ),
                KqlType::Real => Series::new(
                    (*name).into(),
                    values.iter().map(|v| if let Value::Real(n) = v { Some(*n) } else { None }).collect::<Vec<_>>(),
                ),
                KqlType::Long | KqlType::DateTime | KqlType::TimeSpan => {
                    Series::new((*name).into(), values.iter().map(long).collect::<Vec<_>>())
                }
                _ => Series::new((*name).into(), values.iter().map(text).collect::<Vec<_>>()),
            }
            .into_column()
        });
        KqlTable {
            columns: columns.iter().map(|(name, ty, _)| Column { name: (*name).to_owned(), ty: *ty }).collect(),
            frame: DataFrame::new_infer_height(series.collect()).unwrap(),
            notes: Vec::new(),
            render: None,
        }
    }

    #[test]
    fn it_says_which_rows_are_shown() {
        let rows: Vec<Value> = (0..120).map(Value::Long).collect();
        let table = Table::new(table(&[("n", KqlType::Long, &rows)]));
        let says = |table: &Table, in_section| table.count(&table.range(in_section));
        assert_eq!(says(&table, false), "50 of 120 rows, 1 column");
        assert_eq!(says(&table, true), "5 of 120 rows, 1 column");
        assert_eq!(says(&table.clone().offset(100), false), "rows 101 to 120 of 120, 1 column");
        assert_eq!(says(&table.clone().offset(500), false), "0 of 120 rows, 1 column");
        assert_eq!(says(&table.clone().page(500), false), "120 rows, 1 column");
        assert_eq!(says(&table.page(usize::MAX).offset(3).total(9_999), false), "rows 4 to 120 of 9,999, 1 column");
    }
}
