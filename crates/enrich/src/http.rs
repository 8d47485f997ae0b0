//! Requests to one service: within its limits, with time-outs, with the pauses it asks for, and with no key in any message.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use secret::Secret;
use url::Url;

use crate::failure::Failure;
use crate::limit::{Limiter, Limits};

/// How the library names itself to services.
pub const USER_AGENT: &str = concat!("entity-explorer/", env!("CARGO_PKG_VERSION"));
/// No answer of any of these services is larger; a limit on what one can make us hold.
const MAX_BODY: usize = 16 << 20;

/// A GET request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    url: Url,
    headers: HeaderMap,
}

impl Request {
    /// For an address, whose keys (if any) must be among the secrets of the [`Channel`].
    pub(crate) fn get(url: Url) -> Self {
        Self { url, headers: HeaderMap::new() }
    }

    /// With a header that holds a key.
    pub(crate) fn key_header(mut self, name: &'static str, key: &Secret) -> Result<Self, Failure> {
        let mut value = HeaderValue::from_str(key.expose()).map_err(|_| {
            Failure::Request("the key has characters that no key has: check it in msticpyconfig.yaml".to_owned())
        })?;
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// With a header.
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    /// With user and password (RFC 7617).
    pub(crate) fn basic(self, user: &Secret, password: &Secret) -> Result<Self, Failure> {
        use base64::Engine as _;
        let pair = format!("{}:{}", user.expose(), password.expose());
        let value = Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)));
        self.key_header("authorization", &value)
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Where a redirect leads.
    pub(crate) location: Option<String>,
    /// The body, without keys.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The body of a good answer.
    pub(crate) fn good(self) -> Result<Vec<u8>, Failure> {
        match self.status {
            200..=299 => Ok(self.body),
            401 => Err(Failure::Unauthorized(401)),
            403 => Err(Failure::Forbidden),
            404 => Err(Failure::NotFound),
            status => Err(Failure::Status(status)),
        }
    }
}

/// What requests go through: proxies and certificate authorities.
#[derive(Debug, Clone, Default)]
pub struct Http(Option<reqwest::Client>);

impl Http {
    /// This client, which must not follow redirects: a key would travel to another host. The default is one that has the proxies of the variables
    /// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and no other authorities than the usual ones.
    pub fn new(client: reqwest::Client) -> Self {
        Self(Some(client))
    }

    fn client(&self, limits: Limits) -> Result<reqwest::Client, Failure> {
        if let Some(client) = &self.0 {
            return Ok(client.clone());
        }
        reqwest::Client::builder()
            .user_agent(USER_AGENT)
            // The reader of a redirect decides; keys must not travel to another host.
            .redirect(Policy::none())
            .connect_timeout(limits.timeout)
            .build()
            .map_err(|e| Failure::Request(format!("no HTTP client can be made: {e}")))
    }
}

/// The way to one service.
#[derive(Debug)]
pub(crate) struct Channel {
    client: reqwest::Client,
    limiter: Limiter,
    limits: Limits,
    secrets: Vec<Secret>,
    max_body: usize,
}

impl Channel {
    /// With the keys that are sent through it, which are taken out of all that comes back.
    pub(crate) fn new(http: &Http, limits: Limits, secrets: Vec<Secret>) -> Result<Self, Failure> {
        let client = http.client(limits)?;
        // Shorter ones would be found everywhere.
        let secrets = secrets.into_iter().filter(|s| s.expose().len() >= 6).collect();
        Ok(Self { client, limiter: Limiter::new(limits), limits, secrets, max_body: MAX_BODY })
    }

    /// For answers of another size.
    pub(crate) fn with_max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// Its limits.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Sends a request, again when the service asks for a pause or fails for a moment.
    pub(crate) async fn send(&self, request: &Request) -> Result<Reply, Failure> {
        let mut attempt = 0;
        loop {
            let outcome = {
                let _permit = self.limiter.acquire().await;
                self.once(request).await
            };
            let backoff = self.limits.backoff.saturating_mul(1 << attempt.min(10));
            let reply = match outcome {
                Ok((429, asked, _)) => {
                    let wait = asked.unwrap_or(backoff);
                    if attempt >= self.limits.retries || wait > self.limits.patience {
                        return Err(Failure::RateLimited(asked));
                    }
                    self.limiter.pause(wait);
                    attempt += 1;
                    continue;
                }
                Ok((500 | 502 | 503 | 504, asked, reply)) => {
                    let wait = asked.unwrap_or(backoff);
                    if attempt < self.limits.retries && wait <= self.limits.patience {
                        tokio::time::sleep(wait).await;
                        attempt += 1;
                        continue;
                    }
                    reply
                }
                Ok((_, _, reply)) => reply,
                Err(failure) => return Err(failure),
            };
            return Ok(reply);
        }
    }

    /// One attempt: status, the pause asked for, answer.
    async fn once(&self, request: &Request) -> Result<(u16, Option<Duration>, Reply), Failure> {
        let exchange = async {
            let mut builder = self.client.get(request.url.clone()).headers(request.headers.clone());
            if !request.headers.contains_key(ACCEPT) {
                builder = builder.header(ACCEPT, "application/json");
            }
            let mut response = builder.send().await?;
            let status = response.status().as_u16();
            let text = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
            let pause = text(RETRY_AFTER).and_then(|value| retry_after(&value, chrono::Utc::now()));
            let location = text(reqwest::header::LOCATION);
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > self.max_body {
                    return Ok(Err(Failure::Shape(format!("larger than {} MB", self.max_body >> 20))));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Ok((status, pause, Reply { status, location, body: self.without_keys(body) })))
        };
        match tokio::time::timeout(self.limits.timeout, exchange).await {
            Err(_) => Err(Failure::Timeout(self.limits.timeout)),
            Ok(Err(error)) => Err(self.failure(error)),
            Ok(Ok(result)) => result,
        }
    }

    fn failure(&self, error: reqwest::Error) -> Failure {
        if error.is_timeout() {
            return Failure::Timeout(self.limits.timeout);
        }
        // The address may hold a key. The innermost cause says most: "connection refused", "certificate expired", …
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Failure::Connect(self.secrets.iter().fold(cause.to_string(), |text, secret| secret.redact(&text)))
    }

    fn without_keys(&self, body: Vec<u8>) -> Vec<u8> {
        self.secrets.iter().fold(body, |body, secret| match std::str::from_utf8(&body) {
            Ok(text) => {
                let redacted = secret.redact(text);
                if redacted == text { body } else { redacted.into_bytes() }
            }
            Err(_) => body,
        })
    }
}

/// `base` with path segments, each escaped.
pub(crate) fn path(base: &Url, segments: &[&str]) -> Result<Url, Failure> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| Failure::Request(format!("the endpoint {base} cannot have a path")))?
        .pop_if_empty()
        .extend(segments);
    Ok(url)
}

/// The header `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: chrono::DateTime<chrono::Utc>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = chrono::DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some((at.with_timezone(&chrono::Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use wiremock::matchers::{self, any, header};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    fn quick() -> Limits {
        Limits { backoff: Duration::from_millis(1), timeout: Duration::from_secs(5), ..Limits::DEFAULT }
    }

    async fn get(channel: &Channel, server: &MockServer, path: &str) -> Result<Reply, Failure> {
        channel.send(&Request::get(format!("{}{path}", server.uri()).parse().unwrap())).await
    }

    #[tokio::test]
    async fn too_many_requests_are_sent_again() {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(429).insert_header("Retry-After", "0"))
            .up_to_n_times(2)
            .mount(&server)
            .await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("yes")).mount(&server).await;
        let channel = Channel::new(&Http::default(), quick(), Vec::new()).unwrap();
        assert_eq!(get(&channel, &server, "/").await.unwrap().good().unwrap(), b"yes");
        assert_eq!(server.received_requests().await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_long_pause_is_an_error_that_names_it() {
        let server = MockServer::start().await;
        let busy = ResponseTemplate::new(429).insert_header("Retry-After", "86400");
        Mock::given(any()).respond_with(busy).mount(&server).await;
        let channel = Channel::new(&Http::default(), quick(), Vec::new()).unwrap();
        let failure = get(&channel, &server, "/").await.unwrap_err();
        assert_eq!(failure, Failure::RateLimited(Some(Duration::from_secs(86_400))));
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn attempts_end() {
        let server = MockServer::start().await;
        Mock::given(matchers::path("/busy")).respond_with(ResponseTemplate::new(429)).mount(&server).await;
        Mock::given(matchers::path("/down")).respond_with(ResponseTemplate::new(502)).mount(&server).await;
        let channel = Channel::new(&Http::default(), quick(), Vec::new()).unwrap();
        assert_eq!(get(&channel, &server, "/busy").await.unwrap_err(), Failure::RateLimited(None));
        assert_eq!(get(&channel, &server, "/down").await.unwrap().good().unwrap_err(), Failure::Status(502));
        assert_eq!(server.received_requests().await.unwrap().len(), 8);
    }

    #[tokio::test]
    async fn a_hanging_service_is_left() {
        let server = MockServer::start().await;
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
        Mock::given(any()).respond_with(slow).mount(&server).await;
        let limits = Limits { timeout: Duration::from_millis(50), ..quick() };
        let channel = Channel::new(&Http::default(), limits, Vec::new()).unwrap();
        assert_eq!(get(&channel, &server, "/").await.unwrap_err(), Failure::Timeout(limits.timeout));
    }

    #[tokio::test]
    async fn keys_do_not_come_back() {
        let server = MockServer::start().await;
        let key = Secret::new("s3cr3t/key");
        Mock::given(header("x-apikey", "s3cr3t/key"))
            .respond_with(ResponseTemplate::new(200).set_body_string(r#"{"you":"s3cr3t/key","url":"?k=s3cr3t%2Fkey"}"#))
            .mount(&server)
            .await;
        let channel = Channel::new(&Http::default(), quick(), vec![key.clone()]).unwrap();
        let request = Request::get(server.uri().parse().unwrap()).key_header("x-apikey", &key).unwrap();
        assert!(!format!("{request:?} {channel:?}").contains("s3cr3t"));
        let body = channel.send(&request).await.unwrap().good().unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"you":"***","url":"?k=***"}"#);
        // Nobody listens there.
        let url = "http://127.0.0.1:9/?key=s3cr3t%2Fkey".parse().unwrap();
        let failure = channel.send(&Request::get(url)).await.unwrap_err();
        assert!(matches!(&failure, Failure::Connect(why) if !why.is_empty() && !why.contains("s3cr3t")), "{failure}");
        let failure = Request::get(server.uri().parse().unwrap()).key_header("k", &Secret::new("a\nb")).unwrap_err();
        assert!(failure.to_string().starts_with("the key has characters"), "{failure}");
    }

    #[test]
    fn pauses_are_seconds_or_dates() {
        let now = "2026-11-25T10:00:00Z".parse().unwrap();
        assert_eq!(retry_after("17", now), Some(Duration::from_secs(17)));
        assert_eq!(retry_after("Wed, 25 Nov 2026 10:01:30 GMT", now), Some(Duration::from_secs(90)));
        assert_eq!(retry_after("Wed, 25 Nov 2026 09:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
