//! The Kusto query and management API: `/v1/rest/query`, `/v2/rest/query`, `/v1/rest/mgmt`, and what clients ask before.

mod commands;
mod errors;
mod management;
mod request;
mod status;
mod v1;
mod v2;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use bytes::Bytes;
use kql_polars::preamble;
use serde_json::json;
use uuid::Uuid;

use errors::Refusal;
use request::{Properties, Request};
use v2::Layout;

use crate::app::App;
use crate::gate::Effects;
use crate::options::MAX_KUSTO_BYTES;
use crate::pieces::Pieces;
use crate::query::{Failure, Limits, Question, Truncation};
use crate::refusal::{response, with_body, with_header};
use crate::workspaces::Hosted;

/// The names of a request: the client's and ours.
#[derive(Debug, Clone)]
pub struct Ids {
    /// `x-ms-client-request-id`, or one that is made up.
    pub client: String,
    /// `x-ms-activity-id`.
    pub activity: String,
}

impl Ids {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get("x-ms-client-request-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let client = given.unwrap_or_else(|| format!("unspecified;{}", Uuid::new_v4()));
        Self { client, activity: Uuid::new_v4().to_string() }
    }

    fn on(&self, response: Response<Body>) -> Response<Body> {
        let response = with_header(response, "x-ms-client-request-id", &self.client);
        with_header(response, "x-ms-activity-id", &self.activity)
    }
}

/// Version of a query's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// `/v1/rest/query`.
pub async fn query_v1(
    State(app): State<Arc<App>>,
    Extension(effects): Extension<Effects>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    answer(&app, effects, Version::One, &method, &uri, &headers, &body).await
}

/// `/v2/rest/query`.
pub async fn query_v2(
    State(app): State<Arc<App>>,
    Extension(effects): Extension<Effects>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    answer(&app, effects, Version::Two, &method, &uri, &headers, &body).await
}

/// `/v1/rest/mgmt`.
pub async fn manage(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let mut ids = Ids::of(&headers);
    let done = command(&app, &body, &mut ids).await;
    finish(done, &ids)
}

/// `/v1/rest/auth/metadata`: where clients sign in. They would sign in to the public cloud; a client that brings a token of its own never does.
/// Source: <https://learn.microsoft.com/kusto/api/rest/authenticate-with-msal>
pub async fn sign_in() -> Response<Body> {
    let body = json!({
        "AzureAD": {
            "LoginEndpoint": "https://login.microsoftonline.com",
            "LoginMfaRequired": false,
            "KustoClientAppId": "db662dc1-0cfe-4e1c-a843-19a68e65be58",
            "KustoClientRedirectUri": "http://localhost",
            "KustoServiceResourceId": "https://kusto.kusto.windows.net",
            "FirstPartyAuthorityUrl": "https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        }
    });
    response(StatusCode::OK, &body)
}

/// `/v1/rest/ping`.
pub async fn ping() -> Response<Body> {
    response(StatusCode::OK, &json!("Pong!"))
}

async fn answer(
    app: &Arc<App>,
    effects: Effects,
    version: Version,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response<Body> {
    let mut ids = Ids::of(headers);
    let request = if method == Method::GET { from_uri(uri, &ids) } else { from_body(body, &ids) };
    let done = match request {
        Ok(request) => query(app, effects, version, request, &mut ids).await,
        Err(refusal) => Err(refusal),
    };
    finish(done, &ids)
}

fn from_uri(uri: &Uri, ids: &Ids) -> Result<Request, Refusal> {
    #[derive(serde::Deserialize)]
    struct Params {
        db: Option<String>,
        csl: Option<String>,
        properties: Option<String>,
    }
    let Query(params) = Query::<Params>::try_from_uri(uri)
        .map_err(|e| errors::bad_request(&format!("the query string of the request cannot be read: {e}"), ids))?;
    Ok(Request { db: params.db, csl: params.csl, properties: params.properties.map(serde_json::Value::String) })
}

fn from_body(body: &[u8], ids: &Ids) -> Result<Request, Refusal> {
    serde_json::from_slice(body)
        .map_err(|e| errors::bad_request(&format!("the body of the request is not the JSON it should be: {e}"), ids))
}

/// The text, properties and database of a request.
fn parts(app: &App, request: Request, ids: &mut Ids) -> Result<(String, Properties, Arc<Hosted>), Refusal> {
    let properties = Properties::read(request.properties.as_ref()).map_err(|e| errors::bad_request(&e, ids))?;
    if let Some(id) = &properties.client_request_id {
        ids.client.clone_from(id);
    }
    let Some(text) = request.csl.filter(|csl| !csl.trim().is_empty()) else {
        return Err(errors::bad_request("the request has no text: csl is missing or empty", ids));
    };
    let named = request.db.unwrap_or_default();
    let found = if named.trim().is_empty() || named == "NetDefaultDB" {
        app.workspaces.main()
    } else {
        app.workspaces.find(&named)
    };
    let database = found.ok_or_else(|| errors::no_database(&named, ids))?;
    Ok((text, properties, Arc::clone(database)))
}

async fn query(
    app: &Arc<App>,
    effects: Effects,
    version: Version,
    request: Request,
    ids: &mut Ids,
) -> Result<Pieces, Refusal> {
    let (text, mut properties, database) = parts(app, request, ids)?;
    let name = database.name.clone();
    let wrong = |error: kql::Error, ids: &Ids| errors::failure(&Failure::Query(error), &text, &name, ids);
    let copy = text.clone();
    let read = tokio::task::spawn_blocking(move || preamble(&copy)).await;
    let found = read
        .map_err(|_| errors::bad_request("the query could not be read", ids))?
        .map_err(|error| wrong(error, ids))?;
    properties.set_by(&found);
    if let Some(problem) = properties.problem() {
        return Err(errors::bad_request(&problem, ids));
    }
    let layout = Layout::of(&properties).map_err(|e| errors::bad_request(&e, ids))?;
    let params = properties.values(&found).map_err(|e| errors::bad_request(&e, ids))?;
    let question = Question {
        text: text.clone(),
        params,
        workspaces: vec![database],
        times: properties.time_scope(),
        resource: None,
        now: properties.datetime("query_now"),
        take: properties.number("query_take_max_records").and_then(|n| usize::try_from(n).ok()),
        limits: limits(app, effects, &properties),
        timeout: properties.timeout(),
    };
    let mut answer = app.ask(question, Some(&ids.client)).await.map_err(|f| errors::failure(&f, &text, &name, ids))?;
    if effects.partial.is_some() {
        answer.truncation = Some(Truncation::Partial);
    }
    Ok(match version {
        Version::One => v1::query(&answer, properties.is_on("deferpartialqueryfailures"), ids),
        Version::Two => v2::pieces(&answer, layout, ids),
    })
}

fn limits(app: &App, effects: Effects, properties: &Properties) -> Limits {
    if let Some(rows) = effects.oversized.or(effects.partial) {
        return Limits { rows, bytes: u64::MAX };
    }
    if properties.is_on("notruncation") {
        return Limits { rows: usize::MAX, bytes: u64::MAX };
    }
    let number = |names: [&str; 2]| names.iter().find_map(|name| properties.number(name));
    let rows = number(["truncationmaxrecords", "truncation_max_records"]).and_then(|n| usize::try_from(n).ok());
    let bytes = number(["truncationmaxsize", "truncation_max_size"]);
    Limits {
        rows: rows.unwrap_or(app.options.max_rows),
        bytes: bytes.or(app.options.max_bytes).unwrap_or(MAX_KUSTO_BYTES),
    }
}

async fn command(app: &Arc<App>, body: &[u8], ids: &mut Ids) -> Result<Pieces, Refusal> {
    let request = from_body(body, ids)?;
    let (text, _, database) = parts(app, request, ids)?;
    let shared = Arc::clone(app);
    let copy = text.clone();
    let name = database.name.clone();
    let run = tokio::task::spawn_blocking(move || management::run(&shared, &database, &copy)).await;
    let done = run.map_err(|_| errors::bad_request("the command ended in an internal error", ids))?;
    let table = done.map_err(|problem| match problem {
        management::Problem::Command(message) => errors::bad_request(&message, ids),
        management::Problem::Database(name) => errors::no_database(&name, ids),
        management::Problem::Query(error) => errors::failure(&Failure::Query(error), &text, &name, ids),
    })?;
    Ok(v1::command(&table))
}

fn finish(done: Result<Pieces, Refusal>, ids: &Ids) -> Response<Body> {
    let response = match done {
        Ok(pieces) => with_body(StatusCode::OK, pieces.into_body()),
        Err((status, body)) => response(status, &body),
    };
    ids.on(response)
}
