//! The published sample data reads alike from all formats.

use kql::KqlType;
use local::{Schema, Workspace};

use crate::{project, query, rows};

fn sample(folder: &str) -> Workspace {
    Workspace::open(project().join("tests/data/sample").join(folder)).unwrap()
}

#[test]
fn parquet_and_ndjson_have_the_same_rows_and_types() {
    let (parquet, ndjson) = (sample("workspace"), sample("ndjson"));
    for info in parquet.table_infos() {
        assert!(!info.failed, "{info:?}");
        let name = &info.name;
        assert_eq!(ndjson.table_info(name).unwrap().columns, info.columns, "{name}");
        let (a, b) = (query(&parquet, name), query(&ndjson, name));
        assert_eq!(a.rows() as u64, info.rows.unwrap());
        let (a, b) = (rows(&a), rows(&b));
        for (row, (a, b)) in a.iter().zip(&b).enumerate() {
            assert_eq!(a, b, "{name}, row {row}");
        }
        assert_eq!(a.len(), b.len(), "{name}");
    }
    assert_eq!(parquet.now(), ndjson.now());
}

#[test]
fn the_portal_csv_has_the_same_rows_and_types_as_parquet() {
    let (parquet, csv) = (sample("workspace"), sample("csv"));
    for name in ["SigninLogs", "Syslog"] {
        let types = |w: &Workspace| w.table_info(name).unwrap().columns;
        assert_eq!(types(&parquet), types(&csv), "{name}");
        let (a, b) = (query(&parquet, name), query(&csv, name));
        // Neither of them has text that a CSV file cannot tell from nothing.
        for (row, (a, b)) in rows(&a).iter().zip(&rows(&b)).enumerate() {
            assert_eq!(a, b, "{name}, row {row}");
        }
        assert_eq!(a.rows(), b.rows());
    }
}

#[test]
fn the_types_are_those_of_the_schema() {
    let text = std::fs::read_to_string(project().join("tests/data/sample/schema.json")).unwrap();
    let schema = Schema::parse(&text).unwrap();
    for workspace in [sample("workspace"), sample("ndjson"), sample("csv")] {
        for info in workspace.table_infos() {
            for (column, ty) in &info.columns {
                assert_eq!(schema.column(&info.name, column), Some(*ty), "{}.{column}", info.name);
            }
        }
    }
    assert_eq!(Schema::known().column("SecurityEvent", "LogonType"), Some(KqlType::Int));
}

#[test]
fn now_is_the_newest_time_of_all_tables() {
    let parquet = sample("workspace");
    assert_eq!(kql::time::format_datetime(parquet.now().unwrap()), "2021-03-23T18:52:41.0880000Z");
    assert_eq!(sample("workspace").with_now(42).now(), Some(42));
    let info = parquet.table_info("Syslog").unwrap();
    let (first, last) = info.time_range.unwrap();
    assert_eq!(kql::time::format_datetime(first), "2019-07-05T18:04:09.0700000Z");
    assert_eq!(kql::time::format_datetime(last), "2020-05-06T02:02:18.7000000Z");
    assert_eq!(info.rows, Some(277));
}
