//! The threat intelligence indicators of the workspace itself, in the new table and in the old one.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use enrich::ti::{SENTINEL, TiRow, sentinel_row};
use enrich::{Answers, Ioc};
use kql::Value;
use serde_json::{Map, Value as Json};

use super::Lookup;
use crate::error::Error;
use crate::workspace::Workspace;

/// Feeds send an indicator again and again: its latest state counts.
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
| extend Matched = tolower(case(
    NetworkIP in~ (values), NetworkIP,
    NetworkSourceIP in~ (values), NetworkSourceIP,
    NetworkDestinationIP in~ (values), NetworkDestinationIP,
    EmailSourceIpAddress in~ (values), EmailSourceIpAddress,
    DomainName in~ (values), DomainName,
    Url in~ (values), Url,
    FileHashValue in~ (values), FileHashValue,
    ''))
| where Matched != ''
| summarize arg_max(TimeGenerated, *) by IndicatorId",
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
    distinct.truncate(lookup.limit.unwrap_or(usize::MAX));
    let mut matches: HashMap<String, Vec<Map<String, Json>>> = HashMap::new();
    for (table, text) in queries {
        for batch in distinct.chunks(BATCH) {
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
                    answers.notes.push(format!("{table} cannot be asked: {}", error.message));
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
        answers.rows.push(sentinel_row(ioc, found, now));
    }
    for (cell, rows) in cells.iter().zip(&mut answers.cells) {
        rows.extend(known.get(cell).into_iter().flatten().filter_map(|ioc| places.get(ioc)));
    }
    Ok(())
}

/// Ticks as a moment.
fn moment(ticks: i64) -> DateTime<Utc> {
    // 1970-01-01 in ticks of 100 ns since year 1.
    const EPOCH: i64 = 621_355_968_000_000_000;
    DateTime::from_timestamp_micros((ticks - EPOCH) / 10).unwrap_or_default()
}
