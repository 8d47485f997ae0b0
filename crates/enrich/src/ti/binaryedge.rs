//! BinaryEdge: <https://docs.binaryedge.io/api-v2/#v2queryiptarget>.

use secret::Secret;
use serde_json::Value;
use url::Url;

use super::Severity;
use super::provider::{Api, Details, Verdict, missing, path};
use crate::failure::Failure;
use crate::http::Request;
use crate::ioc::{Ioc, IocType};

/// BinaryEdge: what is open on an address. It judges nothing.
#[derive(Debug)]
pub(crate) struct BinaryEdge {
    pub(crate) key: Secret,
}

impl Api for BinaryEdge {
    const NAME: &'static str = "BinaryEdge";
    const BASE: &'static str = "https://api.binaryedge.io/";

    fn queries(kind: IocType) -> &'static [&'static str] {
        if kind.is_ip() { &[""] } else { &[] }
    }

    fn request(&self, base: &Url, ioc: &Ioc, _query: &str) -> Result<Request, Failure> {
        Request::get(path(base, &["v2", "query", "ip", &ioc.value])?).key_header("x-key", &self.key)
    }

    fn judge(&self, _ioc: &Ioc, _query: &str, body: &Value) -> Result<Verdict, Failure> {
        let events = body.get("events").and_then(Value::as_array).ok_or_else(|| missing("/events", "a list"))?;
        let mut ports: Vec<Value> = Vec::new();
        let mut services: Vec<Value> = Vec::new();
        for event in events {
            if let Some(port) = event.get("port").filter(|port| !ports.contains(port)) {
                ports.push(port.clone());
            }
            for result in event.get("results").and_then(Value::as_array).into_iter().flatten() {
                let service = result.pointer("/result/data/service");
                let part = |name: &str| service.and_then(|s| s.get(name)).and_then(Value::as_str);
                let mut text = part("name").unwrap_or_default().to_owned();
                if let Some(product) = part("product") {
                    text = if text.is_empty() { product.to_owned() } else { format!("{text} ({product})") };
                }
                let text = Value::from(text);
                if text != "" && !services.contains(&text) {
                    services.push(text);
                }
            }
        }
        let verdict = Verdict::known(
            Severity::Information,
            Details::default().copy("Total", body, "/total").put("Ports", ports).put("Services", services),
        );
        Ok(Verdict { found: !events.is_empty(), ..verdict })
    }

    fn reference(&self, ioc: &Ioc) -> String {
        format!("https://app.binaryedge.io/services/query?query=ip:{}", ioc.value)
    }
}
