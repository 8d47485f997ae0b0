//! GeoIP, WhoIs and threat intelligence for a column of a table: asked once for each distinct value, joined back to the rows.
//!
//! The demo workspace has made-up answers of its own, which say so; all others ask the services of msticpyconfig.yaml.

mod attach;
mod browse;
mod check;
mod indicators;
mod services;
mod settings;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use enrich::ti::{Progress, TiError, TiOptions, TiRow};
use enrich::whois::WhoIsOptions;
use kql_polars::KqlTable;

use crate::error::{Error, ErrorCode};
use crate::rows::derive;
use crate::workspace::{Workspace, service_error, wait_for};

pub use browse::browse_ti_results;
pub use check::problems;

/// A column to look up.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    /// The rows.
    pub table: &'a KqlTable,
    /// The column with the values.
    pub column: &'a str,
    /// At most so many distinct values, the first ones; `None`: many are refused, with an estimate.
    pub limit: Option<usize>,
    /// Whether services are asked also for what is kept on disk.
    pub fresh: bool,
    /// Told of the progress, about once a second.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Lookup<'a> {
    /// Without a limit, with what is kept on disk, and telling nobody of the progress.
    pub fn new(table: &'a KqlTable, column: &'a str) -> Self {
        Self { table, column, limit: None, fresh: false, progress: &|_| {} }
    }
}

impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("column", &self.column).field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// The rows with where their addresses are: `IpType`, `CountryCode`, `CountryOrRegionName`, `State`, `City`, `Longitude`, `Latitude`, `Asn`, … Every row
/// stays, one with several addresses gets the first public one.
///
/// # Errors
/// A column that is not there or holds no text; more values than a service is asked for without a limit.
pub fn geoip(workspace: Option<&Workspace>, lookup: &Lookup<'_>) -> Result<KqlTable, Error> {
    let cells = attach::texts(lookup)?;
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let services = services::of(workspace)?;
    let answers =
        wait("GeoIP", lookup, |_| services.enricher.geoip(&cells, lookup.limit))?.map_err(|e| too_many(&e, lookup))?;
    attach::attach(lookup, answers, attach::Join::First, &services.notes)
}

/// The rows with whose their addresses are: `asn`, `asn_description`, `asn_cidr`, `asn_country_code`, `asn_registry`, `asn_date`, `net_name`, `nets`, …
///
/// # Errors
/// A column that is not there or holds no text; more values than are asked for without a limit.
pub fn whois(workspace: Option<&Workspace>, lookup: &Lookup<'_>) -> Result<KqlTable, Error> {
    let cells = attach::texts(lookup)?;
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let services = services::of(workspace)?;
    let mut options = WhoIsOptions { limit: lookup.limit, fresh: lookup.fresh, ..WhoIsOptions::default() };
    let answers = wait("WhoIs", lookup, |progress| {
        options.progress = Some(progress);
        services.enricher.whois(&cells, &options)
    })?
    .map_err(|e| too_many(&e, lookup))?;
    attach::attach(lookup, answers, attach::Join::First, &services.notes)
}

/// The rows with what threat intelligence services, and the indicators of the workspace itself, know of their values: `Ioc`, `IocType`, `Provider`, `Result`,
/// `Severity`, `Details`, `Status`, … A row comes once for each service that answers.
///
/// # Errors
/// A column that is not there or holds no text; nobody to ask; more values than are asked for without a limit.
pub fn threat_intel(
    workspace: Option<&Workspace>,
    lookup: &Lookup<'_>,
    providers: &[String],
) -> Result<KqlTable, Error> {
    let cells = attach::texts(lookup)?;
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let services = services::of(workspace)?;
    let of_workspace =
        workspace.filter(|_| providers.is_empty() || providers.iter().any(|name| indicators::is_name(name)));
    let named = !providers.is_empty();
    let providers: Vec<String> = providers.iter().filter(|name| !indicators::is_name(name)).cloned().collect();
    let only_workspace = of_workspace.is_some()
        && providers.is_empty()
        && (named || services.enricher.threat_intel.providers().next().is_none());
    let mut options = TiOptions { limit: lookup.limit, fresh: lookup.fresh, providers, ..TiOptions::default() };
    let mut answers = if only_workspace {
        indicators::nobody_else(&cells)
    } else {
        wait("threat intelligence", lookup, |progress| {
            options.progress = Some(progress);
            services.enricher.threat_intel(&cells, &options)
        })?
        .map_err(|e| match e {
            TiError::NoProvider | TiError::UnknownProvider { .. } => Error::new(ErrorCode::NotFound, e.to_string()),
            TiError::TooMany { .. } => too_many(&e, lookup),
        })?
    };
    if let Some(workspace) = of_workspace {
        indicators::add(workspace, &cells, &mut answers, lookup)?;
    }
    attach::attach(lookup, answers, attach::Join::All, &services.notes)
}

/// Which names led to the addresses of a column, and to which addresses its names led, by the services that keep DNS answers (`OTX`, `XForce`): the
/// columns of [`threat_intel`], with the names in `Details`. A row comes once for each service that can be asked; none is no error.
///
/// # Errors
/// A column that is not there or holds no text; more values than are asked for without a limit.
pub fn passive_dns(workspace: Option<&Workspace>, lookup: &Lookup<'_>) -> Result<KqlTable, Error> {
    let cells = attach::texts(lookup)?;
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let services = services::of(workspace)?;
    let query = PASSIVE_DNS.to_owned();
    let mut options = TiOptions { limit: lookup.limit, fresh: lookup.fresh, query, ..TiOptions::default() };
    let answers = if services.enricher.threat_intel.providers().next().is_none() {
        indicators::nobody_else(&cells)
    } else {
        wait("passive DNS", lookup, |progress| {
            options.progress = Some(progress);
            services.enricher.threat_intel(&cells, &options)
        })?
        .map_err(|e| too_many(&e, lookup))?
    };
    let all = attach::attach(lookup, answers, attach::Join::All, &services.notes)?;
    let mut asked = derive("Answers | where isnotempty(Provider)", &[("Answers", &all)])?;
    if asked.rows() == 0 {
        asked.notes.push("no service that is set up keeps DNS answers: OTX and XForce do".to_owned());
    } else {
        asked.notes = all.notes;
    }
    Ok(asked)
}

/// What OTX and X-Force call it.
const PASSIVE_DNS: &str = "passivedns";

/// Values as a table of one column, to look them up: one row for each, in order.
///
/// ```
/// use engine::enrichment::{Lookup, geoip, of_values};
///
/// let demo = engine::workspace::connect("Demo")?;
/// let table = of_values("IPAddress", &["185.220.101.34"])?;
/// let located = geoip(Some(&demo), &Lookup::new(&table, "IPAddress"))?;
/// assert_eq!(engine::rows::rows(&located).next().map(|row| row.text("City")), Some("Berlin".to_owned()));
/// # Ok::<(), engine::error::Error>(())
/// ```
///
/// # Errors
/// A defect of the engine.
pub fn of_values(column: &str, values: &[&str]) -> Result<KqlTable, Error> {
    attach::one_column(column, values)
}

/// The columns that [`threat_intel`] adds.
pub fn ti_columns() -> impl Iterator<Item = &'static str> {
    use enrich::table::Record as _;
    TiRow::COLUMNS.iter().map(|(name, _)| *name)
}

fn too_many(error: &dyn std::fmt::Display, lookup: &Lookup<'_>) -> Error {
    Error::new(ErrorCode::Limit, format!("column {}: {error}", lookup.column))
        .with_help("take fewer rows first, such as with .head(100)? or .kql(\"where …\")?, or give a limit")
}

/// Runs a look-up, and tells of its progress.
fn wait<T: Send, F: Future<Output = T> + Send>(
    what: &str,
    lookup: &Lookup<'_>,
    work: impl FnOnce(Progress) -> F,
) -> Result<T, Error> {
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let told = Arc::clone(&counts);
    let work = work(Arc::new(move |done, total| {
        told.0.store(done, Ordering::Relaxed);
        told.1.store(total, Ordering::Relaxed);
    }));
    let told = async {
        let mut work = std::pin::pin!(work);
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.tick().await;
        loop {
            tokio::select! {
                result = &mut work => break result,
                _ = second.tick() => {
                    let (done, total) = (counts.0.load(Ordering::Relaxed), counts.1.load(Ordering::Relaxed));
                    if total > 0 {
                        (lookup.progress)(&format!("  {what}: {done} of {total} answers"));
                    }
                }
            }
        }
    };
    wait_for(told).map_err(|fault| service_error(&fault))
}
