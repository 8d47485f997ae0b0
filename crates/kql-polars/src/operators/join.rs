//! `join` and `lookup`.
//!
//! Keys that are null match nothing. Rows come in the order of the left side, then of the right.
//!
//! Source: <https://learn.microsoft.com/kusto/query/join-operator>, <https://learn.microsoft.com/kusto/query/lookup-operator>

use kql::ast::{BinaryOp, Expr as Ast, ExprKind, OpParam, Pipeline};
use kql::{Error, ErrorKind, KqlType, Span};
use polars::prelude::*;

use super::{filter, no_column, parameter, walk};
use crate::bind::convert::widest;
use crate::bind::naming::Names;
use crate::query::Context;
use crate::rel::{Rel, RelColumn, column, hidden};
use crate::typed::{Typed, polars_type};

/// The kinds of `join`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    InnerUnique,
    Inner,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftSemi,
    RightSemi,
    LeftAnti,
    RightAnti,
}

const KINDS: &[(&str, Kind)] = &[
    ("innerunique", Kind::InnerUnique),
    ("inner", Kind::Inner),
    ("leftouter", Kind::LeftOuter),
    ("rightouter", Kind::RightOuter),
    ("fullouter", Kind::FullOuter),
    ("leftsemi", Kind::LeftSemi),
    ("rightsemi", Kind::RightSemi),
    ("leftanti", Kind::LeftAnti),
    ("anti", Kind::LeftAnti),
    ("leftantisemi", Kind::LeftAnti),
    ("rightanti", Kind::RightAnti),
    ("rightantisemi", Kind::RightAnti),
];

/// `join [kind = …] (right) on …`.
///
/// `after`: the conditions of the `where` that follow it. What they say of columns of the left side holds before `innerunique`
/// takes the first row of each key, so that the row which it takes is one that they keep.
///
/// # Errors
/// An unknown kind, keys that are not there or not of one type, mistakes on the right side.
pub fn apply(
    cx: &Context<'_>,
    left: Rel,
    params: &[OpParam],
    right: &Pipeline,
    on: &[Ast],
    after: &[&Ast],
    span: Span,
) -> Result<Rel, Error> {
    let kind = match parameter(params, "kind") {
        None => Kind::InnerUnique,
        Some((name, at)) => KINDS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| unknown_kind(&name, at, KINDS.iter().map(|(n, _)| *n)))?,
    };
    let right = cx.table(right)?;
    let keys = keys(cx, &left, &right, on, span)?;
    let left = if matches!(kind, Kind::InnerUnique) && !after.is_empty() {
        let mut early = Vec::new();
        for condition in after {
            conjuncts(condition, &mut early);
        }
        early.retain(|condition| says_only_of(condition, &left));
        filter::apply(cx, left, early)?
    } else {
        left
    };
    join(left, right, &keys, kind, false)
}

/// `lookup [kind = …] (right) on …`: the columns of the right side without its keys.
///
/// # Errors
/// As [`apply`].
pub fn lookup(
    cx: &Context<'_>,
    left: Rel,
    params: &[OpParam],
    right: &Pipeline,
    on: &[Ast],
    span: Span,
) -> Result<Rel, Error> {
    let kind = match parameter(params, "kind") {
        None => Kind::LeftOuter,
        Some((name, _)) if name == "leftouter" => Kind::LeftOuter,
        Some((name, _)) if name == "inner" => Kind::Inner,
        Some((name, at)) => return Err(unknown_kind(&name, at, ["leftouter", "inner"])),
    };
    let right = cx.table(right)?;
    let keys = keys(cx, &left, &right, on, span)?;
    join(left, right, &keys, kind, true)
}

/// The parts of a condition that all have to hold.
fn conjuncts<'e>(condition: &'e Ast, into: &mut Vec<&'e Ast>) {
    match &condition.kind {
        ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
            conjuncts(left, into);
            conjuncts(right, into);
        }
        _ => into.push(condition),
    }
}

/// Whether a condition uses columns of `left` and nothing else, and gives the same for a row wherever that stands.
fn says_only_of(condition: &Ast, left: &Rel) -> bool {
    let names = walk::names(condition);
    let own = !names.is_empty() && names.iter().all(|name| left.column(name).is_some());
    own && !walk::any(condition, &|part| match &part.kind {
        ExprKind::Star | ExprKind::Wildcard(_) | ExprKind::Tabular(_) => true,
        ExprKind::Call { name, .. } | ExprKind::MethodCall { name, .. } => {
            matches!(name.name.as_str(), "prev" | "next" | "rand" | "new_guid" | "column_ifexists" | "columnifexists")
                || name.name.starts_with("row_")
                || name.name.starts_with("bag_pack")
                || name.name.starts_with("pack_")
        }
        _ => false,
    })
}

fn unknown_kind<'a>(name: &str, at: Span, known: impl IntoIterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    Error::new(ErrorKind::UnknownName, at, format!("there is no kind `{name}`"))
        .with_help(format!("the kinds are {}", known.join(", ")))
}

/// A pair of keys, brought to one type.
struct Key {
    left: Expr,
    right: Expr,
    right_name: String,
}

fn keys(cx: &Context<'_>, left: &Rel, right: &Rel, on: &[Ast], span: Span) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    let mut rest: Vec<&Ast> = on.iter().rev().collect();
    while let Some(condition) = rest.pop() {
        match &condition.kind {
            ExprKind::Name(name) => {
                keys.push(key(cx, left, right, name, name, condition.span)?);
            }
            ExprKind::Binary { op: BinaryOp::And, left: a, right: b, .. } => {
                rest.push(b);
                rest.push(a);
            }
            ExprKind::Binary { op: BinaryOp::Equal, left: a, right: b, .. } => {
                let (a, b) = match (side(a), side(b)) {
                    (Some((Side::Left, a)), Some((Side::Right, b)))
                    | (Some((Side::Right, b)), Some((Side::Left, a))) => (a, b),
                    _ => return Err(wrong_condition(condition.span)),
                };
                keys.push(key(cx, left, right, a, b, condition.span)?);
            }
            _ => return Err(wrong_condition(condition.span)),
        }
    }
    if keys.is_empty() {
        return Err(Error::new(ErrorKind::Syntax, span, "the join has no keys: `on` names them"));
    }
    Ok(keys)
}

fn wrong_condition(span: Span) -> Error {
    Error::new(ErrorKind::Unsupported, span, "a join condition is a column of both sides, or $left.a == $right.b")
}

#[derive(PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn side(expr: &Ast) -> Option<(Side, &str)> {
    let (target, name) = match &expr.kind {
        ExprKind::Path { target, name } => (target, name.name.as_str()),
        ExprKind::Index { target, index } => match &index.kind {
            ExprKind::Literal(kql::Value::String(name)) => (target, name.as_str()),
            _ => return None,
        },
        _ => return None,
    };
    match &target.kind {
        ExprKind::Name(side) if side == "$left" => Some((Side::Left, name)),
        ExprKind::Name(side) if side == "$right" => Some((Side::Right, name)),
        _ => None,
    }
}

fn key(cx: &Context<'_>, left: &Rel, right: &Rel, a: &str, b: &str, span: Span) -> Result<Key, Error> {
    let l = left.column(a).ok_or_else(|| no_column(left, a, span))?;
    let r = right.column(b).ok_or_else(|| no_column(right, b, span))?;
    if l.ty == KqlType::Dynamic || r.ty == KqlType::Dynamic {
        return Err(Error::new(ErrorKind::Type, span, "a dynamic value cannot be a key of a join")
            .with_help("make it text before the join: extend k = tostring(…)"));
    }
    let ty = if l.ty == r.ty {
        l.ty
    } else if l.ty.is_numeric() && r.ty.is_numeric() {
        widest(l.ty, r.ty)
    } else {
        return Err(Error::new(
            ErrorKind::Type,
            span,
            format!("the type of the key is {} on the left and {} on the right", l.ty, r.ty),
        ));
    };
    let convert = |c: &RelColumn| -> Result<Expr, Error> {
        let typed = Typed::new(c.expr(), c.ty, span);
        Ok(cx.binder().cast(typed, ty)?.expr)
    };
    Ok(Key { left: convert(l)?, right: convert(r)?, right_name: b.to_owned() })
}

fn join(left: Rel, right: Rel, keys: &[Key], kind: Kind, without_right_keys: bool) -> Result<Rel, Error> {
    let (lefts, rights) = (left.columns.clone(), right.columns.clone());
    let left_keys: Vec<String> = (0..keys.len()).map(|i| hidden("left", i)).collect();
    let right_keys: Vec<String> = (0..keys.len()).map(|i| hidden("right", i)).collect();
    let mut l = left.frame.with_columns(
        keys.iter().zip(&left_keys).map(|(k, name)| k.left.clone().alias(name.as_str())).collect::<Vec<_>>(),
    );
    // The right side gets its final names.
    let mut names = Names::taken(lefts.iter().map(|c| c.name.as_str()));
    let both = !matches!(kind, Kind::LeftSemi | Kind::RightSemi | Kind::LeftAnti | Kind::RightAnti);
    let mut right_columns: Vec<RelColumn> = Vec::with_capacity(rights.len());
    let mut exprs: Vec<Expr> = Vec::with_capacity(rights.len() + keys.len());
    for c in &rights {
        if without_right_keys && keys.iter().any(|k| k.right_name == c.name) {
            continue;
        }
        let name = if both { names.unique(&c.name) } else { c.name.clone() };
        exprs.push(c.raw().alias(name.as_str()));
        right_columns.push(RelColumn { name, ..c.clone() });
    }
    exprs.extend(keys.iter().zip(&right_keys).map(|(k, name)| k.right.clone().alias(name.as_str())));
    let r = right.frame.select(exprs);
    if kind == Kind::InnerUnique {
        let subset = left_keys.iter().map(|k| column(k)).collect();
        l = l.unique_stable_generic(Some(subset), UniqueKeepStrategy::First);
    }
    let (how, order) = match kind {
        Kind::InnerUnique | Kind::Inner => (JoinType::Inner, MaintainOrderJoin::LeftRight),
        Kind::LeftOuter => (JoinType::Left, MaintainOrderJoin::LeftRight),
        Kind::RightOuter => (JoinType::Right, MaintainOrderJoin::RightLeft),
        Kind::FullOuter => (JoinType::Full, MaintainOrderJoin::LeftRight),
        Kind::LeftSemi | Kind::RightSemi => (JoinType::Semi, MaintainOrderJoin::Left),
        Kind::LeftAnti | Kind::RightAnti => (JoinType::Anti, MaintainOrderJoin::Left),
    };
    let mut args = JoinArgs::new(how);
    args.coalesce = JoinCoalesce::KeepColumns;
    args.maintain_order = order;
    let on = |names: &[String]| names.iter().map(|n| column(n)).collect::<Vec<Expr>>();
    let swapped = matches!(kind, Kind::RightSemi | Kind::RightAnti);
    let frame = if swapped {
        r.join(l, on(&right_keys), on(&left_keys), args)
    } else {
        l.join(r, on(&left_keys), on(&right_keys), args)
    };
    let nullable = |columns: Vec<RelColumn>, yes: bool| -> Vec<RelColumn> {
        if yes { columns.into_iter().map(RelColumn::nullable).collect() } else { columns }
    };
    let columns = match kind {
        Kind::LeftSemi | Kind::LeftAnti => lefts,
        Kind::RightSemi | Kind::RightAnti => right_columns,
        _ => {
            let mut all = nullable(lefts, matches!(kind, Kind::RightOuter | Kind::FullOuter));
            all.extend(nullable(right_columns, matches!(kind, Kind::LeftOuter | Kind::FullOuter)));
            all
        }
    };
    debug_assert!(columns.iter().all(|c| c.stored.is_some() || polars_type(c.ty) != DataType::Null));
    Ok(Rel::new(frame, Vec::new()).keep(columns))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::rows;

    const T: &str = "let a = datatable(k: long, v: string) [1, 'a1', 1, 'a2', 2, 'a3']; let b = datatable(k: long, v: string) [1, 'b1', 1, 'b2'];";

    /// As in the example of the documentation: <https://learn.microsoft.com/kusto/query/join-innerunique>
    #[test]
    fn innerunique_takes_the_first_row_that_the_following_filters_keep() {
        insta::assert_snapshot!(rows(&format!("{T} a | join b on k | where v == 'a2'")), @r#"
k | v | k1 | v1
1 | a2 | 1 | b1
1 | a2 | 1 | b2
"#);
        insta::assert_snapshot!(rows(&format!("{T} a | join kind=innerunique b on k | where v1 == 'b2' and v != 'a1' | where k == 1")), @r#"
k | v | k1 | v1
1 | a2 | 1 | b2
"#);
        insta::assert_snapshot!(rows(&format!("{T} a | join b on k | where v1 == 'b2'")), @r#"
k | v | k1 | v1
1 | a1 | 1 | b2
"#);
    }
}
