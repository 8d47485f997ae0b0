//! The compromise of `alice@contoso.com`.
//!
//! | when (UTC) | where | what |
//! |---|---|---|
//! | 22 May, 02:04 to 02:41 | SigninLogs | password spray from 185.220.101.34 (Germany) against 36 accounts |
//! | 03:12 to 03:19 | SigninLogs | from 45.155.205.33 (Russia), Firefox on Linux: the password is right, two MFA requests are denied, the third is granted |
//! | 03:31 | OfficeActivity | `New-InboxRule` forwards mail about invoices and payments to an outside address |
//! | 03:44 to 04:20 | OfficeActivity | 164 files of the finance site are downloaded |
//! | 04:38 to 04:58 | SigninLogs, AzureActivity | Azure portal; role assignment, storage keys |
//! | 21:08 | CommonSecurityLog | the VPN gives 45.155.205.33, signed in as the account, the address 10.10.60.77 |
//! | 21:14 to 22:10 | SecurityEvent, DnsEvents, flows | RDP from 10.10.60.77 to SEA-SQL01 and SEA-FS01, discovery commands |
//! | 21:56 to 22:08 | DnsEvents, DeviceNetworkEvents, CommonSecurityLog, flows | SEA-FS01 sends 2.5 GB to files.contoso-share.example, which is 45.155.205.33 |
//! | 23 May, 01:20 to 01:40 | Syslog | ssh to jump01 from 45.155.205.33 after failed passwords, sudo |

use super::azure::{self, ASSIGN_ROLE, LIST_KEYS};
use super::clock::{DAY, END, HOUR, MINUTE, SECOND};
use super::office::{self, Action, SITES};
use super::rng::Rng;
use super::signins::{FILES, OFFICE_HOME, OUTLOOK, PORTAL, Signin};
use super::syslog;
use super::timeline::Timed;
use super::windows::{self, What, Who};
use super::world::{Device, Person, Place, VICTIM, World};

/// The address of the password spray.
pub const SPRAY_ADDRESS: &str = "185.220.101.34";
/// The address from which the account is used.
pub const ATTACKER_ADDRESS: &str = "45.155.205.33";
/// The address that the company's VPN gave the attacker.
pub const VPN_ADDRESS: &str = "10.10.60.77";
/// 2024-05-22T00:00:00Z.
pub const FIRST_DAY: i64 = END - DAY - 18 * HOUR;

const fn far(city: &'static str, state: &'static str, country: &'static str, latitude: f64, longitude: f64) -> Place {
    Place { city, state, country, latitude, longitude, zone: 0, network: "", office: "", code: "" }
}
/// Where the spray comes from.
pub const SPRAY_PLACE: Place = far("Berlin", "Berlin", "DE", 52.5200, 13.4050);
/// Where the attacker seems to be.
pub const ATTACKER_PLACE: Place = far("Moscow", "Moskva", "RU", 55.7558, 37.6173);
/// What the attacker signs in with.
pub const ATTACKER_DEVICE: Device = Device {
    system: "Linux",
    browser: "Firefox 115.0",
    agent: "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
};
const SPRAY_DEVICE: Device = Device { system: "", browser: "Python Requests 2.31", agent: "python-requests/2.31.0" };

/// The events of the story, by table.
#[derive(Debug, Default)]
pub struct Story<'a> {
    /// SigninLogs.
    pub signins: Vec<Timed<Signin<'a>>>,
    /// OfficeActivity.
    pub office: Vec<Timed<office::Operation<'a>>>,
    /// AzureActivity.
    pub azure: Vec<Timed<azure::Operation>>,
    /// SecurityEvent.
    pub windows: Vec<Timed<windows::Event<'a>>>,
    /// Syslog.
    pub syslog: Vec<Timed<syslog::Message<'a>>>,
}

/// `hour:minute:second` of the first day of the story, in microseconds since 1970.
pub const fn at(hour: i64, minute: i64, second: i64) -> i64 {
    FIRST_DAY + hour * HOUR + minute * MINUTE + second * SECOND
}

/// Tells the story.
pub fn tell(world: &World) -> Story<'_> {
    let mut rng = Rng::new(0, "story", 0);
    let alice = &world.people[VICTIM];
    Story {
        signins: signins(world, alice, &mut rng),
        office: office(alice, &mut rng),
        azure: azure(alice, &mut rng),
        windows: windows(world, alice),
        syslog: ssh(world, &mut rng),
    }
}

fn signins<'a>(world: &'a World, alice: &'a Person, rng: &mut Rng) -> Vec<Timed<Signin<'a>>> {
    let spray = |person, code| Signin {
        person,
        address: SPRAY_ADDRESS.to_owned(),
        place: SPRAY_PLACE,
        device: SPRAY_DEVICE,
        app: OUTLOOK,
        code,
        risk: "none",
    };
    let own = |app, code, risk| Signin {
        person: alice,
        address: ATTACKER_ADDRESS.to_owned(),
        place: ATTACKER_PLACE,
        device: ATTACKER_DEVICE,
        app,
        code,
        risk,
    };
    let mut events = Vec::new();
    let mut time = at(2, 4, 11);
    for round in 0..2 {
        for person in world.people.iter().step_by(4).take(36) {
            // The second round finds the password of one; another account is locked by then.
            let code = match (round, person.login.as_str()) {
                (1, "alice") => 50074,
                (1, "emma.kelly" | "quinn.lee") => 50053,
                _ => 50126,
            };
            events.push((time, spray(person, code)));
            time += rng.between(18, 42) * SECOND + rng.between(0, 999) * 1000;
        }
    }
    events.extend([
        (at(3, 12, 8), own(OFFICE_HOME, 50074, "medium")),
        (at(3, 13, 40), own(OFFICE_HOME, 500_121, "medium")),
        (at(3, 15, 31), own(OFFICE_HOME, 500_121, "medium")),
        (at(3, 18, 57), own(OFFICE_HOME, 0, "high")),
        (at(3, 24, 2), own(OUTLOOK, 0, "high")),
        (at(3, 42, 19), own(FILES, 0, "high")),
        (at(4, 38, 45), own(PORTAL, 0, "high")),
        (at(20, 51, 13), own(OUTLOOK, 0, "high")),
    ]);
    events
}

fn office<'a>(alice: &'a Person, rng: &mut Rng) -> Vec<Timed<office::Operation<'a>>> {
    let by =
        |address: String, action| office::Operation { person: alice, address, agent: ATTACKER_DEVICE.agent, action };
    let rule = r#"[{"Name":"AlwaysDeleteOutlookRulesBlob","Value":"False"},{"Name":"Force","Value":"False"},{"Name":"Name","Value":"."},{"Name":"SubjectOrBodyContainsWords","Value":"invoice;payment;wire"},{"Name":"ForwardTo","Value":"a.nguyen.contoso@outlook.com"},{"Name":"MarkAsRead","Value":"True"},{"Name":"StopProcessingRules","Value":"True"}]"#;
    let mut events = vec![
        (at(3, 26, 30), by(ATTACKER_ADDRESS.to_owned(), Action::Mail("MailItemsAccessed"))),
        (at(3, 28, 5), by(ATTACKER_ADDRESS.to_owned(), Action::Mail("MailItemsAccessed"))),
        (
            at(3, 31, 22),
            by(
                format!("{ATTACKER_ADDRESS}:51234"),
                Action::Command("New-InboxRule", r"alice\.".to_owned(), rule.to_owned()),
            ),
        ),
    ];
    let (site, folder, names) = SITES[0];
    let mut time = at(3, 44, 10);
    for i in 0..164 {
        let name = format!("{} {:02}.{}", names[i % names.len()], i / names.len() + 1, ["xlsx", "pdf", "docx"][i % 3]);
        events.push((
            time,
            by(ATTACKER_ADDRESS.to_owned(), Action::File("FileDownloaded", site.to_owned(), folder, name)),
        ));
        time += rng.between(3, 23) * SECOND;
    }
    events
}

fn azure(alice: &Person, rng: &mut Rng) -> Vec<Timed<azure::Operation>> {
    let mut record = |time, kind, outcome| azure::records(rng, time, &alice.upn, ATTACKER_ADDRESS, kind, outcome);
    [
        record(at(4, 44, 9), ASSIGN_ROLE, "Failure"),
        record(at(4, 52, 37), ASSIGN_ROLE, "Success"),
        record(at(4, 58, 2), LIST_KEYS, "Success"),
    ]
    .concat()
}

fn windows<'a>(world: &'a World, alice: &'a Person) -> Vec<Timed<windows::Event<'a>>> {
    let mut events = Vec::new();
    let mut add = |time, host, session, what| {
        events.push((time, windows::Event { host: world.host(host), who: Who::Person(alice), what, session }));
    };
    let from = || VPN_ADDRESS.to_owned();
    let shell = r"C:\Windows\System32\cmd.exe";
    let run = |path: &'static str, command: &str| What::Process(path, command.to_owned(), shell);
    let system = |file: &str| match file {
        "whoami" => r"C:\Windows\System32\whoami.exe",
        "net" => r"C:\Windows\System32\net.exe",
        "nltest" => r"C:\Windows\System32\nltest.exe",
        _ => r"C:\Windows\System32\Robocopy.exe",
    };
    let (first, second) = (0x5a_31c4, 0x77_0e12);
    for (minute, second) in [(14, 3), (14, 21), (14, 50)] {
        add(at(21, minute, second), "SEA-SQL01", 0, What::Failure(10, from(), "0xc000006a"));
    }
    add(at(21, 15, 26), "SEA-SQL01", first, What::Logon(10, from()));
    add(at(21, 15, 26), "SEA-SQL01", first, What::Privileges);
    add(at(21, 17, 2), "SEA-SQL01", first, run(system("whoami"), "whoami /all"));
    add(at(21, 17, 40), "SEA-SQL01", first, run(system("net"), "net group \"Domain Admins\" /domain"));
    add(at(21, 19, 11), "SEA-SQL01", first, run(system("nltest"), "nltest /domain_trusts"));
    add(at(21, 44, 0), "SEA-SQL01", first, What::Logoff(10));
    add(at(21, 48, 35), "SEA-FS01", second, What::Logon(10, from()));
    add(at(21, 48, 35), "SEA-FS01", second, What::Privileges);
    add(
        at(21, 53, 18),
        "SEA-FS01",
        second,
        run(system("robocopy"), r"robocopy D:\Finance C:\ProgramData\tmp /e /maxage:365"),
    );
    add(at(22, 9, 50), "SEA-FS01", second, What::Logoff(10));
    events
}

fn ssh<'a>(world: &'a World, rng: &mut Rng) -> Vec<Timed<syslog::Message<'a>>> {
    let host = world.host("jump01");
    let next = |minute, second| at(25, minute, second);
    let mut events = Vec::new();
    for i in 0..6 {
        events.extend(syslog::ssh(rng, next(20, 4 + 7 * i), host, "alice", ATTACKER_ADDRESS, None));
    }
    events.extend(syslog::ssh(rng, next(21, 9), host, "alice", ATTACKER_ADDRESS, Some("password")));
    events.extend(syslog::sudo(next(23, 30), host, "alice", "/usr/bin/cat /etc/shadow", false));
    events.extend(syslog::ssh(rng, next(31, 2), world.host("db01"), "alice", &host.address, Some("password")));
    events
}
