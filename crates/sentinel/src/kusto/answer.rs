//! What an answer of Kusto says beside its rows.

use kql::Value;
use kql_polars::{KqlTable, RenderHint};
use serde_json::Value as Json;

use crate::decode::Answer;
use crate::fault::{Fault, FaultKind};
use crate::http::ServiceError;
use crate::split::Outcome;

/// The rows of the primary result, and whether they are all.
///
/// # Errors
/// When the query failed, although the status of the answer says that all is well.
pub fn outcome(answer: Answer, service: &str) -> Result<Outcome, Fault> {
    let errors: Vec<ServiceError> = answer.errors.iter().map(ServiceError::read).collect();
    if answer.cancelled {
        return Err(Fault::new(FaultKind::Cancelled, "the query was cancelled"));
    }
    let hint =
        answer.tables.iter().find(|table| table.kind == "QueryProperties").and_then(|table| render(&table.table));
    let is_primary = |kind: &str| kind == "PrimaryResult" || kind.is_empty();
    let mut primary = answer.tables.into_iter().filter(|table| is_primary(&table.kind));
    let first = primary.next();
    let more = primary.count() as u64;
    let too_much = errors.iter().find(|error| error.is_limit() || error.is_timeout());
    let failed = too_much.or_else(|| errors.first()).map(|error| error.fault(200, service));
    let mut table = match (first, failed.clone()) {
        // A table without rows beside an error is no partial result.
        (Some(first), None) => first.table,
        (Some(first), Some(_)) if first.table.rows() > 0 => first.table,
        (_, Some(mut fault)) => {
            // What the text is accused of is no matter of the service.
            if fault.kind == FaultKind::Service && errors.iter().any(|error| error.permanent == Some(true)) {
                fault.kind = FaultKind::Query;
            }
            return Err(fault);
        }
        (None, None) => {
            return Err(Fault::new(FaultKind::Service, format!("the answer of {service} has no table"))
                .with_help("end the query with a table: it may have only statements such as let"));
        }
    };
    if table.render.is_none() {
        table.render = hint;
    }
    if more > 0 {
        let tables = crate::text::count(more, "further table");
        table.notes.push(format!(
            "the answer has {tables}, which are not shown: run the parts of a fork or batch on their own"
        ));
    }
    let mut partial = failed;
    if partial.is_none() && answer.has_errors {
        partial =
            Some(Fault::new(FaultKind::Service, format!("{service} says that the result has errors, but not which")));
    }
    if partial.is_none() && table.notes.iter().any(|note| note.starts_with("the service promised")) {
        partial = Some(Fault::new(FaultKind::Service, format!("not all rows that {service} promised came")));
    }
    Ok(Outcome { table, partial })
}

/// What the query's `render` operator asks for: a row of the properties.
fn render(properties: &KqlTable) -> Option<RenderHint> {
    let (key, value) = (properties.position("Key")?, properties.position("Value")?);
    for row in 0..properties.rows() {
        if !matches!(properties.value(row, key), Ok(Value::String(key)) if key == "Visualization") {
            continue;
        }
        let Ok(Value::Dynamic(json)) = properties.value(row, value) else { continue };
        let visualization = json.get("Visualization").and_then(Json::as_str)?.to_owned();
        let members = json.as_object()?.iter().filter(|(name, _)| *name != "Visualization");
        let properties = members
            .filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        return Some(RenderHint { visualization, properties });
    }
    None
}
