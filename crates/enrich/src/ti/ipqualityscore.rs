//! IPQualityScore: <https://www.ipqualityscore.com/documentation/proxy-detection-api/overview>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, path, required, text};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// IPQualityScore.
#[derive(Debug)]
pub(crate) struct IpQualityScore {
    pub(crate) key: Secret,
}

impl Api for IpQualityScore {
    const NAME: &'static str = "IPQualityScore";
    const BASE: &'static str = "https://www.ipqualityscore.com/api/json/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        if kind.is_ip() { &[""] } else { &[] }
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        Ok(Request::get(path(base, &["ip", self.key.expose(), &ioc.value])?))
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        // Errors come with status 200.
        if body.get("success").and_then(Value::as_bool) == Some(false) {
            let message = text(body, "/message").unwrap_or("it gives no reason");
            let lower = message.to_ascii_lowercase();
            return Err(if lower.contains("key") || lower.contains("unauthorized") {
                Failure::Unauthorized(200)
            } else if lower.contains("quota") || lower.contains("exceeded") || lower.contains("insufficient credits") {
                Failure::RateLimited(None)
            } else {
                Failure::Shape(message.to_owned())
            });
        }
        let score = required(body, "/fraud_score")?;
        let severity = if score >= 80.0 {
            Severity::High
        } else if score > 50.0 {
            Severity::Warning
        } else {
            Severity::Information
        };
        let details = Details::default()
            .copy("FraudScore", body, "/fraud_score")
            .copy("Proxy", body, "/proxy")
            .copy("Vpn", body, "/vpn")
            .copy("Tor", body, "/tor")
            .copy("RecentAbuse", body, "/recent_abuse")
            .copy("BotStatus", body, "/bot_status")
            .copy("Isp", body, "/ISP")
            .copy("Asn", body, "/ASN")
            .copy("Organization", body, "/organization")
            .copy("Country", body, "/country_code")
            .copy("Region", body, "/region")
            .copy("City", body, "/city")
            .copy("Host", body, "/host");
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        format!("https://www.ipqualityscore.com/free-ip-lookup-proxy-vpn-test/lookup/{}", ioc.value)
    }
}
