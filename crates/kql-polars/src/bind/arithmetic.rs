//! `+`, `-`, `*`, `/`, `%` and the signs.
//!
//! Source: <https://learn.microsoft.com/kusto/query/numerical-operators>,
//! <https://learn.microsoft.com/kusto/query/datetime-timespan-arithmetic>

use kql::ast::BinaryOp as Op;
use kql::time::MAX_DATETIME_TICKS;
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::convert::widest;
use super::{Binder, decimal, fold};
use crate::typed::Typed;

/// How an operator is written.
pub fn symbol(op: Op) -> &'static str {
    match op {
        Op::Add => "+",
        Op::Subtract => "-",
        Op::Multiply => "*",
        Op::Divide => "/",
        Op::Modulo => "%",
        Op::Equal => "==",
        Op::NotEqual => "!=",
        Op::Less => "<",
        Op::LessOrEqual => "<=",
        Op::Greater => ">",
        Op::GreaterOrEqual => ">=",
        Op::And => "and",
        Op::Or => "or",
        _ => "operator",
    }
}

/// The usual sums of constants, for which no plan has to be run; `None` for all others, and where the result is out of range.
fn of_constants(op: Op, a: &Value, b: &Value) -> Option<Value> {
    let time = |ticks: Option<i64>| ticks.filter(|t| (0..=MAX_DATETIME_TICKS).contains(t)).map(Value::DateTime);
    match (op, a, b) {
        (Op::Add, Value::DateTime(at), Value::TimeSpan(by)) | (Op::Add, Value::TimeSpan(by), Value::DateTime(at)) => {
            time(at.checked_add(*by))
        }
        (Op::Subtract, Value::DateTime(at), Value::TimeSpan(by)) => time(at.checked_sub(*by)),
        (Op::Subtract, Value::DateTime(a), Value::DateTime(b)) => a.checked_sub(*b).map(Value::TimeSpan),
        (Op::Add, Value::TimeSpan(a), Value::TimeSpan(b)) => a.checked_add(*b).map(Value::TimeSpan),
        (Op::Subtract, Value::TimeSpan(a), Value::TimeSpan(b)) => a.checked_sub(*b).map(Value::TimeSpan),
        (Op::Add, Value::Long(a), Value::Long(b)) => a.checked_add(*b).map(Value::Long),
        (Op::Subtract, Value::Long(a), Value::Long(b)) => a.checked_sub(*b).map(Value::Long),
        (Op::Multiply, Value::Long(a), Value::Long(b)) => a.checked_mul(*b).map(Value::Long),
        _ => None,
    }
}

impl Binder<'_> {
    pub(super) fn plus(&self, operand: Typed, span: Span) -> Result<Typed, Error> {
        if operand.ty.is_numeric() || matches!(operand.ty, KqlType::TimeSpan | KqlType::Dynamic) {
            return Ok(Typed { span, ..operand });
        }
        Err(no_sign('+', &operand, span))
    }

    pub(super) fn minus(&self, operand: Typed, span: Span) -> Result<Typed, Error> {
        if let Some(value) = &operand.constant {
            let negated = match value {
                Value::Int(n) => Some(Value::Int(n.wrapping_neg())),
                Value::Long(n) => Some(Value::Long(n.wrapping_neg())),
                Value::Real(x) => Some(Value::Real(-x)),
                Value::TimeSpan(t) => Some(Value::TimeSpan(t.wrapping_neg())),
                _ => None,
            };
            if let Some(value) = negated {
                return Ok(Typed::constant(value, span));
            }
        }
        match operand.ty {
            KqlType::Dynamic => {
                let number = self.cast(operand, KqlType::Real)?;
                self.minus(number, span)
            }
            ty if ty.is_numeric() || ty == KqlType::TimeSpan => {
                let zero =
                    Typed::constant(if ty == KqlType::TimeSpan { Value::TimeSpan(0) } else { Value::Long(0) }, span);
                self.arithmetic(Op::Subtract, span, zero, operand, span)
            }
            _ => Err(no_sign('-', &operand, span)),
        }
    }

    /// Binds an operator of [`Op::Add`] … [`Op::Modulo`] on bound operands.
    pub(super) fn arithmetic(&self, op: Op, op_span: Span, l: Typed, r: Typed, span: Span) -> Result<Typed, Error> {
        if let (Some(a), Some(b)) = (&l.constant, &r.constant)
            && let Some(value) = of_constants(op, a, b)
        {
            return Ok(Typed::constant(value, span));
        }
        let (l, r) = self.undynamic(op, l, r)?;
        let parts = [l.clone(), r.clone()];
        let typed = self.typed_arithmetic(op, op_span, l, r, span)?;
        Ok(fold::folded(typed, &parts))
    }

    /// A dynamic operand is read as the type of the other one; two dynamics as numbers.
    fn undynamic(&self, op: Op, l: Typed, r: Typed) -> Result<(Typed, Typed), Error> {
        let number_or_span = |ty: KqlType| match (op, ty) {
            (Op::Multiply | Op::Divide | Op::Modulo, KqlType::TimeSpan | KqlType::DateTime) => KqlType::Real,
            (_, KqlType::Int) => KqlType::Long,
            (_, ty) => ty,
        };
        Ok(match (l.ty, r.ty) {
            (KqlType::Dynamic, KqlType::Dynamic) => (self.cast(l, KqlType::Real)?, self.cast(r, KqlType::Real)?),
            (KqlType::Dynamic, other) => (self.cast(l, number_or_span(other))?, r),
            (other, KqlType::Dynamic) => {
                let r = self.cast(r, number_or_span(other))?;
                (l, r)
            }
            _ => (l, r),
        })
    }

    fn typed_arithmetic(&self, op: Op, op_span: Span, l: Typed, r: Typed, span: Span) -> Result<Typed, Error> {
        use KqlType::{Bool, DateTime, Decimal, Real, TimeSpan};
        let (lt, rt) = (l.ty, r.ty);
        let number = |ty: KqlType| ty.is_numeric() || ty == Bool;
        let result = |expr: Expr, ty: KqlType| Ok(Typed::new(expr, ty, span));
        if number(lt) && number(rt) {
            let ty = widest(lt, rt);
            let (l, r) = (self.cast(l, ty)?.expr, self.cast(r, ty)?.expr);
            return result(
                match ty {
                    Decimal => decimal::arithmetic(op, l, r),
                    Real => real(op, l, r),
                    _ => whole(op, l, r),
                },
                ty,
            );
        }
        let in_range = |expr: Expr| {
            when(expr.clone().is_between(lit(0i64), lit(MAX_DATETIME_TICKS), ClosedInterval::Both))
                .then(expr)
                .otherwise(lit(NULL))
        };
        match (op, lt, rt) {
            (Op::Add | Op::Subtract, TimeSpan, TimeSpan) => result(whole(op, l.expr, r.expr), TimeSpan),
            (Op::Add, DateTime, TimeSpan) | (Op::Add, TimeSpan, DateTime) => {
                result(in_range(l.expr + r.expr), DateTime)
            }
            (Op::Subtract, DateTime, DateTime) => result(l.expr - r.expr, TimeSpan),
            (Op::Subtract, DateTime, TimeSpan) => result(in_range(l.expr - r.expr), DateTime),
            (Op::Multiply, TimeSpan, n) if number(n) => result(self.scaled(op, l, r)?, TimeSpan),
            (Op::Multiply, n, TimeSpan) if number(n) => result(self.scaled(op, r, l)?, TimeSpan),
            (Op::Divide, TimeSpan | DateTime, n) if number(n) => result(self.scaled(op, l, r)?, lt),
            (Op::Divide, TimeSpan, TimeSpan) | (Op::Divide, DateTime, TimeSpan) | (Op::Divide, DateTime, DateTime) => {
                result(l.expr.cast(DataType::Float64) / r.expr.cast(DataType::Float64), Real)
            }
            (Op::Modulo, TimeSpan | DateTime, TimeSpan | DateTime) => result(whole(op, l.expr, r.expr), TimeSpan),
            (Op::Modulo, TimeSpan, n) if number(n) => {
                let r = self.cast(r, KqlType::Long)?;
                result(whole(op, l.expr, r.expr), TimeSpan)
            }
            _ => {
                let mut error =
                    Error::new(ErrorKind::Type, op_span, format!("`{}` does not take {lt} and {rt}", symbol(op)));
                if op == Op::Add && lt == KqlType::String {
                    error = error.with_help("strcat(a, b) joins text");
                }
                Err(error)
            }
        }
    }

    /// Ticks times or by a number; rounded towards zero where the number is real.
    fn scaled(&self, op: Op, ticks: Typed, by: Typed) -> Result<Expr, Error> {
        if matches!(by.ty, KqlType::Real | KqlType::Decimal) {
            let by = self.cast(by, KqlType::Real)?;
            let ticks = ticks.expr.cast(DataType::Float64);
            return Ok(real(op, ticks, by.expr).cast(DataType::Int64));
        }
        let by = self.cast(by, KqlType::Long)?;
        Ok(whole(op, ticks.expr, by.expr))
    }
}

fn no_sign(sign: char, operand: &Typed, span: Span) -> Error {
    Error::new(ErrorKind::Type, span, format!("`{sign}` needs a number or a timespan, and this is a {}", operand.ty))
}

/// 64-bit arithmetic: overflow wraps, division is towards zero, division by zero is null, and a remainder is never negative.
fn whole(op: Op, l: Expr, r: Expr) -> Expr {
    match op {
        Op::Add => l + r,
        Op::Subtract => l - r,
        Op::Multiply => l * r,
        Op::Divide => i64_2(l, r, |a, b| (b != 0).then(|| a.wrapping_div(b))),
        _ => i64_2(l, r, |a, b| (b != 0).then(|| a.wrapping_rem_euclid(b))),
    }
}

fn real(op: Op, l: Expr, r: Expr) -> Expr {
    match op {
        Op::Add => l + r,
        Op::Subtract => l - r,
        Op::Multiply => l * r,
        Op::Divide => l / r,
        _ => l.map_many(
            |c| {
                let (a, b) = (c[0].f64()?, c[1].f64()?);
                let out: Float64Chunked =
                    polars::prelude::arity::broadcast_binary_elementwise(a, b, |a, b| Some(a?.rem_euclid(b?)));
                Ok(out.with_name(c[0].name().clone()).into_column())
            },
            &[r],
            |_, f| Ok(f[0].clone()),
        ),
    }
}

/// `f(a, b)` row by row; null where either is null.
pub fn i64_2(l: Expr, r: Expr, f: impl Fn(i64, i64) -> Option<i64> + Send + Sync + 'static) -> Expr {
    l.map_many(
        move |c| {
            let (a, b) = (c[0].i64()?, c[1].i64()?);
            let out: Int64Chunked = polars::prelude::arity::broadcast_binary_elementwise(a, b, |a, b| f(a?, b?));
            Ok(out.with_name(c[0].name().clone()).into_column())
        },
        &[r],
        |_, fields| Ok(fields[0].clone()),
    )
}
