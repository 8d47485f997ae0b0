//! What the tests of the engine's serving side share.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use entity_explorer::{Explorer, Workspace};

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
    let mut events = String::new();
    for i in 0..100 {
        let event = serde_json::json!({
            "TimeGenerated": format!("2026-01-02T03:{:02}:{:02}Z", i / 60, i % 60),
            "User": if i % 3 == 0 { "alice@contoso.com" } else { "bob@contoso.com" },
            "IPAddress": format!("203.0.113.{}", i % 7),
            "Bytes": i * i,
        });
        events.push_str(&format!("{event}\n"));
    }
    fs::write(folder.path().join("Events.ndjson"), events).unwrap();
    let mut row = serde_json::Map::new();
    for column in COLUMNS {
        row.insert(column.to_owned(), HOSTILE.into());
    }
    fs::write(folder.path().join("Hostile.ndjson"), format!("{}\n", serde_json::Value::Object(row))).unwrap();
    let opened = explorer.connect(folder.path().to_str().unwrap()).unwrap();
    (folder, opened)
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
