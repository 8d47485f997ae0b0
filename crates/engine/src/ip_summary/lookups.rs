//! What services know of the address: where it is, whose it is, what is said of it, and which names led to it.

use enrich::IpKind;
use kql_polars::KqlTable;

use super::address::Address;
use crate::enrichment::{self, Lookup};
use crate::error::Error;
use crate::workspace::Workspace;

/// The column of the address.
const COLUMN: &str = "IPAddress";

type Ask = fn(Option<&Workspace>, &Lookup<'_>) -> Result<KqlTable, Error>;

/// All services, and the indicators of the workspace.
fn threat_intel(workspace: Option<&Workspace>, lookup: &Lookup<'_>) -> Result<KqlTable, Error> {
    enrichment::threat_intel(workspace, lookup, &[])
}

/// The indicators of the workspace only: an address that is not public says nothing to others.
fn indicators(workspace: Option<&Workspace>, lookup: &Lookup<'_>) -> Result<KqlTable, Error> {
    enrichment::threat_intel(workspace, lookup, &["AzSTI".to_owned()])
}

/// The look-ups by the name of their property.
const PUBLIC: [(&str, Ask); 4] = [
    ("geoip", enrichment::geoip),
    ("whois", enrichment::whois),
    ("ti_results", threat_intel),
    ("passive_dns", enrichment::passive_dns),
];

/// What may be asked about an address that is not public, and when no service is to be asked.
const INSIDE: [(&str, Ask); 1] = [("ti_results", indicators)];

/// What a look-up gave, by the name of its property.
pub(super) type Looked = (&'static str, Result<KqlTable, Error>);

/// Asks all services at the same time. A service that fails is a row of its table; a look-up that fails as a whole is an error among the others.
pub(super) fn look_up(
    workspace: &Workspace,
    address: Address,
    services: bool,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Looked>, Error> {
    let text = address.to_string();
    let table = enrichment::of_values(COLUMN, &[&text])?;
    let asked: &[(&str, Ask)] = if services && address.kind() == IpKind::Public { &PUBLIC } else { &INSIDE };
    let lookup = Lookup { progress, ..Lookup::new(&table, COLUMN) };
    Ok(std::thread::scope(|scope| {
        let running: Vec<_> =
            asked.iter().map(|(name, ask)| (*name, scope.spawn(|| ask(Some(workspace), &lookup)))).collect();
        let failed = || Err(Error::new(crate::error::ErrorCode::Internal, "a look-up ended in a panic"));
        running.into_iter().map(|(name, thread)| (name, thread.join().unwrap_or_else(|_| failed()))).collect()
    }))
}

/// The networks that WhoIs names, a row for each.
pub(super) const NETS: &str = "
WhoIs
| mv-expand Net = nets
| where isnotempty(Net)
| project IPAddress, Cidr = tostring(Net.cidr), Name = tostring(Net.name), Handle = tostring(Net.handle), Range = tostring(Net.range),
    Description = tostring(Net.description), Country = tostring(Net.country), Address = tostring(Net.address), Emails = Net.emails,
    Created = tostring(Net.created), Updated = tostring(Net.updated), Source = whois_source";
