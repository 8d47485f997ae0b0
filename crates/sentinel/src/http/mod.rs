//! Requests to a query service: signed in, a few at a time, repeated where that is safe and may help, read while they arrive.

mod service_error;
mod throttle;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientMethodOptions, Context};
use azure_core::time::OffsetDateTime;
use chrono::Utc;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::Value as Json;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

pub use service_error::ServiceError;
pub use throttle::{PARALLEL_REQUESTS, Throttle};
pub use transport::{ProxyLogin, check_endpoint, client, network_fault, shown};

use crate::decode::{Answer, DecodeError, Decoder};
use crate::fault::{Fault, FaultKind};
use crate::retry::{RetryPolicy, retry_after};
use crate::text::start_of;

/// Of a page that is an error, so much is read.
const ERROR_PAGE: usize = 64 << 10;

/// In the context of a request for a token: the last one was refused, so one from a cache is of no use.
///
/// A credential that keeps tokens looks for it: `options.method_options.context.value::<RenewToken>()`.
#[derive(Debug, Clone, Copy)]
pub struct RenewToken;

/// A token for a server on this machine that takes any, such as `entity-explorer serve`. It is worth nothing anywhere else.
#[derive(Debug, Clone, Copy)]
pub struct AnyToken;

#[async_trait::async_trait]
impl TokenCredential for AnyToken {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("local", OffsetDateTime::now_utc() + Duration::from_secs(3600)))
    }
}

/// A query service as one user sees it.
#[derive(Debug, Clone)]
pub struct Service {
    /// The HTTP client: [`client`].
    pub client: reqwest::Client,
    /// Where it is.
    pub endpoint: Url,
    /// Who asks.
    pub credential: Arc<dyn TokenCredential>,
    /// What the token is for.
    pub scope: String,
    /// How many requests at a time.
    pub throttle: Arc<Throttle>,
    /// When a request is repeated.
    pub retry: RetryPolicy,
    /// An answer of more bytes is refused.
    pub max_answer: u64,
    /// What it is called in messages: `the workspace Contoso`.
    pub name: String,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where, below the endpoint: `v1/workspaces/…/query`.
    pub path: String,
    /// What is posted; nothing for a GET.
    pub body: Option<Json>,
    /// Further headers.
    pub headers: HeaderMap,
    /// How long all of its attempts may take together, from when the first one starts.
    pub timeout: Duration,
    /// Whether it may be sent again when it is not known whether it arrived.
    pub repeatable: bool,
}

/// What reads the body of an answer.
pub trait ReadBody: Default + Send {
    /// What is read.
    type Output: Send;

    /// Takes the next piece.
    ///
    /// # Errors
    /// When it cannot be read on.
    fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError>;

    /// What was read, after the last piece.
    ///
    /// # Errors
    /// When it is not complete.
    fn finish(self) -> Result<Self::Output, DecodeError>;
}

impl ReadBody for Decoder {
    type Output = Answer;

    fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        Self::push(self, bytes)
    }

    fn finish(self) -> Result<Answer, DecodeError> {
        Self::finish(self)
    }
}

/// A body that is read as one JSON value: small ones, such as a schema.
#[derive(Debug, Default)]
pub struct JsonBody(Vec<u8>);

impl ReadBody for JsonBody {
    type Output = Json;

    fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self) -> Result<Json, DecodeError> {
        serde_json::from_slice(&self.0).map_err(|error| {
            if error.is_eof() {
                DecodeError::Cut { bytes: self.0.len() as u64 }
            } else {
                DecodeError::Shape(start_of(&error.to_string(), 200))
            }
        })
    }
}

/// Why an attempt failed, and what helps.
#[derive(Debug)]
struct Trouble {
    fault: Fault,
    remedy: Remedy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Nothing.
    None,
    /// Another token.
    Token,
    /// Asking again: after this time, if the service names one.
    Later(Option<Duration>),
    /// Waiting, all requests of this user: after this time, if the service names one.
    Pause(Option<Duration>),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self { fault, remedy: Remedy::None }
    }
}

impl Service {
    /// Sends a request and reads its answer. What may help is tried, within the bounds of [`RetryPolicy`] and the request's time.
    ///
    /// # Errors
    /// When all of that is of no use: the last failure, and how often it was tried.
    pub async fn send<B: ReadBody>(&self, call: &Call) -> Result<B::Output, Fault> {
        check_endpoint(&self.endpoint)?;
        let mut deadline = None;
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            let permit = self.throttle.enter().await;
            let end = *deadline.get_or_insert_with(|| Instant::now() + call.timeout);
            let Ok(result) = timeout_at(end, self.attempt::<B>(call, renewed)).await else {
                return Err(Fault::new(
                    FaultKind::Timeout,
                    format!("{} did not answer within {} s", self.name, call.timeout.as_secs_f64()),
                )
                .with_help("ask for a shorter time range, or allow more time"));
            };
            drop(permit);
            let trouble = match result {
                Ok(output) => return Ok(output),
                Err(trouble) => trouble,
            };
            let wait = match trouble.remedy {
                Remedy::Token if !renewed => {
                    renewed = true;
                    continue;
                }
                Remedy::Later(asked) if call.repeatable => asked,
                // Who was refused for asking too often was not answered: nothing was done.
                Remedy::Pause(asked) if call.repeatable || trouble.fault.kind == FaultKind::Throttled => asked,
                _ => return Err(trouble.fault),
            };
            let wait = self.retry.wait(attempt, wait);
            if attempt >= self.retry.attempts {
                return Err(tried(trouble.fault, attempt));
            }
            if Instant::now() + wait > end {
                let mut fault = tried(trouble.fault, attempt);
                fault.message.push_str(&format!(
                    "; it asks to wait {:.0} s, longer than the query may take",
                    wait.as_secs_f64()
                ));
                return Err(fault);
            }
            tracing::debug!(service = %self.name, attempt, ?wait, reason = %trouble.fault.message, "a request is repeated");
            if matches!(trouble.remedy, Remedy::Pause(_)) {
                // The limit is the user's, not the request's.
                self.throttle.pause(wait);
            } else {
                sleep(wait).await;
            }
            attempt += 1;
        }
    }

    async fn token(&self, renew: bool) -> Result<HeaderValue, Fault> {
        let options = renew.then(|| TokenRequestOptions {
            method_options: ClientMethodOptions { context: Context::new().with_value(RenewToken) },
        });
        let token = self.credential.get_token(&[&self.scope], options).await.map_err(|error| {
            Fault::new(
                FaultKind::SignIn,
                format!("no sign-in for {}: {}", self.name, start_of_lines(&error.to_string())),
            )
        })?;
        let mut header = HeaderValue::from_str(&format!("Bearer {}", token.token.secret()))
            .map_err(|_| Fault::new(FaultKind::SignIn, format!("the token for {} cannot be sent", self.name)))?;
        header.set_sensitive(true);
        Ok(header)
    }

    async fn attempt<B: ReadBody>(&self, call: &Call, renew: bool) -> Result<B::Output, Trouble> {
        let mut url = self.endpoint.clone();
        let path = format!("{}/{}", url.path().trim_end_matches('/'), call.path);
        url.set_path(&path);
        let mut request = match &call.body {
            Some(body) => {
                self.client.post(url).header(CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_string())
            }
            None => self.client.get(url),
        };
        request = request.header(ACCEPT, "application/json").headers(call.headers.clone());
        request = request.header(AUTHORIZATION, self.token(renew).await?);
        let response = request.send().await.map_err(|error| self.network(&error))?;
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        let kind =
            response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        if !kind.to_ascii_lowercase().contains("json") {
            let page = String::from_utf8_lossy(&first_bytes(response, 400).await).into_owned();
            let kind = if kind.is_empty() { "something of no type".to_owned() } else { start_of(&kind, 60) };
            return Err(Fault::new(
                FaultKind::Service,
                format!("{} answers with {kind}, not with JSON: {}", shown(&self.endpoint), start_of(&page, 120)),
            )
            .with_help("check the endpoint in the configuration; a proxy that wants a sign-in answers like this, too")
            .into());
        }
        self.read(response, B::default()).await
    }

    async fn read<B: ReadBody>(&self, mut response: reqwest::Response, mut body: B) -> Result<B::Output, Trouble> {
        let mut bytes = 0;
        loop {
            let piece = match response.chunk().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(error) if error.is_decode() => {
                    // The compressed stream ends early, or is none.
                    return Err(self.unreadable(&DecodeError::Cut { bytes }));
                }
                Err(error) => return Err(self.network(&error)),
            };
            bytes += piece.len() as u64;
            if bytes > self.max_answer {
                return Err(Fault::new(
                    FaultKind::Limit,
                    format!("the answer of {} is longer than {} MB", self.name, self.max_answer >> 20),
                )
                .with_help("ask for a shorter time range, fewer columns, or summarize the rows")
                .into());
            }
            body.push(&piece).map_err(|error| self.unreadable(&error))?;
        }
        body.finish().map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &DecodeError) -> Trouble {
        let fault = Fault::new(FaultKind::Service, format!("the answer of {} cannot be read: {error}", self.name));
        match error {
            DecodeError::Cut { .. } => Trouble { fault: fault.with_help("run it again"), remedy: Remedy::Later(None) },
            _ => fault
                .with_help("check the endpoint in the configuration: what answers there may be no query service")
                .into(),
        }
    }

    fn network(&self, error: &reqwest::Error) -> Trouble {
        let (fault, again) = transport::network_fault(error, &self.endpoint);
        Trouble { fault, remedy: if again { Remedy::Later(None) } else { Remedy::None } }
    }

    /// An answer that is an error.
    async fn refused(&self, response: reqwest::Response) -> Trouble {
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Fault::new(
                FaultKind::Service,
                format!("{} sends elsewhere (status {status})", shown(&self.endpoint)),
            )
            .with_help("give the endpoint that answers itself")
            .into();
        }
        let asked = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| retry_after(header, Utc::now()));
        let page = first_bytes(response, ERROR_PAGE).await;
        let error = match serde_json::from_slice::<Json>(&page) {
            Ok(json) => ServiceError::read(&json),
            Err(_) => {
                let page = start_of(&String::from_utf8_lossy(&page), 200);
                let says =
                    if page.is_empty() { format!("status {status}") } else { format!("status {status}: {page}") };
                ServiceError { messages: vec![says], ..ServiceError::default() }
            }
        };
        let fault = error.fault(status, &self.name);
        let remedy = match status {
            401 => Remedy::Token,
            403 if error.is_token() => Remedy::Token,
            429 => Remedy::Pause(asked),
            // Busy: all requests of this user had better wait.
            503 => Remedy::Pause(asked),
            // Whoever says that asking again is of no use is believed.
            500 | 502 if error.permanent != Some(true) && !fault.is_too_much() => Remedy::Later(asked),
            408 => Remedy::Later(asked),
            _ => Remedy::None,
        };
        Trouble { fault, remedy }
    }
}

/// The failure of the last of several attempts.
fn tried(mut fault: Fault, attempts: u32) -> Fault {
    if attempts > 1 {
        fault.message.push_str(&format!(" (tried {attempts} times)"));
    }
    fault
}

/// A message of several lines, each cut.
fn start_of_lines(text: &str) -> String {
    text.lines().take(20).map(|line| start_of(line, 500)).collect::<Vec<_>>().join("\n  ")
}

/// The first bytes of a body; the rest is not read. What breaks ends it.
async fn first_bytes(mut response: reqwest::Response, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        bytes.extend_from_slice(&piece[..piece.len().min(most - bytes.len())]);
        if bytes.len() >= most {
            break;
        }
    }
    bytes
}
