//! What a threat intelligence service is to the rest of the program.

use std::fmt::Debug;

use async_trait::async_trait;
use secret::Secret;
use serde_json::{Map, Value};
use url::Url;

use super::Severity;
use crate::failure::Failure;
pub(crate) use crate::http::path;
use crate::http::{Channel, Http, Request};
use crate::ioc::{Ioc, IocType};
use crate::limit::Limits;

/// What a service says about one indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether it knows it.
    pub found: bool,
    /// How bad it is.
    pub severity: Severity,
    /// The parts of the answer that matter, by name.
    pub details: Map<String, Value>,
    /// The answer as it came; null if there was none.
    pub raw: Value,
}

impl Verdict {
    /// The service does not know it.
    pub fn unknown_to_it(why: &str) -> Self {
        let mut details = Map::new();
        details.insert("Message".to_owned(), why.into());
        Self { found: false, severity: Severity::Information, details, raw: Value::Null }
    }

    /// The service knows it.
    pub(crate) fn known(severity: Severity, details: Details) -> Self {
        Self { found: true, severity, details: details.0, raw: Value::Null }
    }
}

/// A threat intelligence service.
#[async_trait]
pub trait Provider: Debug + Send + Sync {
    /// Its name, as tables show it.
    fn name(&self) -> &str;

    /// What can be asked about an indicator of this type, the default first: the empty text. Empty if the service does not have this type.
    fn queries(&self, kind: IocType) -> &'static [&'static str];

    /// How many indicators one request takes.
    fn batch(&self) -> usize {
        1
    }

    /// How the service may be asked.
    fn limits(&self) -> Limits;

    /// Whether it answers from a file of its own: no request is made, so that any indicator may be asked for.
    fn is_offline(&self) -> bool {
        false
    }

    /// Where a person can read more; it holds no key.
    fn reference(&self, ioc: &Ioc) -> String;

    /// Asks. The verdicts are in the order of the indicators, of which there are at most [`Provider::batch`].
    ///
    /// # Errors
    /// When the service gives no answer, for all of them.
    async fn lookup(&self, iocs: &[Ioc], query: &str) -> Result<Vec<Verdict>, Failure>;
}

/// A service that answers one indicator with one JSON object: all that differs from one to the next.
pub(crate) trait Api: Debug + Send + Sync {
    /// See [`Provider::name`].
    const NAME: &'static str;
    /// Where it is.
    const BASE: &'static str;
    /// How it may be asked.
    const LIMITS: Limits = Limits::DEFAULT;

    /// See [`Provider::queries`].
    fn queries(kind: IocType) -> &'static [&'static str];

    /// The request. `base` ends in a slash.
    fn request(&self, base: &Url, ioc: &Ioc, query: &str) -> Result<Request, Failure>;

    /// What the answer says.
    fn judge(&self, ioc: &Ioc, query: &str, body: &Value) -> Result<Verdict, Failure>;

    /// See [`Provider::reference`].
    fn reference(&self, ioc: &Ioc) -> String;

    /// What an answer that is not 2xx says, if it is not a failure. Most services say 404 for what they do not know.
    fn judge_status(&self, status: u16, _body: &Value) -> Option<Verdict> {
        (status == 404).then(|| Verdict::unknown_to_it("Not found."))
    }
}

/// An [`Api`] with the way to it.
#[derive(Debug)]
pub(crate) struct Service<A> {
    api: A,
    base: Url,
    channel: Channel,
}

impl<A: Api> Service<A> {
    /// With the keys that it sends.
    pub(crate) fn new(api: A, base: Url, http: &Http, limits: Limits, secrets: Vec<Secret>) -> Result<Self, Failure> {
        Ok(Self { api, base, channel: Channel::new(http, limits, secrets)? })
    }
}

#[async_trait]
impl<A: Api> Provider for Service<A> {
    fn name(&self) -> &str {
        A::NAME
    }

    fn queries(&self, kind: IocType) -> &'static [&'static str] {
        A::queries(kind)
    }

    fn limits(&self) -> Limits {
        self.channel.limits()
    }

    fn reference(&self, ioc: &Ioc) -> String {
        self.api.reference(ioc)
    }

    async fn lookup(&self, iocs: &[Ioc], query: &str) -> Result<Vec<Verdict>, Failure> {
        let mut verdicts = Vec::with_capacity(iocs.len());
        for ioc in iocs {
            let request = self.api.request(&self.base, ioc, query)?;
            let reply = self.channel.send(&request).await?;
            let parsed: Option<Value> = serde_json::from_slice(&reply.body).ok();
            let verdict = match reply.status {
                200..=299 => {
                    let body = match parsed {
                        Some(body) => body,
                        None if reply.body.iter().all(u8::is_ascii_whitespace) => Value::Null,
                        None => return Err(Failure::Shape("it is not JSON".to_owned())),
                    };
                    if is_empty(&body) {
                        Verdict::unknown_to_it("Not found.")
                    } else if !body.is_object() {
                        return Err(Failure::Shape("it is not a JSON object".to_owned()));
                    } else {
                        let verdict = self.api.judge(ioc, query, &body)?;
                        Verdict { raw: body, ..verdict }
                    }
                }
                status => match self.api.judge_status(status, parsed.as_ref().unwrap_or(&Value::Null)) {
                    Some(verdict) => Verdict { raw: parsed.unwrap_or_default(), ..verdict },
                    None => return Err(reply.good().err().unwrap_or(Failure::Status(status))),
                },
            };
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }
}

fn is_empty(body: &Value) -> bool {
    match body {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The parts of an answer that matter; what is absent, null or empty is left out.
#[derive(Debug, Default)]
pub(crate) struct Details(Map<String, Value>);

impl Details {
    /// Adds the value at a JSON pointer (RFC 6901), as it is.
    pub(crate) fn copy(mut self, name: &str, body: &Value, pointer: &str) -> Self {
        if let Some(value) = body.pointer(pointer) {
            self = self.put(name, value.clone());
        }
        self
    }

    /// Adds a value.
    pub(crate) fn put(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let nothing = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !nothing {
            self.0.insert(name.to_owned(), value);
        }
        self
    }
}

/// A number, also when it is given as text.
pub(crate) fn number(body: &Value, pointer: &str) -> Option<f64> {
    match body.pointer(pointer)? {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A number that the answer must have.
pub(crate) fn required(body: &Value, pointer: &str) -> Result<f64, Failure> {
    number(body, pointer).ok_or_else(|| missing(pointer, "a number"))
}

/// The failure for a part of the answer that is not there.
pub(crate) fn missing(pointer: &str, what: &str) -> Failure {
    Failure::Shape(format!("{} is not {what}", pointer.trim_start_matches('/').replace('/', ".")))
}

/// A text.
pub(crate) fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer)?.as_str()
}

/// `base` with path segments and query parameters, all escaped.
pub(crate) fn query(base: &Url, segments: &[&str], pairs: &[(&str, &str)]) -> Result<Url, Failure> {
    let mut url = path(base, segments)?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url)
}
