//! Functions of series: dynamic arrays of numbers, as `make-series` gives them.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#series-element-wise-functions>

pub(super) mod elements;
pub(super) mod fill;
pub(super) mod filters;
pub(super) mod statistics;

use kql::{Error, KqlType};
use serde_json::Value;

use super::Call;
use crate::json::number_of_real;
use crate::rows::Row;
use crate::typed::Typed;

/// The elements of argument `i` as reals, `None` where an element is no number.
fn reals(row: &Row<'_>, i: usize) -> Option<Vec<Option<f64>>> {
    Some(row.array(i)?.iter().map(real).collect())
}

/// The elements of argument `i` as reals; nothing if one is no number.
fn all_reals(row: &Row<'_>, i: usize) -> Option<Vec<f64>> {
    row.array(i)?.iter().map(real).collect()
}

/// A number, or one of the texts by which the numbers that JSON lacks are written.
fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Number(_) => value.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

fn json(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number_of_real)
}

/// Argument `i`: an array, or a number that stands for an array of it.
fn array_or_number(call: &Call<'_>, i: usize) -> Result<Typed, Error> {
    let arg = &call.args[i];
    if arg.ty == KqlType::Dynamic || arg.ty.is_numeric() {
        Ok(arg.clone())
    } else {
        Err(call.type_error(i, "a dynamic array or a number"))
    }
}
