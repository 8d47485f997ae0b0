//! The Log Analytics query API: `/v1/workspaces/{id}/query`, `/v1/{resource}/query`, `/metadata` and `/v1/$batch`.

mod answer;
mod batch;
mod errors;
mod metadata;
mod prefer;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use kql_polars::{Catalog, TimeScope};
use serde::Deserialize;

pub use answer::{write, write_all};
pub use batch::batch;
use errors::{Refusal, invalid, invalid_json, no_workspace};
pub use errors::{no_path, unresolved};
use prefer::Prefer;

use crate::app::App;
use crate::gate::Effects;
use crate::options::MAX_LOG_ANALYTICS_BYTES;
use crate::pieces::Pieces;
use crate::query::{Limits, Question, Truncation};
use crate::refusal::{response, with_body, with_header};
use crate::timespan;
use crate::workspaces::Hosted;

/// The column that `timespan` limits.
const TIME: &str = "TimeGenerated";

/// What is asked of a workspace or resource.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Workspace(String),
    /// `subscriptions/…/providers/…`, without the slash in front.
    Resource(String),
}

/// The request's own part of a query.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    query: Option<String>,
    timespan: Option<String>,
    workspaces: Option<Vec<String>>,
}

/// The query string of a request: that of a GET, and a `timespan` beside a body.
#[derive(Debug, Default, Deserialize)]
pub struct Params {
    query: Option<String>,
    timespan: Option<String>,
    /// Separated by commas.
    workspaces: Option<String>,
}

/// `/v1/workspaces/{id}/{what}`.
pub async fn workspace(
    State(app): State<Arc<App>>,
    Extension(effects): Extension<Effects>,
    Path((id, what)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    match params(&uri) {
        Ok(params) => {
            let call = Call { target: Target::Workspace(id), method, params, effects };
            dispatch(&app, call, &what, &headers, &body).await
        }
        Err(refusal) => refuse(refusal),
    }
}

/// `/v1/subscriptions/…/{what}`.
pub async fn resource(
    State(app): State<Arc<App>>,
    Extension(effects): Extension<Effects>,
    Path(path): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let Some((resource, what)) = path.rsplit_once('/') else {
        return refuse(no_path());
    };
    match params(&uri) {
        Ok(params) => {
            let call = Call { target: Target::Resource(format!("subscriptions/{resource}")), method, params, effects };
            dispatch(&app, call, what, &headers, &body).await
        }
        Err(refusal) => refuse(refusal),
    }
}

fn params(uri: &Uri) -> Result<Params, Refusal> {
    let read = Query::<Params>::try_from_uri(uri);
    read.map(|Query(params)| params)
        .map_err(|e| invalid("QueryValidationError", &format!("the query string of the request cannot be read: {e}")))
}

/// A request without its headers and body.
struct Call {
    target: Target,
    method: Method,
    params: Params,
    effects: Effects,
}

async fn dispatch(app: &Arc<App>, call: Call, what: &str, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
    let prefer = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",");
    let wait_asked = prefer.to_ascii_lowercase().contains("wait");
    let prefer = Prefer::parse(&prefer);
    match (what, &call.method) {
        ("query", &Method::GET) => {
            let asked = Asked { query: call.params.query.clone(), timespan: None, workspaces: None };
            let done = query(app, &call, asked, prefer).await;
            finish(done, prefer, wait_asked)
        }
        ("query", &Method::POST) => {
            if body.is_empty() || !is_json(headers) {
                // As the service does, says its documentation.
                return StatusCode::OK.into_response();
            }
            let done = match read(body) {
                Ok(asked) => query(app, &call, asked, prefer).await,
                Err(refusal) => Err(refusal),
            };
            finish(done, prefer, wait_asked)
        }
        ("metadata", &Method::GET | &Method::POST) => match workspaces_of(app, &call, &[]) {
            Ok((workspaces, _)) => schema(workspaces).await,
            Err(refusal) => refuse(refusal),
        },
        _ => refuse(no_path()),
    }
}

fn read(body: &[u8]) -> Result<Asked, Refusal> {
    serde_json::from_slice(body).map_err(|e| invalid_json(&e.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// A finished query: its answer, and what has to be told in headers.
struct Done {
    pieces: Pieces,
    notes: Vec<String>,
}

async fn query(app: &Arc<App>, call: &Call, asked: Asked, prefer: Prefer) -> Result<Done, Refusal> {
    let Some(text) = asked.query.filter(|q| !q.trim().is_empty()) else {
        return Err(invalid("QueryValidationError", "the request has no query"));
    };
    let more = call.params.workspaces.iter().flat_map(|w| w.split(',')).map(str::to_owned);
    let named: Vec<String> = asked.workspaces.into_iter().flatten().chain(more).collect();
    let (workspaces, resource) = workspaces_of(app, call, &named)?;
    let now = now_of(&workspaces).await;
    let mut times = Vec::new();
    for given in [asked.timespan, call.params.timespan.clone()].into_iter().flatten().filter(|t| !t.is_empty()) {
        let (from, to) = timespan::parse(&given, now).map_err(|e| invalid("InvalidTimespan", &e))?;
        times.push(TimeScope { column: TIME.to_owned(), from: Some(from), to: Some(to) });
    }
    let limits = Limits {
        rows: call.effects.oversized.or(call.effects.partial).unwrap_or(app.options.max_rows),
        bytes: app.options.max_bytes.unwrap_or(MAX_LOG_ANALYTICS_BYTES),
    };
    let question = Question {
        text: text.clone(),
        params: BTreeMap::new(),
        workspaces,
        times,
        resource,
        now: None,
        take: None,
        limits,
        timeout: prefer.wait,
    };
    let mut answer = app.ask(question, None).await.map_err(|f| errors::failure(&f, &text))?;
    if call.effects.partial.is_some() {
        answer.truncation = Some(Truncation::Partial);
    }
    let notes = answer.table.notes.clone();
    Ok(Done { pieces: answer::pieces(&answer, prefer.extras), notes })
}

/// The workspaces of a request, the main one first, and the resource whose rows alone are asked for.
fn workspaces_of(app: &App, call: &Call, more: &[String]) -> Result<(Vec<Arc<Hosted>>, Option<String>), Refusal> {
    let all = &app.workspaces;
    let (mut found, resource) = match &call.target {
        Target::Workspace(id) => (vec![Arc::clone(all.find(id).ok_or_else(|| no_workspace(id))?)], None),
        Target::Resource(path) if is_workspace(path) => {
            (vec![Arc::clone(all.find(path).ok_or_else(|| no_workspace(path))?)], None)
        }
        // The rows of a resource may be in any workspace.
        Target::Resource(path) => (all.all().to_vec(), Some(format!("/{path}"))),
    };
    for name in more.iter().filter(|n| !n.trim().is_empty()) {
        let workspace = all.find(name).ok_or_else(|| no_workspace(name))?;
        if !found.iter().any(|w| Arc::ptr_eq(w, workspace)) {
            found.push(Arc::clone(workspace));
        }
    }
    Ok((found, resource))
}

/// Whether a resource path is a Log Analytics workspace.
fn is_workspace(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts
        .windows(2)
        .any(|p| p[0].eq_ignore_ascii_case("microsoft.operationalinsights") && p[1].eq_ignore_ascii_case("workspaces"))
}

/// What `now()` is in the workspaces. The first time that has to look into the files.
async fn now_of(workspaces: &[Arc<Hosted>]) -> i64 {
    let workspaces = workspaces.to_vec();
    let newest = tokio::task::spawn_blocking(move || {
        kql_polars::Joined { catalogs: workspaces.iter().map(|w| &*w.catalog as &dyn Catalog).collect() }.now()
    });
    newest.await.ok().flatten().unwrap_or_else(kql::time::now_ticks)
}

async fn schema(workspaces: Vec<Arc<Hosted>>) -> Response<Body> {
    match tokio::task::spawn_blocking(move || metadata::metadata(&workspaces)).await {
        Ok(body) => response(StatusCode::OK, &body),
        Err(_) => response(
            StatusCode::INTERNAL_SERVER_ERROR,
            &serde_json::json!({"error": {"code": "InternalServerError", "message": "the schema could not be read"}}),
        ),
    }
}

fn finish(done: Result<Done, Refusal>, prefer: Prefer, wait_asked: bool) -> Response<Body> {
    let response = match done {
        Ok(done) => {
            let response = with_body(StatusCode::OK, done.pieces.into_body());
            if done.notes.is_empty() { response } else { with_header(response, NOTES, &ascii_json(&done.notes)) }
        }
        Err(refusal) => refuse(refusal),
    };
    if wait_asked {
        with_header(response, "preference-applied", &format!("wait={}", prefer.wait.as_secs()))
    } else {
        response
    }
}

/// The header with what has to be known about a result and has no place in the answer: files that could not be read, skipped rows. A JSON array.
pub const NOTES: &str = "entity-explorer-notes";

/// Strings as a JSON array that a header can hold.
pub fn ascii_json(texts: &[String]) -> String {
    let json = serde_json::Value::from(texts.to_vec()).to_string();
    let mut ascii = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

fn refuse((status, body): Refusal) -> Response<Body> {
    response(status, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_fit_into_a_header() {
        assert_eq!(ascii_json(&["ä \"😀\"\n".to_owned()]), r#"["\u00e4 \"\ud83d\ude00\"\n"]"#);
    }

    #[test]
    fn workspaces_among_resources() {
        assert!(is_workspace("subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"));
        assert!(!is_workspace("subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"));
    }
}
