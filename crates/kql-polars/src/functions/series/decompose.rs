//! Series as seasonal component, trend and rest, and what follows from that: anomalies and forecasts.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/series-decompose-function>,
//! <https://learn.microsoft.com/kusto/query/series-decompose-anomalies-function>,
//! <https://learn.microsoft.com/kusto/query/series-decompose-forecast-function>,
//! <https://learn.microsoft.com/kusto/query/series-seasonal-function>

use kql::{Error, KqlType, Value as Constant};
use serde_json::Value;

use super::super::arrays::{entry, values};
use super::super::{Call, Function, MultiBind};
use super::outliers::{Kind, kind_argument, outliers};
use super::periods::detect;
use super::regression::line;
use super::statistics::mean;
use super::{all_reals, columns, json, parts};
use crate::rows::Row;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "series_seasonal",
        &[],
        "series_seasonal(series [, period])",
        "The seasonal component of a series: the median of the elements at each place of the period, which is detected if not given.",
        (1, 2),
        |c| {
            let season = season(c, 1)?;
            values(c, vec![c.array(0)?], move |row| {
                let series = finite(row)?;
                Some(array(&seasonal(&series, season, 0.7, 0)))
            })
        },
    ),
    entry(
        "series_decompose",
        &[],
        "series_decompose(series [, seasonality [, trend [, test_points [, seasonality_threshold]]]])",
        "A series as baseline, seasonal component, trend and residual, as columns.",
        (1, 5),
        |c| {
            let plan = Plan::of(c, 1, 2, Some(3), 4)?;
            parts(c, vec![c.array(0)?], DECOMPOSED, move |row| decomposed(row, plan))
        },
    ),
    entry(
        "series_decompose_anomalies",
        &[],
        "series_decompose_anomalies(series [, threshold [, seasonality [, trend [, test_points [, AD_method [, seasonality_threshold]]]]]])",
        "Which elements of a series are anomalies (1 above, -1 below), their scores and the baseline, as columns.",
        (1, 7),
        |c| {
            let (plan, kind, threshold) = anomaly_plan(c)?;
            parts(c, vec![c.array(0)?], ANOMALIES, move |row| anomalies(row, plan, kind, threshold))
        },
    ),
    entry(
        "series_decompose_forecast",
        &[],
        "series_decompose_forecast(series, points [, seasonality [, trend [, seasonality_threshold]]])",
        "The baseline of a series whose last points are not known, as forecast.",
        (2, 5),
        |c| {
            let points = count(c, 1)?;
            let plan = Plan { test_points: points, ..Plan::of(c, 2, 3, None, 4)? };
            values(c, vec![c.array(0)?], move |row| Some(array(&plan.decompose(&finite(row)?)?.baseline)))
        },
    ),
];

/// As columns.
pub const COLUMNS: &[(&str, MultiBind)] = &[
    ("series_decompose", |c| {
        let plan = Plan::of(c, 1, 2, Some(3), 4)?;
        Ok(columns(c, &values(c, vec![c.array(0)?], move |row| decomposed(row, plan))?, DECOMPOSED))
    }),
    ("series_decompose_anomalies", |c| {
        let (plan, kind, threshold) = anomaly_plan(c)?;
        let bag = values(c, vec![c.array(0)?], move |row| anomalies(row, plan, kind, threshold))?;
        Ok(columns(c, &bag, ANOMALIES))
    }),
];

const DECOMPOSED: &[(&str, KqlType)] = &[
    ("baseline", KqlType::Dynamic),
    ("seasonal", KqlType::Dynamic),
    ("trend", KqlType::Dynamic),
    ("residual", KqlType::Dynamic),
];

const ANOMALIES: &[(&str, KqlType)] =
    &[("ad_flag", KqlType::Dynamic), ("ad_score", KqlType::Dynamic), ("baseline", KqlType::Dynamic)];

fn array(values: &[f64]) -> Value {
    values.iter().map(|v| json(Some(*v))).collect()
}

fn finite(row: &Row<'_>) -> Option<Vec<f64>> {
    all_reals(row, 0).filter(|all| all.iter().all(|v| v.is_finite()))
}

/// Where the seasonal component comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Season {
    /// There is none.
    None,
    /// A period that is detected.
    Detected,
    /// A given period.
    Period(usize),
}

/// What the trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    /// There is none.
    None,
    /// The average.
    Average,
    /// The line that fits best.
    Line,
}

/// How a series is taken apart.
#[derive(Debug, Clone, Copy)]
struct Plan {
    season: Season,
    trend: Trend,
    /// So many elements at the end are not learned from.
    test_points: usize,
    /// Least score of a detected period.
    threshold: f64,
}

/// The parts of a series.
#[derive(Debug, Clone, PartialEq)]
struct Parts {
    baseline: Vec<f64>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    residual: Vec<f64>,
}

impl Plan {
    /// Reads the constant arguments at these places.
    fn of(
        call: &Call<'_>,
        seasonality: usize,
        trend: usize,
        test_points: Option<usize>,
        threshold: usize,
    ) -> Result<Self, Error> {
        let kind = match call.args.get(trend) {
            None => Trend::Average,
            Some(arg) => match arg.constant_str("the trend")? {
                "" | "avg" => Trend::Average,
                "linefit" => Trend::Line,
                "none" => Trend::None,
                other => {
                    let what = format!("\"{other}\" is no trend: \"avg\", \"linefit\" and \"none\" are");
                    return Err(call.argument_error(trend, what));
                }
            },
        };
        Ok(Self {
            season: season(call, seasonality)?,
            trend: kind,
            test_points: test_points.map_or(Ok(0), |i| count(call, i))?,
            threshold: number(call, threshold, 0.6)?,
        })
    }

    /// `None` where nothing is left to learn from.
    fn decompose(&self, series: &[f64]) -> Option<Parts> {
        let known = series.len().checked_sub(self.test_points).filter(|n| *n > 0)?;
        let seasonal = seasonal(series, self.season, self.threshold, self.test_points);
        let rest: Vec<f64> = series[..known].iter().zip(&seasonal).map(|(x, s)| x - s).collect();
        let trend: Vec<f64> = match self.trend {
            Trend::None => vec![0.0; series.len()],
            Trend::Average => vec![mean(&rest); series.len()],
            Trend::Line => match line(&rest) {
                Some(line) => line.points(series.len()).collect(),
                None => vec![mean(&rest); series.len()],
            },
        };
        let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(s, t)| s + t).collect();
        let residual = series.iter().zip(&baseline).map(|(x, b)| x - b).collect();
        Some(Parts { baseline, seasonal, trend, residual })
    }
}

fn season(call: &Call<'_>, i: usize) -> Result<Season, Error> {
    if !call.has(i) {
        return Ok(Season::Detected);
    }
    match call.args[i].constant_i64("the period")? {
        -1 => Ok(Season::Detected),
        0 => Ok(Season::None),
        n => match usize::try_from(n) {
            Ok(n) => Ok(Season::Period(n)),
            Err(_) => {
                Err(call.argument_error(i, "the period has to be -1 (detect it), 0 (none) or a number of elements"))
            }
        },
    }
}

fn count(call: &Call<'_>, i: usize) -> Result<usize, Error> {
    if !call.has(i) {
        return Ok(0);
    }
    let given = call.args[i].constant_i64("the number of points")?;
    usize::try_from(given).map_err(|_| call.argument_error(i, "the number of points cannot be negative"))
}

#[allow(clippy::cast_precision_loss, reason = "thresholds are small numbers")]
fn number(call: &Call<'_>, i: usize, default: f64) -> Result<f64, Error> {
    match call.args.get(i).map(|arg| &arg.constant) {
        None => Ok(default),
        Some(Some(Constant::Int(n))) => Ok(f64::from(*n)),
        Some(Some(Constant::Long(n))) => Ok(*n as f64),
        Some(Some(Constant::Real(n))) => Ok(*n),
        Some(_) => Err(call.type_error(i, "a constant number")),
    }
}

fn anomaly_plan(call: &Call<'_>) -> Result<(Plan, Kind, f64), Error> {
    let kind = kind_argument(call, 5)?;
    Ok((Plan::of(call, 2, 3, Some(4), 6)?, kind, number(call, 1, 1.5)?))
}

/// The median of the elements at each place of the period; zeros where there is no period.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of series"
)]
fn seasonal(series: &[f64], season: Season, threshold: f64, test_points: usize) -> Vec<f64> {
    let known = &series[..series.len().saturating_sub(test_points)];
    let period = match season {
        Season::None => None,
        Season::Period(period) => Some(period),
        Season::Detected => detect(known, 0.0, known.len() as f64)
            .first()
            .filter(|(_, score)| *score >= threshold)
            .map(|(period, _)| *period as usize),
    };
    let Some(period) = period else {
        return vec![0.0; series.len()];
    };
    let at_place: Vec<f64> = (0..period)
        .map(|place| median(known.iter().skip(place).step_by(period).copied().collect()).unwrap_or(0.0))
        .collect();
    at_place.iter().copied().cycle().take(series.len()).collect()
}

/// The middle, or the average of the middle two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[half - 1], upper) })
}

fn decomposed(row: &Row<'_>, plan: Plan) -> Option<Value> {
    let parts = plan.decompose(&finite(row)?)?;
    Some(serde_json::json!({
        "baseline": array(&parts.baseline),
        "seasonal": array(&parts.seasonal),
        "trend": array(&parts.trend),
        "residual": array(&parts.residual),
    }))
}

fn anomalies(row: &Row<'_>, plan: Plan, kind: Kind, threshold: f64) -> Option<Value> {
    let parts = plan.decompose(&finite(row)?)?;
    let residual: Vec<Option<f64>> = parts.residual.iter().copied().map(Some).collect();
    let scores = outliers(&residual, kind, (10.0, 90.0));
    let flag = |score: &f64| {
        if *score > threshold {
            1
        } else if *score < -threshold {
            -1
        } else {
            0
        }
    };
    Some(serde_json::json!({
        "ad_flag": scores.iter().map(flag).collect::<Vec<i32>>(),
        "ad_score": array(&scores),
        "baseline": array(&parts.baseline),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn plan(season: Season, trend: Trend, test_points: usize) -> Plan {
        Plan { season, trend, test_points, threshold: 0.6 }
    }

    #[test]
    fn a_week_with_a_trend_is_forecast() {
        let wave = |i: u32| f64::from(i % 7) * f64::from(i % 7);
        let value = |i: u32| 10.0 * wave(i) + 0.25 * f64::from(i);
        let mut series: Vec<f64> = (0..70).map(value).collect();
        let unknown: Vec<f64> = (70..84).map(value).collect();
        series.extend([0.0; 14]);
        let parts = plan(Season::Detected, Trend::Line, 14).decompose(&series).unwrap();
        for (forecast, real) in parts.baseline[70..].iter().zip(&unknown) {
            assert!((forecast - real).abs() < 1.5, "{forecast} {real}");
        }
    }

    #[test]
    fn parts_add_up() {
        let series = [1.0, 5.0, 2.0, 6.0, 3.0, 7.0];
        for trend in [Trend::None, Trend::Average, Trend::Line] {
            let parts = plan(Season::Period(2), trend, 0).decompose(&series).unwrap();
            for (i, x) in series.iter().enumerate() {
                assert!((parts.seasonal[i] + parts.trend[i] - parts.baseline[i]).abs() < 1e-9);
                assert!((parts.baseline[i] + parts.residual[i] - x).abs() < 1e-9);
            }
        }
        assert!(plan(Season::None, Trend::Line, 6).decompose(&series).is_none());
    }
}
