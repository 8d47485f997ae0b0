//! Pulsedive: <https://pulsedive.com/api/indicators>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, missing, query, text};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};
use crate::limit::{Limits, Rate};

/// Pulsedive.
#[derive(Debug)]
pub(crate) struct Pulsedive {
    pub(crate) key: Secret,
}

impl Api for Pulsedive {
    const NAME: &'static str = "Pulsedive";
    const BASE: &'static str = "https://pulsedive.com/api/";
    /// The free plan.
    const LIMITS: Limits = Limits { parallel: 4, ..Limits::DEFAULT }.with_rate(Rate::per_minute(30));

    fn queries(kind: IocType) -> &'static [&'static str] {
        if kind.is_hash() { &[] } else { &[""] }
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        let pairs = [("indicator", ioc.value.as_str()), ("key", self.key.expose())];
        Ok(Request::get(query(base, &["info.php"], &pairs)?))
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        if let Some(error) = text(body, "/error") {
            return if error.to_ascii_lowercase().contains("not found") {
                Ok(Verdict::unknown_to_it("Not found."))
            } else {
                Err(Failure::Shape(error.to_owned()))
            };
        }
        let risk = text(body, "/risk").ok_or_else(|| missing("/risk", "a text"))?;
        let severity = match risk.to_ascii_lowercase().as_str() {
            "critical" | "high" => Severity::High,
            "medium" => Severity::Warning,
            "low" => Severity::Information,
            _ => Severity::Unknown,
        };
        let names = |field: &str| -> Vec<Value> {
            let items = body.get(field).and_then(Value::as_array).into_iter().flatten();
            items.map(|item| item.get("name").unwrap_or(item).clone()).collect()
        };
        let factors: Vec<Value> = body
            .get("riskfactors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|factor| factor.get("description").cloned())
            .collect();
        let details = Details::default()
            .put("Risk", risk)
            .copy("RecommendedRisk", body, "/risk_recommended")
            .put("Threats", names("threats"))
            .put("Feeds", names("feeds"))
            .put("RiskFactors", factors)
            .copy("Added", body, "/stamp_added")
            .copy("LastSeen", body, "/stamp_seen")
            .copy("Retired", body, "/retired");
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        Url::parse("https://pulsedive.com/indicator/")
            .and_then(|base| Url::parse_with_params(base.as_str(), [("ioc", &ioc.value)]))
            .map(String::from)
            .unwrap_or_default()
    }
}
