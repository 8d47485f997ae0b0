//! `union`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/union-operator>

use std::collections::{HashMap, HashSet};

use kql::ast::{Ident, OpParam, TableRef};
use kql::{Error, ErrorKind, KqlType, Span};
use polars::prelude::*;

use super::columns::matches;
use super::parameter;
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};
use crate::scope::Binding;
use crate::typed::{literal, polars_type};

/// All rows of some tables.
///
/// # Errors
/// Tables that are not there (with `isfuzzy = true`: when none is), mistakes in them.
pub fn apply(
    cx: &Context<'_>,
    input: Option<Rel>,
    params: &[OpParam],
    tables: &[TableRef],
    span: Span,
) -> Result<Rel, Error> {
    let inner = match parameter(params, "kind") {
        None => false,
        Some((kind, _)) if kind == "outer" => false,
        Some((kind, _)) if kind == "inner" => true,
        Some((kind, at)) => {
            return Err(Error::new(ErrorKind::UnknownName, at, format!("there is no kind `{kind}`"))
                .with_help("the kinds are inner, outer"));
        }
    };
    let source = parameter(params, "withsource").or_else(|| parameter(params, "with_source"));
    let fuzzy = parameter(params, "isfuzzy").is_some_and(|(v, _)| v == "true");
    let mut legs: Vec<Rel> = input.into_iter().collect();
    legs.extend(tables_of(cx, tables, fuzzy)?);
    if legs.is_empty() {
        return Err(Error::new(ErrorKind::UnknownName, span, "none of the tables of the union exists"));
    }
    Ok(combine(legs, inner, source.map(|(name, _)| name)))
}

/// The tables of a list with wildcards. `fuzzy`: leaves out those that are not there.
///
/// # Errors
/// Tables that are not there, mistakes in them.
pub fn tables_of(cx: &Context<'_>, tables: &[TableRef], fuzzy: bool) -> Result<Vec<Rel>, Error> {
    let mut legs = Vec::with_capacity(tables.len());
    for table in tables {
        match table {
            TableRef::Wildcard(pattern) => wildcard(cx, pattern, fuzzy, &mut legs)?,
            TableRef::Pipeline(pipeline) => match cx.table(pipeline) {
                Ok(rel) => legs.push(rel),
                Err(error) if fuzzy && error.kind == ErrorKind::UnknownName => {
                    cx.query.note(format!("left out of the union: {}", error.message));
                }
                Err(error) => return Err(error),
            },
        }
    }
    Ok(legs)
}

/// The views of the query and the tables of the catalog that fit a pattern.
fn wildcard(cx: &Context<'_>, pattern: &Ident, fuzzy: bool, legs: &mut Vec<Rel>) -> Result<(), Error> {
    let before = legs.len();
    let mut seen: HashSet<String> = HashSet::new();
    let mut views: Vec<(String, Rel)> = Vec::new();
    for (name, binding) in cx.scope.iter() {
        if !matches(&pattern.name, name) || !seen.insert(name.to_owned()) {
            continue;
        }
        if let Binding::Function(f) = binding
            && f.view
            && f.params.is_empty()
            && let crate::query::Evaluated::Table(rel) = cx.call(f, &[], pattern.span, &cx.binder())?
        {
            views.push((name.to_owned(), rel));
        }
    }
    // In the order in which they were declared.
    legs.extend(views.into_iter().rev().map(|(_, rel)| rel));
    for name in cx.query.catalog.table_names() {
        if matches(&pattern.name, &name) && seen.insert(name.clone()) {
            legs.extend(cx.query.table(&name).map_err(|e| e.at(pattern.span))?);
        }
    }
    if legs.len() == before && !fuzzy {
        return Err(Error::new(ErrorKind::UnknownName, pattern.span, format!("no table fits `{}`", pattern.name)));
    }
    Ok(())
}

/// A column of the result, and from which column of each leg it comes.
struct Merged {
    column: RelColumn,
    from: Vec<Option<RelColumn>>,
}

/// Puts tables one after the other.
pub fn combine(legs: Vec<Rel>, inner: bool, source: Option<String>) -> Rel {
    let merged = if inner { common(&legs) } else { all(&legs) };
    let mut taken = Names::taken(merged.iter().map(|m| m.column.name.as_str()));
    let source = source.map(|name| taken.unique(&name));
    let frames: Vec<LazyFrame> = legs
        .into_iter()
        .enumerate()
        .map(|(i, leg)| {
            let mut exprs: Vec<Expr> = Vec::with_capacity(merged.len() + 1);
            if let Some(source) = &source {
                let name = leg.name.clone().unwrap_or_else(|| format!("union_arg{i}"));
                exprs.push(lit(name).alias(source.as_str()));
            }
            for m in &merged {
                let name = m.column.name.as_str();
                exprs.push(match (&m.from[i], &m.column.stored) {
                    (Some(c), Some(_)) => c.raw().alias(name),
                    (Some(c), None) => c.expr().alias(name),
                    (None, Some(stored)) => lit(NULL).cast(stored.clone()).alias(name),
                    (None, None) => literal(&kql::Value::Null(m.column.ty)).cast(polars_type(m.column.ty)).alias(name),
                });
            }
            // Literals alone would make one row.
            let row = leg.columns.first().map(|c| c.raw().alias(crate::rel::HIDDEN));
            leg.frame.select(exprs.into_iter().chain(row).collect::<Vec<_>>())
        })
        .collect();
    let mut columns: Vec<RelColumn> = source.iter().map(|name| RelColumn::new(name, KqlType::String)).collect();
    columns.extend(merged.into_iter().map(|m| m.column));
    let frames: Vec<LazyFrame> =
        frames.into_iter().map(|f| f.select(columns.iter().map(RelColumn::raw).collect::<Vec<_>>())).collect();
    match frames.as_slice() {
        [one] => Rel::new(one.clone(), columns),
        _ => match concat(&frames, UnionArgs::default()) {
            Ok(frame) => Rel::new(frame, columns),
            // Only an empty list is refused, and there is a leg at least.
            Err(_) => Rel::empty(&columns),
        },
    }
}

/// How a column is held when several legs give it: as stored, if all store it alike.
fn held(name: String, ty: KqlType, from: &[Option<RelColumn>]) -> RelColumn {
    let mut stored = from.iter().flatten().map(|c| c.stored.clone());
    let first = stored.next().flatten();
    let alike = stored.all(|s| s == first);
    let empty = from.iter().flatten().all(|c| c.empty);
    RelColumn { name, ty, stored: if alike { first } else { None }, empty }
}

/// `kind = inner`: the columns that all legs have, with the same type.
fn common(legs: &[Rel]) -> Vec<Merged> {
    let Some(first) = legs.first() else {
        return Vec::new();
    };
    first
        .columns
        .iter()
        .filter_map(|c| {
            let from: Option<Vec<Option<RelColumn>>> =
                legs.iter().map(|leg| leg.column(&c.name).filter(|o| o.ty == c.ty).cloned().map(Some)).collect();
            let from = from?;
            Some(Merged { column: held(c.name.clone(), c.ty, &from), from })
        })
        .collect()
}

/// `kind = outer`: the columns that any leg has. A name with several types becomes `name_type` for each of them.
fn all(legs: &[Rel]) -> Vec<Merged> {
    let mut order: Vec<String> = Vec::new();
    let mut types: HashMap<String, Vec<KqlType>> = HashMap::new();
    for leg in legs {
        for c in &leg.columns {
            let known = types.entry(c.name.clone()).or_insert_with(|| {
                order.push(c.name.clone());
                Vec::new()
            });
            if !known.contains(&c.ty) {
                known.push(c.ty);
            }
        }
    }
    let mut names = Names::taken(order.iter().filter(|n| types[*n].len() == 1).map(String::as_str));
    let mut merged = Vec::new();
    for name in &order {
        for ty in &types[name] {
            let from: Vec<Option<RelColumn>> =
                legs.iter().map(|leg| leg.column(name).filter(|c| c.ty == *ty).cloned()).collect();
            let called = if types[name].len() == 1 { name.clone() } else { names.unique(&format!("{name}_{ty}")) };
            merged.push(Merged { column: held(called, *ty, &from), from });
        }
    }
    merged
}
