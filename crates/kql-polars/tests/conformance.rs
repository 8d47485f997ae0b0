//! Documented examples with their results: every case runs and is compared by the rules of `tests/data/kql/README.md`.
//!
//! `known_failures.txt` beside the cases lists those that fail, each with the reason. The list has to be exact: a case that is
//! mended has to leave it, so that it cannot break again unseen. `KQL_UPDATE=1 cargo test -p kql-polars --test conformance` writes it anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use kql::Value;
use kql_polars::{KqlTable, NoTables, Options, run};
use serde_json::Value as Json;

mod compare;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/kql").join(name)
}

fn data(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The cases of all files.
fn cases() -> Vec<Json> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(path("")).expect("a folder").map(|f| f.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).expect("text")).collect();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn check(case: &Json) -> Result<(), String> {
    let query = case["query"].as_str().expect("a query");
    let table = run(query, &NoTables, &BTreeMap::new(), &Options::default()).map_err(|e| e.render(query))?;
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let expected: Vec<&str> = strings(&case["columns"]);
    if names != expected {
        return Err(format!("columns: {expected:?} expected, {names:?} found"));
    }
    let rows = cells(&table);
    let wanted: Vec<Vec<&str>> = case["rows"].as_array().expect("rows").iter().map(strings).collect();
    let sets = case.get("set_columns").map(strings).unwrap_or_default();
    let as_set: Vec<bool> = names.iter().map(|n| sets.contains(n)).collect();
    let decimals = case["notes"].as_str().is_some_and(|n| n.to_lowercase().contains("decimal"));
    let ordered = case["ordered"].as_bool().unwrap_or(false);
    compare::rows(&wanted, &rows, ordered, &as_set, decimals)
}

fn strings(value: &Json) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|v| v.as_str().expect("text")).collect()
}

fn cells(table: &KqlTable) -> Vec<Vec<Json>> {
    (0..table.rows())
        .map(|row| (0..table.columns.len()).map(|column| table.json(row, column).expect("a cell")).collect())
        .collect()
}

#[test]
fn documented_examples() {
    let known: BTreeMap<String, String> = data("known_failures.txt")
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(|l| {
            let (id, reason) = l.split_once(": ").expect("id: reason");
            (id.to_owned(), reason.to_owned())
        })
        .collect();
    let mut report = String::new();
    let (mut passed, mut failed) = (0, 0);
    let mut seen: Vec<String> = Vec::new();
    let mut failures = "# Cases that fail, and why: `id: reason`.\n".to_owned();
    for case in cases() {
        let id = case["id"].as_str().expect("an id").to_owned();
        match (check(&case), known.contains_key(&id)) {
            (Ok(()), false) => passed += 1,
            (Ok(()), true) => {
                let _ = writeln!(report, "{id}: passes now; take it off known_failures.txt");
            }
            (Err(reason), listed) => {
                failed += 1;
                let first = match known.get(&id) {
                    Some(reason) => reason.as_str(),
                    None => reason.lines().next().unwrap_or_default(),
                };
                let _ = writeln!(failures, "{id}: {first}");
                if !listed {
                    let _ = writeln!(report, "{id}: {reason}");
                }
            }
        }
        seen.push(id);
    }
    for id in known.keys().filter(|id| !seen.contains(id)) {
        let _ = writeln!(report, "{id}: in known_failures.txt, and there is no such case");
    }
    if std::env::var_os("KQL_UPDATE").is_some() {
        std::fs::write(path("known_failures.txt"), failures).expect("the list is written");
        return;
    }
    println!("{passed} passed, {failed} failed");
    assert!(report.is_empty(), "{passed} passed, {failed} failed\n{report}");
}

#[test]
fn parameters_are_values_and_never_text() {
    let query = "declare query_parameters(name: string, n: long = 2); print found = strlen(name), n";
    let given: BTreeMap<String, Value> = [("name".to_owned(), Value::String("x\" | union *".into()))].into();
    let table = run(query, &NoTables, &given, &Options::default()).unwrap();
    assert_eq!(table.value(0, 0).unwrap(), Value::Long(12));
    assert_eq!(table.value(0, 1).unwrap(), Value::Long(2));
}
