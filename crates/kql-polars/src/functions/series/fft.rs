//! The discrete Fourier transform of series.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/series-fft-function>, <https://learn.microsoft.com/kusto/query/series-ifft-function>

use std::f64::consts::PI;
use std::ops::{Add, Mul, Sub};

use kql::{Error, KqlType};
use serde_json::Value;

use super::super::arrays::{entry, values};
use super::super::{Call, Function, MultiBind};
use super::{all_reals, columns, json, parts};
use crate::rows::Row;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "series_fft",
        &[],
        "series_fft(x_real [, x_imaginary])",
        "The Fourier transform of a series, its real and its imaginary part as columns.",
        (1, 2),
        |c| parts(c, args(c)?, PARTS, |row| transformed(row, false)),
    ),
    entry(
        "series_ifft",
        &[],
        "series_ifft(fft_real [, fft_imaginary])",
        "The series of which this is the Fourier transform, its real and its imaginary part as columns.",
        (1, 2),
        |c| parts(c, args(c)?, PARTS, |row| transformed(row, true)),
    ),
];

/// As columns.
pub const COLUMNS: &[(&str, MultiBind)] = &[
    ("series_fft", |c| Ok(columns(c, &values(c, args(c)?, |row| transformed(row, false))?, PARTS))),
    ("series_ifft", |c| Ok(columns(c, &values(c, args(c)?, |row| transformed(row, true))?, PARTS))),
];

const PARTS: &[(&str, KqlType)] = &[("real", KqlType::Dynamic), ("imag", KqlType::Dynamic)];

fn args(call: &Call<'_>) -> Result<Vec<crate::typed::Typed>, Error> {
    (0..call.args.len()).map(|i| call.array(i)).collect()
}

fn transformed(row: &Row<'_>, inverse: bool) -> Option<Value> {
    let real = all_reals(row, 0)?;
    let imaginary = if row.len() > 1 { all_reals(row, 1)? } else { vec![0.0; real.len()] };
    if real.len() != imaginary.len() {
        return None;
    }
    let series: Vec<Complex> = real.into_iter().zip(imaginary).map(|(re, im)| Complex { re, im }).collect();
    let out = if inverse { ifft(&series) } else { fft(&series) };
    let part = |f: fn(&Complex) -> f64| out.iter().map(|c| json(Some(f(c)))).collect::<Value>();
    Some(serde_json::json!({"real": part(|c| c.re), "imag": part(|c| c.im)}))
}

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl Complex {
    /// The point of the unit circle at an angle.
    fn turn(angle: f64) -> Self {
        Self { re: angle.cos(), im: angle.sin() }
    }

    fn conjugate(self) -> Self {
        Self { im: -self.im, ..self }
    }

    /// The square of the absolute value.
    pub fn power(self) -> f64 {
        self.re * self.re + self.im * self.im
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

/// The transform of a series of any length.
#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
pub(super) fn fft(series: &[Complex]) -> Vec<Complex> {
    let n = series.len();
    if n < 2 || n.is_power_of_two() {
        return radix2(series.to_vec());
    }
    // Bluestein's algorithm: as a convolution, for which the length may be rounded up to a power of two.
    let size = (2 * n - 1).next_power_of_two();
    let chirp: Vec<Complex> = (0..n).map(|k| Complex::turn(-PI * ((k * k) % (2 * n)) as f64 / n as f64)).collect();
    let mut a = vec![Complex::default(); size];
    let mut b = vec![Complex::default(); size];
    for (k, (x, c)) in series.iter().zip(&chirp).enumerate() {
        a[k] = *x * *c;
        b[k] = c.conjugate();
        if k > 0 {
            b[size - k] = c.conjugate();
        }
    }
    let product = radix2(a).into_iter().zip(radix2(b)).map(|(a, b)| a * b).collect::<Vec<_>>();
    ifft(&product).into_iter().zip(chirp).map(|(x, c)| x * c).collect()
}

/// The series of which this is the transform.
#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
pub(super) fn ifft(transform: &[Complex]) -> Vec<Complex> {
    let n = transform.len() as f64;
    let conjugates: Vec<Complex> = transform.iter().map(|c| c.conjugate()).collect();
    fft(&conjugates).into_iter().map(|c| Complex { re: c.re / n, im: -c.im / n }).collect()
}

/// Of a length that is a power of two.
#[allow(clippy::cast_precision_loss, reason = "lengths of series")]
fn radix2(series: Vec<Complex>) -> Vec<Complex> {
    let n = series.len();
    if n < 2 {
        return series;
    }
    let half = |odd: usize| radix2(series.iter().skip(odd).step_by(2).copied().collect());
    let (even, odd) = (half(0), half(1));
    let terms = even.iter().zip(&odd).enumerate();
    let terms: Vec<(Complex, Complex)> =
        terms.map(|(k, (e, o))| (*e, Complex::turn(-2.0 * PI * k as f64 / n as f64) * *o)).collect();
    terms.iter().map(|(e, o)| *e + *o).chain(terms.iter().map(|(e, o)| *e - *o)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complex(values: &[f64]) -> Vec<Complex> {
        values.iter().map(|re| Complex { re: *re, im: 0.0 }).collect()
    }

    fn close(a: &[Complex], b: &[Complex]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (*a - *b).power() < 1e-18)
    }

    #[test]
    fn there_and_back() {
        for n in 0..40_u32 {
            let series = complex(&(0..n).map(|i| f64::from(i * i % 7) - 2.5).collect::<Vec<_>>());
            assert!(close(&ifft(&fft(&series)), &series), "{n}");
        }
    }

    #[test]
    fn by_definition() {
        for n in [1_usize, 3, 5, 6, 8, 12] {
            let series = complex(&(0..n).map(|i| ((i * 5) % 4) as f64 + 0.5).collect::<Vec<_>>());
            let term = |k: usize, i: usize| series[i] * Complex::turn(-2.0 * PI * (k * i) as f64 / n as f64);
            let sum = |k| (0..n).map(|i| term(k, i)).fold(Complex::default(), Add::add);
            assert!(close(&fft(&series), &(0..n).map(sum).collect::<Vec<_>>()), "{n}");
        }
    }
}
