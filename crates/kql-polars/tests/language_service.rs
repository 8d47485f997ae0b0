//! The columns of expressions, names and types, are those that Microsoft's own language service for Kusto gives them.
//!
//! Needs node, and once: `npm install --prefix tests/kql-lint`. Where they are missing the test says so and passes, unless the
//! environment variable `CI` is set.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kql_polars::{NoTables, columns};

/// A column of each type.
const ROW: &str = "datatable(a: string, n: long, i: int, r: real, d: datetime, t: timespan, b: bool, j: dynamic, g: guid, m: decimal)[]";

/// Where the engine differs on purpose, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "array_sort_asc(make_list(n))",
        "the service names the column of a sorted list; over an aggregation the engine numbers it",
    ),
    ("covariance(n, r)", "its page names both arguments: covariance_x_y"),
    ("covarianceif(n, r, b)", "its page names both arguments"),
    ("covariancep(n, r)", "its page names both arguments"),
    ("jaccard_index(j, j)", "its page says real"),
    ("j[a]", "the engine names the column after the index"),
    ("make_dictionary(j)", "an old name of make_bag"),
    ("make_set(a)[0]", "the engine names it after the index alone"),
    ("percentilesw_array(n, n, 5, 50)", "its page calls the column percentile_x"),
    ("series_periods_detect(j, 1, 2, 1)", "its page calls the second column …_periods_scores"),
    ("-j.x", "the engine reads the number"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The queries of `tests/data/kql/columns.txt`: an operator with its expression on each line.
fn queries() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("tests/data/kql/columns.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| (line.to_owned(), format!("{ROW} | {line}"))).collect()
}

/// What the service gives: none for what it refuses.
fn of_service(queries: &[(String, String)]) -> Vec<Option<Vec<String>>> {
    let mut service = Command::new("node")
        .arg(root().join("tests/kql-lint/columns.js"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let text: Vec<&str> = queries.iter().map(|(_, query)| query.as_str()).collect();
    service.stdin.take().unwrap().write_all(text.join("\n").as_bytes()).unwrap();
    let output = service.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn columns_are_named_and_typed_as_the_language_service_says() {
    let installed = root().join("tests/kql-lint/node_modules/@kusto/language-service-next").is_dir();
    let has_node = Command::new("node").arg("--version").output().is_ok();
    if !(installed && has_node) {
        assert!(std::env::var_os("CI").is_none(), "node, or the Kusto language service, is not installed");
        eprintln!("skipped: needs node and `npm install --prefix tests/kql-lint`");
        return;
    }
    let queries = queries();
    assert!(queries.len() > 350, "{}", queries.len());
    let mut wrong = Vec::new();
    for ((line, query), theirs) in queries.iter().zip(of_service(&queries)) {
        let theirs = theirs.unwrap_or_else(|| panic!("the language service refuses {query}"));
        // A column that is computed anew moves to the end; to the service it stays where it was.
        let mut theirs = theirs;
        let mut ours: Vec<String> = match columns(query, &NoTables, &BTreeMap::new()) {
            Ok(columns) => columns.iter().map(|c| format!("{}:{}", c.name, c.ty)).collect(),
            Err(error) => vec![error.to_string()],
        };
        if line.starts_with("extend") {
            theirs.sort();
            ours.sort();
        }
        let listed = DIFFERENT.iter().any(|(expression, _)| line.ends_with(expression));
        if listed != (ours != theirs) {
            wrong.push(format!("{line}\n   engine: {}\n  service: {}", ours.join(", "), theirs.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), queries.len(), wrong.join("\n"));
}
