//! Every query file is KQL to Microsoft's own language service too: syntax, names and types.
//!
//! Needs node, and once: `npm install --prefix tests/kql-lint`. Where they are missing the test says so and passes, unless the
//! environment variable `CI` is set.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn query_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for family in std::fs::read_dir(root().join("queries")).unwrap() {
        let family = family.unwrap().path();
        if family.is_dir() {
            files.extend(std::fs::read_dir(family).unwrap().map(|f| f.unwrap().path()));
        }
    }
    files.retain(|f| f.extension().is_some_and(|e| e == "kql"));
    files.sort();
    files
}

fn lint(files: &[PathBuf]) -> (bool, String) {
    let output = Command::new("node")
        .arg(root().join("tests/kql-lint/kql-lint.js"))
        .arg(root().join("data/schema.json"))
        .args(files)
        .output()
        .expect("node starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

#[test]
fn microsofts_language_service_accepts_every_query_and_refuses_a_wrong_one() {
    let installed = root().join("tests/kql-lint/node_modules/@kusto/language-service-next").is_dir();
    let has_node = Command::new("node").arg("--version").output().is_ok();
    if !(installed && has_node) {
        assert!(std::env::var_os("CI").is_none(), "node, or the Kusto language service, is not installed");
        eprintln!("skipped: needs node and `npm install --prefix tests/kql-lint`");
        return;
    }
    let files = query_files();
    assert!(files.len() >= 20, "{}", files.len());
    let (ok, text) = lint(&files);
    assert!(ok, "{text}");

    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.kql");
    std::fs::write(&wrong, "SigninLogs | where NoSuchColumn == 1").unwrap();
    let (ok, text) = lint(&[wrong]);
    assert!(!ok && text.contains("NoSuchColumn"), "{text}");
}
