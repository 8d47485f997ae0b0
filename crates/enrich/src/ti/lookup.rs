//! All services at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Severity;
use super::provider::{Provider, Verdict};
use super::rows::{Progress, TiError, TiOptions, TiReport, TiRow, for_people};
use super::settings::{ProviderSettings, Setup, set_up};
use crate::cache::Cache;
use crate::failure::{Breaker, Failure};
use crate::ioc::Ioc;

/// How long a request takes where nobody has measured it; for estimates.
const LATENCY: Duration = Duration::from_millis(400);

/// The threat intelligence services that are set up.
#[derive(Debug, Default)]
pub struct ThreatIntel {
    entries: Vec<Entry>,
    notes: Vec<String>,
    cache: Option<Cache>,
}

#[derive(Debug)]
struct Entry {
    provider: Arc<dyn Provider>,
    primary: bool,
}

impl ThreatIntel {
    /// With these services. One whose settings are wrong is there all the same: its rows say what is wrong.
    pub fn new(settings: &[ProviderSettings]) -> Self {
        let mut this = Self::default();
        for setting in settings {
            match set_up(setting) {
                Setup::Provider(provider) => this.add(provider, setting.primary),
                Setup::Elsewhere => {}
                Setup::Unknown(note) => this.notes.push(note),
            }
        }
        this
    }

    /// Keeps good answers on disk, and uses those that are there.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<Cache>) -> Self {
        self.cache = cache;
        self
    }

    /// Adds a service.
    pub fn add(&mut self, provider: Arc<dyn Provider>, primary: bool) {
        self.entries.push(Entry { provider, primary });
    }

    /// Names of the services, and whether each is asked by default.
    pub fn providers(&self) -> impl Iterator<Item = (&str, bool)> {
        self.entries.iter().map(|entry| (entry.provider.name(), entry.primary))
    }

    /// What of the settings was not understood; for people.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Asks about each distinct indicator, all services at the same time, each within its limits.
    ///
    /// A service that fails, hangs or does not like its key gives rows that say so; after a few failures it is not asked any more. Indicators that
    /// are not public are not sent.
    ///
    /// # Errors
    /// When there is nobody to ask, or when more indicators are given than are asked for without a limit.
    pub async fn lookup(&self, iocs: &[Ioc], options: &TiOptions) -> Result<TiReport, TiError> {
        let entries = self.chosen(&options.providers)?;
        let mut seen = HashSet::new();
        let mut distinct: Vec<&Ioc> = iocs.iter().filter(|ioc| seen.insert(*ioc)).collect();
        let mut notes = self.notes.clone();
        match options.limit {
            Some(limit) if distinct.len() > limit => {
                let left = distinct.len() - limit;
                notes.push(format!("{left} of {} indicators were not asked for: the limit is {limit}", distinct.len()));
                distinct.truncate(limit);
            }
            None if distinct.len() > TiOptions::MANY => return Err(self.too_many(&entries, &distinct, options)),
            _ => {}
        }
        let total = entries.iter().map(|e| askable(&***e, &distinct, &options.query).count()).sum();
        let ticker = Ticker { done: AtomicUsize::new(0), total, progress: options.progress.clone() };
        let deadline = options.deadline.map(|time| tokio::time::Instant::now() + time);
        let runs = entries.iter().map(|provider| self.ask(&***provider, &distinct, options, deadline, &ticker));
        let mut answers: Vec<Vec<Option<TiRow>>> = join_all(runs).await;

        let mut report = TiReport { rows: Vec::new(), notes };
        for (at, ioc) in distinct.iter().enumerate() {
            let rows: Vec<TiRow> = answers.iter_mut().filter_map(|rows| rows[at].take()).collect();
            if rows.is_empty() {
                report.rows.push(match ioc.not_public() {
                    Some(why) => {
                        let why = format!("{why}: not sent to any service");
                        TiRow::not_asked(ioc, &options.query, &why, "not public")
                    }
                    None => {
                        let why = "No service that is set up can be asked this.";
                        TiRow::not_asked(ioc, &options.query, why, "not supported")
                    }
                });
            }
            report.rows.extend(rows);
        }
        report.notes.extend(failures(&report.rows));
        Ok(report)
    }

    /// How many requests, and how long they take about.
    pub fn estimate(&self, iocs: &[Ioc], options: &TiOptions) -> Result<(usize, Duration), TiError> {
        let entries = self.chosen(&options.providers)?;
        Ok(estimate(&entries, &iocs.iter().collect::<Vec<_>>(), options))
    }

    fn too_many(&self, entries: &[&Arc<dyn Provider>], iocs: &[&Ioc], options: &TiOptions) -> TiError {
        let (requests, time) = estimate(entries, iocs, options);
        TiError::TooMany { count: iocs.len(), requests, time: for_people(time) }
    }

    fn chosen(&self, names: &[String]) -> Result<Vec<&Arc<dyn Provider>>, TiError> {
        if self.entries.is_empty() {
            return Err(TiError::NoProvider);
        }
        if names.is_empty() {
            let any_primary = self.entries.iter().any(|entry| entry.primary);
            return Ok(self.entries.iter().filter(|e| e.primary || !any_primary).map(|e| &e.provider).collect());
        }
        let find = |name: &String| {
            let known = || self.entries.iter().map(|e| e.provider.name().to_owned()).collect();
            self.entries
                .iter()
                .map(|entry| &entry.provider)
                .find(|provider| provider.name().eq_ignore_ascii_case(name))
                .ok_or_else(|| TiError::UnknownProvider { name: name.clone(), known: known() })
        };
        names.iter().map(find).collect()
    }

    /// Asks one service. The rows are at the places of their indicators.
    async fn ask(
        &self,
        provider: &dyn Provider,
        iocs: &[&Ioc],
        options: &TiOptions,
        deadline: Option<tokio::time::Instant>,
        ticker: &Ticker,
    ) -> Vec<Option<TiRow>> {
        let query = options.query.as_str();
        let mut rows: Vec<Option<TiRow>> = vec![None; iocs.len()];
        let mut open: Vec<(usize, &Ioc)> = Vec::new();
        for (at, ioc) in askable(provider, iocs, query) {
            match self.kept(provider, ioc, options) {
                Some(verdict) => {
                    rows[at] = Some(TiRow::new(ioc, query, provider, Ok(verdict)));
                    ticker.tick(1);
                }
                None => open.push((at, ioc)),
            }
        }
        if options.show_not_supported {
            for (at, ioc) in iocs.iter().enumerate().filter(|(_, ioc)| !supports(provider, ioc, query)) {
                let row = TiRow::not_asked(ioc, query, "The service does not have this.", "not supported");
                rows[at] = Some(TiRow { provider: provider.name().to_owned(), ..row });
            }
        }
        let breaker = Breaker::default();
        let size = provider.batch().clamp(1, open.len().max(1));
        let batches: Vec<(Vec<usize>, Vec<Ioc>)> =
            open.chunks(size).map(|batch| batch.iter().map(|(at, ioc)| (*at, (*ioc).clone())).unzip()).collect();
        let breaker = &breaker;
        let ask = |(places, asked): (Vec<usize>, Vec<Ioc>)| async move {
            let outcome = match breaker.check() {
                Ok(()) => {
                    let answer = provider.lookup(&asked, query);
                    let answer = match deadline {
                        Some(at) => {
                            tokio::time::timeout_at(at, answer).await.unwrap_or_else(|_| Err(out_of_time(options)))
                        }
                        None => answer.await,
                    };
                    breaker.note(&answer);
                    answer
                }
                Err(failure) => Err(failure),
            };
            ticker.tick(asked.len());
            self.rows(provider, query, places, &asked, outcome)
        };
        let parallel = provider.limits().parallel.max(1);
        let answers = futures::stream::iter(batches).map(ask).buffer_unordered(parallel).collect::<Vec<_>>().await;
        for (at, row) in answers.into_iter().flatten() {
            rows[at] = Some(row);
        }
        rows
    }

    /// The rows of one answer, with their places. Good answers are kept at once: who interrupts a long look-up does not lose them.
    fn rows(
        &self,
        provider: &dyn Provider,
        query: &str,
        places: Vec<usize>,
        asked: &[Ioc],
        outcome: Result<Vec<Verdict>, Failure>,
    ) -> Vec<(usize, TiRow)> {
        let mut verdicts = outcome.map(Vec::into_iter);
        let mut rows = Vec::with_capacity(asked.len());
        for (at, ioc) in places.into_iter().zip(asked) {
            let outcome = match &mut verdicts {
                Ok(verdicts) => verdicts.next().ok_or_else(|| Failure::Shape("an answer is missing".to_owned())),
                Err(failure) => Err(failure.clone()),
            };
            if let Ok(verdict) = &outcome {
                self.keep(provider, ioc, query, verdict);
            }
            rows.push((at, TiRow::new(ioc, query, provider, outcome)));
        }
        rows
    }

    fn kept(&self, provider: &dyn Provider, ioc: &Ioc, options: &TiOptions) -> Option<Verdict> {
        let cache = self.cache.as_ref().filter(|_| !options.fresh)?;
        let kept: Kept = cache.get("ti", &key(provider, ioc, &options.query))?;
        let severity = Severity::of_name(&kept.severity)?;
        Some(Verdict { found: kept.found, severity, details: kept.details, raw: kept.raw })
    }

    fn keep(&self, provider: &dyn Provider, ioc: &Ioc, query: &str, verdict: &Verdict) {
        if let Some(cache) = self.cache.as_ref().filter(|_| !provider.is_offline()) {
            let kept = Kept {
                found: verdict.found,
                severity: verdict.severity.name().to_owned(),
                details: verdict.details.clone(),
                raw: verdict.raw.clone(),
            };
            cache.put("ti", &key(provider, ioc, query), kept);
        }
    }
}

/// A verdict on disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    found: bool,
    severity: String,
    details: Map<String, Value>,
    raw: Value,
}

fn key(provider: &dyn Provider, ioc: &Ioc, query: &str) -> String {
    format!("{} {} {query} {}", provider.name(), ioc.kind, ioc.value)
}

struct Ticker {
    done: AtomicUsize,
    total: usize,
    progress: Option<Progress>,
}

impl Ticker {
    fn tick(&self, answers: usize) {
        let done = self.done.fetch_add(answers, Ordering::Relaxed) + answers;
        if let Some(progress) = &self.progress {
            progress(done, self.total);
        }
    }
}

fn supports(provider: &dyn Provider, ioc: &Ioc, query: &str) -> bool {
    provider.queries(ioc.kind).iter().any(|known| known.eq_ignore_ascii_case(query))
}

/// The indicators that the service has a type for and that may be sent.
fn askable<'a>(
    provider: &'a dyn Provider,
    iocs: &'a [&'a Ioc],
    query: &'a str,
) -> impl Iterator<Item = (usize, &'a Ioc)> {
    iocs.iter()
        .copied()
        .enumerate()
        .filter(move |(_, ioc)| supports(provider, ioc, query) && (provider.is_offline() || ioc.not_public().is_none()))
}

fn estimate(entries: &[&Arc<dyn Provider>], iocs: &[&Ioc], options: &TiOptions) -> (usize, Duration) {
    let mut all = (0, Duration::ZERO);
    for provider in entries.iter().filter(|provider| !provider.is_offline()) {
        let requests = askable(&***provider, iocs, &options.query).count().div_ceil(provider.batch());
        all = (all.0 + requests, all.1.max(provider.limits().estimate(requests, LATENCY)));
    }
    all
}

fn out_of_time(options: &TiOptions) -> Failure {
    let time = options.deadline.map(for_people).unwrap_or_default();
    Failure::GivenUp(format!("the time limit of {time} is used up; set a longer one, or ask for fewer"))
}

/// One line per service that failed, however many rows it failed for.
fn failures(rows: &[TiRow]) -> Vec<String> {
    let mut counted: Vec<(&str, &str, usize, String)> = Vec::new();
    for row in rows.iter().filter(|row| !matches!(row.status, "ok" | "not found" | "not supported" | "not public")) {
        match counted.iter_mut().find(|(provider, status, ..)| *provider == row.provider && *status == row.status) {
            Some((_, _, count, _)) => *count += 1,
            None => {
                let message = row.details.get("Message").and_then(Value::as_str).unwrap_or_default().to_owned();
                counted.push((&row.provider, row.status, 1, message));
            }
        }
    }
    counted
        .into_iter()
        .map(|(provider, _, count, message)| match count {
            1 => format!("{provider}: {message}"),
            _ => format!("{provider}, {count} indicators: {message}"),
        })
        .collect()
}
