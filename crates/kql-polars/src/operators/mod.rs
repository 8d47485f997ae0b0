//! The tabular operators, a file each.
//!
//! An operator takes a [`Rel`] and gives a [`Rel`]; nothing is computed before [`Rel::collect`]. What it needs:
//!
//! * [`Context::over`] binds scalar expressions over the columns of a relation; [`Context::binder`] those that see no columns.
//! * [`Binder::constant`](crate::bind::Binder::constant) and [`Binder::count`](crate::bind::Binder::count) for arguments that have to be
//!   constants.
//! * A column is used as [`RelColumn::expr`] (converted). Where it is only passed on, [`RelColumn::raw`] together with the unchanged
//!   [`RelColumn`] keeps its conversion pending. [`Rel::canonical`] converts all.
//! * [`projection`] names unnamed columns. [`hidden`](crate::rel::hidden) names columns of the operator's own.
//! * A sub-pipeline: `cx.with_input(rel).table(&body)`, whose [`kql::ast::Source::Input`] is then `rel`.
//! * Rows that have to be looked at one by one: [`per_frame`], a function from a computed frame to another one inside the plan.

use std::sync::Arc;

use kql::ast::{NamedExpr, OpParam, Operator, OperatorKind};
use kql::{Error, ErrorKind, Span};
use polars::prelude::*;

use crate::query::Context;
use crate::rel::{Rel, RelColumn};
use crate::results::misplaced;
use crate::suggest::did_you_mean;

pub mod arg_max;
pub mod captures;
pub mod columns;
pub mod datatable;
pub mod distinct;
pub mod extend;
pub mod filter;
pub mod first_row;
pub mod getschema;
pub mod group_key;
pub mod grouped;
pub mod hitters;
pub mod invoke;
pub mod join;
pub mod latest;
pub mod make_series;
pub mod mv_apply;
pub mod mv_expand;
pub mod parse;
pub mod parse_kv;
pub mod partition;
pub mod plugins;
pub mod print;
pub mod project;
pub mod projection;
pub mod range;
pub mod reduce;
pub mod render;
pub mod rows;
pub mod scan;
pub mod search;
pub mod sort;
pub mod summarize;
pub mod top_nested;
pub mod union;
pub mod walk;

/// Applies an operator to a relation.
///
/// # Errors
/// Any mistake in its arguments, with the position; operators that the engine does not have.
pub fn apply(cx: &Context<'_>, rel: Rel, operator: &Operator) -> Result<Rel, Error> {
    let span = operator.span;
    let render = rel.render.clone();
    let rereadable = rel.rereadable && keeps_rereadable(cx, &operator.kind);
    let mut result = match &operator.kind {
        OperatorKind::As { .. } => Ok(rel),
        OperatorKind::Consume => Ok(Rel::empty(&rel.columns)),
        OperatorKind::Count { name } => rows::count(rel, name.as_ref()),
        OperatorKind::Distinct { columns, star } => distinct::apply(cx, rel, columns, *star),
        OperatorKind::Evaluate { params: _, plugin, args, schema } => {
            plugins::apply(cx, rel, plugin, args, schema.as_ref(), span)
        }
        OperatorKind::Extend(columns) => extend::apply(cx, rel, columns),
        OperatorKind::GetSchema => getschema::apply(&rel),
        OperatorKind::Invoke(call) => invoke::apply(cx, rel, call),
        OperatorKind::Join { params, right, on } => join::apply(cx, rel, params, right, on, &[], span),
        OperatorKind::Lookup { params, right, on } => join::lookup(cx, rel, params, right, on, span),
        OperatorKind::MakeSeries { params, aggregates, on, from, to, step, in_range, by } => {
            let clauses = make_series::Clauses {
                params,
                aggregates,
                on,
                from: from.as_ref(),
                to: to.as_ref(),
                step,
                in_range: *in_range,
                by,
            };
            make_series::apply(cx, rel, &clauses, span)
        }
        OperatorKind::MvApply { index, columns, limit, body } => {
            mv_apply::apply(cx, rel, index.as_ref(), columns, limit.as_ref(), body)
        }
        OperatorKind::MvExpand { params, index, columns, limit } => {
            mv_expand::apply(cx, rel, params, index.as_ref(), columns, limit.as_ref())
        }
        OperatorKind::Parse { kind, flags, expr, pattern, filter } => {
            parse::apply(cx, rel, (*kind, flags.as_deref(), *filter), expr, pattern, span)
        }
        OperatorKind::ParseKv { expr, columns, params } => parse_kv::apply(cx, rel, expr, columns, params),
        OperatorKind::Partition { params, by, body } => partition::apply(cx, rel, params, by, body),
        OperatorKind::Project(columns) => project::apply(cx, rel, columns),
        OperatorKind::ProjectAway(patterns) => columns::away(rel, patterns),
        OperatorKind::ProjectByNames(names) => columns::by_names(cx, rel, names),
        OperatorKind::ProjectKeep(patterns) => columns::keep(rel, patterns),
        OperatorKind::ProjectRename(names) => columns::rename(rel, names),
        OperatorKind::ProjectReorder(patterns) => columns::reorder(rel, patterns),
        OperatorKind::Reduce { params, by } => reduce::apply(cx, rel, params, by),
        OperatorKind::Render { visualization, properties } => render::apply(cx, rel, visualization, properties),
        OperatorKind::Sample { count } => rows::sample(cx, rel, count),
        OperatorKind::SampleDistinct { count, of } => hitters::sample_distinct(cx, rel, count, of),
        OperatorKind::Scan { params, order_by, partition_by, declare, steps } => {
            scan::apply(cx, rel, params, order_by, partition_by, declare, steps)
        }
        OperatorKind::Search { params, tables, predicate } => {
            search::search(cx, Some(rel), params, tables, predicate, span)
        }
        OperatorKind::Serialize(columns) => {
            let mut rel = rel;
            rel.serialized = true;
            extend::apply(cx, rel, columns)
        }
        OperatorKind::Sort(keys) => sort::apply(cx, rel, keys),
        OperatorKind::Summarize { params: _, aggregates, by } => summarize::apply(cx, rel, aggregates, by, span),
        OperatorKind::Take { count } => rows::take(cx, rel, count),
        OperatorKind::Top { count, by } => sort::top(cx, rel, count, by),
        OperatorKind::TopNested(levels) => top_nested::apply(cx, rel, levels, span),
        OperatorKind::TopHitters { count, of, by } => hitters::top_hitters(cx, rel, count, of, by.as_ref()),
        OperatorKind::Union { params, tables } => union::apply(cx, Some(rel), params, tables, span),
        OperatorKind::Where(condition) => filter::apply(cx, rel, [condition]),
        OperatorKind::Print(_) | OperatorKind::Range { .. } => Err(Error::new(
            ErrorKind::Syntax,
            span,
            "this operator makes rows of its own: it stands at the start of a query, not after `|`",
        )),
        kind => Err(unsupported(kind, span)),
    }?;
    if result.render.is_none() {
        result.render = render;
    }
    result.rereadable = rereadable;
    Ok(result)
}

/// Whether the rows after an operator can be read as often as those before it: [`Rel::rereadable`].
pub fn keeps_rereadable(cx: &Context<'_>, kind: &OperatorKind) -> bool {
    let all = |list: &[NamedExpr]| list.iter().all(|n| latest::is_repeatable(cx, &n.expr));
    match kind {
        OperatorKind::Where(condition) => latest::is_repeatable(cx, condition),
        OperatorKind::Extend(list) | OperatorKind::Project(list) => all(list),
        OperatorKind::As { .. }
        | OperatorKind::ProjectAway(_)
        | OperatorKind::ProjectKeep(_)
        | OperatorKind::ProjectRename(_)
        | OperatorKind::ProjectReorder(_) => true,
        _ => false,
    }
}

/// An operator at the start of a pipeline.
///
/// # Errors
/// As [`apply`], and for operators that need an input.
pub fn source(cx: &Context<'_>, operator: &Operator) -> Result<Rel, Error> {
    let span = operator.span;
    match &operator.kind {
        OperatorKind::Print(columns) => print::source(cx, columns),
        OperatorKind::Range { name, from, to, step } => range::source(cx, name, from, to, step),
        OperatorKind::Union { params, tables } => union::apply(cx, None, params, tables, span),
        OperatorKind::Search { params, tables, predicate } => {
            let input = cx.input.as_ref().filter(|_| tables.is_empty());
            search::search(cx, input.map(|rel| (**rel).clone()), params, tables, predicate, span)
        }
        OperatorKind::Find { params, tables, predicate, project, project_smart: _, pack } => {
            let find = search::Find { params, tables, predicate, project: project.as_deref(), pack: *pack };
            search::find(cx, None, &find, span)
        }
        OperatorKind::Evaluate { plugin, .. } if cx.input.is_none() => Err(plugins::without_input(plugin, span)),
        _ => match &cx.input {
            // A sub-pipeline may leave out its implicit input.
            Some(input) => apply(cx, (**input).clone(), operator),
            None => Err(Error::new(ErrorKind::Syntax, span, "this operator needs a table before it")),
        },
    }
}

/// The error for an operator that the engine does not have, with what to do instead.
fn unsupported(kind: &OperatorKind, span: Span) -> Error {
    let (name, help) = match kind {
        OperatorKind::Unsupported { name } => (name.as_str(), None),
        OperatorKind::Fork(_) => return misplaced("fork", span),
        OperatorKind::Facet { .. } => return misplaced("facet", span),
        OperatorKind::Find { .. } => {
            ("find after `|`", Some("name the tables: find in (T1, T2) where …, or use where"))
        }
        _ => ("this one", None),
    };
    let error = Error::new(ErrorKind::Unsupported, span, format!("the operator {name} is not supported"));
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// A parameter of an operator (`kind = …`) as lower-case text; `None` when it is not given.
pub fn parameter(params: &[OpParam], name: &str) -> Option<(String, Span)> {
    params.iter().find(|p| p.name.name == name).map(|p| {
        let text = match &p.value.kind {
            kql::ast::ExprKind::Name(text) => text.clone(),
            kql::ast::ExprKind::Literal(kql::Value::String(text)) => text.clone(),
            kql::ast::ExprKind::Literal(kql::Value::Bool(value)) => value.to_string(),
            kql::ast::ExprKind::Literal(kql::Value::Long(value)) => value.to_string(),
            _ => String::new(),
        };
        (text, p.value.span)
    })
}

/// The error for a column that is not there.
pub fn no_column(rel: &Rel, name: &str, span: Span) -> Error {
    let mut error = Error::new(ErrorKind::UnknownName, span, format!("there is no column `{name}` here"));
    error.help = did_you_mean(name, rel.names());
    error
}

/// A function from the rows of a relation, all converted, to other rows with the given columns, run when the plan is.
pub fn per_frame(
    rel: Rel,
    columns: Vec<RelColumn>,
    name: &'static str,
    f: impl Fn(DataFrame) -> PolarsResult<DataFrame> + Send + Sync + 'static,
) -> Rel {
    let schema: SchemaRef = Arc::new(
        columns
            .iter()
            .map(|c| {
                let dtype = c.stored.clone().unwrap_or_else(|| crate::typed::polars_type(c.ty));
                Field::new(c.name.as_str().into(), dtype)
            })
            .collect(),
    );
    let rel = rel.canonical();
    // Nothing may be moved below it: a later `where` would change the rows it sees, a later `project` its columns.
    let frame = rel.frame.map(
        f,
        AllowedOptimizations::empty(),
        Some(Arc::new(move |_: &Schema| Ok(schema.clone()))),
        Some(name),
    );
    Rel::new(frame, columns)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::error;

    #[test]
    fn what_the_engine_does_not_have() {
        for (operator, wanted) in [
            ("find in (T) where x == 1", "the operator find after `|` is not supported"),
            ("graph-match (a)-->(b) project a", "the operator graph-match is not supported"),
            ("make-graph a --> b", "the operator make-graph is not supported"),
        ] {
            let message = error(&format!("print x = 1 | {operator}"));
            assert!(message.starts_with(wanted), "{message}");
        }
    }
}
