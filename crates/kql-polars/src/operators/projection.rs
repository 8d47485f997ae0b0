//! Lists of named expressions, as `project`, `extend`, `print`, `summarize … by` and `distinct` have them.

use kql::ast::{ExprKind, Ident, NamedExpr};
use kql::{Error, ErrorKind, KqlType};
use polars::prelude::*;

use crate::bind::Binder;
use crate::bind::naming::{is_if_exists, name_of};
use crate::rel::RelColumn;
use crate::typed::Typed;

/// Where the name of a column comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Naming {
    /// The query gives it.
    Given(Ident),
    /// It is that of the column, variable or part that the expression is.
    Own(String),
    /// One of several that a function gives.
    Function(String),
    /// There is none.
    Missing,
}

/// A bound element of a list.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub naming: Naming,
    /// The column that it is, where it is nothing but a column: passed on as stored.
    pub column: Option<RelColumn>,
    /// The bound expression.
    pub value: Typed,
}

impl Item {
    /// The column under a name, and the expression that computes it.
    pub fn named(&self, name: &str) -> (RelColumn, Expr) {
        match &self.column {
            Some(column) => (RelColumn { name: name.to_owned(), ..column.clone() }, column.raw().alias(name)),
            None => (RelColumn::new(name, self.value.ty), self.value.expr.clone().alias(name)),
        }
    }
}

/// Binds a list. `*` gives all columns.
///
/// # Errors
/// Mistakes in the expressions.
pub fn bind(binder: &Binder<'_>, list: &[NamedExpr]) -> Result<Vec<Item>, Error> {
    let mut items = Vec::with_capacity(list.len());
    for named in list {
        let expr = &named.expr;
        if matches!(expr.kind, ExprKind::Star) && named.names.is_empty() {
            for column in binder.rel.map(|r| r.columns.as_slice()).unwrap_or_default() {
                items.push(Item {
                    naming: Naming::Own(column.name.clone()),
                    value: Typed::new(column.expr(), column.ty, expr.span),
                    column: Some(column.clone()),
                });
            }
            continue;
        }
        if let Some(several) = binder.several(expr)? {
            if named.names.len() > several.len() {
                return Err(too_many_names(named, several.len()));
            }
            for (i, (name, value)) in several.into_iter().enumerate() {
                items.push(Item {
                    naming: match named.names.get(i) {
                        Some(given) => Naming::Given(given.clone()),
                        None => Naming::Function(name),
                    },
                    column: None,
                    value,
                });
            }
            continue;
        }
        // A mistake in the expression itself comes first: an unknown function says nothing of its columns.
        let value = binder.bind(expr)?;
        if named.names.len() > 1 {
            return Err(too_many_names(named, 1));
        }
        items.push(Item {
            naming: match named.names.first() {
                Some(given) => Naming::Given(given.clone()),
                None => name_of(expr)
                    .filter(|name| !is_if_exists(expr) || binder.rel.is_some_and(|rel| rel.column(name).is_some()))
                    .map_or(Naming::Missing, Naming::Own),
            },
            column: binder.as_column(expr).cloned(),
            value,
        });
    }
    Ok(items)
}

/// Refuses to group by dynamic values, as Kusto does.
///
/// # Errors
/// With the place of the first one.
pub fn groupable(items: &[Item]) -> Result<(), Error> {
    match items.iter().find(|item| item.value.ty == KqlType::Dynamic) {
        None => Ok(()),
        Some(item) => Err(Error::new(ErrorKind::Type, item.value.span, "values of type dynamic cannot be grouped")
            .with_help("say as what: tostring(…), or mv-expand the elements first")),
    }
}

/// The error for names that have no value.
pub fn too_many_names(named: &NamedExpr, values: usize) -> Error {
    Error::new(
        ErrorKind::Type,
        named.expr.span,
        format!(
            "{} names are given, and the expression has {values} value{}",
            named.names.len(),
            if values == 1 { "" } else { "s" }
        ),
    )
}

/// The error for a name that is given twice.
pub fn duplicate(name: &Ident) -> Error {
    Error::new(ErrorKind::Type, name.span, format!("the column `{}` is given twice", name.name))
}
