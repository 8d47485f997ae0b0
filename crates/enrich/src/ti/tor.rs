//! Exit nodes of the Tor network: <https://check.torproject.org/exit-addresses>.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::Severity;
use super::provider::{Details, Provider, Verdict};
use crate::failure::Failure;
use crate::http::{Channel, Http, Request};
use crate::ioc::{Ioc, IocType};
use crate::limit::Limits;

/// How long the list is good. The project publishes it every hour.
const FRESH: Duration = Duration::from_secs(3600);

/// The list of the Tor project, fetched once.
#[derive(Debug)]
pub(crate) struct Tor {
    url: Url,
    channel: Channel,
    list: Mutex<Option<(Instant, HashMap<IpAddr, Exit>)>>,
}

/// One exit.
#[derive(Debug, Clone, Default, PartialEq)]
struct Exit {
    node: String,
    published: String,
    seen: String,
}

impl Tor {
    /// Where it is.
    pub(crate) const BASE: &'static str = "https://check.torproject.org/exit-addresses";

    pub(crate) fn new(url: Url, http: &Http, limits: Limits) -> Result<Self, Failure> {
        Ok(Self { url, channel: Channel::new(http, limits, Vec::new())?, list: Mutex::new(None) })
    }

    async fn fetch(&self) -> Result<HashMap<IpAddr, Exit>, Failure> {
        let request = Request::get(self.url.clone()).header("accept", "text/plain");
        let body = self.channel.send(&request).await?.good()?;
        let exits = parse(&String::from_utf8_lossy(&body));
        // An empty list would say of every address that it is none.
        if exits.is_empty() {
            Err(Failure::Shape("there is no exit address in the list".to_owned()))
        } else {
            Ok(exits)
        }
    }
}

/// Lines `ExitNode …`, `Published …`, `LastStatus …`, `ExitAddress <address> <date> <time>`; a node can have several addresses.
fn parse(text: &str) -> HashMap<IpAddr, Exit> {
    let mut exits = HashMap::new();
    let mut node = Exit::default();
    for line in text.lines() {
        let Some((word, rest)) = line.split_once(' ') else { continue };
        match word {
            "ExitNode" => node = Exit { node: rest.trim().to_owned(), ..Exit::default() },
            "Published" => node.published = rest.trim().to_owned(),
            "ExitAddress" => {
                let (address, seen) = rest.split_once(' ').unwrap_or((rest, ""));
                if let Ok(address) = address.parse::<IpAddr>() {
                    exits.insert(address.to_canonical(), Exit { seen: seen.trim().to_owned(), ..node.clone() });
                }
            }
            _ => {}
        }
    }
    exits
}

#[async_trait]
impl Provider for Tor {
    fn name(&self) -> &str {
        "Tor"
    }

    fn queries(&self, kind: IocType) -> &'static [&'static str] {
        if kind.is_ip() { &[""] } else { &[] }
    }

    fn batch(&self) -> usize {
        usize::MAX
    }

    fn limits(&self) -> Limits {
        self.channel.limits()
    }

    fn reference(&self, ioc: &Ioc) -> String {
        format!("https://metrics.torproject.org/rs.html#search/{}", ioc.value)
    }

    async fn lookup(&self, iocs: &[Ioc], _query: &str) -> Result<Vec<Verdict>, Failure> {
        let mut list = self.list.lock().await;
        if list.as_ref().is_none_or(|(fetched, _)| fetched.elapsed() > FRESH) {
            *list = Some((Instant::now(), self.fetch().await?));
        }
        let exits = list.as_ref().map(|(_, exits)| exits);
        let exit_of = |ioc: &Ioc| exits?.get(&ioc.address()?);
        Ok(iocs
            .iter()
            .map(|ioc| match exit_of(ioc) {
                None => Verdict::unknown_to_it("Not an exit node of Tor."),
                Some(exit) => {
                    let details = Details::default()
                        .put("NodeId", exit.node.as_str())
                        .put("Published", exit.published.as_str())
                        .put("LastSeen", exit.seen.as_str());
                    let verdict = Verdict::known(Severity::Warning, details);
                    Verdict { raw: Value::Object(verdict.details.clone()), ..verdict }
                }
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_can_have_several_addresses() {
        let exits = parse(
            "ExitNode AB12\nPublished 2026-11-24 01:00:00\nLastStatus 2026-11-24 02:00:00\n\
             ExitAddress 185.220.101.34 2026-11-24 02:05:00\nExitAddress 2001:67c::1 2026-11-24 02:06:00\n\
             ExitNode CD34\nExitAddress not-an-address x\nExitAddress 1.2.3.4\n",
        );
        assert_eq!(exits.len(), 3);
        let exit = |address: &str| address.parse().ok().and_then(|a: IpAddr| exits.get(&a)).cloned();
        assert_eq!(exit("2001:67c::1").map(|e| (e.node, e.seen)), Some(("AB12".into(), "2026-11-24 02:06:00".into())));
        assert_eq!(exit("1.2.3.4").map(|e| (e.node, e.published)), Some(("CD34".into(), String::new())));
    }
}
