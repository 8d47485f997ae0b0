//! One value as HTML and as one line of text.

use std::borrow::Cow;

use kql::{KqlType, Value};
use maud::{Markup, html};
use polars::prelude::{AnyValue, Column};

use crate::escape::visible_line;
use crate::format::{self, Precision};
use crate::limits::{Limits, ellipsis, head};

/// Texts above this many characters are folded.
const FOLD_CHARS: usize = 160;
/// Texts above this many lines are folded.
const FOLD_LINES: usize = 3;
/// Characters of a folded text that are seen while it is closed.
const PREVIEW: usize = 100;
/// JSON above this many characters is folded.
const FOLD_JSON: usize = 64;

/// A value of a table or a card, borrowed where it is text: cells can be megabytes long.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    /// Numbers, truth values, guids: short and harmless.
    Plain(Cow<'a, str>),
    Time(i64),
    Span(i64),
    Text(Cow<'a, str>),
    /// JSON text of a dynamic value.
    Json(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    /// A cell of a column that holds a KQL type as [`kql_polars::typed`] says. A cell that holds something else is shown as
    /// Polars writes it.
    pub fn read(column: &'a Column, ty: KqlType, row: usize) -> Self {
        let text = match column.get(row) {
            Err(error) => return Self::Text(error.to_string().into()),
            Ok(AnyValue::Null) if ty == KqlType::String => return Self::Text("".into()),
            Ok(AnyValue::Null) => return Self::Null,
            Ok(AnyValue::Boolean(v)) => {
                return Self::Plain(if v { "true" } else { "false" }.into());
            }
            Ok(AnyValue::Int32(v)) => return Self::Plain(v.to_string().into()),
            Ok(AnyValue::Int64(v)) => {
                return match ty {
                    KqlType::DateTime => Self::Time(v),
                    KqlType::TimeSpan => Self::Span(v),
                    _ => Self::Plain(v.to_string().into()),
                };
            }
            Ok(AnyValue::Float64(v)) => return Self::Plain(format::real(v).into()),
            Ok(AnyValue::String(text)) => Cow::Borrowed(text),
            Ok(AnyValue::StringOwned(text)) => Cow::Owned(text.to_string()),
            Ok(other) => Cow::Owned(other.to_string()),
        };
        match ty {
            KqlType::Dynamic => Self::Json(text),
            _ => Self::Text(text),
        }
    }

    /// A value that stands alone.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null(KqlType::String) => Self::Text("".into()),
            Value::Null(_) | Value::Dynamic(serde_json::Value::Null) => Self::Null,
            Value::DateTime(v) => Self::Time(*v),
            Value::TimeSpan(v) => Self::Span(*v),
            Value::String(v) | Value::Guid(v) | Value::Decimal(v) => Self::Text(v.as_str().into()),
            Value::Dynamic(v) => Self::Json(v.to_string().into()),
            Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Real(_) => {
                Self::Plain(format::value(value).into())
            }
        }
    }

    /// The ticks of a datetime or timespan.
    pub fn ticks(&self) -> Option<i64> {
        match self {
            Self::Time(ticks) | Self::Span(ticks) => Some(*ticks),
            _ => None,
        }
    }

    /// The cell as HTML.
    pub fn html(&self, precision: Option<Precision>, limits: Limits) -> Markup {
        match self {
            Self::Null => html! { i.nl title="null: no value" { "null" } },
            Self::Plain(text) => html! { (text) },
            Self::Time(ticks) => html! { (time(*ticks, precision)) },
            Self::Span(ticks) => html! { (span(*ticks, precision)) },
            Self::Text(text) => text_html(text, limits),
            Self::Json(text) => json_html(text, limits),
        }
    }

    /// The cell as one line of at most `limit` characters, nothing hidden.
    pub fn line(&self, precision: Option<Precision>, limit: usize) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Plain(text) => text.to_string(),
            Self::Time(ticks) => time(*ticks, precision),
            Self::Span(ticks) => span(*ticks, precision),
            Self::Text(text) => one_line(text, limit),
            Self::Json(text) => match json_string(text) {
                Some(inner) => one_line(&inner, limit),
                None => one_line(text, limit),
            },
        }
    }
}

fn time(ticks: i64, precision: Option<Precision>) -> String {
    precision.map_or_else(|| format::datetime(ticks), |p| format::datetime_at(ticks, p))
}

fn span(ticks: i64, precision: Option<Precision>) -> String {
    precision.map_or_else(|| format::timespan(ticks), |p| format::timespan_at(ticks, p))
}

/// A text on one line of at most `limit` characters.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    // The cut comes first so that a text of megabytes is not copied, and again because showing makes text longer.
    let (start, cut) = head(text, limit);
    let line = visible_line(start);
    if cut { ellipsis(&format!("{line}…"), limit).into_owned() } else { ellipsis(&line, limit).into_owned() }
}

/// The text of a dynamic value that is a string. An empty one stays `""`, which is not the same as null.
fn json_string(text: &str) -> Option<String> {
    if !text.starts_with('"') || text == "\"\"" {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Text, folded when it is long, and cut at the limit with a statement of what was cut.
pub(crate) fn text_html(text: &str, limits: Limits) -> Markup {
    let (start, long) = head(text, FOLD_CHARS.min(limits.value));
    if !long && start.matches('\n').count() < FOLD_LINES {
        return html! { (text) };
    }
    folded(text, text, limits, false)
}

fn json_html(text: &str, limits: Limits) -> Markup {
    if let Some(inner) = json_string(text) {
        return text_html(&inner, limits);
    }
    let (start, long) = head(text, FOLD_JSON);
    if !long && start.len() <= limits.value {
        return html! { code { (text) } };
    }
    // What will be cut anyway is not worth the parsing.
    let parsed =
        (text.len() <= limits.value.saturating_mul(4)).then(|| serde_json::from_str::<serde_json::Value>(text).ok());
    match parsed.flatten().and_then(|value| serde_json::to_string_pretty(&value).ok()) {
        Some(pretty) => folded(text, &pretty, limits, true),
        None => folded(text, text, limits, true),
    }
}

/// `summary` in one line, `full` when opened.
fn folded(summary: &str, full: &str, limits: Limits, code: bool) -> Markup {
    let (shown, cut) = head(full, limits.value);
    if limits.value <= PREVIEW {
        // The output is nearly full: one line, and how much it leaves out.
        return html! { (one_line(summary, limits.value)) @if cut { " " small { "(of " (size(full)) ")" } } };
    }
    html! {
        details {
            summary { @if code { code { (one_line(summary, PREVIEW)) } } @else { (one_line(summary, PREVIEW)) } }
            @if code { pre { (shown) } } @else { div.full style="white-space: pre-wrap" { (shown) } }
            @if cut { small.cut { "Cut: the first " (format::count(limits.value)) " characters of " (size(full)) "." } }
        }
    }
}

/// How long a text is. The characters of a very long one are not worth counting.
fn size(text: &str) -> String {
    if text.len() < 100_000 {
        format::counted(text.chars().count(), "character", "characters")
    } else {
        format!("{}.{} MB", text.len() / 1_000_000, text.len() / 100_000 % 10)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LIMITS: Limits = Limits { value: 1_024, items: 10 };

    #[test]
    fn nulls_and_empty_values_differ() {
        assert_eq!(
            Cell::of(&Value::Null(KqlType::Int)).html(None, LIMITS).0,
            r#"<i class="nl" title="null: no value">null</i>"#
        );
        assert_eq!(Cell::of(&Value::String(String::new())).html(None, LIMITS).0, "");
        assert_eq!(Cell::of(&Value::String("null".into())).html(None, LIMITS).0, "null");
        assert_eq!(Cell::of(&Value::Dynamic("".into())).html(None, LIMITS).0, "<code>&quot;&quot;</code>");
        assert_eq!(Cell::of(&Value::Dynamic(serde_json::Value::Null)).line(None, 10), "null");
    }

    #[test]
    fn long_text_is_folded_and_cut_with_a_statement() {
        let text = "x".repeat(5_000);
        let shown = Cell::of(&Value::String(text.clone())).html(None, LIMITS).0;
        assert!(shown.starts_with("<details><summary>xxx"));
        assert!(shown.contains("Cut: the first 1,024 characters of 5,000 characters."));
        let tight = Cell::of(&Value::String(text)).html(None, Limits { value: 24, items: 5 }).0;
        assert_eq!(tight, format!("{}… <small>(of 5,000 characters)</small>", "x".repeat(23)));
    }

    #[test]
    fn json_is_pretty_inside() {
        let value =
            serde_json::json!({"displayName": "Windows 10", "isCompliant": false, "trustType": "Azure AD <joined>"});
        let shown = Cell::of(&Value::Dynamic(value)).html(None, LIMITS).0;
        insta::assert_snapshot!(shown, @r#"
        <details><summary><code>{&quot;displayName&quot;:&quot;Windows 10&quot;,&quot;isCompliant&quot;:false,&quot;trustType&quot;:&quot;Azure AD &lt;joined&gt;&quot;}</code></summary><pre>{
          &quot;displayName&quot;: &quot;Windows 10&quot;,
          &quot;isCompliant&quot;: false,
          &quot;trustType&quot;: &quot;Azure AD &lt;joined&gt;&quot;
        }</pre></details>
        "#);
    }

    #[test]
    fn lines_have_no_breaks() {
        assert_eq!(Cell::Text("a\nb\u{1b}[0m".into()).line(None, 80), "a↵b␛[0m");
        assert_eq!(Cell::Text("abcdef".into()).line(None, 4), "abc…");
        assert_eq!(Cell::Json(r#""a\nb""#.into()).line(None, 80), "a↵b");
    }
}
