//! Workspaces as queries see them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bins;
mod demo;
mod latest;
mod parquet;
mod reading;
mod sample;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kql_polars::{KqlTable, Options};
use local::Workspace;

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    dir
}

/// The result of a query.
pub fn query(workspace: &Workspace, text: &str) -> KqlTable {
    kql_polars::run(text, workspace, &BTreeMap::new(), &Options::default()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The message of a query that fails.
pub fn failure(workspace: &Workspace, text: &str) -> String {
    kql_polars::run(text, workspace, &BTreeMap::new(), &Options::default()).unwrap_err().to_string()
}

/// All cells as JSON text, a line a row.
pub fn rows(table: &KqlTable) -> Vec<String> {
    let row =
        |r| (0..table.columns.len()).map(|c| table.json(r, c).unwrap()).collect::<serde_json::Value>().to_string();
    (0..table.rows()).map(row).collect()
}

/// The note of a table.
pub fn note(workspace: &Workspace, table: &str) -> String {
    workspace.table_info(table).unwrap().note.unwrap_or_default()
}

/// The root of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
