//! AbuseIPDB: <https://docs.abuseipdb.com/#check-endpoint>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, query, required};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// AbuseIPDB.
#[derive(Debug)]
pub(crate) struct AbuseIpDb {
    pub(crate) key: Secret,
}

impl Api for AbuseIpDb {
    const NAME: &'static str = "AbuseIPDB";
    const BASE: &'static str = "https://api.abuseipdb.com/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        if kind.is_ip() { &[""] } else { &[] }
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        Request::get(query(base, &["api", "v2", "check"], &[("ipAddress", &ioc.value)])?).key_header("key", &self.key)
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        let score = required(body, "/data/abuseConfidenceScore")?;
        let severity = if score > 50.0 {
            Severity::High
        } else if score > 0.0 {
            Severity::Warning
        } else {
            Severity::Information
        };
        let details = Details::default()
            .copy("AbuseConfidenceScore", body, "/data/abuseConfidenceScore")
            .copy("TotalReports", body, "/data/totalReports")
            .copy("Reporters", body, "/data/numDistinctUsers")
            .copy("LastReported", body, "/data/lastReportedAt")
            .copy("Country", body, "/data/countryCode")
            .copy("UsageType", body, "/data/usageType")
            .copy("Isp", body, "/data/isp")
            .copy("Domain", body, "/data/domain")
            .copy("Hostnames", body, "/data/hostnames")
            .copy("IsTor", body, "/data/isTor")
            .copy("IsWhitelisted", body, "/data/isWhitelisted");
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        format!("https://www.abuseipdb.com/check/{}", ioc.value)
    }
}
