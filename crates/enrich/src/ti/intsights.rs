//! IntSights, now Rapid7 Threat Command: <https://docs.rapid7.com/threat-command/api/>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, query, text};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// IntSights (Rapid7 Threat Command).
#[derive(Debug)]
pub(crate) struct IntSights {
    pub(crate) id: Secret,
    pub(crate) key: Secret,
}

impl Api for IntSights {
    const NAME: &'static str = "IntSights";
    const BASE: &'static str = "https://api.ti.insight.rapid7.com/";

    fn queries(_kind: IocType) -> &'static [&'static str] {
        &[""]
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        let url = query(base, &["public", "v3", "iocs", "ioc-by-value"], &[("iocValue", &ioc.value)])?;
        Request::get(url).basic(&self.id, &self.key)
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        if body.get("whitelisted").and_then(Value::as_bool) == Some(true) {
            return Ok(Verdict::unknown_to_it("Whitelisted."));
        }
        let severity = match text(body, "/severity").map(str::to_ascii_lowercase).as_deref() {
            None | Some("low") => Severity::Information,
            Some("medium") => Severity::Warning,
            Some("high") => Severity::High,
            Some(_) => Severity::Unknown,
        };
        let details = Details::default()
            .copy("Score", body, "/score")
            .copy("Tags", body, "/tags")
            .copy("SystemTags", body, "/systemTags")
            .copy("Malware", body, "/relatedMalware")
            .copy("Campaigns", body, "/relatedCampaigns")
            .copy("ThreatActors", body, "/relatedThreatActors")
            .copy("Country", body, "/geolocation")
            .copy("FirstSeen", body, "/firstSeen")
            .copy("LastSeen", body, "/lastSeen");
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, _ioc: &Ioc) -> String {
        "https://insight.rapid7.com/".to_owned()
    }
}
