//! What holds for every text: the parser answers, positions are inside the text, literals keep their values.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use kql::ast::{ExprKind, OperatorKind, Source, Statement};
use kql::time::{format_datetime, format_timespan};
use kql::{Value, parse};
use proptest::prelude::*;

/// The literal that `print <text>` prints.
fn printed(text: &str) -> Option<Value> {
    let script = parse(&format!("print {text}")).ok()?;
    let Some(Statement::Expr(pipeline)) = script.statements.into_iter().next() else {
        return None;
    };
    let Source::Operator(operator) = pipeline.source else {
        return None;
    };
    let OperatorKind::Print(mut list) = operator.kind else {
        return None;
    };
    match list.pop()?.expr.kind {
        ExprKind::Literal(value) if list.is_empty() => Some(value),
        _ => None,
    }
}

fn check(text: &str) {
    let result = parse(text);
    if let Err(error) = result {
        assert!(!error.message.is_empty());
        if let Some(span) = error.span {
            assert!(span.start <= span.end && span.end <= text.len(), "{span:?} in {text:?}");
        }
        assert!(!error.render(text).is_empty());
    }
}

/// Text in double quotes as the language escapes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out + "\""
}

const WORDS: &[&str] = &[
    "T",
    "x",
    "|",
    "|",
    "|",
    ";",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "=",
    "==",
    "=~",
    "!",
    "!=",
    "~",
    "<",
    ".",
    "..",
    "-",
    "+",
    "*",
    "/",
    "=>",
    ":",
    "'a'",
    "\"b\"",
    "1",
    "2.5",
    "1d",
    "datetime(2020-01-01)",
    "dynamic([1])",
    "where",
    "extend",
    "project",
    "project-away",
    "summarize",
    "by",
    "join",
    "on",
    "union",
    "kind",
    "inner",
    "let",
    "f",
    "view",
    "print",
    "range",
    "from",
    "to",
    "step",
    "in",
    "has",
    "has_any",
    "between",
    "and",
    "or",
    "not",
    "mv-expand",
    "mv-apply",
    "parse",
    "with",
    "parse-kv",
    "as",
    "make-series",
    "default",
    "top-nested",
    "of",
    "others",
    "scan",
    "declare",
    "order",
    "asc",
    "nulls",
    "first",
    "partition",
    "fork",
    "facet",
    "evaluate",
    "bag_unpack",
    "typeof",
    "long",
    "string",
    "search",
    "find",
    "invoke",
    "reduce",
    "render",
    "hint",
    "strategy",
    "limit",
    "sample-distinct",
    "datatable",
    "externaldata",
    "count",
    "set",
    "toscalar",
    "materialize",
    "$left",
    "h",
    "optional",
    "output",
    "project-reorder",
    "graph-match",
    "@",
    "?",
    "&&",
    "```",
    "~~~",
    "'",
    "\"",
    "\\",
    "//",
    "\n",
    "é",
    "0x",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn token_soup_is_answered(words in prop::collection::vec(prop::sample::select(WORDS), 0..40), space in prop::bool::ANY) {
        check(&words.join(if space { " " } else { "" }));
        check(&format!("T | {}", words.join(" ")));
    }

    #[test]
    fn cut_queries_are_answered(cut in 0..300_usize) {
        let query = "let f = (a: long = 1) { T | where x in ('a', \"b\") and y between (1d .. 2d) }; f(3) \
            | summarize n = count(), arg_max(t, *) by bin(t, 1h) | mv-apply z = d.e[0] to typeof(long) on (top 1 by z) \
            | parse m with * 'k=' v: string ' ' * | make-series avg(x) default=0 on t from a to b step 1h by k";
        let end = (0..=cut.min(query.len())).rev().find(|i| query.is_char_boundary(*i)).unwrap();
        check(&query[..end]);
    }

    #[test]
    fn longs_keep_their_value(n in any::<i64>()) {
        prop_assert_eq!(printed(&n.to_string()), Some(Value::Long(n)));
        prop_assert_eq!(printed(&format!("long({n})")), Some(Value::Long(n)));
        prop_assert_eq!(printed(&format!("0x{:x}", n.unsigned_abs() >> 1)), Some(Value::Long((n.unsigned_abs() >> 1).cast_signed())));
    }

    #[test]
    fn reals_keep_their_value(n in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
        prop_assert_eq!(printed(&format!("real({n:?})")), Some(Value::Real(n)));
        prop_assert_eq!(printed(&format!("{n:e}")).map(|v| matches!(v, Value::Real(_))), Some(true));
    }

    #[test]
    fn texts_keep_their_value(text in "\\PC{0,30}") {
        prop_assert_eq!(printed(&quoted(&text)), Some(Value::String(text.clone())));
        let verbatim = format!("@'{}'", text.replace('\'', "''"));
        prop_assert_eq!(printed(&verbatim), Some(Value::String(text.clone())));
        let name = format!("T | where [{}] == 1", quoted(&text));
        prop_assert!(parse(&name).is_ok());
    }

    #[test]
    fn times_keep_their_value(ticks in 0..=kql::time::MAX_DATETIME_TICKS) {
        prop_assert_eq!(printed(&format!("datetime({})", format_datetime(ticks))), Some(Value::DateTime(ticks)));
        prop_assert_eq!(printed(&format!("timespan({})", format_timespan(ticks))), Some(Value::TimeSpan(ticks)));
        prop_assert_eq!(printed(&format!("{ticks}tick")), Some(Value::TimeSpan(ticks)));
    }

    #[test]
    fn guids_keep_their_value(bits in any::<u128>()) {
        let hex = format!("{bits:032x}");
        let value = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
        prop_assert_eq!(printed(&format!("guid({})", value.to_uppercase())), Some(Value::Guid(value.clone())));
    }

    #[test]
    fn dynamic_values_keep_their_value(json in json()) {
        let wanted = if json.is_null() { Value::Null(kql::KqlType::Dynamic) } else { Value::Dynamic(json.clone()) };
        prop_assert_eq!(printed(&format!("dynamic({json})")), Some(wanted));
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as Json;
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "[a-zA-Z \"'\\\\/\n\u{e9}\u{1f600}]{0,10}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z\"\\\\]{0,5}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}
