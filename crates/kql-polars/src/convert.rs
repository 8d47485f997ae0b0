//! Conversions between the KQL types: `tostring()`, `tolong()`, …, promotions, and casts of dynamic values.

use kql::time::{format_datetime, format_timespan};
use kql::time_text::{parse_datetime, parse_timespan};
use kql::{KqlType, Value};
use polars::prelude::*;

use crate::json;
use crate::rows::map_rows;
use crate::typed::{Typed, parse_dynamic, polars_type};

/// `typed` as a value of type `to`, as the `to…()` functions convert. What cannot be converted is null (`""` for a string).
///
/// * To string: the text that [`format_real`], [`format_datetime`] and [`format_timespan`] give; `true`, `false`; a dynamic string without its
///   quotes, other dynamics as JSON.
/// * To dynamic: a number, a bool, or else a string. (`parse_json()` reads text as JSON; this does not.)
/// * Datetimes and timespans to and from numbers: ticks of 100 ns.
pub fn convert(typed: &Typed, to: KqlType) -> Typed {
    let from = typed.ty;
    if from == to {
        return typed.clone();
    }
    if typed.constant.as_ref().is_some_and(Value::is_null) {
        let value = if to == KqlType::String { Value::String(String::new()) } else { Value::Null(to) };
        return Typed::constant(value, typed.span);
    }
    if let Some(value) = typed.constant.as_ref().and_then(|value| promoted(value, to)) {
        return Typed::constant(value, typed.span);
    }
    let args = std::slice::from_ref(typed);
    let expr = typed.expr.clone();
    let expr = match (from, to) {
        (_, KqlType::String) => to_text(typed),
        (_, KqlType::Dynamic) => to_dynamic(typed),
        (KqlType::String, _) | (KqlType::Decimal, KqlType::Real) => from_text(args, to),
        (KqlType::Decimal, KqlType::Bool) => expr.neq(lit("0")),
        (KqlType::Decimal, _) => {
            map_rows(args, KqlType::Long, |row| row.text(0)?.split('.').next()?.parse::<i64>().ok())
                .cast(polars_type(to))
        }
        (KqlType::Dynamic, _) => from_dynamic(args, to),
        (KqlType::Guid, _) | (_, KqlType::Guid) => lit(NULL).cast(polars_type(to)),
        (KqlType::Real, KqlType::Decimal) => {
            map_rows(args, to, |row| row.real(0).filter(|v| v.is_finite()).and_then(|v| parse_decimal(&v.to_string())))
        }
        (KqlType::Bool, KqlType::Decimal) => expr.cast(DataType::Int64).cast(DataType::String),
        (_, KqlType::Decimal) => expr.cast(DataType::String),
        (KqlType::Bool, KqlType::DateTime | KqlType::TimeSpan) => lit(NULL).cast(DataType::Int64),
        (KqlType::DateTime, KqlType::TimeSpan) | (KqlType::TimeSpan, KqlType::DateTime) => expr,
        (KqlType::Real, KqlType::Bool) => expr.neq(lit(0.0)),
        (_, KqlType::Bool) => expr.neq(lit(0)),
        // A number that the target cannot hold is null.
        _ => expr.cast(polars_type(to)),
    };
    Typed { expr, ty: to, constant: None, type_of: None, span: typed.span }
}

/// A constant number as a wider one, so that it stays a constant.
fn promoted(value: &Value, to: KqlType) -> Option<Value> {
    #[allow(clippy::cast_precision_loss, reason = "a real is what is asked for")]
    Some(match (value, to) {
        (Value::Int(n), KqlType::Long) => Value::Long(i64::from(*n)),
        (Value::Int(n), KqlType::Real) => Value::Real(f64::from(*n)),
        (Value::Long(n), KqlType::Real) => Value::Real(*n as f64),
        _ => return None,
    })
}

/// Text of any type.
fn to_text(arg: &Typed) -> Expr {
    let (args, to) = (std::slice::from_ref(arg), KqlType::String);
    let expr = arg.expr.clone();
    match arg.ty {
        KqlType::String => expr,
        KqlType::Bool => when(expr.clone()).then(lit("true")).when(expr.not()).then(lit("false")).otherwise(lit("")),
        KqlType::Int | KqlType::Long => expr.cast(DataType::String).fill_null(lit("")),
        KqlType::Decimal | KqlType::Guid => expr.fill_null(lit("")),
        KqlType::Real => map_rows(args, to, |row| row.real(0).map(format_real)),
        KqlType::DateTime => map_rows(args, to, |row| row.long(0).map(format_datetime)),
        KqlType::TimeSpan => map_rows(args, to, |row| row.long(0).map(format_timespan)),
        KqlType::Dynamic => map_rows(args, to, |row| row.text(0).map(dynamic_text)),
    }
}

/// The JSON text of any type.
fn to_dynamic(arg: &Typed) -> Expr {
    let (args, to) = (std::slice::from_ref(arg), KqlType::Dynamic);
    let expr = arg.expr.clone();
    match arg.ty {
        KqlType::Dynamic => expr,
        KqlType::Bool => when(expr.clone())
            .then(lit("true"))
            .when(expr.not())
            .then(lit("false"))
            .otherwise(lit(NULL).cast(DataType::String)),
        KqlType::Int | KqlType::Long => expr.cast(DataType::String),
        KqlType::Real => map_rows(args, to, |row| row.real(0).map(json::format_real)),
        KqlType::DateTime => map_rows(args, to, |row| row.long(0).map(|t| json::quoted(&format_datetime(t)))),
        KqlType::TimeSpan => map_rows(args, to, |row| row.long(0).map(|t| json::quoted(&format_timespan(t)))),
        KqlType::String | KqlType::Decimal | KqlType::Guid => map_rows(args, to, |row| row.text(0).map(json::quoted)),
    }
}

/// From text (or decimal digits) to a type other than string and dynamic.
fn from_text(args: &[Typed], to: KqlType) -> Expr {
    match to {
        KqlType::Bool => map_rows(args, to, |row| parse_bool(row.text(0)?)),
        KqlType::Int => map_rows(args, to, |row| i32::try_from(parse_long(row.text(0)?)?).ok()),
        KqlType::Long => map_rows(args, to, |row| parse_long(row.text(0)?)),
        KqlType::Real => map_rows(args, to, |row| parse_real(row.text(0)?)),
        KqlType::Decimal => map_rows(args, to, |row| parse_decimal(row.text(0)?)),
        KqlType::DateTime => map_rows(args, to, |row| parse_datetime(row.text(0)?)),
        KqlType::TimeSpan => map_rows(args, to, |row| parse_timespan(row.text(0)?)),
        KqlType::Guid => map_rows(args, to, |row| parse_guid(row.text(0)?)),
        KqlType::String | KqlType::Dynamic => lit(NULL).cast(DataType::String),
    }
}

/// From JSON text to a type other than string and dynamic: numbers and bools as such, strings by what they say, arrays and bags never.
fn from_dynamic(args: &[Typed], to: KqlType) -> Expr {
    match to {
        KqlType::Bool => map_rows(args, to, |row| match scalar(row.text(0)?)? {
            Scalar::Text(text) => parse_bool(&text),
            Scalar::Bool(v) => Some(v),
            Scalar::Number(n) => Some(parse_real(n)? != 0.0),
        }),
        KqlType::Int => map_rows(args, to, |row| i32::try_from(dynamic_long(row.text(0)?)?).ok()),
        KqlType::Long => map_rows(args, to, |row| dynamic_long(row.text(0)?)),
        KqlType::Real => map_rows(args, to, |row| match scalar(row.text(0)?)? {
            Scalar::Text(text) => parse_real(&text),
            Scalar::Bool(v) => Some(f64::from(u8::from(v))),
            Scalar::Number(n) => parse_real(n),
        }),
        KqlType::Decimal => map_rows(args, to, |row| match scalar(row.text(0)?)? {
            Scalar::Text(text) => parse_decimal(&text),
            Scalar::Bool(v) => Some(u8::from(v).to_string()),
            Scalar::Number(n) => parse_decimal(n),
        }),
        KqlType::DateTime => map_rows(args, to, |row| match scalar(row.text(0)?)? {
            Scalar::Text(text) => parse_datetime(&text),
            Scalar::Number(n) => parse_long(n),
            Scalar::Bool(_) => None,
        }),
        KqlType::TimeSpan => map_rows(args, to, |row| match scalar(row.text(0)?)? {
            Scalar::Text(text) => parse_timespan(&text),
            Scalar::Number(n) => parse_long(n),
            Scalar::Bool(_) => None,
        }),
        KqlType::Guid => map_rows(args, to, |row| match scalar(row.text(0)?)? {
            Scalar::Text(text) => parse_guid(&text),
            _ => None,
        }),
        KqlType::String | KqlType::Dynamic => lit(NULL).cast(DataType::String),
    }
}

/// A dynamic that is neither an array, nor a bag, nor null.
enum Scalar<'a> {
    Number(&'a str),
    Text(std::borrow::Cow<'a, str>),
    Bool(bool),
}

fn scalar(json: &str) -> Option<Scalar<'_>> {
    match json.trim_start().as_bytes().first()? {
        b'-' | b'0'..=b'9' if serde_json::from_str::<serde_json::Number>(json).is_ok() => {
            Some(Scalar::Number(json.trim()))
        }
        _ => match parse_dynamic(json) {
            serde_json::Value::Bool(v) => Some(Scalar::Bool(v)),
            serde_json::Value::String(text) => Some(Scalar::Text(text.into())),
            _ => None,
        },
    }
}

fn dynamic_long(json: &str) -> Option<i64> {
    match scalar(json)? {
        Scalar::Text(text) => parse_long(&text),
        Scalar::Bool(v) => Some(i64::from(v)),
        Scalar::Number(n) => n.parse().ok().or_else(|| truncate(parse_real(n)?)),
    }
}

/// The whole part of a number, if 64 bits hold it.
pub fn truncate(value: f64) -> Option<i64> {
    // -2^63 and 2^63 are exact as floating-point numbers.
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value).then_some(value.trunc() as i64)
}

/// `true`, `false` (any case), or a whole number, of which 0 is false.
pub fn parse_bool(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        Some(parse_long(text)? != 0)
    }
}

/// Decimal digits with a sign, or hexadecimal ones after `0x`.
pub fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        if hex.starts_with(['+', '-']) {
            return None;
        }
        // All 64 bits, as 0xffffffffffffffff is -1.
        #[allow(clippy::cast_possible_wrap, reason = "the bits are what is written")]
        let value = u64::from_str_radix(hex, 16).ok()? as i64;
        return Some(if negative { value.wrapping_neg() } else { value });
    }
    text.parse().ok()
}

/// A number with an optional fraction and exponent, `NaN`, or an infinity.
pub fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.parse() {
        Ok(value) => Some(value),
        #[allow(clippy::cast_precision_loss, reason = "a real is what is asked for")]
        Err(_) => parse_long(text).map(|n| n as f64),
    }
}

/// A decimal number as digits: without exponent, needless zeros or a plus sign. At most 34 significant digits, or `None`.
pub fn parse_decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| e.abs() <= 6200)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // The value is `digits` with the point after `point` of them.
    let mut point = i32::try_from(whole.len()).ok()? + exponent;
    let significant = digits.trim_start_matches('0');
    point -= i32::try_from(digits.len() - significant.len()).ok()?;
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    if significant.len() > 34 || point.abs() > 6200 {
        return None;
    }
    let mut out = String::from(if negative { "-" } else { "" });
    match usize::try_from(point) {
        Err(_) | Ok(0) => {
            out.push_str("0.");
            out.push_str(&"0".repeat(usize::try_from(-point).ok()?));
            out.push_str(significant);
        }
        Ok(point) if point >= significant.len() => {
            out.push_str(significant);
            out.push_str(&"0".repeat(point - significant.len()));
        }
        Ok(point) => {
            out.push_str(&significant[..point]);
            out.push('.');
            out.push_str(&significant[point..]);
        }
    }
    Some(out)
}

/// A GUID with or without hyphens and braces, as canonical text.
pub fn parse_guid(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let hex: String = if text.len() == 36 {
        text.char_indices().all(|(i, c)| (c == '-') == matches!(i, 8 | 13 | 18 | 23)).then(|| text.replace('-', ""))?
    } else {
        text.to_owned()
    };
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let hex = hex.to_ascii_lowercase();
    Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// The shortest text that reads back as the same number, always with a decimal point or an exponent: `1.0`, `0.1`, `1e+20`, `NaN`, `Infinity`.
pub fn format_real(value: f64) -> String {
    let mut text = json::format_real(value);
    if !value.is_finite() {
        text.retain(|c| c != '"');
    }
    text
}

/// A dynamic as text: a string without its quotes, anything else as JSON, null as nothing.
pub fn dynamic_text(json: &str) -> String {
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) => text,
            Err(_) => json.to_owned(),
        },
        Some(b'n') if json == "null" => String::new(),
        _ => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use kql::Span;

    use super::*;
    use crate::typed::value_at;

    fn one(value: Value, to: KqlType) -> Value {
        let typed = convert(&Typed::constant(value, Span::default()), to);
        assert_eq!(typed.ty, to);
        let frame = df!("dummy" => [0]).unwrap().lazy().select([typed.expr.alias("x")]).collect().unwrap();
        assert_eq!(frame.columns()[0].dtype(), &polars_type(to));
        value_at(&frame.columns()[0], to, 0).unwrap()
    }

    fn text(value: Value) -> String {
        match one(value, KqlType::String) {
            Value::String(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn to_string() {
        assert_eq!(text(Value::Real(1.0)), "1.0");
        assert_eq!(text(Value::Real(1e20)), "1e+20");
        assert_eq!(text(Value::Real(-1.5e-7)), "-1.5e-07");
        assert_eq!(text(Value::Bool(true)), "true");
        assert_eq!(text(Value::Null(KqlType::Bool)), "");
        assert_eq!(text(Value::Null(KqlType::Long)), "");
        assert_eq!(text(Value::TimeSpan(36_000_000_000)), "01:00:00");
        assert_eq!(text(Value::DateTime(0)), "0001-01-01T00:00:00.0000000Z");
        assert_eq!(text(Value::Dynamic("a\"b".into())), "a\"b");
        assert_eq!(text(Value::Dynamic(serde_json::json!({"a": [1, "x"]}))), r#"{"a":[1,"x"]}"#);
    }

    #[test]
    fn from_string() {
        let s = |t: &str| Value::String(t.to_owned());
        assert_eq!(one(s(" 12 "), KqlType::Long), Value::Long(12));
        assert_eq!(one(s("0x1F"), KqlType::Int), Value::Int(31));
        assert_eq!(one(s("99999999999"), KqlType::Int), Value::Null(KqlType::Int));
        assert_eq!(one(s("abc"), KqlType::Long), Value::Null(KqlType::Long));
        assert_eq!(one(s(""), KqlType::Real), Value::Null(KqlType::Real));
        assert_eq!(one(s("1e3"), KqlType::Real), Value::Real(1000.0));
        assert_eq!(one(s("TRUE"), KqlType::Bool), Value::Bool(true));
        assert_eq!(one(s("00:01"), KqlType::TimeSpan), Value::TimeSpan(600_000_000));
        assert_eq!(
            one(s("{74BE27DE-1E4E-49D9-B579-FE0B331D3642}"), KqlType::Guid),
            Value::Guid("74be27de-1e4e-49d9-b579-fe0b331d3642".into())
        );
        assert_eq!(one(s("12.50"), KqlType::Decimal), Value::Decimal("12.5".into()));
    }

    #[test]
    fn between_numbers() {
        assert_eq!(one(Value::Real(2.9), KqlType::Long), Value::Long(2));
        assert_eq!(one(Value::Real(-2.9), KqlType::Int), Value::Int(-2));
        assert_eq!(one(Value::Real(f64::NAN), KqlType::Long), Value::Null(KqlType::Long));
        assert_eq!(one(Value::Long(1 << 40), KqlType::Int), Value::Null(KqlType::Int));
        assert_eq!(one(Value::Bool(true), KqlType::Int), Value::Int(1));
        assert_eq!(one(Value::Long(5), KqlType::Bool), Value::Bool(true));
        assert_eq!(one(Value::Real(0.1), KqlType::Decimal), Value::Decimal("0.1".into()));
        assert_eq!(one(Value::Decimal("1.9".into()), KqlType::Real), Value::Real(1.9));
        assert_eq!(one(Value::DateTime(5), KqlType::Long), Value::Long(5));
        assert_eq!(one(Value::Null(KqlType::Int), KqlType::Long), Value::Null(KqlType::Long));
    }

    #[test]
    fn from_dynamic_values() {
        let d = |v: serde_json::Value| Value::Dynamic(v);
        assert_eq!(one(d(3.into()), KqlType::Long), Value::Long(3));
        assert_eq!(one(d(3.7.into()), KqlType::Long), Value::Long(3));
        assert_eq!(one(d("42".into()), KqlType::Int), Value::Int(42));
        assert_eq!(one(d(true.into()), KqlType::Real), Value::Real(1.0));
        assert_eq!(one(d(serde_json::json!([1])), KqlType::Long), Value::Null(KqlType::Long));
        assert_eq!(
            one(d("2020-01-01".into()), KqlType::DateTime),
            one(Value::String("2020-01-01".into()), KqlType::DateTime)
        );
        assert_eq!(one(d(serde_json::Value::Null), KqlType::Bool), Value::Null(KqlType::Bool));
    }

    #[test]
    fn to_dynamic_values() {
        assert_eq!(one(Value::String("a\"".into()), KqlType::Dynamic), Value::Dynamic("a\"".into()));
        assert_eq!(one(Value::Bool(false), KqlType::Dynamic), Value::Dynamic(false.into()));
        assert_eq!(one(Value::Real(f64::NAN), KqlType::Dynamic), Value::Dynamic("NaN".into()));
        assert_eq!(one(Value::Null(KqlType::Real), KqlType::Dynamic), Value::Null(KqlType::Dynamic));
    }

    #[test]
    fn decimals_are_canonical() {
        for (text, want) in [
            ("1", Some("1")),
            ("-0.0", Some("0")),
            ("+01.50", Some("1.5")),
            ("1e3", Some("1000")),
            ("1.25e-3", Some("0.00125")),
            (".5", Some("0.5")),
            ("12345678901234567890.1234", Some("12345678901234567890.1234")),
            ("", None),
            ("x", None),
            ("1e", None),
            ("1e99999", None),
        ] {
            assert_eq!(parse_decimal(text).as_deref(), want, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reals_come_back(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            proptest::prop_assert_eq!(parse_real(&format_real(value)), Some(value));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (parse_decimal(&text), parse_guid(&text), parse_long(&text), parse_real(&text), parse_bool(&text), dynamic_text(&text));
            let _ = (dynamic_long(&text), scalar(&text).is_some());
        }
    }
}
