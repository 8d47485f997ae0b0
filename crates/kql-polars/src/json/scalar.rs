//! Scalars in JSON text, and numbers as Kusto writes them.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::scan::unescape;

/// What the JSON text of one dynamic value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without fraction or exponent that fits in 64 bits
    Long(i64),
    /// Any other number
    Real(f64),
    /// A string, unescaped
    Text(Cow<'a, str>),
    /// An array or property bag: its JSON text
    Nested(&'a str),
}

/// Reads the text of a dynamic value. Text that is not JSON is a string, as `parse_json()` has it.
///
/// ```
/// # use kql_polars::json::{Scalar, scalar};
/// assert_eq!(scalar("42"), Scalar::Long(42));
/// assert_eq!(scalar(r#""a\"b""#), Scalar::Text("a\"b".into()));
/// ```
pub fn scalar(text: &str) -> Scalar<'_> {
    let text = text.trim_ascii();
    match text.as_bytes().first() {
        Some(b'"') if text.len() >= 2 && text.ends_with('"') => Scalar::Text(unescape(&text[1..text.len() - 1])),
        Some(b'{' | b'[') => Scalar::Nested(text),
        Some(b'-' | b'0'..=b'9') => text
            .parse()
            .map_or_else(|_| text.parse().map_or(Scalar::Text(Cow::Borrowed(text)), Scalar::Real), Scalar::Long),
        _ => match text {
            "true" => Scalar::Bool(true),
            "false" => Scalar::Bool(false),
            "null" => Scalar::Null,
            _ => Scalar::Text(Cow::Borrowed(text)),
        },
    }
}

/// A real as it stands in dynamic text: shortest digits that give the same number, always with a fraction or an exponent, and the names of the
/// numbers that JSON lacks in quotes.
pub fn format_real(value: f64) -> String {
    if value.is_nan() {
        return "\"NaN\"".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }.to_owned();
    }
    // Rust gives the shortest digits as d.ddde±x; .NET, which Kusto's numbers come from, uses that form from 1E+15 on and from 1E-05 down.
    let scientific = format!("{value:E}");
    let Some((digits, exponent)) = scientific.split_once('E') else {
        return scientific;
    };
    let power: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..15).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", power.unsigned_abs());
    }
    let plain = value.to_string();
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// A real as a JSON value: a number with a fraction or an exponent, so that it stays a real; a string if it is not finite.
pub fn number_of_real(value: f64) -> Value {
    if value.is_finite() {
        let text = format_real(value);
        text.parse::<Number>().map_or(Value::String(text), Value::Number)
    } else {
        Value::String(format_real(value).trim_matches('"').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(scalar("-7"), Scalar::Long(-7));
        assert_eq!(scalar("7.0"), Scalar::Real(7.0));
        assert_eq!(scalar("9223372036854775808"), Scalar::Real(9_223_372_036_854_775_808.0));
        assert_eq!(scalar("true"), Scalar::Bool(true));
        assert_eq!(scalar("null"), Scalar::Null);
        assert_eq!(scalar("[1]"), Scalar::Nested("[1]"));
        assert_eq!(scalar(r#""""#), Scalar::Text("".into()));
        assert_eq!(scalar("\""), Scalar::Text("\"".into()));
        assert_eq!(scalar("1-2"), Scalar::Text("1-2".into()));
    }

    #[test]
    fn reals() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (5.0, "5.0"),
            (0.1, "0.1"),
            (1e14, "100000000000000.0"),
            (1e15, "1e+15"),
            (1.5e300, "1.5e+300"),
            (0.00001, "1e-05"),
            (0.0001, "0.0001"),
            (f64::NAN, "\"NaN\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ] {
            assert_eq!(format_real(value), text);
        }
    }

    #[test]
    fn a_real_stays_a_real_in_json() {
        assert_eq!(number_of_real(5.0).to_string(), "5.0");
        assert_eq!(number_of_real(1e20).to_string(), "1e+20");
        assert_eq!(number_of_real(f64::INFINITY).to_string(), "\"Infinity\"");
    }
}
