//! Locations of a column of addresses.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::embedded::Embedded;
use super::provider::{GeoIp, Location};
use crate::failure::Failure;
use crate::ip::IpKind;
use crate::table::{Cell, ColumnType, Record};

/// Where one address is.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoRow {
    /// The address.
    pub address: IpAddr,
    /// What kind of address it is: only public ones have a location.
    pub kind: IpKind,
    /// Where it is, if that is known.
    pub location: Option<Location>,
    /// Who says so; empty if nobody was asked.
    pub source: &'static str,
    /// `ok`, `not found`, `not public`, or what went wrong.
    pub status: Cow<'static, str>,
}

impl Record for GeoRow {
    const COLUMNS: &'static [(&'static str, ColumnType)] = &[
        ("IpType", ColumnType::Text),
        ("CountryCode", ColumnType::Text),
        ("CountryOrRegionName", ColumnType::Text),
        ("State", ColumnType::Text),
        ("City", ColumnType::Text),
        ("Longitude", ColumnType::Real),
        ("Latitude", ColumnType::Real),
        ("Asn", ColumnType::Long),
        ("AsOrganization", ColumnType::Text),
        ("GeoSource", ColumnType::Text),
        ("GeoStatus", ColumnType::Text),
    ];

    fn cells(&self) -> Vec<Cell> {
        let nowhere = Location::default();
        let location = self.location.as_ref().unwrap_or(&nowhere);
        vec![
            Cell::text(self.kind.name()),
            Cell::text(&location.country_code),
            Cell::text(&location.country),
            Cell::text(&location.state),
            Cell::text(&location.city),
            Cell::maybe(location.longitude, Cell::Real),
            Cell::maybe(location.latitude, Cell::Real),
            Cell::maybe(location.asn, |asn| Cell::Long(asn.into())),
            Cell::text(&location.as_organization),
            Cell::text(self.source),
            Cell::text(&self.status),
        ]
    }
}

/// Sources of locations, the best first. What one does not have, or fails for, the next is asked for.
#[derive(Debug, Clone)]
pub struct Geo {
    sources: Vec<Arc<dyn GeoIp>>,
    notes: Vec<String>,
}

impl Default for Geo {
    /// The database that is part of the program.
    fn default() -> Self {
        Self { sources: vec![Arc::new(Embedded)], notes: Vec::new() }
    }
}

impl Geo {
    /// With these sources before the one that is part of the program.
    pub fn new(sources: Vec<Arc<dyn GeoIp>>, notes: Vec<String>) -> Self {
        let mut this = Self { sources, notes };
        this.sources.push(Arc::new(Embedded));
        this
    }

    /// What went wrong when the sources were set up; for people.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Names of the sources, the best first.
    pub fn sources(&self) -> impl Iterator<Item = &'static str> {
        self.sources.iter().map(|source| source.name())
    }

    /// Requests that so many addresses cost at most.
    pub fn requests(&self, addresses: usize) -> usize {
        self.sources.iter().map(|source| source.requests(addresses)).sum()
    }

    /// Where the addresses are: a row for each that is distinct, in their order.
    pub async fn locate(&self, addresses: &[IpAddr]) -> Vec<GeoRow> {
        let mut seen = HashSet::with_capacity(addresses.len());
        let mut rows: Vec<GeoRow> = addresses
            .iter()
            .map(IpAddr::to_canonical)
            .filter(|address| seen.insert(*address))
            .map(|address| {
                let kind = IpKind::of(address);
                let status = if kind == IpKind::Public { "not found" } else { "not public" };
                GeoRow { address, kind, location: None, source: "", status: Cow::Borrowed(status) }
            })
            .collect();
        let mut open: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].kind == IpKind::Public).collect();
        let mut failed: HashMap<usize, (&'static str, Failure)> = HashMap::new();
        for source in &self.sources {
            if open.is_empty() {
                break;
            }
            let asked: Vec<IpAddr> = open.iter().map(|at| rows[*at].address).collect();
            let answers = source.locate(&asked).await;
            open = open
                .into_iter()
                .zip(answers)
                .filter_map(|(at, answer)| match answer {
                    Ok(Some(location)) => {
                        let row = &mut rows[at];
                        row.location = Some(location);
                        row.source = source.name();
                        row.status = match failed.remove(&at) {
                            None => Cow::Borrowed("ok"),
                            Some((name, failure)) => format!("ok; {name}: {failure}").into(),
                        };
                        None
                    }
                    Ok(None) => Some(at),
                    Err(failure) => {
                        failed.entry(at).or_insert_with(|| (source.name(), failure));
                        Some(at)
                    }
                })
                .collect();
        }
        for (at, (name, failure)) in failed {
            rows[at].status = format!("{}; {name}: {failure}", failure.status()).into();
        }
        rows
    }
}
