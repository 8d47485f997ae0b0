//! `where`, `filter`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/where-operator>

use kql::ast::Expr as Ast;
use kql::{Error, Value};

use crate::query::Context;
use crate::rel::Rel;

/// Keeps the rows for which the condition is true: neither false nor null.
///
/// # Errors
/// Mistakes in the condition.
pub fn apply(cx: &Context<'_>, mut rel: Rel, condition: &Ast) -> Result<Rel, Error> {
    let bound = cx.over(&rel).condition(condition)?;
    match bound.constant {
        Some(Value::Bool(true)) => {}
        Some(_) => rel.frame = rel.frame.limit(0),
        None => rel.frame = rel.frame.filter(bound.expr),
    }
    Ok(rel)
}
