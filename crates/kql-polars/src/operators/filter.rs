//! `where`, `filter`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/where-operator>

use kql::ast::Expr as Ast;
use kql::{Error, Value};

use polars::prelude::*;

use crate::query::Context;
use crate::rel::Rel;

/// Keeps the rows for which all conditions are true: neither false nor null.
///
/// Filters that follow each other are one filter of the plan: Polars takes quadratic time for long chains of them.
///
/// # Errors
/// Mistakes in the conditions.
pub fn apply<'c>(cx: &Context<'_>, mut rel: Rel, conditions: impl IntoIterator<Item = &'c Ast>) -> Result<Rel, Error> {
    let binder = cx.over(&rel);
    let mut exprs = Vec::new();
    let mut never = false;
    for condition in conditions {
        let bound = binder.condition(condition)?;
        match bound.constant {
            Some(Value::Bool(true)) => {}
            Some(_) => never = true,
            None => exprs.push(bound.expr),
        }
    }
    if never {
        rel.frame = rel.frame.limit(0);
    } else if let Some(all) = conjunction(exprs.into_iter().map(for_filter).collect()) {
        rel.frame = rel.frame.filter(all);
    }
    Ok(rel)
}

/// The same for a filter, which takes null for false, in the forms for which Parquet readers have shortcuts.
fn for_filter(expr: Expr) -> Expr {
    match expr {
        Expr::BinaryExpr { left, op: Operator::And, right } => {
            for_filter(Arc::unwrap_or_clone(left)).and(for_filter(Arc::unwrap_or_clone(right)))
        }
        Expr::Function { mut input, function: FunctionExpr::FillNull }
            if input.len() == 2 && input[1] == lit(false) =>
        {
            input.truncate(1);
            input.pop().map_or_else(|| lit(false), for_filter)
        }
        other => other,
    }
}

/// Most conditions that Polars is told of one by one: it takes quadratic time to split and join them.
const SEPARATE: usize = 64;

/// Whether all of some conditions hold.
pub fn conjunction(mut exprs: Vec<Expr>) -> Option<Expr> {
    if exprs.len() <= SEPARATE {
        return balanced(exprs, Expr::and);
    }
    let rest = exprs.split_off(SEPARATE);
    let mut rest = rest.into_iter();
    let first = rest.next()?;
    let others: Vec<Expr> = rest.collect();
    exprs.push(first.map_many(
        |columns| {
            let mut all = columns[0].bool()?.clone();
            for column in &columns[1..] {
                all = &all & column.bool()?;
            }
            Ok(all.into_column())
        },
        &others,
        |_, fields| Ok(fields[0].clone()),
    ));
    balanced(exprs, Expr::and)
}

/// Joins expressions as a tree of little depth.
pub fn balanced(mut exprs: Vec<Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    while exprs.len() > 1 {
        let mut next = Vec::with_capacity(exprs.len().div_ceil(2));
        let mut pairs = exprs.into_iter();
        while let Some(first) = pairs.next() {
            next.push(match pairs.next() {
                Some(second) => join(first, second),
                None => first,
            });
        }
        exprs = next;
    }
    exprs.pop()
}
