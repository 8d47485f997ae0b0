//! Mathematical functions of numbers.
//!
//! A result that is not defined (`sqrt(-1)`) is null, as the documentation of each function says.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#mathematical-functions>

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Call, Function};
use crate::rows::map_rows;
use crate::typed::{Typed, typed_lit};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        aliases: &[],
        signature: "abs(x)",
        doc: "The absolute value of a number or timespan.",
        args: (1, 1),
        pure: true,
        bind: abs,
    },
    unary("acos", "acos(x)", "The angle whose cosine is x; null outside -1 to 1.", |c| {
        real(c, |x| within_one(x).map(f64::acos))
    }),
    unary("asin", "asin(x)", "The angle whose sine is x; null outside -1 to 1.", |c| {
        real(c, |x| within_one(x).map(f64::asin))
    }),
    unary("atan", "atan(x)", "The angle whose tangent is x.", |c| real(c, |x| Some(x.atan()))),
    Function {
        name: "atan2",
        aliases: &[],
        signature: "atan2(y, x)",
        doc: "The angle between the positive x-axis and the ray to the point (x, y), in radians.",
        args: (2, 2),
        pure: true,
        bind: |c| real2(c, |y, x| Some(y.atan2(x))),
    },
    unary("cos", "cos(x)", "The cosine of an angle in radians.", |c| real(c, |x| Some(x.cos()))),
    unary("sin", "sin(x)", "The sine of an angle in radians.", |c| real(c, |x| Some(x.sin()))),
    unary("tan", "tan(x)", "The tangent of an angle in radians.", |c| real(c, |x| Some(x.tan()))),
    unary("cot", "cot(x)", "The cotangent of an angle in radians.", |c| real(c, |x| Some(x.tan().recip()))),
    unary("degrees", "degrees(a)", "An angle in radians as degrees.", |c| {
        real(c, |x| Some(180.0 / std::f64::consts::PI * x))
    }),
    unary("radians", "radians(a)", "An angle in degrees as radians.", |c| {
        real(c, |x| Some(std::f64::consts::PI / 180.0 * x))
    }),
    unary("exp", "exp(x)", "e to the power of x.", |c| real(c, |x| Some(x.exp()))),
    unary("exp2", "exp2(x)", "2 to the power of x.", |c| real(c, |x| Some(x.exp2()))),
    unary("exp10", "exp10(x)", "10 to the power of x.", |c| real(c, |x| Some(10_f64.powf(x)))),
    unary("log", "log(x)", "The natural logarithm; null for a negative number.", |c| {
        real(c, |x| not_negative(x).map(f64::ln))
    }),
    unary("log2", "log2(x)", "The logarithm of base 2; null for a negative number.", |c| {
        real(c, |x| not_negative(x).map(f64::log2))
    }),
    unary("log10", "log10(x)", "The logarithm of base 10; null for a negative number.", |c| {
        real(c, |x| not_negative(x).map(f64::log10))
    }),
    unary("sqrt", "sqrt(x)", "The square root; null for a negative number.", |c| {
        real(c, |x| not_negative(x).map(f64::sqrt))
    }),
    Function {
        name: "pow",
        aliases: &[],
        signature: "pow(base, exponent)",
        doc: "The base to the power of the exponent, as a real.",
        args: (2, 2),
        pure: true,
        bind: |c| real2(c, |base, exponent| Some(base.powf(exponent))),
    },
    unary("sign", "sign(x)", "-1, 0 or 1 for a negative number, zero, and a positive number.", |c| {
        real(c, |x| Some(if x == 0.0 || x.is_nan() { x } else { x.signum() }))
    }),
    Function {
        name: "round",
        aliases: &[],
        signature: "round(number [, precision])",
        doc: "The number rounded to so many digits behind the point (before it, if negative). Halves are rounded away from zero.",
        args: (1, 2),
        pure: true,
        bind: round,
    },
    Function {
        name: "ceiling",
        aliases: &[],
        signature: "ceiling(number)",
        doc: "The smallest whole number that is not less than the number.",
        args: (1, 1),
        pure: true,
        bind: ceiling,
    },
    Function {
        name: "pi",
        aliases: &[],
        signature: "pi()",
        doc: "The number π.",
        args: (0, 0),
        pure: true,
        bind: |c| Ok(Typed::constant(kql::Value::Real(std::f64::consts::PI), c.span)),
    },
    Function {
        name: "rand",
        aliases: &[],
        signature: "rand([N])",
        doc: "A random real from 0 up to but not including 1; with N greater than 1, a random whole number from 0 to N-1.",
        args: (0, 1),
        pure: false,
        bind: rand,
    },
    unary("isnan", "isnan(number)", "Whether the number is NaN (not a number).", |c| test(c, f64::is_nan)),
    unary("isinf", "isinf(number)", "Whether the number is infinite.", |c| test(c, f64::is_infinite)),
    unary("isfinite", "isfinite(number)", "Whether the number is neither infinite nor NaN.", |c| {
        test(c, f64::is_finite)
    }),
];

/// An entry for a function of one argument.
pub(super) const fn unary(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases: &[], signature, doc, args: (1, 1), pure: true, bind }
}

fn within_one(x: f64) -> Option<f64> {
    (-1.0..=1.0).contains(&x).then_some(x)
}

fn not_negative(x: f64) -> Option<f64> {
    (x >= 0.0 || x.is_nan()).then_some(x)
}

/// Real argument, real result.
pub(super) fn real(call: &Call<'_>, f: fn(f64) -> Option<f64>) -> Result<Typed, Error> {
    let expr = call.real(0)?.map(
        move |column| {
            let out: Float64Chunked = column.f64()?.iter().map(|v| v.and_then(f)).collect();
            Ok(out.with_name(column.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Float64)),
    );
    call.result(expr, KqlType::Real)
}

/// Real arguments, real result.
fn real2(call: &Call<'_>, f: fn(f64, f64) -> Option<f64>) -> Result<Typed, Error> {
    let args = call.reals()?;
    call.result(map_rows(&args, KqlType::Real, move |row| f(row.real(0)?, row.real(1)?)), KqlType::Real)
}

fn test(call: &Call<'_>, f: fn(f64) -> bool) -> Result<Typed, Error> {
    let args = call.reals()?;
    call.result(map_rows(&args, KqlType::Bool, move |row| Some(row.real(0).is_some_and(f))), KqlType::Bool)
}

fn abs(call: &Call<'_>) -> Result<Typed, Error> {
    let arg = &call.args[0];
    match arg.ty {
        KqlType::Int | KqlType::Long => call.result(arg.expr.clone().cast(DataType::Int64).abs(), KqlType::Long),
        KqlType::Real => call.result(arg.expr.clone().abs(), KqlType::Real),
        KqlType::TimeSpan => call.result(arg.expr.clone().abs(), KqlType::TimeSpan),
        KqlType::Decimal => {
            let digits =
                crate::kernels::str_to_str(arg.expr.clone(), |text| Some(text.trim_start_matches('-').to_owned()));
            call.result(digits, KqlType::Decimal)
        }
        _ => Err(call.type_error(0, "a number or a timespan")),
    }
}

fn round(call: &Call<'_>) -> Result<Typed, Error> {
    let (arg, digits) = (&call.args[0], if call.has(1) { call.long(1)? } else { typed_lit(0_i64) });
    if !arg.ty.is_numeric() {
        return Err(call.type_error(0, "a number"));
    }
    let args = [arg.clone(), Typed::new(digits, KqlType::Long, call.span)];
    let expr = match arg.ty {
        KqlType::Int => map_rows(&args, arg.ty, |row| i32::try_from(round_whole(row.long(0)?, row.long(1)?)).ok()),
        KqlType::Long => map_rows(&args, arg.ty, |row| Some(round_whole(row.long(0)?, row.long(1)?))),
        KqlType::Decimal => map_rows(&args, arg.ty, |row| round_decimal(row.text(0)?, row.long(1)?)),
        _ => map_rows(&args, KqlType::Real, |row| Some(round_real(row.real(0)?, row.long(1)?))),
    };
    call.result(expr, arg.ty)
}

/// Rounds the shortest decimal digits of the number, not its binary value, so that 2.15 gives 2.2.
fn round_real(x: f64, digits: i64) -> f64 {
    if !x.is_finite() || digits > 308 {
        return x;
    }
    if digits < -308 {
        return 0.0;
    }
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    let digits = digits as i32;
    let scaled = format!("{x:e}").split_once('e').and_then(|(mantissa, exponent)| {
        let exponent: i32 = exponent.parse().ok()?;
        format!("{mantissa}e{}", exponent + digits).parse::<f64>().ok()
    });
    scaled.and_then(|scaled| format!("{}e{}", scaled.round(), -digits).parse().ok()).unwrap_or(x)
}

fn round_whole(x: i64, digits: i64) -> i64 {
    if digits >= 0 {
        return x;
    }
    let Some(unit) = u32::try_from(digits.unsigned_abs()).ok().and_then(|d| 10_i128.checked_pow(d)) else {
        return 0;
    };
    let x128 = i128::from(x);
    let rounded = (x128.abs() + unit / 2) / unit * unit * x128.signum();
    i64::try_from(rounded).unwrap_or(x)
}

/// Rounds decimal digits, halves away from zero.
fn round_decimal(text: &str, digits: i64) -> Option<String> {
    let (sign, number) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let point = i64::try_from(whole.len()).ok()?;
    let keep = point.checked_add(digits)?;
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let Ok(keep) = usize::try_from(keep) else {
        return Some("0".to_owned());
    };
    if keep >= all.len() {
        return Some(text.to_owned());
    }
    let mut kept = all[..keep].to_vec();
    if all[keep] >= 5 {
        let mut carry = true;
        for digit in kept.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                carry = false;
                break;
            }
            *digit = 0;
        }
        if carry {
            kept.insert(0, 1);
        }
    }
    let grown = kept.len() - keep;
    let whole_len = whole.len() + grown;
    let mut digits: String = kept.iter().map(|d| char::from(b'0' + d)).collect();
    while digits.len() < whole_len {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(whole_len);
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn ceiling(call: &Call<'_>) -> Result<Typed, Error> {
    let arg = &call.args[0];
    match arg.ty {
        KqlType::Int | KqlType::Long => call.result(arg.expr.clone(), arg.ty),
        KqlType::Real => real(call, |x| Some(x.ceil())),
        KqlType::Decimal => {
            let up = map_rows(std::slice::from_ref(arg), KqlType::Decimal, |row| {
                let text = row.text(0)?;
                let Some((whole, fraction)) = text.split_once('.') else {
                    return Some(text.to_owned());
                };
                if fraction.bytes().all(|b| b == b'0') {
                    return Some(whole.to_owned());
                }
                if let Some(digits) = whole.strip_prefix('-') {
                    // Towards zero.
                    return Some(if digits == "0" { digits.to_owned() } else { whole.to_owned() });
                }
                // One more: half a unit added to the digits before the point.
                round_decimal(&format!("{whole}.5"), 0)
            });
            call.result(up, KqlType::Decimal)
        }
        _ => Err(call.type_error(0, "a number")),
    }
}

fn rand(call: &Call<'_>) -> Result<Typed, Error> {
    let limit = if call.has(0) { call.long(0)? } else { typed_lit(1_i64) };
    // A number for each row of the input, not one for all.
    let row = Typed::new(int_range(lit(0), len(), 1, DataType::Int64), KqlType::Long, call.span);
    let args = [row, Typed::new(limit, KqlType::Long, call.span)];
    let seed = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), call.span.start);
    let expr = map_rows(&args, KqlType::Real, move |row| {
        let unit = unit_interval(seed, row.long(0)?);
        let limit = row.real(1)?;
        Some(if limit > 1.0 { (unit * limit).floor().min(limit - 1.0) } else { unit })
    });
    call.result(expr, KqlType::Real)
}

/// The `n`th number from 0 to 1 of a sequence (SplitMix64).
fn unit_interval(seed: u64, n: i64) -> f64 {
    let mut z = seed.wrapping_add(n.cast_unsigned().wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    let unit = (z >> 11) as f64 / (1_u64 << 53) as f64;
    unit
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use super::*;

    #[test]
    fn rounding() {
        for (x, digits, expected) in [
            (2.98765, 3, 2.988),
            (2.15, 1, 2.2),
            (2.15, 0, 2.0),
            (-50.55, -2, -100.0),
            (21.5, -1, 20.0),
            (0.0, 5, 0.0),
            (1e300, 5, 1e300),
            (2.5, 0, 3.0),
            (-2.5, 0, -3.0),
        ] {
            assert_eq!(round_real(x, digits), expected, "{x} {digits}");
        }
        assert!(round_real(f64::NAN, 1).is_nan());
        assert_eq!(round_whole(1250, -2), 1300);
        assert_eq!(round_whole(-1249, -2), -1200);
        assert_eq!(round_whole(5, -40), 0);
        for (text, digits, expected) in [
            ("2.15", 1, "2.2"),
            ("-2.15", 1, "-2.2"),
            ("9.99", 1, "10"),
            ("0.04", 1, "0"),
            ("1250", -2, "1300"),
            ("49", -2, "0"),
            ("1.5", 3, "1.5"),
            ("3.25", -5, "0"),
        ] {
            assert_eq!(round_decimal(text, digits).as_deref(), Some(expected), "{text} {digits}");
        }
    }

    #[test]
    fn random_numbers_spread_over_the_interval() {
        let numbers: Vec<f64> = (0..1000).map(|n| unit_interval(7, n)).collect();
        assert!(numbers.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
