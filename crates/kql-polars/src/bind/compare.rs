//! `==`, `!=`, `<`, `<=`, `>`, `>=` and `between`.
//!
//! Nulls: `==` of a null and a value is false, `!=` true; of two nulls both are null; an order with a null is null.
//! Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/null-values>

use kql::ast::{BinaryOp as Op, Expr as Ast};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::arithmetic::symbol;
use super::convert::widest;
use super::{Binder, decimal, fold, pushdown};
use crate::rel::RelColumn;
use crate::typed::Typed;

/// The operator with its sides swapped.
pub fn mirrored(op: Op) -> Op {
    match op {
        Op::Less => Op::Greater,
        Op::LessOrEqual => Op::GreaterOrEqual,
        Op::Greater => Op::Less,
        Op::GreaterOrEqual => Op::LessOrEqual,
        other => other,
    }
}

impl Binder<'_> {
    pub(super) fn compare(&self, op: Op, op_span: Span, left: &Ast, right: &Ast, span: Span) -> Result<Typed, Error> {
        let l = self.bind(left)?;
        let r = self.bind(right)?;
        // The type check comes first, so that a filter which is pushed down is refused for the same reasons.
        let (l, r) = self.comparable(op, op_span, l, r)?;
        if let Some(expr) =
            pushdown::comparison(self, op, left, &r).or_else(|| pushdown::comparison(self, mirrored(op), right, &l))
        {
            return Ok(Typed::new(expr, KqlType::Bool, span));
        }
        Ok(self.comparison(op, l, r, span))
    }

    /// Compares bound values of types that [`Binder::comparable`] made equal.
    fn comparison(&self, op: Op, l: Typed, r: Typed, span: Span) -> Typed {
        let expr = build(op, &l, &r);
        fold::folded(Typed::new(expr, KqlType::Bool, span), [&l, &r])
    }

    /// Compares two bound values.
    ///
    /// # Errors
    /// When their types cannot be compared.
    pub fn compare_values(&self, op: Op, op_span: Span, l: Typed, r: Typed, span: Span) -> Result<Typed, Error> {
        let (l, r) = self.comparable(op, op_span, l, r)?;
        Ok(self.comparison(op, l, r, span))
    }

    /// `* == value`: columns of a type that can be compared with it.
    pub(super) fn compare_star(
        &self,
        op: Op,
        op_span: Span,
        column: &RelColumn,
        right: &Ast,
        span: Span,
    ) -> Result<Option<Typed>, Error> {
        let value = self.bind(right)?;
        let fits =
            column.ty == value.ty || (column.ty.is_numeric() && value.ty.is_numeric()) || column.ty == KqlType::Dynamic;
        if !fits {
            return Ok(None);
        }
        let l = Typed::new(column.expr(), column.ty, span);
        self.compare_values(op, op_span, l, value, span).map(Some)
    }

    /// Brings two values to one type, or says why they cannot be compared.
    fn comparable(&self, op: Op, op_span: Span, l: Typed, r: Typed) -> Result<(Typed, Typed), Error> {
        use KqlType::{Bool, Dynamic, Guid, String};
        let refuse = |l: &Typed, r: &Typed| {
            Error::new(ErrorKind::Type, op_span, format!("`{}` does not compare {} and {}", symbol(op), l.ty, r.ty))
        };
        let ordering = !matches!(op, Op::Equal | Op::NotEqual);
        let (l, r) = match (&l.constant, &r.constant) {
            (Some(_), None) if !ordering => (self.constant_like(l, r.ty)?, r),
            (None, Some(_)) if !ordering => {
                let ty = l.ty;
                (l, self.constant_like(r, ty)?)
            }
            _ => (l, r),
        };
        let (lt, rt) = (l.ty, r.ty);
        let pair = match (lt, rt) {
            (String | Guid, String | Guid) if ordering => {
                return Err(refuse(&l, &r).with_help("strcmp(a, b) compares text by order"));
            }
            _ if lt == rt => (l, r),
            _ if lt.is_numeric() && rt.is_numeric() => {
                let ty = widest(lt, rt);
                (self.cast(l, ty)?, self.cast(r, ty)?)
            }
            (Bool, other) if other.is_numeric() => {
                let ty = widest(KqlType::Long, other);
                let l = self.cast(self.cast(l, KqlType::Long)?, ty)?;
                (l, self.cast(r, ty)?)
            }
            (other, Bool) if other.is_numeric() => {
                let ty = widest(KqlType::Long, other);
                let r = self.cast(self.cast(r, KqlType::Long)?, ty)?;
                (self.cast(l, ty)?, r)
            }
            (Guid, String) => {
                let r = self.cast(r, Guid)?;
                (l, r)
            }
            (String, Guid) => (self.cast(l, Guid)?, r),
            (Dynamic, String) | (String, Dynamic) if ordering => return Err(refuse(&l, &r)),
            (Dynamic, other) => {
                let ty = if other == KqlType::Int { KqlType::Long } else { other };
                // A fraction must not be cut off before the comparison.
                let ty = if ty == KqlType::Long { KqlType::Real } else { ty };
                (self.cast(l, ty)?, self.cast(r, ty)?)
            }
            (other, Dynamic) => {
                let ty = match other {
                    KqlType::Int | KqlType::Long => KqlType::Real,
                    ty => ty,
                };
                (self.cast(l, ty)?, self.cast(r, ty)?)
            }
            _ => {
                let help = match (lt, rt) {
                    (String, ty) | (ty, String) => {
                        format!("convert one side: {}(…)", super::convert::conversion(ty))
                    }
                    _ => "convert one side to the type of the other".to_owned(),
                };
                return Err(refuse(&l, &r).with_help(help));
            }
        };
        Ok(pair)
    }

    /// A constant next to a computed value of another type, as a value of that type if it is one: queries for Log Analytics write `ResultType == 0`, a column of
    /// text, `EventID == "4625"`, a number, and `dayofweek(TimeGenerated) == "1.00:00:00"`. Anything else stays as it is.
    pub(super) fn constant_like(&self, value: Typed, other: KqlType) -> Result<Typed, Error> {
        use KqlType::{Bool, DateTime, Decimal, Int, Long, Real, String, TimeSpan};
        let to = match (value.ty, other) {
            (Int | Long | Bool | TimeSpan, String) => String,
            (String, Int | Long) => Long,
            (String, Bool | DateTime | Decimal | Real | TimeSpan) => other,
            _ => return Ok(value),
        };
        if value.constant.as_ref().is_none_or(Value::is_null) {
            return Ok(value);
        }
        let converted = self.cast(value.clone(), to)?;
        Ok(match &converted.constant {
            Some(constant) if !constant.is_null() => converted,
            _ => value,
        })
    }

    pub(super) fn between(
        &self,
        negated: bool,
        value: &Ast,
        low: &Ast,
        high: &Ast,
        span: Span,
    ) -> Result<Typed, Error> {
        let v = self.bind(value)?;
        let lo = self.bind(low)?;
        let mut hi = self.bind(high)?;
        if hi.ty == KqlType::TimeSpan && v.ty == KqlType::DateTime {
            // `between (start .. 3d)`: the end is counted from the start.
            hi = self.arithmetic(Op::Add, hi.span, lo.clone(), hi.clone(), hi.span)?;
        }
        let (lo_op, hi_op) = (Op::GreaterOrEqual, Op::LessOrEqual);
        let (l1, lo) = self.comparable(lo_op, low.span, v.clone(), lo)?;
        let (l2, hi) = self.comparable(hi_op, high.span, v, hi)?;
        let pushed = pushdown::comparison(self, lo_op, value, &lo).zip(pushdown::comparison(self, hi_op, value, &hi));
        let within = match pushed {
            Some((a, b)) => Typed::new(a.and(b), KqlType::Bool, span),
            None => {
                let a = self.comparison(lo_op, l1, lo, span);
                let b = self.comparison(hi_op, l2, hi, span);
                self.logic(Op::And, a, b, span)?
            }
        };
        if !negated {
            return Ok(within);
        }
        Ok(match within.constant {
            Some(Value::Bool(b)) => Typed::constant(Value::Bool(!b), span),
            _ => Typed::new(within.expr.not(), KqlType::Bool, span),
        })
    }
}

/// The comparison of two values of one type.
fn build(op: Op, l: &Typed, r: &Typed) -> Expr {
    let ty = l.ty;
    let (a, b) = (l.expr.clone(), r.expr.clone());
    if ty == KqlType::Decimal {
        let equal = decimal::compare(op, a.clone(), b.clone());
        return match op {
            Op::Equal | Op::NotEqual => nulls_differ(equal, a, b, op == Op::NotEqual),
            _ => equal,
        };
    }
    let never_null = |t: &Typed| t.ty == KqlType::String || t.constant.as_ref().is_some_and(|v| !v.is_null());
    match op {
        Op::Equal | Op::NotEqual => {
            let (equal, different) = if never_null(l) && never_null(r) {
                (a.clone().eq(b.clone()), a.clone().neq(b.clone()))
            } else if never_null(l) || never_null(r) {
                (a.clone().eq_missing(b.clone()), a.clone().neq_missing(b.clone()))
            } else {
                return nulls_differ(
                    if op == Op::Equal { a.clone().eq(b.clone()) } else { a.clone().neq(b.clone()) },
                    a,
                    b,
                    op == Op::NotEqual,
                );
            };
            // Not a number differs from everything, itself included; Polars has it equal to itself.
            match (op, ty) {
                (Op::Equal, KqlType::Real) => equal.and(not_nan(l, r)),
                (Op::NotEqual, KqlType::Real) => different.or(not_nan(l, r).not()),
                (Op::Equal, _) => equal,
                _ => different,
            }
        }
        _ => {
            let ordered = match op {
                Op::Less => a.lt(b),
                Op::LessOrEqual => a.lt_eq(b),
                Op::Greater => a.gt(b),
                _ => a.gt_eq(b),
            };
            if ty == KqlType::Real { ordered.and(not_nan(l, r)) } else { ordered }
        }
    }
}

/// `compared`, with a null on one side as a difference. On both sides it stays null.
fn nulls_differ(compared: Expr, a: Expr, b: Expr, different: bool) -> Expr {
    when(a.is_null().xor(b.is_null())).then(lit(different)).otherwise(compared)
}

/// Whether neither side is NaN; nulls count as numbers.
fn not_nan(l: &Typed, r: &Typed) -> Expr {
    let test = |t: &Typed| match &t.constant {
        Some(Value::Real(x)) if !x.is_nan() => None,
        _ => Some(t.expr.clone().is_not_nan().fill_null(lit(true))),
    };
    match (test(l), test(r)) {
        (None, None) => lit(true),
        (Some(a), None) | (None, Some(a)) => a,
        (Some(a), Some(b)) => a.and(b),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(code: string, id: int) ['0', 4625, '50126', 4624, '', 1, '00', int(null)];";

    #[test]
    fn constants_are_read_in_the_type_of_the_column() {
        insta::assert_snapshot!(rows(&format!("{T} T | where code == 0")), @r#"
code | id
0 | 4625
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where code != 0 and 50126 != code")), @r#"
code | id
 | 1
00 | null
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where code in (0, '50126')")), @r#"
code | id
0 | 4625
50126 | 4624
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where code !in (0, 50126)")), @r#"
code | id
 | 1
00 | null
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where id == '4625' or '4624' == id")), @r#"
code | id
0 | 4625
50126 | 4624
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where id in ('4625', 1)")), @r#"
code | id
0 | 4625
 | 1
"#);
    }

    #[test]
    fn constant_text_is_compared_as_what_it_says() {
        let t = "datatable (t: timespan, d: datetime, r: real, b: bool, s: string) [1d, datetime(2024-05-01), 1.5, true, 'true']";
        for (condition, count) in [
            ("t == '1.00:00:00'", 1),
            ("t != '1.00:00:00'", 0),
            ("t in ('2.00:00:00', '1.00:00:00')", 1),
            ("case(t == '00:00:00', 'Sunday', t == '1.00:00:00', 'Monday', '') == 'Monday'", 1),
            ("d == '2024-05-01'", 1),
            ("'2024-05-02' == d", 0),
            ("r == '1.5' and b == 'true' and s == true", 1),
            ("s == false", 0),
        ] {
            assert_eq!(rows(&format!("{t} | where {condition} | count")), format!("Count\n{count}"), "{condition}");
        }
        insta::assert_snapshot!(error(&format!("{t} | where t == 'Monday'")), @"`==` does not compare timespan and string (convert one side: totimespan(…))");
        insta::assert_snapshot!(error(&format!("{t} | where d > '2024-05-01'")), @"`>` does not compare datetime and string (convert one side: todatetime(…))");
    }

    #[test]
    fn other_text_is_not_compared_with_numbers() {
        insta::assert_snapshot!(error(&format!("{T} T | where id == 'logon'")), @r#"`==` does not compare int and string (convert one side: toint(…))"#);
        insta::assert_snapshot!(error(&format!("{T} T | where id in ('4625', 'logon')")), @r#"`==` does not compare int and string (convert one side: toint(…))"#);
        insta::assert_snapshot!(error(&format!("{T} T | where code == id")), @r#"`==` does not compare string and int (convert one side: toint(…))"#);
        insta::assert_snapshot!(error(&format!("{T} T | where code > 0")), @r#"`>` does not compare string and long (convert one side: tolong(…))"#);
        insta::assert_snapshot!(error("print '1' == 1"), @r#"`==` does not compare string and long (convert one side: tolong(…))"#);
        insta::assert_snapshot!(error(&format!("{T} T | where code == 1.5")), @r#"`==` does not compare string and real (convert one side: toreal(…))"#);
    }
}
