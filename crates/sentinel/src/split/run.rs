//! Fetches a query whole, and in parts where that is too much.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{BoxFuture, FutureExt, join_all};
use kql::Value;
use kql::time::{TICKS_PER_SECOND, format_datetime};
use kql_polars::{KqlTable, PARTIAL};

use super::join::join;
use super::plan::{Order, Plan};
use crate::fault::{Fault, FaultKind};

/// What one request gave.
#[derive(Debug)]
pub struct Outcome {
    /// The rows.
    pub table: KqlTable,
    /// Why they are not all: there are more, which a limit of the service kept back.
    pub partial: Option<Fault>,
}

/// Sends the text of a part.
pub trait Part: Sync {
    /// Sends a query, without splitting it.
    fn fetch<'a>(&'a self, text: String) -> BoxFuture<'a, Result<Outcome, Fault>>;
}

/// How a query is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitPolicy {
    /// Whether it is at all, where it is too much as a whole.
    pub automatic: bool,
    /// Parts of this many ticks from the start.
    pub split_by: Option<i64>,
    /// The time range of the rows, in ticks, both included, if it is known.
    pub range: Option<(i64, i64)>,
    /// The column of the time.
    pub column: String,
    /// At most so many requests for one query.
    pub max_parts: usize,
}

impl Default for SplitPolicy {
    fn default() -> Self {
        Self { automatic: true, split_by: None, range: None, column: "TimeGenerated".to_owned(), max_parts: 256 }
    }
}

/// Parts are not halved below this.
const SHORTEST: i64 = TICKS_PER_SECOND;

/// The rows of a query: whole, or where that is too much for the service, in parts of time. What is missing at the end is in its notes.
///
/// # Errors
/// As the requests fail. A query that is too much and cannot be split is an error if it gave no rows, and a partial result if it gave some.
pub async fn run(text: &str, service: &dyn Part, policy: &SplitPolicy) -> Result<Outcome, Fault> {
    if let Some(step) = policy.split_by {
        return split_by(text, service, policy, step).await;
    }
    let whole = service.fetch(text.to_owned()).await;
    let (fault, kept) = match whole {
        Ok(Outcome { partial: None, table }) => return Ok(Outcome { table, partial: None }),
        Ok(Outcome { partial: Some(fault), table }) => (fault, Some(table)),
        Err(fault) if fault.is_too_much() => (fault, None),
        Err(fault) => return Err(fault),
    };
    if !policy.automatic || !fault.is_too_much() {
        return partial(fault, kept, None);
    }
    let plan = match Plan::new(text, &policy.column) {
        Ok(plan) => plan,
        Err(why) => return partial(fault, kept, Some(&why)),
    };
    let range = match policy.range {
        Some(range) => Some(range),
        None => bounds(&plan, service).await,
    };
    let Some((start, end)) = range.filter(|(start, end)| end > start) else {
        return partial(fault, kept, Some("the time range of its rows is not known"));
    };
    // The whole one's rows come again in the parts.
    drop(kept);
    let parts =
        Parts { plan: &plan, service, first: start, last: end, used: AtomicUsize::new(0), max: policy.max_parts };
    let tables = parts.halves(start, end, fault).await?;
    finish(tables, &plan)
}

/// A result that stays partial.
fn partial(fault: Fault, kept: Option<KqlTable>, why: Option<&str>) -> Result<Outcome, Fault> {
    let why = why.map(|why| format!("; the query cannot be split by time: {why}")).unwrap_or_default();
    match kept {
        Some(mut table) => {
            table.notes.push(partial_note(&format!("{}{why}", fault.message)));
            Ok(Outcome { table, partial: Some(fault) })
        }
        None => Err(Fault { message: format!("{}{why}", fault.message), ..fault }),
    }
}

fn partial_note(what: &str) -> String {
    format!("{PARTIAL}{what}")
}

async fn bounds(plan: &Plan, service: &dyn Part) -> Option<(i64, i64)> {
    let outcome = service.fetch(plan.bounds()).await.ok()?;
    match (outcome.table.value(0, 0).ok()?, outcome.table.value(0, 1).ok()?) {
        (Value::DateTime(start), Value::DateTime(end)) => Some((start, end)),
        _ => None,
    }
}

async fn split_by(text: &str, service: &dyn Part, policy: &SplitPolicy, step: i64) -> Result<Outcome, Fault> {
    let refused = |why: String| {
        Fault::new(FaultKind::BadInput, format!("the query cannot be split by time: {why}"))
            .with_help("run it without split_by, or split it by hand")
    };
    if step < SHORTEST {
        return Err(refused("a part has to be a second or longer".to_owned()));
    }
    let plan = Plan::new(text, &policy.column).map_err(refused)?;
    let range = match policy.range {
        Some(range) => Some(range),
        None => bounds(&plan, service).await,
    };
    let Some((start, end)) = range.filter(|(start, end)| end >= start) else {
        // No rows, or no times.
        return service.fetch(text.to_owned()).await;
    };
    let count = usize::try_from((end - start) / step + 1).unwrap_or(usize::MAX);
    if count > policy.max_parts {
        return Err(refused(format!("that makes {count} parts, and {} are allowed", policy.max_parts)));
    }
    let parts =
        Parts { plan: &plan, service, first: start, last: end + 1, used: AtomicUsize::new(0), max: policy.max_parts };
    let edges: Vec<i64> = (0..count).map(|n| start + step * i64::try_from(n).unwrap_or(0)).chain([end + 1]).collect();
    let fetched = join_all(edges.windows(2).map(|edge| parts.part(edge[0], edge[1]))).await;
    let mut tables = Vec::new();
    for tables_of_part in fetched {
        tables.extend(tables_of_part?);
    }
    finish(tables, &plan)
}

fn finish(tables: Vec<Outcome>, plan: &Plan) -> Result<Outcome, Fault> {
    let partial = tables.iter().find_map(|outcome| outcome.partial.clone());
    let table = join(tables.into_iter().map(|outcome| outcome.table).collect(), &plan.order)?;
    Ok(Outcome { table, partial })
}

struct Parts<'a> {
    plan: &'a Plan,
    service: &'a dyn Part,
    /// Where the first part starts: it has everything before, too.
    first: i64,
    /// Where the last part ends: it has everything after, too.
    last: i64,
    used: AtomicUsize,
    max: usize,
}

impl Parts<'_> {
    /// One part; its halves if it is too much.
    fn part(&self, from: i64, to: i64) -> BoxFuture<'_, Result<Vec<Outcome>, Fault>> {
        async move {
            let start = (from > self.first).then_some(from);
            let end = (to < self.last).then_some(to);
            self.used.fetch_add(1, Ordering::Relaxed);
            let (fault, kept) = match self.service.fetch(self.plan.part(start, end)).await {
                Ok(Outcome { partial: None, table }) => return Ok(vec![Outcome { table, partial: None }]),
                Ok(Outcome { partial: Some(fault), table }) => (fault, Some(table)),
                Err(fault) if fault.is_too_much() => (fault, None),
                Err(fault) => return Err(fault),
            };
            let spent = self.used.load(Ordering::Relaxed) + 2 > self.max;
            if to - from < 2 * SHORTEST || spent || !fault.is_too_much() {
                let shown = |ticks: i64| format_datetime(ticks);
                let what = if kept.is_some() { "not all rows" } else { "no rows" };
                let note = partial_note(&format!("{what} from {} to {}: {}", shown(from), shown(to), fault.message));
                let mut table = match kept {
                    Some(table) => table,
                    None => join(Vec::new(), &Order::Ascending)?,
                };
                table.notes.push(note);
                return Ok(vec![Outcome { table, partial: Some(fault) }]);
            }
            drop(kept);
            self.halves(from, to, fault).await
        }
        .boxed()
    }

    async fn halves(&self, from: i64, to: i64, why: Fault) -> Result<Vec<Outcome>, Fault> {
        let middle = from + (to - from) / 2;
        tracing::debug!(from = %format_datetime(from), to = %format_datetime(to), why = %why.message, "a query is split");
        let (first, second) = futures::future::join(self.part(from, middle), self.part(middle, to)).await;
        let mut tables = first?;
        tables.extend(second?);
        Ok(tables)
    }
}
