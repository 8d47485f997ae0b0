//! VirusTotal, version 3 of its API: <https://docs.virustotal.com/reference/overview>.

use base64::Engine as _;
use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, missing, number, path};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};
use crate::limit::{Limits, Rate};

/// VirusTotal.
#[derive(Debug)]
pub(crate) struct VirusTotal {
    pub(crate) key: Secret,
}

impl Api for VirusTotal {
    const NAME: &'static str = "VirusTotal";
    const BASE: &'static str = "https://www.virustotal.com/api/v3/";
    /// The public API: <https://docs.virustotal.com/reference/public-vs-premium-api>.
    const LIMITS: Limits = Limits { parallel: 4, ..Limits::DEFAULT }.with_rate(Rate::per_minute(4));

    fn queries(_kind: IocType) -> &'static [&'static str] {
        &[""]
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        let url = match ioc.kind {
            IocType::Ipv4 | IocType::Ipv6 => path(base, &["ip_addresses", &ioc.value])?,
            IocType::Dns => path(base, &["domains", &ioc.value])?,
            IocType::Url => path(base, &["urls", &url_id(&ioc.value)])?,
            IocType::Md5 | IocType::Sha1 | IocType::Sha256 => path(base, &["files", &ioc.value])?,
        };
        Request::get(url).key_header("x-apikey", &self.key)
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        let attributes = body.pointer("/data/attributes").ok_or_else(|| missing("/data/attributes", "an object"))?;
        let stats = "/last_analysis_stats";
        if !attributes.pointer(stats).is_some_and(Value::is_object) {
            return Err(missing("/data/attributes/last_analysis_stats", "an object"));
        }
        let count = |name: &str| number(attributes, &format!("{stats}/{name}")).unwrap_or(0.0);
        let (malicious, suspicious) = (count("malicious"), count("suspicious"));
        let severity = if malicious > 1.0 {
            Severity::High
        } else if malicious + suspicious > 0.0 {
            Severity::Warning
        } else {
            Severity::Information
        };
        let engines = attributes.get("last_analysis_results").and_then(Value::as_object);
        // Who says so, and what: the names of malware families and kinds of attack.
        let positives: Vec<Value> = engines
            .into_iter()
            .flatten()
            .filter(|(_, result)| {
                matches!(result.get("category").and_then(Value::as_str), Some("malicious" | "suspicious"))
            })
            .map(|(engine, result)| match result.get("result").and_then(Value::as_str) {
                Some(finding) => format!("{engine}: {finding}").into(),
                None => engine.clone().into(),
            })
            .collect();
        let details = Details::default()
            .put("Malicious", whole(malicious))
            .put("Suspicious", whole(suspicious))
            .put("Engines", engines.map_or(Value::Null, |e| e.len().into()))
            .put("Detections", positives)
            .copy("Reputation", attributes, "/reputation")
            .copy("Label", attributes, "/popular_threat_classification/suggested_threat_label")
            .copy("Names", attributes, "/names")
            .copy("Tags", attributes, "/tags")
            .copy("Categories", attributes, "/categories")
            .copy("Country", attributes, "/country")
            .copy("AsOwner", attributes, "/as_owner")
            .put("LastAnalysis", attributes.get("last_analysis_date").and_then(date).unwrap_or_default());
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        match ioc.kind {
            IocType::Ipv4 | IocType::Ipv6 => format!("https://www.virustotal.com/gui/ip-address/{}", ioc.value),
            IocType::Dns => format!("https://www.virustotal.com/gui/domain/{}", ioc.value),
            IocType::Url => format!("https://www.virustotal.com/gui/url/{}", url_id(&ioc.value)),
            IocType::Md5 | IocType::Sha1 | IocType::Sha256 => {
                format!("https://www.virustotal.com/gui/file/{}", ioc.value)
            }
        }
    }
}

/// The identifier of a URL is its Base64 without padding: <https://docs.virustotal.com/reference/url>.
fn url_id(url: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(url)
}

fn whole(count: f64) -> Value {
    Value::from(count as i64)
}

/// Seconds since 1970 as a date.
fn date(value: &Value) -> Option<String> {
    let time = chrono::DateTime::from_timestamp(value.as_i64()?, 0)?;
    Some(time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}
