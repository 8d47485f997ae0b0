//! `distinct`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/distinct-operator>

use kql::Error;
use kql::ast::NamedExpr;
use polars::prelude::*;

use super::{project, projection};
use crate::query::Context;
use crate::rel::Rel;

/// The different rows of some columns, in the order in which they first appear.
///
/// # Errors
/// Mistakes in the expressions.
pub fn apply(cx: &Context<'_>, rel: Rel, list: &[NamedExpr], star: bool) -> Result<Rel, Error> {
    projection::groupable(&projection::bind(&cx.over(&rel), list)?)?;
    let rel = if star && list.is_empty() { rel } else { project::apply(cx, rel, list)? };
    // Null and empty text are one value.
    let mut rel = rel.canonical();
    rel.frame = rel.frame.unique_stable(None, UniqueKeepStrategy::First);
    rel.serialized = false;
    Ok(rel)
}
