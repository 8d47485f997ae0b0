//! `print`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/print-operator>

use kql::Error;
use kql::ast::NamedExpr;

use super::projection::{self, Naming};
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};
use crate::typed::Typed;

/// One row of values; unnamed ones are called `print_0`, `print_1`, … by their position.
///
/// # Errors
/// Mistakes in the expressions, a name that is given twice.
pub fn source(cx: &Context<'_>, list: &[NamedExpr]) -> Result<Rel, Error> {
    let items = projection::bind(&cx.binder(), list)?;
    let mut names = Names::default();
    let mut columns = Vec::with_capacity(items.len());
    let mut exprs = Vec::with_capacity(items.len());
    for item in &items {
        if let Naming::Given(name) = &item.naming
            && !names.declare(&name.name)
        {
            return Err(projection::duplicate(name));
        }
    }
    for (i, item) in items.iter().enumerate() {
        let name = match &item.naming {
            Naming::Given(name) => name.name.clone(),
            Naming::Function(name) => names.unique(name),
            _ => names.unique(&format!("print_{i}")),
        };
        let (column, expr) = item.named(&name);
        columns.push(column);
        exprs.push(expr);
    }
    let mut rel = Rel::one_row();
    rel.frame = rel.frame.select(exprs);
    rel.columns = columns;
    rel.serialized = true;
    Ok(rel)
}

/// A scalar as a table of one row, for a query that is nothing but an expression.
pub fn one(value: Typed) -> Rel {
    let mut rel = Rel::one_row();
    rel.frame = rel.frame.select([value.expr.alias("print_0")]);
    rel.columns = vec![RelColumn::new("print_0", value.ty)];
    rel
}
