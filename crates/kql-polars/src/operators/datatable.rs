//! `datatable (a: long, …) [ … ]`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/datatable-operator>

use kql::ast::{ColumnDecl, Expr as Ast};
use kql::{Error, ErrorKind, Span, Value};
use polars::prelude::*;

use crate::bind::lists::series;
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};

/// A table of constants.
///
/// # Errors
/// When a value is not a constant of its column's type, or the last row is not complete.
pub fn source(cx: &Context<'_>, columns: &[ColumnDecl], values: &[Ast], span: Span) -> Result<Rel, Error> {
    let mut names = Names::default();
    for column in columns {
        if !names.declare(&column.name.name) {
            return Err(super::projection::duplicate(&column.name));
        }
    }
    if columns.is_empty() || !values.len().is_multiple_of(columns.len()) {
        return Err(Error::new(
            ErrorKind::Type,
            span,
            format!(
                "the datatable has {} columns and {} values, which do not make whole rows",
                columns.len(),
                values.len()
            ),
        ));
    }
    let binder = cx.binder();
    let mut cells: Vec<Vec<Value>> = vec![Vec::with_capacity(values.len() / columns.len()); columns.len()];
    for (i, value) in values.iter().enumerate() {
        let at = i % columns.len();
        let what = format!("a value of the column `{}`", columns[at].name.name);
        cells[at].push(binder.constant(value, columns[at].ty, &what)?);
    }
    let frame_columns: PolarsResult<Vec<Column>> = columns
        .iter()
        .zip(&cells)
        .map(|(c, values)| Ok(series(values, c.ty)?.with_name(c.name.name.as_str().into()).into_column()))
        .collect();
    let frame = frame_columns
        .and_then(|c| DataFrame::new(values.len() / columns.len(), c))
        .map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(span))?;
    Ok(Rel::new(frame.lazy(), columns.iter().map(|c| RelColumn::new(&c.name.name, c.ty)).collect()))
}
