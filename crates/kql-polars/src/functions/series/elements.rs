//! Element by element: arithmetic, comparisons, mathematical functions.
//!
//! An element that is no number, or that the shorter array lacks, gives null. Longs stay longs where the result is one.

use kql::Error;
use serde_json::Value;

use super::super::arrays::{arrays, entry, values};
use super::super::{Call, Function};
use super::{array_or_number, json, real};
use crate::json::number_of_real;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    two("series_add", "series_add(series1, series2)", "The sums of the elements of two series.", |c| {
        pairs(c, |a, b| arithmetic(a, b, i64::checked_add, |a, b| a + b))
    }),
    two(
        "series_subtract",
        "series_subtract(series1, series2)",
        "The differences of the elements of two series.",
        |c| pairs(c, |a, b| arithmetic(a, b, i64::checked_sub, |a, b| a - b)),
    ),
    two("series_multiply", "series_multiply(series1, series2)", "The products of the elements of two series.", |c| {
        pairs(c, |a, b| arithmetic(a, b, i64::checked_mul, |a, b| a * b))
    }),
    two(
        "series_divide",
        "series_divide(series1, series2)",
        "The quotients of the elements of two series, as reals.",
        |c| pairs(c, |a, b| number_of_real(of(a) / of(b))),
    ),
    two("series_pow", "series_pow(series1, series2)", "The powers of the elements of two series, as reals.", |c| {
        pairs(c, |a, b| number_of_real(of(a).powf(of(b))))
    }),
    two("series_equals", "series_equals(series1, series2)", "Whether the elements of two series are equal.", |c| {
        pairs(c, |a, b| (of(a) == of(b)).into())
    }),
    two(
        "series_not_equals",
        "series_not_equals(series1, series2)",
        "Whether the elements of two series differ.",
        |c| pairs(c, |a, b| (of(a) != of(b)).into()),
    ),
    two(
        "series_less",
        "series_less(series1, series2)",
        "Whether the elements of the first series are less than those of the second.",
        |c| pairs(c, |a, b| (of(a) < of(b)).into()),
    ),
    two(
        "series_less_equals",
        "series_less_equals(series1, series2)",
        "Whether the elements of the first series are less than or equal to those of the second.",
        |c| pairs(c, |a, b| (of(a) <= of(b)).into()),
    ),
    two(
        "series_greater",
        "series_greater(series1, series2)",
        "Whether the elements of the first series are greater than those of the second.",
        |c| pairs(c, |a, b| (of(a) > of(b)).into()),
    ),
    two(
        "series_greater_equals",
        "series_greater_equals(series1, series2)",
        "Whether the elements of the first series are greater than or equal to those of the second.",
        |c| pairs(c, |a, b| (of(a) >= of(b)).into()),
    ),
    one("series_abs", "series_abs(series)", "The absolute values of the elements.", |c| {
        each(c, |v| v.as_i64().and_then(i64::checked_abs).map_or_else(|| number_of_real(of(v).abs()), Value::from))
    }),
    one("series_sign", "series_sign(series)", "The signs of the elements: -1, 0 or 1.", |c| {
        each(c, |v| v.as_i64().map_or_else(|| json(sign(of(v))), |v| v.signum().into()))
    }),
    one("series_floor", "series_floor(series)", "The elements rounded down.", |c| {
        each(c, |v| if v.is_i64() { v.clone() } else { number_of_real(of(v).floor()) })
    }),
    one("series_ceiling", "series_ceiling(series)", "The elements rounded up.", |c| {
        each(c, |v| if v.is_i64() { v.clone() } else { number_of_real(of(v).ceil()) })
    }),
    one("series_exp", "series_exp(series)", "e to the power of the elements.", |c| {
        each(c, |v| number_of_real(of(v).exp()))
    }),
    one("series_log", "series_log(series)", "The natural logarithms of the elements.", |c| {
        each(c, |v| number_of_real(of(v).ln()))
    }),
    one("series_sin", "series_sin(series)", "The sines of the elements.", |c| each(c, |v| number_of_real(of(v).sin()))),
    one("series_asin", "series_asin(series)", "The angles whose sines the elements are.", |c| {
        each(c, |v| number_of_real(of(v).asin()))
    }),
    one("series_cos", "series_cos(series)", "The cosines of the elements.", |c| {
        each(c, |v| number_of_real(of(v).cos()))
    }),
    one("series_acos", "series_acos(series)", "The angles whose cosines the elements are.", |c| {
        each(c, |v| number_of_real(of(v).acos()))
    }),
    one("series_tan", "series_tan(series)", "The tangents of the elements.", |c| {
        each(c, |v| number_of_real(of(v).tan()))
    }),
    one("series_atan", "series_atan(series)", "The angles whose tangents the elements are.", |c| {
        each(c, |v| number_of_real(of(v).atan()))
    }),
];

const fn one(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    entry(name, &[], signature, doc, (1, 1), bind)
}

const fn two(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    entry(name, &[], signature, doc, (2, 2), bind)
}

/// A number that is known to be one.
fn of(value: &Value) -> f64 {
    real(value).unwrap_or(f64::NAN)
}

fn sign(x: f64) -> Option<f64> {
    if x.is_nan() { None } else { Some(if x == 0.0 { 0.0 } else { x.signum() }) }
}

fn arithmetic(a: &Value, b: &Value, longs: fn(i64, i64) -> Option<i64>, reals: fn(f64, f64) -> f64) -> Value {
    let whole = a.as_i64().zip(b.as_i64()).and_then(|(a, b)| longs(a, b));
    whole.map_or_else(|| number_of_real(reals(of(a), of(b))), Value::from)
}

fn each(call: &Call<'_>, f: fn(&Value) -> Value) -> Result<Typed, Error> {
    values(call, arrays(call)?, move |row| {
        Some(row.array(0)?.iter().map(|v| if real(v).is_some() { f(v) } else { Value::Null }).collect())
    })
}

fn pairs(call: &Call<'_>, f: fn(&Value, &Value) -> Value) -> Result<Typed, Error> {
    let args = vec![array_or_number(call, 0)?, array_or_number(call, 1)?];
    values(call, args, move |row| {
        let (a, b) = (row.json(0), row.json(1));
        let count = match (&*a, &*b) {
            (Value::Array(a), Value::Array(b)) => a.len().max(b.len()),
            (Value::Array(a), Value::Number(_)) => a.len(),
            (Value::Number(_), Value::Array(b)) => b.len(),
            _ => return None,
        };
        let at = |side: &Value, i: usize| match side {
            Value::Array(items) => items.get(i).filter(|v| real(v).is_some()).cloned(),
            number => Some(number.clone()),
        };
        let results = (0..count).map(|i| at(&a, i).zip(at(&b, i)).map_or(Value::Null, |(a, b)| f(&a, &b)));
        Some(results.collect())
    })
}
