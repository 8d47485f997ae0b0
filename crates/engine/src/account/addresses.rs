//! The IP addresses of an account's events: normalised, classified, with their country.

use std::net::IpAddr;

use kql::KqlType;
use kql_polars::{Column, KqlTable};
use polars::prelude::{IdxCa, IdxSize, IntoColumn, NamedFrom, Series};

use super::types::Realm;
use crate::error::{Error, ErrorCode};
use crate::rows::{derive, rows};

/// One row per event, address still as logged.
const CLOUD_EVENTS: &str = "
Events
| project TimeGenerated, Source, Operation, UserAgent, LoggedAddress = IPAddress, Computer = '', AppResourceProvider";
const HOST_EVENTS: &str = "
Events
| project TimeGenerated, Source, Operation, UserAgent = '', LoggedAddress = SourceIP, Computer, AppResourceProvider = ''";

/// Unknown values stay: an event without an address or user agent is in a group of its own.
const SUMMARY: &str = "
Addresses
| summarize Count = count(), FirstOperation = min(TimeGenerated), LastOperation = max(TimeGenerated)
    by IpAddress, IpType, CountryCode, CountryName, Source, Operation, UserAgent
| project IpAddress, IpType, CountryCode, CountryName, Source, Operation, UserAgent, Count, FirstOperation, LastOperation
| sort by Count desc, FirstOperation asc, IpAddress asc, Operation asc, UserAgent asc";

/// One row per event and address: an event without one is kept, with the text that was logged (often `-`).
///
/// # Errors
/// When the country database cannot be read.
pub fn all_data(events: &KqlTable, realm: Realm) -> Result<KqlTable, Error> {
    let text = match realm {
        Realm::Cloud => CLOUD_EVENTS,
        Realm::Host => HOST_EVENTS,
    };
    let events = derive(text, &[("Events", events)])?;
    let mut at: Vec<IdxSize> = Vec::with_capacity(events.rows());
    let (mut address, mut kind, mut code, mut name) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let db = enrich::CountryDb::embedded().map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    for (index, row) in rows(&events).enumerate() {
        let logged = row.text("LoggedAddress");
        let found: Vec<IpAddr> = enrich::ip::parse_all(&logged).collect();
        let index =
            IdxSize::try_from(index).map_err(|_| Error::new(ErrorCode::Limit, "more events than a table can hold"))?;
        if found.is_empty() {
            at.push(index);
            address.push(logged);
            kind.push(String::new());
            code.push(String::new());
            name.push(String::new());
        }
        for ip in found {
            let class = enrich::IpKind::of(ip).name();
            let country = db.lookup(ip);
            at.push(index);
            address.push(ip.to_string());
            kind.push(class.to_string());
            code.push(country.as_ref().map(|c| c.code.to_string()).unwrap_or_default());
            name.push(country.map(|c| c.name.to_string()).unwrap_or_default());
        }
    }
    let internal = |e: polars::prelude::PolarsError| Error::new(ErrorCode::Internal, e.to_string());
    let mut frame = events.frame.take(&IdxCa::from_vec("".into(), at)).map_err(internal)?;
    let mut columns = events.columns;
    for (title, values) in [("IpAddress", address), ("IpType", kind), ("CountryCode", code), ("CountryName", name)] {
        frame.with_column(Series::new(title.into(), values).into_column()).map_err(internal)?;
        columns.push(Column { name: title.to_owned(), ty: KqlType::String });
    }
    let table = KqlTable { columns, frame, notes: events.notes, render: None };
    derive("Rows | project-reorder TimeGenerated, IpAddress, IpType, CountryCode, CountryName", &[("Rows", &table)])
}

/// Counts, first and last use by address, source, operation and user agent.
///
/// # Errors
/// A defect of the engine.
pub fn summary(all_data: &KqlTable) -> Result<KqlTable, Error> {
    derive(SUMMARY, &[("Addresses", all_data)])
}
