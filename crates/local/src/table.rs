//! A table that has been opened.

use std::collections::HashSet;

use kql_polars::TableSource;

/// First and last time, in ticks; `None` where there is no time at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The earliest.
    pub first: Option<i64>,
    /// The latest.
    pub last: Option<i64>,
}

impl TimeRange {
    /// Widens the range to cover `other`.
    pub fn add(&mut self, other: Self) {
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.into_iter().chain(other.last).max();
    }
}

/// A table ready to be queried.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The scan.
    pub source: TableSource,
    /// Number of rows.
    pub rows: u64,
    /// Of `TimeGenerated`.
    pub times: TimeRange,
    /// Columns that are known to be null, or an empty text, in every row.
    pub empty: HashSet<String>,
}
