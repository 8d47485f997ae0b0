//! How a query went, as the rows that Kusto adds to its answers.

use kql::time::{format_datetime, now_ticks};
use serde_json::{Value as Json, json};

use super::Ids;
use super::errors::truncated;
use crate::query::Answer;

/// Level, status, event and text of each thing there is to tell.
struct Event {
    level: (i32, &'static str),
    status: (i64, &'static str),
    kind: (i32, &'static str),
    payload: Json,
}

fn events(answer: &Answer, deferred: bool) -> Vec<Event> {
    let ok = (0, "S_OK (0)");
    let mut events = Vec::new();
    match answer.truncation {
        Some(truncation) if deferred => events.push(Event {
            level: (2, "Error"),
            status: (-2_133_196_797, "Query result set too large (E_QUERY_RESULT_SET_TOO_LARGE). (-2133196797)"),
            kind: (1, "QueryLimitsExceeded"),
            payload: json!({"Count": 1, "Text": truncated(truncation)}),
        }),
        _ => events.push(Event {
            level: (4, "Info"),
            status: ok,
            kind: (4, "QueryInfo"),
            payload: json!({"Count": 1, "Text": "Query completed successfully"}),
        }),
    }
    for note in &answer.table.notes {
        events.push(Event {
            level: (4, "Info"),
            status: ok,
            kind: (4, "QueryInfo"),
            payload: json!({"Count": 1, "Text": note}),
        });
    }
    events.push(Event {
        level: (6, "Stats"),
        status: ok,
        kind: (0, "QueryResourceConsumption"),
        payload: json!({
            "ExecutionTime": answer.elapsed.as_secs_f64(),
            "dataset_statistics": [{"table_row_count": answer.table.rows(), "table_size": answer.bytes}],
        }),
    });
    events
}

/// Columns and rows of `QueryCompletionInformation`.
pub fn completion(answer: &Answer, deferred: bool, ids: &Ids) -> (Vec<(&'static str, &'static str)>, Vec<Json>) {
    let columns = vec![
        ("Timestamp", "datetime"),
        ("ClientRequestId", "string"),
        ("ActivityId", "guid"),
        ("SubActivityId", "guid"),
        ("ParentActivityId", "guid"),
        ("Level", "int"),
        ("LevelName", "string"),
        ("StatusCode", "int"),
        ("StatusCodeName", "string"),
        ("EventType", "int"),
        ("EventTypeName", "string"),
        ("Payload", "string"),
    ];
    let now = format_datetime(now_ticks());
    let row = |e: Event| {
        json!([
            now,
            ids.client,
            ids.activity,
            ids.activity,
            ids.activity,
            e.level.0,
            e.level.1,
            e.status.0,
            e.status.1,
            e.kind.0,
            e.kind.1,
            e.payload.to_string()
        ])
    };
    (columns, events(answer, deferred).into_iter().map(row).collect())
}

/// Columns and rows of `QueryStatus`, of version 1.
pub fn status(answer: &Answer, deferred: bool, ids: &Ids) -> (Vec<(&'static str, &'static str)>, Vec<Json>) {
    let columns = vec![
        ("Timestamp", "datetime"),
        ("Severity", "int"),
        ("SeverityName", "string"),
        ("StatusCode", "int"),
        ("StatusDescription", "string"),
        ("Count", "int"),
        ("RequestId", "guid"),
        ("ActivityId", "guid"),
        ("SubActivityId", "guid"),
        ("ClientActivityId", "string"),
    ];
    let now = format_datetime(now_ticks());
    let row = |e: Event| {
        let text = e.payload.get("Text").and_then(Json::as_str).map_or_else(|| e.payload.to_string(), str::to_owned);
        json!([now, e.level.0, e.level.1, e.status.0, text, 1, ids.activity, ids.activity, ids.activity, ids.client])
    };
    (columns, events(answer, deferred).into_iter().map(row).collect())
}
