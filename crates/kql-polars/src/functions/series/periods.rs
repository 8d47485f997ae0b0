//! Periods of series: which there are, and whether some given ones are.
//!
//! The pages say what the scores mean, but not how they are computed. Here candidates are the peaks of the power spectrum; each is
//! refined to the highest hill of the autocorrelation nearby, because the spectrum is coarse for long periods. The score of a period is the lowest
//! autocorrelation over its multiples up to half the series, so that a period counts only if the series keeps to it.
//! Documented results: period 14 with score 0.84, no other period, and 0 for period 10 of the same series.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/series-periods-detect-function>,
//! <https://learn.microsoft.com/kusto/query/series-periods-validate-function>

use kql::{Error, KqlType};
use serde_json::Value;

use super::super::arrays::{entry, values};
use super::super::{Call, Function, MultiBind};
use super::fft::{Complex, fft, ifft};
use super::statistics::mean;
use super::{all_reals, columns, json, parts};
use crate::rows::Row;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "series_periods_detect",
        &[],
        "series_periods_detect(series, min_period, max_period, num_periods)",
        "The most significant periods of a series, and their scores, as columns.",
        (4, 4),
        |c| parts(c, detect_args(c)?, DETECTED, detected),
    ),
    entry(
        "series_periods_validate",
        &[],
        "series_periods_validate(series, period1 [, …])",
        "Scores that say how well a series keeps to each of some periods, as a column beside the periods.",
        (2, 17),
        |c| parts(c, validate_args(c)?, VALIDATED, validated),
    ),
];

/// As columns.
pub const COLUMNS: &[(&str, MultiBind)] = &[
    ("series_periods_detect", |c| Ok(columns(c, &values(c, detect_args(c)?, detected)?, DETECTED))),
    ("series_periods_validate", |c| Ok(columns(c, &values(c, validate_args(c)?, validated)?, VALIDATED))),
];

// The names of the documented results.
const DETECTED: &[(&str, KqlType)] = &[("periods", KqlType::Dynamic), ("periods_scores", KqlType::Dynamic)];
const VALIDATED: &[(&str, KqlType)] = &[("periods", KqlType::Dynamic), ("scores", KqlType::Dynamic)];

/// Shortest period.
const SHORTEST: usize = 4;

/// Most periods that are looked for.
const MAX_PERIODS: i64 = 1000;

fn detect_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    call.check_real(1)?;
    call.check_real(2)?;
    Ok(vec![call.array(0)?, call.real_arg(1), call.real_arg(2), call.whole_arg(3)?])
}

fn validate_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    let mut args = vec![call.array(0)?];
    for i in 1..call.args.len() {
        call.check_real(i)?;
        args.push(call.real_arg(i));
    }
    Ok(args)
}

fn detected(row: &Row<'_>) -> Option<Value> {
    let series = finite(row)?;
    let (min, max) = (row.real(1)?, row.real(2)?);
    let count = usize::try_from(row.long(3)?.min(MAX_PERIODS)).ok()?;
    let mut found = detect(&series, min, max);
    found.resize(count, (0.0, 0.0));
    let part = |f: fn(&(f64, f64)) -> f64| found.iter().map(|p| json(Some(f(p)))).collect::<Value>();
    Some(serde_json::json!({"periods": part(|p| p.0), "periods_scores": part(|p| p.1)}))
}

fn validated(row: &Row<'_>) -> Option<Value> {
    let hills = Autocorrelation::new(&finite(row)?);
    let periods = (1..row.len()).map(|i| row.real(i)).collect::<Option<Vec<f64>>>()?;
    let scores: Value = periods.iter().map(|p| json(Some(hills.validate(*p)))).collect();
    let periods: Value = periods.into_iter().map(|p| json(Some(p))).collect();
    Some(serde_json::json!({"periods": periods, "scores": scores}))
}

fn finite(row: &Row<'_>) -> Option<Vec<f64>> {
    all_reals(row, 0).filter(|all| all.iter().all(|v| v.is_finite()))
}

/// How much a series is like itself so many positions later: 1 at 0, about 0 where there is no likeness.
struct Autocorrelation {
    values: Vec<f64>,
    /// Less than this may be chance.
    noise: f64,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of series"
)]
impl Autocorrelation {
    fn new(series: &[f64]) -> Self {
        let n = series.len();
        let middle = if n == 0 { 0.0 } else { mean(series) };
        let mut padded: Vec<Complex> = series.iter().map(|v| Complex { re: v - middle, im: 0.0 }).collect();
        padded.resize((2 * n).next_power_of_two(), Complex::default());
        let power: Vec<Complex> = fft(&padded).into_iter().map(|c| Complex { re: c.power(), im: 0.0 }).collect();
        let sums = ifft(&power);
        let whole = sums.first().map_or(0.0, |c| c.re);
        let unbiased = |lag: usize| sums[lag].re / whole * n as f64 / (n - lag) as f64;
        // Up to one more than half the series, to see where hills end.
        let values = if whole > 1e-12 { (0..n.min(n / 2 + 2)).map(unbiased).collect() } else { Vec::new() };
        Self { values, noise: 1.96 / (n as f64).sqrt() }
    }

    fn at(&self, lag: usize) -> f64 {
        self.values.get(lag).copied().unwrap_or(0.0)
    }

    /// Longest period: it has to be seen twice.
    fn longest(&self) -> usize {
        self.values.len().saturating_sub(2)
    }

    fn is_hill(&self, lag: usize) -> bool {
        self.at(lag) > self.noise && self.at(lag) >= self.at(lag - 1) && self.at(lag) >= self.at(lag + 1)
    }

    fn score(&self, lag: usize) -> f64 {
        (lag..=self.longest()).step_by(lag).map(|lag| self.at(lag)).fold(1.0, f64::min).max(0.0)
    }

    fn validate(&self, period: f64) -> f64 {
        if !(SHORTEST as f64..=self.longest() as f64).contains(&period) {
            return 0.0;
        }
        let lag = period.round() as usize;
        if self.is_hill(lag) { self.score(lag) } else { 0.0 }
    }
}

/// The periods between two bounds with their scores, the best first.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of series"
)]
pub(super) fn detect(series: &[f64], min: f64, max: f64) -> Vec<(f64, f64)> {
    let n = series.len();
    let hills = Autocorrelation::new(series);
    if hills.values.is_empty() {
        return Vec::new();
    }
    let middle = mean(series);
    let spectrum = fft(&series.iter().map(|v| Complex { re: v - middle, im: 0.0 }).collect::<Vec<_>>());
    let power: Vec<f64> = spectrum.iter().take(n / 2 + 1).map(|c| c.power()).collect();
    let average = mean(&power);
    // What goes around less than twice is a trend.
    let mut peaks: Vec<usize> = (2..power.len())
        .filter(|k| {
            let (before, after) = (power[k - 1], power.get(k + 1).copied().unwrap_or(0.0));
            power[*k] > average && power[*k] >= before && power[*k] >= after
        })
        .collect();
    peaks.sort_by(|a, b| power[*b].total_cmp(&power[*a]));
    let mut found: Vec<(usize, f64)> = Vec::new();
    for k in peaks {
        // The periods that the neighbors of the peak stand for bound the ones it may stand for.
        let (from, to) = (n / (k + 1), n.div_ceil(k - 1));
        let best = (from.max(SHORTEST)..=to.min(hills.longest()))
            .filter(|lag| hills.is_hill(*lag))
            .reduce(|a, b| if hills.at(b) > hills.at(a) { b } else { a });
        let Some(lag) = best.filter(|lag| (min..=max).contains(&(*lag as f64))) else {
            continue;
        };
        let score = hills.score(lag);
        let multiple = |a: usize, b: usize| {
            (a as f64 / b as f64).round() >= 1.0 && a.abs_diff((a as f64 / b as f64).round() as usize * b) <= 1
        };
        // What repeats every 7 also repeats every 14.
        let known = found.iter().any(|(period, known)| multiple(lag, *period) && *known >= score);
        if score > hills.noise && !known {
            found.push((lag, score));
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.into_iter().map(|(lag, score)| (lag as f64, score)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_periods_of_sines() {
        let wave = |i: u32, period: f64| (f64::from(i) * std::f64::consts::TAU / period).sin();
        let one: Vec<f64> = (0..200).map(|i| wave(i, 20.0)).collect();
        let found = detect(&one, 0.0, 100.0);
        assert_eq!(found.first().map(|p| p.0), Some(20.0), "{found:?}");
        assert!(found.iter().all(|p| p.1 <= 1.0));
        let two: Vec<f64> = (0..700).map(|i| 2.0 * wave(i, 12.0) + wave(i, 84.0)).collect();
        let mut periods: Vec<f64> = detect(&two, 0.0, 200.0).iter().take(2).map(|p| p.0).collect();
        periods.sort_by(f64::total_cmp);
        assert_eq!(periods, [12.0, 84.0]);
        assert!(detect(&one, 0.0, 10.0).is_empty());
    }

    #[test]
    fn nothing_repeats() {
        assert!(detect(&[3.0; 50], 0.0, 25.0).is_empty());
        assert!(detect(&[], 0.0, 25.0).is_empty());
        assert!(detect(&[1.0, 2.0], 0.0, 25.0).is_empty());
        assert!(Autocorrelation::new(&[1.0, 2.0, 1.0]).validate(4.0) == 0.0);
    }
}
