//! The expressions of a query: what in them looks at other rows.

use std::collections::{HashMap, HashSet};

use kql::ast::{Expr, ExprKind, OperatorKind, Pipeline, Source};

/// Functions that look at other rows, or at tables.
const NOT_BY_ROW: [&str; 16] = [
    "prev",
    "next",
    "row_number",
    "row_cumsum",
    "row_rank_dense",
    "row_rank_min",
    "row_window_session",
    "toscalar",
    "materialize",
    "table",
    "database",
    "cluster",
    "workspace",
    "external_table",
    "stored_query_result",
    "_GetWatchlist",
];

/// Functions that the local engine does not have among its functions, and that only look at their arguments.
const BY_ROW: [&str; 8] = ["not", "iff", "iif", "case", "coalesce", "now", "ago", "isnull"];

/// The scalar expressions of an operator.
pub fn exprs_of(kind: &OperatorKind) -> Vec<&Expr> {
    match kind {
        OperatorKind::Where(expr) | OperatorKind::Parse { expr, .. } | OperatorKind::ParseKv { expr, .. } => vec![expr],
        OperatorKind::Extend(exprs) | OperatorKind::Project(exprs) => exprs.iter().map(|named| &named.expr).collect(),
        OperatorKind::ProjectByNames(exprs) => exprs.iter().collect(),
        OperatorKind::Sort(keys) => keys.iter().map(|key| &key.expr).collect(),
        OperatorKind::MvExpand { columns, limit, .. } => {
            columns.iter().map(|column| &column.expr).chain(limit).collect()
        }
        _ => Vec::new(),
    }
}

/// Refuses an expression whose value depends on other rows.
///
/// # Errors
/// What in it does.
pub fn check_expr(expr: &Expr, lets: &HashMap<&str, &Pipeline>, functions: &HashSet<&str>) -> Result<(), String> {
    let mut open = vec![expr];
    // A `let` is looked into once.
    let mut seen: HashSet<&str> = HashSet::new();
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::TypeOf(..) | ExprKind::Star | ExprKind::Wildcard(_) => {}
            ExprKind::Name(name) => {
                let Some((name, pipeline)) = lets.get_key_value(name.as_str()) else { continue };
                if !seen.insert(name) {
                    continue;
                }
                match &pipeline.source {
                    // A constant, or something made of constants.
                    Source::Expr(inner) if pipeline.operators.is_empty() && !is_table(inner, lets) => open.push(inner),
                    _ => return Err(format!("it uses {name}, which is a table")),
                }
            }
            ExprKind::Path { target, .. } => open.push(target),
            ExprKind::Index { target, index } => open.extend([target.as_ref(), index.as_ref()]),
            ExprKind::Call { name, args } => {
                let name = name.name.as_str();
                if functions.contains(name) || NOT_BY_ROW.contains(&name) {
                    return Err(format!("it calls {name}"));
                }
                if !BY_ROW.contains(&name) && kql_polars::functions::find(name).is_none() {
                    return Err(format!("it calls {name}, which is not known here"));
                }
                open.extend(args.iter().map(|arg| &arg.value));
            }
            ExprKind::MethodCall { name, .. } => return Err(format!("it calls {}", name.name)),
            ExprKind::Unary { operand, .. } => open.push(operand),
            ExprKind::Binary { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
            ExprKind::InList { value, list, .. } => {
                open.push(value);
                for item in list {
                    // A name that stands alone in a list may be a table.
                    if let ExprKind::Name(name) = &item.kind
                        && !lets.contains_key(name.as_str())
                    {
                        return Err(format!("it looks values up in {name}, which may be a table"));
                    }
                    open.push(item);
                }
            }
            ExprKind::Between { value, low, high, .. } => open.extend([value.as_ref(), low.as_ref(), high.as_ref()]),
            ExprKind::Tabular(_) => return Err("it has a query within the query".to_owned()),
        }
    }
    Ok(())
}

/// Whether the right side of a `let` may be a table: a bare name that is none of a constant.
fn is_table(expr: &Expr, lets: &HashMap<&str, &Pipeline>) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if !lets.contains_key(name.as_str()))
        || matches!(&expr.kind, ExprKind::Path { .. } | ExprKind::MethodCall { .. })
}

/// The name of an operator as the language has it.
pub fn called(kind: &OperatorKind) -> String {
    let name = match kind {
        OperatorKind::Summarize { .. } => "summarize",
        OperatorKind::Distinct { .. } => "distinct",
        OperatorKind::Count { .. } => "count",
        OperatorKind::Take { .. } => "take",
        OperatorKind::Top { .. } => "top",
        OperatorKind::TopNested(_) => "top-nested",
        OperatorKind::TopHitters { .. } => "top-hitters",
        OperatorKind::Join { .. } => "join",
        OperatorKind::Lookup { .. } => "lookup",
        OperatorKind::Sample { .. } | OperatorKind::SampleDistinct { .. } => "sample",
        OperatorKind::MakeSeries { .. } => "make-series",
        OperatorKind::MvApply { .. } => "mv-apply",
        OperatorKind::Partition { .. } => "partition",
        OperatorKind::Scan { .. } => "scan",
        OperatorKind::Serialize(_) => "serialize",
        OperatorKind::Evaluate { .. } => "evaluate",
        OperatorKind::Invoke(_) => "invoke",
        OperatorKind::Reduce { .. } => "reduce",
        OperatorKind::Facet { .. } => "facet",
        OperatorKind::Fork(_) => "fork",
        OperatorKind::GetSchema => "getschema",
        OperatorKind::As { .. } => "as",
        OperatorKind::Consume => "consume",
        OperatorKind::Search { .. } => "search",
        OperatorKind::Find { .. } => "find",
        OperatorKind::Print(_) => "print",
        OperatorKind::Range { .. } => "range",
        OperatorKind::Unsupported { name } => return name.clone(),
        _ => "an operator that looks at several rows",
    };
    name.to_owned()
}
