//! Which registry answers for an address: IANA's bootstrap files, RFC 9224.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;
use url::Url;

use crate::cache::Cache;
use crate::failure::Failure;
use crate::http::{Channel, Http, Request};
use crate::limit::Limits;

const EMBEDDED: [&str; 3] = [
    include_str!("../../../../data/rdap/ipv4.json"),
    include_str!("../../../../data/rdap/ipv6.json"),
    include_str!("../../../../data/rdap/asn.json"),
];
const NAMES: [&str; 3] = ["ipv4.json", "ipv6.json", "asn.json"];

/// The registries of address blocks and of autonomous systems.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bootstrap {
    blocks: Vec<(IpNet, Url)>,
    systems: Vec<(u32, u32, Url)>,
    /// Files that could not be fetched, and why; for people.
    pub(crate) notes: Vec<String>,
}

impl Bootstrap {
    /// The copy that is part of the program.
    pub(crate) fn embedded() -> Self {
        let mut this = Self::default();
        for text in EMBEDDED {
            // A test reads them.
            let _ = this.read(text);
        }
        this
    }

    /// The current files, from the cache or from `base`; where that fails, the copy that is part of the program.
    pub(crate) async fn fetch(base: &Url, http: &Http, limits: Limits, cache: Option<&Cache>) -> Self {
        let mut this = Self::default();
        for (name, embedded) in NAMES.into_iter().zip(EMBEDDED) {
            let url = base.join(name).map_err(|e| Failure::Request(e.to_string()));
            let kept = url.as_ref().ok().and_then(|url| cache?.get::<String>("bootstrap", url.as_str()));
            let text = match (kept, url) {
                (Some(text), _) => Ok(text),
                (None, Ok(url)) => get(&url, http, limits).await.inspect(|text| {
                    if let Some(cache) = cache.filter(|_| Self::default().read(text).is_ok()) {
                        cache.put("bootstrap", url.as_str(), text);
                    }
                }),
                (None, Err(failure)) => Err(failure),
            };
            if let Err(failure) = text.and_then(|text| this.read(&text)) {
                this.notes
                    .push(format!("{name} of IANA cannot be fetched ({failure}): the copy in this program is used"));
                let _ = this.read(embedded);
            }
        }
        this
    }

    /// Adds the services of a file. Of the addresses of a service the first with https counts, else the first.
    fn read(&mut self, text: &str) -> Result<(), Failure> {
        let shape = |what: &str| Failure::Shape(format!("{what} in the bootstrap file"));
        let body: Value = serde_json::from_str(text).map_err(|_| shape("no JSON"))?;
        let services = body.get("services").and_then(Value::as_array).ok_or_else(|| shape("no services"))?;
        let (mut blocks, mut systems) = (Vec::new(), Vec::new());
        for service in services {
            let list =
                |at: usize| service.get(at).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let urls: Vec<Url> = list(1).filter_map(|text| Url::parse(text).ok()).collect();
            let Some(url) = urls.iter().find(|url| url.scheme() == "https").or_else(|| urls.first()) else { continue };
            for entry in list(0) {
                if let Ok(block) = entry.parse::<IpNet>() {
                    blocks.push((block.trunc(), url.clone()));
                } else {
                    let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
                    if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
                        systems.push((first, last, url.clone()));
                    }
                }
            }
        }
        if blocks.is_empty() && systems.is_empty() {
            return Err(shape("no entry"));
        }
        self.blocks.extend(blocks);
        self.systems.extend(systems);
        Ok(())
    }

    /// The registry of an address: that of the longest block it is in.
    pub(crate) fn of_address(&self, address: IpAddr) -> Option<&Url> {
        let blocks = self.blocks.iter().filter(|(block, _)| block.contains(&address));
        blocks.max_by_key(|(block, _)| block.prefix_len()).map(|(_, url)| url)
    }

    /// The registry of an autonomous system.
    pub(crate) fn of_system(&self, asn: u32) -> Option<&Url> {
        self.systems.iter().find(|(first, last, _)| (*first..=*last).contains(&asn)).map(|(.., url)| url)
    }
}

async fn get(url: &Url, http: &Http, limits: Limits) -> Result<String, Failure> {
    let channel = Channel::new(http, limits, Vec::new())?;
    let body = channel.send(&Request::get(url.clone())).await?.good()?;
    String::from_utf8(body).map_err(|_| Failure::Shape("it is not text".to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_embedded_copy_knows_the_registries() {
        let bootstrap = Bootstrap::embedded();
        let host = |address: &str| bootstrap.of_address(address.parse().unwrap()).and_then(Url::host_str);
        for (address, registry) in [
            ("8.8.8.8", "rdap.arin.net"),
            ("193.0.6.139", "rdap.db.ripe.net"),
            ("1.1.1.1", "rdap.apnic.net"),
            ("200.3.14.10", "rdap.lacnic.net"),
            ("196.216.2.1", "rdap.afrinic.net"),
            ("2a02:8084::1", "rdap.db.ripe.net"),
            ("2001:200::1", "rdap.apnic.net"),
            ("2620:0:ccc::2", "rdap.arin.net"),
            ("2001:4200::1", "rdap.afrinic.net"),
        ] {
            assert_eq!(host(address), Some(registry), "{address}");
        }
        assert_eq!(host("10.0.0.1"), None);
        assert_eq!(bootstrap.of_system(8075).and_then(Url::host_str), Some("rdap.arin.net"));
        assert_eq!(bootstrap.of_system(3333).and_then(Url::host_str), Some("rdap.db.ripe.net"));
        assert_eq!(bootstrap.of_system(4_200_000_000), None);
    }

    #[tokio::test]
    async fn it_is_used_when_the_files_cannot_be_had() {
        use wiremock::matchers::any;
        use wiremock::{Mock, MockServer, ResponseTemplate};
        for (answer, why) in [
            (ResponseTemplate::new(404), "not found"),
            (ResponseTemplate::new(200).set_body_string("<html>"), "unexpected answer: no JSON in the bootstrap file"),
        ] {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(answer).mount(&server).await;
            let base = server.uri().parse().unwrap();
            let bootstrap = Bootstrap::fetch(&base, &Http::default(), Limits::DEFAULT, None).await;
            assert_eq!(bootstrap.notes.len(), 3);
            let note = format!("ipv4.json of IANA cannot be fetched ({why}): the copy in this program is used");
            assert_eq!(bootstrap.notes[0], note);
            assert!(bootstrap.of_address("8.8.8.8".parse().unwrap()).is_some());
            assert!(bootstrap.of_system(8075).is_some());
        }
    }

    #[test]
    fn every_embedded_file_can_be_read() {
        for text in EMBEDDED {
            Bootstrap::default().read(text).unwrap();
        }
    }

    #[test]
    fn the_longest_block_wins_and_https_is_preferred() {
        let mut bootstrap = Bootstrap::default();
        bootstrap
            .read(r#"{"services": [[["8.0.0.0/8"], ["http://a.example/", "https://b.example/"]], [["8.8.0.0/16"], ["http://c.example/"]], [["x"], []]]}"#)
            .unwrap();
        assert_eq!(bootstrap.of_address("8.1.1.1".parse().unwrap()).unwrap().as_str(), "https://b.example/");
        assert_eq!(bootstrap.of_address("8.8.1.1".parse().unwrap()).unwrap().as_str(), "http://c.example/");
        for text in ["", "[]", "{}", r#"{"services": 1}"#, r#"{"services": []}"#] {
            assert!(Bootstrap::default().read(text).is_err(), "{text}");
        }
    }
}
