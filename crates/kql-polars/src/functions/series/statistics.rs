//! Numbers about whole series.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#series-processing-functions>

use kql::{Error, KqlType};
use serde_json::{Map, Value};

use super::super::arrays::{arrays, entry, values};
use super::super::{Call, Function, MultiBind};
use super::{all_reals, array_or_number, columns, json, parts, real, reals};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry("series_sum", &[], "series_sum(series)", "The sum of the elements.", (1, 1), |c| {
        of_one(c, |v| Some(v.iter().sum::<f64>() + 0.0))
    }),
    entry("series_product", &[], "series_product(series)", "The product of the elements.", (1, 1), |c| {
        of_one(c, |v| Some(v.iter().product()))
    }),
    entry(
        "series_magnitude",
        &[],
        "series_magnitude(series)",
        "The square root of the sum of the squares of the elements.",
        (1, 1),
        |c| of_one(c, |v| Some(dot(v, v).sqrt())),
    ),
    entry(
        "series_dot_product",
        &[],
        "series_dot_product(series1, series2)",
        "The sum of the products of the elements.",
        (2, 2),
        |c| {
            let args = [array_or_number(c, 0)?, array_or_number(c, 1)?];
            let expr = map_rows(&args, KqlType::Real, |row| pairs(row).map(|(a, b)| dot(&a, &b)));
            c.result(expr, KqlType::Real)
        },
    ),
    entry(
        "series_pearson_correlation",
        &[],
        "series_pearson_correlation(series1, series2)",
        "The Pearson correlation coefficient of two series.",
        (2, 2),
        |c| {
            let expr = map_rows(&arrays(c)?, KqlType::Real, |row| {
                let (a, b) = (all_reals(row, 0)?, all_reals(row, 1)?);
                if a.len() == b.len() { correlation(&a, &b) } else { None }
            });
            c.result(expr, KqlType::Real)
        },
    ),
    entry(
        "series_cosine_similarity",
        &[],
        "series_cosine_similarity(series1, series2 [, magnitude1, magnitude2])",
        "The cosine of the angle between two series as vectors.",
        (2, 4),
        |c| {
            let mut args = vec![c.array(0)?, c.array(1)?];
            for i in 2..c.args.len() {
                c.check_real(i)?;
                args.push(c.real_arg(i));
            }
            let expr = map_rows(&args, KqlType::Real, |row| {
                let (a, b) = pairs(row)?;
                let magnitude = |i: usize, v: &[f64]| {
                    if i < row.len() { row.real(i) } else { Some(dot(v, v).sqrt()) }
                };
                Some(dot(&a, &b) / (magnitude(2, &a)? * magnitude(3, &b)?))
            });
            c.result(expr, KqlType::Real)
        },
    ),
    entry(
        "series_stats",
        &[],
        "series_stats(series [, ignore_nonfinite])",
        "Minimum, maximum, average, … of a series, as columns.",
        (1, 2),
        |c| parts(c, stats_args(c)?, STATS, |row| stats(row).map(Value::Object)),
    ),
    entry(
        "series_stats_dynamic",
        &[],
        "series_stats_dynamic(series [, ignore_nonfinite])",
        "Minimum, maximum, average, … of a series, as a property bag.",
        (1, 2),
        |c| values(c, stats_args(c)?, |row| stats(row).map(Value::Object)),
    ),
];

/// As columns.
pub const COLUMNS: &[(&str, MultiBind)] = &[("series_stats", |c| {
    let bag = values(c, stats_args(c)?, |row| stats(row).map(Value::Object))?;
    Ok(columns(c, &bag, STATS))
})];

const STATS: &[(&str, KqlType)] = &[
    ("min", KqlType::Real),
    ("min_idx", KqlType::Long),
    ("max", KqlType::Real),
    ("max_idx", KqlType::Long),
    ("avg", KqlType::Real),
    ("stdev", KqlType::Real),
    ("variance", KqlType::Real),
];

fn of_one(call: &Call<'_>, f: fn(&[f64]) -> Option<f64>) -> Result<Typed, Error> {
    call.result(map_rows(&arrays(call)?, KqlType::Real, move |row| f(&all_reals(row, 0)?)), KqlType::Real)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() + 0.0
}

/// The elements at the same positions that are numbers in both; those of the longer series that have no counterpart are left out.
fn pairs(row: &Row<'_>) -> Option<(Vec<f64>, Vec<f64>)> {
    let side = |i: usize| match &*row.json(i) {
        Value::Array(_) => reals(row, i).map(|all| (all, false)),
        number => Some((vec![Some(real(number)?)], true)),
    };
    let ((mut a, one_a), (mut b, one_b)) = (side(0)?, side(1)?);
    // A number stands for a series of it.
    if one_a {
        a = a.repeat(b.len());
    } else if one_b {
        b = b.repeat(a.len());
    }
    if a.is_empty() || b.is_empty() {
        return None;
    }
    Some(a.into_iter().zip(b).filter_map(|(a, b)| Some((a?, b?))).unzip())
}

/// The arithmetic mean; NaN of nothing.
#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The variance of a sample; 0 for a single value.
#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
pub(super) fn variance(values: &[f64], mean: f64) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() {
        return None;
    }
    let (mean_a, mean_b) = (mean(a), mean(b));
    let shifted = |v: &[f64], mean: f64| v.iter().map(|x| x - mean).collect::<Vec<f64>>();
    let (a, b) = (shifted(a, mean_a), shifted(b, mean_b));
    Some(dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt())
}

fn stats_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    let mut args = vec![call.array(0)?];
    if call.has(1) {
        args.push(Typed::new(call.boolean(1)?, KqlType::Bool, call.args[1].span));
    }
    Ok(args)
}

/// Nothing for an empty series, or for one with elements that are no finite numbers, unless those are to be ignored.
fn stats(row: &Row<'_>) -> Option<Map<String, Value>> {
    let all = reals(row, 0)?;
    let ignore = row.len() > 1 && row.bool(1) == Some(true);
    let finite: Vec<(usize, f64)> =
        all.iter().enumerate().filter_map(|(i, v)| Some((i, v.filter(|v| v.is_finite())?))).collect();
    if finite.is_empty() || (finite.len() < all.len() && !ignore) {
        return None;
    }
    // The first of equal ones.
    let min = finite.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a })?;
    let max = finite.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let numbers: Vec<f64> = finite.iter().map(|(_, v)| *v).collect();
    let average = mean(&numbers);
    let variance = variance(&numbers, average);
    let entries = [
        ("min", json(Some(min.1))),
        ("min_idx", min.0.into()),
        ("max", json(Some(max.1))),
        ("max_idx", max.0.into()),
        ("avg", json(Some(average))),
        ("stdev", json(Some(variance.sqrt()))),
        ("variance", json(Some(variance))),
        ("sum", json(Some(numbers.iter().sum()))),
        ("len", numbers.len().into()),
    ];
    Some(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
