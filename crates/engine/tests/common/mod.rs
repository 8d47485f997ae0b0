//! What the tests of the engine's serving side share.

#![allow(dead_code, reason = "not every test file uses all of it")]

#[cfg(unix)]
pub mod services;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use entity_explorer::{Explorer, Workspace};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};

/// The engine of this build.
pub const ENGINE: &str = env!("CARGO_BIN_EXE_entity-explorer");

/// Text that would end a cell's output, open another, obey a terminal, break a quote or a line.
pub const HOSTILE: &str = "a\"b'c\\d\n\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>alert(1)</script>\u{1b}[31m\u{0}\u{202e}=1+1";

/// Column names that no program should trip over.
pub const COLUMNS: [&str; 5] = ["a'b\"c", "['x']", "EVCXR_BEGIN_CONTENT text/html", "| take 1 //", "日本 語"];

/// A query that runs for minutes in little memory.
pub fn long_query() -> String {
    let mut value = "tostring(x)".to_owned();
    for _ in 0..60 {
        value = format!("hash_sha256({value})");
    }
    format!("range x from 1 to 4000000 step 1 | extend h = {value} | summarize max(h)")
}

/// A started engine.
pub fn explorer() -> Explorer {
    let explorer = Explorer::start_at(ENGINE).unwrap();
    explorer.show_progress(false);
    explorer
}

/// A workspace of two tables: `Events` with ordinary rows, `Hostile` with rows and columns that are not.
pub fn workspace(explorer: &Explorer) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    let start = 1_767_323_000_000_000_i64;
    let times: Vec<i64> = (0..100).map(|i| start + i * 1_000_000).collect();
    let times = Series::new("TimeGenerated".into(), times)
        .cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))
        .unwrap();
    let users: Vec<&str> = (0..100).map(|i| if i % 3 == 0 { "alice@contoso.com" } else { "bob@contoso.com" }).collect();
    let addresses: Vec<String> = (0..100).map(|i| format!("203.0.113.{}", i % 7)).collect();
    let bytes: Vec<i64> = (0..100).map(|i| i * i).collect();
    let events = vec![
        times.into_column(),
        Column::new("User".into(), users),
        Column::new("IPAddress".into(), addresses),
        Column::new("Bytes".into(), bytes),
    ];
    write(folder.path().join("Events.parquet"), events);
    let hostile = COLUMNS.iter().map(|name| Column::new((*name).into(), [HOSTILE])).collect();
    write(folder.path().join("Hostile.parquet"), hostile);
    let opened = explorer.connect(folder.path().to_str().unwrap()).unwrap();
    (folder, opened)
}

fn write(path: PathBuf, columns: Vec<Column>) {
    let height = columns[0].len();
    let mut frame = DataFrame::new(height, columns).unwrap();
    ParquetWriter::new(fs::File::create(path).unwrap()).finish(&mut frame).unwrap();
}

/// Waits until something is so; a minute at most, for a busy machine.
pub fn eventually(mut so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    so()
}

/// Whether a process is there and not merely waiting to be collected.
pub fn runs(process_id: u32) -> bool {
    match fs::read_to_string(Path::new("/proc").join(process_id.to_string()).join("stat")) {
        Ok(stat) => !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'),
        Err(_) => false,
    }
}

/// A path in a temporary folder.
pub fn file(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}
