//! Points of a series that lie far from the others, by Tukey's fences.
//!
//! The page of `series_outliers()` gives no formula. This one gives the results of its example: quartiles are interpolated; `ctukey` takes the
//! quartiles for the points below from all but the smallest tenth (or another `min_percentile`), and those for the points above from all but the
//! greatest tenth. Points between the quartiles of the whole series score 0.
//!
//! Source: <https://learn.microsoft.com/kusto/query/series-outliers-function>

use kql::{Error, Value as Constant};
use serde_json::Value;

use super::super::arrays::{entry, values};
use super::super::{Call, Function};
use super::{json, reals};
use crate::rows::Row;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[entry(
    "series_outliers",
    &[],
    "series_outliers(series [, kind [, ignore_val [, min_percentile [, max_percentile]]]])",
    "How far each element is outside the range of the others: beyond 1.5 or -1.5 it is an outlier.",
    (1, 5),
    |c| {
        let kind = kind_argument(c, 1)?;
        let (low, high) = (percentile(c, 3, 10.0)?, percentile(c, 4, 90.0)?);
        let mut args = vec![c.array(0)?];
        if c.has(2) {
            c.check_real(2)?;
            args.push(c.real_arg(2));
        }
        values(c, args, move |row| scores(row, kind, (low, high)))
    },
)];

/// How the range of normal values is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By the quartiles of all values.
    Tukey,
    /// By the quartiles of the values without those at an end.
    Custom,
}

/// The kind that a constant argument names.
pub(super) fn kind_argument(call: &Call<'_>, i: usize) -> Result<Kind, Error> {
    if !call.has(i) {
        return Ok(Kind::Custom);
    }
    match call.args[i].constant_str("the kind of outliers")? {
        "" | "ctukey" => Ok(Kind::Custom),
        "tukey" => Ok(Kind::Tukey),
        other => {
            Err(call.argument_error(i, format!("\"{other}\" is no kind of outliers: \"ctukey\" and \"tukey\" are")))
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "percentiles are small numbers")]
fn percentile(call: &Call<'_>, i: usize, default: f64) -> Result<f64, Error> {
    let Some(Typed { constant, .. }) = call.args.get(i) else {
        return Ok(default);
    };
    let value = match constant {
        Some(Constant::Int(n)) => f64::from(*n),
        Some(Constant::Long(n)) => *n as f64,
        Some(Constant::Real(n)) => *n,
        _ => return Err(call.type_error(i, "a constant number")),
    };
    if (2.0..=98.0).contains(&value) {
        Ok(value)
    } else {
        Err(call.argument_error(i, format!("the percentile has to be 2 to 98, and it is {value}")))
    }
}

fn scores(row: &Row<'_>, kind: Kind, range: (f64, f64)) -> Option<Value> {
    let ignore = if row.len() > 1 { row.real(1) } else { None };
    let series: Vec<Option<f64>> =
        reals(row, 0)?.into_iter().map(|v| v.filter(|v| v.is_finite() && Some(*v) != ignore)).collect();
    Some(outliers(&series, kind, range).into_iter().map(|v| json(Some(v))).collect())
}

/// The score of each element, 0 for a missing one.
pub(super) fn outliers(series: &[Option<f64>], kind: Kind, (low, high): (f64, f64)) -> Vec<f64> {
    let mut sorted: Vec<f64> = series.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return vec![0.0; series.len()];
    }
    let inner = quartiles(&sorted);
    let (below, above) = match kind {
        Kind::Tukey => (inner, inner),
        Kind::Custom => (
            quartiles(&sorted[share(sorted.len(), low).min(sorted.len() - 1)..]),
            quartiles(&sorted[..share(sorted.len(), high).max(1)]),
        ),
    };
    let score = |value: f64| {
        let (edge, (q1, q3)) = if value < inner.0 {
            (below.0, below)
        } else if value > inner.1 {
            (above.1, above)
        } else {
            return 0.0;
        };
        if value == edge { 0.0 } else { (value - edge) / (q3 - q1) }
    };
    series.iter().map(|v| v.map_or(0.0, score)).collect()
}

/// So many percent of a number of values, rounded down.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of series"
)]
fn share(count: usize, percent: f64) -> usize {
    (count as f64 * percent / 100.0) as usize
}

/// The first and third quartile, interpolated.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of series"
)]
fn quartiles(sorted: &[f64]) -> (f64, f64) {
    let at = |p: f64| {
        let position = (sorted.len() - 1) as f64 * p;
        let lower = position as usize;
        let upper = (lower + 1).min(sorted.len() - 1);
        sorted[lower] + (sorted[upper] - sorted[lower]) * position.fract()
    };
    (at(0.25), at(0.75))
}
