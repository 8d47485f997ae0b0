//! SecurityEvent: logons and processes of Windows hosts. `windows_rows` writes them.

use super::clock::{MINUTE, SECOND, rhythm};
use super::rng::Rng;
use super::timeline::{Plan, Timed};
use super::windows_rows::row;
use super::world::{Host, PLACES, Person, Role};
use super::writer::TableWriter;
use crate::Error;

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// 4624, with `LogonType` and source address.
    Logon(i64, String),
    /// 4625, with `LogonType`, source address and `SubStatus`.
    Failure(i64, String, &'static str),
    /// 4634, with `LogonType`.
    Logoff(i64),
    /// 4672.
    Privileges,
    /// 4688, with process, command line and parent process.
    Process(&'static str, String, &'static str),
}

/// Whose account.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// A domain account.
    Person(&'a Person),
    /// A service account of the domain.
    Service(&'static str),
    /// `NT AUTHORITY\SYSTEM`, acting through the account of the computer.
    System,
    /// A name that does not exist.
    Unknown(&'static str),
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Where.
    pub host: &'a Host,
    /// Who.
    pub who: Who<'a>,
    /// What.
    pub what: What,
    /// Ties the events of a session together.
    pub session: u64,
}

const SERVICES: [&str; 4] = ["svc-backup", "svc-sql", "svc-scan", "svc-monitor"];
const USER_PROCESSES: &[(u64, (&str, &str, &str))] = &[
    (20, (r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE", "", r"C:\Windows\explorer.exe")),
    (
        14,
        (
            r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
            " --single-argument https://contoso.sharepoint.com/",
            r"C:\Windows\explorer.exe",
        ),
    ),
    (12, (r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", " /dde", r"C:\Windows\explorer.exe")),
    (10, (r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", " /n", r"C:\Windows\explorer.exe")),
    (8, (r"C:\Windows\System32\notepad.exe", "", r"C:\Windows\explorer.exe")),
    (4, (r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", "", r"C:\Windows\explorer.exe")),
    (3, (r"C:\Windows\System32\cmd.exe", "", r"C:\Windows\explorer.exe")),
];
const SYSTEM_PROCESSES: &[(u64, (&str, &str, &str))] = &[
    (24, (r"C:\Windows\System32\svchost.exe", " -k netsvcs -p -s Schedule", r"C:\Windows\System32\services.exe")),
    (18, (r"C:\Windows\System32\conhost.exe", " 0xffffffff -ForceV1", r"C:\Windows\System32\cmd.exe")),
    (14, (r"C:\Windows\System32\taskhostw.exe", "", r"C:\Windows\System32\svchost.exe")),
    (
        12,
        (
            r"C:\Program Files\Windows Defender Advanced Threat Protection\SenseCncProxy.exe",
            "",
            r"C:\Windows\System32\services.exe",
        ),
    ),
    (10, (r"C:\Windows\System32\wbem\WmiPrvSE.exe", " -secured -Embedding", r"C:\Windows\System32\svchost.exe")),
    (8, (r"C:\Windows\System32\backgroundTaskHost.exe", "", r"C:\Windows\System32\svchost.exe")),
    (4, (r"C:\Windows\System32\gpupdate.exe", " /target:computer", r"C:\Windows\System32\svchost.exe")),
];

fn process(rng: &mut Rng, list: &[(u64, (&'static str, &'static str, &'static str))]) -> What {
    let (path, arguments, parent) = *rng.weighted(list);
    What::Process(path, format!("\"{path}\"{arguments}"), parent)
}

fn draw<'a>(plan: &Plan<'a>, rng: &mut Rng, time: i64) -> Vec<Timed<Event<'a>>> {
    let world = plan.world;
    let session = rng.bits() >> 36;
    let server = |rng: &mut Rng| &world.hosts[*rng.pick(&world.servers)];
    let mut events = Vec::new();
    let mut add =
        |at: i64, host: &'a Host, who: Who<'a>, what: What| events.push((at, Event { host, who, what, session }));
    match rng.below(100) {
        // Machines are busy day and night.
        0..=11 => {
            let host = if rng.chance(700) { server(rng) } else { world.host("SEA-DC01") };
            match rng.below(10) {
                0..=3 => add(time, host, Who::System, What::Logon(5, "-".to_owned())),
                _ => {
                    let what = process(rng, SYSTEM_PROCESSES);
                    add(time, host, Who::System, what);
                }
            }
        }
        12..=14 => {
            let (host, from, name) = (server(rng), server(rng), *rng.pick(&SERVICES));
            let who = Who::Service(name);
            add(time, host, who, What::Logon(3, from.address.clone()));
            add(time + rng.between(1, 90) * SECOND, host, who, What::Logoff(3));
            if rng.chance(8) {
                add(time + 2 * SECOND, host, who, What::Failure(3, from.address.clone(), "0xc0000071"));
            }
        }
        // The internet tries the one host that it can reach.
        15 if rng.chance(120) => {
            let name = *rng.pick(&["administrator", "admin", "test", "user", "scanner", "backup"]);
            let from = format!("{}.{}.{}", rng.pick(&["92.255.85", "193.32.162", "113.160.1"]), rng.between(1, 60), 0);
            let from = from.rsplit_once('.').map_or(from.clone(), |(head, _)| head.to_owned());
            add(time, world.host("SEA-APP02"), Who::Unknown(name), What::Failure(3, from, "0xc0000064"));
        }
        _ => {
            let person = world.someone(rng);
            if rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
                return Vec::new();
            }
            let who = Who::Person(person);
            let own = &world.hosts[person.workstation];
            match rng.below(100) {
                0..=9 => {
                    let kind = *rng.weighted(&[(30, 2), (60, 7), (10, 11)]);
                    let from = if kind == 11 { "-" } else { "127.0.0.1" };
                    if rng.chance(60) {
                        add(time - 9 * SECOND, own, who, What::Failure(kind, from.to_owned(), "0xc000006a"));
                    }
                    add(time, own, who, What::Logon(kind, from.to_owned()));
                    if person.role == Role::Admin {
                        add(time, own, who, What::Privileges);
                    }
                }
                10..=34 => {
                    // Files and domain services, from the person's own computer.
                    let host = world.host(&format!("{}-{}", PLACES[person.site].code, rng.pick(&["FS01", "DC01"])));
                    add(time, host, who, What::Logon(3, own.address.clone()));
                    add(time + rng.between(5, 900) * SECOND, host, who, What::Logoff(3));
                }
                35..=37 if person.role != Role::Staff => {
                    let host = server(rng);
                    add(time, host, who, What::Logon(10, own.address.clone()));
                    add(time, host, who, What::Privileges);
                    let what = process(rng, USER_PROCESSES);
                    add(time + 40 * SECOND, host, who, what);
                    add(time + rng.between(5, 60) * MINUTE, host, who, What::Logoff(10));
                }
                38 if rng.chance(300) => add(time, own, who, What::Failure(2, "127.0.0.1".to_owned(), "0xc000006a")),
                _ => {
                    let what = process(rng, USER_PROCESSES);
                    add(time, own, who, what);
                }
            }
        }
    }
    events
}

/// Writes SecurityEvent.
pub fn write(plan: &Plan<'_>, wanted: u64, story: &[Timed<Event<'_>>], table: &mut TableWriter) -> Result<(), Error> {
    plan.run("windows", wanted, story, |rng, time| draw(plan, rng, time), |rng, time, e| row(rng, time, e, table))
}
