//! The identity of Azure ML compute and of Cloud Shell, which give tokens at an address in the variable `MSI_ENDPOINT`. azure_identity has the
//! identities of virtual machines and of App Service, and not these.
//!
//! | | variables | request |
//! |---|---|---|
//! | Azure ML | `MSI_ENDPOINT`, `MSI_SECRET`, and `DEFAULT_IDENTITY_CLIENT_ID` for a user-assigned identity | GET, with the secret as header `secret` |
//! | Cloud Shell | `MSI_ENDPOINT` | POST, with the header `Metadata: true` |
//!
//! Sources: <https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication>,
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference> (version 2017-09-01),
//! <https://learn.microsoft.com/azure/cloud-shell/msi-authorization>

use std::fmt;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::time::OffsetDateTime;
use serde_json::Value as Json;
use url::Url;

use super::entra;
use crate::config::Variables;
use crate::fault::{Fault, FaultKind};
use crate::http::network_fault;
use crate::secret::Secret;

const PATIENCE: Duration = Duration::from_secs(15);
/// So long a token is used whose end is not said. It is renewed sooner than it can have ended.
const SHORT: Duration = Duration::from_secs(600);

/// The identity behind `MSI_ENDPOINT`.
pub(super) struct EndpointIdentity {
    http: reqwest::Client,
    endpoint: Url,
    /// Of Azure ML; Cloud Shell has none.
    secret: Option<Secret>,
    client: Option<String>,
}

impl fmt::Debug for EndpointIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointIdentity({})", self.kind())
    }
}

impl EndpointIdentity {
    /// The identity that these variables tell of, if they do: `client` is that of a user-assigned one.
    ///
    /// # Errors
    /// A variable that cannot be used; a user-assigned identity in Cloud Shell, which has none.
    pub fn of(variables: &Variables, client: Option<String>) -> Result<Option<Self>, Fault> {
        // With this one it is App Service, which azure_identity knows.
        if variables.get("IDENTITY_ENDPOINT").is_some() {
            return Ok(None);
        }
        let Some(endpoint) = variables.get("MSI_ENDPOINT") else { return Ok(None) };
        let wrong = |what: String| Fault::new(FaultKind::SignIn, what);
        let endpoint = Url::parse(&endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let endpoint = endpoint.ok_or_else(|| {
            wrong("the environment variable MSI_ENDPOINT is no address".to_owned())
                .with_help("Azure sets it: start the notebook where it is as it was set")
        })?;
        let secret = variables.get("MSI_SECRET").map(Secret::new);
        if secret.is_none() && client.is_some() {
            return Err(wrong("Cloud Shell has no user-assigned identities".to_owned())
                .with_help("take ClientId out of the workspace's Args, or use cli"));
        }
        let client = match secret {
            Some(_) => client.or_else(|| variables.get("DEFAULT_IDENTITY_CLIENT_ID")),
            None => None,
        };
        // It is this machine, or next to it: no proxy leads there.
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(format!("no request can be made: {error}")))?;
        Ok(Some(Self { http, endpoint, secret, client }))
    }

    fn kind(&self) -> &'static str {
        if self.secret.is_some() { "Azure ML" } else { "Cloud Shell" }
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Fault> {
        let resource = scope.trim_end_matches("/.default");
        let request = match &self.secret {
            Some(secret) => {
                let mut url = self.endpoint.clone();
                url.query_pairs_mut().append_pair("api-version", "2017-09-01").append_pair("resource", resource);
                if let Some(client) = &self.client {
                    url.query_pairs_mut().append_pair("clientid", client);
                }
                self.http.get(url).header("secret", secret.expose())
            }
            None => {
                let form =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair("resource", resource).finish();
                self.http
                    .post(self.endpoint.clone())
                    .header("Metadata", "true")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .body(form)
            }
        };
        let response = request.send().await.map_err(|error| {
            Fault::new(
                FaultKind::SignIn,
                format!("the identity of {}: {}", self.kind(), network_fault(&error, &self.endpoint).0.message),
            )
        })?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| network_fault(&error, &self.endpoint).0)?;
        if !status.is_success() {
            let said = entra::refused_with(status.as_u16(), &body);
            let fault = Fault::new(FaultKind::SignIn, format!("the identity of {}: {}", self.kind(), said.message));
            return Err(fault.with_help(said.help.unwrap_or_else(|| {
                "assign a managed identity to this compute, or use cli (az login) or devicecode".to_owned()
            })));
        }
        let json: Json = serde_json::from_slice(&body).unwrap_or_default();
        match json.get("access_token").and_then(Json::as_str) {
            Some(token) => Ok(AccessToken::new(token.to_owned(), end(&json))),
            // What it is may be a secret: it is not repeated.
            None => Err(Fault::new(
                FaultKind::SignIn,
                format!("the identity of {} gives an answer that is no token", self.kind()),
            )),
        }
    }
}

/// When the token ends: seconds since 1970 as number or text, a date, or how many seconds it is good for.
fn end(answer: &Json) -> OffsetDateTime {
    let seconds = |name: &str| match answer.get(name) {
        Some(Json::Number(number)) => number.as_i64(),
        Some(Json::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let at = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let date = || {
        let text = answer.get("expires_on").and_then(Json::as_str)?;
        // Such as 9/14/2026 2:05:00 PM +00:00.
        let read = |format| chrono::DateTime::parse_from_str(text.trim(), format).ok();
        let time = read("%m/%d/%Y %I:%M:%S %p %:z").or_else(|| read("%m/%d/%Y %H:%M:%S %:z"))?;
        at(time.timestamp())
    };
    let now = OffsetDateTime::now_utc();
    seconds("expires_on")
        .and_then(at)
        .or_else(date)
        .or_else(|| seconds("expires_in").and_then(|seconds| at(now.unix_timestamp().saturating_add(seconds))))
        .unwrap_or(now + SHORT)
}

#[async_trait::async_trait]
impl TokenCredential for EndpointIdentity {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        self.token(scope).await.map_err(|fault| azure_core::Error::new(ErrorKind::Credential, fault))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_token_is_read_in_every_form() {
        for expires in [json!(1_789_394_700), json!("1789394700"), json!("9/14/2026 2:05:00 PM +00:00")] {
            assert_eq!(end(&json!({ "expires_on": expires })).unix_timestamp(), 1_789_394_700, "{expires}");
        }
        let now = OffsetDateTime::now_utc();
        assert!(end(&json!({ "expires_in": "3600" })) > now + SHORT);
        let soon = end(&json!({}));
        assert!(soon > now && soon <= OffsetDateTime::now_utc() + SHORT);
    }
}
