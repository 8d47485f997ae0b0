#![allow(clippy::unwrap_used, clippy::expect_used)]

use kql::time::{format_datetime, format_timespan};
use proptest::prelude::*;

use super::*;

fn datetime(text: &str) -> String {
    parse_datetime(text, DateOrder::MonthFirst).map_or_else(|| "none".to_owned(), format_datetime)
}

#[test]
fn datetimes() {
    assert_eq!(datetime("2020-07-29T15:54:23.9812345Z"), "2020-07-29T15:54:23.9812345Z");
    assert_eq!(datetime("2020-07-29T15:54:23.981Z"), "2020-07-29T15:54:23.9810000Z");
    assert_eq!(datetime("2020-07-29 15:54:23"), "2020-07-29T15:54:23.0000000Z");
    assert_eq!(datetime("2020-07-29"), "2020-07-29T00:00:00.0000000Z");
    assert_eq!(datetime("2020-05-20T07:06:01.7354887+00:00"), "2020-05-20T07:06:01.7354887Z");
    assert_eq!(datetime("2020-05-20T00:30:00+02:00"), "2020-05-19T22:30:00.0000000Z");
    assert_eq!(datetime("2020-05-20T00:30:00-0230"), "2020-05-20T03:00:00.0000000Z");
    assert_eq!(datetime("2020-05-20 00:30:00 UTC"), "2020-05-20T00:30:00.0000000Z");
    assert_eq!(datetime("7/29/2020, 3:54:23.981 PM"), "2020-07-29T15:54:23.9810000Z");
    assert_eq!(datetime("7/29/2020, 12:00:00.000 AM"), "2020-07-29T00:00:00.0000000Z");
    assert_eq!(datetime("7/29/2020, 12:00:00 PM"), "2020-07-29T12:00:00.0000000Z");
    assert_eq!(datetime("7/29/2020, 3:54:23.981\u{202f}PM"), "2020-07-29T15:54:23.9810000Z");
    assert_eq!(datetime("7/29/2020 15:54"), "2020-07-29T15:54:00.0000000Z");
    assert_eq!(datetime("9999-12-31T23:59:59.9999999Z"), "9999-12-31T23:59:59.9999999Z");
}

#[test]
fn not_datetimes() {
    for text in [
        "",
        "x",
        "2020",
        "2020-07",
        "2020-13-01",
        "2020-02-30",
        "2020-07-29T25:00:00Z",
        "2020-07-29T15",
        "12345678901",
        "29/7/2020",
        "7/29/2020, 13:00:00 PM",
        "7/29/20",
        "2020-07-29X15:00:00",
        "2020-07-29T15:00:00+99:00",
        "0001-01-01T00:00:00+01:00",
        "1.2.3.4",
        "+020-07-29",
        "2020-07-29T15:60:00Z",
        "٢٠٢٠-07-29",
    ] {
        assert_eq!(datetime(text), "none", "{text}");
    }
    assert!(needs_day_first("29/7/2020, 3:54:23 PM"));
    assert!(!needs_day_first("7/8/2020, 3:54:23 PM"));
}

#[test]
fn numbers() {
    assert_eq!(parse_long("42"), Some(42));
    assert_eq!(parse_long("4624.0"), Some(4624));
    assert_eq!(parse_long("4624.5"), None);
    assert_eq!(parse_long("9223372036854775808"), None);
    assert_eq!(parse_real("1e3"), Some(1000.0));
    assert_eq!(parse_real("inf"), Some(f64::INFINITY));
    assert_eq!(parse_real("infinity"), None);
    assert_eq!(parse_decimal("012.500").as_deref(), Some("12.5"));
    assert_eq!(parse_decimal("-0.0").as_deref(), Some("0"));
    assert_eq!(parse_decimal("1.5e-3").as_deref(), Some("0.0015"));
    assert_eq!(parse_decimal("15E2").as_deref(), Some("1500"));
    assert_eq!(parse_decimal("."), None);
    assert_eq!(parse_bool("TRUE"), Some(true));
    assert_eq!(parse_bool("yes"), None);
}

#[test]
fn guids_and_timespans() {
    let guid = "74be27de-1e4e-49d9-b579-fe0b331d3642";
    assert_eq!(parse_guid("{74BE27DE-1E4E-49D9-B579-FE0B331D3642}").as_deref(), Some(guid));
    assert_eq!(parse_guid("74be27de1e4e49d9b579fe0b331d3642").as_deref(), Some(guid));
    assert_eq!(parse_guid("74be27de"), None);
    assert_eq!(parse_timespan("1.02:03:04.5").map(format_timespan).as_deref(), Some("1.02:03:04.5000000"));
    assert_eq!(parse_timespan("-00:00:01").map(format_timespan).as_deref(), Some("-00:00:01"));
    assert_eq!(parse_timespan("24:00:00"), None);
}

#[test]
fn dynamics() {
    assert_eq!(dynamic_text("{ \"a b\" : [1, 2.50 ,\"x \\\" y\"] }").as_deref(), Some(r#"{"a b":[1,2.50,"x \" y"]}"#));
    assert_eq!(dynamic_text("null"), None);
    assert_eq!(dynamic_text(" "), None);
    assert_eq!(dynamic_text("not \"JSON\"").as_deref(), Some(r#""not \"JSON\"""#));
    assert!(matches!(dynamic_text("{\"a\":1}"), Some(Cow::Borrowed(_))));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse_datetime(&text, DateOrder::DayFirst);
        let _ = parse_timespan(&text);
        let _ = parse_guid(&text);
        let _ = dynamic_text(&text);
        let _ = parse_decimal(&text);
    }

    #[test]
    fn a_written_datetime_is_read_back(ticks in 0i64..=MAX_DATETIME_TICKS) {
        prop_assert_eq!(parse_datetime(&format_datetime(ticks), DateOrder::MonthFirst), Some(ticks));
    }

    #[test]
    fn compacting_keeps_the_value(text in r#"[\[\]{}":, 0-9a-c\\]{0,24}"#) {
        let value = serde_json::from_str::<serde_json::Value>(&text);
        match compact_json(&text) {
            Some(compact) => prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&compact).unwrap(), value.unwrap()),
            None => prop_assert!(value.is_err()),
        }
    }

    #[test]
    fn a_decimal_keeps_its_value(n in -1_000_000_000i64..1_000_000_000, places in 0usize..8) {
        let text = format!("{:.*}", places, n as f64 / 1000.0);
        let decimal = parse_decimal(&text).unwrap();
        prop_assert_eq!(decimal.parse::<f64>().unwrap(), text.parse::<f64>().unwrap() + 0.0);
        prop_assert!(!decimal.contains('.') || !decimal.ends_with('0'));
    }
}
