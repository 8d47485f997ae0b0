//! Finding the accounts that match a name, in every source at the same time.

use std::collections::BTreeMap;
use std::time::Instant;

use kql::Value;
use kql_polars::KqlTable;

use super::entity::entity_fields;
use super::name::AccountName;
use super::together;
use super::types::Source;
use crate::error::{Error, ErrorCode, quoted};
use crate::queries::{self, QueryFile};
use crate::rows::rows;
use crate::workspace::{Ask, QueryOutcome, QueryReport, Workspace};

/// One account in one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Its name: a user principal name in lower case, a Windows user name, a Linux user name.
    pub account_name: String,
    /// Where it was found.
    pub source: Source,
    /// Its latest event in the time range, in ticks.
    pub last_activity: i64,
    /// Its first event in the time range, in ticks.
    pub first_seen: i64,
    /// Its events in the time range.
    pub events: i64,
    /// Where the latest event came from, or on which host it was.
    pub ip_address: String,
    /// The host of the latest event, for Windows and Linux.
    pub computer: String,
    /// What the latest event says of the account.
    pub fields: Vec<(String, serde_json::Value)>,
}

/// The accounts found, newest first, and how each query went.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// One per account and source.
    pub matches: Vec<Match>,
    /// One per query.
    pub reports: Vec<QueryReport>,
    /// What the reader has to be told about the tables.
    pub notes: Vec<String>,
}

/// Searches the sources for accounts with the name.
///
/// # Errors
/// When no table at all can be searched: "no match" would be wrong then. A source that fails beside others is in the reports.
pub fn find(
    workspace: &Workspace,
    name: &AccountName,
    sources: &[Source],
    window: (i64, i64),
    done: &(dyn Fn(&QueryReport) + Sync),
) -> Result<Found, Error> {
    let parallel = workspace.provider.parallel();
    let asked: usize = sources.iter().map(|source| source.find_queries().len()).sum();
    let crowded = parallel.is_some_and(|parallel| asked > parallel);
    let answers: Vec<Result<Answers, Error>> = std::thread::scope(|scope| {
        let search = |source| search_source(workspace, name, source, window, crowded, done);
        let threads: Vec<_> = sources.iter().map(|source| scope.spawn(move || search(*source))).collect();
        let panicked = |_| Err(Error::new(ErrorCode::Internal, "a search ended in a panic"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
    });
    let mut found = Found::default();
    for (answers, source) in answers.into_iter().zip(sources) {
        for (report, table) in answers? {
            if let Some(table) = table {
                for note in &table.notes {
                    if !found.notes.contains(note) {
                        found.notes.push(note.clone());
                    }
                }
                for m in matches(&table, *source) {
                    merge(&mut found.matches, m);
                }
            }
            found.reports.push(report);
        }
    }
    if found.reports.iter().all(|report| !matches!(report.outcome, QueryOutcome::Rows(_))) {
        return Err(nothing_searched(workspace, name, &found.reports)?);
    }
    // Newest first; ties in a fixed order, so that two runs list the same.
    found.matches.sort_by(|a, b| {
        (b.last_activity, &a.account_name, a.source).cmp(&(a.last_activity, &b.account_name, b.source))
    });
    Ok(found)
}

type Answers = Vec<(QueryReport, Option<KqlTable>)>;

/// Searches one source. Where there are more queries than places for them (`crowded`), its tables are searched by one query.
fn search_source(
    workspace: &Workspace,
    name: &AccountName,
    source: Source,
    window: (i64, i64),
    crowded: bool,
    done: &(dyn Fn(&QueryReport) + Sync),
) -> Result<Answers, Error> {
    let queries = source.find_queries().iter().map(|query| queries::find(query)).collect::<Result<Vec<_>, _>>()?;
    let params = BTreeMap::from([("account_name".to_owned(), Value::String(name.given.clone()))]);
    if crowded && let Some(answers) = search_together(workspace, &params, source, &queries, window, done)? {
        return Ok(answers);
    }
    let jobs: Vec<_> = queries.into_iter().map(|query| (query, params.clone())).collect();
    workspace.run_all(&jobs, window, done)
}

/// The answers of several queries, asked as one; `None` if they cannot be: a table is not there, or the one query failed, which
/// the others need not do.
fn search_together(
    workspace: &Workspace,
    params: &BTreeMap<String, Value>,
    source: Source,
    queries: &[&QueryFile],
    window: (i64, i64),
    done: &(dyn Fn(&QueryReport) + Sync),
) -> Result<Option<Answers>, Error> {
    let names = workspace.provider.table_names()?;
    let there = queries.iter().flat_map(|query| &query.tables).all(|table| names.contains(table));
    let Some(text) = together::text(source, queries).filter(|_| there) else { return Ok(None) };
    let started = Instant::now();
    let params = queries::bind(queries[0], params, Some(window))?;
    let is_within_its_times = queries.iter().all(|query| query.is_within_its_times());
    let ask = Ask { is_within_its_times, ..Ask::library() };
    let Ok(table) = workspace.provider.ask(&text, &params, &ask) else { return Ok(None) };
    let elapsed = started.elapsed();
    let mut counts = vec![0; queries.len()];
    for row in rows(&table) {
        let part = row.long(together::PART).and_then(|part| usize::try_from(part).ok());
        if let Some(count) = part.and_then(|part| counts.get_mut(part)) {
            *count += 1;
        }
    }
    let mut table = Some(table);
    let answers = queries.iter().zip(counts).map(|(query, count)| {
        let outcome = QueryOutcome::Rows(count);
        let report = QueryReport { query: query.name.clone(), tables: query.tables.clone(), outcome, elapsed };
        done(&report);
        (report, table.take())
    });
    Ok(Some(answers.collect()))
}

/// No table could be searched: with the reason for each.
fn nothing_searched(workspace: &Workspace, name: &AccountName, reports: &[QueryReport]) -> Result<Error, Error> {
    let cannot = format!("{} cannot be looked for in the workspace {}", quoted(&name.given), workspace.name);
    let failed: Vec<&QueryReport> =
        reports.iter().filter(|report| matches!(report.outcome, QueryOutcome::Failed(_))).collect();
    let wanted: Vec<&str> = reports.iter().flat_map(|report| &report.tables).map(String::as_str).collect();
    if failed.is_empty() {
        let has = workspace.provider.table_names()?;
        let more = if has.len() > 20 { ", …" } else { "" };
        return Ok(Error::new(
            ErrorCode::NotFound,
            format!("{cannot}: it has none of the tables that are searched: {}", wanted.join(", ")),
        )
        .with_help(format!(
            "it has {}{more}; a file or folder of a table has to have the table's name, such as SigninLogs.csv",
            has.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ")
        )));
    }
    let lines: Vec<String> = failed.iter().map(|report| format!("\n  {report}")).collect();
    Ok(Error::new(ErrorCode::Query, format!("{cannot}: no table could be searched{}", lines.concat())).with_help(
        "mend these tables, or export them again; a query such as SecurityEvent | take 10 shows what a table holds",
    ))
}

fn matches(table: &KqlTable, source: Source) -> Vec<Match> {
    rows(table)
        .map(|row| {
            let last_activity = row.ticks("TimeGenerated").unwrap_or_default();
            let address = ["IPAddress", "SourceIP"].into_iter().map(|c| row.text(c)).find(|t| !t.is_empty());
            Match {
                account_name: row.text("AccountName"),
                source,
                last_activity,
                first_seen: row.ticks("FirstSeen").unwrap_or(last_activity),
                events: row.long("Events").unwrap_or_default(),
                ip_address: address.unwrap_or_default(),
                computer: if source.realm() == super::types::Realm::Host {
                    row.text("Computer")
                } else {
                    String::new()
                },
                fields: entity_fields(source, &row),
            }
        })
        .filter(|m| !m.account_name.is_empty())
        .collect()
}

/// Adds a match; the same account from a second table of its source is added to the first.
fn merge(all: &mut Vec<Match>, new: Match) {
    let Some(old) = all.iter_mut().find(|m| m.source == new.source && m.account_name == new.account_name) else {
        all.push(new);
        return;
    };
    let (events, first_seen) = (old.events + new.events, old.first_seen.min(new.first_seen));
    if new.last_activity > old.last_activity {
        *old = new;
    }
    old.events = events;
    old.first_seen = first_seen;
}
