//! Pivots of a column of a table, once or in steps.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::handle::{Handle, list, text};
use crate::nearest::nearest;
use crate::output::{Bundle, plain};
use crate::show::{Show, displayed, displayed_as_text};
use crate::table::Table;
use crate::timespan::IntoTimeSpan;
use crate::wire::Value;
use crate::{Error, TimeSpan};

/// What becomes of the rows that a pivot starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// All of them stay; those without a result have empty columns.
    Left,
    /// Every result stays.
    Right,
    /// Those with a result stay.
    Inner,
    /// None of them: only the results, with the value that each is for in the column `PivotValue`.
    None,
}

impl JoinKind {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Inner => "inner",
            Self::None => "none",
        }
    }
}

impl fmt::Display for JoinKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

displayed_as_text!(JoinKind);

fn span(timespan: &Option<Result<TimeSpan, Error>>) -> Result<Value, Error> {
    match timespan {
        Some(timespan) => Ok(timespan.clone()?.to_value()),
        None => Ok(Value::Null),
    }
}

fn size(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A pivot of a column on its way to being run.
#[derive(Clone)]
#[must_use = "nothing is asked until `.run()`"]
pub struct Pivot {
    table: Handle,
    name: String,
    column: String,
    join: JoinKind,
    limit: usize,
    timespan: Option<Result<TimeSpan, Error>>,
}

impl Pivot {
    pub(crate) fn new(table: &Handle, name: &str, column: &str) -> Self {
        Self {
            table: table.clone(),
            name: name.to_owned(),
            column: column.to_owned(),
            join: JoinKind::None,
            limit: 0,
            timespan: None,
        }
    }

    /// What becomes of the rows: only results, if nothing is said.
    pub fn join(mut self, join: JoinKind) -> Self {
        self.join = join;
        self
    }

    /// The span of time to look at; the last two days, if nothing is said.
    pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
        self.timespan = Some(timespan.into_timespan());
        self
    }

    /// The most different values that are asked about; more are an error, so that nobody asks a hundred thousand questions by mistake. The usual
    /// limit is 5,000 for a query that takes a list, and 200 for one that is run for each value.
    pub fn limit(mut self, values: usize) -> Self {
        self.limit = values;
        self
    }

    /// Asks. Values whose query failed are named in the notes of the result.
    ///
    /// # Errors
    /// When there is no such pivot or column, the column has no such values or too many, or every query failed.
    pub fn run(&self) -> Result<Table, Error> {
        let params = Value::map()
            .with("name", Value::str(&self.name))
            .with("column", Value::str(&self.column))
            .with("join", Value::str(self.join.name()))
            .with("limit", size(self.limit))
            .with("timespan", span(&self.timespan)?);
        Table::from_reply(self.table.connection(), &self.table.call("table.pivot", params)?)
    }
}

impl fmt::Debug for Pivot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pivot({} by {})", plain(&self.name), plain(&self.column))
    }
}

/// Pivots and KQL one after the other, on their way to being run: each step works on what the one before gave.
///
/// ```no_run
/// # fn main() -> Result<(), entity_explorer::Error> {
/// # use entity_explorer::prelude::*;
/// # let workspace = Explorer::start()?.connect("Demo")?;
/// # let alerts = workspace.kql("SecurityAlert | project Address = '45.155.205.33'")?;
/// let steps = alerts
///     .pipeline()
///     .pivot("IpAddress.list_aad_signins_for_ip", "Address")
///     .named("signins")
///     .kql("summarize Signins = count() by UserPrincipalName")
///     .run()?;
/// steps.step("signins")?;
/// steps.output()
/// # ; Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is asked until `.run()`"]
pub struct Pipeline {
    table: Handle,
    steps: Vec<Value>,
    file: Option<(String, String)>,
    timespan: Option<Result<TimeSpan, Error>>,
}

impl Pipeline {
    pub(crate) fn new(table: &Handle) -> Self {
        Self { table: table.clone(), steps: Vec::new(), file: None, timespan: None }
    }

    /// The pipeline of this name from a YAML file.
    pub(crate) fn of_file(table: &Handle, path: &Path, name: &str) -> Result<Self, Error> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { file: Some((text, name.to_owned())), ..Self::new(table) }),
            Err(error) => Err(Error::new("read", format!("{} cannot be read: {error}", path.display()))
                .with_help("a file of pipelines is YAML text with a list `pipelines`".to_owned())),
        }
    }

    fn last(mut self, key: &str, value: Value) -> Self {
        if let Some(step) = self.steps.pop() {
            self.steps.push(step.with(key, value));
        }
        self
    }

    /// A pivot of a column as the next step; it keeps only results, unless [`join`](Pipeline::join) follows.
    pub fn pivot(mut self, name: &str, column: &str) -> Self {
        self.steps.push(Value::map().with("pivot", Value::str(name)).with("column", Value::str(column)));
        self
    }

    /// Where the addresses of a column are as the next step, as [`Table::geoip`].
    pub fn geoip(self, column: &str) -> Self {
        self.pivot("IpAddress.geoip", column)
    }

    /// Whose the addresses of a column are as the next step, as [`Table::whois`].
    pub fn whois(self, column: &str) -> Self {
        self.pivot("IpAddress.whois", column)
    }

    /// What is known of the values of a column as the next step, as [`Table::threat_intel`].
    pub fn threat_intel(self, column: &str) -> Self {
        self.pivot("threat_intel", column)
    }

    /// KQL operators as the next step.
    pub fn kql(mut self, operators: &str) -> Self {
        self.steps.push(Value::map().with("kql", Value::str(operators)));
        self
    }

    /// What becomes of the rows of the step before.
    pub fn join(self, join: JoinKind) -> Self {
        self.last("join", Value::str(join.name()))
    }

    /// The most different values of the step before.
    pub fn limit(self, values: usize) -> Self {
        self.last("limit", size(values))
    }

    /// Names the step before; without it a step is called by its number: `step 1`.
    pub fn named(self, name: &str) -> Self {
        self.last("name", Value::str(name))
    }

    /// The span of time to look at; the last two days, if nothing is said.
    pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
        self.timespan = Some(timespan.into_timespan());
        self
    }

    /// Runs the steps.
    ///
    /// # Errors
    /// When a step fails: the error names it.
    pub fn run(&self) -> Result<PipelineResult, Error> {
        let mut params = Value::map().with("timespan", span(&self.timespan)?);
        params = match &self.file {
            Some((yaml, name)) => params.with("yaml", Value::str(yaml)).with("name", Value::str(name)),
            None => params.with("steps", Value::List(self.steps.clone())),
        };
        let reply = self.table.call("table.pipeline", params)?;
        let mut steps = Vec::new();
        for step in list(&reply, "steps")? {
            steps.push(Table::from_reply(self.table.connection(), step)?);
        }
        Ok(PipelineResult { name: text(&reply, "name")?, steps: Arc::new(steps) })
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pipeline({} steps)", self.steps.len())
    }
}

/// What the steps of a pipeline gave. It shows itself as the table of the last one.
#[derive(Clone)]
pub struct PipelineResult {
    name: String,
    steps: Arc<Vec<Table>>,
}

impl PipelineResult {
    /// The tables of the steps, in order; their titles are the names of the steps.
    pub fn steps(&self) -> &[Table] {
        &self.steps
    }

    /// The table of the step of this name.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn step(&self, name: &str) -> Result<Table, Error> {
        let mut names = Vec::new();
        for table in self.steps.iter() {
            if table.title() == name {
                return Ok(table.clone());
            }
            names.push(table.title());
        }
        let error = Error::new("not_found", format!("the pipeline {} has no step {name:?}", self.name));
        Err(match nearest(name, &names) {
            Some(near) => error.with_help(format!("did you mean {near}?")),
            None => error.with_help(format!("its steps are: {}", names.join(", "))),
        })
    }

    /// The table of the last step.
    ///
    /// # Errors
    /// When there is no step.
    pub fn output(&self) -> Result<Table, Error> {
        match self.steps.last() {
            Some(table) => Ok(table.clone()),
            None => Err(Error::protocol("a pipeline without steps")),
        }
    }
}

impl Show for PipelineResult {
    fn bundle(&self) -> Result<Bundle, Error> {
        self.output()?.bundle()
    }
}

displayed!(PipelineResult);

impl fmt::Debug for PipelineResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PipelineResult({}, {} steps)", plain(&self.name), self.steps.len())
    }
}
