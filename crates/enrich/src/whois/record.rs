//! What WhoIs says about an address.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ip::IpKind;
use crate::table::{Cell, ColumnType, Record};

/// Who routes an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The number of the autonomous system; several, separated by blanks, if several announce the network.
    pub asn: String,
    /// Its name.
    pub description: String,
    /// The announced network.
    pub cidr: String,
    /// The country of the registration.
    pub country_code: String,
    /// The registry: `arin`, `ripencc`, `apnic`, `lacnic`, `afrinic`.
    pub registry: String,
    /// When it was given out, as `2015-03-26`.
    pub date: String,
}

/// A registered network. Absent parts are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// Its networks in CIDR form, separated by commas.
    pub cidr: String,
    /// Its name in the registry.
    pub name: String,
    /// Its identifier in the registry.
    pub handle: String,
    /// First and last address, as `13.64.0.0 - 13.107.255.255`.
    pub range: String,
    /// Who has it, or what the registry says about it.
    pub description: String,
    /// The country.
    pub country: String,
    /// The address of who has it, in lines.
    pub address: String,
    /// Mail addresses of all its contacts.
    pub emails: Vec<String>,
    /// When it was registered, as the registry writes it (RFC 3339).
    pub created: String,
    /// When the entry was changed.
    pub updated: String,
}

/// What WhoIs says about one address.
#[derive(Debug, Clone, PartialEq)]
pub struct WhoIsRow {
    /// The address.
    pub address: IpAddr,
    /// What kind of address it is: only public ones are asked for.
    pub kind: IpKind,
    /// Who routes it.
    pub origin: Origin,
    /// The network that it is in, and then those around it.
    pub nets: Vec<Net>,
    /// Who says so.
    pub source: String,
    /// `ok`, `not public`, `not found`, or what went wrong.
    pub status: String,
}

impl Record for WhoIsRow {
    const COLUMNS: &'static [(&'static str, ColumnType)] = &[
        ("asn", ColumnType::Text),
        ("asn_description", ColumnType::Text),
        ("asn_cidr", ColumnType::Text),
        ("asn_country_code", ColumnType::Text),
        ("asn_registry", ColumnType::Text),
        ("asn_date", ColumnType::Text),
        ("net_name", ColumnType::Text),
        ("nets", ColumnType::Dynamic),
        ("whois_source", ColumnType::Text),
        ("whois_status", ColumnType::Text),
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.origin.asn),
            Cell::text(&self.origin.description),
            Cell::text(&self.origin.cidr),
            Cell::text(&self.origin.country_code),
            Cell::text(&self.origin.registry),
            Cell::text(&self.origin.date),
            Cell::text(self.nets.first().map_or("", |net| &net.name)),
            if self.nets.is_empty() {
                Cell::Null
            } else {
                Cell::Dynamic(serde_json::to_value(&self.nets).unwrap_or_default())
            },
            Cell::text(&self.source),
            Cell::text(&self.status),
        ]
    }
}
