//! WhoIs for a column of addresses.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use super::bootstrap::Bootstrap;
use super::cymru::Cymru;
use super::rdap::{Rdap, Run};
use super::record::{Net, Origin, WhoIsRow};
use crate::cache::Cache;
use crate::demo::Demo;
use crate::failure::Failure;
use crate::http::Http;
use crate::ip::IpKind;
use crate::limit::Limits;
use crate::ti::{Progress, for_people};

/// Where WhoIs is asked, and how.
#[derive(Debug, Clone)]
pub struct WhoIsSettings {
    /// Where IANA's bootstrap files are; `None`: the copy in this program is used.
    pub bootstrap: Option<String>,
    /// One RDAP server for all addresses instead of the registries.
    pub rdap: Option<String>,
    /// Team Cymru's server, with port.
    pub cymru: String,
    /// For each registry.
    pub limits: Limits,
    /// Answers on disk; `None`: none are kept.
    pub cache: Option<Cache>,
    /// What requests to registries go through. Team Cymru's server has another protocol, and is asked directly.
    pub http: Http,
}

impl Default for WhoIsSettings {
    fn default() -> Self {
        Self {
            bootstrap: Some("https://data.iana.org/rdap/".to_owned()),
            rdap: None,
            cymru: "whois.cymru.com:43".to_owned(),
            limits: Limits { parallel: 10, ..Limits::DEFAULT },
            cache: None,
            http: Http::default(),
        }
    }
}

/// How to look addresses up.
#[derive(Clone)]
pub struct WhoIsOptions {
    /// Also the networks around the network.
    pub parents: bool,
    /// Only who routes the address: one request for the column, none to the registries.
    pub asn_only: bool,
    /// At most so many distinct addresses, the first ones; `None`: an error if there are more than [`WhoIsOptions::MANY`].
    pub limit: Option<usize>,
    /// Asks also for what is kept on disk, and keeps the new answers.
    pub fresh: bool,
    /// Told of answers as they come.
    pub progress: Option<Progress>,
}

impl WhoIsOptions {
    /// So many distinct addresses are looked up without being asked for a limit.
    pub const MANY: usize = 5000;
}

impl Default for WhoIsOptions {
    fn default() -> Self {
        Self { parents: true, asn_only: false, limit: None, fresh: false, progress: None }
    }
}

impl std::fmt::Debug for WhoIsOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WhoIsOptions")
            .field("parents", &self.parents)
            .field("asn_only", &self.asn_only)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Why nothing is looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhoIsError {
    /// Too many to ask for without having said so.
    #[error(
        "WhoIs for {count} different addresses would be about {requests} requests and take about {time}: say how many to ask for with a limit \
         (a limit of {count} asks for all), or ask for the ASN only, which is one request"
    )]
    TooMany {
        /// Distinct addresses.
        count: usize,
        /// Requests to the registries.
        requests: usize,
        /// How long, for people.
        time: String,
    },
    /// The name of an autonomous system is a number, as `AS8075` or `8075`.
    #[error("{0} is no number of an autonomous system, such as AS8075")]
    NoSystem(String),
    /// The registry gives no answer.
    #[error("AS{0}: {1}")]
    Failed(u32, Failure),
}

/// The rows, one for each distinct address, and what there is to say about them.
#[derive(Debug, Clone, Default)]
pub struct WhoIsReport {
    /// The rows, in the order of the addresses.
    pub rows: Vec<WhoIsRow>,
    /// What was left out or replaced, and why; for people.
    pub notes: Vec<String>,
}

/// What a registry says about an autonomous system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its number.
    pub asn: u32,
    /// Its name in the registry.
    pub name: String,
    /// Who has it, where, since when, with the contacts; `cidr` and `range` are empty.
    pub registration: Net,
}

/// WhoIs.
#[derive(Debug)]
pub struct WhoIs {
    settings: WhoIsSettings,
    bootstrap: OnceCell<Bootstrap>,
    rdap: Rdap,
    /// Answers of the demo workspace: no request is made.
    demo: Option<Arc<Demo>>,
}

impl Default for WhoIs {
    fn default() -> Self {
        Self::new(WhoIsSettings::default())
    }
}

impl WhoIs {
    /// With these settings. Nothing is asked before the first look-up.
    pub fn new(settings: WhoIsSettings) -> Self {
        let rdap = Rdap::new(settings.http.clone(), settings.limits);
        Self { settings, bootstrap: OnceCell::new(), rdap, demo: None }
    }

    /// Made-up answers only.
    pub(crate) fn of_demo(demo: Arc<Demo>) -> Self {
        Self { demo: Some(demo), ..Self::default() }
    }

    /// Whether no request is ever made.
    pub fn is_offline(&self) -> bool {
        self.demo.is_some()
    }

    /// Asks about each distinct address that is public: Team Cymru once for all, the registries within their limits. What fails is said in the row.
    ///
    /// # Errors
    /// When more addresses are given than are asked for without a limit.
    pub async fn lookup(&self, addresses: &[IpAddr], options: &WhoIsOptions) -> Result<WhoIsReport, WhoIsError> {
        let mut seen = HashSet::new();
        let mut distinct: Vec<IpAddr> =
            addresses.iter().map(IpAddr::to_canonical).filter(|address| seen.insert(*address)).collect();
        let mut report = WhoIsReport::default();
        match options.limit {
            Some(limit) if distinct.len() > limit => {
                let (left, all) = (distinct.len() - limit, distinct.len());
                report.notes.push(format!("{left} of {all} addresses were not asked for: the limit is {limit}"));
                distinct.truncate(limit);
            }
            None if distinct.len() > WhoIsOptions::MANY && !options.asn_only && self.demo.is_none() => {
                let requests = distinct.iter().filter(|a| IpKind::of(**a) == IpKind::Public).count();
                let time = for_people(self.settings.limits.estimate(requests, Duration::from_millis(400)));
                return Err(WhoIsError::TooMany { count: distinct.len(), requests, time });
            }
            _ => {}
        }
        let public: Vec<IpAddr> =
            distinct.iter().copied().filter(|a| IpKind::of(*a) == IpKind::Public && self.demo.is_none()).collect();
        let (origins, nets) =
            tokio::join!(self.origins(&public, options), self.all_nets(&public, options, &mut report.notes));
        if let Err(failure) = &origins {
            report.notes.push(format!("the autonomous systems are not known: {}: {failure}", self.settings.cymru));
        }
        for address in distinct {
            let row = self.row(address, &origins, nets.get(&address), options);
            report.rows.push(row);
        }
        let failed: Vec<&WhoIsRow> = report.rows.iter().filter(|row| row.status.starts_with("failed")).collect();
        if let Some(first) = failed.first() {
            report.notes.push(format!(
                "{} addresses have no answer of their registry, the first: {}: {}",
                failed.len(),
                first.address,
                first.status
            ));
        }
        Ok(report)
    }

    fn row(
        &self,
        address: IpAddr,
        origins: &Result<HashMap<IpAddr, Origin>, Failure>,
        nets: Option<&Result<Vec<Net>, Failure>>,
        options: &WhoIsOptions,
    ) -> WhoIsRow {
        let kind = IpKind::of(address);
        let mut row = WhoIsRow {
            address,
            kind,
            origin: Origin::default(),
            nets: Vec::new(),
            source: String::new(),
            status: "not public".to_owned(),
        };
        if kind != IpKind::Public {
            return row;
        }
        if let Some(demo) = &self.demo {
            row.status = "not found".to_owned();
            return demo.whois(address).unwrap_or(row);
        }
        let mut sources = Vec::new();
        if let Ok(origins) = origins
            && let Some(origin) = origins.get(&address)
        {
            row.origin = origin.clone();
            sources.push("Team Cymru");
        }
        row.status = match nets {
            Some(Ok(nets)) => {
                row.nets.clone_from(nets);
                sources.push("RDAP");
                "ok".to_owned()
            }
            Some(Err(Failure::NotFound)) => "not found".to_owned(),
            Some(Err(failure)) => format!("failed: {failure}"),
            None if options.asn_only => match origins {
                Ok(_) if row.origin.asn.is_empty() => "not found".to_owned(),
                Ok(_) => "ok".to_owned(),
                Err(failure) => format!("failed: {failure}"),
            },
            None => "not asked".to_owned(),
        };
        row.source = sources.join(", ");
        row
    }

    /// What a registry says about an autonomous system, named as `AS8075` or `8075`.
    ///
    /// # Errors
    /// When it is no number, or the registry gives no answer.
    pub async fn system(&self, name: &str) -> Result<System, WhoIsError> {
        let digits = name.trim();
        let digits =
            if digits.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("as")) { &digits[2..] } else { digits };
        let asn: u32 = digits.trim().parse().map_err(|_| WhoIsError::NoSystem(name.to_owned()))?;
        let body = self.system_body(asn).await.map_err(|failure| WhoIsError::Failed(asn, failure))?;
        let mut registration = super::parse::net(&body).map_err(|failure| WhoIsError::Failed(asn, failure))?;
        (registration.cidr, registration.range) = (String::new(), String::new());
        Ok(System { asn, name: registration.name.clone(), registration })
    }

    async fn system_body(&self, asn: u32) -> Result<Value, Failure> {
        if self.demo.is_some() {
            return Err(Failure::NotFound);
        }
        let cache = self.settings.cache.as_ref();
        let key = asn.to_string();
        if let Some(body) = cache.and_then(|cache| cache.get("autnum", &key)) {
            return Ok(body);
        }
        let bootstrap = self.bootstrap().await?;
        let base = match &self.settings.rdap {
            Some(base) => one_server(base)?,
            None => bootstrap.of_system(asn).cloned().ok_or(Failure::NotFound)?,
        };
        let body = self.rdap.system(&base, asn).await?;
        if let Some(cache) = cache {
            cache.put("autnum", &key, &body);
        }
        Ok(body)
    }

    async fn origins(&self, addresses: &[IpAddr], options: &WhoIsOptions) -> Result<HashMap<IpAddr, Origin>, Failure> {
        let cache = self.settings.cache.as_ref();
        let kept = cache.filter(|_| !options.fresh);
        let mut origins = HashMap::new();
        let mut open = Vec::new();
        for address in addresses {
            match kept.and_then(|cache| cache.get::<Origin>("asn", &address.to_string())) {
                Some(origin) => {
                    origins.insert(*address, origin);
                }
                None => open.push(*address),
            }
        }
        if !open.is_empty() {
            // A column takes longer than one address.
            let timeout =
                self.settings.limits.timeout + Duration::from_millis(2) * u32::try_from(open.len()).unwrap_or(u32::MAX);
            let fresh = Cymru { server: self.settings.cymru.clone(), timeout }.lookup(&open).await?;
            for address in &open {
                // That nobody routes it is an answer too.
                let origin = fresh.get(address).cloned().unwrap_or_default();
                if let Some(cache) = cache {
                    cache.put("asn", &address.to_string(), &origin);
                }
                origins.insert(*address, origin);
            }
        }
        origins.retain(|_, origin| !origin.asn.is_empty());
        Ok(origins)
    }

    async fn bootstrap(&self) -> Result<&Bootstrap, Failure> {
        let fetch = async || match (&self.settings.bootstrap, &self.settings.rdap) {
            (Some(base), None) => {
                let base = Url::parse(base).map_err(|_| Failure::Request(format!("{base} is no web address")))?;
                Ok(Bootstrap::fetch(&base, &self.settings.http, self.settings.limits, self.settings.cache.as_ref())
                    .await)
            }
            _ => Ok(Bootstrap::embedded()),
        };
        self.bootstrap.get_or_try_init(fetch).await
    }

    async fn all_nets(
        &self,
        addresses: &[IpAddr],
        options: &WhoIsOptions,
        notes: &mut Vec<String>,
    ) -> HashMap<IpAddr, Result<Vec<Net>, Failure>> {
        if options.asn_only || addresses.is_empty() {
            return HashMap::new();
        }
        let cache = self.settings.cache.as_ref();
        let kept = cache.filter(|_| !options.fresh);
        let key = |address: &IpAddr| format!("{address} {}", if options.parents { "parents" } else { "" });
        let mut nets: HashMap<IpAddr, Result<Vec<Net>, Failure>> = HashMap::new();
        let mut open = Vec::new();
        for address in addresses {
            match kept.and_then(|cache| cache.get::<Option<Vec<Net>>>("rdap", &key(address))) {
                Some(kept) => drop(nets.insert(*address, kept.ok_or(Failure::NotFound))),
                None => open.push(*address),
            }
        }
        if open.is_empty() {
            return nets;
        }
        let bootstrap = match self.bootstrap().await {
            Ok(bootstrap) => bootstrap,
            Err(failure) => {
                nets.extend(open.into_iter().map(|address| (address, Err(failure.clone()))));
                return nets;
            }
        };
        notes.extend(bootstrap.notes.iter().cloned());
        let run = Run::default();
        let all = addresses.len();
        let done = AtomicUsize::new(nets.len());
        let mut registries: HashMap<Url, Vec<IpAddr>> = HashMap::new();
        for address in open {
            let base = match &self.settings.rdap {
                Some(base) => one_server(base),
                None => bootstrap.of_address(address).cloned().ok_or(Failure::NotFound),
            };
            match base {
                Ok(base) => registries.entry(base).or_default().push(address),
                Err(failure) => drop(nets.insert(address, Err(failure))),
            }
        }
        let (run, done, key) = (&run, &done, &key);
        // Each registry within its own limits: a slow one does not hold the others back.
        let asked = registries.iter().map(|(base, addresses)| {
            let one = move |address: IpAddr| async move {
                let answer = self.rdap.nets(base, address, options.parents, run).await;
                // At once: who interrupts a long look-up does not lose what there was.
                if let Some(cache) = cache {
                    match &answer {
                        Ok(nets) => cache.put("rdap", &key(&address), Some(nets)),
                        Err(Failure::NotFound) => cache.put("rdap", &key(&address), None::<Vec<Net>>),
                        Err(_) => {}
                    }
                }
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if let Some(progress) = &options.progress {
                    progress(done, all);
                }
                (address, answer)
            };
            let parallel = self.settings.limits.parallel.max(1);
            futures::stream::iter(addresses.iter().copied().map(one)).buffer_unordered(parallel).collect::<Vec<_>>()
        });
        let answers = futures::future::join_all(asked).await.into_iter().flatten();
        nets.extend(answers);
        nets
    }
}

fn one_server(base: &str) -> Result<Url, Failure> {
    Url::parse(base).map_err(|_| Failure::Request(format!("the RDAP server {base} is no web address")))
}
