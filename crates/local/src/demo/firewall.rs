//! CommonSecurityLog: the firewall of the Seattle office, in the Common Event Format.

use super::clock::{MINUTE, SECOND, iso, rhythm};
use super::internet::{scanner, service_of, source_port};
use super::rng::Rng;
use super::story::{ATTACKER_ADDRESS, SPRAY_ADDRESS, VPN_ADDRESS, at};
use super::timeline::{Plan, Timed};
use super::world::{PLACES, VICTIM, VPN_EGRESS};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// One session that the firewall logged.
#[derive(Debug, Clone)]
struct Session {
    source: String,
    source_port: i64,
    /// The address that a user of the VPN was given.
    translated: &'static str,
    target: String,
    target_port: i64,
    target_name: &'static str,
    user: String,
    application: &'static str,
    inbound: bool,
    allowed: bool,
    rule: &'static str,
    sent: i64,
    received: i64,
    message: &'static str,
}

fn draw(plan: &Plan<'_>, rng: &mut Rng, time: i64) -> Vec<Timed<Session>> {
    let mut session = Session {
        source: String::new(),
        source_port: source_port(rng),
        translated: "",
        target: String::new(),
        target_port: 443,
        target_name: "",
        user: String::new(),
        application: "ssl",
        inbound: false,
        allowed: true,
        rule: "allow-web",
        sent: rng.between(1_200, 60_000),
        received: rng.between(4_000, 900_000),
        message: "",
    };
    if rng.chance(60) {
        session.source = scanner(rng);
        session.target = (*rng.pick(&[PLACES[0].office, VPN_EGRESS[0]])).to_owned();
        session.target_port = *rng.pick(&[22, 23, 80, 443, 445, 3389, 8443]);
        (session.application, session.rule) = ("not-applicable", "deny-inbound");
        (session.inbound, session.allowed) = (true, false);
        (session.sent, session.received) = (60, 0);
        return vec![(time, session)];
    }
    let person = plan.world.someone(rng);
    // The other offices have firewalls of their own, which do not report here.
    if person.site != 0 || rng.below(1000) >= rhythm(time, PLACES[0].zone) {
        return Vec::new();
    }
    let service = service_of(rng);
    session.source = plan.world.hosts[person.workstation].address.clone();
    session.user = format!(r"contoso\{}", person.login);
    session.target = service.address.to_owned();
    session.target_name = service.name;
    session.application = service.application;
    vec![(time, session)]
}

/// The attacker uses the VPN with the account, goes from there to two servers, and the file server sends what was collected.
fn story(plan: &Plan<'_>) -> Vec<Timed<Session>> {
    let alice = &plan.world.people[VICTIM];
    let file_server = plan.world.host("SEA-FS01");
    let base = Session {
        source: ATTACKER_ADDRESS.to_owned(),
        source_port: 50_612,
        translated: "",
        target: VPN_EGRESS[0].to_owned(),
        target_port: 443,
        target_name: "",
        user: String::new(),
        application: "panos-global-protect",
        inbound: true,
        allowed: true,
        rule: "vpn-portal",
        sent: 18_204,
        received: 40_771,
        message: "",
    };
    let mut sessions = Vec::new();
    for (i, minute) in [(0, 5), (1, 9), (2, 16)] {
        let tried = Session {
            source: SPRAY_ADDRESS.to_owned(),
            source_port: 40_100 + i,
            allowed: false,
            rule: "deny-anonymizers",
            sent: 60,
            received: 0,
            ..base.clone()
        };
        sessions.push((at(2, minute, 40), tried));
    }
    let connected = Session {
        user: alice.upn.clone(),
        translated: VPN_ADDRESS,
        message: "GlobalProtect gateway user connected; a private address was assigned",
        ..base.clone()
    };
    sessions.push((at(21, 8, 37), connected));
    for (hour, minute, second, host) in [(21, 15, 24, "SEA-SQL01"), (21, 48, 33, "SEA-FS01")] {
        let desktop = Session {
            source: VPN_ADDRESS.to_owned(),
            target: plan.world.host(host).address.clone(),
            target_port: 3389,
            user: r"contoso\alice".to_owned(),
            application: "ms-rdp",
            inbound: false,
            rule: "vpn-to-servers",
            sent: 2_406_113,
            received: 31_880_240,
            ..base.clone()
        };
        sessions.push((at(hour, minute, second), desktop));
    }
    for i in 0..6 {
        let upload = Session {
            source: file_server.address.clone(),
            source_port: 51_020 + i,
            target: ATTACKER_ADDRESS.to_owned(),
            target_name: super::internet::ATTACKER_NAME,
            application: "ssl",
            inbound: false,
            rule: "allow-web",
            sent: 418_771_200 + 7_340_033 * i,
            received: 912_400,
            ..base.clone()
        };
        sessions.push((at(21, 57, 0) + i * 2 * MINUTE + i * 7 * SECOND, upload));
    }
    sessions
}

/// Writes CommonSecurityLog.
pub fn write(plan: &Plan<'_>, wanted: u64, table: &mut TableWriter) -> Result<(), Error> {
    plan.run(
        "firewall",
        wanted,
        &story(plan),
        |rng, time| draw(plan, rng, time),
        |rng, time, session| row(rng, time, session, table),
    )
}

fn row(rng: &mut Rng, time: i64, e: &Session, table: &mut TableWriter) -> Result<(), Error> {
    let id = format!("7{:015}", rng.below(1_000_000_000_000_000));
    let received = iso(time);
    let vpn = !e.translated.is_empty();
    let remote = if e.inbound { &e.source } else { &e.target };
    let mut cells: Vec<(&str, Cell<'_>)> = vec![
        ("TimeGenerated", Cell::Time(time)),
        ("SourceSystem", "OpsManager".into()),
        ("DeviceVendor", "Palo Alto Networks".into()),
        ("DeviceProduct", "PAN-OS".into()),
        ("DeviceVersion", "10.2.7".into()),
        ("DeviceEventClassID", if vpn { "globalprotect" } else { "end" }.into()),
        ("Activity", if vpn { "GLOBALPROTECT" } else { "TRAFFIC" }.into()),
        ("LogSeverity", if e.allowed { "1" } else { "4" }.into()),
        ("Computer", "SEA-FW01".into()),
        ("DeviceName", "SEA-FW01".into()),
        ("CollectorHostName", "log01".into()),
        ("DeviceExternalID", "012801096514".into()),
        ("ExtID", (&id).into()),
        ("ReceiptTime", (&received).into()),
        ("StartTime", Cell::Time(time - rng.between(1, 600) * SECOND)),
        ("EndTime", Cell::Time(time)),
        ("DeviceAction", if e.allowed { "allow" } else { "deny" }.into()),
        ("SimplifiedDeviceAction", if e.allowed { "Allow" } else { "Deny" }.into()),
        ("CommunicationDirection", if e.inbound { "0" } else { "1" }.into()),
        ("Protocol", "tcp".into()),
        ("ApplicationProtocol", e.application.into()),
        ("SourceIP", (&e.source).into()),
        ("SourcePort", Cell::Number(e.source_port)),
        ("DestinationIP", (&e.target).into()),
        ("DestinationPort", Cell::Number(e.target_port)),
        ("RemoteIP", remote.into()),
        ("SentBytes", Cell::Number(e.sent)),
        ("ReceivedBytes", Cell::Number(e.received)),
        ("DeviceCustomString1Label", "Rule".into()),
        ("DeviceCustomString1", e.rule.into()),
        ("DeviceInboundInterface", if e.inbound { "ethernet1/1" } else { "ethernet1/2" }.into()),
        ("DeviceOutboundInterface", if e.inbound { "ethernet1/2" } else { "ethernet1/1" }.into()),
    ];
    for (column, value) in [
        ("SourceUserName", e.user.as_str()),
        ("DestinationHostName", e.target_name),
        ("SourceTranslatedAddress", e.translated),
        ("Message", e.message),
    ] {
        if !value.is_empty() {
            cells.push((column, value.into()));
        }
    }
    table.row(&cells)
}
