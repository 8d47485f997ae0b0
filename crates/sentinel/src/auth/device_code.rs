//! Signing in with a code: a person opens a page, wherever there is a browser, and enters the code there.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::time::OffsetDateTime;
use oauth2::basic::BasicClient;
use oauth2::{
    ClientId, DeviceAuthorizationUrl, HttpRequest, HttpResponse, RefreshToken, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
};
use tokio::sync::Mutex;
use url::Url;

use super::clock::Clock;
use super::entra;
use super::sign_in::Prompt;
use crate::fault::{Fault, FaultKind};
use crate::http::network_fault;
use crate::secret::Secret;

/// The application that is signed in to where none is configured: Microsoft's for developers' tools, which every tenant knows.
pub(super) const DEVELOPER_CLIENT: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// More of an answer is not read.
const MAX_ANSWER: usize = 1 << 20;

/// What a person has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// The page to open.
    pub url: String,
    /// The code to enter there.
    pub code: String,
    /// How long it is good for.
    pub expires_in: Duration,
}

impl std::fmt::Display for DeviceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let minutes = self.expires_in.as_secs().div_ceil(60);
        write!(f, "To sign in, open {} and enter the code {} (within {minutes} minutes)", self.url, self.code)
    }
}

/// Signs in with a code once, and from then on with the token that it gave for that.
pub(super) struct DeviceCodeCredential {
    http: reqwest::Client,
    authority: Url,
    tenant: String,
    prompt: Prompt,
    clock: Arc<Clock>,
    refresh: Mutex<Option<Secret>>,
}

impl std::fmt::Debug for DeviceCodeCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceCodeCredential({})", self.tenant)
    }
}

type Failure<E> = RequestTokenError<Fault, E>;

impl<'c> oauth2::AsyncHttpClient<'c> for DeviceCodeCredential {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl DeviceCodeCredential {
    pub fn new(http: reqwest::Client, authority: Url, tenant: String, prompt: Prompt, clock: Arc<Clock>) -> Self {
        Self { http, authority, tenant, prompt, clock, refresh: Mutex::default() }
    }

    /// `AUTHORITY/TENANT/oauth2/v2.0/END`.
    fn endpoint(&self, end: &str) -> String {
        format!("{}/{}/oauth2/v2.0/{end}", self.authority.as_str().trim_end_matches('/'), self.tenant)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let unusable = || Fault::new(FaultKind::SignIn, "the sign-in service gives an answer that is none");
        let mut request = reqwest::Request::try_from(request).map_err(|_| unusable())?;
        *request.timeout_mut() = Some(Duration::from_secs(60));
        let mut response = self.http.execute(request).await.map_err(|e| network_fault(&e, &self.authority).0)?;
        if let Some(date) = response.headers().get("date").and_then(|date| date.to_str().ok()) {
            self.clock.heard(date);
        }
        let mut builder = oauth2::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            builder = builder.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|e| network_fault(&e, &self.authority).0)? {
            if body.len() + piece.len() > MAX_ANSWER {
                return Err(unusable());
            }
            body.extend_from_slice(&piece);
        }
        builder.body(body).map_err(|_| unusable())
    }

    async fn token(&self, scope: &str) -> Result<AccessToken, Fault> {
        let unusable = |_| Fault::new(FaultKind::SignIn, "the address of the sign-in service cannot be used");
        let client = BasicClient::new(ClientId::new(DEVELOPER_CLIENT.to_owned()))
            .set_auth_type(oauth2::AuthType::RequestBody)
            .set_device_authorization_url(DeviceAuthorizationUrl::new(self.endpoint("devicecode")).map_err(unusable)?)
            .set_token_uri(TokenUrl::new(self.endpoint("token")).map_err(unusable)?);
        let scopes = [Scope::new(scope.to_owned()), Scope::new("offline_access".to_owned())];

        // Whoever waits here is served by the sign-in that is under way.
        let mut refresh = self.refresh.lock().await;
        if let Some(token) = &*refresh {
            let token = RefreshToken::new(token.expose().to_owned());
            match client.exchange_refresh_token(&token).add_scopes(scopes.clone()).request_async(self).await {
                Ok(answer) => {
                    keep(&mut refresh, &answer);
                    return Ok(access(&answer));
                }
                // The service says that the sign-in is over: a new one is needed.
                Err(RequestTokenError::ServerResponse(_)) => *refresh = None,
                Err(error) => return Err(failure(error, |e: &oauth2::basic::BasicErrorResponse| description(e))),
            }
        }
        let details: StandardDeviceAuthorizationResponse = client
            .exchange_device_code()
            .add_scopes(scopes)
            .request_async(self)
            .await
            .map_err(|error| failure(error, |e: &oauth2::basic::BasicErrorResponse| description(e)))?;
        (self.prompt)(&DeviceCode {
            url: shown(details.verification_uri()),
            code: shown(details.user_code().secret()),
            expires_in: details.expires_in(),
        });
        let answer =
            client.exchange_device_access_token(&details).request_async(self, tokio::time::sleep, None).await.map_err(
                |error| {
                    failure(error, |e: &oauth2::DeviceCodeErrorResponse| match e.error() {
                        oauth2::DeviceCodeErrorResponseType::ExpiredToken => {
                            "AADSTS70020: the code was not entered in time".to_owned()
                        }
                        oauth2::DeviceCodeErrorResponseType::AccessDenied => {
                            "the sign-in was declined at the page".to_owned()
                        }
                        _ => e.error_description().cloned().unwrap_or_else(|| e.error().to_string()),
                    })
                },
            )?;
        keep(&mut refresh, &answer);
        Ok(access(&answer))
    }
}

fn keep(refresh: &mut Option<Secret>, answer: &oauth2::basic::BasicTokenResponse) {
    if let Some(token) = answer.refresh_token() {
        *refresh = Some(Secret::new(token.secret().clone()));
    }
}

fn access(answer: &oauth2::basic::BasicTokenResponse) -> AccessToken {
    let lives = answer.expires_in().unwrap_or(Duration::from_secs(300));
    AccessToken::new(answer.access_token().secret().clone(), OffsetDateTime::now_utc() + lives)
}

fn description(error: &oauth2::basic::BasicErrorResponse) -> String {
    error.error_description().cloned().unwrap_or_else(|| error.error().to_string())
}

fn failure<E: oauth2::ErrorResponse>(error: Failure<E>, says: impl Fn(&E) -> String) -> Fault {
    match error {
        RequestTokenError::ServerResponse(answer) => entra::refused(400, &entra::said(&says(&answer))),
        RequestTokenError::Request(fault) => fault,
        // What it could not read may hold a token: it is not repeated.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Fault::new(FaultKind::SignIn, "the sign-in service gives an answer that is none").with_help(
                "a proxy that wants a sign-in of its own answers like this; so does a wrong Azure.endpoints.authority",
            )
        }
    }
}

/// A text of the service as people see it: no control characters, and not long.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[async_trait::async_trait]
impl TokenCredential for DeviceCodeCredential {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        self.token(scope).await.map_err(|fault| azure_core::Error::new(ErrorKind::Credential, fault))
    }
}
