//! Operators applied to each group of rows by itself: the bodies of `mv-apply` and `partition`.
//!
//! Most operators can work on all groups at once, with the key of the group carried along. A body that has any other operator is run
//! for one group after the other.

use kql::ast::{Expr as Ast, ExprKind, Ident, NamedExpr, Operator, OperatorKind, Pipeline, Source};
use kql::{Error, ErrorKind, KqlType, Span};
use polars::prelude::*;

use super::{
    columns, distinct, extend, filter, mv_expand, parse, parse_kv, project, scan, sort, summarize, union, walk,
};
use crate::query::Context;
use crate::rel::{Rel, RelColumn, column};
use crate::scope::Binding;
use crate::typed::{Typed, literal, value_at};

/// Most groups of a body that is run for one after the other.
const MAX_GROUPS: usize = 5_000;

/// Functions whose value depends on the rows around, or on which columns there are.
const LOOK_AROUND: &[&str] = &[
    "row_number",
    "row_cumsum",
    "row_rank",
    "row_rank_dense",
    "row_rank_min",
    "row_window_session",
    "prev",
    "next",
    "pack_all",
    "bag_pack_columns",
    "column_ifexists",
    "columnifexists",
];

/// Applies `body` to the rows of each value of the column `key`. The result has the column `key`, too.
///
/// `name`: under which the body sees the key as a constant (the column of `partition`).
///
/// # Errors
/// Mistakes in the body; too many groups, when they have to be run one by one.
pub fn run(cx: &Context<'_>, rel: Rel, key: &str, name: Option<&str>, body: &Pipeline) -> Result<Rel, Error> {
    let together = body.source == Source::Input && body.operators.iter().all(at_once);
    if !together {
        return one_by_one(cx, rel, key, name, body);
    }
    // After an aggregation, groups whose rows are all filtered out are still there.
    let groups = body.operators.iter().any(|o| aggregates_all(&o.kind));
    let mut rel = if groups { cx.materialize(rel)? } else { rel };
    let all = groups.then(|| rel.frame.clone().select([column(key)]).unique_stable(None, UniqueKeepStrategy::First));
    for operator in &body.operators {
        rel = apply(cx, rel, key, all.as_ref(), operator)?;
    }
    Ok(rel)
}

/// Whether an operator can work on all groups at once.
fn at_once(operator: &Operator) -> bool {
    use OperatorKind as O;
    let plain = |expr: &Ast| !walk::any(expr, &looks_around);
    let all = |list: &[NamedExpr]| list.iter().all(|n| plain(&n.expr));
    match &operator.kind {
        O::Where(expr) => plain(expr),
        O::Extend(list) | O::Project(list) | O::Serialize(list) => all(list),
        O::Summarize { aggregates, by, .. } => all(by) && aggregates.iter().all(|n| simple_aggregate(&n.expr)),
        O::Distinct { columns, .. } => all(columns),
        O::Sort(keys) => keys.iter().all(|k| plain(&k.expr)),
        O::Top { by, .. } => plain(&by.expr),
        O::MvExpand { columns, .. } => columns.iter().all(|c| plain(&c.expr)),
        O::Parse { expr, .. } | O::ParseKv { expr, .. } => plain(expr),
        O::Count { .. }
        | O::Take { .. }
        | O::ProjectAway(_)
        | O::ProjectKeep(_)
        | O::ProjectRename(_)
        | O::ProjectReorder(_)
        | O::Scan { .. } => true,
        _ => false,
    }
}

fn looks_around(expr: &Ast) -> bool {
    match &expr.kind {
        ExprKind::Star | ExprKind::Wildcard(_) => true,
        ExprKind::Call { name, .. } => LOOK_AROUND.contains(&name.name.as_str()),
        _ => false,
    }
}

/// `arg_max(x, *)` would take the key for a column of the rows.
fn simple_aggregate(expr: &Ast) -> bool {
    !walk::any(expr, &looks_around)
}

/// Operators that give a row for a group without rows.
fn aggregates_all(kind: &OperatorKind) -> bool {
    match kind {
        OperatorKind::Count { .. } => true,
        OperatorKind::Summarize { by, .. } => by.is_empty(),
        _ => false,
    }
}

fn apply(
    cx: &Context<'_>,
    mut rel: Rel,
    key: &str,
    all: Option<&LazyFrame>,
    operator: &Operator,
) -> Result<Rel, Error> {
    use OperatorKind as O;
    let span = operator.span;
    let by_key = NamedExpr { names: Vec::new(), expr: name(key, span) };
    match &operator.kind {
        O::Where(condition) => filter::apply(cx, rel, [condition]),
        O::Extend(list) => extend::apply(cx, rel, list),
        O::Serialize(list) => {
            rel.serialized = true;
            extend::apply(cx, rel, list)
        }
        O::Project(list) => {
            let list: Vec<NamedExpr> = list.iter().cloned().chain([by_key]).collect();
            project::apply(cx, rel, &list)
        }
        O::ProjectAway(patterns) => keep_key(rel, key, |rel| columns::away(rel, patterns)),
        O::ProjectKeep(patterns) => keep_key(rel, key, |rel| columns::keep(rel, patterns)),
        O::ProjectReorder(patterns) => keep_key(rel, key, |rel| columns::reorder(rel, patterns)),
        O::ProjectRename(names) => columns::rename(rel, names),
        O::Distinct { columns, star } => {
            let list: Vec<NamedExpr> = columns.iter().cloned().chain([by_key]).collect();
            if *star { distinct::apply(cx, rel, &[], true) } else { distinct::apply(cx, rel, &list, false) }
        }
        O::Sort(keys) => sort::apply(cx, rel, keys),
        O::Top { count, by } => {
            let n = cx.binder().count(count, "the number of rows")?;
            let rel = sort::apply(cx, rel, std::slice::from_ref(by))?;
            head(rel, key, n, span)
        }
        O::Take { count } => {
            let n = cx.binder().count(count, "the number of rows")?;
            head(rel, key, n, span)
        }
        O::MvExpand { params, index, columns, limit } => {
            mv_expand::apply(cx, rel, params, index.as_ref(), columns, limit.as_ref())
        }
        O::Parse { kind, flags, expr, pattern, filter } => {
            parse::apply(cx, rel, (*kind, flags.as_deref(), *filter), expr, pattern, span)
        }
        O::ParseKv { expr, columns, params } => parse_kv::apply(cx, rel, expr, columns, params),
        O::Scan { params, order_by, partition_by, declare, steps } => {
            let partition: Vec<Ast> = partition_by.iter().cloned().chain([name(key, span)]).collect();
            scan::apply(cx, rel, params, order_by, &partition, declare, steps)
        }
        O::Count { name: column_name } => {
            let name = column_name.clone().unwrap_or(Ident { name: "Count".to_owned(), span });
            let count = NamedExpr {
                names: vec![name],
                expr: Ast {
                    span,
                    kind: ExprKind::Call { name: Ident { name: "count".to_owned(), span }, args: Vec::new() },
                },
            };
            whole(cx, rel, key, all, &[count], span)
        }
        O::Summarize { aggregates, by, .. } if by.is_empty() => whole(cx, rel, key, all, aggregates, span),
        O::Summarize { aggregates, by, .. } => {
            let by: Vec<NamedExpr> = by.iter().cloned().chain([by_key]).collect();
            summarize::apply(cx, rel, aggregates, &by, span)
        }
        _ => Err(Error::new(ErrorKind::Unsupported, span, "this operator cannot be applied to groups")),
    }
}

fn name(name: &str, span: Span) -> Ast {
    Ast { span, kind: ExprKind::Name(name.to_owned()) }
}

/// Which columns stay, the key apart.
fn keep_key(rel: Rel, key: &str, choose: impl FnOnce(Rel) -> Result<Rel, Error>) -> Result<Rel, Error> {
    let mut visible = rel.clone();
    visible.columns.retain(|c| c.name != key);
    let mut kept = choose(visible)?.columns;
    kept.extend(rel.column(key).cloned());
    Ok(rel.keep(kept))
}

/// The first rows of each group.
fn head(mut rel: Rel, key: &str, n: IdxSize, span: Span) -> Result<Rel, Error> {
    let position = int_range(lit(0), len(), 1, DataType::Int64)
        .over([column(key)])
        .map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(span))?;
    rel.frame = rel.frame.filter(position.lt(lit(i64::from(n))));
    Ok(rel)
}

/// `summarize` without `by`: a row for each group, also for those without rows by now.
fn whole(
    cx: &Context<'_>,
    rel: Rel,
    key: &str,
    all: Option<&LazyFrame>,
    aggregates: &[NamedExpr],
    span: Span,
) -> Result<Rel, Error> {
    let nothing = cx.materialize(summarize::apply(cx, Rel::empty(&rel.columns), aggregates, &[], span)?)?;
    let (nothing, described) = nothing.collect().map_err(|e| Error::from(e).at(span))?;
    let by = NamedExpr { names: Vec::new(), expr: name(key, span) };
    let groups = summarize::apply(cx, rel, aggregates, &[by], span)?.canonical();
    let Some(all) = all else { return Ok(groups) };
    let key_column = groups.columns.iter().find(|c| c.name == key).cloned();
    let seen = crate::rel::hidden("seen", 0);
    let right = groups.frame.with_columns([lit(true).alias(seen.as_str())]);
    let mut args = JoinArgs::new(JoinType::Left);
    args.nulls_equal = true;
    args.maintain_order = MaintainOrderJoin::Left;
    let joined = all.clone().join(right, [column(key)], [column(key)], args);
    let mut exprs = Vec::new();
    let mut columns = Vec::new();
    for (c, value) in described.iter().zip(nothing.columns()) {
        let value = value_at(value, c.ty, 0).map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(span))?;
        let expr = when(column(&seen).is_not_null()).then(column(&c.name)).otherwise(literal(&value));
        exprs.push(expr.alias(c.name.as_str()));
        columns.push(RelColumn::new(&c.name, c.ty));
    }
    exprs.push(column(key));
    columns.extend(key_column);
    Ok(Rel::new(joined.select(exprs), columns))
}

/// Runs the body for each group.
fn one_by_one(cx: &Context<'_>, rel: Rel, key: &str, name: Option<&str>, body: &Pipeline) -> Result<Rel, Error> {
    let span = body.span;
    let failed = |e: PolarsError| Error::from(crate::run::RuntimeError::from(e)).at(span);
    let (frame, columns) = cx.query.collect(rel).map_err(|e| Error::from(e).at(span))?;
    let key_type = columns.iter().find(|c| c.name == key).map_or(KqlType::Long, |c| c.ty);
    let visible: Vec<crate::table::Column> = columns.into_iter().filter(|c| c.name != key).collect();
    let groups = frame.partition_by_stable([key], true).map_err(failed)?;
    if groups.len() > MAX_GROUPS {
        let operator = body.operators.iter().find(|o| !at_once(o)).map_or(span, |o| o.span);
        return Err(Error::new(
            ErrorKind::Limit,
            operator,
            format!(
                "this operator runs for each group by itself, and there are {} groups: more than {MAX_GROUPS}",
                groups.len()
            ),
        )
        .with_help("filter the rows first, or use summarize … by instead"));
    }
    let mut legs: Vec<Rel> = Vec::with_capacity(groups.len().max(1));
    for group in &groups {
        let value = group.column(key).and_then(|c| value_at(c, key_type, 0)).map_err(failed)?;
        let input = Rel::from_frame(group.drop(key).map_err(failed)?, &visible);
        let mut inner = cx.with_input(input);
        if let Some(name) = name {
            let constant = Typed::constant(value.clone(), span);
            inner.scope = inner.scope.with(name, Binding::Scalar(constant));
        }
        let result = inner.materialize(inner.table(body)?)?;
        legs.push(with_key(result, key, key_type, literal(&value)));
    }
    if legs.is_empty() {
        let empty: Vec<RelColumn> = visible.iter().map(|c| RelColumn::new(&c.name, c.ty)).collect();
        let mut inner = cx.with_input(Rel::empty(&empty));
        if let Some(name) = name {
            let constant = Typed::constant(kql::Value::Null(key_type), span);
            inner.scope = inner.scope.with(name, Binding::Scalar(constant));
        }
        let columns = inner.table(body)?.columns;
        legs.push(with_key(Rel::empty(&columns), key, key_type, literal(&kql::Value::Null(key_type))));
    }
    Ok(union::combine(legs, false, None))
}

fn with_key(mut rel: Rel, key: &str, ty: KqlType, value: Expr) -> Rel {
    rel.frame = rel.frame.with_columns([value.alias(key)]);
    rel.columns.push(RelColumn::new(key, ty));
    rel
}
