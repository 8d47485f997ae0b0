//! Constants: what does not depend on the row is computed once, when the query is bound.

use kql::{KqlType, Value};
use polars::prelude::*;

use crate::typed::{Typed, value_at};

/// The value of an expression that reads no columns; `None` where it cannot be computed.
pub fn evaluate(expr: &Expr, ty: KqlType) -> Option<Value> {
    let frame = DataFrame::empty().lazy().select([expr.clone().alias("value")]);
    // There is nothing to optimize in one row.
    let frame = frame.with_optimizations(OptFlags::TYPE_COERCION | OptFlags::TYPE_CHECK);
    let frame = crate::run::collect_few(frame).ok()?;
    let column = frame.columns().first()?;
    if column.len() != 1 {
        return None;
    }
    value_at(column, ty, 0).ok()
}

/// The same expression, as a constant if all of `parts` are.
pub fn folded<'a>(typed: Typed, parts: impl IntoIterator<Item = &'a Typed>) -> Typed {
    if typed.constant.is_some() || !parts.into_iter().all(|p| p.constant.is_some()) {
        return typed;
    }
    match evaluate(&typed.expr, typed.ty) {
        Some(value) => {
            // A dynamic null is a dynamic, also where its value would be of another type.
            let mut constant = Typed::constant(value, typed.span);
            constant.ty = typed.ty;
            constant
        }
        None => typed,
    }
}
