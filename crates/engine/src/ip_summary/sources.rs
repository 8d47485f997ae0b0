//! What is asked of the workspace about an address, at the same time.

use std::collections::BTreeMap;

use kql::Value;
use kql_polars::KqlTable;
use serde_json::json;

use super::address::Address;
use crate::error::Error;
use crate::queries;
use crate::workspace::{QueryReport, Workspace};

/// What a query's rows are a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Adapters of Defender for Endpoint.
    Device,
    /// Heartbeats.
    Heartbeat,
    /// Azure network interfaces.
    Interface,
    /// Virtual machines.
    Machine,
    /// Azure network flows.
    Flows,
    /// Azure AD sign-ins.
    Signins,
    /// Azure operations.
    Azure,
    /// Office 365 operations.
    Office,
    /// Logons to hosts.
    Logons,
    /// Firewalls and other appliances.
    Appliances,
    /// DNS questions.
    Dns,
    /// Connections of devices.
    Connections,
    /// Alerts.
    Alerts,
    /// Bookmarks.
    Bookmarks,
    /// Threat intelligence indicators of the workspace, in full.
    Indicators,
}

/// The queries, in the order in which they are listed.
pub const QUERIES: &[(Part, &str)] = &[
    (Part::Indicators, "ThreatIntelligence.list_indicators_by_ip"),
    (Part::Indicators, "ThreatIntelligence.list_legacy_indicators_by_ip"),
    (Part::Alerts, "SecurityAlert.list_alerts_for_ip"),
    (Part::Bookmarks, "AzureSentinel.list_bookmarks_for_entity"),
    (Part::Heartbeat, "Network.get_heartbeat_for_ip"),
    (Part::Interface, "Network.get_host_for_ip"),
    (Part::Machine, "Azure.get_vmcomputer_for_ip"),
    (Part::Device, "MDE.get_device_for_ip"),
    (Part::Signins, "Azure.list_aad_signins_for_ip"),
    (Part::Signins, "Azure.list_aad_noninteractive_signins_for_ip"),
    (Part::Azure, "Azure.list_azure_activity_for_ip"),
    (Part::Office, "Office365.list_activity_for_ip"),
    (Part::Logons, "WindowsSecurity.list_logon_attempts_by_ip"),
    (Part::Logons, "LinuxSyslog.list_logons_for_source_ip"),
    (Part::Logons, "MDE.list_logons_for_ip"),
    (Part::Flows, "Network.list_azure_network_flows_by_ip"),
    (Part::Flows, "Network.list_nta_flows_by_ip"),
    (Part::Appliances, "CommonSecurityLog.list_events_for_ip"),
    (Part::Connections, "MDE.list_connections_for_ip"),
    (Part::Dns, "Dns.list_lookups_for_ip"),
    (Part::Dns, "Dns.list_lookups_from_ip"),
];

/// What the queries gave.
#[derive(Debug, Default)]
pub struct Answers {
    /// The tables by part. A part without a table was not searched.
    pub tables: BTreeMap<Part, Vec<KqlTable>>,
    /// How each query went.
    pub reports: Vec<QueryReport>,
    /// What the reader has to be told about the tables.
    pub notes: Vec<String>,
}

impl Answers {
    /// Takes the tables of a part.
    pub fn take(&mut self, part: Part) -> Vec<KqlTable> {
        self.tables.remove(&part).unwrap_or_default()
    }
}

/// Asks everything.
///
/// # Errors
/// When the workspace cannot be asked at all. A query that fails is in the reports.
pub fn ask(
    workspace: &Workspace,
    address: Address,
    window: (i64, i64),
    done: &(dyn Fn(&QueryReport) + Sync),
) -> Result<Answers, Error> {
    let mut jobs = Vec::new();
    for (_, name) in QUERIES {
        let query = queries::find(name)?;
        let (parameter, value) = match query.key {
            Some(_) => ("ip_addresses", Value::Dynamic(json!([address.to_string()]))),
            None => ("entity_name", Value::String(address.to_string())),
        };
        jobs.push((query, BTreeMap::from([(parameter.to_owned(), value)])));
    }
    let mut answers = Answers::default();
    for ((report, table), (part, _)) in workspace.run_all(&jobs, window, done)?.into_iter().zip(QUERIES) {
        answers.reports.push(report);
        if let Some(table) = table {
            for note in &table.notes {
                if !answers.notes.contains(note) {
                    answers.notes.push(note.clone());
                }
            }
            answers.tables.entry(*part).or_default().push(table);
        }
    }
    Ok(answers)
}
