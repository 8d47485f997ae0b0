//! Literals that name their type: `datetime(2020-01-01)`, `long(null)`, `guid(…)`, `dynamic(…)`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/>

use super::{Lexer, Tok};
use crate::time::{parse_datetime, parse_timespan};
use crate::types::{parse_decimal, parse_guid};
use crate::{Error, ErrorKind, KqlType, Span, Value};

impl Lexer<'_> {
    /// The literal, if the identifier from `start` to here is a type name and a parenthesis follows.
    pub(super) fn typed_literal(&mut self, start: usize) -> Result<Option<Tok>, Error> {
        let ty = match &self.text[start..self.at] {
            "bool" | "boolean" => KqlType::Bool,
            "int" | "int32" => KqlType::Int,
            "long" | "int64" => KqlType::Long,
            "real" | "double" => KqlType::Real,
            "decimal" => KqlType::Decimal,
            "datetime" | "date" => KqlType::DateTime,
            "timespan" | "time" => KqlType::TimeSpan,
            "guid" | "uuid" | "uniqueid" => KqlType::Guid,
            "dynamic" => KqlType::Dynamic,
            _ => return Ok(None),
        };
        let rest = self.rest();
        let blank = rest.len() - rest.trim_start().len();
        if !rest[blank..].starts_with('(') {
            return Ok(None);
        }
        let name_end = self.at;
        self.at += blank + 1;
        if ty == KqlType::Dynamic {
            let value = self.dynamic_body(Span::new(start, name_end))?;
            return Ok(Some(Tok::Literal(value.map_or(Value::Null(ty), Value::Dynamic))));
        }
        let Some(length) = self.rest().find(')') else {
            let span = Span::new(start, self.at);
            return self.error(span, "this literal has no closing parenthesis");
        };
        let inside = Span::new(self.at, self.at + length);
        self.at = inside.end + 1;
        let text = unquoted(self.text[inside.start..inside.end].trim());
        match value_of(ty, text) {
            Some(value) => Ok(Some(Tok::Literal(value))),
            None => Err(bad_literal(&self.text[start..name_end], ty, text, inside)),
        }
    }
}

/// `datetime("2020-01-01")` is accepted too.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

fn value_of(ty: KqlType, text: &str) -> Option<Value> {
    if text == "null" {
        return Some(Value::Null(ty));
    }
    match ty {
        KqlType::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        KqlType::Int => integer(text).and_then(|n| i32::try_from(n).ok()).map(Value::Int),
        KqlType::Long => integer(text).map(Value::Long),
        KqlType::Real => real(text).map(Value::Real),
        KqlType::Decimal => parse_decimal(text).map(Value::Decimal),
        KqlType::DateTime => datetime(text).map(Value::DateTime),
        KqlType::TimeSpan => parse_timespan(text).map(Value::TimeSpan),
        KqlType::Guid => parse_guid(text).map(Value::Guid),
        KqlType::String | KqlType::Dynamic => None,
    }
}

fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let bits = u64::from_str_radix(hex, 16).ok()?.cast_signed();
        return if negative { bits.checked_neg() } else { Some(bits) };
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i128 = digits.parse().ok()?;
    i64::try_from(if negative { -number } else { number }).ok()
}

fn real(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        other if other.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-')) => {
            other.parse().ok()
        }
        _ => None,
    }
}

/// Besides the forms of [`parse_datetime`], a literal may be a year alone, or have spaces around its hyphens (`2017 - 08 - 01`).
fn datetime(text: &str) -> Option<i64> {
    if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return crate::time::ticks_of_date(text.parse().ok()?, 1, 1);
    }
    parse_datetime(text).or_else(|| text.contains(" - ").then(|| parse_datetime(&text.replace(" - ", "-")))?)
}

fn bad_literal(name: &str, ty: KqlType, text: &str, span: Span) -> Error {
    let shown: String = text.chars().take(60).collect();
    let error = Error::new(ErrorKind::Syntax, span, format!("`{shown}` is no {ty} literal"));
    let looks_like_expression = text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text != "now";
    if looks_like_expression {
        let function = match ty {
            KqlType::Real => "toreal",
            KqlType::DateTime => "todatetime",
            KqlType::TimeSpan => "totimespan",
            KqlType::Bool => "tobool",
            KqlType::Int => "toint",
            KqlType::Decimal => "todecimal",
            KqlType::Guid => "toguid",
            _ => "tolong",
        };
        return error.with_help(format!("{name}(…) takes a constant; convert a column or variable with {function}(…)"));
    }
    error.with_help(match ty {
        KqlType::DateTime => "for example datetime(2024-05-25 08:20:03)",
        KqlType::TimeSpan => "for example timespan(1.12:30:00), or 36.5h",
        KqlType::Guid => "for example guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
        KqlType::Bool => "bool(true), bool(false) or bool(null)",
        KqlType::Int => "a whole number from -2147483648 to 2147483647, or null",
        KqlType::Real => "a number, nan, +inf, -inf or null",
        KqlType::Decimal => "a number of at most 34 digits, or null",
        _ => "a whole number, or null",
    })
}
