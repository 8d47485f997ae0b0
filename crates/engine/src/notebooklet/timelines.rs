//! Timelines of a notebooklet's tables.

use kql_polars::KqlTable;
use render::{Timeline, TimelineSpec};

use crate::error::{Error, ErrorCode};

/// A timeline: property, table, group column, title, columns in the hover text.
pub type TimelineOf = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

/// Draws the timeline of this property name over the time range that was searched.
///
/// # Errors
/// A table without times, which is a defect of the engine.
pub fn draw(all: &[TimelineOf], name: &str, table: &KqlTable, (start, end): (i64, i64)) -> Result<Timeline, Error> {
    let (_, _, group, title, columns) =
        all.iter().find(|t| t.0 == name).copied().unwrap_or(("", "", "Type", "Events", &[]));
    let spec = TimelineSpec::new(title, "TimeGenerated").group(group).hover(columns.iter().copied()).window(start, end);
    Timeline::new(table, &spec).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))
}
