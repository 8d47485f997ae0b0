//! The rows of a look-up, and how they are asked for.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Severity;
use super::provider::{Provider, Verdict};
use crate::failure::Failure;
use crate::ioc::Ioc;
use crate::table::{Cell, ColumnType, Record};

/// What one service says about one indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct TiRow {
    /// The indicator in its normal form.
    pub ioc: String,
    /// Its type: `ipv4`, `dns`, …
    pub ioc_type: &'static str,
    /// What was sent: the same, for all services so far.
    pub safe_ioc: String,
    /// What was asked about it; empty for the default.
    pub query_subtype: String,
    /// The service.
    pub provider: String,
    /// Whether the service knows the indicator.
    pub result: bool,
    /// How bad it is.
    pub severity: Severity,
    /// The parts of the answer that matter, or a message.
    pub details: Map<String, Value>,
    /// The whole answer.
    pub raw_result: Value,
    /// Where a person can read more.
    pub reference: String,
    /// `ok`, `not found`, `not supported`, `not public`, `not authorized`, `rate limited`, `timed out`, `unexpected answer`, `not asked`, `failed`.
    pub status: &'static str,
}

impl Record for TiRow {
    const COLUMNS: &'static [(&'static str, ColumnType)] = &[
        ("Ioc", ColumnType::Text),
        ("IocType", ColumnType::Text),
        ("SafeIoc", ColumnType::Text),
        ("QuerySubtype", ColumnType::Text),
        ("Provider", ColumnType::Text),
        ("Result", ColumnType::Bool),
        ("Severity", ColumnType::Text),
        ("Details", ColumnType::Dynamic),
        ("RawResult", ColumnType::Dynamic),
        ("Reference", ColumnType::Text),
        ("Status", ColumnType::Text),
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.ioc),
            Cell::text(self.ioc_type),
            Cell::text(&self.safe_ioc),
            Cell::text(&self.query_subtype),
            Cell::text(&self.provider),
            Cell::Bool(self.result),
            Cell::text(self.severity.name()),
            Cell::Dynamic(Value::Object(self.details.clone())),
            if self.raw_result.is_null() { Cell::Null } else { Cell::Dynamic(self.raw_result.clone()) },
            Cell::text(&self.reference),
            Cell::text(self.status),
        ]
    }
}

impl TiRow {
    /// From an answer, or from the lack of one.
    pub(crate) fn new(ioc: &Ioc, query: &str, provider: &dyn Provider, outcome: Result<Verdict, Failure>) -> Self {
        let (verdict, status) = match outcome {
            Ok(verdict) => {
                let status = if verdict.found { "ok" } else { "not found" };
                (verdict, status)
            }
            Err(failure) => {
                let verdict = Verdict { severity: Severity::Unknown, ..Verdict::unknown_to_it(&failure.to_string()) };
                (verdict, failure.status())
            }
        };
        Self {
            ioc: ioc.value.clone(),
            ioc_type: ioc.kind.name(),
            safe_ioc: ioc.value.clone(),
            query_subtype: query.to_owned(),
            provider: provider.name().to_owned(),
            result: verdict.found,
            severity: verdict.severity,
            details: verdict.details,
            raw_result: verdict.raw,
            reference: provider.reference(ioc),
            status,
        }
    }

    /// For an indicator that nobody was asked about.
    pub(crate) fn not_asked(ioc: &Ioc, query: &str, why: &str, status: &'static str) -> Self {
        let verdict = Verdict::unknown_to_it(why);
        Self {
            ioc: ioc.value.clone(),
            ioc_type: ioc.kind.name(),
            safe_ioc: ioc.value.clone(),
            query_subtype: query.to_owned(),
            provider: String::new(),
            result: false,
            severity: if status == "not public" { Severity::Information } else { Severity::Unknown },
            details: verdict.details,
            raw_result: Value::Null,
            reference: String::new(),
            status,
        }
    }
}

/// Told of answers as they come: how many of how many.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// How to look indicators up.
#[derive(Clone)]
pub struct TiOptions {
    /// Names of the services to ask; empty: those that are marked as primary, and if none is, all.
    pub providers: Vec<String>,
    /// What to ask: empty for the default, or one of the sub-types of a service, such as `passivedns`.
    pub query: String,
    /// At most so many distinct indicators, the first ones; `None`: an error if there are more than [`TiOptions::MANY`].
    pub limit: Option<usize>,
    /// Rows also for services that do not have the type of the indicator.
    pub show_not_supported: bool,
    /// After this time the indicators that are left get a row that says so. `None`: as long as it takes.
    pub deadline: Option<Duration>,
    /// Asks also for what is kept on disk, and keeps the new answers.
    pub fresh: bool,
    /// Told of answers as they come.
    pub progress: Option<Progress>,
}

impl TiOptions {
    /// So many distinct values are looked up without being asked for a limit.
    pub const MANY: usize = 5000;
}

impl Default for TiOptions {
    fn default() -> Self {
        Self {
            providers: Vec::new(),
            query: String::new(),
            limit: None,
            show_not_supported: false,
            deadline: Some(Duration::from_secs(15 * 60)),
            fresh: false,
            progress: None,
        }
    }
}

impl std::fmt::Debug for TiOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TiOptions")
            .field("providers", &self.providers)
            .field("query", &self.query)
            .field("limit", &self.limit)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// The rows, in the order of the indicators and then of the services, and what there is to say about them.
#[derive(Debug, Clone, Default)]
pub struct TiReport {
    /// The rows.
    pub rows: Vec<TiRow>,
    /// What was left out, and why; for people.
    pub notes: Vec<String>,
}

/// Why nothing can be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TiError {
    /// No service is set up.
    #[error("no threat intelligence service is set up: add keys under TIProviders in msticpyconfig.yaml")]
    NoProvider,
    /// No service has this name.
    #[error("there is no threat intelligence service {name}; there are {}", .known.join(", "))]
    UnknownProvider {
        /// The name.
        name: String,
        /// Those that are set up.
        known: Vec<String>,
    },
    /// Too many to ask for without having said so.
    #[error(
        "{count} different indicators would be about {requests} requests and take about {time}: say how many to ask for with a limit \
         (a limit of {count} asks for all), or name fewer services"
    )]
    TooMany {
        /// Distinct indicators.
        count: usize,
        /// Requests to all services together.
        requests: usize,
        /// How long, for people.
        time: String,
    },
}

/// A time for people: `40 s`, `25 min`, `3 h 10 min`.
pub(crate) fn for_people(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=119 => format!("{} s", seconds.max(1)),
        seconds @ 120..=7199 => format!("{} min", seconds.div_ceil(60)),
        seconds => match (seconds / 3600, seconds % 3600 / 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
    }
}
