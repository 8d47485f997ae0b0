//! `arg_max`, `arg_min`, `take_any`: aggregations that give columns of one row of each group.
//!
//! Source: <https://learn.microsoft.com/kusto/query/arg-max-aggregation-function>,
//! <https://learn.microsoft.com/kusto/query/take-any-aggregation-function>

use kql::ast::{Arg, Expr as Ast, ExprKind};
use kql::{Error, ErrorKind, KqlType, Span};
use polars::prelude::*;

use crate::bind::Binder;
use crate::bind::naming::name_of;
use crate::rel::{RelColumn, column};
use crate::typed::Typed;

/// Which row of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    Max,
    Min,
    Any,
}

/// Where the row of a group is.
enum Place {
    /// At a position.
    At(Expr),
    /// The first of those for which this is true.
    FirstOf(Expr),
}

/// A result: its default name, the column after grouping, and how that is held.
#[derive(Debug)]
pub struct Picked {
    /// The name where the query gives none.
    pub name: String,
    /// The column after grouping.
    pub value: Typed,
    /// The column that it was, where its conversion is still pending.
    pub pending: Option<RelColumn>,
}

/// The columns that a call of this family gives; `None` for any other expression. `keys` are the names of the plain columns after `by`,
/// which `*` leaves out.
///
/// # Errors
/// Mistakes in the arguments.
pub fn bind(binder: &Binder<'_>, expr: &Ast, keys: &[&str]) -> Result<Option<Vec<Picked>>, Error> {
    let ExprKind::Call { name, args } = &expr.kind else {
        return Ok(None);
    };
    let pick = match name.name.as_str() {
        "arg_max" | "argmax" => Pick::Max,
        "arg_min" | "argmin" => Pick::Min,
        "take_any" | "any" | "anyif" | "take_anyif" => Pick::Any,
        _ => return Ok(None),
    };
    let (Some(state), Some(rel)) = (binder.aggregates, binder.rel) else {
        return Ok(None);
    };
    let rows = Binder { aggregates: None, ..*binder };
    let conditional = name.name.ends_with("if");
    let (args, condition) = match args.split_last() {
        Some((condition, rest)) if conditional && rest.len() == 1 => (rest, Some(rows.condition(&condition.value)?)),
        _ if conditional => return Err(wrong_count(&name.name, "2", expr.span)),
        _ => (args.as_slice(), None),
    };
    if args.is_empty() {
        return Err(wrong_count(&name.name, "1 or more", expr.span));
    }
    let outputs = outputs(&rows, rel.columns.as_slice(), &name.name, pick, args, keys)?;
    let mut state = state.borrow_mut();
    let first = state.first && pick != Pick::Any;
    let at = match pick {
        Pick::Any => None,
        _ if first => None,
        _ => {
            let by = rows.bind(&args[0].value)?;
            let by = match by.ty {
                KqlType::Dynamic => {
                    return Err(Error::new(
                        ErrorKind::Type,
                        by.span,
                        format!("{}() needs values that have an order, and this is dynamic", name.name),
                    )
                    .with_help("convert it: tolong(…), todatetime(…), tostring(…)"));
                }
                KqlType::Decimal => by.expr.cast(DataType::Float64),
                KqlType::Bool => by.expr.cast(DataType::Int32),
                _ => by.expr,
            };
            let by = state.input(by);
            Some(match (state.whole, pick) {
                // Of all rows, read in parts, Polars' arg_max takes any of the best ones.
                (true, Pick::Max) => Place::FirstOf(by.clone().eq_missing(by.max())),
                (true, _) => Place::FirstOf(by.clone().eq_missing(by.min())),
                // A group with nothing but nulls gives its first row.
                (false, Pick::Max) => Place::At(by.arg_max().fill_null(lit(0u32))),
                (false, _) => Place::At(by.arg_min().fill_null(lit(0u32))),
            })
        }
    };
    let condition = condition.map(|c| state.input(c.expr));
    let single = outputs.len() == 1;
    let picked = outputs
        .into_iter()
        .map(|(name, value, pending)| {
            let input = state.input(match &pending {
                Some(column) => column.raw(),
                None => value.expr.clone(),
            });
            let chosen = match (&at, &condition) {
                (Some(Place::At(at)), _) => input.get(at.clone(), true),
                (Some(Place::FirstOf(best)), _) => input.filter(best.clone()).first(),
                (None, _) if first => input.first(),
                (None, condition) if single => {
                    let values = match condition {
                        Some(condition) => input.filter(condition.clone()),
                        None => input,
                    };
                    // A column that still has its stored form may be of another type.
                    let stored = pending.as_ref().is_some_and(|column| column.stored.is_some());
                    if stored { values.drop_nulls().first() } else { preferred(values, value.ty) }
                }
                (None, Some(condition)) => input.filter(condition.clone()).first(),
                (None, None) => input.first(),
            };
            let output = state.output(chosen);
            Picked { name, value: Typed::new(output, value.ty, value.span), pending }
        })
        .collect();
    Ok(Some(picked))
}

/// `take_any(x)` or `take_anyif(x, predicate)` inside another expression; `None` for any other call.
///
/// # Errors
/// Mistakes in the arguments, or several of them.
pub fn any_value(binder: &Binder<'_>, name: &str, args: &[Arg], span: Span) -> Result<Option<Typed>, Error> {
    let conditional = match name {
        "take_any" | "any" => false,
        "take_anyif" | "anyif" => true,
        _ => return Ok(None),
    };
    let Some(state) = binder.aggregates else {
        return Ok(None);
    };
    let rows = Binder { aggregates: None, ..*binder };
    let (value, condition) = match args {
        [value] if !conditional => (value, None),
        [value, condition] if conditional => (value, Some(rows.condition(&condition.value)?)),
        _ => return Err(wrong_count(name, if conditional { "2" } else { "1" }, span)),
    };
    let value = rows.bind(&value.value)?;
    let mut state = state.borrow_mut();
    let mut input = state.input(value.expr.clone());
    if let Some(condition) = condition {
        let condition = state.input(condition.expr);
        input = input.filter(condition);
    }
    let output = state.output(preferred(input, value.ty));
    Ok(Some(Typed::new(output, value.ty, span)))
}

/// A value that is not null, or a text that is not empty, if there is one.
fn preferred(values: Expr, ty: KqlType) -> Expr {
    if ty == KqlType::String {
        let filled = values.clone().filter(values.clone().neq(lit(""))).first();
        return filled.fill_null(values.first());
    }
    values.drop_nulls().first()
}

type Output = (String, Typed, Option<RelColumn>);

/// What is returned, with default names as Kusto makes them.
fn outputs(
    rows: &Binder<'_>,
    columns: &[RelColumn],
    function: &str,
    pick: Pick,
    args: &[Arg],
    keys: &[&str],
) -> Result<Vec<Output>, Error> {
    let prefix = match (pick, function) {
        (Pick::Max, _) => "max_",
        (Pick::Min, _) => "min_",
        (Pick::Any, "any") if args.len() == 1 => "any_",
        (Pick::Any, "anyif") => "anyif_",
        _ => "",
    };
    let star = args.iter().any(|a| matches!(a.value.kind, ExprKind::Star));
    let first = args.first().and_then(|a| name_of(&a.value)).unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    let mut outputs: Vec<Output> = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        if matches!(arg.value.kind, ExprKind::Star) {
            for c in columns {
                if !seen.contains(&c.name.as_str()) && !keys.contains(&c.name.as_str()) {
                    seen.push(&c.name);
                    let old = matches!(function, "argmax" | "argmin");
                    let name = if old { format!("{prefix}{first}_{}", c.name) } else { c.name.clone() };
                    outputs.push((name, Typed::new(column(&c.name), c.ty, arg.value.span), Some(c.clone())));
                }
            }
            continue;
        }
        let value = rows.bind(&arg.value)?;
        let plain = rows.as_column(&arg.value);
        if let Some(c) = plain {
            // With `*` no column is given twice.
            let again =
                star && (seen.contains(&c.name.as_str()) || (pick == Pick::Any && keys.contains(&c.name.as_str())));
            if again {
                continue;
            }
            seen.push(&c.name);
        }
        // The old functions name all columns after the first.
        let legacy = matches!(function, "argmax" | "argmin").then(|| match (i, name_of(&arg.value)) {
            (0, _) => Some(format!("{prefix}{first}")),
            (_, name) => name.map(|name| format!("{prefix}{first}_{name}")),
        });
        let given = arg.name.as_ref().map(|n| n.name.clone());
        let own = || match (plain, function) {
            (Some(c), "any" | "anyif") => Some(format!("{prefix}{}", c.name)),
            _ => name_of(&arg.value),
        };
        let name = given.or_else(|| legacy.flatten()).or_else(own).unwrap_or_else(|| match (pick, i) {
            (Pick::Any, _) if args.len() == 1 => prefix.to_owned(),
            (Pick::Any, i) => format!("any_arg{i}"),
            (_, 0) => prefix.to_owned(),
            (_, i) => format!("{prefix}{first}_arg{i}"),
        });
        outputs.push((name, value, plain.cloned()));
    }
    Ok(outputs)
}

fn wrong_count(name: &str, wanted: &str, span: Span) -> Error {
    Error::new(ErrorKind::Type, span, format!("{name}() needs {wanted} arguments"))
}
