//! `extend`, and the columns of `serialize`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/extend-operator>

use kql::Error;
use kql::ast::NamedExpr;
use polars::prelude::Expr;

use super::projection::{self, Naming};
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};

/// Adds columns; one of a name that is there already is computed anew and moves to the end.
///
/// # Errors
/// Mistakes in the expressions, a name that is given twice.
pub fn apply(cx: &Context<'_>, mut rel: Rel, list: &[NamedExpr]) -> Result<Rel, Error> {
    if list.is_empty() {
        return Ok(rel);
    }
    let items = projection::bind(&cx.over(&rel), list)?;
    let mut given = Names::default();
    for item in &items {
        if let Naming::Given(name) = &item.naming
            && !given.declare(&name.name)
        {
            return Err(projection::duplicate(name));
        }
    }
    // Only for names that are made up: tables have many columns.
    let mut made_up = None;
    let all_names = || {
        let named = items.iter().filter_map(|item| match &item.naming {
            Naming::Given(name) => Some(name.name.as_str()),
            _ => None,
        });
        Names::taken(rel.names().chain(named))
    };
    let mut added: Vec<RelColumn> = Vec::with_capacity(items.len());
    let mut exprs: Vec<Expr> = Vec::with_capacity(items.len());
    for item in &items {
        let name = match &item.naming {
            Naming::Given(name) => name.name.clone(),
            // `extend a` of a column changes nothing.
            Naming::Own(name) if item.column.is_some() && rel.column(name).is_some() => continue,
            // As if the name were given: `extend tostring(x)` changes x.
            Naming::Own(name) | Naming::Function(name) => name.clone(),
            Naming::Missing => made_up.get_or_insert_with(all_names).numbered("Column"),
        };
        let (column, expr) = item.named(&name);
        match added.iter().position(|a| a.name == name) {
            Some(at) => (added[at], exprs[at]) = (column, expr),
            None => {
                added.push(column);
                exprs.push(expr);
            }
        }
    }
    rel.frame = rel.frame.with_columns(exprs);
    rel.columns.retain(|c| added.iter().all(|a| a.name != c.name));
    rel.columns.extend(added);
    Ok(rel)
}
