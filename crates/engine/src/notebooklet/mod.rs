//! What the notebooklets share: properties by name, alerts and bookmarks one by one, timelines, how queries went.

pub mod activity;
pub mod browse;
mod events;
mod fields;
pub mod property;
mod reports;
mod timelines;

use kql_polars::KqlTable;

use crate::error::Error;
use crate::rows::derive;

pub use events::view_events;
pub use fields::field_value;
pub use reports::{push_reports, searched};
pub use timelines::{TimelineOf, draw};

/// `1 alert`, `2 alerts`.
pub fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The alerts counted by name and severity, most first.
///
/// # Errors
/// A defect of the engine.
pub fn alerts_by_name(alerts: &KqlTable) -> Result<KqlTable, Error> {
    derive(
        "Alerts
        | summarize Alerts = count(), First = min(TimeGenerated), Last = max(TimeGenerated) by AlertName, Severity
        | sort by Alerts desc, Last desc, AlertName asc",
        &[("Alerts", alerts)],
    )
}
