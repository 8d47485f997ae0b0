//! RDAP over HTTPS: RFC 7480 (queries, redirects, status codes), RFC 9082 (paths).

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::OnceCell;
use url::{Host, Url};

use super::parse;
use super::record::Net;
use crate::failure::{Breaker, Failure};
use crate::http::{Channel, Http, Request, path};
use crate::ip::IpKind;
use crate::limit::Limits;

/// Redirects of one question: the registries need two at most.
const MAX_REDIRECTS: usize = 8;
/// Networks around a network.
const MAX_PARENTS: usize = 4;

/// Asks registries, each within the limits.
#[derive(Debug)]
pub(crate) struct Rdap {
    http: Http,
    limits: Limits,
    channels: Mutex<HashMap<String, Arc<Channel>>>,
}

type Answer = Arc<OnceCell<Result<(Net, Option<Url>), Failure>>>;

/// What is asked once for a whole column.
#[derive(Debug, Default)]
pub(crate) struct Run {
    parents: Mutex<HashMap<Url, Answer>>,
    breakers: Mutex<HashMap<String, Arc<Breaker>>>,
}

impl Rdap {
    pub(crate) fn new(http: Http, limits: Limits) -> Self {
        Self { http, limits, channels: Mutex::default() }
    }

    /// The network of an address, and then those around it. `base` is that of the registry.
    pub(crate) async fn nets(
        &self,
        base: &Url,
        address: IpAddr,
        parents: bool,
        run: &Run,
    ) -> Result<Vec<Net>, Failure> {
        let url = path(base, &["ip", &address.to_string()])?;
        let (net, mut up) = self.net(&url, run).await?;
        let mut nets = vec![net];
        let mut seen = HashSet::from([url]);
        while let Some(url) = up.take() {
            if !parents || nets.len() > MAX_PARENTS || !seen.insert(url.clone()) {
                break;
            }
            let cell = Arc::clone(lock(&run.parents).entry(url.clone()).or_default());
            // A parent that cannot be had is no reason to lose the network.
            let Ok((net, next)) = cell.get_or_init(|| self.net(&url, run)).await.clone() else { break };
            // Registries point from the outermost network to itself.
            if nets.contains(&net) {
                break;
            }
            nets.push(net);
            up = next;
        }
        Ok(nets)
    }

    /// What a registry says about an autonomous system.
    pub(crate) async fn system(&self, base: &Url, asn: u32) -> Result<Value, Failure> {
        Ok(self.get(&path(base, &["autnum", &asn.to_string()])?, &Run::default()).await?.1)
    }

    async fn net(&self, url: &Url, run: &Run) -> Result<(Net, Option<Url>), Failure> {
        let (at, body) = self.get(url, run).await?;
        let up = parse::parent(&body).and_then(|href| at.join(href).ok()).filter(|up| may_follow(&at, up));
        Ok((parse::net(&body)?, up))
    }

    /// The answer, and where it was in the end.
    async fn get(&self, url: &Url, run: &Run) -> Result<(Url, Value), Failure> {
        let mut url = url.clone();
        let mut seen = HashSet::new();
        for _ in 0..=MAX_REDIRECTS {
            if !seen.insert(url.clone()) {
                return Err(Failure::Shape("the registries redirect in a circle".to_owned()));
            }
            let host = url.host_str().unwrap_or_default().to_owned();
            let breaker = Arc::clone(lock(&run.breakers).entry(host.clone()).or_default());
            breaker.check()?;
            let channel = self.channel(&host)?;
            let request = Request::get(url.clone()).header("accept", "application/rdap+json, application/json;q=0.9");
            let reply = channel.send(&request).await;
            breaker.note(&reply);
            let reply = reply?;
            if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
                let body = reply.good().map_err(|failure| match failure {
                    // There are no keys.
                    Failure::Unauthorized(status) => Failure::Status(status),
                    Failure::Forbidden => Failure::Status(403),
                    other => other,
                })?;
                let body = serde_json::from_slice(&body).map_err(|_| Failure::Shape("it is not JSON".to_owned()))?;
                return Ok((url, body));
            }
            let target = reply.location.and_then(|to| url.join(&to).ok());
            let target = target.ok_or_else(|| Failure::Shape("a redirect leads nowhere".to_owned()))?;
            if !may_follow(&url, &target) {
                return Err(Failure::Shape(format!("a redirect leads to {}", target.origin().ascii_serialization())));
            }
            url = target;
        }
        Err(Failure::Shape(format!("more than {MAX_REDIRECTS} redirects")))
    }

    fn channel(&self, host: &str) -> Result<Arc<Channel>, Failure> {
        let mut channels = lock(&self.channels);
        if let Some(channel) = channels.get(host) {
            return Ok(Arc::clone(channel));
        }
        let channel = Arc::new(Channel::new(&self.http, self.limits, Vec::new())?);
        channels.insert(host.to_owned(), Arc::clone(&channel));
        Ok(channel)
    }
}

/// An answer must not send us from the internet into the own network, nor from https to http.
fn may_follow(from: &Url, to: &Url) -> bool {
    let secure = to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
    let inside = |url: &Url| match url.host() {
        Some(Host::Ipv4(v4)) => IpKind::of(v4.into()) != IpKind::Public,
        Some(Host::Ipv6(v6)) => IpKind::of(v6.into()) != IpKind::Public,
        Some(Host::Domain(name)) => !name.contains('.') || name.ends_with(".local") || name.ends_with(".localhost"),
        None => true,
    };
    secure && (!inside(to) || inside(from))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn redirects_stay_outside_and_encrypted() {
        let allowed = |from: &str, to: &str| may_follow(&from.parse().unwrap(), &to.parse().unwrap());
        assert!(allowed("https://rdap.arin.net/x", "https://rdap.db.ripe.net/y"));
        assert!(allowed("http://127.0.0.1:1/x", "http://127.0.0.1:2/y"));
        assert!(!allowed("https://rdap.arin.net/x", "http://rdap.db.ripe.net/y"));
        assert!(!allowed("https://rdap.arin.net/x", "https://169.254.169.254/latest"));
        assert!(!allowed("https://rdap.arin.net/x", "https://[::1]/"));
        assert!(!allowed("https://rdap.arin.net/x", "https://localhost/"));
        assert!(!allowed("https://rdap.arin.net/x", "file:///etc/passwd"));
    }
}
