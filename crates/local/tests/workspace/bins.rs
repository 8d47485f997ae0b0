//! Groups by times give what they give over rows in memory, whatever the unit of the file.

use std::fs::File;

use local::Workspace;
use polars::prelude::*;

use crate::{query, rows};

#[test]
fn bins_in_the_unit_of_the_file() {
    // Around 1970, where the remainder changes its sign, and far away; every 100 ns where the unit has them.
    let near = (-700_i64..700).map(|i| i * i * i * 7_919);
    let far = (0..600_i64).map(|i| 1_714_521_600_000_000 + i * 3_599_999_999 + i % 13);
    let times: Vec<Option<i64>> = near.chain(far).map(Some).chain([None, None]).collect();
    let of = |unit| DataType::Datetime(unit, Some(TimeZone::UTC));
    let micro = of(TimeUnit::Microseconds);
    for unit in [TimeUnit::Nanoseconds, TimeUnit::Microseconds, TimeUnit::Milliseconds] {
        // Several nanoseconds are one datetime.
        let finer = if unit == TimeUnit::Nanoseconds { 150 } else { 1 };
        let dir = tempfile::tempdir().unwrap();
        let mut frame = df!("Time" => &times, "N" => (0..times.len() as i64).collect::<Vec<_>>())
            .unwrap()
            .lazy()
            .with_columns([col("Time").cast(micro.clone()).cast(of(unit))])
            .with_columns([(col("Time").cast(DataType::Int64) + col("N") % lit(finer)).cast(of(unit))])
            .collect()
            .unwrap();
        ParquetWriter::new(File::create(dir.path().join("T.parquet")).unwrap()).finish(&mut frame).unwrap();
        let workspace = Workspace::open(dir.path()).unwrap();
        for key in [
            "Time",
            "bin(Time, 1h)",
            "Start = floor(Time, 1d)",
            "bin(Time, 7d)",
            "bin(Time, 1ms)",
            "bin(Time, 1tick)",
            "bin(Time, 15tick)",
            "bin(Time, 70tick)",
            "bin(Time, -1h)",
            "bin(Time, 400000d)",
            "bin(Time, 1h), N % 2, bin(Time, 12h)",
        ] {
            let name = if key.starts_with("Start") { "Start" } else { "Time" };
            for pipeline in [
                format!("summarize count(), min(N) by {key}"),
                format!("summarize by {key}"),
                format!(
                    "summarize count() by {key} | project-rename Key = {name} | where Key >= datetime(2024-05-02 01:00) or Key == datetime(1970-01-01)"
                ),
            ] {
                let here = |table: &str| rows(&query(&workspace, &format!("{table} | {pipeline}")));
                let (a, b) = (here("T"), here("materialize(T)"));
                let different: Vec<_> = a.iter().zip(&b).enumerate().filter(|(_, (a, b))| a != b).take(3).collect();
                assert!(
                    a.len() == b.len() && different.is_empty(),
                    "{unit:?}: {pipeline}: {} and {} rows, {different:?}",
                    a.len(),
                    b.len()
                );
            }
        }
    }
}
