//! From a column to texts, and from answers back to rows.

use std::collections::HashSet;

use enrich::Answers;
use enrich::table::{Cell, ColumnType, Record};
use kql::KqlType;
use kql_polars::{Column, KqlTable};
use polars::prelude::{DataFrame, IdxCa, IdxSize, IntoColumn, NamedFrom, PolarsError, PolarsResult, Series};

use super::Lookup;
use crate::error::{Error, ErrorCode, quoted};
use crate::rows::rows;

/// Which answers of a cell its row gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// The one that matters most: the row stays one row.
    First,
    /// All: the row is repeated.
    All,
}

/// The cells of the column as text.
///
/// # Errors
/// When there is no such column, or it holds neither text nor JSON.
pub(super) fn texts(lookup: &Lookup<'_>) -> Result<Vec<String>, Error> {
    let (table, column) = (lookup.table, lookup.column);
    match table.column_type(column) {
        None => Err(Error::unknown("column", column, table.columns.iter().map(|c| c.name.as_str()))),
        Some(KqlType::String | KqlType::Dynamic) => Ok(rows(table).map(|row| row.text(column)).collect()),
        Some(other) => Err(Error::bad_input(format!(
            "the column {column} holds values of type {}, and no addresses or names",
            other.name()
        ))
        .with_help("name a column of text, such as \"IPAddress\"; .schema()? lists the columns")),
    }
}

/// A table of one column of text.
pub(super) fn one_column(name: &str, values: &[&str]) -> Result<KqlTable, Error> {
    let series = Series::new(name.into(), values.to_vec()).into_column();
    let frame = DataFrame::new(values.len(), vec![series]).map_err(|e| internal(&e))?;
    let column = Column { name: name.to_owned(), ty: KqlType::String };
    Ok(KqlTable { columns: vec![column], frame, notes: Vec::new(), render: None })
}

/// The table with the columns of the answers. A column whose name is taken gets a number at its end, as in a join of KQL.
///
/// # Errors
/// A defect of the engine.
pub(super) fn attach<R: Record>(
    lookup: &Lookup<'_>,
    answers: Answers<R>,
    join: Join,
    notes: &[String],
) -> Result<KqlTable, Error> {
    let table = lookup.table;
    let nothing = index(answers.rows.len())?;
    let (mut left, mut right): (Vec<IdxSize>, Vec<IdxSize>) = (Vec::new(), Vec::new());
    let mut without = Vec::new();
    for (row, places) in answers.cells.iter().enumerate() {
        let row = index(row)?;
        let taken = match join {
            Join::First => &places[..places.len().min(1)],
            Join::All => places,
        };
        if taken.is_empty() {
            without.push(row);
            left.push(row);
            right.push(nothing);
        }
        for place in taken {
            left.push(row);
            right.push(index(*place)?);
        }
    }
    let mut columns = table.columns.clone();
    let mut renamed = Vec::new();
    let build = || -> PolarsResult<DataFrame> {
        let mut frame = table.frame.take(&IdxCa::from_vec("".into(), left))?;
        let answers = frame_of(&answers.rows)?.take(&IdxCa::from_vec("".into(), right))?;
        for ((name, ty), series) in R::COLUMNS.iter().zip(answers.columns()) {
            let free = free_name(name, &columns);
            if free != *name {
                renamed.push(format!("{name} is {free}"));
            }
            frame.with_column(series.clone().with_name(free.as_str().into()))?;
            columns.push(Column { name: free, ty: kql_type(*ty) });
        }
        Ok(frame)
    };
    let frame = build().map_err(|e| internal(&e))?;
    let mut all: Vec<String> = table.notes.clone();
    if !without.is_empty() {
        let rows = render::format::counted(without.len(), "row has", "rows have");
        all.push(format!("{rows} nothing in {} that was looked up{}", lookup.column, named(&texts(lookup)?, &without)));
    }
    if !renamed.is_empty() {
        all.push(format!("the table has these columns already: {}", renamed.join(", ")));
    }
    for note in notes.iter().chain(&answers.notes) {
        if !all.contains(note) {
            all.push(note.clone());
        }
    }
    Ok(KqlTable { columns, frame, notes: all, render: None })
}

/// The different texts of some rows, for a note: the first ones, and how many more.
fn named(texts: &[String], rows: &[IdxSize]) -> String {
    let mut different: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for text in rows.iter().filter_map(|row| texts.get(*row as usize)) {
        if !text.is_empty() && seen.insert(text.as_str()) {
            different.push(text);
        }
    }
    if different.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = different.iter().take(3).map(|text| quoted(text)).collect();
    let more = match different.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(": {}{more}", shown.join(", "))
}

fn free_name(name: &str, taken: &[Column]) -> String {
    let is_free = |candidate: &str| taken.iter().all(|column| column.name != candidate);
    let numbered = (1..).map(|number| format!("{name}{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|candidate| is_free(candidate)).unwrap_or_default()
}

/// The answers as a frame, and after them a row of nothing.
fn frame_of<R: Record>(answers: &[R]) -> PolarsResult<DataFrame> {
    let mut columns: Vec<Vec<Cell>> = R::COLUMNS.iter().map(|_| Vec::with_capacity(answers.len() + 1)).collect();
    for answer in answers {
        for (column, cell) in columns.iter_mut().zip(answer.cells()) {
            column.push(cell);
        }
    }
    let mut series = Vec::new();
    for ((name, ty), mut cells) in R::COLUMNS.iter().zip(columns) {
        cells.push(Cell::Null);
        let name = (*name).into();
        series.push(
            match ty {
                // KQL has no null text.
                ColumnType::Text => {
                    Series::new(name, cells.into_iter().map(text).map(Option::unwrap_or_default).collect::<Vec<_>>())
                }
                ColumnType::Dynamic => Series::new(name, cells.into_iter().map(text).collect::<Vec<_>>()),
                ColumnType::Long => Series::new(name, cells.iter().map(long).collect::<Vec<_>>()),
                ColumnType::Real => Series::new(name, cells.iter().map(real).collect::<Vec<_>>()),
                ColumnType::Bool => Series::new(name, cells.iter().map(flag).collect::<Vec<_>>()),
            }
            .into_column(),
        );
    }
    DataFrame::new(answers.len() + 1, series)
}

fn text(cell: Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text),
        Cell::Dynamic(json) => Some(json.to_string()),
        _ => None,
    }
}

fn long(cell: &Cell) -> Option<i64> {
    if let Cell::Long(number) = cell { Some(*number) } else { None }
}

fn real(cell: &Cell) -> Option<f64> {
    if let Cell::Real(number) = cell { Some(*number) } else { None }
}

fn flag(cell: &Cell) -> Option<bool> {
    if let Cell::Bool(flag) = cell { Some(*flag) } else { None }
}

fn kql_type(ty: ColumnType) -> KqlType {
    match ty {
        ColumnType::Text => KqlType::String,
        ColumnType::Long => KqlType::Long,
        ColumnType::Real => KqlType::Real,
        ColumnType::Bool => KqlType::Bool,
        ColumnType::Dynamic => KqlType::Dynamic,
    }
}

fn index(place: usize) -> Result<IdxSize, Error> {
    IdxSize::try_from(place).map_err(|_| Error::new(ErrorCode::Limit, "more rows than a table can hold"))
}

fn internal(error: &PolarsError) -> Error {
    Error::new(ErrorCode::Internal, format!("the answers cannot be joined to the rows: {error}"))
}
