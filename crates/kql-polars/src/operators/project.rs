//! `project`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/project-operator>

use kql::ast::NamedExpr;
use kql::{Error, ErrorKind};

use super::projection::{self, Item, Naming};
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::Rel;

/// Keeps and computes columns.
///
/// # Errors
/// Mistakes in the expressions, a name that is given twice.
pub fn apply(cx: &Context<'_>, mut rel: Rel, list: &[NamedExpr]) -> Result<Rel, Error> {
    let items = projection::bind(&cx.over(&rel), list)?;
    let names = names(&items)?;
    let mut columns = Vec::with_capacity(items.len());
    let mut exprs = Vec::with_capacity(items.len());
    for (item, name) in items.iter().zip(&names) {
        let (column, expr) = item.named(name);
        columns.push(column);
        exprs.push(expr);
    }
    if items.iter().all(|i| i.value.constant.is_some()) {
        // Constants alone would give one row.
        rel.frame = rel.frame.with_columns(exprs);
        return Ok(rel.keep(columns));
    }
    rel.frame = rel.frame.select(exprs);
    rel.columns = columns;
    Ok(rel)
}

/// Names for a list that makes a whole table: given names as they are, the others unique.
///
/// # Errors
/// A name that is given twice.
pub fn names(items: &[Item]) -> Result<Vec<String>, Error> {
    let mut names = Names::default();
    let mut result = vec![String::new(); items.len()];
    for (item, slot) in items.iter().zip(&mut result) {
        if let Naming::Given(name) = &item.naming {
            if !names.declare(&name.name) {
                return Err(projection::duplicate(name));
            }
            *slot = name.name.clone();
        }
    }
    for (item, slot) in items.iter().zip(&mut result) {
        match &item.naming {
            Naming::Given(_) => {}
            Naming::Own(name) if item.column.is_some() => {
                if !names.declare(name) {
                    return Err(Error::new(
                        ErrorKind::Type,
                        item.value.span,
                        format!("the column `{name}` is given twice"),
                    ));
                }
                *slot = name.clone();
            }
            Naming::Own(name) | Naming::Function(name) => *slot = names.unique(name),
            Naming::Missing => *slot = names.numbered("Column"),
        }
    }
    Ok(result)
}
