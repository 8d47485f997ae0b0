//! The hosts that have the address, each with what the tables say of it.

use kql_polars::KqlTable;
use serde_json::Value as Json;

use super::sources::Part;
use crate::rows::{Row, rows};

/// A host that has the address: its short name and its fields, named as in Microsoft Sentinel's host entity.
///
/// Source: <https://learn.microsoft.com/azure/sentinel/entities-reference#host>
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// The name without its domain.
    pub name: String,
    /// What is known of it.
    pub fields: Vec<(String, Json)>,
}

/// Field and column, by the table that has it.
fn columns(part: Part) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match part {
        Part::Heartbeat => (
            "Computer",
            &[
                ("OSFamily", "OSType"),
                ("OSVersion", "OSName"),
                ("AzureID", "_ResourceId"),
                ("OMSAgentID", "SourceComputerId"),
                ("Environment", "ComputerEnvironment"),
                ("PrivateIPs", "ComputerPrivateIPs"),
                ("ReportsFrom", "ComputerIP"),
                ("LastHeartbeat", "TimeGenerated"),
            ],
        ),
        Part::Machine => (
            "Computer",
            &[
                ("OSFamily", "OperatingSystemFamily"),
                ("OSVersion", "OperatingSystemFullName"),
                ("AzureID", "_ResourceId"),
                ("SubscriptionId", "AzureSubscriptionId"),
                ("ResourceGroup", "AzureResourceGroup"),
                ("Region", "AzureLocation"),
                ("Size", "AzureSize"),
                ("PrivateIPs", "Ipv4Addresses"),
                ("DnsNames", "DnsNames"),
            ],
        ),
        Part::Interface => (
            "Computer",
            &[
                ("SubscriptionId", "SubscriptionId"),
                ("ResourceGroup", "ResourceGroup"),
                ("Region", "Region"),
                ("NetworkInterface", "NetworkInterface"),
                ("PrivateIPs", "PrivateIPAddresses"),
                ("PublicIPs", "PublicIPAddresses"),
                ("MACAddress", "MACAddress"),
                ("Subnet", "Subnetwork"),
                ("NSG", "NSG"),
            ],
        ),
        _ => (
            "DeviceName",
            &[("MdatpDeviceID", "DeviceId"), ("MACAddress", "MacAddress"), ("MachineGroup", "MachineGroup")],
        ),
    }
}

/// Whether a row is of a host that has the address itself, and does not only report through it.
fn own(part: Part, row: &Row<'_>) -> bool {
    part != Part::Heartbeat || row.text("AddressIs") == "the host's own"
}

/// The hosts of these tables. The first table that has a field gives its value.
pub fn hosts(tables: &[(Part, &KqlTable)]) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for (part, table) in tables {
        let (computer, columns) = columns(*part);
        for row in rows(table).filter(|row| own(*part, row)) {
            let full = row.text(computer);
            let name = full.split('.').next().unwrap_or_default().to_owned();
            if name.is_empty() {
                continue;
            }
            let host = match hosts.iter().position(|h| h.name.eq_ignore_ascii_case(&name)) {
                Some(at) => &mut hosts[at],
                None => {
                    let mut fields = vec![("HostName".to_owned(), Json::from(name.clone()))];
                    if let Some((_, domain)) = full.split_once('.') {
                        fields.push(("DnsDomain".to_owned(), domain.into()));
                    }
                    hosts.push(Host { name, fields });
                    let last = hosts.len() - 1;
                    &mut hosts[last]
                }
            };
            for (field, column) in columns {
                if let Some(value) = row.json(column)
                    && host.fields.iter().all(|(have, _)| have != field)
                {
                    host.fields.push(((*field).to_owned(), value));
                }
            }
        }
    }
    hosts.sort_by_key(|h| h.name.to_lowercase());
    hosts
}
