//! Several queries in one request: `/v1/$batch`.
//!
//! Source: <https://learn.microsoft.com/azure/azure-monitor/logs/api/batch-queries>

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Method, Response, StatusCode};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::errors::Refusal;
use super::prefer::Prefer;
use super::{Asked, Call, Params, Target, errors, params, query, refuse};
use crate::app::App;
use crate::gate::Effects;
use crate::pieces::Pieces;
use crate::refusal::with_body;

/// Most queries of a batch.
const MOST: usize = 100;

#[derive(Debug, Deserialize)]
struct Batch {
    requests: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    workspace: String,
    #[serde(default)]
    headers: Map<String, Json>,
    #[serde(default)]
    body: Json,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    path: Option<String>,
}

/// Runs the queries of a batch at the same time; the answers come in the order in which they are ready.
pub async fn batch(State(app): State<Arc<App>>, Extension(effects): Extension<Effects>, body: Bytes) -> Response<Body> {
    let batch: Batch = match serde_json::from_slice(&body) {
        Ok(batch) => batch,
        Err(error) => return refuse(errors::invalid_json(&error.to_string())),
    };
    if batch.requests.len() > MOST {
        let message = format!("a batch may hold {MOST} requests, and this one has {}", batch.requests.len());
        return refuse(errors::invalid("QueryValidationError", &message));
    }
    let mut ids = HashSet::new();
    if let Some(twice) = batch.requests.iter().find(|r| !ids.insert(r.id.as_str())) {
        let message = format!("two requests of the batch have the id {:?}", twice.id);
        return refuse(errors::invalid("QueryValidationError", &message));
    }
    let mut running: FuturesUnordered<_> = batch.requests.into_iter().map(|entry| one(&app, entry, effects)).collect();
    let mut pieces = Pieces::text(r#"{"responses":["#);
    let mut first = true;
    while let Some(answer) = running.next().await {
        if !first {
            pieces.push(",");
        }
        first = false;
        pieces.append(answer);
    }
    pieces.push("]}");
    with_body(StatusCode::OK, pieces.into_body())
}

async fn one(app: &Arc<App>, entry: Entry, effects: Effects) -> Pieces {
    let prefer = entry.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("prefer"));
    let prefer = Prefer::parse(prefer.and_then(|(_, value)| value.as_str()).unwrap_or_default());
    let method = entry.method.as_deref().unwrap_or("GET").to_ascii_uppercase();
    let path = entry.path.as_deref().unwrap_or("/query");
    let (path, query_string) = path.split_once('?').unwrap_or((path, ""));
    let done = match (path, method.as_str()) {
        ("/query", "POST" | "GET") => {
            let read = if method == "GET" { from_query_string(query_string) } else { from_body(entry.body) };
            match read {
                Ok((asked, params)) => {
                    let call =
                        Call { target: Target::Workspace(entry.workspace), method: Method::POST, params, effects };
                    query(app, &call, asked, prefer).await
                }
                Err(refusal) => Err(refusal),
            }
        }
        _ => Err(errors::no_path()),
    };
    let (status, body) = match done {
        Ok(done) => (StatusCode::OK, done.pieces),
        Err((status, body)) => (status, Pieces::text(body.to_string())),
    };
    let mut pieces = Pieces::text(r#"{"id":"#);
    pieces.push_json(&entry.id);
    pieces.push(format!(
        r#","status":{},"headers":{{"Content-Type":"application/json; charset=utf-8"}},"body":"#,
        status.as_u16()
    ));
    pieces.append(body);
    pieces.push("}");
    pieces
}

fn from_body(body: Json) -> Result<(Asked, Params), Refusal> {
    let asked = serde_json::from_value(body).map_err(|e| errors::invalid_json(&e.to_string()))?;
    Ok((asked, Params::default()))
}

fn from_query_string(text: &str) -> Result<(Asked, Params), Refusal> {
    let uri = format!("/?{text}").parse();
    let uri = uri.map_err(|_| errors::invalid("QueryValidationError", "the path of the request is no path"))?;
    let params = params(&uri)?;
    Ok((Asked { query: params.query.clone(), ..Asked::default() }, params))
}
