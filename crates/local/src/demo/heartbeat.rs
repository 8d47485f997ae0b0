//! Heartbeat.

use super::clock::{DAYS, END, HOUR, MINUTE, START};
use super::timeline::Plan;
use super::world::{Kind, PLACES, SUBSCRIPTION, VPN_EGRESS, WORKSPACE};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// Writes Heartbeat: every host at the same interval, at least a minute, so that there are about `wanted` rows.
pub fn write(plan: &Plan<'_>, wanted: u64, table: &mut TableWriter) -> Result<(), Error> {
    let hosts = plan.world.hosts.len() as u64;
    let beats = (wanted / hosts).clamp(1, DAYS.unsigned_abs() * 24 * 60).cast_signed();
    let interval = ((END - START) / beats / MINUTE).max(1) * MINUTE;
    let group = format!("AOI-{WORKSPACE}");
    let mut from = START;
    while from < END {
        for (i, host) in plan.world.hosts.iter().enumerate() {
            // Hosts do not beat together.
            let time = from + (i as i64 * 7_919_000) % interval.min(HOUR);
            let place = PLACES[host.site];
            let linux = host.kind == Kind::Linux;
            let (os, name, major, minor) = match host.kind {
                Kind::Linux => ("Linux", "Ubuntu", "22", "04"),
                Kind::Server => ("Windows", "Windows Server 2022 Datacenter", "10", "0"),
                Kind::Workstation => ("Windows", "Windows 10 Enterprise", "10", "0"),
            };
            let addresses = format!("[\"{}\"]", host.address);
            let mut cells: Vec<(&str, Cell<'_>)> = vec![
                ("TimeGenerated", Cell::Time(time)),
                ("SourceSystem", if linux { "Linux" } else { "OpsManager" }.into()),
                ("MG", "00000000-0000-0000-0000-000000000001".into()),
                ("ManagementGroupName", (&group).into()),
                ("SourceComputerId", (&host.agent).into()),
                ("ComputerIP", if linux { &host.address } else { VPN_EGRESS[host.site] }.into()),
                ("ComputerPrivateIPs", (&addresses).into()),
                ("Computer", (&host.fqdn).into()),
                ("Category", "Direct Agent".into()),
                ("OSType", os.into()),
                ("OSName", name.into()),
                ("OSMajorVersion", major.into()),
                ("OSMinorVersion", minor.into()),
                ("Version", if linux { "1.19.0" } else { "10.20.18069.0" }.into()),
                ("SCAgentChannel", "Direct".into()),
                ("IsGatewayInstalled", Cell::Bool(false)),
                ("RemoteIPLongitude", Cell::Real(place.longitude)),
                ("RemoteIPLatitude", Cell::Real(place.latitude)),
                ("RemoteIPCountry", country(place.country).into()),
                ("Solutions", "\"security\", \"changeTracking\"".into()),
                ("VMUUID", (&host.vm).into()),
            ];
            if host.resource.is_empty() {
                cells.push(("ComputerEnvironment", "Non-Azure".into()));
            } else {
                cells.extend([
                    ("ComputerEnvironment", Cell::from("Azure")),
                    ("SubscriptionId", SUBSCRIPTION.into()),
                    ("ResourceGroup", if linux { "rg-web" } else { "rg-core" }.into()),
                    ("ResourceProvider", "Microsoft.Compute".into()),
                    ("ResourceType", "virtualMachines".into()),
                    ("Resource", (&host.name).into()),
                    ("ResourceId", (&host.resource).into()),
                    ("_ResourceId", (&host.resource).into()),
                ]);
            }
            table.row(&cells)?;
        }
        from += interval;
    }
    Ok(())
}

fn country(code: &str) -> &'static str {
    match code {
        "US" => "United States",
        "IE" => "Ireland",
        _ => "Singapore",
    }
}
