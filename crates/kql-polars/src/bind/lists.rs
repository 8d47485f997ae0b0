//! `in`, `!in`, `in~`, `!in~`, `has_any`, `has_all`.
//!
//! The list is scalars, dynamic arrays, or the first column of a table, which is computed when the query is bound.

use std::collections::HashSet;

use kql::ast::{BinaryOp, Expr as Ast, ListOp};
use kql::{Error, KqlType, Span, Value};
use polars::prelude::*;

use super::convert::widest;
use super::text::text_test;
use super::{Binder, fold};
use crate::kernels::str2_to_bool;
use crate::needles::Needles;
use crate::terms::{Needle, Place};
use crate::typed::{Typed, literal, value_at};

/// Above this many values a hash set of our own replaces Polars' `is_in`, whose values the reader of a file compares with its statistics.
const SMALL_LIST: usize = 200;

/// The right side, in two parts.
#[derive(Default)]
struct List {
    values: Vec<Value>,
    expressions: Vec<Typed>,
}

impl Binder<'_> {
    pub(super) fn in_list(&self, op: ListOp, value: &Ast, list: &[Ast], span: Span) -> Result<Typed, Error> {
        let bound = self.bind(value)?;
        let list = self.list(list)?;
        let negated = matches!(op, ListOp::NotIn | ListOp::NotInTilde);
        match op {
            ListOp::HasAny | ListOp::HasAll => {
                let l = self.searched(bound, self.as_column(value), span)?;
                self.has_terms(op == ListOp::HasAll, l, list, span)
            }
            ListOp::InTilde | ListOp::NotInTilde => {
                let l = self.searched(bound, self.as_column(value), span)?;
                self.in_ignoring_case(l, list, negated, span)
            }
            ListOp::In | ListOp::NotIn => {
                let raw = self
                    .as_column(value)
                    .filter(|c| c.ty == KqlType::String && c.stored == Some(DataType::String))
                    .map(|c| c.raw());
                self.is_in(bound, raw, list, negated, span)
            }
        }
    }

    fn list(&self, items: &[Ast]) -> Result<List, Error> {
        let mut list = List::default();
        for item in items {
            if let Some(rel) = self.table_argument(item)? {
                let Some(first) = rel.columns.first().cloned() else {
                    continue;
                };
                let ty = first.ty;
                let (frame, _) = rel.keep(vec![first]).collect().map_err(|e| Error::from(e).at(item.span))?;
                let Some(column) = frame.columns().first() else {
                    continue;
                };
                let column =
                    column.unique().map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(item.span))?;
                for row in 0..column.len() {
                    let value = value_at(&column, ty, row)
                        .map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(item.span))?;
                    list.push(value);
                }
                continue;
            }
            let bound = self.bind(item)?;
            match bound.constant.clone() {
                Some(value) => list.push(value),
                None => list.expressions.push(bound),
            }
        }
        Ok(list)
    }

    fn is_in(
        &self,
        value: Typed,
        raw: Option<Expr>,
        mut list: List,
        negated: bool,
        span: Span,
    ) -> Result<Typed, Error> {
        if value.constant.is_none() {
            for v in &mut list.values {
                let read = self.constant_like(Typed::constant(v.clone(), span), value.ty)?;
                if let Some(read) = read.constant {
                    *v = read;
                }
            }
        }
        if value.ty == KqlType::Int {
            ints(&mut list.values);
        }
        let parts: Vec<Typed> = std::iter::once(value.clone()).chain(list.expressions.iter().cloned()).collect();
        // All values of one type with which the left side is compared.
        let ty = list.values.iter().map(Value::kql_type).reduce(|a, b| {
            if a == b {
                a
            } else if a.is_numeric() && b.is_numeric() {
                widest(a, b)
            } else {
                KqlType::Dynamic
            }
        });
        let mut found: Option<Expr> = None;
        if let Some(ty) = ty {
            let ty = match (value.ty, ty) {
                (left, KqlType::Dynamic) if left != KqlType::Dynamic => left,
                (left, right) if left.is_numeric() && right.is_numeric() && left != right => widest(left, right),
                (_, ty) => ty,
            };
            // Refuses what `==` would refuse.
            for of in distinct_types(&list.values) {
                if of != KqlType::Dynamic {
                    let probe = Typed::constant(Value::Null(of), span);
                    let left = Typed::new(lit(NULL), value.ty, value.span);
                    self.compare_values(BinaryOp::Equal, span, left, probe, span)?;
                }
            }
            let mut values = Vec::with_capacity(list.values.len());
            for v in &list.values {
                if v.kql_type() == ty {
                    values.push(v.clone());
                } else if let Some(v) =
                    self.cast(Typed::constant(v.clone(), span), ty)?.constant.filter(|v| !v.is_null())
                {
                    values.push(v);
                }
            }
            let left = self.cast(value.clone(), ty)?;
            let left = match raw {
                Some(raw) if ty == KqlType::String => raw,
                _ => left.expr,
            };
            found = Some(membership(left, &values, ty));
        }
        for expression in list.expressions {
            let test = if expression.ty == KqlType::Dynamic {
                self.in_dynamic(value.clone(), expression)?
            } else {
                self.compare_values(BinaryOp::Equal, span, value.clone(), expression, span)?.expr.fill_null(lit(false))
            };
            found = Some(match found {
                Some(before) => before.or(test),
                None => test,
            });
        }
        let found = found.unwrap_or_else(|| lit(false));
        let expr = if negated { found.not() } else { found };
        Ok(fold::folded(Typed::new(expr, KqlType::Bool, span), &parts))
    }

    /// Membership in the array of each row's dynamic value.
    fn in_dynamic(&self, value: Typed, array: Typed) -> Result<Expr, Error> {
        let value = self.cast(value, KqlType::String)?;
        Ok(str2_to_bool(value.expr, array.expr.fill_null(lit("[]")), |value, array| {
            let parsed = crate::typed::parse_dynamic(array);
            let same = |item: &serde_json::Value| match item {
                serde_json::Value::String(text) => text == value,
                other => {
                    let text = other.to_string();
                    text == value
                }
            };
            Some(match &parsed {
                serde_json::Value::Array(items) => items.iter().any(same),
                other => same(other),
            })
        }))
    }

    fn in_ignoring_case(&self, value: Typed, list: List, negated: bool, span: Span) -> Result<Typed, Error> {
        let found = self.any_or_all(&value, list, Place::Equals, false)?;
        let expr = if negated { found.not() } else { found };
        Ok(fold::folded(Typed::new(expr, KqlType::Bool, span), [&value]))
    }

    fn has_terms(&self, all: bool, value: Typed, list: List, span: Span) -> Result<Typed, Error> {
        let expr = self.any_or_all(&value, list, Place::Has, all)?;
        Ok(fold::folded(Typed::new(expr, KqlType::Bool, span), [&value]))
    }

    /// Whether any or all values of a list are found in a text, whatever their case. A value that is not text counts as its text.
    fn any_or_all(&self, value: &Typed, list: List, place: Place, all: bool) -> Result<Expr, Error> {
        let mut tests = Vec::new();
        if !list.values.is_empty() || list.expressions.is_empty() {
            let mut texts = Vec::with_capacity(list.values.len());
            for v in list.values {
                let v = self.cast(Typed::constant(v, value.span), KqlType::String)?;
                if let Some(Value::String(text)) = v.constant {
                    texts.push(text);
                }
            }
            let needles = Needles::new(texts.iter().map(String::as_str), place, true);
            tests.push(text_test(
                value.expr.clone(),
                move |text| if all { needles.all(text) } else { needles.any(text) },
            ));
        }
        for expression in list.expressions {
            let text = value.expr.clone().fill_null(lit(""));
            tests.push(if expression.ty == KqlType::Dynamic {
                str2_to_bool(text, expression.expr.fill_null(lit("[]")), move |text, array| {
                    let mut items = elements(array).into_iter().map(|item| Needle::new(&item, place, true));
                    Some(if all { items.all(|n| n.is_in(text)) } else { items.any(|n| n.is_in(text)) })
                })
            } else {
                let needle = self.cast(expression, KqlType::String)?;
                str2_to_bool(text, needle.expr.fill_null(lit("")), move |text, needle| {
                    Some(Needle::new(needle, place, true).is_in(text))
                })
            });
        }
        let both = |a: Expr, b: Expr| if all { a.and(b) } else { a.or(b) };
        Ok(tests.into_iter().reduce(both).unwrap_or_else(|| lit(all)))
    }
}

/// The texts of the elements of a dynamic array; of another dynamic value, its own.
fn elements(dynamic: &str) -> Vec<String> {
    let text = |item: serde_json::Value| match item {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    match crate::typed::parse_dynamic(dynamic) {
        serde_json::Value::Array(items) => items.into_iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

/// Whole numbers in a query are long: as int, if they all are, they can be compared with an int column as it is stored.
fn ints(values: &mut [Value]) {
    let int = |v: &Value| match v {
        Value::Long(n) => i32::try_from(*n).ok().map(Value::Int),
        Value::Int(n) => Some(Value::Int(*n)),
        _ => None,
    };
    if let Some(ints) = values.iter().map(int).collect::<Option<Vec<_>>>() {
        values.clone_from_slice(&ints);
    }
}

impl List {
    /// Adds a constant; the elements of an array one by one. Nulls are equal to nothing.
    fn push(&mut self, value: Value) {
        match value {
            Value::Null(_) => {}
            Value::Dynamic(serde_json::Value::Array(items)) => {
                for item in items {
                    if let Some(value) = scalar(item) {
                        self.values.push(value);
                    }
                }
            }
            Value::Dynamic(item) => self.values.extend(scalar(item)),
            value => self.values.push(value),
        }
    }
}

/// An element of a dynamic array as the scalar that it is.
fn scalar(item: serde_json::Value) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match item {
        Json::Null => return None,
        Json::Bool(b) => Value::Bool(b),
        Json::String(text) => Value::String(text),
        Json::Number(n) => match n.as_i64() {
            Some(n) => Value::Long(n),
            None => Value::Real(n.as_f64()?),
        },
        other => Value::Dynamic(other),
    })
}

fn distinct_types(values: &[Value]) -> Vec<KqlType> {
    let mut types: Vec<KqlType> = values.iter().map(Value::kql_type).collect();
    types.sort();
    types.dedup();
    types
}

/// Whether a column is one of some values of its type; a null is not, unless it is text, where it counts as `""`.
fn membership(left: Expr, values: &[Value], ty: KqlType) -> Expr {
    let has_empty = ty == KqlType::String && values.iter().any(|v| matches!(v, Value::String(text) if text.is_empty()));
    if values.len() <= SMALL_LIST {
        let series = series(values, ty);
        let found = match series {
            Ok(series) if values.len() > 1 => {
                left.clone().is_in(lit(series).implode(true), false).fill_null(lit(has_empty))
            }
            _ => match values.first() {
                Some(value) if has_empty => left.clone().fill_null(lit("")).eq(literal(value)),
                Some(value) => left.clone().eq_missing(literal(value)),
                None => lit(false),
            },
        };
        return found;
    }
    match ty {
        KqlType::Long | KqlType::DateTime | KqlType::TimeSpan => {
            let set: HashSet<i64> = values
                .iter()
                .filter_map(|v| match v {
                    Value::Long(n) | Value::DateTime(n) | Value::TimeSpan(n) => Some(*n),
                    _ => None,
                })
                .collect();
            left.map(
                move |c| {
                    let out = BooleanChunked::from_iter_values(
                        c.name().clone(),
                        c.i64()?.iter().map(|v| v.is_some_and(|v| set.contains(&v))),
                    );
                    Ok(out.into_column())
                },
                |_, f| Ok(Field::new(f.name().clone(), DataType::Boolean)),
            )
        }
        KqlType::String | KqlType::Dynamic | KqlType::Guid | KqlType::Decimal => {
            let set: HashSet<String> = values
                .iter()
                .map(|v| match v {
                    Value::String(t) | Value::Guid(t) | Value::Decimal(t) => t.clone(),
                    Value::Dynamic(v) => v.to_string(),
                    _ => String::new(),
                })
                .collect();
            text_test(left, move |text| set.contains(text))
        }
        _ => match series(values, ty) {
            Ok(series) => left.is_in(lit(series).implode(true), false).fill_null(lit(false)),
            Err(_) => lit(false),
        },
    }
}

/// Constants of one type as a Polars series.
pub fn series(values: &[Value], ty: KqlType) -> PolarsResult<Series> {
    let any: Vec<AnyValue<'_>> = values.iter().map(any_value).collect();
    Series::from_any_values_and_dtype("".into(), &any, &crate::typed::polars_type(ty), false)
}

/// A constant as the cell of a Polars column.
pub fn any_value(value: &Value) -> AnyValue<'static> {
    match value {
        Value::Null(KqlType::String) => AnyValue::StringOwned("".into()),
        Value::Null(_) | Value::Dynamic(serde_json::Value::Null) => AnyValue::Null,
        Value::Bool(v) => AnyValue::Boolean(*v),
        Value::Int(v) => AnyValue::Int32(*v),
        Value::Long(v) | Value::DateTime(v) | Value::TimeSpan(v) => AnyValue::Int64(*v),
        Value::Real(v) => AnyValue::Float64(*v),
        Value::String(v) | Value::Decimal(v) | Value::Guid(v) => AnyValue::StringOwned(v.as_str().into()),
        Value::Dynamic(v) => AnyValue::StringOwned(v.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::rows;

    #[test]
    fn lists_of_each_row() {
        let t = "let T = datatable(s: string, one: string, many: dynamic) ['net user /add', 'NET', dynamic(['USER', 'x']), \
            'User', 'user', dynamic('user'), 'a 7', 'b', dynamic([7, null]), '', '', dynamic(null)];";
        let made = |condition: &str| rows(&format!("{t} T | where {condition} | summarize make_list(s)"));
        assert_eq!(made("s in~ (one)"), "list_s\n[\"User\",\"\"]");
        assert_eq!(made("s !in~ (one, 'A 7')"), "list_s\n[\"net user /add\"]");
        assert_eq!(made("s in~ (many)"), "list_s\n[\"User\"]");
        assert_eq!(made("s has_any (many)"), "list_s\n[\"net user /add\",\"User\",\"a 7\"]");
        assert_eq!(made("s has_any (one, 'a')"), "list_s\n[\"net user /add\",\"User\",\"a 7\",\"\"]");
        assert_eq!(made("isnotempty(many) and s has_all (many)"), "list_s\n[\"User\",\"a 7\"]");
        assert_eq!(made("s has_all ('net', one)"), "list_s\n[\"net user /add\"]");
        assert_eq!(made("s has_any (dynamic([7, true]))"), "list_s\n[\"a 7\"]");
    }
}
