//! A filter on stored columns is compared in the stored type; it has to find the rows that the comparison of converted columns finds.

use std::collections::BTreeMap;

use kql::KqlType;
use kql::time::{UNIX_EPOCH_TICKS, format_datetime};
use kql_polars::{SourceColumn, TableSource, Tables};
use polars::prelude::*;
use proptest::prelude::*;

use super::{text, try_on};

fn source(frame: &DataFrame, columns: &[(&str, KqlType)]) -> TableSource {
    TableSource {
        frame: frame.clone().lazy(),
        columns: columns
            .iter()
            .map(|(name, ty)| SourceColumn {
                name: (*name).to_owned(),
                ty: *ty,
                stored: frame.column(name).unwrap().dtype().clone(),
            })
            .collect(),
        notes: vec!["a note".to_owned()],
    }
}

fn catalog(times: &[Option<i64>], unit: TimeUnit, texts: &[Option<String>]) -> Tables {
    let t = Int64Chunked::from_iter_options("t".into(), times.iter().copied()).into_datetime(unit, None).into_column();
    let s = StringChunked::from_iter_options("s".into(), texts.iter().map(Option::as_deref));
    let i: Vec<i64> = (0..).take(times.len()).collect();
    let frame = DataFrame::new(times.len(), vec![Column::new("i".into(), i), t, s.into_column()]).unwrap();
    let columns = [("i", KqlType::Long), ("t", KqlType::DateTime), ("s", KqlType::String)];
    let mut tables = BTreeMap::new();
    tables.insert("Stored".to_owned(), source(&frame, &columns));
    let stored = Tables { tables, now: None };
    let all = try_on("Stored", &stored).unwrap();
    let mut tables = stored.tables;
    tables.insert("Converted".to_owned(), source(&all.frame, &columns));
    Tables { tables, now: None }
}

fn unit() -> impl Strategy<Value = TimeUnit> {
    prop_oneof![Just(TimeUnit::Nanoseconds), Just(TimeUnit::Microseconds), Just(TimeUnit::Milliseconds)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..Default::default() })]
    #[test]
    fn stored_and_converted_columns_give_the_same_rows(
        times in prop::collection::vec(prop::option::of(-300i64..300), 6),
        texts in prop::collection::vec(prop::option::of("[aB ]{0,3}"), 6),
        unit in unit(),
        at in -3000i64..3000,
        needle in "[aB ]{0,2}",
    ) {
        let tables = catalog(&times, unit, &texts);
        let per_unit = match unit {
            TimeUnit::Nanoseconds => 1,
            TimeUnit::Microseconds => 10,
            TimeUnit::Milliseconds => 10_000,
        };
        // Near the stored times, on and between them.
        let ticks = UNIX_EPOCH_TICKS + at * per_unit / 10;
        let time = format!("datetime({})", format_datetime(ticks));
        let mut conditions = Vec::new();
        for op in ["<", "<=", ">", ">=", "==", "!="] {
            conditions.push(format!("t {op} {time}"));
            conditions.push(format!("{time} {op} t"));
            conditions.push(format!("not_(t {op} {time})"));
        }
        conditions.push(format!("t between ({time} .. 7tick)"));
        conditions.push(format!("t !between ({time} .. 7tick)"));
        for op in ["==", "!=", "has", "contains", "startswith", "!endswith", "=~", "!has_cs"] {
            conditions.push(format!("s {op} '{needle}'"));
            conditions.push(format!("not_(s {op} '{needle}')"));
        }
        conditions.push(format!("s in ('{needle}', 'a')"));
        conditions.push(format!("s !in ('{needle}')"));
        conditions.push(format!("s has_any ('{needle}', 'a')"));
        for condition in conditions {
            // `not_` is the negation by comparison, which keeps nulls apart.
            let condition = match condition.strip_prefix("not_") {
                Some(inner) => format!("{inner} == false"),
                None => condition,
            };
            let find = |table: &str| {
                let query = format!("{table} | where {condition} | project i, t, s");
                text(&try_on(&query, &tables).unwrap_or_else(|e| panic!("{}", e.render(&query))))
            };
            prop_assert_eq!(find("Stored"), find("Converted"), "{}", condition);
        }
    }
}

#[test]
fn null_text_reads_as_empty_and_notes_are_kept() {
    let tables = catalog(&[Some(0), None], TimeUnit::Microseconds, &[None, Some("x".to_owned())]);
    let table = try_on("Stored | project s, t", &tables).unwrap();
    assert_eq!(text(&table), "s t\n\"\" \"1970-01-01T00:00:00.0000000Z\"\n\"x\" null");
    assert_eq!(table.notes, ["a note"]);
    let groups = try_on("union Stored, (print s = '') | summarize count() by s", &tables).unwrap();
    assert_eq!(text(&groups), "s count_\n\"\" 2\n\"x\" 1");
}

#[test]
fn lists_and_structs_read_as_dynamic() {
    let list = Series::new("l".into(), [Series::new("".into(), [1i64, 2])]);
    let frame = DataFrame::new(1, vec![list.into_column()]).unwrap();
    let mut tables = Tables::default();
    tables.tables.insert("T".to_owned(), source(&frame, &[("l", KqlType::Dynamic)]));
    let table = try_on("T | project l, x = l[1]", &tables).unwrap();
    assert_eq!(text(&table), "l x\n[1,2] 2");
}

#[test]
fn a_time_filter_reaches_the_scan() {
    let tables = catalog(&[Some(0), Some(5)], TimeUnit::Microseconds, &[None, None]);
    let rows = try_on("Stored | extend n = 1 | where t > datetime(1970-01-01) | count", &tables);
    assert_eq!(text(&rows.unwrap()), "Count\n1");
}
