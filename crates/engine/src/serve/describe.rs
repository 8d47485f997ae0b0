//! What is in each column of a table.

use kql::{KqlType, Value};
use kql_polars::KqlTable;
use kql_polars::typed::value_at;
use polars::prelude::{Column, PolarsError, PolarsResult};
use render::format;

use crate::error::{Error, ErrorCode};
use crate::small::{small_table, texts};

/// A row for each column: type, how many values it has, how many rows are without one, how many different values, the least and the greatest.
/// Empty text counts as no value: KQL has no null text.
///
/// # Errors
/// A defect of the engine.
pub fn describe_columns(table: &KqlTable) -> Result<KqlTable, Error> {
    let mut counts: [Vec<Value>; 3] = Default::default();
    let mut extremes: [Vec<String>; 2] = Default::default();
    for (column, frame) in table.columns.iter().zip(table.frame.columns()) {
        let about = about(frame, column.ty).map_err(|error| internal(&error))?;
        for (counts, count) in counts.iter_mut().zip([frame.len() - about.missing, about.missing, about.distinct]) {
            counts.push(Value::Long(i64::try_from(count).unwrap_or(i64::MAX)));
        }
        for (extremes, value) in extremes.iter_mut().zip([about.least, about.greatest]) {
            extremes.push(value);
        }
    }
    let [values, missing, distinct] = counts;
    let [least, greatest] = extremes;
    small_table(vec![
        ("Column", KqlType::String, texts(table.columns.iter().map(|column| column.name.clone()))),
        ("Type", KqlType::String, texts(table.columns.iter().map(|column| column.ty.name()))),
        ("Values", KqlType::Long, values),
        ("Missing", KqlType::Long, missing),
        ("Distinct", KqlType::Long, distinct),
        ("Least", KqlType::String, texts(least)),
        ("Greatest", KqlType::String, texts(greatest)),
    ])
}

struct About {
    missing: usize,
    distinct: usize,
    least: String,
    greatest: String,
}

fn about(column: &Column, ty: KqlType) -> PolarsResult<About> {
    let mut present = column.drop_nulls();
    if ty == KqlType::String {
        let filled: polars::prelude::BooleanChunked =
            present.str()?.iter().map(|text| Some(text != Some(""))).collect();
        present = present.filter(&filled)?;
    }
    let mut about = About {
        missing: column.len() - present.len(),
        distinct: present.n_unique()?,
        least: String::new(),
        greatest: String::new(),
    };
    // The text forms of the other types do not sort as their values do.
    let ordered = !matches!(ty, KqlType::Decimal | KqlType::Dynamic | KqlType::Guid | KqlType::Bool);
    if ordered && !present.is_empty() {
        let least = present.min_reduce()?.into_column(column.name().clone());
        let greatest = present.max_reduce()?.into_column(column.name().clone());
        about.least = format::value(&value_at(&least, ty, 0)?);
        about.greatest = format::value(&value_at(&greatest, ty, 0)?);
    }
    Ok(about)
}

fn internal(error: &PolarsError) -> Error {
    Error::new(ErrorCode::Internal, format!("a column cannot be described: {error}"))
}
