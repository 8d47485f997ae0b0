//! `mv-expand`.
//!
//! Each element of an array, and each property of a bag, gets a row of its own; several columns are expanded side by side, the shorter ones
//! filled with nulls. A value that is neither array nor bag, and a null, is its own only element. A row whose arrays are all empty goes.
//!
//! Source: <https://learn.microsoft.com/kusto/query/mv-expand-operator>

use kql::ast::{Expr as Ast, Ident, MvColumn, OpParam};
use kql::{Error, ErrorKind, KqlType};
use polars::prelude::*;

use super::parameter;
use crate::bind::naming::{Names, name_of};
use crate::json_items::{elements, properties};
use crate::kernels::str_to_str;
use crate::query::Context;
use crate::rel::{Rel, RelColumn, column};
use crate::typed::Typed;

/// Expands columns.
///
/// # Errors
/// Columns that are not dynamic, mistakes in the arguments.
pub fn apply(
    cx: &Context<'_>,
    mut rel: Rel,
    params: &[OpParam],
    index: Option<&Ident>,
    list: &[MvColumn],
    limit: Option<&Ast>,
) -> Result<Rel, Error> {
    let bags_as_arrays = match parameter(params, "kind").or_else(|| parameter(params, "bagexpansion")) {
        None => false,
        Some((kind, _)) if kind == "bag" => false,
        Some((kind, _)) if kind == "array" => true,
        Some((kind, at)) => {
            return Err(Error::new(ErrorKind::UnknownName, at, format!("there is no kind `{kind}`"))
                .with_help("the kinds are bag, array"));
        }
    };
    let limit = match limit {
        None => usize::MAX,
        Some(limit) => cx.binder().count(limit, "the limit")? as usize,
    };
    let binder = cx.over(&rel);
    let mut names = Names::taken(rel.names());
    let mut expanded: Vec<(String, Option<KqlType>)> = Vec::with_capacity(list.len());
    let mut inputs: Vec<Expr> = Vec::with_capacity(list.len());
    for item in list {
        let value = binder.bind(&item.expr)?;
        if value.ty != KqlType::Dynamic {
            return Err(Error::new(
                ErrorKind::Type,
                item.expr.span,
                format!("mv-expand needs a dynamic value, and this is a {}", value.ty),
            )
            .with_help("split(…) and parse_json(…) give dynamic values"));
        }
        let name = match (&item.name, binder.as_column(&item.expr)) {
            (Some(name), _) => name.name.clone(),
            (None, Some(column)) => column.name.clone(),
            (None, None) => match name_of(&item.expr) {
                Some(name) => names.unique(&name),
                None => names.numbered("Column"),
            },
        };
        inputs.push(value.expr);
        expanded.push((name, item.to_type));
    }
    // Each column becomes a list as long as the longest of its row.
    let mut exprs: Vec<Expr> = Vec::with_capacity(list.len() + 1);
    for (at, (name, _)) in expanded.iter().enumerate() {
        exprs.push(lists(&inputs, at, bags_as_arrays, limit).alias(name.as_str()));
    }
    let mut columns = rel.columns.clone();
    for (name, _) in &expanded {
        let new = RelColumn::new(name, KqlType::Dynamic);
        match columns.iter_mut().find(|c| c.name == *name) {
            Some(column) => *column = new,
            None => columns.push(new),
        }
    }
    let mut exploded: Vec<&str> = expanded.iter().map(|(n, _)| n.as_str()).collect();
    if let Some(index) = index {
        exprs.push(positions(&inputs, limit).alias(index.name.as_str()));
        columns.retain(|c| c.name != index.name);
        columns.push(RelColumn::new(&index.name, KqlType::Long));
        exploded.push(&index.name);
    }
    let selector = by_name(exploded, true, false);
    let options = ExplodeOptions { empty_as_null: false, keep_nulls: true };
    // The lists of a row are equally long.
    let some = match expanded.first() {
        Some((name, _)) => column(name).list().len().gt(lit(0)),
        None => lit(true),
    };
    rel.frame = rel.frame.with_columns(exprs).filter(some).explode(selector, options);
    rel.columns = columns;
    convert(cx, rel, &expanded)
}

/// `to typeof(…)`.
fn convert(cx: &Context<'_>, mut rel: Rel, expanded: &[(String, Option<KqlType>)]) -> Result<Rel, Error> {
    let mut exprs = Vec::new();
    for (name, ty) in expanded {
        let Some(ty) = ty else { continue };
        let mut value = Typed::new(column(name), KqlType::Dynamic, kql::Span::default());
        if matches!(ty, KqlType::Bool | KqlType::Int | KqlType::Long | KqlType::Real) {
            // It says what the elements are, and does not convert text.
            value.expr = str_to_str(value.expr, |text| (!text.starts_with('"')).then(|| text.to_owned()));
        }
        exprs.push(cx.binder().cast(value, *ty)?.expr.alias(name.as_str()));
        for c in rel.columns.iter_mut().filter(|c| c.name == *name) {
            c.ty = *ty;
        }
    }
    if !exprs.is_empty() {
        rel.frame = rel.frame.with_columns(exprs);
    }
    Ok(rel)
}

/// Number of elements of a value, up to the limit.
fn count(text: &str, limit: usize) -> usize {
    if let Some(items) = elements(text) {
        return items.take(limit).count();
    }
    match properties(text) {
        Some(items) => items.take(limit).count(),
        None => 1.min(limit),
    }
}

/// The elements of a value as dynamic text.
fn each(text: &str, bags_as_arrays: bool, limit: usize, mut add: impl FnMut(Option<&str>)) {
    let shown = |value: &str| value != "null";
    if let Some(items) = elements(text) {
        for item in items.take(limit) {
            add(shown(item).then_some(item));
        }
    } else if let Some(items) = properties(text) {
        for (key, value) in items.take(limit) {
            let pair = if bags_as_arrays { format!("[{key},{value}]") } else { format!("{{{key}:{value}}}") };
            add(Some(&pair));
        }
    } else if limit > 0 {
        add(Some(text));
    }
}

/// Length of the longest value of each row.
fn longest(columns: &[&StringChunked], row: usize, limit: usize) -> usize {
    columns
        .iter()
        .map(|c| match c.get(if c.len() == 1 { 0 } else { row }) {
            Some(text) => count(text, limit),
            None => 1.min(limit),
        })
        .max()
        .unwrap_or(0)
}

fn height(columns: &[Column]) -> usize {
    if columns.iter().any(Column::is_empty) { 0 } else { columns.iter().map(Column::len).max().unwrap_or(0) }
}

/// The column `at` of `inputs` as lists.
fn lists(inputs: &[Expr], at: usize, bags_as_arrays: bool, limit: usize) -> Expr {
    over_inputs(inputs, DataType::String, move |columns, name, rows| {
        let mut builder = ListStringChunkedBuilder::new(name, rows, rows * 4);
        let own = columns[at];
        let mut values: Vec<Option<String>> = Vec::new();
        for row in 0..rows {
            values.clear();
            match own.get(if own.len() == 1 { 0 } else { row }) {
                Some(text) => each(text, bags_as_arrays, limit, |v| {
                    values.push(v.map(str::to_owned));
                }),
                None if limit > 0 => values.push(None),
                None => {}
            }
            if columns.len() > 1 {
                let length = longest(columns, row, limit);
                values.resize(length.max(values.len()), None);
            }
            builder.append_trusted_len_iter(values.iter().map(Option::as_deref));
        }
        builder.finish().into_column()
    })
}

/// The positions of the elements, as lists.
fn positions(inputs: &[Expr], limit: usize) -> Expr {
    over_inputs(inputs, DataType::Int64, move |columns, name, rows| {
        let mut builder = ListPrimitiveChunkedBuilder::<Int64Type>::new(name, rows, rows * 4, DataType::Int64);
        for row in 0..rows {
            let length = i64::try_from(longest(columns, row, limit)).unwrap_or(i64::MAX);
            let all: Vec<i64> = (0..length).collect();
            builder.append_slice(&all);
        }
        builder.finish().into_column()
    })
}

fn over_inputs(
    inputs: &[Expr],
    inner: DataType,
    f: impl Fn(&[&StringChunked], PlSmallStr, usize) -> Column + Send + Sync + 'static,
) -> Expr {
    let first = inputs.first().cloned().unwrap_or_else(|| lit(NULL));
    first.map_many(
        move |columns| {
            let rows = height(columns);
            let name = columns[0].name().clone();
            let texts: PolarsResult<Vec<&StringChunked>> = columns.iter().map(|c| c.str()).collect();
            Ok(f(&texts?, name, rows))
        },
        inputs.get(1..).unwrap_or_default(),
        move |_, fields| Ok(Field::new(fields[0].name().clone(), DataType::List(Box::new(inner.clone())))),
    )
}
