//! DeviceNetworkEvents: connections of the Windows machines, with the process that made them.

use super::clock::{MINUTE, SECOND, rhythm};
use super::internet::{ATTACKER_NAME, service_of, source_port};
use super::inventory::device_id;
use super::rng::Rng;
use super::story::{ATTACKER_ADDRESS, VPN_ADDRESS, at};
use super::timeline::{Plan, Timed};
use super::world::{Host, PLACES, Person, VICTIM};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// One connection.
#[derive(Debug, Clone)]
struct Connection<'a> {
    host: &'a Host,
    /// Whose process; `None` for the system's.
    person: Option<&'a Person>,
    action: &'static str,
    process: &'static str,
    folder: &'static str,
    command: &'static str,
    local_port: i64,
    remote: String,
    remote_port: i64,
    name: &'static str,
}

const EDGE: (&str, &str, &str) = (
    "msedge.exe",
    r"c:\program files (x86)\microsoft\edge\application\msedge.exe",
    "\"msedge.exe\" --profile-directory=Default",
);
const OUTLOOK: (&str, &str, &str) =
    ("outlook.exe", r"c:\program files\microsoft office\root\office16\outlook.exe", "\"OUTLOOK.EXE\"");
const TRANSFER: (&str, &str, &str) =
    ("svchost.exe", r"c:\windows\system32\svchost.exe", "svchost.exe -k netsvcs -p -s BITS");

fn draw<'a>(plan: &Plan<'a>, rng: &mut Rng, time: i64) -> Vec<Timed<Connection<'a>>> {
    let person = plan.world.someone(rng);
    if rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
        return Vec::new();
    }
    let service = service_of(rng);
    let (process, folder, command) = if service.application == "ms-exchange" { OUTLOOK } else { EDGE };
    let connection = Connection {
        host: &plan.world.hosts[person.workstation],
        person: Some(person),
        action: if rng.chance(20) { "ConnectionFailed" } else { "ConnectionSuccess" },
        process,
        folder,
        command,
        local_port: source_port(rng),
        remote: service.address.to_owned(),
        remote_port: 443,
        name: service.name,
    };
    vec![(time, connection)]
}

/// The remote desktop sessions from the VPN, and the transfer of the file server.
fn story<'a>(plan: &Plan<'a>) -> Vec<Timed<Connection<'a>>> {
    let (process, folder, command) = TRANSFER;
    let upload = |port| Connection {
        host: plan.world.host("SEA-FS01"),
        person: Some(&plan.world.people[VICTIM]),
        action: "ConnectionSuccess",
        process,
        folder,
        command,
        local_port: port,
        remote: ATTACKER_ADDRESS.to_owned(),
        remote_port: 443,
        name: ATTACKER_NAME,
    };
    let mut rows: Vec<_> =
        (0..6).map(|i| (at(21, 57, 0) + i * 2 * MINUTE + i * 7 * SECOND, upload(51_020 + i))).collect();
    for (minute, second, host) in [(15, 24, "SEA-SQL01"), (48, 33, "SEA-FS01")] {
        let accepted = Connection {
            host: plan.world.host(host),
            person: None,
            action: "InboundConnectionAccepted",
            process: "svchost.exe",
            folder: r"c:\windows\system32\svchost.exe",
            command: "svchost.exe -k termsvcs -s TermService",
            local_port: 3389,
            remote: VPN_ADDRESS.to_owned(),
            remote_port: 50_612,
            name: "",
        };
        rows.push((at(21, minute, second), accepted));
    }
    rows
}

/// Writes DeviceNetworkEvents.
pub fn write(plan: &Plan<'_>, wanted: u64, table: &mut TableWriter) -> Result<(), Error> {
    let mut report = 100;
    plan.run(
        "connections",
        wanted,
        &story(plan),
        |rng, time| draw(plan, rng, time),
        |rng, time, e| {
            report += 1;
            let (id, device) = (device_id(e.host), e.host.fqdn.to_lowercase());
            let private = e.remote.starts_with("10.");
            let mut cells: Vec<(&str, Cell<'_>)> = vec![
                ("TimeGenerated", Cell::Time(time)),
                ("SourceSystem", "OpsManager".into()),
                ("DeviceId", (&id).into()),
                ("DeviceName", (&device).into()),
                ("ActionType", e.action.into()),
                ("Protocol", "Tcp".into()),
                ("LocalIP", (&e.host.address).into()),
                ("LocalIPType", "Private".into()),
                ("LocalPort", Cell::Number(e.local_port)),
                ("RemoteIP", (&e.remote).into()),
                ("RemoteIPType", if private { "Private" } else { "Public" }.into()),
                ("RemotePort", Cell::Number(e.remote_port)),
                ("RemoteUrl", e.name.into()),
                ("InitiatingProcessFileName", e.process.into()),
                ("InitiatingProcessFolderPath", e.folder.into()),
                ("InitiatingProcessCommandLine", e.command.into()),
                ("InitiatingProcessId", Cell::Number(rng.between(900, 24_000))),
                ("ReportId", Cell::Number(report)),
            ];
            match e.person {
                Some(person) => cells.extend([
                    ("InitiatingProcessAccountName", Cell::from(&person.login)),
                    ("InitiatingProcessAccountDomain", "contoso".into()),
                    ("InitiatingProcessAccountUpn", (&person.upn).into()),
                    ("InitiatingProcessAccountSid", (&person.sid).into()),
                ]),
                None => cells.extend([
                    ("InitiatingProcessAccountName", Cell::from("network service")),
                    ("InitiatingProcessAccountDomain", "nt authority".into()),
                ]),
            }
            table.row(&cells)
        },
    )
}
