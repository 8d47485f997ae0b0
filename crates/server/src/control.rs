//! `/control/`: what a test in another process may do with the server. It is there only when the server was told so.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::faults::Fault;
use crate::refusal::response;

#[derive(Deserialize)]
struct Asked {
    faults: Vec<String>,
}

/// `POST /control/faults` with `{"faults": ["latency=300ms", …]}`: these faults, and no others.
pub async fn set_faults(State(app): State<Arc<App>>, body: Bytes) -> Response<Body> {
    let faults = serde_json::from_slice::<Asked>(&body)
        .map_err(|e| format!("the body is not {{\"faults\": [\"…\"]}}: {e}"))
        .and_then(|asked| asked.faults.iter().map(|f| f.parse::<Fault>()).collect::<Result<Vec<_>, _>>());
    match faults {
        Ok(faults) => {
            let on = faults.len();
            app.faults.set(faults);
            response(StatusCode::OK, &json!({ "faults": on }))
        }
        Err(message) => response(StatusCode::BAD_REQUEST, &json!({"error": {"message": message}})),
    }
}

/// `DELETE /control/faults`: none.
pub async fn clear_faults(State(app): State<Arc<App>>) -> Response<Body> {
    app.faults.set(Vec::new());
    response(StatusCode::OK, &json!({"faults": 0}))
}

/// `GET /control/requests`: how many queries and requests came, and the latest of them.
pub async fn requests(State(app): State<Arc<App>>) -> Response<Body> {
    let body = json!({"queries": app.log.queries(), "requests": app.log.requests(), "seen": app.log.seen()});
    response(StatusCode::OK, &body)
}

/// `DELETE /control/requests`: forgets them.
pub async fn clear_requests(State(app): State<Arc<App>>) -> Response<Body> {
    app.log.clear();
    response(StatusCode::OK, &json!({"queries": 0, "requests": 0}))
}
