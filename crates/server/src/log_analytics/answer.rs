//! The JSON of a Log Analytics answer.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format>, and recorded answers in the tests of Microsoft's client
//! azure-monitor-query.

use std::io::{self, Write};

use kql_polars::{KqlTable, NamedTable};
use serde_json::{Value as Json, json};

use crate::pieces::Pieces;
use crate::query::{Answer, Truncation};
use crate::rows::{Dynamic, Rows};
use crate::visual;

/// What an answer tells besides its rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// Statistics of the run.
    pub statistics: bool,
    /// What `render` asked for.
    pub render: bool,
}

/// Writes a result as the Log Analytics query API answers: `{"tables": [{"name", "columns": [{"name", "type"}], "rows"}]}`, and `render` when
/// the query ends in that operator. Datetimes are ISO 8601 in UTC, timespans `d.hh:mm:ss.fffffff`, dynamic values JSON text, nulls null.
///
/// ```
/// let table = kql_polars::run("print a = 1", &kql_polars::NoTables, &Default::default(), &Default::default())?;
/// let mut out = Vec::new();
/// server::log_analytics::write(&table, &mut out)?;
/// assert_eq!(out, br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a","type":"long"}],"rows":[[1]]}]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(table: &KqlTable, out: &mut dyn Write) -> io::Result<()> {
    let mut pieces = tables(table);
    if table.render.is_some() {
        pieces.push(r#","render":"#);
        pieces.push_json(visual::log_analytics(table.render.as_ref()));
    }
    pieces.push("}");
    pieces.write_to(out)
}

/// Writes the tables of a query that gives several (`fork`, `facet`, several statements) as [`write`] does one: those without a name are called
/// `Table_0`, `Table_1`, … by their position.
///
/// ```
/// let all = kql_polars::run_all("print 1; print 2 | as B", &kql_polars::NoTables, &Default::default(), &Default::default())?;
/// let mut out = Vec::new();
/// server::log_analytics::write_all(&all, &mut out)?;
/// let json: serde_json::Value = serde_json::from_slice(&out)?;
/// assert_eq!(json["tables"][0]["name"], "Table_0");
/// assert_eq!(json["tables"][1]["name"], "B");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_all(tables: &[NamedTable], out: &mut dyn Write) -> io::Result<()> {
    if let [only] = tables {
        return write(&only.table, out);
    }
    let mut pieces = Pieces::text(r#"{"tables":["#);
    for (i, NamedTable { name, table }) in tables.iter().enumerate() {
        if i > 0 {
            pieces.push(",");
        }
        let position = format!("Table_{i}");
        push_table(&mut pieces, name.as_deref().unwrap_or(&position), table);
    }
    pieces.push("]}");
    pieces.write_to(out)
}

/// The answer of the API.
pub fn pieces(answer: &Answer, extras: Extras) -> Pieces {
    let mut pieces = tables(&answer.table);
    if extras.render {
        pieces.push(r#","render":"#);
        pieces.push_json(visual::log_analytics(answer.table.render.as_ref()));
    }
    if extras.statistics {
        pieces.push(r#","statistics":"#);
        pieces.push_json(statistics(answer));
    }
    if let Some(truncation) = answer.truncation {
        pieces.push(r#","error":"#);
        pieces.push_json(partial(truncation));
    }
    pieces.push("}");
    pieces
}

/// The start of an answer: everything but the last brace.
fn tables(table: &KqlTable) -> Pieces {
    let mut pieces = Pieces::text(r#"{"tables":["#);
    push_table(&mut pieces, "PrimaryResult", table);
    pieces.push("]");
    pieces
}

fn push_table(pieces: &mut Pieces, name: &str, table: &KqlTable) {
    let columns: Vec<Json> = table.columns.iter().map(|c| json!({"name": c.name, "type": c.ty.name()})).collect();
    pieces.push(r#"{"name":"#);
    pieces.push_json(Json::from(name));
    pieces.push(r#","columns":"#);
    pieces.push_json(columns);
    pieces.push(r#","rows":["#);
    pieces.push_rows(Rows::new(table, Dynamic::Text));
    pieces.push("]}");
}

/// What is known of a run. The service tells more, of its caches and machines, which there are none of here.
fn statistics(answer: &Answer) -> Json {
    json!({
        "query": {
            "executionTime": answer.elapsed.as_secs_f64(),
            "datasetStatistics": [{"tableRowCount": answer.table.rows(), "tableSize": answer.bytes}],
        }
    })
}

/// The error of an answer whose rows are not all.
fn partial(truncation: Truncation) -> Json {
    let too_large = |limit: String| {
        (
            "-2133196797",
            format!(
                "The results of this query exceed the set limit of {limit}, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003). See https://aka.ms/kustoquerylimits for more information and possible solutions."
            ),
        )
    };
    let (code, message) = match truncation {
        Truncation::Rows(rows) => too_large(format!("{rows} records")),
        Truncation::Bytes(bytes) => too_large(format!("{bytes} bytes")),
        Truncation::Partial => (
            "-2133196799",
            "Query execution failed before it was complete. Results may be incorrect or incomplete (E_RUNAWAY_QUERY)."
                .to_owned(),
        ),
    };
    json!({
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "details": [{
            "code": "EngineError",
            "message": "Something went wrong processing your query on the server.",
            "innererror": {"code": code, "message": message, "severity": 2, "severityName": "Error"},
        }],
    })
}
