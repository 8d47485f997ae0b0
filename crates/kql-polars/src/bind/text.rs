//! The string operators: `has`, `contains`, `startswith`, `=~`, `matches regex`, … and their forms with `!` and `_cs`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/datatypes-string-operators>

use std::cell::RefCell;

use kql::ast::{BinaryOp as Op, Expr as Ast};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;
use regex::Regex;

use super::{Binder, fold};
use crate::kernels::str2_to_bool;
use crate::pattern::{Lazy, compile};
use crate::rel::RelColumn;
use crate::repeats::once_per_text;
use crate::terms::{Needle, Place};
use crate::typed::Typed;

/// Place, whether case is ignored, and whether the answer is turned round; `None` for operators that are not of this family.
pub(super) fn meaning(op: Op) -> Option<(Place, bool, bool)> {
    use Place::{Contains, Ends, Equals, Has, HasPrefix, HasSuffix, Starts};
    Some(match op {
        Op::EqualTilde => (Equals, true, false),
        Op::NotEqualTilde => (Equals, true, true),
        Op::Has | Op::SearchHas => (Has, true, false),
        Op::NotHas => (Has, true, true),
        Op::HasCs => (Has, false, false),
        Op::NotHasCs => (Has, false, true),
        Op::HasPrefix => (HasPrefix, true, false),
        Op::NotHasPrefix => (HasPrefix, true, true),
        Op::HasPrefixCs => (HasPrefix, false, false),
        Op::NotHasPrefixCs => (HasPrefix, false, true),
        Op::HasSuffix => (HasSuffix, true, false),
        Op::NotHasSuffix => (HasSuffix, true, true),
        Op::HasSuffixCs => (HasSuffix, false, false),
        Op::NotHasSuffixCs => (HasSuffix, false, true),
        Op::Contains => (Contains, true, false),
        Op::NotContains => (Contains, true, true),
        Op::ContainsCs => (Contains, false, false),
        Op::NotContainsCs => (Contains, false, true),
        Op::StartsWith => (Starts, true, false),
        Op::NotStartsWith => (Starts, true, true),
        Op::StartsWithCs => (Starts, false, false),
        Op::NotStartsWithCs => (Starts, false, true),
        Op::EndsWith => (Ends, true, false),
        Op::NotEndsWith => (Ends, true, true),
        Op::EndsWithCs => (Ends, false, false),
        Op::NotEndsWithCs => (Ends, false, true),
        _ => return None,
    })
}

impl Binder<'_> {
    pub(super) fn text_operator(
        &self,
        op: Op,
        op_span: Span,
        left: &Ast,
        right: &Ast,
        span: Span,
    ) -> Result<Typed, Error> {
        let bound = self.bind(left)?;
        let l = self.searched(bound, self.as_column(left), op_span)?;
        let r = self.bind(right)?;
        self.search(op, op_span, l, r, span)
    }

    /// `* has "x"`: the text of any column.
    pub(super) fn text_star(
        &self,
        op: Op,
        op_span: Span,
        column: &RelColumn,
        right: &Ast,
        span: Span,
    ) -> Result<Option<Typed>, Error> {
        let r = self.bind(right)?;
        if let Some(Value::String(needle)) = &r.constant
            && !can_have(column, op, needle)
        {
            return Ok(None);
        }
        let value = Typed::new(column.expr(), column.ty, span);
        let l = match column.ty {
            KqlType::String => self.searched(value, Some(column), op_span)?,
            _ => self.cast(value, KqlType::String)?,
        };
        self.search(op, op_span, l, r, span).map(Some)
    }

    /// The left side of a string operator as text. Text that is still as stored is searched as it is: a null counts as `""`.
    pub(super) fn searched(&self, value: Typed, column: Option<&RelColumn>, op_span: Span) -> Result<Typed, Error> {
        match value.ty {
            KqlType::String => Ok(match column {
                Some(c) if c.stored == Some(DataType::String) => Typed { expr: c.raw(), ..value },
                _ => value,
            }),
            KqlType::Dynamic | KqlType::Guid => self.cast(value, KqlType::String),
            other => Err(Error::new(
                ErrorKind::Type,
                op_span,
                format!("a string operator needs text on its left, and this is a {other}"),
            )
            .with_help("tostring(…) gives the text of a value")),
        }
    }

    fn search(&self, op: Op, op_span: Span, l: Typed, r: Typed, span: Span) -> Result<Typed, Error> {
        let r = match r.ty {
            KqlType::String => r,
            KqlType::Dynamic | KqlType::Guid => self.cast(r, KqlType::String)?,
            other => {
                return Err(Error::new(
                    ErrorKind::Type,
                    r.span,
                    format!("a string operator needs text on its right, and this is a {other}"),
                ));
            }
        };
        let parts = [l.clone(), r.clone()];
        let expr = if op == Op::MatchesRegex {
            matches_regex(l, r)?
        } else {
            let Some((place, ignore_case, negated)) = meaning(op) else {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    op_span,
                    "the operator `like` and its forms are not supported",
                )
                .with_help("use contains, startswith, endswith or matches regex"));
            };
            match &r.constant {
                Some(Value::String(needle)) => {
                    if place == Place::Equals && !ignore_case {
                        l.expr.eq_missing(r.expr)
                    } else {
                        let needle = Needle::new(needle, place, ignore_case);
                        text_test(l.expr, move |text| needle.is_in(text) != negated)
                    }
                }
                _ => str2_to_bool(l.expr, r.expr, move |text, needle| {
                    Some(Needle::new(needle, place, ignore_case).is_in(text) != negated)
                }),
            }
        };
        Ok(fold::folded(Typed::new(expr, KqlType::Bool, span), &parts))
    }
}

/// Whether any value of a column can have the needle, as far as can be said without reading it: a number has no letters, and a column
/// that is empty in every row has nothing. Spares reading hundreds of columns, and turning datetimes into text.
fn can_have(column: &RelColumn, op: Op, needle: &str) -> bool {
    let positive = meaning(op).is_some_and(|(_, _, negated)| !negated);
    if needle.is_empty() || !positive {
        return true;
    }
    let letters = match column.ty {
        _ if column.empty => return false,
        KqlType::String | KqlType::Dynamic => return true,
        KqlType::Bool => "truefalse",
        KqlType::Int | KqlType::Long => "0123456789-",
        KqlType::Real | KqlType::Decimal => "0123456789-+.einfaty",
        KqlType::DateTime => "0123456789-:.tz",
        KqlType::TimeSpan => "0123456789-:.",
        KqlType::Guid => "0123456789abcdef-",
    };
    needle.chars().all(|c| letters.contains(c.to_ascii_lowercase()))
}

/// `test(text)` row by row, a null as `""`.
pub fn text_test(input: Expr, test: impl Fn(&str) -> bool + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            once_per_text(c, |c| {
                let out = c.str()?.iter().map(|value| test(value.unwrap_or_default()));
                Ok(BooleanChunked::from_iter_values(c.name().clone(), out).into_column())
            })
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)),
    )
}

fn matches_regex(l: Typed, r: Typed) -> Result<Expr, Error> {
    if let Some(Value::String(pattern)) = &r.constant {
        let regex = Lazy::new(pattern)
            .map_err(|why| Error::new(ErrorKind::Type, r.span, format!("this is not a regular expression: {why}")))?;
        return Ok(text_test(l.expr, move |text| regex.get().is_some_and(|regex| regex.is_match(text))));
    }
    Ok(str2_to_bool(l.expr, r.expr, |text, pattern| {
        thread_local! {
            static LAST: RefCell<Option<(String, Option<Regex>)>> = const { RefCell::new(None) };
        }
        LAST.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|(p, _)| p != pattern) {
                *last = Some((pattern.to_owned(), compile(pattern).ok()));
            }
            last.as_ref().and_then(|(_, regex)| regex.as_ref()).map(|regex| regex.is_match(text))
        })
    }))
}
