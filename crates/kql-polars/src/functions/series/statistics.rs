//! Numbers about whole series.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#series-processing-functions>

use kql::{Error, KqlType};
use serde_json::{Map, Value};

use super::super::arrays::{arrays, entry, values};
use super::super::{Call, Function, MultiBind};
use super::{all_reals, array_or_number, json, real, reals};
use crate::dynamic::{Step, dynamic_path, dynamic_to_long, dynamic_to_real};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry("series_sum", &[], "series_sum(series)", "The sum of the elements.", (1, 1), |c| {
        of_one(c, |v| Some(v.iter().sum()))
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
            c.result(map_rows(&args, KqlType::Real, dot_product), KqlType::Real)
        },
    ),
    entry(
        "series_pearson_correlation",
        &[],
        "series_pearson_correlation(series1, series2)",
        "The Pearson correlation coefficient of two series.",
        (2, 2),
        |c| of_two(c, |_, a, b| correlation(a, b)),
    ),
    entry(
        "series_cosine_similarity",
        &[],
        "series_cosine_similarity(series1, series2 [, magnitude1, magnitude2])",
        "The cosine of the angle between two series as vectors.",
        (2, 4),
        |c| {
            of_two(c, |row, a, b| {
                let magnitude = |i: usize, v: &[f64]| {
                    if i < row.len() { row.real(i) } else { Some(dot(v, v).sqrt()) }
                };
                Some(dot(a, b) / (magnitude(2, a)? * magnitude(3, b)?))
            })
        },
    ),
    entry(
        "series_stats",
        &[],
        "series_stats(series [, ignore_nonfinite])",
        "Minimum, maximum, average, … of a series, as columns.",
        (1, 2),
        |c| {
            values(c, stats_args(c)?, |row| {
                Some(
                    STATS
                        .iter()
                        .map(|(name, _)| stats(row).and_then(|mut s| s.remove(*name)).unwrap_or_default())
                        .collect(),
                )
            })
        },
    ),
    entry(
        "series_stats_dynamic",
        &[],
        "series_stats_dynamic(series [, ignore_nonfinite])",
        "Minimum, maximum, average, … of a series, as a property bag.",
        (1, 2),
        |c| values(c, stats_args(c)?, |row| stats(row).map(Value::Object)),
    ),
    entry(
        "series_fit_line",
        &[],
        "series_fit_line(series)",
        "The line that fits a series best, as columns.",
        (1, 1),
        |c| {
            values(c, arrays(c)?, |row| {
                let mut line = fit_line(&all_reals(row, 0)?)?;
                Some(LINE.iter().map(|(name, _)| line.remove(*name).unwrap_or_default()).collect())
            })
        },
    ),
    entry(
        "series_fit_line_dynamic",
        &[],
        "series_fit_line_dynamic(series)",
        "The line that fits a series best, as a property bag.",
        (1, 1),
        |c| values(c, arrays(c)?, |row| Some(Value::Object(fit_line(&all_reals(row, 0)?)?))),
    ),
];

/// As columns.
pub const COLUMNS: &[(&str, MultiBind)] = &[
    ("series_stats", |c| {
        let bag = values(c, stats_args(c)?, |row| stats(row).map(Value::Object))?;
        Ok(columns(c, &bag, STATS))
    }),
    ("series_fit_line", |c| {
        let bag = values(c, arrays(c)?, |row| Some(Value::Object(fit_line(&all_reals(row, 0)?)?)))?;
        Ok(columns(c, &bag, LINE))
    }),
];

const STATS: &[(&str, KqlType)] = &[
    ("min", KqlType::Real),
    ("min_idx", KqlType::Long),
    ("max", KqlType::Real),
    ("max_idx", KqlType::Long),
    ("avg", KqlType::Real),
    ("stdev", KqlType::Real),
    ("variance", KqlType::Real),
];

const LINE: &[(&str, KqlType)] = &[
    ("rsquare", KqlType::Real),
    ("slope", KqlType::Real),
    ("variance", KqlType::Real),
    ("rvariance", KqlType::Real),
    ("interception", KqlType::Real),
    ("line_fit", KqlType::Dynamic),
];

/// The values of a bag, named `function_series_key`.
fn columns(call: &Call<'_>, bag: &Typed, keys: &[(&str, KqlType)]) -> Vec<(String, Typed)> {
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

fn of_one(call: &Call<'_>, f: fn(&[f64]) -> Option<f64>) -> Result<Typed, Error> {
    call.result(map_rows(&arrays(call)?, KqlType::Real, move |row| f(&all_reals(row, 0)?)), KqlType::Real)
}

/// Of two series of one length.
fn of_two(call: &Call<'_>, f: fn(&Row<'_>, &[f64], &[f64]) -> Option<f64>) -> Result<Typed, Error> {
    let mut args = vec![call.array(0)?, call.array(1)?];
    for i in 2..call.args.len() {
        args.push(Typed::new(call.real(i)?, KqlType::Real, call.args[i].span));
    }
    let expr = map_rows(&args, KqlType::Real, move |row| {
        let (a, b) = (all_reals(row, 0)?, all_reals(row, 1)?);
        if a.len() == b.len() { f(row, &a, &b) } else { None }
    });
    call.result(expr, KqlType::Real)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn dot_product(row: &Row<'_>) -> Option<f64> {
    let side = |i: usize| match &*row.json(i) {
        Value::Array(_) => all_reals(row, i),
        number => Some(vec![real(number)?]),
    };
    let (a, b) = (side(0)?, side(1)?);
    let scalar = |i: usize| row.json(i).is_number();
    if scalar(0) || scalar(1) {
        return Some(a.iter().sum::<f64>() * b.iter().sum::<f64>());
    }
    Some(dot(&a, &b))
}

#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of a sample; 0 for a single value.
#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
fn variance(values: &[f64], mean: f64) -> f64 {
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

#[allow(clippy::cast_precision_loss, reason = "positions in a series")]
fn fit_line(y: &[f64]) -> Option<Map<String, Value>> {
    if y.len() < 2 || y.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let x: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
    let (mean_x, mean_y) = (mean(&x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(x, y)| f(*x, *y)).sum::<f64>();
    let slope = sum(&|x, y| (x - mean_x) * (y - mean_y)) / sum(&|x, _| (x - mean_x).powi(2));
    let interception = mean_y - slope * mean_x;
    let line: Vec<f64> = x.iter().map(|x| interception + slope * x).collect();
    let rest: Vec<f64> = y.iter().zip(&line).map(|(y, fit)| y - fit).collect();
    let (total, residual) = (variance(y, mean_y), variance(&rest, 0.0));
    let rsquare = if total == 0.0 { 1.0 } else { 1.0 - residual / total };
    let entries = [
        ("rsquare", json(Some(rsquare))),
        ("slope", json(Some(slope))),
        ("variance", json(Some(total))),
        ("rvariance", json(Some(residual))),
        ("interception", json(Some(interception))),
        ("line_fit", line.into_iter().map(|v| json(Some(v))).collect()),
    ];
    Some(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
