//! Parquet as other programs write it.

use std::path::Path;

use kql_polars::Catalog;
use local::Workspace;
use polars::prelude::*;

use crate::{failure, folder, note, query, rows};

fn write(path: &Path, mut frame: DataFrame) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    ParquetWriter::new(std::fs::File::create(path).unwrap()).finish(&mut frame).unwrap();
}

fn types(workspace: &Workspace, table: &str) -> String {
    let info = workspace.table_info(table).unwrap();
    assert!(!info.failed, "{info:?}");
    info.columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn times_in_all_units() {
    let dir = tempfile::tempdir().unwrap();
    let nanos = Series::new("ns".into(), [1_714_558_272_123_456_789i64, -100]);
    let frame = df!("TimeGenerated" => [1_714_558_272_123i64, 0]).unwrap();
    let frame = frame
        .lazy()
        .select([
            col("TimeGenerated").cast(DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))),
            lit(nanos).cast(DataType::Datetime(TimeUnit::Nanoseconds, None)).alias("ns"),
            lit(Series::new("us".into(), [1i64, -1]))
                .cast(DataType::Datetime(TimeUnit::Microseconds, None))
                .alias("us"),
            lit(Series::new("day".into(), [1i32, -1])).cast(DataType::Date).alias("day"),
        ])
        .collect()
        .unwrap();
    write(&dir.path().join("T.parquet"), frame);
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(types(&w, "T"), "TimeGenerated:datetime ns:datetime us:datetime day:datetime");
    assert_eq!(
        rows(&query(&w, "T")),
        [
            r#"["2024-05-01T10:11:12.1230000Z","2024-05-01T10:11:12.1234567Z","1970-01-01T00:00:00.0000010Z","1970-01-02T00:00:00.0000000Z"]"#,
            r#"["1970-01-01T00:00:00.0000000Z","1969-12-31T23:59:59.9999999Z","1969-12-31T23:59:59.9999990Z","1969-12-31T00:00:00.0000000Z"]"#
        ]
    );
    assert_eq!(kql::time::format_datetime(w.now().unwrap()), "2024-05-01T10:11:12.1230000Z");
}

#[test]
fn stored_types_are_read_as_those_of_kql() {
    let dir = tempfile::tempdir().unwrap();
    let nested = Series::new("x".into(), [1i64, 2]);
    let frame = df!(
        "cat" => ["a", "b"], "dec" => [1.50f64, 2.0], "small" => [1i32, 2], "big" => [u64::MAX, 1], "fits" => [7u64, 8],
        "list" => [Some(nested), None], "f" => [1.5f32, 2.5], "none" => [None::<bool>, None], "a" => [1i64, 2], "b" => ["x", "y"]
    )
    .unwrap();
    let frame = frame
        .lazy()
        .with_columns([
            col("cat").cast(DataType::from_categories(Categories::global())),
            col("dec").cast(DataType::Decimal(10, 2)),
            col("small").cast(DataType::Int8),
            as_struct(vec![col("a"), col("b")]).alias("struct"),
        ])
        .collect()
        .unwrap();
    write(&dir.path().join("T.parquet"), frame);
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(
        types(&w, "T"),
        "cat:string dec:decimal small:int big:decimal fits:long list:dynamic f:real none:bool a:long b:string struct:dynamic"
    );
    assert_eq!(
        rows(&query(&w, "T | project cat, dec, small, big, fits, list, f, none, struct")),
        [
            r#"["a","1.5",1,"18446744073709551615",7,[1,2],1.5,null,{"a":1,"b":"x"}]"#,
            r#"["b","2",2,"1",8,null,2.5,null,{"a":2,"b":"y"}]"#
        ]
    );
    assert!(note(&w, "T").contains("T.big is read as decimal, not long"), "{}", note(&w, "T"));
}

#[test]
fn known_columns_have_their_types_however_stored() {
    let dir = tempfile::tempdir().unwrap();
    let frame = df!(
        "TimeGenerated" => ["2024-05-01T10:11:12.1234567Z", "2024-05-02T00:00:00Z"], "EventID" => [4624.0, f64::NAN],
        "LogonType" => [3i64, 10], "Level" => [8i64, 16], "Account" => [Some("x"), None], "Task" => [1i64, 5_000_000_000]
    )
    .unwrap();
    write(&dir.path().join("SecurityEvent.parquet"), frame);
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(
        types(&w, "SecurityEvent"),
        "TimeGenerated:datetime EventID:int LogonType:int Level:string Account:string Task:long"
    );
    assert_eq!(
        rows(&query(&w, "SecurityEvent")),
        [
            r#"["2024-05-01T10:11:12.1234567Z",4624,3,"8","x",1]"#,
            r#"["2024-05-02T00:00:00.0000000Z",null,10,"16","",5000000000]"#
        ]
    );
    let note = note(&w, "SecurityEvent");
    assert!(
        note.contains("TimeGenerated is stored as text") && note.contains("Task is read as long, not int"),
        "{note}"
    );
    assert_eq!(query(&w, "SecurityEvent | where TimeGenerated > datetime(2024-05-01T12:00:00Z)").rows(), 1);
}

#[test]
fn parts_with_other_columns_are_brought_together() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("T/1.parquet"), df!("A" => [1i32], "B" => ["x"]).unwrap());
    write(&dir.path().join("T/2.parquet"), df!("A" => [2i64], "C" => [true]).unwrap());
    write(&dir.path().join("T/y=2024/3.parquet"), df!("B" => [5i64], "A" => [3i32]).unwrap());
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(types(&w, "T"), "A:long B:string C:bool");
    assert_eq!(rows(&query(&w, "T | sort by A asc")), [r#"[1,"x",null]"#, r#"[2,"",true]"#, r#"[3,"5",null]"#]);
    assert_eq!(w.table_info("T").unwrap().rows, Some(3));
}

#[test]
fn equal_parts_are_one_scan() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3i64 {
        write(&dir.path().join(format!("T[{i}]/part.parquet")), df!("A" => [i]).unwrap());
        write(&dir.path().join(format!("P/{i}.parquet")), df!("A" => [i]).unwrap());
    }
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(rows(&query(&w, "P | sort by A asc")), ["[0]", "[1]", "[2]"]);
    // Brackets in a name are no pattern.
    assert_eq!(rows(&query(&w, "['T[1]']")), ["[1]"]);
}

#[test]
fn damaged_files_are_errors_that_name_them() {
    let dir = folder(&[("Text.parquet", b"TimeGenerated,A\n"), ("Empty.parquet", b""), ("Tiny.parquet", b"PAR1PAR1")]);
    write(&dir.path().join("Good.parquet"), df!("A" => [1i64]).unwrap());
    let whole = std::fs::read(dir.path().join("Good.parquet")).unwrap();
    std::fs::write(dir.path().join("Cut.parquet"), &whole[..whole.len() - 20]).unwrap();
    let mut scribbled = whole.clone();
    let middle = whole.len() - 40;
    scribbled[middle..middle + 24].fill(0xFF);
    std::fs::write(dir.path().join("Scribbled.parquet"), scribbled).unwrap();
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(rows(&query(&w, "Good")), ["[1]"]);
    for table in ["Text", "Empty", "Tiny", "Cut"] {
        let error = failure(&w, table);
        assert!(error.contains(&format!("{table}.parquet cannot be read as Parquet")), "{error}");
    }
    // What a damaged footer gives is an error too, or the rows.
    let _ = kql_polars::run("Scribbled", &w, &std::collections::BTreeMap::new(), &kql_polars::Options::default());
}

#[test]
fn columns_without_values_are_known_from_the_footers() {
    let empty = |w: &Workspace| {
        let mut names: Vec<String> = w.empty_columns("T").into_iter().collect();
        names.sort();
        names.join(" ")
    };
    let dir = tempfile::tempdir().unwrap();
    let frame = |nulls: Option<&str>| {
        df!(
            "a" => ["x", "y"], "nulls" => [None, nulls], "blank" => ["", ""], "some" => [None, Some("z")], "n" => [None::<i64>, None],
        )
        .unwrap()
    };
    write(&dir.path().join("T/1.parquet"), frame(None));
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(empty(&w), "blank n nulls");
    assert_eq!(rows(&query(&w, "T | where * has 'z' | project a")), [r#"["y"]"#]);
    assert_eq!(rows(&query(&w, "T | where * !has 'z' | count")), ["[2]"]);
    write(&dir.path().join("T/2.parquet"), frame(Some("here")));
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(empty(&w), "blank n");
    assert_eq!(rows(&query(&w, "T | where * has 'here' | count")), ["[1]"]);
    assert_eq!(rows(&query(&w, "search in (T) 'here' | count")), ["[1]"]);
}

#[test]
fn a_column_that_is_half_null_is_not_empty() {
    // Polars writes twice the number of nulls for such columns of several pages.
    let half: Vec<Option<&str>> = (0..10_000).map(|i| (i % 2 == 0).then_some("value")).collect();
    let part = df!("half" => half, "none" => vec![None::<&str>; 10_000], "n" => vec![1i64; 10_000]).unwrap();
    let mut all = part.clone();
    for _ in 1..26 {
        all.vstack_mut(&part).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("T.parquet"), all);
    let w = Workspace::open(dir.path()).unwrap();
    assert_eq!(w.empty_columns("T").into_iter().collect::<Vec<_>>(), ["none"]);
    assert_eq!(rows(&query(&w, "T | where * has 'value' | count")), ["[130000]"]);
}
