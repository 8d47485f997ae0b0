//! `sort`, `order` and `top`.
//!
//! Rows with equal keys keep their order. Nulls come first when ascending, last when descending. Text is ordered by its bytes.
//!
//! Source: <https://learn.microsoft.com/kusto/query/sort-operator>

use kql::ast::{Expr as Ast, SortKey};
use kql::{Error, ErrorKind, KqlType};
use polars::prelude::*;

use crate::query::Context;
use crate::rel::Rel;

/// Sorts by some keys.
///
/// # Errors
/// Mistakes in the keys.
pub fn apply(cx: &Context<'_>, mut rel: Rel, keys: &[SortKey]) -> Result<Rel, Error> {
    let binder = cx.over(&rel);
    let mut by = Vec::with_capacity(keys.len());
    let mut descending = Vec::with_capacity(keys.len());
    let mut nulls_last = Vec::with_capacity(keys.len());
    for key in keys {
        let bound = binder.bind(&key.expr)?;
        if bound.constant.is_some() {
            continue;
        }
        by.push(match bound.ty {
            KqlType::Dynamic => {
                return Err(Error::new(ErrorKind::Type, key.expr.span, "a dynamic value has no order")
                    .with_help("sort by tostring(…) or tolong(…) of it"));
            }
            // Exact to 15 digits or so.
            KqlType::Decimal => bound.expr.cast(DataType::Float64),
            _ => bound.expr,
        });
        descending.push(!key.ascending);
        nulls_last.push(!key.nulls_first.unwrap_or(key.ascending));
    }
    if !by.is_empty() {
        let options = SortMultipleOptions { descending, nulls_last, maintain_order: true, ..Default::default() };
        rel.frame = rel.frame.sort_by_exprs(by, options);
    }
    rel.serialized = true;
    Ok(rel)
}

/// The first rows by one key.
///
/// # Errors
/// Mistakes in the key, a number that is not a constant.
pub fn top(cx: &Context<'_>, rel: Rel, n: &Ast, by: &SortKey) -> Result<Rel, Error> {
    let n = cx.binder().count(n, "the number of rows")?;
    let mut rel = apply(cx, rel, std::slice::from_ref(by))?;
    rel.frame = rel.frame.limit(n);
    Ok(rel)
}
