//! The threat intelligence indicators of the workspace itself, in the new table and in the old one.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use enrich::ti::{SENTINEL, Severity, TiOptions, TiRow, sentinel_row};
use enrich::{Answers, Ioc};
use kql::Value;
use serde_json::{Map, Value as Json};

use super::Lookup;
use crate::error::Error;
use crate::workspace::Workspace;

/// Feeds send an indicator again and again: its latest state counts. Exports of the old table often have only the columns that are filled.
const QUERIES: [(&str, &str); 2] = [
    (
        "ThreatIntelIndicators",
        "declare query_parameters(values: dynamic);
ThreatIntelIndicators
| where ObservableValue in~ (values)
| summarize arg_max(TimeGenerated, *) by Id
| extend Matched = tolower(ObservableValue)",
    ),
    (
        "ThreatIntelligenceIndicator",
        "declare query_parameters(values: dynamic);
ThreatIntelligenceIndicator
| where column_ifexists('NetworkIP', '') in~ (values)
    or column_ifexists('NetworkSourceIP', '') in~ (values)
    or column_ifexists('NetworkDestinationIP', '') in~ (values)
    or column_ifexists('EmailSourceIpAddress', '') in~ (values)
    or column_ifexists('DomainName', '') in~ (values)
    or column_ifexists('EmailSourceDomain', '') in~ (values)
    or column_ifexists('Url', '') in~ (values)
    or column_ifexists('FileHashValue', '') in~ (values)
| summarize arg_max(TimeGenerated, *) by IndicatorId
| extend Matched = pack_array(
    column_ifexists('NetworkIP', ''),
    column_ifexists('NetworkSourceIP', ''),
    column_ifexists('NetworkDestinationIP', ''),
    column_ifexists('EmailSourceIpAddress', ''),
    column_ifexists('DomainName', ''),
    column_ifexists('EmailSourceDomain', ''),
    column_ifexists('Url', ''),
    column_ifexists('FileHashValue', ''))
| mv-expand Matched to typeof(string)
| extend Matched = tolower(Matched)
| where Matched in~ (values)
| summarize take_any(*) by IndicatorId, Matched",
    ),
];

/// Values in one query.
const BATCH: usize = 500;

/// Whether a name means the indicators of the workspace: msticpy calls them AzSTI.
pub(super) fn is_name(name: &str) -> bool {
    ["AzSTI", SENTINEL].iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// Answers of nobody, to which those of the workspace are added.
pub(super) fn nobody_else(cells: &[&str]) -> Answers<TiRow> {
    Answers { rows: Vec::new(), cells: vec![Vec::new(); cells.len()], notes: Vec::new() }
}

/// Adds what the workspace has, if it has one of the tables: a row for each indicator of the cells.
pub(super) fn add(
    workspace: &Workspace,
    cells: &[&str],
    answers: &mut Answers<TiRow>,
    lookup: &Lookup<'_>,
) -> Result<(), Error> {
    let tables = workspace.provider.table_names()?;
    let queries: Vec<_> = QUERIES.iter().filter(|(table, _)| tables.iter().any(|name| name == table)).collect();
    if queries.is_empty() {
        if answers.rows.is_empty() {
            answers.notes.push(format!(
                "no threat intelligence service is set up (TIProviders in msticpyconfig.yaml), and the workspace {} has no table of indicators",
                workspace.name
            ));
        }
        return Ok(());
    }
    let mut known: HashMap<&str, Vec<Ioc>> = HashMap::new();
    let (mut seen, mut distinct) = (HashSet::new(), Vec::new());
    for cell in cells {
        let iocs = known.entry(cell).or_insert_with(|| Ioc::detect_all(cell));
        distinct.extend(iocs.iter().filter(|ioc| seen.insert((*ioc).clone())).cloned());
    }
    if lookup.limit.is_none() && distinct.len() > TiOptions::MANY {
        let batches = distinct.len().div_ceil(BATCH) * queries.len();
        return Err(super::too_many(
            &format!(
                "{} different indicators would be {batches} queries of the workspace {}: say how many to ask for with a limit (a limit of {0} asks for all)",
                distinct.len(),
                workspace.name
            ),
            lookup,
        ));
    }
    let left = distinct.len().saturating_sub(lookup.limit.unwrap_or(usize::MAX));
    distinct.truncate(distinct.len() - left);
    if left > 0 && answers.notes.iter().all(|note| !note.contains("the limit is")) {
        let all = distinct.len() + left;
        answers.notes.push(format!("{left} of {all} indicators were not asked for: the limit is {}", distinct.len()));
    }
    let mut matches: HashMap<String, Vec<Map<String, Json>>> = HashMap::new();
    let mut failed: HashMap<&Ioc, String> = HashMap::new();
    for (table, text) in queries {
        for (number, batch) in distinct.chunks(BATCH).enumerate() {
            let values: Vec<Json> = batch.iter().map(|ioc| ioc.value.clone().into()).collect();
            let params = BTreeMap::from([("values".to_owned(), Value::Dynamic(values.into()))]);
            match workspace.provider.run_library(text, &params) {
                Ok(found) => {
                    for row in render::json::rows(&found) {
                        let value = row.get("Matched").and_then(Json::as_str).unwrap_or_default().to_owned();
                        matches.entry(value).or_default().push(row);
                    }
                }
                Err(error) => {
                    let why = format!("{table} cannot be asked: {}", error.message);
                    failed.extend(distinct.iter().skip(number * BATCH).map(|ioc| (ioc, why.clone())));
                    answers.notes.push(why);
                    break;
                }
            }
        }
    }
    let now = moment(workspace.provider.now()?);
    let mut places: HashMap<&Ioc, usize> = HashMap::new();
    for ioc in &distinct {
        let found = matches.get(&ioc.value.to_lowercase()).map_or(&[][..], Vec::as_slice);
        places.insert(ioc, answers.rows.len());
        let row = sentinel_row(ioc, found, now);
        answers.rows.push(match failed.get(ioc) {
            Some(why) if found.is_empty() => not_asked(row, why),
            _ => row,
        });
    }
    for (cell, rows) in cells.iter().zip(&mut answers.cells) {
        rows.extend(known.get(cell).into_iter().flatten().filter_map(|ioc| places.get(ioc)));
    }
    Ok(())
}

/// The row of an indicator that a table could not be asked about: it is not "not found".
fn not_asked(row: TiRow, why: &str) -> TiRow {
    let details = Map::from_iter([("Message".to_owned(), why.into())]);
    TiRow { severity: Severity::Unknown, details, status: "failed", ..row }
}

/// Ticks as a moment.
fn moment(ticks: i64) -> DateTime<Utc> {
    // 1970-01-01 in ticks of 100 ns since year 1.
    const EPOCH: i64 = 621_355_968_000_000_000;
    DateTime::from_timestamp_micros((ticks - EPOCH) / 10).unwrap_or_default()
}
