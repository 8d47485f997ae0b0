//! Open PageRank: <https://www.domcop.com/openpagerank/documentation>.

use async_trait::async_trait;
use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Details, Provider, Verdict, missing, number, query, text};
use crate::failure::Failure;
use crate::http::{Channel, Http, Request};
use crate::ioc::{Ioc, IocType};
use crate::limit::Limits;

/// Open PageRank: how well known a domain is. One request takes 100.
#[derive(Debug)]
pub(crate) struct OpenPageRank {
    key: Secret,
    base: Url,
    channel: Channel,
}

impl OpenPageRank {
    /// Where it is.
    pub(crate) const BASE: &'static str = "https://openpagerank.com/";

    pub(crate) fn new(key: Secret, base: Url, http: &Http, limits: Limits) -> Result<Self, Failure> {
        Ok(Self { channel: Channel::new(http, limits, vec![key.clone()])?, key, base })
    }
}

#[async_trait]
impl Provider for OpenPageRank {
    fn name(&self) -> &str {
        "OPR"
    }

    fn queries(&self, kind: IocType) -> &'static [&'static str] {
        if kind == IocType::Dns { &[""] } else { &[] }
    }

    fn batch(&self) -> usize {
        100
    }

    fn limits(&self) -> Limits {
        self.channel.limits()
    }

    fn reference(&self, _ioc: &Ioc) -> String {
        "https://www.domcop.com/openpagerank/".to_owned()
    }

    async fn lookup(&self, iocs: &[Ioc], _query: &str) -> Result<Vec<Verdict>, Failure> {
        let names: Vec<String> = (0..iocs.len()).map(|i| format!("domains[{i}]")).collect();
        let pairs: Vec<(&str, &str)> =
            names.iter().zip(iocs).map(|(name, ioc)| (name.as_str(), ioc.value.as_str())).collect();
        let url = query(&self.base, &["api", "v1.0", "getPageRank"], &pairs)?;
        let request = Request::get(url).key_header("api-opr", &self.key)?;
        let body = self.channel.send(&request).await?.good()?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| Failure::Shape("it is not JSON".to_owned()))?;
        let records = body.get("response").and_then(Value::as_array).ok_or_else(|| missing("/response", "a list"))?;
        let record_of =
            |ioc: &Ioc| records.iter().find(|r| text(r, "/domain").is_some_and(|d| d.eq_ignore_ascii_case(&ioc.value)));
        Ok(iocs.iter().map(|ioc| record_of(ioc).map_or_else(|| Verdict::unknown_to_it("Not found."), judge)).collect())
    }
}

fn judge(record: &Value) -> Verdict {
    let details = Details::default()
        .copy("Rank", record, "/rank")
        .copy("PageRank", record, "/page_rank_decimal")
        .copy("Error", record, "/error");
    let (found, severity) = match number(record, "/status_code") {
        Some(200.0) => (true, Severity::Information),
        // Nobody links to it: for a domain that users go to, that is odd.
        Some(404.0) => (true, Severity::Warning),
        _ => (false, Severity::Unknown),
    };
    Verdict { found, raw: record.clone(), ..Verdict::known(severity, details) }
}
