//! How a query is asked, beside its text and the values of its parameters.

use std::time::Duration;

use kql::time::format_datetime;

/// How a query is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// It is one of the library: standard tables have all of their columns for it, empty where the workspace lacks one.
    pub library: bool,
    /// Only rows of this time, in ticks, both ends included, whatever the text says of the time besides.
    pub range: Option<(i64, i64)>,
    /// The text reads no rows outside of the time from its parameter `start` to `end`: a service may be told so beside it.
    pub is_within_its_times: bool,
    /// Fetched in parts of this many ticks.
    pub split_by: Option<i64>,
    /// Further workspaces that are asked, by id, name or resource id.
    pub workspaces: Vec<String>,
    /// The logs of this Azure resource in place of the workspace's.
    pub resource: Option<String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// Asked again, even if the answer is known.
    pub fresh: bool,
}

impl Ask {
    /// For a query of the library.
    pub fn library() -> Self {
        Self { library: true, ..Self::default() }
    }

    /// What of it changes the answer, as names and values that no parameter can have.
    pub fn marks(&self) -> Vec<(String, String)> {
        let mut marks = Vec::new();
        if let Some((start, end)) = self.range {
            marks.push(("(timespan)".to_owned(), format!("{}/{}", format_datetime(start), format_datetime(end))));
        }
        if !self.workspaces.is_empty() {
            marks.push(("(workspaces)".to_owned(), self.workspaces.join(", ")));
        }
        if let Some(resource) = &self.resource {
            marks.push(("(resource)".to_owned(), resource.clone()));
        }
        marks
    }
}
