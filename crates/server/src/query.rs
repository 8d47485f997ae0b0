//! Running a query for a request: in turn, within its time, and no longer than somebody waits for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kql::{ErrorKind, KqlType, Value};
use kql_polars::{Catalog, Joined, KqlTable, Scoped, TimeScope};
use polars::prelude::{Column, PolarsResult};
use tokio::sync::{Notify, Semaphore};

use crate::workspaces::{Hosted, Seen};

/// A query and what limits it.
#[derive(Debug, Clone)]
pub struct Question {
    /// The text.
    pub text: String,
    /// Values of `declare query_parameters`.
    pub params: BTreeMap<String, Value>,
    /// The workspaces whose tables it reads, the main one first.
    pub workspaces: Vec<Arc<Hosted>>,
    /// Ranges of time.
    pub times: Vec<TimeScope>,
    /// An Azure resource, if only its rows are asked for.
    pub resource: Option<String>,
    /// What `now()` is, in ticks, in place of the workspace's.
    pub now: Option<i64>,
    /// Only the first rows, this many, without a word.
    pub take: Option<usize>,
    /// Rows and bytes after which the result is cut off.
    pub limits: Limits,
    /// How long it may take.
    pub timeout: Duration,
}

/// Limits of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows.
    pub rows: usize,
    /// Bytes of the values, without column names and the syntax of the answer.
    pub bytes: u64,
}

/// A result.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rows.
    pub table: KqlTable,
    /// Bytes of its values.
    pub bytes: u64,
    /// What was cut off, if anything.
    pub truncation: Option<Truncation>,
    /// How long the query took, its turn included.
    pub elapsed: Duration,
}

/// Why the rows of a result are not all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// The limit of rows.
    Rows(usize),
    /// The limit of bytes.
    Bytes(u64),
    /// A fault that a test asked for.
    Partial,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The query is wrong or its run failed.
    Query(kql::Error),
    /// It took longer than this.
    Timeout(Duration),
    /// Too many queries wait already.
    Busy,
    /// Somebody cancelled it.
    Cancelled,
}

/// A way to end a query from outside.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    told: Arc<Notify>,
}

impl Cancel {
    /// Ends the query.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
        self.told.notify_waiters();
        // For a query that does not wait yet.
        self.told.notify_one();
    }
}

/// Sets the flag when the request that waits is dropped: its client has gone away, or its time is up.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.flag.store(true, Ordering::Relaxed);
    }
}

/// Gives queries their turn.
#[derive(Debug)]
pub struct Turns {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

impl Turns {
    /// So many at the same time, so many more that wait.
    pub fn new(concurrent: usize, queue: usize) -> Self {
        Self { running: Arc::new(Semaphore::new(concurrent.max(1))), waiting: AtomicUsize::new(0), queue }
    }

    /// Runs a query when it is its turn.
    ///
    /// The client that goes away drops this future: the query then ends before its next operator, or without having begun. Rows
    /// that are being computed are not interrupted; the turn lasts until that is over, so that the limit holds.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn run(&self, question: Question, cancel: Cancel) -> Result<Answer, Failure> {
        let started = Instant::now();
        let timeout = question.timeout;
        if timeout.is_zero() {
            return Err(Failure::Timeout(timeout));
        }
        let guard = CancelOnDrop(cancel.clone());
        let work = async {
            let turn = self.turn().await?;
            let flag = Arc::clone(&cancel.flag);
            let run = tokio::task::spawn_blocking(move || {
                let result = if flag.load(Ordering::Relaxed) { Err(Failure::Cancelled) } else { ask(&question, flag) };
                drop(turn);
                result
            });
            run.await.unwrap_or_else(|_| {
                Err(Failure::Query(kql::Error::bare(ErrorKind::Runtime, "the query ended in an internal error")))
            })
        };
        let result = tokio::select! {
            result = tokio::time::timeout(timeout, work) => result.unwrap_or(Err(Failure::Timeout(timeout))),
            () = cancel.told.notified() => Err(Failure::Cancelled),
        };
        drop(guard);
        result.map(|answer| Answer { elapsed: started.elapsed(), ..answer })
    }

    async fn turn(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Failure> {
        if let Ok(turn) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(turn);
        }
        let _waiting = Waiting::new(&self.waiting, self.queue).ok_or(Failure::Busy)?;
        Arc::clone(&self.running).acquire_owned().await.map_err(|_| Failure::Busy)
    }
}

/// One more that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize, most: usize) -> Option<Self> {
        let waiting = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < most).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn ask(question: &Question, cancel: Arc<AtomicBool>) -> Result<Answer, Failure> {
    let seen: Vec<Seen<'_>> = question.workspaces.iter().map(|w| Seen { workspace: w, text: &question.text }).collect();
    let joined = Joined { catalogs: seen.iter().map(|s| s as &dyn Catalog).collect() };
    let scoped = Scoped {
        catalog: &joined,
        times: question.times.clone(),
        resource: question.resource.clone(),
        now: question.now,
    };
    // One row more than fits tells that there are more.
    let enough = question.limits.rows.saturating_add(1);
    let options = kql_polars::Options {
        take: Some(question.take.map_or(enough, |take| take.min(enough))),
        cancel: Some(cancel),
        ..kql_polars::Options::default()
    };
    let table = kql_polars::run(&question.text, &scoped, &question.params, &options).map_err(Failure::Query)?;
    let failed = |e: polars::prelude::PolarsError| {
        Failure::Query(kql::Error::bare(ErrorKind::Runtime, format!("the result could not be read: {e}")))
    };
    cut(table, question.limits).map_err(failed)
}

/// The rows that are within the limits.
fn cut(mut table: KqlTable, limits: Limits) -> PolarsResult<Answer> {
    let mut truncation = None;
    if table.rows() > limits.rows {
        table.frame = table.frame.head(Some(limits.rows));
        truncation = Some(Truncation::Rows(limits.rows));
    }
    let mut sizes = vec![0u64; table.rows()];
    for (column, ty) in table.frame.columns().iter().zip(table.columns.iter().map(|c| c.ty)) {
        add_sizes(column, ty, &mut sizes)?;
    }
    let mut bytes = 0u64;
    let fitting = sizes.iter().take_while(|size| {
        let fits = bytes + **size <= limits.bytes;
        if fits {
            bytes += **size;
        }
        fits
    });
    let fitting = fitting.count();
    if fitting < table.rows() {
        table.frame = table.frame.head(Some(fitting));
        truncation = Some(Truncation::Bytes(limits.bytes));
    }
    Ok(Answer { table, bytes, truncation, elapsed: Duration::ZERO })
}

/// Adds the bytes of a column's values: the length of text, the fixed size of the rest.
fn add_sizes(column: &Column, ty: KqlType, sizes: &mut [u64]) -> PolarsResult<()> {
    let fixed = match ty {
        KqlType::Bool => 1,
        KqlType::Int => 4,
        KqlType::Long | KqlType::Real | KqlType::DateTime | KqlType::TimeSpan => 8,
        KqlType::Decimal | KqlType::Guid => 16,
        KqlType::String | KqlType::Dynamic => {
            for (size, text) in sizes.iter_mut().zip(column.str()?.iter()) {
                *size += text.map_or(0, |t| t.len() as u64);
            }
            return Ok(());
        }
    };
    for size in sizes {
        *size += fixed;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use kql_polars::NoTables;

    fn question(text: &str) -> Question {
        let hosted = Hosted::new("1", "a", Arc::new(NoTables));
        Question {
            text: text.to_owned(),
            params: BTreeMap::new(),
            workspaces: vec![Arc::new(hosted)],
            times: Vec::new(),
            resource: None,
            now: None,
            take: None,
            limits: Limits { rows: 10, bytes: 1000 },
            timeout: Duration::from_secs(600),
        }
    }

    #[tokio::test]
    async fn results_end_at_the_limits() {
        let turns = Turns::new(1, 0);
        let run = |text: &str| turns.run(question(text), Cancel::default());
        let exact = run("range x from 1 to 10 step 1").await.unwrap();
        assert_eq!((exact.table.rows(), exact.truncation, exact.bytes), (10, None, 80));
        let more = run("range x from 1 to 11 step 1").await.unwrap();
        assert_eq!((more.table.rows(), more.truncation), (10, Some(Truncation::Rows(10))));
        let wide = run("range x from 1 to 5 step 1 | extend s = strrep('ab', 150)").await.unwrap();
        assert_eq!((wide.table.rows(), wide.truncation, wide.bytes), (3, Some(Truncation::Bytes(1000)), 924));
        let first = turns.run(Question { take: Some(4), ..question("range x from 1 to 99 step 1") }, Cancel::default());
        let first = first.await.unwrap();
        assert_eq!((first.table.rows(), first.truncation), (4, None));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_cancelled_query_ends() {
        let turns = Turns::new(1, 0);
        let busy = Arc::clone(&turns.running).acquire_owned().await.unwrap();
        assert_eq!(turns.run(question("print 1"), Cancel::default()).await.unwrap_err(), Failure::Busy);

        let turns = Turns { queue: 1, ..turns };
        let cancel = Cancel::default();
        let waits = turns.run(question("print 1"), cancel.clone());
        let (result, ()) = tokio::join!(waits, async { cancel.cancel() });
        assert_eq!(result.unwrap_err(), Failure::Cancelled);

        let short = Question { timeout: Duration::ZERO, ..question("print 1") };
        assert_eq!(turns.run(short, Cancel::default()).await.unwrap_err(), Failure::Timeout(Duration::ZERO));
        drop(busy);
        assert_eq!(turns.run(question("print 1"), Cancel::default()).await.unwrap().table.rows(), 1);
    }
}
