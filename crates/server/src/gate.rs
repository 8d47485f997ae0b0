//! What every request passes before it is answered: whether it may, what of it is noted, and the faults that a test asked for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::middleware::Next;
use bytes::Bytes;
use futures::{StreamExt, stream};

use crate::app::{App, Seen};
use crate::faults::FaultKind;
use crate::gzip;
use crate::refusal::{Api, with_header};

/// What the faults of a request do to the result of its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects {
    /// Rows after which the result is said to be too large.
    pub oversized: Option<usize>,
    /// Rows after which the query is said to have failed.
    pub partial: Option<usize>,
}

/// Paths that need no token: what clients ask before they have one.
const OPEN: [&str; 2] = ["/v1/rest/auth/metadata", "/v1/rest/ping"];

/// Lets a request pass.
pub async fn gate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let api = Api::of(&path);
    if !app.options.allow_remote && !is_local(&parts.headers) {
        let message = "this server answers requests to localhost only: the Host header names another machine";
        return api.refuse(StatusCode::FORBIDDEN, "InsufficientAccessError", message);
    }
    if OPEN.contains(&path.as_str()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    // The test's own path has no faults and is not noted, and is as open as the server is.
    if path.starts_with("/control/") {
        let refused = app.options.token.as_ref().and_then(|_| may_not(&app, api, &parts.headers));
        return match refused {
            Some(response) => response,
            None => next.run(Request::from_parts(parts, body)).await,
        };
    }
    if parts.headers.get(header::CONTENT_ENCODING).is_some_and(|e| e != "identity") {
        let message = "compressed requests are not read: send the body without Content-Encoding";
        return api.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message);
    }
    let Ok(bytes) = to_bytes(body, app.options.max_body).await else {
        let message = format!("the body is longer than {} bytes, or did not come whole", app.options.max_body);
        return api.refuse(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", &message);
    };
    let number = note(&app, &parts, &bytes);
    let zipped = gzip::accepted(&parts.headers);
    let faults = app.faults.next(&path, &bytes);
    for fault in &faults {
        if let FaultKind::Latency(time) = fault {
            tokio::time::sleep(*time).await;
        }
    }
    let refused = may_not(&app, api, &parts.headers).or_else(|| faults.iter().find_map(|fault| refuses(fault, api)));
    let mut response = match refused {
        Some(response) => response,
        None => {
            parts.extensions.insert(effects(&faults));
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
    };
    app.log.answered(number, response.status().as_u16());
    for fault in &faults {
        response = spoil(response, fault).await;
    }
    if zipped && response.status() != StatusCode::NO_CONTENT {
        response = gzip::compress(response);
    }
    faults.iter().fold(response, send_badly)
}

/// Whether the request was sent to this machine by name: a page in a browser that resolves its own name to this address says that name.
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        return true;
    };
    let host = host.to_str().unwrap_or("?");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn note(app: &App, parts: &axum::http::request::Parts, body: &Bytes) -> u64 {
    let text = |name: &str| parts.headers.get(name).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    app.log.note(Seen {
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        body: String::from_utf8_lossy(body).into_owned(),
        prefer: text("prefer"),
        client_request_id: text("x-ms-client-request-id"),
        status: 0,
    })
}

/// The refusal of a request without a token, or with a wrong one.
/// Source: <https://learn.microsoft.com/azure/azure-monitor/logs/api/errors>
fn may_not(app: &App, api: Api, headers: &HeaderMap) -> Option<Response<Body>> {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.split_once(' '));
    let token = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    match (token, &app.options.token) {
        (None | Some(""), _) => {
            let message = "Authentication failed. The 'Authorization' header is missing.";
            let response = api.refuse(StatusCode::UNAUTHORIZED, "AuthenticationFailed", message);
            Some(with_header(response, "www-authenticate", "Bearer"))
        }
        (Some(given), Some(token)) if !token.is(given) => {
            Some(api.refuse(StatusCode::FORBIDDEN, "InvalidAuthenticationToken", "The access token is invalid."))
        }
        _ => None,
    }
}

fn refuses(fault: &FaultKind, api: Api) -> Option<Response<Body>> {
    Some(match fault {
        FaultKind::Throttled(seconds) => {
            let message = "Rate limit is exceeded";
            let response = api.refuse(StatusCode::TOO_MANY_REQUESTS, "ThrottledError", message);
            with_header(response, "retry-after", &seconds.to_string())
        }
        FaultKind::Unavailable(seconds) => {
            let message = "The service is unavailable";
            let response = api.refuse(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
            with_header(response, "retry-after", &seconds.to_string())
        }
        FaultKind::Expired => {
            let message = "The access token has expired.";
            let response = api.refuse(StatusCode::UNAUTHORIZED, "InvalidTokenError", message);
            with_header(response, "www-authenticate", "Bearer error=\"invalid_token\"")
        }
        FaultKind::ErrorPage(bytes) => {
            let mut page = b"<html><head><title>500</title></head><body>".to_vec();
            page.resize((*bytes).max(page.len()), b'x');
            let mut response = Response::new(Body::from(page));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            with_header(response, "content-type", "text/html")
        }
        _ => return None,
    })
}

fn effects(faults: &[FaultKind]) -> Effects {
    let mut effects = Effects::default();
    for fault in faults {
        match fault {
            FaultKind::Oversized(rows) => effects.oversized = Some(*rows),
            FaultKind::Partial(rows) => effects.partial = Some(*rows),
            _ => {}
        }
    }
    effects
}

/// Spoils what an answer says.
async fn spoil(response: Response<Body>, fault: &FaultKind) -> Response<Body> {
    match fault {
        FaultKind::Malformed => {
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
        }
        FaultKind::ContentType(value) => {
            let mut response = response;
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(header::CONTENT_TYPE, value);
            }
            response
        }
        _ => response,
    }
}

/// Spoils how an answer is sent.
fn send_badly(response: Response<Body>, fault: &FaultKind) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let body = match fault {
        FaultKind::Cut(bytes) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Body::from_stream(cut(body, *bytes))
        }
        FaultKind::Slow(bytes, pause) => Body::from_stream(slow(body, *bytes, *pause)),
        _ => body,
    };
    Response::from_parts(parts, body)
}

/// The first bytes of a body, then an error, at which the connection is closed.
fn cut(body: Body, bytes: u64) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::unfold((Some(body.into_data_stream()), bytes), |(data, left)| async move {
        let mut data = data?;
        if left > 0
            && let Some(Ok(chunk)) = data.next().await
        {
            let some = chunk.slice(..usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len()));
            let left = left - some.len() as u64;
            return Some((Ok(some), (Some(data), left)));
        }
        // What was sent so far leaves before the connection ends.
        tokio::task::yield_now().await;
        Some((Err(io::Error::other("cut on request of a test")), (None, 0)))
    })
}

fn slow(body: Body, bytes: usize, pause: Duration) -> impl futures::Stream<Item = Result<Bytes, axum::Error>> {
    stream::unfold((body.into_data_stream(), Bytes::new()), move |(mut data, mut rest)| async move {
        while rest.is_empty() {
            match data.next().await? {
                Ok(chunk) => rest = chunk,
                Err(error) => return Some((Err(error), (data, rest))),
            }
        }
        tokio::time::sleep(pause).await;
        let some = rest.split_to(bytes.min(rest.len()));
        Some((Ok(some), (data, rest)))
    })
}
