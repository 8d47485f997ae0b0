//! CrowdSec: <https://docs.crowdsec.net/u/cti_api/intro>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, path, required};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// CrowdSec.
#[derive(Debug)]
pub(crate) struct CrowdSec {
    pub(crate) key: Secret,
}

impl Api for CrowdSec {
    const NAME: &'static str = "CrowdSec";
    const BASE: &'static str = "https://cti.api.crowdsec.net/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        if kind.is_ip() { &[""] } else { &[] }
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        Request::get(path(base, &["v2", "smoke", &ioc.value])?).key_header("x-api-key", &self.key)
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        let total = required(body, "/scores/overall/total")?;
        let labels = |pointer: &str| -> Vec<Value> {
            let items = body.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(|item| item.get("label").or_else(|| item.get("name")).cloned()).collect()
        };
        let details = Details::default()
            .copy("Score", body, "/scores/overall/total")
            .copy("BackgroundNoise", body, "/background_noise_score")
            .put("Behaviors", labels("/behaviors"))
            .put("Attacks", labels("/attack_details"))
            .put("Classifications", labels("/classifications/classifications"))
            .put("FalsePositives", labels("/classifications/false_positives"))
            .copy("FirstSeen", body, "/history/first_seen")
            .copy("LastSeen", body, "/history/last_seen")
            .copy("AsName", body, "/as_name")
            .copy("Country", body, "/location/country")
            .copy("ReverseDns", body, "/reverse_dns");
        let severity = if total > 3.0 { Severity::High } else { Severity::of_score(total, 2.000_1, f64::INFINITY) };
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        format!("https://app.crowdsec.net/cti/{}", ioc.value)
    }
}
