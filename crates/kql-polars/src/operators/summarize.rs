//! `summarize`.
//!
//! Groups come in the order in which they first appear; null is a group like any other.
//!
//! Source: <https://learn.microsoft.com/kusto/query/summarize-operator>

use std::cell::RefCell;

use kql::ast::{ExprKind, Ident, NamedExpr};
use kql::{Error, ErrorKind, Span, Value};
use polars::prelude::*;

use super::group_key::StoredKey;
use super::projection::{self, Naming};
use super::{arg_max, first_row, latest};
use crate::aggregates;
use crate::bind::naming::{Names, name_of, name_of_argument};
use crate::bind::{Aggregates, Binder};
use crate::query::Context;
use crate::rel::{Rel, RelColumn, column, hidden};

/// A column of the result.
struct Output {
    naming: Naming,
    expr: Expr,
    column: RelColumn,
}

/// Groups rows and aggregates each group.
///
/// # Errors
/// Mistakes in the expressions, a name that is given twice.
pub fn apply(cx: &Context<'_>, rel: Rel, list: &[NamedExpr], by: &[NamedExpr], span: Span) -> Result<Rel, Error> {
    if list.is_empty() && by.is_empty() {
        return Err(Error::new(ErrorKind::Syntax, span, "summarize needs an aggregation, or columns after `by`"));
    }
    let keys = projection::bind(&cx.over(&rel), by)?;
    projection::groupable(&keys)?;
    let picked = latest::picked_rows(cx, &rel, list, &keys);
    // The rows of a group all have the value by which they were picked: the first one it is.
    let first = picked.is_some();
    let rel = picked.unwrap_or(rel);
    let key_columns: Vec<&str> = keys.iter().filter_map(|k| k.column.as_ref()).map(|c| c.name.as_str()).collect();
    let state = RefCell::new(Aggregates { first, whole: keys.is_empty(), ..Aggregates::default() });
    let mut outputs = Vec::new();
    let mut inputs = Vec::new();
    let mut key_exprs = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        let name = hidden("key", i);
        let given = by.get(i).filter(|_| by.len() == keys.len());
        let stored = given.and_then(|given| StoredKey::new(&cx.over(&rel), &given.expr));
        let of_row = stored.as_ref().map_or(&key.value.expr, |stored| &stored.of_row);
        inputs.push(of_row.clone().alias(name.as_str()));
        key_exprs.push(column(&name));
        let mut output =
            Output { naming: key.naming.clone(), expr: column(&name), column: RelColumn::new("", key.value.ty) };
        if let Some(stored) = stored {
            output.expr = stored.of_group(output.expr);
            output.column.stored = Some(stored.stored);
        }
        outputs.push(output);
    }
    let aggregating = Binder { aggregates: Some(&state), ..Binder::new(cx, Some(&rel)) };
    for named in list {
        bind_aggregate(&aggregating, named, &key_columns, &mut outputs)?;
    }
    let state = state.into_inner();
    let names = names(&outputs)?;
    let mut columns = Vec::with_capacity(outputs.len());
    let mut exprs = Vec::with_capacity(outputs.len());
    for (output, name) in outputs.into_iter().zip(names) {
        exprs.push(output.expr.alias(name.as_str()));
        columns.push(RelColumn { name, ..output.column });
    }
    inputs.extend(state.inputs);
    let frame = rel.frame.clone();
    if !inputs.is_empty() {
        // Inputs that are all constants would make one row of many. Otherwise no column is read for its rows.
        let rows = inputs.iter().any(|input| input.into_iter().any(|e| matches!(e, Expr::Column(_))));
        let first = rel.columns.first().filter(|_| !rows);
        inputs.extend(first.map(|c| c.raw().alias(hidden("row", 0).as_str())));
    }
    let frame = if keys.is_empty() {
        let frame = if inputs.is_empty() { frame } else { frame.select(inputs) };
        frame.select(state.outputs)
    } else if state.outputs.is_empty() {
        frame.select(inputs).select(key_exprs).unique_stable(None, UniqueKeepStrategy::First)
    } else {
        first_row::grouped(frame, inputs, key_exprs, state.outputs)
    };
    Ok(Rel::new(frame.select(exprs), columns))
}

/// Binds one element of the list: a call that picks rows, an aggregation, or an expression of aggregations.
fn bind_aggregate(
    binder: &Binder<'_>,
    named: &NamedExpr,
    keys: &[&str],
    outputs: &mut Vec<Output>,
) -> Result<(), Error> {
    let expr = &named.expr;
    let naming = |i: usize, default: String| match named.names.get(i) {
        Some(name) => Naming::Given(name.clone()),
        None => Naming::Function(default),
    };
    if let Some(picked) = arg_max::bind(binder, expr, keys)? {
        if named.names.len() > picked.len() {
            return Err(projection::too_many_names(named, picked.len()));
        }
        for (i, p) in picked.into_iter().enumerate() {
            outputs.push(Output {
                naming: naming(i, p.name),
                expr: p.value.expr,
                column: match p.pending {
                    Some(column) => column.nullable(),
                    // Over no rows there is no text either.
                    None => RelColumn::new("", p.value.ty).nullable(),
                },
            });
        }
        return Ok(());
    }
    if let ExprKind::Call { name, args } = &expr.kind
        && let Some(aggregate) = aggregates::find(&name.name)
        && binder.cx.scope.get(&name.name).is_none()
    {
        let values = binder.aggregate(aggregate, &name.name, args, expr.span)?;
        if named.names.len() > values.len() {
            return Err(projection::too_many_names(named, values.len()));
        }
        for (i, (default, value)) in values.into_iter().enumerate() {
            outputs.push(Output {
                naming: naming(i, default),
                expr: value.expr,
                column: RelColumn::new("", value.ty).nullable(),
            });
        }
        return Ok(());
    }
    if named.names.len() > 1 {
        return Err(projection::too_many_names(named, 1));
    }
    let over_groups = Binder { rel: binder.rel, ..*binder };
    let value = over_groups.bind(expr)?;
    if let Some(column) = uses_column(&value.expr) {
        return Err(Error::new(
            ErrorKind::Type,
            expr.span,
            format!("the column `{column}` stands outside of an aggregation function"),
        )
        .with_help("aggregate it, as in max(…) or take_any(…), or add it after `by`"));
    }
    outputs.push(Output {
        naming: match named.names.first() {
            Some(name) => Naming::Given(name.clone()),
            None => aggregate_name(expr).map_or(Naming::Missing, Naming::Function),
        },
        expr: value.expr,
        column: RelColumn::new("", value.ty),
    });
    Ok(())
}

/// The name of an expression of aggregations: `tolong(sum(x))` is called `sum_x`.
fn aggregate_name(expr: &kql::ast::Expr) -> Option<String> {
    if let ExprKind::Call { name, args } = &expr.kind {
        if let Some(aggregate) = aggregates::find(&name.name) {
            let first = args.first().and_then(name_of_argument);
            return Some(format!("{}_{}", aggregate.column, first.unwrap_or_default()));
        }
        // The same call over a column that is named like the aggregation.
        let mut over = args.clone();
        if let Some(first) = over.first_mut() {
            let of = first.name.take().map(|name| name.name).or_else(|| aggregate_name(&first.value));
            first.value.kind = of.map_or(ExprKind::Literal(Value::Long(0)), ExprKind::Name);
        }
        return name_of(&kql::ast::Expr { kind: ExprKind::Call { name: name.clone(), args: over }, span: expr.span });
    }
    name_of(expr)
}

/// A column of the input that an expression over the groups still uses.
fn uses_column(expr: &Expr) -> Option<String> {
    expr.into_iter().find_map(|e| match e {
        Expr::Column(name) if !name.starts_with(crate::rel::HIDDEN) => Some(name.to_string()),
        _ => None,
    })
}

/// Given names as they are, the others made unique.
fn names(outputs: &[Output]) -> Result<Vec<String>, Error> {
    let mut names = Names::default();
    let mut result = vec![String::new(); outputs.len()];
    let given = |naming: &Naming| match naming {
        Naming::Given(name) => Some(name.clone()),
        _ => None,
    };
    for (output, slot) in outputs.iter().zip(&mut result) {
        let Some(name): Option<Ident> = given(&output.naming) else {
            continue;
        };
        if !names.declare(&name.name) {
            return Err(projection::duplicate(&name));
        }
        *slot = name.name;
    }
    for (output, slot) in outputs.iter().zip(&mut result) {
        match &output.naming {
            Naming::Given(_) => {}
            Naming::Own(name) | Naming::Function(name) => *slot = names.unique(name),
            Naming::Missing => *slot = names.numbered("Column"),
        }
    }
    Ok(result)
}
