//! A client of a service on this machine, and who signs in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::OffsetDateTime;
use sentinel::config::HttpSettings;
use sentinel::http::{RenewToken, Service, Throttle, client};
use sentinel::log_analytics::{LogAnalytics, Scope};
use sentinel::retry::RetryPolicy;
use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

pub const WORKSPACE: &str = "52b1ab41-869e-4138-9e40-2a4457f09bf0";

/// Gives `token-0`, and another one when it is told that the last one was refused.
#[derive(Debug, Default)]
pub struct Signer {
    pub renewed: AtomicUsize,
}

#[async_trait::async_trait]
impl TokenCredential for Signer {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://api.loganalytics.io/.default"]);
        if options.is_some_and(|options| options.method_options.context.value::<RenewToken>().is_some()) {
            self.renewed.fetch_add(1, Ordering::SeqCst);
        }
        let token = format!("token-{}", self.renewed.load(Ordering::SeqCst));
        Ok(AccessToken::new(token, OffsetDateTime::now_utc() + Duration::from_secs(3600)))
    }
}

/// A service at this address that is asked again soon.
pub fn service(endpoint: &str) -> Service {
    Service {
        client: client(&HttpSettings::default(), &[]).unwrap(),
        endpoint: endpoint.parse().unwrap(),
        credential: Arc::new(Signer::default()),
        scope: "https://api.loganalytics.io/.default".to_owned(),
        throttle: Arc::new(Throttle::default()),
        retry: RetryPolicy {
            attempts: 3,
            first_wait: Duration::from_millis(10),
            longest_wait: Duration::from_millis(50),
        },
        max_answer: 64 << 20,
        name: "the workspace Test".to_owned(),
    }
}

pub fn workspace(endpoint: &str) -> LogAnalytics {
    LogAnalytics::new(service(endpoint), Scope::workspace(WORKSPACE).unwrap()).with_timeout(Duration::from_secs(20))
}

/// An answer with one column of numbers.
pub fn numbers(numbers: &[i64]) -> Json {
    let rows: Vec<Json> = numbers.iter().map(|n| json!([n])).collect();
    json!({"tables": [{"name": "PrimaryResult", "columns": [{"name": "n", "type": "long"}], "rows": rows}]})
}

pub fn ok(body: &Json) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}
