//! ipstack: <https://ipstack.com/documentation>.

use std::borrow::Cow;
use std::net::IpAddr;

use async_trait::async_trait;
use futures::StreamExt as _;
use secret::Secret;
use serde_json::Value;
use url::Url;

use super::provider::{GeoIp, Location};
use crate::failure::{Breaker, Failure};
use crate::http::{Channel, Http, Request, path};
use crate::limit::Limits;

/// ipstack, by its API.
#[derive(Debug)]
pub struct IpStack {
    key: Secret,
    base: Url,
    channel: Channel,
}

impl IpStack {
    /// Where it is.
    pub const ENDPOINT: &'static str = "https://api.ipstack.com/";

    /// With a key, through `http`.
    ///
    /// # Errors
    /// When the endpoint is no web address.
    pub fn new(key: Secret, endpoint: &str, limits: Limits, http: &Http) -> Result<Self, Failure> {
        let base = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.ok_or_else(|| Failure::Request(format!("the endpoint {endpoint} is no web address")))?;
        Ok(Self { channel: Channel::new(http, limits, vec![key.clone()])?, key, base })
    }

    async fn one(&self, address: IpAddr) -> Result<Option<Location>, Failure> {
        let mut url = path(&self.base, &[&address.to_string()])?;
        url.query_pairs_mut().append_pair("access_key", self.key.expose()).append_pair("output", "json");
        let body = self.channel.send(&Request::get(url)).await?.good()?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| Failure::Shape("it is not JSON".to_owned()))?;
        judge(&body)
    }
}

/// Errors come with status 200; their numbers are in the documentation.
fn judge(body: &Value) -> Result<Option<Location>, Failure> {
    if body.get("success").and_then(Value::as_bool) == Some(false) {
        let info = body.pointer("/error/info").and_then(Value::as_str).unwrap_or("it gives no reason");
        return Err(match body.pointer("/error/code").and_then(Value::as_i64) {
            Some(101 | 102) => Failure::Unauthorized(200),
            Some(104) => Failure::RateLimited(None),
            Some(105 | 303) => Failure::Forbidden,
            Some(106) => return Ok(None),
            _ => Failure::Shape(info.to_owned()),
        });
    }
    if body.get("country_code").is_none() {
        return Err(Failure::Shape("country_code is missing".to_owned()));
    }
    let text = |pointer: &str| -> Cow<'static, str> {
        body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned().into()
    };
    let location = Location {
        country_code: text("/country_code"),
        country: text("/country_name"),
        state: text("/region_name"),
        city: text("/city"),
        longitude: body.get("longitude").and_then(Value::as_f64),
        latitude: body.get("latitude").and_then(Value::as_f64),
        asn: body.pointer("/connection/asn").and_then(Value::as_u64).and_then(|asn| asn.try_into().ok()),
        as_organization: text("/connection/isp"),
    };
    Ok((!location.is_empty()).then_some(location))
}

#[async_trait]
impl GeoIp for IpStack {
    fn name(&self) -> &'static str {
        "ipstack"
    }

    async fn locate(&self, addresses: &[IpAddr]) -> Vec<Result<Option<Location>, Failure>> {
        let breaker = Breaker::default();
        let ask = |address: IpAddr| {
            let breaker = &breaker;
            async move {
                breaker.check()?;
                let answer = self.one(address).await;
                breaker.note(&answer);
                answer
            }
        };
        let parallel = self.channel.limits().parallel.max(1);
        futures::stream::iter(addresses.iter().copied().map(ask)).buffered(parallel).collect().await
    }

    fn requests(&self, addresses: usize) -> usize {
        addresses
    }
}
