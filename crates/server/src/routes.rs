//! Which path is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{Response, StatusCode, Uri};
use axum::middleware;
use axum::routing::{any, get, post};

use crate::app::App;
use crate::gate::gate;
use crate::refusal::{Api, response};
use crate::{control, kusto, log_analytics};

/// The routes of a server.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/v1/$batch", post(log_analytics::batch))
        .route("/v1/workspaces/{id}/{what}", any(log_analytics::workspace))
        .route("/v1/subscriptions/{*path}", any(log_analytics::resource))
        .route("/v1/rest/query", get(kusto::query_v1).post(kusto::query_v1))
        .route("/v2/rest/query", get(kusto::query_v2).post(kusto::query_v2))
        .route("/v1/rest/mgmt", post(kusto::manage))
        .route("/v1/rest/auth/metadata", get(kusto::sign_in))
        .route("/v1/rest/ping", get(kusto::ping));
    if app.options.control {
        router = router
            .route("/control/faults", post(control::set_faults).delete(control::clear_faults))
            .route("/control/requests", get(control::requests).delete(control::clear_requests));
    }
    let limit = app.options.max_body;
    router
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate))
        .layer(DefaultBodyLimit::max(limit))
        .with_state(app)
}

async fn nowhere(uri: Uri) -> Response<Body> {
    match Api::of(uri.path()) {
        Api::LogAnalytics => {
            let (status, body) = log_analytics::no_path();
            response(status, &body)
        }
        api @ Api::Kusto => {
            let message = format!("{} is no path of this server, or not for this method", uri.path());
            api.refuse(StatusCode::NOT_FOUND, "PathNotFoundError", &message)
        }
    }
}
