//! Functions of series: dynamic arrays of numbers, as `make-series` gives them.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#series-element-wise-functions>

pub(super) mod decompose;
pub(super) mod elements;
pub(super) mod fft;
pub(super) mod fill;
pub(super) mod filters;
pub(super) mod outliers;
pub(super) mod periods;
pub(super) mod regression;
pub(super) mod statistics;

use kql::{Error, KqlType};
use serde_json::Value;

use super::Call;
use super::arrays::values;
use crate::dynamic::{Step, dynamic_path, dynamic_to_long, dynamic_to_real};
use crate::json::number_of_real;
use crate::rows::Row;
use crate::typed::Typed;

/// The columns of a function of several: their names after those of the function and the series, and their types.
type Parts = &'static [(&'static str, KqlType)];

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

/// Without the sign of zero, which sums and transforms leave at random.
fn json(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |v| number_of_real(v + 0.0))
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

/// The values of a bag, as columns named `function_series_key`.
fn columns(call: &Call<'_>, bag: &Typed, keys: Parts) -> Vec<(String, Typed)> {
    let series = call.names.first().and_then(Option::as_deref).unwrap_or_default();
    let column = |(key, ty): &(&str, KqlType)| {
        let value = dynamic_path(bag.expr.clone(), &[Step::Key((*key).to_owned())]);
        let value = match ty {
            KqlType::Real => dynamic_to_real(value, |text| real(&Value::from(text))),
            KqlType::Long => dynamic_to_long(value, |_| None),
            _ => value,
        };
        (format!("{}_{series}_{key}", call.name), Typed::new(value, *ty, call.span))
    };
    keys.iter().map(column).collect()
}

/// The values of a bag as one array: for a function of several columns inside another expression.
fn parts(
    call: &Call<'_>,
    args: Vec<Typed>,
    keys: Parts,
    f: impl Fn(&Row<'_>) -> Option<Value> + Send + Sync + 'static,
) -> Result<Typed, Error> {
    values(call, args, move |row| {
        let mut bag = f(row)?;
        Some(keys.iter().map(|(key, _)| bag.get_mut(*key).map(Value::take).unwrap_or_default()).collect())
    })
}
