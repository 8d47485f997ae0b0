//! Failed queries as Log Analytics tells them.
//!
//! Sources: <https://learn.microsoft.com/azure/azure-monitor/logs/api/errors>, and recorded answers in the tests of Microsoft's clients.

use axum::http::StatusCode;
use kql::{Error, ErrorKind};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::place::{Place, place};
use crate::query::Failure;

/// Status and body of a failure.
pub type Refusal = (StatusCode, Json);

/// The message of all requests that the service cannot make sense of.
const INVALID: &str = "The request had some invalid properties";

/// A failed query.
pub fn failure(failure: &Failure, text: &str) -> Refusal {
    match failure {
        Failure::Query(error) => (StatusCode::BAD_REQUEST, query(error, text)),
        Failure::Timeout(_) | Failure::Cancelled => (
            StatusCode::GATEWAY_TIMEOUT,
            json!({"error": {
                "message": "Gateway timeout",
                "code": "GatewayTimeout",
                "correlationId": Uuid::new_v4().to_string(),
                "innererror": {"code": "GatewayTimeout", "message": "ADX query timed out"},
            }}),
        ),
        Failure::Busy => (
            StatusCode::TOO_MANY_REQUESTS,
            json!({"error": {"message": "Too many queries wait for their turn already", "code": "ThrottledError"}}),
        ),
    }
}

fn query(error: &Error, text: &str) -> Json {
    let place = place(error, text);
    let (kind, sentence, code, message) = match error.kind {
        ErrorKind::Syntax => {
            ("SyntaxError", "A recognition error occurred in the query.", "SYN0002", unparsed(error, place.as_ref()))
        }
        ErrorKind::UnknownName => {
            ("SemanticError", "A semantic error occurred.", "SEM0100", unresolved(error, place.as_ref()))
        }
        ErrorKind::Type => ("SemanticError", "A semantic error occurred.", "SEM0001", error.to_string()),
        ErrorKind::Unsupported => {
            ("SemanticError", "A semantic error occurred.", "NotSupportedLocally", error.to_string())
        }
        ErrorKind::Runtime => (
            "EngineError",
            "Something went wrong processing your query on the server.",
            "EngineError",
            error.to_string(),
        ),
        ErrorKind::Limit => ("LimitsExceeded", "A limit was exceeded.", "LimitsExceeded", error.to_string()),
    };
    let mut inner = json!({"code": code, "message": message});
    if let Some(Place { line, position, token }) = place {
        inner["line"] = json!(line);
        inner["pos"] = json!(position);
        inner["token"] = json!(token);
    }
    json!({"error": {
        "message": INVALID,
        "code": "BadArgumentError",
        "correlationId": Uuid::new_v4().to_string(),
        "innererror": {"code": kind, "message": sentence, "innererror": inner},
    }})
}

/// The service's sentence, then what our parser has to say.
fn unparsed(error: &Error, place: Option<&Place>) -> String {
    match place {
        Some(Place { line, position, token }) => {
            format!("Query could not be parsed at '{token}' on line [{line},{position}]: {error}")
        }
        None => format!("Query could not be parsed: {error}"),
    }
}

/// The service's sentence, by which clients know that a table is missing, then what the engine has to say.
pub fn unresolved(error: &Error, place: Option<&Place>) -> String {
    let quoted = error.message.split('`').nth(1);
    let name = quoted.or_else(|| place.map(|p| p.token.as_str())).unwrap_or_default();
    let kind = if error.message.starts_with("there is no table") {
        "table or column"
    } else if error.message.contains("function") {
        return format!("Unknown function: '{name}': {error}");
    } else {
        "column or scalar"
    };
    format!("Failed to resolve {kind} expression named '{name}': {error}")
}

/// A request that is wrong in itself. `code` is the inner one.
pub fn invalid(code: &str, message: &str) -> Refusal {
    let body = json!({"error": {
        "message": INVALID,
        "code": "BadArgumentError",
        "correlationId": Uuid::new_v4().to_string(),
        "innererror": {"code": code, "message": message},
    }});
    (StatusCode::BAD_REQUEST, body)
}

/// A body that is not the JSON it should be.
pub fn invalid_json(message: &str) -> Refusal {
    let body = json!({"error": {
        "message": INVALID,
        "code": "BadArgumentError",
        "correlationId": Uuid::new_v4().to_string(),
        "innererror": {
            "code": "QueryValidationError",
            "message": "Failed parsing the query",
            "details": [{"code": "InvalidJsonBody", "message": message, "target": null}],
        },
    }});
    (StatusCode::BAD_REQUEST, body)
}

/// A path that leads nowhere.
pub fn no_path() -> Refusal {
    let body = json!({"error": {"message": "The requested path does not exist", "code": "PathNotFoundError"}});
    (StatusCode::NOT_FOUND, body)
}

/// A workspace that the server does not have.
pub fn no_workspace(given: &str) -> Refusal {
    let body = json!({"error": {
        "message": "The workspace could not be found",
        "code": "WorkspaceNotFoundError",
        "correlationId": Uuid::new_v4().to_string(),
        "innererror": {"code": "FailedToResolveResource", "message": format!("there is no workspace {given:?} on this server")},
    }});
    (StatusCode::NOT_FOUND, body)
}
