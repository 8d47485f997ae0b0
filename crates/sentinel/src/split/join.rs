//! The parts of a result, put together.

use std::collections::BTreeMap;

use kql::{KqlType, Value};
use kql_polars::{Column, KqlTable, Options, SourceColumn, TableSource, Tables};
use polars::prelude::{
    Column as PolarsColumn, DataFrame, DataType, IntoColumn, IntoLazy, NewChunkedArray, StringChunked,
};

use super::plan::Order;
use crate::fault::{Fault, FaultKind};

/// The parts, in order of time, as one table. A column whose type differs between parts gets the type that holds both, and one that a part lacks is
/// empty there; both are said.
///
/// # Errors
/// A defect of this program.
pub fn join(mut parts: Vec<KqlTable>, order: &Order) -> Result<KqlTable, Fault> {
    if *order == Order::Descending {
        parts.reverse();
    }
    let mut notes: Vec<String> = Vec::new();
    let mut columns: Vec<Column> = Vec::new();
    for part in &parts {
        for column in &part.columns {
            match columns.iter_mut().find(|known| known.name == column.name) {
                None => columns.push(column.clone()),
                Some(known) if known.ty != column.ty => {
                    let both = wider(known.ty, column.ty);
                    let note = format!(
                        "the column {} is {} in one part of the time range and {} in another: it is {both} here",
                        column.name, known.ty, column.ty
                    );
                    push(&mut notes, note);
                    known.ty = both;
                }
                Some(_) => {}
            }
        }
    }
    // A part that gave nothing has no columns: that it did is said elsewhere.
    for part in parts.iter().filter(|part| !part.columns.is_empty()) {
        for column in columns.iter().filter(|column| part.position(&column.name).is_none()) {
            push(&mut notes, format!("a part of the time range has no column {}: it is empty there", column.name));
        }
    }
    let render = parts.first().and_then(|part| part.render.clone());
    let mut frame: Option<DataFrame> = None;
    for part in parts {
        part.notes.iter().for_each(|note| push(&mut notes, note.clone()));
        let rows = part.rows();
        let fitted = columns.iter().map(|column| fit(&part, column)).collect::<Result<Vec<_>, _>>().map_err(defect)?;
        let block = DataFrame::new(rows, fitted).map_err(defect)?;
        match &mut frame {
            Some(frame) => {
                frame.vstack_mut_owned(block).map_err(defect)?;
            }
            None => frame = Some(block),
        }
    }
    let frame = match frame {
        Some(frame) => frame,
        None => DataFrame::new(0, crate::decode::empty_columns(&columns)).map_err(defect)?,
    };
    let table = KqlTable { columns, frame, notes, render };
    match order {
        Order::Sorted(operator) => sorted(table, operator),
        _ => Ok(table),
    }
}

fn push(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

fn defect(error: polars::prelude::PolarsError) -> Fault {
    Fault::new(FaultKind::Service, format!("the parts of the result could not be put together: {error}"))
}

/// The type that holds the values of both.
fn wider(a: KqlType, b: KqlType) -> KqlType {
    use KqlType::{Decimal, Dynamic, Int, Long, Real};
    match (a, b) {
        _ if a == b => a,
        (Int, Long) | (Long, Int) => Long,
        (Int | Long, Real) | (Real, Int | Long) => Real,
        (Int | Long, Decimal) | (Decimal, Int | Long) => Decimal,
        (Dynamic, _) | (_, Dynamic) => Dynamic,
        _ => KqlType::String,
    }
}

/// A column of a part as the whole has it.
fn fit(part: &KqlTable, column: &Column) -> polars::prelude::PolarsResult<PolarsColumn> {
    let stored = kql_polars::typed::polars_type(column.ty);
    let Some(at) = part.position(&column.name) else {
        let empty = if column.ty == KqlType::String {
            polars::prelude::Scalar::from(polars::prelude::PlSmallStr::EMPTY)
        } else {
            polars::prelude::Scalar::null(stored)
        };
        return Ok(PolarsColumn::new_scalar(column.name.as_str().into(), empty, part.rows()));
    };
    let from = part.columns[at].ty;
    let there = &part.frame.columns()[at];
    if from == column.ty {
        return Ok(there.clone());
    }
    if from.is_numeric() && matches!(column.ty, KqlType::Long | KqlType::Real) {
        return there.strict_cast(&stored);
    }
    if from.is_numeric() && column.ty == KqlType::Decimal {
        return there.strict_cast(&DataType::String);
    }
    // Text, or JSON: value by value, which is rare.
    let texts = (0..part.rows())
        .map(|row| {
            let value = part.value(row, at)?;
            Ok(match (value, column.ty) {
                (Value::Null(_), KqlType::Dynamic) => None,
                (Value::Null(_), _) => Some(String::new()),
                (Value::String(text) | Value::Guid(text) | Value::Decimal(text), KqlType::String) => Some(text),
                (Value::Dynamic(json), KqlType::String) => Some(json.to_string()),
                _ => {
                    let json = part.json(row, at)?;
                    match (json, column.ty) {
                        (serde_json::Value::String(text), KqlType::String) => Some(text),
                        (json, _) => Some(json.to_string()),
                    }
                }
            })
        })
        .collect::<polars::prelude::PolarsResult<Vec<Option<String>>>>()?;
    Ok(StringChunked::from_slice_options(column.name.as_str().into(), &texts).into_column())
}

/// The whole sorted as the query sorts.
fn sorted(table: KqlTable, operator: &str) -> Result<KqlTable, Fault> {
    let columns = table
        .columns
        .iter()
        .map(|c| SourceColumn { name: c.name.clone(), ty: c.ty, stored: kql_polars::typed::polars_type(c.ty) })
        .collect();
    let source = TableSource { frame: table.frame.lazy(), columns, notes: table.notes };
    let tables = Tables { tables: BTreeMap::from([("Parts".to_owned(), source)]), now: None };
    let mut sorted = kql_polars::run(&format!("Parts | {operator}"), &tables, &BTreeMap::new(), &Options::default())
        .map_err(|error| {
            Fault::new(FaultKind::Service, format!("the parts of the result could not be sorted: {}", error.message))
        })?;
    sorted.render = table.render;
    Ok(sorted)
}
