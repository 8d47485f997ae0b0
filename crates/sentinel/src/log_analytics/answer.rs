//! What an answer of Log Analytics says beside its rows.

use kql_polars::RenderHint;
use serde_json::Value as Json;

use crate::decode::Answer;
use crate::fault::{Fault, FaultKind};
use crate::http::ServiceError;
use crate::split::Outcome;

/// The rows of the first table, and whether they are all.
///
/// # Errors
/// When there is no table.
pub fn outcome(answer: Answer, service: &str) -> Result<Outcome, Fault> {
    let errors: Vec<ServiceError> = answer.errors.iter().map(ServiceError::read).collect();
    let more = answer.tables.len().saturating_sub(1);
    let Some(first) = answer.tables.into_iter().next() else {
        return Err(match errors.first() {
            Some(error) => error.fault(200, service),
            None => Fault::new(FaultKind::Service, format!("the answer of {service} has no table"))
                .with_help("end the query with a table: it may have only statements such as let"),
        });
    };
    let mut table = first.table;
    table.render = answer.render.as_ref().and_then(render);
    if more > 0 {
        let tables = crate::text::count(more as u64, "further table");
        table.notes.push(format!(
            "the answer has {tables}, which are not shown: run the parts of a fork or batch on their own"
        ));
    }
    let mut partial = None;
    for error in errors {
        if error.is_limit() || error.is_timeout() {
            partial = Some(error.fault(200, service));
        } else if error.only_warnings {
            table.notes.push(format!("{service} warns: {}", error.summary()));
        } else if partial.is_none() {
            partial = Some(Fault::new(
                FaultKind::Service,
                format!("{service} could not read all of it: {}", error.summary()),
            ));
        }
    }
    Ok(Outcome { table, partial })
}

/// What the query's `render` operator asks for, as the service repeats it.
fn render(json: &Json) -> Option<RenderHint> {
    let visualization = json.get("visualization")?.as_str()?.to_owned();
    let properties = json
        .as_object()?
        .iter()
        .filter(|(name, _)| *name != "visualization")
        .filter_map(|(name, value)| {
            let text = match value {
                Json::Null => return None,
                Json::String(text) => text.clone(),
                Json::Array(list) => list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(","),
                other => other.to_string(),
            };
            Some((name.to_lowercase(), text))
        })
        .collect();
    Some(RenderHint { visualization, properties })
}
