//! Long chains of `or` and `and`, as lists of indicators make them.
//!
//! The parts that compare one column with constants are one test of all of them: `x == 1 or x == 2 or …` is `x in (1, 2, …)`, and
//! `x has "a" or x has "b" or …` looks for all of its needles in one go, as `x !has "a" and x !has "b" and …` does.

use std::collections::HashMap;

use kql::ast::{BinaryOp, Expr as Ast, ExprKind, ListOp};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::Binder;
use super::text::{meaning, text_test};
use crate::needles::Needles;
use crate::operators::filter::{balanced, conjunction};
use crate::typed::Typed;

/// From this many parts on a chain is long.
const LONG: usize = 32;
/// Most parts that stay for Polars, which takes a while to plan thousands of conditions.
const MAX_PARTS: usize = 10_000;

/// The parts of `a or b or c …` (or of `and`) when there are many; they are not walked recursively.
pub(super) fn long_chain<'e>(joined: BinaryOp, left: &'e Ast, right: &'e Ast) -> Option<Vec<&'e Ast>> {
    let mut parts = Vec::new();
    let mut rest = vec![right, left];
    while let Some(expr) = rest.pop() {
        match &expr.kind {
            ExprKind::Binary { op, left, right, .. } if *op == joined => rest.extend([&**right, &**left]),
            _ => parts.push(expr),
        }
    }
    (parts.len() >= LONG).then_some(parts)
}

/// Comparisons of one column with constants by one operator.
struct Group<'e> {
    column: &'e Ast,
    op: BinaryOp,
    op_span: Span,
    constants: Vec<&'e Ast>,
}

impl Binder<'_> {
    /// A long chain, joined by `or` or `and`.
    pub(super) fn chain(&self, joined: BinaryOp, parts: &[&Ast], span: Span) -> Result<Typed, Error> {
        let or = joined == BinaryOp::Or;
        let (groups, single) = self.grouped(or, parts);
        if single.len() > MAX_PARTS {
            let word = if or { "or" } else { "and" };
            let message = format!("more than {MAX_PARTS} different conditions are joined by `{word}`");
            return Err(Error::new(ErrorKind::Limit, span, message)
                .with_help("compare one column with a list of values: in (…), has_any (…)"));
        }
        let mut exprs = Vec::with_capacity(single.len() + groups.len());
        for part in single {
            let bound = self.condition(part)?;
            match bound.constant {
                // It decides, or says nothing.
                Some(Value::Bool(value)) if value == or => return Ok(Typed::constant(Value::Bool(or), span)),
                Some(Value::Bool(_)) => {}
                _ => exprs.push(bound.expr),
            }
        }
        for group in groups {
            exprs.push(self.group(&group)?);
        }
        let all = if or { balanced(exprs, Expr::or) } else { conjunction(exprs) };
        Ok(match all {
            Some(expr) => Typed::new(expr, KqlType::Bool, span),
            None => Typed::constant(Value::Bool(!or), span),
        })
    }

    /// The parts that can be tested together, and the others.
    fn grouped<'e>(&self, or: bool, parts: &[&'e Ast]) -> (Vec<Group<'e>>, Vec<&'e Ast>) {
        let mut groups: Vec<Group<'e>> = Vec::new();
        let mut at: HashMap<(&str, BinaryOp), usize> = HashMap::new();
        let mut single = Vec::new();
        for part in parts {
            if let ExprKind::Binary { op, op_span, left, right } = &part.kind
                && let (ExprKind::Name(name), ExprKind::Literal(value)) = (&left.kind, &right.kind)
                && self.is_groupable(or, *op, left, value)
            {
                let i = *at.entry((name.as_str(), *op)).or_insert_with(|| {
                    groups.push(Group { column: left, op: *op, op_span: *op_span, constants: Vec::new() });
                    groups.len() - 1
                });
                groups[i].constants.push(right);
            } else {
                single.push(*part);
            }
        }
        (groups, single)
    }

    fn is_groupable(&self, or: bool, op: BinaryOp, column: &Ast, value: &Value) -> bool {
        let Some(column) = self.as_column(column) else {
            return false;
        };
        if op == BinaryOp::Equal {
            return or
                && !value.is_null()
                && !matches!(value, Value::Dynamic(_) | Value::Real(_))
                && column.ty != KqlType::Dynamic;
        }
        let negated = meaning(op).map(|(_, _, negated)| negated);
        negated == Some(!or) && column.ty == KqlType::String && matches!(value, Value::String(_))
    }

    fn group(&self, group: &Group<'_>) -> Result<Expr, Error> {
        let span = group.op_span;
        let Some((place, ignore_case, negated)) = meaning(group.op) else {
            let values: Vec<Ast> = group.constants.iter().map(|value| (*value).clone()).collect();
            return Ok(self.in_list(ListOp::In, group.column, &values, span)?.expr);
        };
        let texts = group.constants.iter().filter_map(|value| match &value.kind {
            ExprKind::Literal(Value::String(text)) => Some(text.as_str()),
            _ => None,
        });
        let needles = Needles::new(texts, place, ignore_case);
        let column = self.searched(self.bind(group.column)?, self.as_column(group.column), span)?;
        Ok(text_test(column.expr, move |text| needles.any(text) != negated))
    }
}
