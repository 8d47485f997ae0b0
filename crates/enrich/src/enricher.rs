//! All of it behind one door, for a column of cells as logs have them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secret::Secret;

use crate::cache::Cache;
use crate::demo::Demo;
use crate::geo::{Download, Geo, GeoIp, GeoRow, IpStack, MaxMind};
use crate::http::Http;
use crate::ioc::Ioc;
use crate::ip::{self, IpKind};
use crate::limit::Limits;
use crate::ti::{ProviderSettings, ThreatIntel, TiError, TiOptions, TiRow, for_people};
use crate::whois::{WhoIs, WhoIsError, WhoIsOptions, WhoIsRow, WhoIsSettings};

/// A source of locations, as `OtherProviders` in msticpyconfig.yaml has them.
#[derive(Debug, Clone)]
pub enum GeoSettings {
    /// `GeoIPLite`: MaxMind databases in a folder.
    MaxMind {
        /// `DBFolder`.
        folder: PathBuf,
        /// `AccountID`; without it nothing is downloaded.
        account: Option<Secret>,
        /// `AuthKey`; without it nothing is downloaded.
        key: Option<Secret>,
        /// Where the databases are, if not at MaxMind.
        endpoint: Option<String>,
    },
    /// `IPStack`.
    IpStack {
        /// `AuthKey`.
        key: Secret,
        /// Where it is, if not at its usual address.
        endpoint: Option<String>,
    },
}

/// Settings of everything.
#[derive(Debug, Clone, Default)]
pub struct EnrichSettings {
    /// Sources of locations, the best first; the embedded country database comes last by itself.
    pub geo: Vec<GeoSettings>,
    /// WhoIs.
    pub whois: WhoIsSettings,
    /// Threat intelligence services.
    pub threat_intel: Vec<ProviderSettings>,
    /// Answers of threat intelligence services on disk; `None`: none are kept.
    pub cache: Option<Cache>,
    /// What requests of [`geo`](Self::geo) go through; the others have their own.
    pub http: Http,
}

/// Answers for a column.
#[derive(Debug, Clone)]
pub struct Answers<R> {
    /// One row for each distinct value (and each service).
    pub rows: Vec<R>,
    /// For each cell of the column the places of its rows, the one that matters first; none if there is nothing in the cell that can be asked for.
    ///
    /// A cell with several addresses has the rows of all of them: those of public addresses come first.
    pub cells: Vec<Vec<usize>>,
    /// What was left out, replaced or went wrong; for people.
    pub notes: Vec<String>,
}

/// Why locations are not looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeoError {
    /// Too many to ask a service for without having said so.
    #[error(
        "locations of {count} different addresses would be {requests} requests and take about {time}: say how many to ask for with a limit (a limit of {count} asks for all), or use a MaxMind database, which makes no request"
    )]
    TooMany {
        /// Distinct addresses.
        count: usize,
        /// Requests.
        requests: usize,
        /// How long, for people.
        time: String,
    },
}

/// GeoIP, WhoIs and threat intelligence.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use enrich::Enricher;
///
/// // The demo workspace: no request is made, all answers are marked as made up.
/// let enricher = Enricher::demo()?;
/// let found = enricher.geoip(&["185.220.101.34:51234", "-", "10.0.0.4"], None).await?;
/// assert_eq!(found.rows[0].location.as_ref().map(|l| l.city.as_ref()), Some("Berlin"));
/// assert_eq!(found.cells, [vec![0], vec![], vec![1]]);
/// assert_eq!(found.rows[1].status, "not public");
/// # Ok(()) })
/// # }
/// ```
#[derive(Debug)]
pub struct Enricher {
    /// Where addresses are.
    pub geo: Geo,
    /// Whose addresses are.
    pub whois: WhoIs,
    /// What services know about indicators.
    pub threat_intel: ThreatIntel,
}

impl Default for Enricher {
    /// The embedded country database, WhoIs at the registries, no threat intelligence, nothing kept on disk.
    fn default() -> Self {
        Self { geo: Geo::default(), whois: WhoIs::default(), threat_intel: ThreatIntel::default() }
    }
}

impl Enricher {
    /// With settings. MaxMind databases that are absent or older than 30 days are downloaded now if there is a key for it; what goes wrong with them is
    /// in [`Geo::notes`], and the next source is used.
    pub async fn open(settings: &EnrichSettings) -> Self {
        let (mut sources, mut notes) = (Vec::new(), Vec::new());
        for setting in &settings.geo {
            match source(setting, &settings.http, &mut notes).await {
                Ok(source) => sources.push(source),
                Err(why) => notes.push(why),
            }
        }
        Self {
            geo: Geo::new(sources, notes),
            whois: WhoIs::new(settings.whois.clone()),
            threat_intel: ThreatIntel::new(&settings.threat_intel).with_cache(settings.cache.clone()),
        }
    }

    /// For the demo workspace: made-up answers, no requests.
    ///
    /// # Errors
    /// When the file in the program is damaged.
    pub fn demo() -> Result<Self, String> {
        let demo = Demo::embedded()?;
        let mut threat_intel = ThreatIntel::default();
        threat_intel.add(demo.clone(), true);
        Ok(Self { geo: Geo::new(vec![demo.clone()], Vec::new()), whois: WhoIs::of_demo(demo), threat_intel })
    }

    /// Where the addresses of a column are.
    ///
    /// # Errors
    /// When a service would be asked for more than [`TiOptions::MANY`] addresses and there is no limit.
    pub async fn geoip(&self, cells: &[&str], limit: Option<usize>) -> Result<Answers<GeoRow>, GeoError> {
        let mut column = Column::of_addresses(cells);
        let mut notes = self.geo.notes().to_vec();
        let requests = self.geo.requests(column.values.len());
        match limit {
            Some(limit) => notes.extend(column.cut(limit)),
            None if requests > TiOptions::MANY => {
                let time = for_people(Limits::DEFAULT.estimate(requests, Duration::from_millis(400)));
                return Err(GeoError::TooMany { count: column.values.len(), requests, time });
            }
            None => {}
        }
        let rows = self.geo.locate(&column.values).await;
        let places = rows.iter().enumerate().map(|(at, row)| (row.address, at));
        Ok(Answers { cells: column.places(places), rows, notes })
    }

    /// Whose the addresses of a column are.
    ///
    /// # Errors
    /// As [`WhoIs::lookup`].
    pub async fn whois(&self, cells: &[&str], options: &WhoIsOptions) -> Result<Answers<WhoIsRow>, WhoIsError> {
        let column = Column::of_addresses(cells);
        let report = self.whois.lookup(&column.values, options).await?;
        let places = report.rows.iter().enumerate().map(|(at, row)| (row.address, at));
        Ok(Answers { cells: column.places(places), rows: report.rows, notes: report.notes })
    }

    /// What services know about the indicators of a column.
    ///
    /// # Errors
    /// As [`ThreatIntel::lookup`].
    pub async fn threat_intel(&self, cells: &[&str], options: &TiOptions) -> Result<Answers<TiRow>, TiError> {
        let column = Column::new(cells, Ioc::detect_all);
        let report = self.threat_intel.lookup(&column.values, options).await?;
        let of_type: HashMap<(&str, &str), &Ioc> =
            column.values.iter().map(|ioc| ((ioc.kind.name(), ioc.value.as_str()), ioc)).collect();
        let places = report.rows.iter().enumerate();
        let places =
            places.filter_map(|(at, row)| Some(((*of_type.get(&(row.ioc_type, row.ioc.as_str()))?).clone(), at)));
        Ok(Answers { cells: column.places(places), rows: report.rows, notes: report.notes })
    }
}

/// The distinct values of a column.
struct Column<T> {
    values: Vec<T>,
    /// The values of each cell, by their place.
    cells: Vec<Vec<usize>>,
}

impl Column<IpAddr> {
    fn of_addresses(cells: &[&str]) -> Self {
        Self::new(cells, |cell| {
            let mut all: Vec<IpAddr> = ip::parse_all(cell).collect();
            all.sort_by_key(|address| IpKind::of(*address) != IpKind::Public);
            all.dedup();
            all
        })
    }

    fn cut(&mut self, limit: usize) -> Option<String> {
        let all = self.values.len();
        self.values.truncate(limit);
        (all > limit).then(|| format!("{} of {all} addresses were not asked for: the limit is {limit}", all - limit))
    }
}

impl<T: Clone + Eq + std::hash::Hash> Column<T> {
    fn new(cells: &[&str], values_of: impl Fn(&str) -> Vec<T>) -> Self {
        let mut this = Self { values: Vec::new(), cells: Vec::with_capacity(cells.len()) };
        let mut known: HashMap<T, usize> = HashMap::new();
        // Columns repeat their values: each text is read once.
        let mut read: HashMap<&str, Vec<usize>> = HashMap::new();
        for cell in cells {
            let places = read.entry(cell).or_insert_with(|| {
                values_of(cell)
                    .into_iter()
                    .map(|value| {
                        *known.entry(value.clone()).or_insert_with(|| {
                            this.values.push(value);
                            this.values.len() - 1
                        })
                    })
                    .collect()
            });
            this.cells.push(places.clone());
        }
        this
    }

    /// The rows of each cell.
    fn places(&self, rows: impl Iterator<Item = (T, usize)>) -> Vec<Vec<usize>> {
        let mut of_value: HashMap<T, Vec<usize>> = HashMap::new();
        for (value, at) in rows {
            of_value.entry(value).or_default().push(at);
        }
        let rows_of = |place: &usize| {
            self.values.get(*place).and_then(|value| of_value.get(value)).into_iter().flatten().copied()
        };
        self.cells.iter().map(|places| places.iter().flat_map(rows_of).collect()).collect()
    }
}

async fn source(setting: &GeoSettings, http: &Http, notes: &mut Vec<String>) -> Result<Arc<dyn GeoIp>, String> {
    match setting {
        GeoSettings::IpStack { key, endpoint } => {
            let endpoint = endpoint.as_deref().unwrap_or(IpStack::ENDPOINT);
            let service =
                IpStack::new(key.clone(), endpoint, Limits::DEFAULT, http).map_err(|e| format!("ipstack: {e}"))?;
            Ok(Arc::new(service))
        }
        GeoSettings::MaxMind { folder, account, key, endpoint } => {
            match (account, key) {
                (Some(account), Some(key)) if !account.is_empty() && !key.is_empty() => {
                    let mut download = Download::new(account.clone(), key.clone(), folder);
                    download.http.clone_from(http);
                    if let Some(endpoint) = endpoint {
                        download.endpoint.clone_from(endpoint);
                    }
                    notes.extend(download.update().await.iter().map(ToString::to_string));
                }
                (None, Some(_)) => notes.push(
                    "GeoLite2 is not downloaded: MaxMind wants the AccountID beside the AuthKey, set it under OtherProviders, GeoIPLite".to_owned(),
                ),
                _ => {}
            }
            let folder = folder.clone();
            let opened = tokio::task::spawn_blocking(move || MaxMind::open(&folder)).await;
            Ok(Arc::new(opened.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?))
        }
    }
}
