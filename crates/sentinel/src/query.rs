//! A query and how it is asked.

use std::collections::BTreeMap;
use std::time::Duration;

use kql::Value;

/// A query for a workspace or a cluster.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Its text.
    pub text: String,
    /// The values of the parameters that it declares.
    pub params: BTreeMap<String, Value>,
    /// The time range that the service limits the tables to, in ticks, both ends included.
    pub range: Option<(i64, i64)>,
    /// The time range that the query's own text limits its rows to, if that is known: what is halved if the answer is too large.
    pub known_range: Option<(i64, i64)>,
    /// Fetch it in parts of this many ticks.
    pub split_by: Option<i64>,
    /// Do not split it, even if the answer is not complete.
    pub whole: bool,
    /// Further workspaces to ask, by id, name or resource id.
    pub workspaces: Vec<String>,
    /// The logs of this Azure resource, by its id, in place of the workspace's.
    pub resource: Option<String>,
    /// How long it may take, all attempts together.
    pub timeout: Option<Duration>,
    /// Ask the service, even if the answer is known.
    pub fresh: bool,
}

impl Query {
    /// A query without parameters.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}
