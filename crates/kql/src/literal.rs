//! Values as KQL writes them, and a query's text with the values of its parameters: `let` statements in place of the declaration. This is how
//! a query looks that can be pasted into the portal, and what is sent to Log Analytics, where parameters cannot be declared.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::ast::{Param, Statement};
use crate::{Error, ErrorKind, Value, time};

/// The text with `declare query_parameters(…);` replaced by a `let` statement for each value. A parameter without a value keeps
/// its default.
///
/// # Errors
/// When the text is not KQL.
pub fn with_values(text: &str, values: &BTreeMap<String, Value>) -> Result<String, Error> {
    let script = crate::parse(text)?;
    let mut out = text.to_owned();
    for statement in script.statements.iter().rev() {
        if let Statement::QueryParameters(params) = statement {
            let Some((start, end)) = declaration(text, params) else {
                return Err(Error::bare(
                    ErrorKind::Unsupported,
                    "the parameters of this query cannot be replaced by their values",
                ));
            };
            out.replace_range(start..end, &lets(text, params, values));
        }
    }
    Ok(out)
}

/// The text in two: its declaration of parameters (empty if there is none), and the rest.
///
/// # Errors
/// When the text is not KQL.
pub fn without_declaration(text: &str) -> Result<(&str, String), Error> {
    let script = crate::parse(text)?;
    for statement in &script.statements {
        if let Statement::QueryParameters(params) = statement
            && let Some((start, end)) = declaration(text, params)
        {
            let rest = [text.get(..start), text.get(end..)].map(Option::unwrap_or_default).concat();
            return Ok((text.get(start..end).unwrap_or_default(), rest));
        }
    }
    Ok(("", text.to_owned()))
}

/// Where the declaration of these parameters starts, and where it ends, its `;` included.
fn declaration(text: &str, params: &[Param]) -> Option<(usize, usize)> {
    let (first, last) = (params.first()?, params.last()?);
    let start = text.get(..first.name.span.start)?.rfind("declare")?;
    let mut end = last.default.as_ref().map_or(last.name.span.end, |default| default.span.end);
    end += text.get(end..)?.find(')')? + 1;
    if let Some(after) = text.get(end..)?.trim_start().strip_prefix(';') {
        end = text.len() - after.len();
    }
    Some((start, end))
}

fn lets(text: &str, params: &[Param], values: &BTreeMap<String, Value>) -> String {
    let mut lines = Vec::new();
    for param in params {
        let value = match (values.get(&param.name.name), &param.default) {
            (Some(value), _) => literal(value),
            (None, Some(default)) => text.get(default.span.start..default.span.end).unwrap_or_default().to_owned(),
            (None, None) => continue,
        };
        lines.push(format!("let {} = {value};", param.name.name));
    }
    lines.join("\n")
}

/// A value as KQL writes it.
///
/// Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/>
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null(ty) => format!("{ty}(null)"),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => format!("int({number})"),
        Value::Long(number) => format!("long({number})"),
        Value::Real(number) if number.is_nan() => "real(nan)".to_owned(),
        Value::Real(number) if number.is_infinite() => {
            format!("real({}inf)", if *number < 0.0 { "-" } else { "+" })
        }
        Value::Real(number) => format!("real({number:?})"),
        Value::Decimal(digits) => format!("decimal({digits})"),
        Value::DateTime(ticks) => format!("datetime({})", time::format_datetime(*ticks)),
        Value::TimeSpan(ticks) => format!("timespan({})", time::format_timespan(*ticks)),
        Value::String(text) => string(text),
        Value::Guid(text) => format!("guid({text})"),
        Value::Dynamic(json) => format!("dynamic({json})"),
    }
}

/// Text as a quoted KQL string that means exactly this text.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Also what would change how the line reads without being seen: direction marks, zero-width characters.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}') =>
            {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn values_take_the_place_of_the_declaration() {
        let text = "// A comment (with brackets);\ndeclare query_parameters(name: string, start: datetime, top: long = 5);\nT | where a has name | take top";
        let values = BTreeMap::from([
            ("name".to_owned(), Value::String("bob\" | union * //\\".to_owned())),
            ("start".to_owned(), Value::DateTime(time::UNIX_EPOCH_TICKS)),
        ]);
        let filled = with_values(text, &values).unwrap();
        assert_eq!(
            filled,
            "// A comment (with brackets);\nlet name = \"bob\\\" | union * //\\\\\";\nlet start = datetime(1970-01-01T00:00:00.0000000Z);\nlet top = 5;\nT | where a has name | take top"
        );
        assert_eq!(crate::parse(&filled).unwrap().statements.len(), 4);
    }

    #[test]
    fn a_query_without_parameters_stays_as_it_is() {
        assert_eq!(with_values("T | count", &BTreeMap::new()).unwrap(), "T | count");
    }

    fn value() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let span = -(i64::MAX / 4)..i64::MAX / 4;
        prop_oneof![
            ".*".prop_map(Value::String),
            any::<bool>().prop_map(Value::Bool),
            (i32::MIN + 1..=i32::MAX).prop_map(Value::Int),
            (i64::MIN + 1..=i64::MAX).prop_map(Value::Long),
            any::<f64>().prop_filter("not a number", |v| !v.is_nan()).prop_map(Value::Real),
            (0..=time::MAX_DATETIME_TICKS).prop_map(Value::DateTime),
            span.prop_map(Value::TimeSpan),
            "[1-9][0-9]{0,20}\\.[0-9]{1,10}".prop_map(Value::Decimal),
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(Value::Guid),
            (".*", ".*").prop_map(|(a, b)| Value::Dynamic(serde_json::json!({ "k": [a, 1, null], "l": { "m": b } }))),
        ]
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_one_literal_that_means_it(value in value()) {
            let text = format!("print {}", literal(&value));
            let script = crate::parse(&text).unwrap();
            let shown = format!("{script:?}");
            let expected = format!("{:?}", crate::ast::ExprKind::Literal(value));
            proptest::prop_assert!(shown.contains(&expected), "{text}: {shown}");
            proptest::prop_assert_eq!(script.statements.len(), 1);
        }
    }
}
