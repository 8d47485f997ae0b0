//! The account entity: what the latest event of each source says of an account, its addresses and hosts.

use kql::time;
use kql_polars::KqlTable;
use serde_json::{Map, Value as Json, json};

use super::types::{Realm, Source};
use crate::rows::{Row, rows};

/// The entity's fields that an event of this source says, each with its column.
pub fn columns(source: Source) -> &'static [(&'static str, &'static str)] {
    match source {
        Source::AzureActiveDirectory => &[
            ("Name", "AccountName"),
            ("AadTenantId", "AADTenantId"),
            ("AadUserId", "UserId"),
            ("DisplayName", "UserDisplayName"),
            ("DeviceDetail", "DeviceDetail"),
            ("Location", "LocationDetails"),
            ("UserAgent", "UserAgent"),
        ],
        Source::AzureActivity => &[("Name", "AccountName")],
        Source::Office365 => {
            &[("Name", "AccountName"), ("AadTenantId", "TenantId"), ("OrganizationId", "OrganizationId")]
        }
        Source::Windows => &[
            ("Name", "TargetUserName"),
            ("NTDomain", "TargetDomainName"),
            ("Sid", "TargetUserSid"),
            ("LogonId", "TargetLogonId"),
            ("LogonType", "LogonType"),
            ("AadTenantId", "TenantId"),
        ],
        Source::Linux => &[("Name", "AccountName"), ("LogonType", "LogonType"), ("AadTenantId", "TenantId")],
    }
}

/// What an event says of its account: field names as in Microsoft Sentinel's account entity, without empty fields.
///
/// Source: <https://learn.microsoft.com/azure/sentinel/entities-reference#user-account>
pub fn entity_fields(source: Source, row: &Row<'_>) -> Vec<(String, Json)> {
    let mut fields: Vec<(String, Json)> =
        columns(source).iter().filter_map(|(field, column)| Some(((*field).to_owned(), row.json(column)?))).collect();
    if source.realm() == Realm::Cloud
        && let Some(suffix) = row.text("AccountName").split_once('@').map(|(_, s)| s.to_owned())
        && !suffix.is_empty()
    {
        fields.insert(1.min(fields.len()), ("UPNSuffix".to_owned(), suffix.into()));
    }
    fields
}

/// The addresses (cloud) or hosts with addresses (Windows, Linux) of an account, from the tables of its address queries:
/// field name and list, earliest first.
pub fn addresses(source: Source, tables: &[KqlTable]) -> (String, Json) {
    let mut seen: Vec<(String, String, i64, i64)> = Vec::new();
    for row in tables.iter().flat_map(rows) {
        let (host, address) = (row.text("HostName"), row.text("Address"));
        let (Some(first), Some(last)) = (row.ticks("FirstSeen"), row.ticks("LastSeen")) else { continue };
        match seen.iter_mut().find(|s| s.0 == host && s.1 == address) {
            Some(s) => (s.2, s.3) = (s.2.min(first), s.3.max(last)),
            None => seen.push((host, address, first, last)),
        }
    }
    seen.sort_by(|a, b| (a.2, &a.0, &a.1).cmp(&(b.2, &b.0, &b.1)));
    let list = seen
        .into_iter()
        .filter(|(host, address, ..)| !host.is_empty() || !address.is_empty())
        .map(|(host, address, first, last)| {
            let mut entry = Map::new();
            if source.realm() == Realm::Host {
                entry.insert("HostName".into(), host.into());
            }
            entry.insert("Address".into(), if address.is_empty() { Json::Null } else { address.into() });
            entry.insert("FirstSeen".into(), time::format_datetime(first).into());
            entry.insert("LastSeen".into(), time::format_datetime(last).into());
            Json::Object(entry)
        })
        .collect();
    let name = if source.realm() == Realm::Host { "Hosts" } else { "IpAddresses" };
    (name.to_owned(), Json::Array(list))
}

/// The fields as one JSON object.
pub fn to_json(fields: &[(String, Json)]) -> Json {
    json!(fields.iter().cloned().collect::<Map<String, Json>>())
}
