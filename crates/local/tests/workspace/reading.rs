//! What is read of Parquet files. Everything that a query need not read is destroyed: a query that reads it anyway fails.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use local::Workspace;
use polars::prelude::*;

use crate::{project, query, rows};

const GROUPS: i64 = 10;
const ROWS: i64 = 100;
/// 2024-05-01T00:00:00Z; a row group has the next hundred minutes.
const START: i64 = 1_714_521_600_000_000;

/// Ten row groups of a hundred minutes each, with columns of several kinds, `day` days later.
fn write(path: &Path, day: i64) {
    let rows = GROUPS * ROWS;
    let times: Vec<i64> = (0..rows).map(|i| START + day * 86_400_000_000 + i * 60_000_000).collect();
    let users: Vec<String> = (0..rows).map(|i| format!("user{}@contoso.com", i % 7)).collect();
    let bags: Vec<String> = (0..rows).map(|i| format!(r#"{{"city":"c{}"}}"#, i % 3)).collect();
    let frame =
        df!("TimeGenerated" => times, "User" => users, "N" => (0..rows).collect::<Vec<_>>(), "Bag" => bags).unwrap();
    let time = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let mut frame = frame.lazy().with_columns([col("TimeGenerated").cast(time)]).collect().unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let writer = ParquetWriter::new(File::create(path).unwrap()).with_row_group_size(Some(ROWS as usize));
    writer.finish(&mut frame).unwrap();
}

/// Destroys the columns of row groups for which `which(group, column)` holds, and says how many bytes these were.
fn destroy(path: &Path, which: impl Fn(usize, &str) -> bool) -> u64 {
    let mut reader = ParquetReader::new(File::open(path).unwrap());
    let metadata = reader.get_metadata().unwrap().clone();
    assert_eq!(metadata.row_groups.len(), GROUPS as usize);
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let mut bytes = 0;
    for (group, parts) in metadata.row_groups.iter().enumerate() {
        for column in ["TimeGenerated", "User", "N", "Bag"] {
            if which(group, column) {
                let range = parts.columns_under_root_iter(column).unwrap().next().unwrap().byte_range();
                file.seek(SeekFrom::Start(range.start)).unwrap();
                file.write_all(&vec![0xFF; (range.end - range.start) as usize]).unwrap();
                bytes += range.end - range.start;
            }
        }
    }
    bytes
}

fn run(dir: &Path, text: &str) -> Result<Vec<String>, kql::Error> {
    let workspace = Workspace::open(dir).unwrap();
    kql_polars::run(text, &workspace, &Default::default(), &Default::default()).map(|table| rows(&table))
}

/// The third row group, in the middle of it.
const WITHIN: &str = "TimeGenerated between (datetime(2024-05-01T03:30:00Z) .. datetime(2024-05-01T04:29:00Z))";

#[test]
fn a_time_filter_skips_row_groups_and_other_columns() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("T.parquet");
    write(&file, 0);
    let destroyed = destroy(&file, |group, column| group != 2 || column == "Bag");
    assert!(destroyed * 2 > std::fs::metadata(&file).unwrap().len());
    for (text, expected) in [
        (format!("T | where {WITHIN} | summarize count(), min(N), dcount(User)"), "[60,210,7]"),
        (format!("T | extend x = N + 1 | where {WITHIN} and User has 'user3' | summarize count(), max(x)"), "[9,270]"),
        (format!("T | where {WITHIN} | summarize arg_max(TimeGenerated, N) by User | summarize sum(N), count()"), "[1862,7]"),
        (format!("T | where {WITHIN} | summarize n = count() by bin(TimeGenerated, 1h) | count"), "[2]"),
        (format!("T | where {WITHIN} and N > 240 | summarize sum(N) by User | take 1 | project User"), r#"["user3@contoso.com"]"#),
        (format!("T | where N == 215 and {WITHIN} | project User"), r#"["user5@contoso.com"]"#),
        (format!("T | where {WITHIN} | top 1 by N | project N"), "[269]"),
        ("T | where TimeGenerated > datetime(2024-05-01T03:19:00Z) | where TimeGenerated < datetime(2024-05-01T05:00:00Z) | count".into(), "[100]"),
        ("T | where bin(TimeGenerated, 1h) == datetime(2024-05-01T04:00:00Z) | summarize count()".into(), "[60]"),
    ] {
        assert_eq!(run(dir.path(), &text).unwrap_or_else(|e| panic!("{text}: {e}")), [expected], "{text}");
    }
    // Other queries do read what was destroyed.
    assert!(run(dir.path(), "T | summarize sum(N)").is_err());
    assert!(run(dir.path(), &format!("T | where {WITHIN} | summarize max(tostring(Bag))")).is_err());
}

/// Groups come in the order of their first row: over several row groups and files, behind filters and computed columns, of one or several scans.
#[test]
fn groups_come_in_the_order_of_their_first_row() {
    let dir = tempfile::tempdir().unwrap();
    for day in 0..3 {
        write(&dir.path().join(format!("T/d={day:02}/part.parquet")), day);
    }
    let expected = |from: i64| (0..7).map(|i| format!("[\"user{}@contoso.com\"]", (from + i) % 7)).collect::<Vec<_>>();
    for (text, from) in [
        ("T | summarize count() by User | project User", 0),
        ("T | where N > 2 | summarize count() by User | project User", 3),
        ("T | where N > 2 | extend x = N * 2 | where x != 7 | summarize sum(x) by User | project User", 3),
        ("T | where N > 2 | project-away Bag | summarize max(N) by User | project User", 3),
        ("T | where N > 3 | take 100 | summarize count() by User | project User", 4),
        ("T | where N > 3 | distinct User", 4),
        ("T | where N > 3 | summarize by User", 4),
        ("union T, (T | where N > 5) | summarize count() by User | project User", 0),
    ] {
        let found = run(dir.path(), text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(found, expected(from), "{text}");
    }
}

#[test]
fn the_time_of_the_newest_row_comes_from_the_footer() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("T.parquet");
    write(&file, 0);
    destroy(&file, |group, _| group != 9);
    // now() is the time of the newest row, 16:39.
    assert_eq!(
        run(dir.path(), "T | where TimeGenerated > ago(10m) | summarize count(), min(N)").unwrap(),
        ["[10,990]"]
    );
}

#[test]
fn files_of_other_days_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    for day in 0..40 {
        let file = dir.path().join(format!("T/d={day:02}/part.parquet"));
        write(&file, day);
        if day != 17 {
            destroy(&file, |_, _| true);
        }
    }
    let day = "TimeGenerated between (datetime(2024-05-18) .. datetime(2024-05-18T12:00:00Z))";
    assert_eq!(run(dir.path(), &format!("T | where {day} | summarize sum(N), dcount(User)")).unwrap(), ["[259560,7]"]);
    assert_eq!(
        run(dir.path(), &format!("T | where {day} | top 3 by TimeGenerated desc | summarize sum(N)")).unwrap(),
        ["[2157]"]
    );
    assert!(run(dir.path(), "T | summarize sum(N)").is_err());
}

/// Files by pyarrow (`tests/data/make_pyarrow.py` says how they were made): strings as dictionaries, large strings and string views, row groups of seven rows,
/// data pages of version 2.
#[test]
fn files_of_pyarrow() {
    let workspace = Workspace::open(project().join("crates/local/tests/data/pyarrow")).unwrap();
    for table in ["Dictionary", "LargeString", "StringView"] {
        let all = query(&workspace, &format!("{table} | summarize count(), dcount(User), sum(N), min(TimeGenerated)"));
        assert_eq!(rows(&all), [r#"[100,5,4950,"2024-05-01T00:00:00.0000000Z"]"#], "{table}");
        let some = query(
            &workspace,
            &format!(
                "{table} | where User =~ 'USER3' and TimeGenerated >= datetime(2024-05-01T01:00:00Z) | summarize count(), make_set(User)"
            ),
        );
        assert_eq!(rows(&some), [r#"[8,["user3"]]"#], "{table}");
        let missing =
            query(&workspace, &format!("{table} | where isempty(Maybe) | summarize count(), countif(Maybe == '')"));
        assert_eq!(rows(&missing), ["[50,50]"], "{table}");
        let groups = query(
            &workspace,
            &format!("{table} | summarize n = count() by User, Maybe | sort by User asc, Maybe asc | take 2"),
        );
        assert_eq!(rows(&groups), [r#"["user0","",10]"#, r#"["user0","yes",10]"#], "{table}");
    }
}
