//! Arithmetic and comparison of decimals, which columns hold as text: exact as long as a result has at most 34 digits or so.

use std::cmp::Ordering;

use kql::ast::BinaryOp as Op;
use polars::prelude::*;

use crate::kernels::{str2_to_bool, str2_to_str};

/// Digits after the point of a quotient.
const DIVISION_SCALE: u32 = 20;

/// A number of the form `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number {
    mantissa: i128,
    scale: u32,
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut mantissa: i128 = 0;
        for b in whole.bytes().chain(fraction.bytes()) {
            if !b.is_ascii_digit() {
                return None;
            }
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(b - b'0'))?;
        }
        Some(Self { mantissa: mantissa * sign, scale: u32::try_from(fraction.len()).ok()? })
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let up = |n: Self| n.mantissa.checked_mul(10i128.checked_pow(scale - n.scale)?);
        Some((up(self)?, up(other)?, scale))
    }

    fn text(mut self) -> String {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return format!("{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        format!("{sign}{whole}.{fraction}")
    }
}

/// `a op b` of two decimals; `None` where the result does not fit, for a division by zero, and for text that is no decimal.
pub fn compute(op: Op, a: &str, b: &str) -> Option<String> {
    let (a, b) = (Number::parse(a)?, Number::parse(b)?);
    let result = match op {
        Op::Multiply => Number { mantissa: a.mantissa.checked_mul(b.mantissa)?, scale: a.scale + b.scale },
        Op::Divide => {
            if b.mantissa == 0 {
                return None;
            }
            let (x, y, _) = a.aligned(b)?;
            // As many digits as fit.
            let mut scale = DIVISION_SCALE;
            loop {
                if let Some(x) = 10i128.checked_pow(scale).and_then(|p| x.checked_mul(p)) {
                    break Number { mantissa: x / y, scale };
                }
                scale -= 1;
            }
        }
        _ => {
            let (x, y, scale) = a.aligned(b)?;
            let mantissa = match op {
                Op::Add => x.checked_add(y)?,
                Op::Subtract => x.checked_sub(y)?,
                _ => x.checked_rem_euclid(y)?,
            };
            Number { mantissa, scale }
        }
    };
    Some(result.text())
}

/// `l op r`, null where the result does not fit.
pub fn arithmetic(op: Op, l: Expr, r: Expr) -> Expr {
    str2_to_str(l, r, move |a, b| compute(op, a, b))
}

/// Which of two decimals is greater.
pub fn order(a: &str, b: &str) -> Option<Ordering> {
    let (x, y, _) = Number::parse(a)?.aligned(Number::parse(b)?)?;
    Some(x.cmp(&y))
}

/// `l op r` for `==`, `<`, ….
pub fn compare(op: Op, l: Expr, r: Expr) -> Expr {
    str2_to_bool(l, r, move |a, b| {
        let order = order(a, b)?;
        Some(match op {
            Op::Equal => order.is_eq(),
            Op::NotEqual => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::LessOrEqual => order.is_le(),
            Op::Greater => order.is_gt(),
            _ => order.is_ge(),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn computes_exactly() {
        assert_eq!(compute(Op::Add, "0.1", "0.2").unwrap(), "0.3");
        assert_eq!(compute(Op::Multiply, "-1.5", "0.20").unwrap(), "-0.3");
        assert_eq!(compute(Op::Divide, "1", "4").unwrap(), "0.25");
        assert_eq!(compute(Op::Modulo, "-7", "3").unwrap(), "2");
        assert_eq!(compute(Op::Divide, "1", "0"), None);
        assert_eq!(order("10", "9.99"), Some(Ordering::Greater));
    }
}
