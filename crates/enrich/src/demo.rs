//! Answers for the demo workspace. They are made up, and every one of them says so.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::geo::{GeoIp, Location};
use crate::ioc::{Ioc, IocType};
use crate::ip::IpKind;
use crate::limit::Limits;
use crate::ti::{Provider, Severity, Verdict};
use crate::whois::{Net, Origin, WhoIsRow};

/// The name of the source in every answer.
pub const NAME: &str = "Demo (made-up data)";

const PASSIVE_DNS: &str = "passivedns";

const FILE: &str = include_str!("../../../data/intel/demo.json");

/// The made-up answers, from `data/intel/demo.json`.
#[derive(Debug, Deserialize)]
pub struct Demo {
    notice: String,
    networks: Vec<Network>,
    indicators: Vec<Indicator>,
}

#[derive(Debug, Deserialize)]
struct Network {
    #[serde(deserialize_with = "cidr")]
    cidr: IpNet,
    asn: String,
    as_name: String,
    description: String,
    country_code: String,
    country: String,
    city: String,
    state: String,
    latitude: f64,
    longitude: f64,
    created: String,
    updated: String,
    emails: Vec<String>,
    address: String,
}

#[derive(Debug, Deserialize)]
struct Indicator {
    ioc: String,
    severity: String,
    details: Map<String, Value>,
    /// Names that led to it.
    #[serde(default)]
    passive_dns: Vec<String>,
}

fn cidr<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<IpNet, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl Demo {
    /// The answers that are part of the program.
    ///
    /// # Errors
    /// When the file in the program is damaged.
    pub fn embedded() -> Result<Arc<Self>, String> {
        static DEMO: OnceLock<Result<Arc<Demo>, String>> = OnceLock::new();
        let read =
            || serde_json::from_str(FILE).map(Arc::new).map_err(|e| format!("the demo answers cannot be read: {e}"));
        DEMO.get_or_init(read).clone()
    }

    fn network(&self, address: IpAddr) -> Option<&Network> {
        let networks = self.networks.iter().filter(|network| network.cidr.contains(&address));
        networks.max_by_key(|network| network.cidr.prefix_len())
    }

    /// WhoIs for a public address.
    pub(crate) fn whois(&self, address: IpAddr) -> Option<WhoIsRow> {
        let network = self.network(address)?;
        Some(WhoIsRow {
            address,
            kind: IpKind::of(address),
            origin: Origin {
                asn: network.asn.clone(),
                description: format!("{}, {} (made up)", network.as_name, network.country_code),
                cidr: network.cidr.to_string(),
                country_code: network.country_code.clone(),
                registry: "demo".to_owned(),
                date: network.created.chars().take(10).collect(),
            },
            nets: vec![Net {
                cidr: network.cidr.to_string(),
                name: network.as_name.clone(),
                handle: format!("DEMO-{}", network.cidr.network()),
                range: format!("{} - {}", network.cidr.network(), network.cidr.broadcast()),
                description: network.description.clone(),
                country: network.country_code.clone(),
                address: network.address.clone(),
                emails: network.emails.clone(),
                created: network.created.clone(),
                updated: network.updated.clone(),
            }],
            source: NAME.to_owned(),
            status: "ok".to_owned(),
        })
    }

    fn verdict(&self, ioc: &Ioc, query: &str) -> Verdict {
        let Some(indicator) = self.indicators.iter().find(|known| known.ioc == ioc.value) else {
            return Verdict::unknown_to_it("The demo data has nothing about it.");
        };
        let passive_dns = query == PASSIVE_DNS;
        if passive_dns && indicator.passive_dns.is_empty() {
            return Verdict::unknown_to_it("The demo data has no names for it.");
        }
        let mut details = if passive_dns { Map::new() } else { indicator.details.clone() };
        if passive_dns {
            details.insert("Count".to_owned(), indicator.passive_dns.len().into());
            details.insert("Hostnames".to_owned(), indicator.passive_dns.clone().into());
        }
        details.insert("Notice".to_owned(), self.notice.clone().into());
        let severity = match passive_dns {
            true => Severity::Information,
            false => Severity::of_name(&indicator.severity).unwrap_or(Severity::Unknown),
        };
        Verdict { found: true, severity, raw: Value::Object(details.clone()), details }
    }
}

#[async_trait]
impl GeoIp for Demo {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn locate(&self, addresses: &[IpAddr]) -> Vec<Result<Option<Location>, Failure>> {
        let locate = |address: &IpAddr| {
            let network = self.network(*address)?;
            Some(Location {
                country_code: network.country_code.clone().into(),
                country: network.country.clone().into(),
                state: network.state.clone().into(),
                city: network.city.clone().into(),
                longitude: Some(network.longitude),
                latitude: Some(network.latitude),
                asn: network.asn.parse().ok(),
                as_organization: format!("{} (made up)", network.as_name).into(),
            })
        };
        addresses.iter().map(|address| Ok(locate(address))).collect()
    }
}

#[async_trait]
impl Provider for Demo {
    fn name(&self) -> &str {
        NAME
    }

    fn queries(&self, _kind: IocType) -> &'static [&'static str] {
        &["", PASSIVE_DNS]
    }

    fn batch(&self) -> usize {
        usize::MAX
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn is_offline(&self) -> bool {
        true
    }

    fn reference(&self, _ioc: &Ioc) -> String {
        String::new()
    }

    async fn lookup(&self, iocs: &[Ioc], query: &str) -> Result<Vec<Verdict>, Failure> {
        Ok(iocs.iter().map(|ioc| self.verdict(ioc, query)).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_file_is_whole_and_made_up() {
        let demo = Demo::embedded().unwrap();
        assert!(demo.notice.contains("Made-up"));
        for network in &demo.networks {
            // RFC 5398.
            assert!((64496..=64511).contains(&network.asn.parse::<u32>().unwrap()), "{}", network.cidr);
            assert!(network.as_name.starts_with("DEMO-"), "{}", network.cidr);
        }
        for indicator in &demo.indicators {
            let ioc = Ioc::detect(&indicator.ioc).unwrap();
            assert_eq!(ioc.value, indicator.ioc);
            assert!(Severity::of_name(&indicator.severity).is_some());
            assert!(demo.whois(ioc.address().unwrap()).is_some(), "{ioc}");
        }
    }
}
