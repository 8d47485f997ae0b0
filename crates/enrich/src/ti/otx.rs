//! AlienVault OTX: <https://otx.alienvault.com/api>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, missing, path};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// AlienVault OTX.
#[derive(Debug)]
pub(crate) struct Otx {
    pub(crate) key: Secret,
}

fn section(kind: IocType) -> &'static str {
    match kind {
        IocType::Ipv4 => "IPv4",
        IocType::Ipv6 => "IPv6",
        IocType::Dns => "domain",
        IocType::Url => "url",
        IocType::Md5 | IocType::Sha1 | IocType::Sha256 => "file",
    }
}

impl Api for Otx {
    const NAME: &'static str = "OTX";
    const BASE: &'static str = "https://otx.alienvault.com/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        match kind {
            IocType::Ipv4 | IocType::Ipv6 | IocType::Dns => &["", "passivedns", "geo"],
            _ => &[""],
        }
    }

    fn request(&self, base: &Url, ioc: &Ioc, query: &str) -> Result<Request, Failure> {
        let part = match query {
            "passivedns" => "passive_dns",
            "geo" => "geo",
            _ => "general",
        };
        let url = path(base, &["api", "v1", "indicators", section(ioc.kind), &ioc.value, part])?;
        Request::get(url).key_header("x-otx-api-key", &self.key)
    }

    fn judge(&self, _ioc: &Ioc, query: &str, body: &Value) -> Result<Verdict, Failure> {
        match query {
            "passivedns" => {
                let records = body.get("passive_dns").and_then(Value::as_array);
                let records = records.ok_or_else(|| missing("/passive_dns", "a list"))?;
                let names: Vec<Value> = records.iter().filter_map(|r| r.get("hostname").cloned()).collect();
                let details = Details::default().put("Count", records.len()).put("Hostnames", names);
                return Ok(Verdict::known(Severity::Information, details));
            }
            "geo" => {
                let details = Details::default()
                    .copy("Country", body, "/country_name")
                    .copy("City", body, "/city")
                    .copy("Asn", body, "/asn");
                return Ok(Verdict::known(Severity::Information, details));
            }
            _ => {}
        }
        let Some(info) = body.get("pulse_info").filter(|info| !info.is_null()) else {
            return Ok(Verdict::known(Severity::Information, Details::default().copy("Sections", body, "/sections")));
        };
        let pulses =
            info.get("pulses").and_then(Value::as_array).ok_or_else(|| missing("/pulse_info/pulses", "a list"))?;
        let severity = match pulses.len() {
            0 => Severity::Information,
            1 => Severity::Warning,
            _ => Severity::High,
        };
        let all = |field: &str| -> Vec<Value> {
            let mut values: Vec<Value> = Vec::new();
            for value in pulses.iter().filter_map(|pulse| pulse.get(field)) {
                match value {
                    Value::Array(items) => values.extend(items.iter().cloned()),
                    Value::Null => {}
                    other => values.push(other.clone()),
                }
            }
            let mut seen = std::collections::HashSet::new();
            values.retain(|value| seen.insert(value.to_string()));
            values
        };
        let details = Details::default()
            .put("PulseCount", pulses.len())
            .put("Names", all("name"))
            .put("Tags", all("tags"))
            .put("MalwareFamilies", all("malware_families"))
            .put("References", all("references"))
            .copy("Sections", if pulses.is_empty() { body } else { &Value::Null }, "/sections");
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        let kind = match ioc.kind {
            IocType::Ipv4 | IocType::Ipv6 => "ip",
            kind => section(kind),
        };
        page("https://otx.alienvault.com/indicator/", &[kind, &ioc.value])
    }
}

/// A page for people.
pub(crate) fn page(base: &str, segments: &[&str]) -> String {
    Url::parse(base).ok().and_then(|base| path(&base, segments).ok()).map(String::from).unwrap_or_default()
}
