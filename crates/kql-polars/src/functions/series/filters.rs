//! Filters of series.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/series-fir-function>, <https://learn.microsoft.com/kusto/query/series-iir-function>

use kql::Error;
use serde_json::Value;

use super::super::arrays::{entry, values};
use super::super::{Call, Function};
use super::{all_reals, json};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "series_fir",
        &[],
        "series_fir(series, filter [, normalize [, center]])",
        "The series through a finite impulse response filter, such as a moving average.",
        (2, 4),
        fir,
    ),
    entry(
        "series_iir",
        &[],
        "series_iir(series, numerators, denominators)",
        "The series through an infinite impulse response filter.",
        (3, 3),
        |c| {
            values(c, vec![c.array(0)?, c.array(1)?, c.array(2)?], |row| {
                let filtered = iir_of(&all_reals(row, 0)?, &all_reals(row, 1)?, &all_reals(row, 2)?)?;
                Some(filtered.into_iter().map(|v| json(Some(v))).collect())
            })
        },
    ),
];

fn fir(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = vec![call.array(0)?, call.array(1)?];
    for i in 2..call.args.len() {
        args.push(Typed::new(call.boolean(i)?, kql::KqlType::Bool, call.args[i].span));
    }
    values(call, args, |row| {
        let flag = |i: usize| if i < row.len() { row.bool(i) } else { None };
        let filtered = fir_of(&all_reals(row, 0)?, &all_reals(row, 1)?, flag(2), flag(3) == Some(true))?;
        Some(filtered.into_iter().map(|v| json(Some(v))).collect::<Value>())
    })
}

/// What lies before and behind the series counts as 0.
fn fir_of(series: &[f64], filter: &[f64], normalize: Option<bool>, center: bool) -> Option<Vec<f64>> {
    let negative = filter.iter().any(|c| *c < 0.0);
    let normalize = normalize.unwrap_or(!negative);
    if filter.is_empty() || (normalize && negative) {
        return None;
    }
    let divisor = if normalize { filter.iter().sum() } else { 1.0 };
    let delay = if center { (filter.len() - 1) / 2 } else { 0 };
    let at = |i: usize| {
        let terms = filter.iter().enumerate().map(|(back, c)| {
            let from = (i + delay).checked_sub(back).and_then(|from| series.get(from));
            from.map_or(0.0, |x| c * x)
        });
        terms.sum::<f64>() / divisor
    };
    Some((0..series.len()).map(at).collect())
}

fn iir_of(series: &[f64], numerators: &[f64], denominators: &[f64]) -> Option<Vec<f64>> {
    let first = *denominators.first().filter(|a| **a != 0.0)?;
    let mut out: Vec<f64> = Vec::with_capacity(series.len());
    for i in 0..series.len() {
        let input: f64 =
            numerators.iter().enumerate().filter_map(|(back, b)| Some(b * series.get(i.checked_sub(back)?)?)).sum();
        let output: f64 = denominators
            .iter()
            .enumerate()
            .skip(1)
            .filter_map(|(back, a)| Some(a * out.get(i.checked_sub(back)?)?))
            .sum();
        out.push((input - output) / first);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_average() {
        let series = [0.0, 0.0, 10.0, 0.0, 0.0];
        assert_eq!(fir_of(&series, &[1.0, 1.0], None, false), Some(vec![0.0, 0.0, 5.0, 5.0, 0.0]));
        assert_eq!(fir_of(&series, &[1.0, 1.0, 1.0, 1.0, 1.0], None, true), Some(vec![2.0; 5]));
        assert_eq!(fir_of(&[2.0, 3.0, 3.0], &[1.0, -1.0], None, false), Some(vec![2.0, 1.0, 0.0]));
        assert_eq!(fir_of(&series, &[1.0, -1.0], Some(true), false), None);
    }

    #[test]
    fn cumulative_sum() {
        assert_eq!(iir_of(&[1.0, 2.0, 3.0], &[1.0], &[1.0, -1.0]), Some(vec![1.0, 3.0, 6.0]));
        assert_eq!(iir_of(&[1.0], &[1.0], &[0.0]), None);
    }
}
