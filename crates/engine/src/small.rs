//! Small tables made of values.

use kql::{KqlType, Value};
use kql_polars::typed::polars_type;
use kql_polars::{Column, KqlTable};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use crate::error::{Error, ErrorCode};

/// A small table: each column is its name, its type and its values, a value for each row.
///
/// # Errors
/// When the columns are not equally long, which is a defect of the engine.
pub fn small_table(columns: Vec<(&str, KqlType, Vec<Value>)>) -> Result<KqlTable, Error> {
    let height = columns.first().map_or(0, |(_, _, values)| values.len());
    let described = columns.iter().map(|(name, ty, _)| Column { name: (*name).to_owned(), ty: *ty }).collect();
    let build = || -> PolarsResult<DataFrame> {
        let mut series = Vec::new();
        for (name, ty, values) in columns {
            series.push(column(name, ty, values)?.into_column());
        }
        DataFrame::new(height, series)
    };
    let frame =
        build().map_err(|error| Error::new(ErrorCode::Internal, format!("a table cannot be built: {error}")))?;
    Ok(KqlTable { columns: described, frame, notes: Vec::new(), render: None })
}

fn column(name: &str, ty: KqlType, values: Vec<Value>) -> PolarsResult<Series> {
    let series = match ty {
        KqlType::Long | KqlType::DateTime | KqlType::TimeSpan | KqlType::Int => {
            let number = |value| match value {
                Value::Int(number) => Some(i64::from(number)),
                Value::Long(number) | Value::DateTime(number) | Value::TimeSpan(number) => Some(number),
                _ => None,
            };
            Series::new(name.into(), values.into_iter().map(number).collect::<Vec<_>>())
        }
        KqlType::Bool => {
            let flag = |value| {
                if let Value::Bool(value) = value { Some(value) } else { None }
            };
            Series::new(name.into(), values.into_iter().map(flag).collect::<Vec<_>>())
        }
        KqlType::Real => {
            let number = |value| {
                if let Value::Real(value) = value { Some(value) } else { None }
            };
            Series::new(name.into(), values.into_iter().map(number).collect::<Vec<_>>())
        }
        KqlType::String | KqlType::Decimal | KqlType::Guid | KqlType::Dynamic => {
            let text = |value| match value {
                Value::String(text) | Value::Decimal(text) | Value::Guid(text) => Some(text),
                Value::Dynamic(json) => Some(json.to_string()),
                Value::Null(_) if ty == KqlType::String => Some(String::new()),
                _ => None,
            };
            Series::new(name.into(), values.into_iter().map(text).collect::<Vec<Option<String>>>())
        }
    };
    series.cast(&polars_type(ty))
}

/// Text values of a column.
pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<Value> {
    texts.into_iter().map(|text| Value::String(text.into())).collect()
}
