//! Look-ups by services as pivots: they have no query, and otherwise are called, listed and chained like the others.

use kql_polars::KqlTable;

use super::column::Join;
use super::kind::EntityKind;
use crate::enrichment::{self, Lookup};
use crate::error::Error;
use crate::workspace::Workspace;

/// What is asked for a column.
type Ask = fn(Option<&Workspace>, &Lookup<'_>) -> Result<KqlTable, Error>;

/// A look-up that is a pivot.
#[derive(Debug, Clone, Copy)]
pub struct LookupPivot {
    /// Its name: that of the method.
    pub name: &'static str,
    /// What it can be asked about.
    pub kinds: &'static [EntityKind],
    /// What it gives, one sentence.
    pub description: &'static str,
    ask: Ask,
}

fn threat_intel(workspace: Option<&Workspace>, lookup: &Lookup<'_>) -> Result<KqlTable, Error> {
    enrichment::threat_intel(workspace, lookup, &[])
}

/// All of them.
pub const LOOKUPS: &[LookupPivot] = &[
    LookupPivot {
        name: "geoip",
        kinds: &[EntityKind::IpAddress],
        description: "Where the addresses are: country, city, coordinates, autonomous system.",
        ask: enrichment::geoip,
    },
    LookupPivot {
        name: "whois",
        kinds: &[EntityKind::IpAddress],
        description: "Whose the addresses are: autonomous system, registry, networks.",
        ask: enrichment::whois,
    },
    LookupPivot {
        name: "threat_intel",
        kinds: &[EntityKind::IpAddress, EntityKind::Url, EntityKind::Dns, EntityKind::FileHash],
        description: "What threat intelligence services and the indicators of the workspace know of the values.",
        ask: threat_intel,
    },
    LookupPivot {
        name: "passive_dns",
        kinds: &[EntityKind::IpAddress, EntityKind::Dns],
        description: "Which names led to the addresses, or to which addresses the names led, by the services that keep DNS answers.",
        ask: enrichment::passive_dns,
    },
];

impl LookupPivot {
    /// The look-ups of a kind of entity.
    pub fn all(kind: EntityKind) -> impl Iterator<Item = &'static Self> {
        LOOKUPS.iter().filter(move |lookup| lookup.kinds.contains(&kind))
    }

    /// The look-up of this name: `IpAddress.whois` or `whois`; msticpy's container `util` between the two is read over.
    pub fn find(name: &str) -> Option<&'static Self> {
        let (kind, short) = match name.trim().rsplit_once('.') {
            Some((before, short)) => {
                let kind = before.strip_suffix("util").unwrap_or(before).trim_end_matches('.');
                (Some(kind).filter(|kind| !kind.is_empty()), short)
            }
            None => (None, name.trim()),
        };
        let is_of = |lookup: &Self| {
            kind.is_none_or(|kind| EntityKind::parse(kind).is_ok_and(|kind| lookup.kinds.contains(&kind)))
        };
        LOOKUPS.iter().find(|lookup| lookup.name.eq_ignore_ascii_case(short) && is_of(lookup))
    }

    /// Looks a column up.
    ///
    /// # Errors
    /// Those of the look-up, and a join that is not left: rows stay in every look-up.
    pub fn run(&self, workspace: &Workspace, lookup: &Lookup<'_>, join: Join) -> Result<KqlTable, Error> {
        if matches!(join, Join::Inner | Join::Right) {
            return Err(Error::bad_input(format!("{} keeps every row: it has no other join than left", self.name))
                .with_help("leave the join away, and filter its result with KQL, such as `where Result`"));
        }
        (self.ask)(Some(workspace), lookup)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_is_found_with_and_without_its_kind() {
        for name in ["whois", "IpAddress.whois", "ip.WhoIs", "IpAddress.util.whois", "util.whois"] {
            assert_eq!(LookupPivot::find(name).unwrap().name, "whois", "{name}");
        }
        assert!(LookupPivot::find("Host.whois").is_none());
        assert!(LookupPivot::find("IpAddress.list_aad_signins_for_ip").is_none());
        assert_eq!(LookupPivot::all(EntityKind::FileHash).map(|l| l.name).collect::<Vec<_>>(), ["threat_intel"]);
    }
}
