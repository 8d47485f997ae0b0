//! Failed requests as Kusto tells them: OneApiErrors.
//!
//! Sources: <https://learn.microsoft.com/kusto/api/rest/response-http> and the list of exceptions at
//! <https://learn.microsoft.com/kusto/api/netfx/kusto-data-client-errors>

use axum::http::StatusCode;
use kql::time::{format_datetime, now_ticks};
use kql::{Error, ErrorKind};
use serde_json::{Value as Json, json};

use super::Ids;
use crate::log_analytics;
use crate::place::{Place, place};
use crate::query::{Failure, Truncation};

/// Status and body of a failure.
pub type Refusal = (StatusCode, Json);

fn one(code: &str, message: &str, exception: &str, detail: &str, permanent: bool, ids: &Ids) -> Json {
    json!({
        "code": code,
        "message": message,
        "@type": format!("Kusto.Data.Exceptions.{exception}"),
        "@message": detail,
        "@context": {
            "timestamp": format_datetime(now_ticks()),
            "serviceAlias": "LOCAL",
            "clientRequestId": ids.client,
            "activityId": ids.activity,
        },
        "@permanent": permanent,
    })
}

/// A request that is wrong in itself.
pub fn bad_request(detail: &str, ids: &Ids) -> Refusal {
    let error = one(
        "General_BadRequest",
        "Request is invalid and cannot be executed.",
        "KustoBadRequestException",
        detail,
        true,
        ids,
    );
    (StatusCode::BAD_REQUEST, json!({ "error": error }))
}

/// A database that the server does not have.
pub fn no_database(name: &str, ids: &Ids) -> Refusal {
    let detail = format!("Database '{name}' could not be found on this server.");
    let error = one(
        "BadRequest_DatabaseNotExist",
        "Request is invalid and cannot be executed.",
        "DatabaseNotFoundException",
        &detail,
        true,
        ids,
    );
    (StatusCode::BAD_REQUEST, json!({ "error": error }))
}

/// A failed query.
pub fn failure(failure: &Failure, text: &str, database: &str, ids: &Ids) -> Refusal {
    match failure {
        Failure::Query(error) => query(error, text, database, ids),
        Failure::Timeout(time) => {
            let detail =
                format!("Request execution has timed-out on the service side after {} seconds.", time.as_secs_f64());
            let error = one(
                "RequestExecutionTimeout",
                "Request timed out.",
                "KustoServiceTimeoutException",
                &detail,
                false,
                ids,
            );
            (StatusCode::GATEWAY_TIMEOUT, json!({ "error": error }))
        }
        Failure::Cancelled => {
            let error = one(
                "QueryCancelled",
                "Request was cancelled.",
                "KustoServicePartialQueryFailureException",
                "Query was cancelled (E_QUERY_CANCELLED, 0x80DA0006).",
                true,
                ids,
            );
            (StatusCode::BAD_REQUEST, json!({ "error": error }))
        }
        Failure::Busy => {
            let detail = "The request was denied: too many queries wait for their turn already.";
            let error = one(
                "TooManyRequests",
                "Request is denied due to throttling.",
                "KustoRequestThrottledException",
                detail,
                false,
                ids,
            );
            (StatusCode::TOO_MANY_REQUESTS, json!({ "error": error }))
        }
    }
}

fn query(error: &Error, text: &str, database: &str, ids: &Ids) -> Refusal {
    let place = place(error, text);
    let (code, exception, kind, detail) = match error.kind {
        ErrorKind::Syntax => {
            ("SYN0002", "SyntaxException", "Syntax error", format!("Query could not be parsed: {error}"))
        }
        ErrorKind::UnknownName => {
            ("SEM0100", "SemanticException", "Semantic error", log_analytics::unresolved(error, place.as_ref()))
        }
        ErrorKind::Type => ("SEM0001", "SemanticException", "Semantic error", error.to_string()),
        ErrorKind::Unsupported => ("NotSupportedLocally", "SemanticException", "Semantic error", error.to_string()),
        ErrorKind::Runtime => {
            ("EngineError", "KustoServicePartialQueryFailureException", "Query execution error", error.to_string())
        }
        ErrorKind::Limit => (
            "LimitsExceeded",
            "KustoServicePartialQueryFailureLimitsExceededException",
            "Query limit",
            error.to_string(),
        ),
    };
    let at = place.as_ref().map_or_else(String::new, |p| format!(" [line:position={}:{}]", p.line, p.position));
    let inner_detail = format!("{kind}: {code}: {detail}{at}");
    let mut inner = one(code, &detail, exception, &inner_detail, true, ids);
    inner["@errorCode"] = json!(code);
    inner["@errorMessage"] = json!(detail);
    if let Some(Place { line, position, token }) = place {
        inner["@line"] = json!(line);
        inner["@pos"] = json!(position);
        inner["@token"] = json!(token);
    }
    let mut outer = one(
        "General_BadRequest",
        "Request is invalid and cannot be executed.",
        "KustoBadRequestException",
        &format!("Request is invalid and cannot be processed: {inner_detail}"),
        true,
        ids,
    );
    outer["@text"] = json!(text);
    outer["@database"] = json!(database);
    outer["innererror"] = inner;
    (StatusCode::BAD_REQUEST, json!({ "error": outer }))
}

/// The sentence for a result whose rows are not all.
/// Source: <https://learn.microsoft.com/kusto/concepts/query-limits>
pub fn truncated(truncation: Truncation) -> String {
    match truncation {
        Truncation::Rows(rows) => format!(
            "Query result set has exceeded the internal record count limit {rows} (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003; see https://aka.ms/kustoquerylimits)."
        ),
        Truncation::Bytes(bytes) => format!(
            "Query result set has exceeded the internal data size limit {bytes} (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003; see https://aka.ms/kustoquerylimits)."
        ),
        Truncation::Partial => {
            "Query execution failed before it was complete (E_RUNAWAY_QUERY, 0x80DA0001; see https://aka.ms/kustoquerylimits).".to_owned()
        }
    }
}

/// The error inside an answer whose rows are not all.
pub fn partial(truncation: Truncation, ids: &Ids) -> Json {
    let number = if truncation == Truncation::Partial { "80DA0001" } else { "80DA0003" };
    let detail = format!("Query execution has exceeded the allowed limits ({number}): {}", truncated(truncation));
    let error = one(
        "LimitsExceeded",
        "Request is invalid and cannot be executed.",
        "KustoServicePartialQueryFailureLimitsExceededException",
        &detail,
        false,
        ids,
    );
    json!({ "error": error })
}
