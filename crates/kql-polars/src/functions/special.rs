//! Special functions (gamma, beta, error function), tests of statistics, and bits.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#mathematical-functions>

use kql::{Error, KqlType};

use super::math::{real, unary};
use super::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    unary("gamma", "gamma(x)", "The gamma function.", |c| real(c, |x| Some(libm::tgamma(x)))),
    unary("loggamma", "loggamma(x)", "The logarithm of the absolute value of the gamma function.", |c| {
        real(c, |x| Some(libm::lgamma(x)))
    }),
    unary("erf", "erf(x)", "The error function.", |c| real(c, |x| Some(libm::erf(x)))),
    unary("erfc", "erfc(x)", "The complementary error function.", |c| real(c, |x| Some(libm::erfc(x)))),
    Function {
        name: "beta_cdf",
        aliases: &[],
        signature: "beta_cdf(x, alpha, beta)",
        doc: "The cumulative beta distribution; NaN for parameters outside its range.",
        args: (3, 3),
        pure: true,
        bind: |c| beta(c, |x, a, b| Some(beta_cdf(x, a, b))),
    },
    Function {
        name: "beta_inv",
        aliases: &[],
        signature: "beta_inv(probability, alpha, beta)",
        doc: "The inverse of beta_cdf(); null for a probability outside 0 to 1.",
        args: (3, 3),
        pure: true,
        bind: |c| beta(c, |p, a, b| if a > 0.0 && b > 0.0 { beta_inv(p, a, b) } else { Some(f64::NAN) }),
    },
    Function {
        name: "beta_pdf",
        aliases: &[],
        signature: "beta_pdf(x, alpha, beta)",
        doc: "The density of the beta distribution; NaN for parameters outside its range.",
        args: (3, 3),
        pure: true,
        bind: |c| beta(c, |x, a, b| Some(beta_pdf(x, a, b))),
    },
    Function {
        name: "welch_test",
        aliases: &[],
        signature: "welch_test(mean1, variance1, count1, mean2, variance2, count2)",
        doc: "The p-value of Welch's t-test: how probable means that differ so are where the true ones are equal.",
        args: (6, 6),
        pure: true,
        bind: |c| {
            let args = c.reals()?;
            let expr = map_rows(&args, KqlType::Real, |row| {
                welch_test((row.real(0)?, row.real(1)?, row.real(2)?), (row.real(3)?, row.real(4)?, row.real(5)?))
            });
            c.result(expr, KqlType::Real)
        },
    },
    Function {
        name: "binary_and",
        aliases: &[],
        signature: "binary_and(value1, value2)",
        doc: "The bits that are set in both numbers.",
        args: (2, 2),
        pure: true,
        bind: |c| bits(c, |a, b| Some(a & b)),
    },
    Function {
        name: "binary_or",
        aliases: &[],
        signature: "binary_or(value1, value2)",
        doc: "The bits that are set in one of the numbers or both.",
        args: (2, 2),
        pure: true,
        bind: |c| bits(c, |a, b| Some(a | b)),
    },
    Function {
        name: "binary_xor",
        aliases: &[],
        signature: "binary_xor(value1, value2)",
        doc: "The bits that are set in exactly one of the numbers.",
        args: (2, 2),
        pure: true,
        bind: |c| bits(c, |a, b| Some(a ^ b)),
    },
    unary("binary_not", "binary_not(value)", "All bits of the number, inverted.", |c| one_long(c, |v| !v)),
    Function {
        name: "binary_shift_left",
        aliases: &[],
        signature: "binary_shift_left(value, shift)",
        doc: "The bits moved to the left by shift modulo 64 places; null for a negative shift.",
        args: (2, 2),
        pure: true,
        bind: |c| bits(c, |a, b| shift_count(b).map(|by| a.wrapping_shl(by))),
    },
    Function {
        name: "binary_shift_right",
        aliases: &[],
        signature: "binary_shift_right(value, shift)",
        doc: "The bits moved to the right by shift modulo 64 places; null for a negative shift.",
        args: (2, 2),
        pure: true,
        bind: |c| bits(c, |a, b| shift_count(b).map(|by| a.wrapping_shr(by))),
    },
    unary("bitset_count_ones", "bitset_count_ones(value)", "How many bits of the number are set.", |c| {
        one_long(c, |v| i64::from(v.count_ones()))
    }),
];

fn shift_count(shift: i64) -> Option<u32> {
    u32::try_from(shift % 64).ok()
}

fn one_long(call: &Call<'_>, f: fn(i64) -> i64) -> Result<Typed, Error> {
    call.result(crate::kernels::i64_to_i64(call.long(0)?, move |v| Some(f(v))), KqlType::Long)
}

fn bits(call: &Call<'_>, f: fn(i64, i64) -> Option<i64>) -> Result<Typed, Error> {
    let args =
        [Typed::new(call.long(0)?, KqlType::Long, call.span), Typed::new(call.long(1)?, KqlType::Long, call.span)];
    call.result(map_rows(&args, KqlType::Long, move |row| f(row.long(0)?, row.long(1)?)), KqlType::Long)
}

fn beta(call: &Call<'_>, f: fn(f64, f64, f64) -> Option<f64>) -> Result<Typed, Error> {
    let args = call.reals()?;
    let expr = map_rows(&args, KqlType::Real, move |row| f(row.real(0)?, row.real(1)?, row.real(2)?));
    call.result(expr, KqlType::Real)
}

fn log_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

fn beta_pdf(x: f64, a: f64, b: f64) -> f64 {
    if !(0.0..=1.0).contains(&x) || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    ((a - 1.0) * x.ln() + (b - 1.0) * (1.0 - x).ln() - log_beta(a, b)).exp()
}

fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if !(0.0..=1.0).contains(&x) || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        return x;
    }
    let front = (a * x.ln() + b * (1.0 - x).ln() - log_beta(a, b)).exp();
    // The continued fraction converges fast on this side of the mean.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction of the incomplete beta function (Lentz's method; <https://dlmf.nist.gov/8.17#v>).
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..=500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

fn beta_inv(p: f64, a: f64, b: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    // Halving finds it for any parameters; 200 steps are beyond the precision of a real, also near 0.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if beta_cdf(middle, a, b) < p { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high))
}

/// Two-sided p-value; each sample is its mean, variance and count.
fn welch_test((mean1, variance1, count1): (f64, f64, f64), (mean2, variance2, count2): (f64, f64, f64)) -> Option<f64> {
    let (part1, part2) = (variance1 / count1, variance2 / count2);
    let error = part1 + part2;
    if count1 < 2.0 || count2 < 2.0 || error <= 0.0 {
        return None;
    }
    let t = (mean1 - mean2) / error.sqrt();
    let freedom = error * error / (part1 * part1 / (count1 - 1.0) + part2 * part2 / (count2 - 1.0));
    Some(beta_cdf(freedom / (freedom + t * t), freedom / 2.0, 0.5))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * b.abs().max(1e-3)
    }

    #[test]
    fn beta_distribution() {
        // The documented examples.
        assert!(close(beta_cdf(0.9, 10.0, 20.0), 0.999_999_999_999_959));
        assert!(beta_cdf(1.5, 10.0, 20.0).is_nan());
        assert!(beta_cdf(0.1, -1.0, 20.0).is_nan());
        assert!(close(beta_inv(0.1, 10.0, 20.0).unwrap(), 0.226_415_022_388_749));
        assert_eq!(beta_inv(1.5, 10.0, 20.0), None);
        assert!(close(beta_pdf(0.5, 10.0, 20.0), 0.746_176_019_310_951_2));
        // The uniform distribution.
        assert!(close(beta_cdf(0.3, 1.0, 1.0), 0.3));
    }

    #[test]
    fn the_inverse_is_the_inverse() {
        for p in [0.001, 0.2, 0.5, 0.99] {
            for (a, b) in [(0.5, 0.5), (2.0, 5.0), (30.0, 3.0)] {
                assert!(close(beta_cdf(beta_inv(p, a, b).unwrap(), a, b), p), "{p} {a} {b}");
            }
        }
    }

    #[test]
    fn welch() {
        // Equal means are no evidence; far means are.
        assert!(close(welch_test((5.0, 2.0, 10.0), (5.0, 3.0, 12.0)).unwrap(), 1.0));
        assert!(welch_test((5.0, 2.0, 10.0), (50.0, 3.0, 12.0)).unwrap() < 1e-12);
        assert_eq!(welch_test((5.0, 0.0, 10.0), (5.0, 0.0, 12.0)), None);
    }

    #[test]
    fn shifts() {
        assert_eq!(shift_count(2), Some(2));
        assert_eq!(shift_count(66), Some(2));
        assert_eq!(shift_count(-1), None);
    }
}
