//! Answers that refuse a request, in the shape of the API that was asked.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value as Json, json};

/// Which of the two APIs a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// The Log Analytics query API.
    LogAnalytics,
    /// The Kusto query and management API.
    Kusto,
}

impl Api {
    /// The API of a path.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/v1/rest/") || path.starts_with("/v2/rest/") { Self::Kusto } else { Self::LogAnalytics }
    }

    /// An answer for an error that has nothing to do with a query. `code` is Log Analytics' name of it.
    pub fn refuse(self, status: StatusCode, code: &str, message: &str) -> Response<Body> {
        match self {
            Self::LogAnalytics => response(status, &json!({"error": {"message": message, "code": code}})),
            // No body, as the documentation says.
            Self::Kusto if status == StatusCode::UNAUTHORIZED => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                response
            }
            Self::Kusto => {
                let (code, exception) = match status {
                    StatusCode::FORBIDDEN => ("Forbidden", "KustoRequestDeniedException"),
                    StatusCode::TOO_MANY_REQUESTS => ("TooManyRequests", "KustoRequestThrottledException"),
                    StatusCode::PAYLOAD_TOO_LARGE => ("Payload too large", "KustoRequestPayloadTooLargeException"),
                    StatusCode::SERVICE_UNAVAILABLE => ("ServiceUnavailable", "KustoServiceException"),
                    StatusCode::NOT_FOUND => ("NotFound", "KustoRequestException"),
                    _ => ("General_BadRequest", "KustoBadRequestException"),
                };
                let error = json!({
                    "code": code,
                    "message": "Request is invalid and cannot be executed.",
                    "@type": format!("Kusto.Data.Exceptions.{exception}"),
                    "@message": message,
                    "@permanent": !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE),
                });
                response(status, &json!({"error": error}))
            }
        }
    }
}

/// A JSON answer.
pub fn response(status: StatusCode, body: &Json) -> Response<Body> {
    with_body(status, Body::from(body.to_string()))
}

/// An answer whose body is JSON.
pub fn with_body(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// The same answer with a header; one whose value no header can hold is left out.
pub fn with_header(mut response: Response<Body>, name: &'static str, value: &str) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}
