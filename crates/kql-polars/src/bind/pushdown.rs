//! Comparisons of stored columns with constants, in the stored type: what a file's statistics can answer, so that whole row groups
//! are skipped.
//!
//! Each gives the very rows that the comparison of the converted column would give; the tests compare the two.

use kql::ast::{BinaryOp as Op, Expr as Ast, ExprKind};
use kql::time::UNIX_EPOCH_TICKS;
use kql::{KqlType, Value};
use polars::prelude::*;

use super::Binder;
use crate::rel::RelColumn;
use crate::typed::{Typed, typed_lit};

/// `column op constant`, or `bin(column, size) op constant`, over the stored column; `None` where there is no exact form.
pub fn comparison(binder: &Binder<'_>, op: Op, side: &Ast, constant: &Typed) -> Option<Expr> {
    let value = constant.constant.as_ref()?;
    if value.is_null() {
        return None;
    }
    if let Some(column) = binder.as_column(side) {
        return over_column(column, op, value);
    }
    let ExprKind::Call { name, args } = &side.kind else {
        return None;
    };
    let [of, size] = args.as_slice() else {
        return None;
    };
    if !matches!(name.name.as_str(), "bin" | "floor") || of.name.is_some() {
        return None;
    }
    let column = binder.as_column(&of.value)?;
    let (Value::DateTime(ticks), Some(Value::TimeSpan(size))) = (value, binder.bind(&size.value).ok()?.constant) else {
        return None;
    };
    over_bin(column, op, *ticks, size)
}

/// `column op value` over the stored column.
pub fn over_column(column: &RelColumn, op: Op, value: &Value) -> Option<Expr> {
    if let (KqlType::Int, None, Value::Long(number)) = (column.ty, &column.stored, value) {
        // Whole numbers in a query are long.
        return Some(int(column.raw(), op, i32::try_from(*number).ok()?));
    }
    let stored = column.stored.as_ref()?;
    match (column.ty, stored, value) {
        (KqlType::String, DataType::String, Value::String(text)) => Some(text_equality(column.raw(), op, text)),
        (KqlType::DateTime, DataType::Datetime(unit, zone), Value::DateTime(ticks)) => {
            datetime(column.raw(), op, *ticks, *unit, zone.clone())
        }
        _ => None,
    }
}

fn int(raw: Expr, op: Op, number: i32) -> Expr {
    let number = typed_lit(number);
    match op {
        Op::Equal => raw.eq_missing(number),
        Op::NotEqual => raw.neq_missing(number),
        Op::Less => raw.lt(number),
        Op::LessOrEqual => raw.lt_eq(number),
        Op::Greater => raw.gt(number),
        _ => raw.gt_eq(number),
    }
}

/// `==` or `!=` with null text read as `""`.
fn text_equality(raw: Expr, op: Op, text: &str) -> Expr {
    let equal = op == Op::Equal;
    match (text.is_empty(), equal) {
        (true, true) => raw.clone().is_null().or(raw.eq(lit(""))),
        (true, false) => raw.clone().is_not_null().and(raw.neq(lit(""))),
        (false, true) => raw.eq_missing(lit(text)),
        (false, false) => raw.neq_missing(lit(text)),
    }
}

/// `bin(column, size) op ticks`.
fn over_bin(column: &RelColumn, op: Op, ticks: i64, size: i64) -> Option<Expr> {
    if size <= 0 {
        return None;
    }
    let compare = |op: Op, ticks: i64| over_column(column, op, &Value::DateTime(ticks));
    let floor = ticks.div_euclid(size).checked_mul(size)?;
    let next = floor.checked_add(size)?;
    let ceiling = if floor == ticks { ticks } else { next };
    match op {
        Op::Greater => compare(Op::GreaterOrEqual, next),
        Op::GreaterOrEqual => compare(Op::GreaterOrEqual, ceiling),
        Op::Less => compare(Op::Less, ceiling),
        Op::LessOrEqual => compare(Op::Less, next),
        Op::Equal if floor == ticks => {
            // A null column is not equal to anything.
            let from = compare(Op::GreaterOrEqual, ticks)?;
            let to = compare(Op::Less, next)?;
            Some(from.and(to).fill_null(lit(false)))
        }
        _ => None,
    }
}

/// A stored time `op` ticks, by the exact bound in the stored unit.
fn datetime(raw: Expr, op: Op, ticks: i64, unit: TimeUnit, zone: Option<TimeZone>) -> Option<Expr> {
    let since_epoch = ticks.checked_sub(UNIX_EPOCH_TICKS)?;
    let bound = |value: i64| Expr::Literal(LiteralValue::Scalar(Scalar::new_datetime(value, unit, zone.clone())));
    if unit == TimeUnit::Nanoseconds {
        // A tick holds 100 of the stored values.
        let first = since_epoch.checked_mul(100)?;
        let next = first.checked_add(100)?;
        return Some(match op {
            Op::Greater => raw.gt_eq(bound(next)),
            Op::GreaterOrEqual => raw.gt_eq(bound(first)),
            Op::Less => raw.lt(bound(first)),
            Op::LessOrEqual => raw.lt(bound(next)),
            Op::Equal => raw.clone().gt_eq(bound(first)).and(raw.lt(bound(next))).fill_null(lit(false)),
            _ => raw.clone().lt(bound(first)).or(raw.gt_eq(bound(next))).fill_null(lit(true)),
        });
    }
    let per_unit = match unit {
        TimeUnit::Microseconds => 10,
        _ => 10_000,
    };
    let floor = since_epoch.div_euclid(per_unit);
    let exact = since_epoch.rem_euclid(per_unit) == 0;
    let ceiling = if exact { floor } else { floor + 1 };
    Some(match op {
        Op::Greater => raw.gt(bound(floor)),
        Op::GreaterOrEqual => raw.gt_eq(bound(ceiling)),
        Op::Less => raw.lt(bound(ceiling)),
        Op::LessOrEqual => raw.lt_eq(bound(floor)),
        Op::Equal if exact => raw.eq_missing(bound(floor)),
        Op::NotEqual if exact => raw.neq_missing(bound(floor)),
        Op::Equal => lit(false),
        _ => lit(true),
    })
}
