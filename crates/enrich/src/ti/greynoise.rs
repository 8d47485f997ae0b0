//! GreyNoise: <https://docs.greynoise.io/reference/get_v3-community-ip>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, path, text};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// GreyNoise.
#[derive(Debug)]
pub(crate) struct GreyNoise {
    pub(crate) key: Secret,
}

impl Api for GreyNoise {
    const NAME: &'static str = "GreyNoise";
    const BASE: &'static str = "https://api.greynoise.io/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        if kind == IocType::Ipv4 { &["", "quick", "full"] } else { &[] }
    }

    fn request(&self, base: &Url, ioc: &Ioc, query: &str) -> Result<Request, Failure> {
        let url = match query {
            "quick" => path(base, &["v2", "noise", "quick", &ioc.value])?,
            "full" => path(base, &["v2", "noise", "context", &ioc.value])?,
            _ => path(base, &["v3", "community", &ioc.value])?,
        };
        Request::get(url).key_header("key", &self.key)
    }

    fn judge(&self, _ioc: &Ioc, query: &str, body: &Value) -> Result<Verdict, Failure> {
        let flag = |name: &str| body.get(name).and_then(Value::as_bool);
        // A reply without any of the service's fields is an error that came with status 200.
        if ["noise", "riot", "seen", "classification"].iter().all(|name| body.get(*name).is_none()) {
            return Err(Failure::Shape("none of noise, riot, seen and classification is in it".to_owned()));
        }
        let details = Details::default()
            .copy("Noise", body, "/noise")
            .copy("Riot", body, "/riot")
            .copy("Seen", body, "/seen")
            .copy("Classification", body, "/classification")
            .copy("Name", body, "/name")
            .copy("Actor", body, "/actor")
            .copy("Tags", body, "/tags")
            .copy("LastSeen", body, "/last_seen")
            .copy("Code", body, "/code")
            .copy("Message", body, "/message");
        let severity = match text(body, "/classification") {
            Some(c) if c.eq_ignore_ascii_case("malicious") => Severity::High,
            Some(c) if c.eq_ignore_ascii_case("suspicious") => Severity::Warning,
            _ => Severity::Information,
        };
        let unseen = match query {
            "full" => flag("seen") == Some(false),
            _ => flag("noise") == Some(false) && flag("riot") != Some(true),
        };
        let verdict = Verdict::known(severity, details);
        Ok(Verdict { found: !unseen, ..verdict })
    }

    fn reference(&self, ioc: &Ioc) -> String {
        format!("https://viz.greynoise.io/ip/{}", ioc.value)
    }
}
