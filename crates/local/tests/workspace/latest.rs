//! `arg_max` and `arg_min` over files give what they give over rows in memory.

use std::fs::File;

use local::Workspace;
use polars::prelude::*;

use crate::{query, rows};

/// Rows with ties, and with nulls in all columns.
fn workspace(dir: &std::path::Path) -> Workspace {
    let rows = 3_000u64;
    let mixed =
        |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xD129_0EA3_1D8C_4A91) >> 33;
    let times: Vec<Option<i64>> = (0..rows)
        .map(|i| (mixed(i) % 11 != 0).then(|| 1_714_521_600_000_000 + (mixed(i + 7) % 500) as i64 * 1_000_000))
        .collect();
    let numbers: Vec<Option<i32>> =
        (0..rows).map(|i| (mixed(i + 1) % 5 != 0).then_some((mixed(i + 2) % 4) as i32)).collect();
    let users: Vec<Option<String>> =
        (0..rows).map(|i| (mixed(i + 3) % 9 != 0).then(|| format!("user{}", mixed(i + 4) % 40))).collect();
    let reals: Vec<Option<f64>> = (0..rows)
        .map(|i| [Some(0.0), Some(-2.5), Some(f64::NAN), None, Some(1.5)][(mixed(i + 5) % 5) as usize])
        .collect();
    let empty: Vec<Option<i64>> = vec![None; rows as usize];
    let frame = df!("TimeGenerated" => times, "N" => numbers, "User" => users, "R" => reals, "Empty" => empty, "Row" => (0..rows as i64).collect::<Vec<_>>());
    let time = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let mut frame = frame.unwrap().lazy().with_columns([col("TimeGenerated").cast(time)]).collect().unwrap();
    let file = File::create(dir.join("T.parquet")).unwrap();
    ParquetWriter::new(file).with_row_group_size(Some(250)).finish(&mut frame).unwrap();
    Workspace::open(dir).unwrap()
}

#[test]
fn files_are_read_twice_with_the_same_result() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = workspace(dir.path());
    for pipeline in [
        "summarize arg_max(TimeGenerated, *) by User",
        "summarize arg_min(TimeGenerated, *) by User",
        "summarize arg_max(N, *) by User",
        "summarize arg_max(N, Row, R) by User, R",
        "summarize arg_max(TimeGenerated, Row) by bin(TimeGenerated, 1m), N",
        "summarize arg_max(TimeGenerated, *)",
        "summarize arg_min(N, Row) by IsNull = isnull(R)",
        "summarize arg_max(Empty, *) by N",
        "where N > 1 and User has 'user3' | summarize arg_max(TimeGenerated, *) by User",
        "extend Twice = N * 2, Name = toupper(User) | summarize arg_max(Twice, *) by Name",
        "where N > 10 | summarize arg_max(TimeGenerated, *) by User",
        "summarize Newest = arg_max(TimeGenerated, Row) by User | where Row > 100 | summarize count(), sum(Row)",
        "project-rename U = User | summarize arg_max(TimeGenerated + 1h, Row) by U | project-away max_",
        "summarize arg_max(TimeGenerated, Row) by User | join kind=inner (T | summarize arg_min(TimeGenerated, Row) by User) on User",
    ] {
        let sorted = |table: &str| {
            let mut all = rows(&query(&workspace, &format!("{table} | {pipeline}")));
            all.sort();
            all
        };
        let there = sorted("T");
        assert_eq!(there, sorted("materialize(T)"), "{pipeline}");
        assert!(!there.is_empty() || pipeline.contains("N > 10"), "{pipeline}");
    }
}

#[test]
fn what_is_not_the_same_when_it_is_read_again_is_read_once() {
    let dir = tempfile::tempdir().unwrap();
    let workspace = workspace(dir.path());
    for condition in ["rand() < 0.5", "rand(10) > 4"] {
        let text = format!("T | where {condition} | summarize arg_max(TimeGenerated, Row) by User | count");
        let count = rows(&query(&workspace, &text));
        assert_eq!(count, ["[41]"], "{condition}");
    }
}
