#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use kql::Value;
use kql_polars::{KqlTable, NoTables, Options};

use super::*;
use crate::error::Error;
use crate::workspace::{Ask, Provider, TableInfo};

/// A workspace without tables.
#[derive(Debug)]
struct Empty;

impl Provider for Empty {
    fn describe(&self) -> String {
        "nothing".into()
    }

    fn now(&self) -> Result<i64, Error> {
        Ok(kql::time::now_ticks())
    }

    fn table_names(&self) -> Result<Vec<String>, Error> {
        Ok(vec!["T".into()])
    }

    fn tables(&self) -> Result<Vec<TableInfo>, Error> {
        Ok(vec![TableInfo {
            name: "T".into(),
            rows: Some(3),
            columns: 2,
            time_range: Some((1, 2)),
            note: Some("n".into()),
        }])
    }

    fn ask(&self, text: &str, params: &BTreeMap<String, Value>, _ask: &Ask) -> Result<KqlTable, kql::Error> {
        kql_polars::run(text, &NoTables, params, &Options::default())
    }
}

fn record(path: &Path) -> RecordingProvider {
    RecordingProvider::new(Box::new(Empty), "W", path).unwrap()
}

fn cells(table: &KqlTable) -> Vec<Vec<Value>> {
    (0..table.rows())
        .map(|row| (0..table.columns.len()).map(|column| table.value(row, column).unwrap()).collect())
        .collect()
}

const EVERY_TYPE: &str = r#"datatable(b: bool, i: int, l: long, r: real, m: decimal, t: datetime, s: timespan, x: string, d: dynamic, g: guid) [
    true, 1, 9223372036854775807, 1.5, decimal(1.25), datetime(2020-01-01 00:00:00.1234567), timespan(1.02:03:04.5), 'a"b', dynamic({"k": [1, "2"]}), guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
    bool(null), int(null), long(null), real(nan), decimal(null), datetime(0001-01-01), timespan(null), '', dynamic(null), guid(null),
    false, -1, -5, real(+inf), decimal(0), datetime(null), -1s, '1', dynamic("text"), guid(null)]
| render timechart with (title = 'x')"#;

#[test]
fn answers_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let recording = record(&path);
    let with = "declare query_parameters(n: long = 1); print x = n";
    let params = |n: i64| BTreeMap::from([("n".to_owned(), Value::Long(n))]);
    let first = recording.run(EVERY_TYPE, &BTreeMap::new()).unwrap();
    let second = recording.run_library(with, &params(7)).unwrap();
    let empty = recording.run("print x = 1 | where x > 1", &BTreeMap::new()).unwrap();
    let failure = recording.run("print nope", &BTreeMap::new()).unwrap_err();
    let now = recording.now().unwrap();
    // The present stands still, also when the recording goes on another day.
    drop(recording);
    let recording = record(&path);
    assert_eq!(recording.now().unwrap(), now);
    recording.run("print 3", &BTreeMap::new()).unwrap();

    let replay = ReplayProvider::open(&path).unwrap();
    assert_eq!((replay.now().unwrap(), replay.workspace()), (now, "W"));
    assert_eq!(replay.table_names().unwrap(), ["T"]);
    assert_eq!(replay.tables().unwrap(), Empty.tables().unwrap());
    for (text, params, table) in [
        (EVERY_TYPE, BTreeMap::new(), &first),
        (with, params(7), &second),
        ("print x = 1 | where x > 1", BTreeMap::new(), &empty),
    ] {
        let again = replay.run(text, &params).unwrap();
        assert_eq!(again.columns, table.columns);
        // NaN is no equal of itself.
        assert_eq!(format!("{:?}", cells(&again)), format!("{:?}", cells(table)));
        assert_eq!((&again.notes, &again.render), (&table.notes, &table.render));
    }
    assert_eq!(replay.run("print nope", &BTreeMap::new()).unwrap_err().message, failure.message);
    assert_eq!(replay.run("print 3", &BTreeMap::new()).unwrap().rows(), 1);

    let other = replay.run(with, &params(8)).unwrap_err();
    assert!(
        other.message.ends_with("it was recorded with n = long(7), and is asked with long(8)"),
        "{}",
        other.message
    );
    assert!(replay.run("print 4", &BTreeMap::new()).unwrap_err().message.starts_with("this query was not recorded in"));
}

#[test]
fn the_folder_is_a_local_workspace() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).run(EVERY_TYPE, &BTreeMap::new()).unwrap();
    let tables = local::Workspace::open(folder.path()).unwrap();
    let text = "Answer_0001 | where t > datetime(2000-01-01) | project t, s, d.k[0]";
    let table = kql_polars::run(text, &tables, &BTreeMap::new(), &Options::default()).unwrap();
    assert_eq!(table.value(0, 1).unwrap(), Value::TimeSpan(kql::time::parse_timespan("1.02:03:04.5").unwrap()));
    assert_eq!(table.value(0, 2).unwrap(), Value::Dynamic(1.into()));
}

#[test]
fn folders_of_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.csv"), "a\n1\n").unwrap();
    let error = RecordingProvider::new(Box::new(Empty), "W", folder.path()).unwrap_err();
    assert!(error.message.contains("is not empty, and no recording"), "{error}");
    assert!(ReplayProvider::open(folder.path()).unwrap_err().message.contains("is no recording"));

    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    let error = RecordingProvider::new(Box::new(Empty), "Other", folder.path()).unwrap_err();
    assert!(error.message.contains("has answers of the workspace W, not of Other"), "{error}");

    record(folder.path()).run("print 1", &BTreeMap::new()).unwrap();
    std::fs::remove_file(folder.path().join("Answer_0001.parquet")).unwrap();
    assert!(ReplayProvider::open(folder.path()).unwrap_err().message.contains("is damaged"));
}

#[test]
fn the_same_text_over_another_time_is_another_question_and_a_fresh_answer_replaces_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let recording = record(&path);
    let day = Ask { range: Some((0, 864_000_000_000)), ..Ask::default() };
    let elsewhere = Ask { workspaces: vec!["w".into()], resource: Some("/subscriptions/s".into()), ..Ask::default() };
    let none = BTreeMap::new();
    for ask in [&day, &Ask { fresh: true, ..day.clone() }, &elsewhere] {
        recording.ask("print x = new_guid()", &none, ask).unwrap();
    }
    let replay = ReplayProvider::open(&path).unwrap();
    assert_ne!(
        cells(&replay.ask("print x = new_guid()", &none, &day).unwrap()),
        cells(&replay.ask("print x = new_guid()", &none, &elsewhere).unwrap())
    );
    let first = local::Workspace::open(&path).unwrap();
    let first = kql_polars::run("Answer_0001", &first, &none, &Options::default()).unwrap();
    assert_ne!(cells(&first), cells(&replay.ask("print x = new_guid()", &none, &day).unwrap()));
    assert!(replay.run("print x = new_guid()", &none).is_err());
}
