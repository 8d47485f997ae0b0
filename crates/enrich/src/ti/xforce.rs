//! IBM X-Force Exchange: <https://api.xforce.ibmcloud.com/doc/>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::otx::page;
use super::provider::{Api, Details, Verdict, missing, number, path};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// IBM X-Force Exchange.
#[derive(Debug)]
pub(crate) struct XForce {
    pub(crate) id: Secret,
    pub(crate) key: Secret,
}

impl Api for XForce {
    const NAME: &'static str = "XForce";
    const BASE: &'static str = "https://api.xforce.ibmcloud.com/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        match kind {
            IocType::Ipv4 | IocType::Ipv6 => &["", "rep", "malware", "whois", "passivedns"],
            IocType::Dns => &["", "malware", "whois", "passivedns"],
            IocType::Url => &["", "malware"],
            IocType::Md5 | IocType::Sha1 | IocType::Sha256 => &[""],
        }
    }

    fn request(&self, base: &Url, ioc: &Ioc, query: &str) -> Result<Request, Failure> {
        let ioc_value = ioc.value.as_str();
        let url = match (ioc.kind, query) {
            (_, "whois") => path(base, &["whois", ioc_value])?,
            (_, "passivedns") => path(base, &["resolve", ioc_value])?,
            (IocType::Ipv4 | IocType::Ipv6, "rep") => path(base, &["ipr", "history", ioc_value])?,
            (IocType::Ipv4 | IocType::Ipv6, "malware") => path(base, &["ipr", "malware", ioc_value])?,
            (IocType::Ipv4 | IocType::Ipv6, _) => path(base, &["ipr", ioc_value])?,
            (IocType::Dns | IocType::Url, "malware") => path(base, &["url", "malware", ioc_value])?,
            (IocType::Dns | IocType::Url, _) => path(base, &["url", ioc_value])?,
            (IocType::Md5 | IocType::Sha1 | IocType::Sha256, _) => path(base, &["malware", ioc_value])?,
        };
        Request::get(url).basic(&self.id, &self.key)
    }

    fn judge(&self, ioc: &Ioc, query: &str, body: &Value) -> Result<Verdict, Failure> {
        match query {
            "whois" => {
                let details = Details::default()
                    .copy("Contacts", body, "/contact")
                    .copy("Created", body, "/createdDate")
                    .copy("Updated", body, "/updatedDate")
                    .copy("Registrar", body, "/registrarName");
                return Ok(Verdict::known(Severity::Information, details));
            }
            "passivedns" => {
                let details =
                    Details::default().copy("Records", body, "/total_rows").copy("Passive", body, "/Passive/records");
                return Ok(Verdict::known(Severity::Information, details));
            }
            _ => {}
        }
        if query == "malware" || ioc.kind.is_hash() {
            let present = match body.get("malware") {
                Some(Value::Object(fields)) => !fields.is_empty(),
                Some(Value::Array(items)) => !items.is_empty(),
                _ => false,
            };
            let severity = if present { Severity::High } else { Severity::Information };
            let details = Details::default()
                .copy("Risk", body, "/malware/risk")
                .copy("Family", body, "/malware/family")
                .copy("Malware", if body["malware"].is_array() { body } else { &Value::Null }, "/malware");
            return Ok(Verdict::known(severity, details));
        }
        let result = body.get("result").filter(|r| r.is_object()).unwrap_or(body);
        let severity = match number(result, "/score") {
            Some(score) => Severity::of_score(score, 2.0, 5.0),
            // The service sends null for names that it has not rated.
            None if result.get("score").is_some_and(Value::is_null) => Severity::Unknown,
            None if query == "rep" => Severity::Information,
            None => return Err(missing("/score", "a number")),
        };
        let details = Details::default()
            .copy("Score", result, "/score")
            .copy("Categories", result, "/cats")
            .copy("CategoryDescriptions", result, "/categoryDescriptions")
            .copy("Reason", result, "/reason")
            .copy("ReasonDescription", result, "/reasonDescription")
            .copy("Tags", result, "/tags")
            .copy("History", result, "/history");
        Ok(Verdict::known(severity, details))
    }

    fn reference(&self, ioc: &Ioc) -> String {
        let kind = match ioc.kind {
            IocType::Ipv4 | IocType::Ipv6 => "ip",
            IocType::Dns | IocType::Url => "url",
            IocType::Md5 | IocType::Sha1 | IocType::Sha256 => "malware",
        };
        page("https://exchange.xforce.ibmcloud.com/", &[kind, &ioc.value])
    }
}
