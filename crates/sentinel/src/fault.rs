//! What goes wrong with a query service, told to people: what failed, on what, and what to do next.

use std::fmt;

/// What kind of failure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// No token could be had, or the service does not take it.
    SignIn,
    /// Signed in, but not allowed.
    Denied,
    /// There is no such workspace, cluster or database.
    NotFound,
    /// The service refuses the query's text.
    Query,
    /// The query names a table that the service does not have.
    NoTable(String),
    /// A limit of the service: too many rows, too large an answer, too much memory.
    Limit,
    /// The query took longer than the service, or the caller, allows.
    Timeout,
    /// Too many requests, also after waiting as told.
    Throttled,
    /// The service cannot be reached: its name, its certificate, a proxy, the line.
    Network,
    /// The service fails, or answers with something that is no answer.
    Service,
    /// The query was cancelled.
    Cancelled,
    /// The caller gave something that cannot be used.
    BadInput,
}

/// A failure: one sentence on what failed and on what, and one on what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which kind.
    pub kind: FaultKind,
    /// What failed, on what.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Fault {
    /// A failure of this kind.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether less time may do where this much did not: a limit, or a time-out.
    pub fn is_too_much(&self) -> bool {
        matches!(self.kind, FaultKind::Limit | FaultKind::Timeout)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}
