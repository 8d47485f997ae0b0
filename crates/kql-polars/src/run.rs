//! From query text to rows.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kql::time::{TICKS_PER_SECOND, UNIX_EPOCH_TICKS};
use kql::{Error, ErrorKind, Value, ast::Script};
use polars::prelude::{DataFrame, Engine, LazyFrame, PolarsError};

use crate::limits::{default_max_memory, is_stop, within};
use crate::places::Places;
use crate::query::{Query, bind_all, bind_script};
use crate::rel::Rel;
use crate::table::Column;
use crate::{Catalog, KqlTable};

/// Stack of the thread that binds and plans a query: only what is touched is used. Syntax trees and plans are walked recursively.
const STACK: usize = 512 << 20;

/// Limits of one run.
#[derive(Debug, Clone)]
pub struct Options {
    /// A result of more rows is an error.
    pub max_rows: Option<usize>,
    /// Only the first rows of the result are computed, this many: what comes after them is left out.
    pub take: Option<usize>,
    /// Ends the run, with an error, soon after somebody sets it.
    pub cancel: Option<Arc<AtomicBool>>,
    /// More memory of the process, in bytes, is an error. By default three quarters of what the machine has.
    pub max_memory: Option<u64>,
    /// More time is an error.
    pub timeout: Option<Duration>,
    /// Called when a run takes a quarter more than `max_memory` and does not stop: some operations of Polars cannot be interrupted. For programs
    /// that would rather end than bring down the machine.
    pub on_overrun: Option<fn(&Error)>,
    /// Called when a run still goes on two seconds after it should have stopped, for the same reason. For programs that do nothing else.
    pub on_stuck: Option<fn(&Error)>,
    /// Whom `geo_info_from_ip_address()` asks; without it, the function is refused.
    pub places: Option<Places>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_rows: None,
            take: None,
            cancel: None,
            max_memory: Some(default_max_memory()),
            timeout: None,
            on_overrun: None,
            places: None,
            on_stuck: None,
        }
    }
}

/// Runs a query. `params` are the values of its `declare query_parameters`.
///
/// ```
/// use std::collections::BTreeMap;
/// use kql_polars::{run, NoTables, Options};
/// let table = run("print x = 1 + 1", &NoTables, &BTreeMap::new(), &Options::default()).unwrap();
/// assert_eq!(table.value(0, 0).unwrap(), kql::Value::Long(2));
/// ```
///
/// # Errors
/// Wrong text, unknown names, wrong types: with the position in `text`. Failures of a run: with the reason. A query that gives several tables:
/// [`run_all`] has them.
pub fn run(
    text: &str,
    catalog: &dyn Catalog,
    params: &BTreeMap<String, Value>,
    options: &Options,
) -> Result<KqlTable, Error> {
    on_big_stack(|| {
        let script = kql::parse(text)?;
        within(options, || run_here(&script, catalog, params, options))
    })
}

/// One of the tables of [`run_all`].
#[derive(Debug, Clone)]
pub struct NamedTable {
    /// The name that `as` or `fork` gives it.
    pub name: Option<String>,
    /// The rows. The notes of the query are with its first table.
    pub table: KqlTable,
}

/// Runs a query that may give several tables: one for each statement that is an expression, several for `fork` and `facet`. The limits of rows hold for each.
///
/// ```
/// use std::collections::BTreeMap;
/// use kql_polars::{run_all, NoTables, Options};
/// let all = run_all("print x = 1; print y = 2 | as Second", &NoTables, &BTreeMap::new(), &Options::default()).unwrap();
/// assert_eq!(all.len(), 2);
/// assert_eq!(all[1].name.as_deref(), Some("Second"));
/// ```
///
/// # Errors
/// As [`run`], but for queries of several tables.
pub fn run_all(
    text: &str,
    catalog: &dyn Catalog,
    params: &BTreeMap<String, Value>,
    options: &Options,
) -> Result<Vec<NamedTable>, Error> {
    on_big_stack(|| {
        let script = kql::parse(text)?;
        within(options, || {
            let mut query = Query::new(catalog, params);
            query.cancel.clone_from(&options.cancel);
            query.places.clone_from(&options.places);
            let mut all = Vec::new();
            for bound in bind_all(&query, &script)? {
                all.push(NamedTable { name: bound.name, table: compute(&query, bound.rel, options)? });
            }
            let first = all.first_mut().ok_or_else(no_result)?;
            first.table.notes = query.take_notes();
            Ok(all)
        })
    })
}

/// The plan of a query as Polars would run it, filters and projections pushed down to the files. Nothing is computed, but for what `toscalar`,
/// `materialize` and the like need before the rest can be planned.
///
/// # Errors
/// As [`run`].
pub fn explain(text: &str, catalog: &dyn Catalog, params: &BTreeMap<String, Value>) -> Result<String, Error> {
    on_big_stack(|| {
        let script = kql::parse(text)?;
        let mut query = Query::new(catalog, params);
        query.places = Some(Places::nowhere());
        match bind_script(&query, &script)? {
            Some(rel) => Ok(rel.canonical().frame.explain(true).map_err(RuntimeError::from)?),
            None => Ok(String::new()),
        }
    })
}

/// The columns that a query gives, found without running it: whether the query is right can be asked of tables without rows. Nothing is computed, as for [`explain`].
///
/// ```
/// use std::collections::BTreeMap;
/// use kql_polars::{NoTables, columns};
/// let columns = columns("print x = 1, y = 'a'", &NoTables, &BTreeMap::new()).unwrap();
/// assert_eq!(columns.iter().map(|c| format!("{}: {}", c.name, c.ty)).collect::<Vec<_>>(), ["x: long", "y: string"]);
/// ```
///
/// # Errors
/// As [`run`], but for what only computing rows can find.
pub fn columns(text: &str, catalog: &dyn Catalog, params: &BTreeMap<String, Value>) -> Result<Vec<Column>, Error> {
    on_big_stack(|| {
        let script = kql::parse(text)?;
        let mut query = Query::new(catalog, params);
        query.places = Some(Places::nowhere());
        let rel = bind_script(&query, &script)?;
        let columns = rel.map(|rel| rel.columns).unwrap_or_default();
        Ok(columns.into_iter().map(|c| Column { name: c.name, ty: c.ty }).collect())
    })
}

/// Runs a syntax tree: a text that was parsed, or operators that a program put together, with names in them that no text could hold.
///
/// # Errors
/// As [`run`]; positions are those in the tree.
pub fn run_script(
    script: &Script,
    catalog: &dyn Catalog,
    params: &BTreeMap<String, Value>,
    options: &Options,
) -> Result<KqlTable, Error> {
    on_big_stack(|| within(options, || run_here(script, catalog, params, options)))
}

/// Runs a parsed query on this thread, whose stack has to be large.
fn run_here(
    script: &Script,
    catalog: &dyn Catalog,
    params: &BTreeMap<String, Value>,
    options: &Options,
) -> Result<KqlTable, Error> {
    let mut query = Query::new(catalog, params);
    query.cancel.clone_from(&options.cancel);
    query.places.clone_from(&options.places);
    let Some(rel) = bind_script(&query, script)? else {
        return Err(no_result());
    };
    let mut table = compute(&query, rel, options)?;
    table.notes = query.take_notes();
    Ok(table)
}

fn no_result() -> Error {
    Error::bare(ErrorKind::Syntax, "the query gives no result: it has only statements such as let")
        .with_help("end it with a table or an expression")
}

/// The rows of a relation, without the notes of the query.
fn compute(query: &Query<'_>, mut rel: Rel, options: &Options) -> Result<KqlTable, Error> {
    let render = rel.render.clone();
    // One more than allowed is enough to know.
    let limits = [options.max_rows.map(|max| max.saturating_add(1)), options.take];
    if let Some(limit) = limits.into_iter().flatten().min() {
        rel.frame = rel.frame.limit(u32::try_from(limit).unwrap_or(u32::MAX));
    }
    query.check_cancelled()?;
    let (frame, columns) = query.collect(rel)?;
    if let Some(max) = options.max_rows
        && frame.height() > max
    {
        return Err(Error::bare(ErrorKind::Limit, format!("the result has more than {max} rows"))
            .with_help("filter or summarize the rows, or take the first of them"));
    }
    Ok(KqlTable { columns, frame, notes: Vec::new(), render })
}

/// `now()` by the clock of the machine, in ticks.
pub(crate) fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    UNIX_EPOCH_TICKS + seconds * TICKS_PER_SECOND + i64::from(since.subsec_nanos() / 100)
}

/// Runs what walks a syntax tree or a plan, on a thread with a large stack. A panic becomes an error.
pub(crate) fn on_big_stack<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("kql".into())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                quiet_panics();
                catch_unwind(AssertUnwindSafe(work))
                    .unwrap_or_else(|panic| Err(RuntimeError::of_panic(panic.as_ref()).into()))
            })
            .map_err(|e| Error::bare(ErrorKind::Runtime, format!("no thread could be started for the query: {e}")))?;
        thread.join().unwrap_or_else(|panic| Err(RuntimeError::of_panic(panic.as_ref()).into()))
    })
}

/// Keeps panics of query threads (ours and those of Polars' pool) off the terminal: they come back as errors.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or_default();
            if name != "kql" && !name.starts_with("polars") && !name.starts_with("async-executor") {
                before(info);
            }
        }));
    });
}

/// Computes a plan.
///
/// # Errors
/// What Polars reports, a panic of Polars too.
pub fn collect(frame: LazyFrame) -> Result<DataFrame, RuntimeError> {
    match catch_unwind(AssertUnwindSafe(|| frame.collect_with_engine(Engine::Streaming))) {
        Ok(result) => Ok(result?.unwrap_single()),
        Err(panic) if is_stop(panic.as_ref()) => resume_unwind(panic),
        Err(panic) => Err(RuntimeError::of_panic(panic.as_ref())),
    }
}

/// Computes a few rows, without the threads of [`collect`].
///
/// # Errors
/// As [`collect`].
pub fn collect_few(frame: LazyFrame) -> Result<DataFrame, RuntimeError> {
    match catch_unwind(AssertUnwindSafe(|| frame.collect_with_engine(Engine::InMemory))) {
        Ok(result) => Ok(result?.unwrap_single()),
        Err(panic) if is_stop(panic.as_ref()) => resume_unwind(panic),
        Err(panic) => Err(RuntimeError::of_panic(panic.as_ref())),
    }
}

/// Why computing rows failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeError {
    reason: String,
}

impl RuntimeError {
    fn of_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown");
        tracing::error!(reason = text, "a query ended in a panic");
        Self { reason: "an internal error; the log has the details".to_owned() }
    }
}

impl From<PolarsError> for RuntimeError {
    fn from(error: PolarsError) -> Self {
        let text = error.to_string();
        tracing::debug!(error = %text, "a query failed");
        let first = text.lines().next().unwrap_or_default();
        Self { reason: first.chars().take(300).filter(|c| !c.is_control()).collect() }
    }
}

impl From<RuntimeError> for Error {
    fn from(error: RuntimeError) -> Self {
        Error::bare(ErrorKind::Runtime, format!("the query could not be run: {}", error.reason))
    }
}
