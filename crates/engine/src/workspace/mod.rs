//! A workspace: tables that queries can be asked of, wherever they are.

mod announce;
mod ask;
mod cloud;
mod completed;
mod local;
mod recording;
mod registry;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use kql::{Value, time};
use kql_polars::KqlTable;

pub use announce::{Listening, announce, listen};
pub use ask::Ask;
pub use cloud::{Client, CloudProvider, give_up};
pub(crate) use cloud::{error as service_error, http_client, secrets, wait_for};
pub use completed::complete;
pub use local::LocalProvider;
pub use recording::{RECORD_VAR, RecordingProvider, ReplayProvider};
pub use registry::{Known, connect, connect_recorded, known, open_folder};

use crate::error::{Error, ErrorCode};
use crate::queries::{self, QueryFile};

/// What a workspace says about one of its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Number of rows, where it is known without reading the table.
    pub rows: Option<u64>,
    /// Number of columns; 0 when the table cannot be read.
    pub columns: usize,
    /// First and last `TimeGenerated`, in ticks, where known.
    pub time_range: Option<(i64, i64)>,
    /// What has to be known about it: a file that cannot be read, …
    pub note: Option<String>,
}

/// Where the tables of a workspace are, and what answers queries about them.
pub trait Provider: Send + Sync + fmt::Debug {
    /// What it is, for people: `local folder /cases/42`.
    fn describe(&self) -> String;

    /// Whether it is the demo, whose addresses are looked up nowhere: services would know other things about them.
    fn is_demo(&self) -> bool {
        false
    }

    /// What `now()` is in this workspace, in ticks.
    ///
    /// # Errors
    /// When the tables cannot be read.
    fn now(&self) -> Result<i64, Error>;

    /// The names of all tables, sorted.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn table_names(&self) -> Result<Vec<String>, Error>;

    /// The tables with what is known about them.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn tables(&self) -> Result<Vec<TableInfo>, Error>;

    /// Why a table cannot be limited to a time range, if it cannot.
    fn time_problem(&self, _table: &str) -> Option<String> {
        None
    }

    /// How many queries it answers at the same time; none where nothing but this machine limits that.
    fn parallel(&self) -> Option<usize> {
        None
    }

    /// Runs a query.
    ///
    /// # Errors
    /// As the query's text or its run fail; what it is asked that this workspace cannot do.
    fn ask(&self, text: &str, params: &BTreeMap<String, Value>, ask: &Ask) -> Result<KqlTable, kql::Error>;

    /// Runs a query that nothing further is asked of.
    ///
    /// # Errors
    /// As [`Self::ask`].
    fn run(&self, text: &str, params: &BTreeMap<String, Value>) -> Result<KqlTable, kql::Error> {
        self.ask(text, params, &Ask::default())
    }

    /// Runs a query of the library: standard tables have all of their columns for it, empty where the workspace lacks one.
    ///
    /// # Errors
    /// As [`Self::ask`].
    fn run_library(&self, text: &str, params: &BTreeMap<String, Value>) -> Result<KqlTable, kql::Error> {
        self.ask(text, params, &Ask::library())
    }
}

/// A connected workspace.
#[derive(Debug)]
pub struct Workspace {
    /// The name it was connected by.
    pub name: String,
    /// What answers.
    pub provider: Box<dyn Provider>,
}

/// How one query of a summary went.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryReport {
    /// The query, `Family.name`.
    pub query: String,
    /// The tables it reads.
    pub tables: Vec<String>,
    /// How it ended.
    pub outcome: QueryOutcome,
    /// How long it took.
    pub elapsed: Duration,
}

/// How a query ended.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryOutcome {
    /// It gave this many rows.
    Rows(usize),
    /// It was not run: the workspace lacks this table.
    NoTable(String),
    /// It failed.
    Failed(Error),
}

impl fmt::Display for QueryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables.join(", ");
        match &self.outcome {
            QueryOutcome::Rows(rows) => {
                let s = if *rows == 1 { "" } else { "s" };
                write!(f, "{tables}: {rows} row{s} in {:.2} s ({})", self.elapsed.as_secs_f64(), self.query)
            }
            QueryOutcome::NoTable(table) => {
                write!(f, "{table}: not in this workspace, skipped ({})", self.query)
            }
            QueryOutcome::Failed(error) => write!(f, "{tables}: failed: {error}"),
        }
    }
}

impl Workspace {
    /// Runs a query of the library.
    ///
    /// # Errors
    /// A table that the workspace lacks, parameters that do not fit, a query that fails.
    pub fn run_query(
        &self,
        query: &QueryFile,
        given: &BTreeMap<String, Value>,
        window: Option<(i64, i64)>,
    ) -> Result<KqlTable, Error> {
        self.ask_query(query, given, window, &Ask::library())
    }

    /// As [`Self::run_query`], asked in a certain way.
    ///
    /// # Errors
    /// As [`Self::run_query`], and what the workspace cannot do of it.
    pub fn ask_query(
        &self,
        query: &QueryFile,
        given: &BTreeMap<String, Value>,
        window: Option<(i64, i64)>,
        ask: &Ask,
    ) -> Result<KqlTable, Error> {
        // Elsewhere there may be other tables.
        let here = ask.resource.is_none() && ask.workspaces.is_empty();
        if here && let Some(table) = self.missing_table(query)? {
            return Err(Error::new(
                ErrorCode::NotFound,
                format!("the workspace {} has no table {table}, which {} reads", self.name, query.name),
            )
            .with_help("workspace.tables() lists the tables it has"));
        }
        let params = queries::bind(query, given, window)?;
        let ask = Ask { is_within_its_times: query.is_within_its_times(), ..ask.clone() };
        self.provider.ask(&query.text, &params, &ask).map_err(|e| {
            let problem = query.tables.iter().find_map(|table| self.provider.time_problem(table));
            match problem {
                Some(problem) if window.is_some() => Error::new(ErrorCode::Query, format!("{problem} ({})", query.name))
                    .with_help(
                        "a table that is searched needs a column TimeGenerated with the time of each row, such as 2026-01-31T12:00:00Z",
                    ),
                _ => Error::library(&query.name, &e),
            }
        })
    }

    /// Runs any query text.
    ///
    /// # Errors
    /// As the query's text or its run fail.
    pub fn run_text(&self, text: &str) -> Result<KqlTable, Error> {
        self.ask_text(text, &BTreeMap::new(), &Ask::default())
    }

    /// Runs any query text, asked in a certain way. The parameters that it declares get the values in `given`; `start` and `end`
    /// the ends of the time range, if there is one.
    ///
    /// # Errors
    /// As [`Self::run_text`]; values that do not fit; what the workspace cannot do of it.
    pub fn ask_text(&self, text: &str, given: &BTreeMap<String, Value>, ask: &Ask) -> Result<KqlTable, Error> {
        // A text without parameters goes as it is: a service may know more KQL than is known here.
        let params = if given.is_empty() && !text.contains("query_parameters") {
            BTreeMap::new()
        } else {
            queries::bind(&QueryFile::parse("query", text)?, given, ask.range)?
        };
        self.provider.ask(text, &params, ask).map_err(|e| Error::query("query", text, &e))
    }

    /// Runs several queries of the library at the same time. `done` is told of each as it ends, from any thread; the
    /// reports and tables come in the order of `jobs`. A failure of one is in its report and does not stop the others.
    ///
    /// # Errors
    /// When the workspace cannot say which tables it has.
    pub fn run_all(
        &self,
        jobs: &[(&QueryFile, BTreeMap<String, Value>)],
        window: (i64, i64),
        done: &(dyn Fn(&QueryReport) + Sync),
    ) -> Result<Vec<(QueryReport, Option<KqlTable>)>, Error> {
        let names = self.provider.table_names()?;
        let one = |query: &QueryFile, params: &BTreeMap<String, Value>| {
            let started = Instant::now();
            let missing = query.tables.iter().find(|t| !names.contains(t));
            let (outcome, table) = match missing {
                Some(table) => (QueryOutcome::NoTable(table.clone()), None),
                None => match self.run_query(query, params, Some(window)) {
                    Ok(table) => (QueryOutcome::Rows(table.rows()), Some(table)),
                    Err(error) => (QueryOutcome::Failed(error), None),
                },
            };
            let report = QueryReport {
                query: query.name.clone(),
                tables: query.tables.clone(),
                outcome,
                elapsed: started.elapsed(),
            };
            done(&report);
            (report, table)
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = jobs.iter().map(|(query, params)| scope.spawn(move || one(query, params))).collect();
            threads
                .into_iter()
                .map(|t| t.join().map_err(|_| Error::new(ErrorCode::Internal, "a query ended in a panic")))
                .collect()
        })
    }

    fn missing_table(&self, query: &QueryFile) -> Result<Option<String>, Error> {
        let names = self.provider.table_names()?;
        Ok(query.tables.iter().find(|t| !names.contains(t)).cloned())
    }
}

/// A time as messages show it: `2026-01-02 03:04:05Z`.
pub fn short_time(ticks: i64) -> String {
    let text = time::format_datetime(ticks);
    format!("{} {}Z", &text[..10], &text[11..19])
}
