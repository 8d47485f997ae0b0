//! A pivot of a whole column: the query is run once per distinct value, or once per batch where it takes a list, and its rows are joined to the
//! rows that they are about.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kql::KqlType;
use kql_polars::{Column, KqlTable};
use polars::prelude::{DataFrame, IdxCa, IdxSize, IntoColumn, NamedFrom, Series};

use super::find::Pivot;
use crate::error::{Error, ErrorCode, quoted};
use crate::rows::{derive, rows};
use crate::workspace::Workspace;

/// What becomes of the rows that the values are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All of them stay; those without a result have empty columns.
    Left,
    /// Every result stays.
    Right,
    /// Those with a result stay.
    Inner,
    /// None: only what the query gave, with the value in the column `PivotValue`.
    None,
}

impl Join {
    /// By its name.
    ///
    /// # Errors
    /// An unknown name, with the nearest ones.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name.trim().to_ascii_lowercase().as_str() {
            "left" => Ok(Self::Left),
            "right" => Ok(Self::Right),
            "inner" => Ok(Self::Inner),
            "none" | "" => Ok(Self::None),
            _ => Err(Error::unknown("kind of join", name, ["left", "right", "inner", "none"])),
        }
    }
}

/// How much a pivot may ask of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most distinct values.
    pub values: usize,
    /// Queries at the same time.
    pub parallel: usize,
    /// Values of one query that takes a list.
    pub batch: usize,
}

impl Limits {
    /// Of a query that takes a list 5,000 values; of another, which is run for each, 200. Four queries at the same time: Log Analytics lets a user
    /// run five.
    pub fn of(pivot: &Pivot) -> Self {
        Self { values: if pivot.takes_list() { 5_000 } else { 200 }, parallel: 4, batch: 200 }
    }
}

/// A pivot of a column.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The rows.
    pub table: &'a KqlTable,
    /// The column with the values.
    pub column: &'a str,
    /// The query.
    pub pivot: Pivot,
    /// What becomes of the rows.
    pub join: Join,
    /// Start and end of the time range, in ticks.
    pub window: (i64, i64),
    /// How much it may ask.
    pub limits: Limits,
}

/// What the queries gave: rows with the value that each is for, and the values that failed.
#[derive(Default)]
struct Answers {
    parts: Vec<(usize, KqlTable, Vec<String>)>,
    failed: Vec<(Vec<String>, Error)>,
}

/// Runs the pivot. `progress` is told how far it is. Values whose query fails are named in the notes of the result, and so are rows without a value.
///
/// # Errors
/// An unknown column, no value in it at all, more distinct values than the limit, every query failing.
pub fn run(workspace: &Workspace, request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Result<KqlTable, Error> {
    let Request { table, column, pivot, .. } = *request;
    if table.position(column).is_none() {
        return Err(Error::unknown("column", column, table.columns.iter().map(|c| c.name.as_str())));
    }
    let (mut at, mut keys, mut distinct, mut without) = (Vec::new(), Vec::new(), BTreeSet::new(), 0_usize);
    for (index, row) in rows(table).enumerate() {
        let index =
            IdxSize::try_from(index).map_err(|_| Error::new(ErrorCode::Limit, "more rows than a table can hold"))?;
        let values = pivot.kind.values(&row.text(column));
        if values.is_empty() {
            without += 1;
            at.push(index);
            keys.push(String::new());
        }
        for value in values {
            at.push(index);
            keys.push(value.clone());
            distinct.insert(value);
        }
    }
    let noun = pivot.kind.noun();
    if distinct.is_empty() {
        return Err(Error::bad_input(format!("the column {column} has no {noun} in its {} rows", table.rows()))
            .with_help("table.describe()? shows what is in each column"));
    }
    let values: Vec<String> = distinct.into_iter().collect();
    let batch = if pivot.takes_list() { request.limits.batch.max(1) } else { 1 };
    let queries = values.len().div_ceil(batch);
    if values.len() > request.limits.values {
        return Err(Error::bad_input(format!(
            "the column {column} has {} different {noun} values, more than the limit of {}: that would be {queries} queries",
            values.len(),
            request.limits.values
        ))
        .with_help(format!("narrow the rows down first, or allow it with .limit({})", values.len())));
    }
    let answers = ask(workspace, request, &values, batch, queries, progress);
    if answers.parts.is_empty()
        && let Some((_, error)) = answers.failed.first()
    {
        return Err(error.clone());
    }
    let mut notes = table.notes.clone();
    let mut note = |text: String| {
        if !notes.contains(&text) {
            notes.push(text);
        }
    };
    for (values, error) in &answers.failed {
        let shown: Vec<String> = values.iter().take(10).map(|v| quoted(v)).collect();
        let more = if values.len() > 10 { format!(" and {} more", values.len() - 10) } else { String::new() };
        note(format!("{} failed for {}{more}: {}", pivot.query.name, shown.join(", "), error.message));
    }
    if without > 0 {
        note(format!("{without} of {} rows have no {noun} in {column}", table.rows()));
    }
    let result = gather(answers.parts)?;
    for text in &result.notes {
        note(text.clone());
    }
    let mut joined = join(request, &at, keys, &result)?;
    joined.notes = notes;
    Ok(joined)
}

/// Asks for all values, a few queries at a time.
fn ask(
    workspace: &Workspace,
    request: &Request<'_>,
    values: &[String],
    batch: usize,
    queries: usize,
    progress: &(dyn Fn(&str) + Sync),
) -> Answers {
    let pivot = request.pivot;
    let batches: Vec<&[String]> = values.chunks(batch).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers = Mutex::new(Answers::default());
    let lock = || answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(values) = batches.get(number) else { break };
            match workspace.run_query(pivot.query, &pivot.params(values), Some(request.window)) {
                Ok(table) => {
                    let keys = result_keys(&pivot, &table, values);
                    lock().parts.push((number, table, keys));
                }
                Err(error) => lock().failed.push((values.to_vec(), error)),
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done == queries || done.is_multiple_of((queries / 10).max(1)) {
                progress(&format!("  {done} of {queries} queries"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..request.limits.parallel.clamp(1, batches.len()) {
            scope.spawn(work);
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    answers.parts.sort_by_key(|part| part.0);
    answers.failed.sort_by(|a, b| a.0.cmp(&b.0));
    answers
}

/// For each row of a result the value that it is for.
fn result_keys(pivot: &Pivot, table: &KqlTable, values: &[String]) -> Vec<String> {
    match pivot.query.key.as_deref().filter(|_| pivot.takes_list()) {
        Some(key) => rows(table)
            .map(|row| {
                let found = pivot.kind.key(&row.text(key));
                // As it was asked for, where only case differs.
                values.iter().find(|v| v.eq_ignore_ascii_case(&found)).cloned().unwrap_or(found)
            })
            .collect(),
        None => vec![values.first().cloned().unwrap_or_default(); table.rows()],
    }
}

/// The column that holds the value of each row of the result.
const VALUE: &str = "PivotValue";

/// The results as one table, with the value of each row.
fn gather(parts: Vec<(usize, KqlTable, Vec<String>)>) -> Result<KqlTable, Error> {
    let mut all: Option<KqlTable> = None;
    for (_, table, keys) in parts {
        let part = with_column(table, VALUE, keys)?;
        match &mut all {
            None => all = Some(part),
            Some(all) => {
                for note in part.notes {
                    if !all.notes.contains(&note) {
                        all.notes.push(note);
                    }
                }
                // One query gives the same columns each time.
                all.frame.vstack_mut(&part.frame).map_err(|e| internal(&e))?;
            }
        }
    }
    all.ok_or_else(|| Error::new(ErrorCode::Internal, "no query was run"))
}

fn with_column(mut table: KqlTable, name: &str, values: Vec<String>) -> Result<KqlTable, Error> {
    table.frame.with_column(Series::new(name.into(), values).into_column()).map_err(|e| internal(&e))?;
    if table.position(name).is_none() {
        table.columns.push(Column { name: name.to_owned(), ty: KqlType::String });
    }
    Ok(table)
}

/// Joins the results to the rows, each row as often as it has values.
fn join(request: &Request<'_>, at: &[IdxSize], keys: Vec<String>, result: &KqlTable) -> Result<KqlTable, Error> {
    let kind = match request.join {
        Join::None => {
            return derive(&format!("Result | project-reorder {VALUE}"), &[("Result", result)]);
        }
        Join::Left => "leftouter",
        Join::Right => "rightouter",
        Join::Inner => "inner",
    };
    let frame: DataFrame =
        request.table.frame.take(&IdxCa::from_vec("".into(), at.to_vec())).map_err(|e| internal(&e))?;
    let mut source = KqlTable { columns: request.table.columns.clone(), frame, notes: Vec::new(), render: None };
    // A table that comes from a pivot has this column already: what it said is of the pivot before.
    if source.position(VALUE).is_some() {
        source = derive(&format!("Source | project-away {VALUE}"), &[("Source", &source)])?;
    }
    let source = with_column(source, VALUE, keys)?;
    derive(
        &format!(
            "Source | serialize PivotRow = row_number() | join kind={kind} Result on {VALUE} | sort by PivotRow asc | project-away PivotRow, {VALUE}1
            | project-reorder {VALUE}"
        ),
        &[("Source", &source), ("Result", result)],
    )
}

fn internal(error: &polars::prelude::PolarsError) -> Error {
    Error::new(ErrorCode::Internal, format!("the results cannot be put together: {error}"))
}
