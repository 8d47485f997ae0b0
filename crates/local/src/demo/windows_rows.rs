//! The columns that each event of SecurityEvent fills.

use super::clock::{HOUR, SECOND};
use super::rng::Rng;
use super::windows::{Event, What, Who};
use super::writer::{Cell, TableWriter};
use crate::Error;

fn type_name(kind: i64) -> &'static str {
    match kind {
        2 => "2 - Interactive",
        3 => "3 - Network",
        5 => "5 - Service",
        7 => "7 - Unlock",
        10 => "10 - RemoteInteractive",
        _ => "11 - CachedInteractive",
    }
}

/// Writes one event.
#[allow(clippy::too_many_lines, reason = "one event after the other, with the columns that it fills")]
pub fn row(rng: &mut Rng, time: i64, e: &Event<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let host = e.host;
    let machine = format!("{}$", host.name);
    let system = (r"NT AUTHORITY\SYSTEM".to_owned(), "NT AUTHORITY", "SYSTEM".to_owned(), "S-1-5-18".to_owned());
    let (account, domain, name, sid) = match e.who {
        Who::Person(p) => (format!(r"CONTOSO\{}", p.login), "CONTOSO", p.login.clone(), p.sid.clone()),
        Who::Service(name) => (
            format!(r"CONTOSO\{name}"),
            "CONTOSO",
            name.to_owned(),
            format!("S-1-5-21-1004336348-1177238915-682003330-{}", 2000 + name.len()),
        ),
        Who::System => system,
        Who::Unknown(name) => (format!(r"\{name}"), "", name.to_owned(), "S-1-0-0".to_owned()),
    };
    let system = matches!(e.who, Who::System);
    let (kind, class) = if system { ("Machine", "S-1-5-18") } else { ("User", "S-1-0-0") };
    let logon = if system { "0x3e7".to_owned() } else { format!("0x{:x}", e.session) };
    // What the events of a computer have in common.
    let collected = time + rng.between(2, 30) * SECOND;
    let mut cells: Vec<(&str, Cell<'_>)> = vec![
        ("TimeGenerated", Cell::Time(time)),
        ("SourceSystem", "OpsManager".into()),
        ("Computer", (&host.fqdn).into()),
        ("EventSourceName", "Microsoft-Windows-Security-Auditing".into()),
        ("Channel", "Security".into()),
        ("Account", (&account).into()),
        ("AccountType", kind.into()),
        ("SourceComputerId", (&host.agent).into()),
        ("TimeCollected", Cell::Time(collected / HOUR * HOUR + (collected % HOUR) / SECOND * SECOND)),
        ("MG", "00000000-0000-0000-0000-000000000001".into()),
    ];
    if !host.resource.is_empty() {
        cells.push(("_ResourceId", (&host.resource).into()));
    }
    let mut head = |id: i64, activity: &'static str, task: i64, level: &'static str| {
        cells.extend([
            ("EventID", Cell::Number(id)),
            ("Activity", activity.into()),
            ("Task", Cell::Number(task)),
            ("Level", level.into()),
        ]);
    };
    let package = |kind: i64| match kind {
        3 => ("Kerberos", "Kerberos"),
        5 => ("Advapi  ", "Negotiate"),
        _ => ("User32 ", "Negotiate"),
    };
    match &e.what {
        What::Logon(kind, from) => {
            head(4624, "4624 - An account was successfully logged on.", 12544, "8");
            let (process, package) = package(*kind);
            let (subject, subject_sid) = if *kind == 3 { ("-", "S-1-0-0") } else { (machine.as_str(), "S-1-5-18") };
            let workstation = if *kind == 3 { "-" } else { host.name.as_str() };
            let target = format!(r"{domain}\{name}");
            cells.extend([
                ("LogonType", Cell::Number(*kind)),
                ("LogonTypeName", type_name(*kind).into()),
                ("IpAddress", from.as_str().into()),
                ("IpPort", if from.starts_with("10.") { "0" } else { "-" }.into()),
                ("LogonProcessName", process.into()),
                ("AuthenticationPackageName", package.into()),
                ("SubjectUserName", subject.into()),
                ("SubjectDomainName", if *kind == 3 { "-" } else { "CONTOSO" }.into()),
                ("SubjectUserSid", subject_sid.into()),
                ("TargetAccount", (&target).into()),
                ("TargetUserName", (&name).into()),
                ("TargetDomainName", domain.into()),
                ("TargetUserSid", (&sid).into()),
                ("TargetLogonId", (&logon).into()),
                ("WorkstationName", workstation.into()),
            ]);
            table.row(&cells)
        }
        What::Failure(kind, from, status) => {
            head(4625, "4625 - An account failed to log on.", 12544, "16");
            let (process, package) = if *kind == 3 { ("NtLmSsp ", "NTLM") } else { package(*kind) };
            let target = format!(r"{domain}\{name}");
            cells.extend([
                ("LogonType", Cell::Number(*kind)),
                ("LogonTypeName", type_name(*kind).into()),
                ("IpAddress", from.as_str().into()),
                ("LogonProcessName", process.into()),
                ("AuthenticationPackageName", package.into()),
                ("Status", "0xc000006d".into()),
                ("SubStatus", (*status).into()),
                ("FailureReason", if *status == "0xc0000064" { "%%2313" } else { "%%2304" }.into()),
                ("SubjectUserName", "-".into()),
                ("SubjectUserSid", class.into()),
                ("TargetAccount", (&target).into()),
                ("TargetUserName", (&name).into()),
                ("TargetDomainName", domain.into()),
                ("TargetUserSid", "S-1-0-0".into()),
                ("WorkstationName", "-".into()),
            ]);
            table.row(&cells)
        }
        What::Logoff(kind) => {
            head(4634, "4634 - An account was logged off.", 12545, "8");
            cells.extend([
                ("LogonType", Cell::Number(*kind)),
                ("LogonTypeName", type_name(*kind).into()),
                ("TargetUserName", (&name).into()),
                ("TargetDomainName", domain.into()),
                ("TargetUserSid", (&sid).into()),
                ("TargetLogonId", (&logon).into()),
            ]);
            table.row(&cells)
        }
        What::Privileges => {
            head(4672, "4672 - Special privileges assigned to new logon.", 12548, "8");
            cells.extend([
                (
                    "PrivilegeList",
                    "SeSecurityPrivilege \t\t\tSeBackupPrivilege \t\t\tSeRestorePrivilege \t\t\tSeDebugPrivilege"
                        .into(),
                ),
                ("SubjectUserName", (&name).into()),
                ("SubjectDomainName", domain.into()),
                ("SubjectUserSid", (&sid).into()),
                ("SubjectLogonId", (&logon).into()),
            ]);
            table.row(&cells)
        }
        What::Process(path, command, parent) => {
            head(4688, "4688 - A new process has been created.", 13312, "8");
            let id = format!("0x{:x}", rng.between(0x400, 0x3000) * 4);
            let parent_id = format!("0x{:x}", rng.between(0x100, 0x1000) * 4);
            let subject = if system { &machine } else { &name };
            let file = path.rsplit('\\').next().unwrap_or_default();
            cells.extend([
                ("NewProcessName", (*path).into()),
                ("NewProcessId", (&id).into()),
                ("Process", file.into()),
                ("ProcessId", (&parent_id).into()),
                ("ParentProcessName", (*parent).into()),
                ("CommandLine", command.into()),
                ("SubjectUserName", subject.into()),
                ("SubjectDomainName", "CONTOSO".into()),
                ("SubjectUserSid", (&sid).into()),
                ("SubjectLogonId", (&logon).into()),
                ("TargetLogonId", "0x0".into()),
                ("TokenElevationType", if system { "%%1936" } else { "%%1938" }.into()),
                ("MandatoryLabel", if system { "S-1-16-16384" } else { "S-1-16-8192" }.into()),
            ]);
            table.row(&cells)
        }
    }
}
