//! Lines and polynomials that fit a series best.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/series-fit-line-function>,
//! <https://learn.microsoft.com/kusto/query/series-fit-2lines-function>,
//! <https://learn.microsoft.com/kusto/query/series-fit-poly-function>

use kql::{Error, KqlType};
use serde_json::{Map, Value};

use super::super::arrays::{arrays, entry, values};
use super::super::{Call, Function, MultiBind};
use super::statistics::{mean, variance};
use super::{all_reals, columns, json, parts};
use crate::rows::Row;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "series_fit_line",
        &[],
        "series_fit_line(series)",
        "The line that fits a series best, as columns.",
        (1, 1),
        |c| parts(c, arrays(c)?, LINE, fit_line),
    ),
    entry(
        "series_fit_line_dynamic",
        &[],
        "series_fit_line_dynamic(series)",
        "The line that fits a series best, as a property bag.",
        (1, 1),
        |c| values(c, arrays(c)?, fit_line),
    ),
    entry(
        "series_fit_2lines",
        &[],
        "series_fit_2lines(series)",
        "The two lines that fit a series best, one before and one after a point, as columns.",
        (1, 1),
        |c| parts(c, arrays(c)?, TWO_LINES, |row| two_lines(row).map(flat)),
    ),
    entry(
        "series_fit_2lines_dynamic",
        &[],
        "series_fit_2lines_dynamic(series)",
        "The two lines that fit a series best, one before and one after a point, as a property bag.",
        (1, 1),
        |c| values(c, arrays(c)?, two_lines),
    ),
    entry(
        "series_fit_poly",
        &[],
        "series_fit_poly(y_series [, x_series [, degree]])",
        "The polynomial that fits a series best, as columns.",
        (1, 3),
        |c| parts(c, poly_args(c)?, POLYNOMIAL, fit_poly),
    ),
];

/// As columns.
pub const COLUMNS: &[(&str, MultiBind)] = &[
    ("series_fit_line", |c| Ok(columns(c, &values(c, arrays(c)?, fit_line)?, LINE))),
    ("series_fit_2lines", |c| Ok(columns(c, &values(c, arrays(c)?, |row| two_lines(row).map(flat))?, TWO_LINES))),
    ("series_fit_poly", |c| Ok(columns(c, &values(c, poly_args(c)?, fit_poly)?, POLYNOMIAL))),
];

const LINE: &[(&str, KqlType)] = &[
    ("rsquare", KqlType::Real),
    ("slope", KqlType::Real),
    ("variance", KqlType::Real),
    ("rvariance", KqlType::Real),
    ("interception", KqlType::Real),
    ("line_fit", KqlType::Dynamic),
];

const TWO_LINES: &[(&str, KqlType)] = &[
    ("rsquare", KqlType::Real),
    ("split_idx", KqlType::Long),
    ("variance", KqlType::Real),
    ("rvariance", KqlType::Real),
    ("line_fit", KqlType::Dynamic),
    ("right_rsquare", KqlType::Real),
    ("right_slope", KqlType::Real),
    ("right_interception", KqlType::Real),
    ("right_variance", KqlType::Real),
    ("right_rvariance", KqlType::Real),
    ("left_rsquare", KqlType::Real),
    ("left_slope", KqlType::Real),
    ("left_interception", KqlType::Real),
    ("left_variance", KqlType::Real),
    ("left_rvariance", KqlType::Real),
];

const POLYNOMIAL: &[(&str, KqlType)] = &[
    ("rsquare", KqlType::Real),
    ("coefficients", KqlType::Dynamic),
    ("variance", KqlType::Real),
    ("rvariance", KqlType::Real),
    ("poly_fit", KqlType::Dynamic),
];

/// Greatest degree of a polynomial: beyond it reals are too coarse to tell the powers apart.
const MAX_DEGREE: i64 = 50;

fn bag<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn series(values: impl IntoIterator<Item = f64>) -> Value {
    values.into_iter().map(|v| json(Some(v))).collect()
}

/// The elements of a series of finite numbers.
fn finite(row: &Row<'_>, i: usize) -> Option<Vec<f64>> {
    all_reals(row, i).filter(|all| all.iter().all(|v| v.is_finite()))
}

/// A line through a series, x being the position, from 1 on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub slope: f64,
    pub interception: f64,
    /// Of the series.
    pub variance: f64,
    /// Of what the line leaves.
    pub rvariance: f64,
}

impl Line {
    /// The line at each of so many positions.
    #[allow(clippy::cast_precision_loss, reason = "positions in a series")]
    pub fn points(&self, count: usize) -> impl Iterator<Item = f64> + '_ {
        (1..=count).map(|i| self.interception + self.slope * i as f64)
    }

    fn rsquare(&self) -> f64 {
        rsquare(self.variance, self.rvariance)
    }
}

/// The share of a variance that a fit explains; 1 where there is none to explain.
fn rsquare(variance: f64, rest: f64) -> f64 {
    if variance == 0.0 { 1.0 } else { 1.0 - rest / variance }
}

/// The line that fits best; `None` for fewer than two points.
#[allow(clippy::cast_precision_loss, reason = "positions in a series")]
pub(super) fn line(y: &[f64]) -> Option<Line> {
    if y.len() < 2 {
        return None;
    }
    let mean_x = (y.len() + 1) as f64 / 2.0;
    let mean_y = mean(y);
    let (mut products, mut squares) = (0.0, 0.0);
    for (i, y) in y.iter().enumerate() {
        let x = (i + 1) as f64 - mean_x;
        products += x * (y - mean_y);
        squares += x * x;
    }
    let slope = products / squares;
    let mut line = Line { slope, interception: mean_y - slope * mean_x, variance: variance(y, mean_y), rvariance: 0.0 };
    let rest: Vec<f64> = y.iter().zip(line.points(y.len())).map(|(y, fit)| y - fit).collect();
    line.rvariance = variance(&rest, 0.0);
    Some(line)
}

fn fit_line(row: &Row<'_>) -> Option<Value> {
    let y = finite(row, 0)?;
    let line = line(&y)?;
    Some(bag([
        ("rsquare", json(Some(line.rsquare()))),
        ("slope", json(Some(line.slope))),
        ("variance", json(Some(line.variance))),
        ("rvariance", json(Some(line.rvariance))),
        ("interception", json(Some(line.interception))),
        ("line_fit", series(line.points(y.len()))),
    ]))
}

/// Where the series is best split (the first position of the right part), and the lines of both parts.
///
/// Sums of prefixes make it one pass over the possible splits.
fn split(y: &[f64]) -> Option<(usize, Line, Line)> {
    let sums = Sums::new(y);
    // Each part needs two points for a line. Of equal splits the first.
    let best = (2..=y.len().checked_sub(2)?)
        .map(|at| (at, sums.residual(0, at) + sums.residual(at, y.len())))
        .reduce(|a, b| if b.1 < a.1 { b } else { a })?;
    Some((best.0, line(&y[..best.0])?, line(&y[best.0..])?))
}

/// Sums over prefixes of a series: of y, y², x and so on, y taken from its mean for precision.
struct Sums {
    y: Vec<f64>,
    yy: Vec<f64>,
    xy: Vec<f64>,
}

#[allow(clippy::cast_precision_loss, reason = "positions in a series")]
impl Sums {
    fn new(y: &[f64]) -> Self {
        let middle = mean(y);
        let prefix = |f: &dyn Fn(usize, f64) -> f64| {
            let mut sum = 0.0;
            let all = y.iter().enumerate().map(|(i, y)| {
                sum += f(i, y - middle);
                sum
            });
            std::iter::once(0.0).chain(all).collect::<Vec<f64>>()
        };
        Self { y: prefix(&|_, y| y), yy: prefix(&|_, y| y * y), xy: prefix(&|i, y| i as f64 * y) }
    }

    /// The sum of the squares that the best line leaves of `from..to`.
    fn residual(&self, from: usize, to: usize) -> f64 {
        let n = (to - from) as f64;
        let of = |sums: &[f64]| sums[to] - sums[from];
        let (y, yy) = (of(&self.y), of(&self.yy));
        let mean_x = (from + to - 1) as f64 / 2.0;
        let sxy = of(&self.xy) - mean_x * y;
        let sxx = n * (n * n - 1.0) / 12.0;
        (yy - y * y / n - sxy * sxy / sxx).max(0.0)
    }
}

fn two_lines(row: &Row<'_>) -> Option<Value> {
    let y = finite(row, 0)?;
    let (at, left, right) = split(&y)?;
    let fit: Vec<f64> = left.points(at).chain(right.points(y.len() - at)).collect();
    let rest: Vec<f64> = y.iter().zip(&fit).map(|(y, fit)| y - fit).collect();
    let (total, residual) = (variance(&y, mean(&y)), variance(&rest, 0.0));
    let side = |line: &Line| {
        bag([
            ("rsquare", json(Some(line.rsquare()))),
            ("slope", json(Some(line.slope))),
            ("interception", json(Some(line.interception))),
            ("variance", json(Some(line.variance))),
            ("rvariance", json(Some(line.rvariance))),
        ])
    };
    Some(bag([
        ("rsquare", json(Some(rsquare(total, residual)))),
        ("split_idx", at.into()),
        ("variance", json(Some(total))),
        ("rvariance", json(Some(residual))),
        ("line_fit", series(fit)),
        ("right", side(&right)),
        ("left", side(&left)),
    ]))
}

/// `right.slope` as `right_slope`.
fn flat(two_lines: Value) -> Value {
    let Value::Object(mut bag) = two_lines else {
        return two_lines;
    };
    for side in ["right", "left"] {
        if let Some(Value::Object(line)) = bag.remove(side) {
            bag.extend(line.into_iter().map(|(key, value)| (format!("{side}_{key}"), value)));
        }
    }
    Value::Object(bag)
}

fn poly_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    let mut args = vec![call.array(0)?];
    if call.has(1) {
        args.push(call.array(1)?);
    }
    if call.has(2) {
        let degree = call.args[2].constant_i64("the degree of the polynomial")?;
        if !(1..=MAX_DEGREE).contains(&degree) {
            return Err(call.argument_error(2, format!("the degree has to be 1 to {MAX_DEGREE}")));
        }
        args.push(call.args[2].clone());
    }
    Ok(args)
}

#[allow(clippy::cast_precision_loss, reason = "positions in a series")]
fn fit_poly(row: &Row<'_>) -> Option<Value> {
    let y = finite(row, 0)?;
    let x = if row.len() > 1 { finite(row, 1)? } else { (1..=y.len()).map(|i| i as f64).collect() };
    let degree = if row.len() > 2 { usize::try_from(row.long(2)?).ok()? } else { 1 };
    if x.len() != y.len() {
        return None;
    }
    let coefficients = polynomial(&x, &y, degree)?;
    let fit: Vec<f64> = x.iter().map(|x| coefficients.iter().fold(0.0, |sum, c| sum * x + c)).collect();
    let rest: Vec<f64> = y.iter().zip(&fit).map(|(y, fit)| y - fit).collect();
    let (total, residual) = (variance(&y, mean(&y)), variance(&rest, 0.0));
    Some(bag([
        ("rsquare", json(Some(rsquare(total, residual)))),
        ("coefficients", series(coefficients)),
        ("variance", json(Some(total))),
        ("rvariance", json(Some(residual))),
        ("poly_fit", series(fit)),
    ]))
}

/// The coefficients from the highest power to the lowest; `None` where there are too few points.
///
/// Least squares by Householder reflections, over x moved and scaled to -1..1: powers of that stay of one size.
fn polynomial(x: &[f64], y: &[f64], degree: usize) -> Option<Vec<f64>> {
    let columns = degree + 1;
    if x.len() < columns {
        return None;
    }
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    let (center, scale) = (f64::midpoint(low, high), if high > low { (high - low) / 2.0 } else { 1.0 });
    // Rows of powers, the right side as the last column.
    let mut rows: Vec<Vec<f64>> = x
        .iter()
        .zip(y)
        .map(|(x, y)| {
            let t = (x - center) / scale;
            let mut row: Vec<f64> = std::iter::successors(Some(1.0), |power| Some(power * t)).take(columns).collect();
            row.push(*y);
            row
        })
        .collect();
    for k in 0..columns {
        let norm = rows[k..].iter().map(|row| row[k] * row[k]).sum::<f64>().sqrt();
        let alpha = if rows[k][k] > 0.0 { -norm } else { norm };
        let mut reflector: Vec<f64> = rows[k..].iter().map(|row| row[k]).collect();
        reflector[0] -= alpha;
        let squares = reflector.iter().map(|v| v * v).sum::<f64>();
        if norm < 1e-12 || squares == 0.0 {
            return None;
        }
        for column in k..=columns {
            let along = rows[k..].iter().zip(&reflector).map(|(row, v)| row[column] * v).sum::<f64>();
            for (row, v) in rows[k..].iter_mut().zip(&reflector) {
                row[column] -= 2.0 * along / squares * v;
            }
        }
    }
    let mut scaled = vec![0.0; columns];
    for k in (0..columns).rev() {
        let known = (k + 1..columns).map(|j| rows[k][j] * scaled[j]).sum::<f64>();
        scaled[k] = (rows[k][columns] - known) / rows[k][k];
    }
    // Back from t = (x - center) / scale to x, by Horner's scheme over polynomials.
    let mut out = vec![0.0; columns];
    for c in scaled.into_iter().rev() {
        let mut next = vec![0.0; columns];
        for (power, value) in out.iter().enumerate() {
            if power + 1 < columns {
                next[power + 1] += value / scale;
            }
            next[power] -= value * center / scale;
        }
        next[0] += c;
        out = next;
    }
    out.reverse();
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn polynomials() {
        let x: Vec<f64> = (0..30).map(|i| f64::from(i) / 3.0 - 2.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 * x.powi(3) - x + 5.0).collect();
        let found = polynomial(&x, &y, 3).unwrap();
        for (found, wanted) in found.iter().zip([2.0, 0.0, -1.0, 5.0]) {
            assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
        }
        assert_eq!(polynomial(&[1.0, 2.0], &[1.0, 2.0], 2), None);
        assert_eq!(polynomial(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0], 1), None);
    }

    #[test]
    fn a_split_where_the_line_bends() {
        let y: Vec<f64> = (0..20).map(|i| if i < 8 { f64::from(i) } else { 50.0 - f64::from(i) }).collect();
        let (at, left, right) = split(&y).unwrap();
        assert_eq!(at, 8);
        assert!((left.slope - 1.0).abs() < 1e-9 && (right.slope + 1.0).abs() < 1e-9);
        assert!((right.interception - 43.0).abs() < 1e-9);
        assert!(split(&[1.0, 2.0, 3.0]).is_none());
    }
}
