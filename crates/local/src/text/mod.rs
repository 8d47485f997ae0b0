//! CSV and NDJSON files as tables in memory.
//!
//! All part files of a table are read into columns of text ([`raw`]), which are then given their types ([`convert`]): for columns that nothing is known
//! of, only the whole of the values tells the type. What had to be mended on the way is counted, and said in the table's notes.

mod convert;
mod csv;
mod decode;
mod json;
mod raw;

use std::collections::HashSet;

use kql_polars::TableSource;

use crate::files::{Format, Part};
use crate::schema::Schema;
use crate::table::{Loaded, TimeRange};
use raw::RawTable;

/// Reads the part files of one table.
///
/// # Errors
/// A sentence that names the file.
pub fn open(table: &str, parts: &[Part], known: &Schema) -> Result<Loaded, String> {
    let mut raw = RawTable::new(None);
    read(parts, &mut raw)?;
    if raw.columns.is_empty() {
        let files: Vec<_> = parts.iter().map(|p| p.path.display().to_string()).collect();
        return Err(format!("{} has no columns: the file is empty", files.join(", ")));
    }
    let rows = raw.rows as u64;
    let (frame, columns, mut notes) =
        convert::typed(table, raw, known).map_err(|e| format!("{table} cannot be read: {e}"))?;
    let times = convert::times(&frame, &columns);
    if !columns.iter().any(|c| c.name == "TimeGenerated") {
        notes.push(format!("{table} has no column TimeGenerated: a time range does not limit its rows"));
    }
    use polars::prelude::IntoLazy;
    Ok(Loaded { source: TableSource { frame: frame.lazy(), columns, notes }, rows, times, empty: HashSet::new() })
}

/// First and last `TimeGenerated`, without keeping anything else.
///
/// # Errors
/// A sentence that names the file.
pub fn read_times(parts: &[Part]) -> Result<TimeRange, String> {
    let mut raw = RawTable::new(Some("TimeGenerated"));
    read(parts, &mut raw)?;
    let (frame, columns, _) = convert::typed("", raw, &Schema::default()).map_err(|e| e.to_string())?;
    Ok(convert::times(&frame, &columns))
}

fn read(parts: &[Part], raw: &mut RawTable) -> Result<(), String> {
    for part in parts {
        let name = part.path.display().to_string();
        let file = decode::File::open(&part.path).map_err(|e| format!("{name} cannot be read: {e}"))?;
        raw.begin_file(&name);
        match part.format {
            Format::Csv => csv::read(file, raw),
            _ => json::read(file, raw),
        }
        .map_err(|e| format!("{name} cannot be read: {e}"))?;
        raw.end_file();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_times_alone_are_those_of_the_table() {
        let dir = tempfile::tempdir().unwrap();
        let part = |name: &str, text: &str, format| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            Part { path, format }
        };
        let parts = [
            part("a.csv", "A,TimeGenerated [UTC]\n1,\"5/2/2024, 1:00:00.000 AM\"\n2\n", Format::Csv),
            part("b.ndjson", "{\"TimeGenerated\":\"2024-05-03T00:00:00.1234567Z\",\"A\":{\"x\":1}}\n", Format::Json),
        ];
        let times = read_times(&parts).unwrap();
        assert_eq!(times, open("T", &parts, Schema::known()).unwrap().times);
        let last = times.last.map(kql::time::format_datetime);
        assert_eq!(last.as_deref(), Some("2024-05-03T00:00:00.1234567Z"));
        let first = times.first.map(kql::time::format_datetime);
        assert_eq!(first.as_deref(), Some("2024-05-02T01:00:00.0000000Z"));
    }
}
