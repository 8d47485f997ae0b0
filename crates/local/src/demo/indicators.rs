//! ThreatIntelIndicators: what two made-up feeds and an analyst say of addresses, names, files and links.

use serde_json::json;

use super::clock::{DAY, END, HOUR, START, iso};
use super::internet::ATTACKER_NAME;
use super::rng::Rng;
use super::story::{ATTACKER_ADDRESS, SPRAY_ADDRESS, at};
use super::timeline::Plan;
use super::world::{TENANT, WORKSPACE};
use super::writer::{Cell, TableWriter};
use crate::Error;

/// A state of an indicator: the feeds send each again whenever it changes.
struct State {
    time: i64,
    id: String,
    source: &'static str,
    /// What it is about: the left-hand side of the STIX pattern.
    key: &'static str,
    value: String,
    name: String,
    kinds: &'static str,
    confidence: i64,
    from: i64,
    until: i64,
    active: bool,
    deleted: bool,
}

const FEED: &str = "Contoso demo feed";
const PARTNER: &str = "Fabrikam sharing group (demo)";
const ADDRESS: &str = "ipv4-addr:value";
const NAME: &str = "domain-name:value";

fn states(plan: &Plan<'_>) -> Vec<State> {
    let mut rng = Rng::new(plan.seed, "indicators", 0);
    let mut states = Vec::new();
    let mut add = |rng: &mut Rng, time, source, key, value: &str, name: &str, kinds, confidence, days: i64| -> String {
        let id = format!("indicator--{}", rng.guid());
        states.push(State {
            time,
            id: id.clone(),
            source,
            key,
            value: value.to_owned(),
            name: name.to_owned(),
            kinds,
            confidence,
            from: time - 6 * HOUR,
            until: time + days * DAY,
            active: true,
            deleted: false,
        });
        id
    };
    let morning = |day: i64| START + day * DAY + 14 * HOUR;
    add(
        &mut rng,
        morning(2),
        FEED,
        ADDRESS,
        SPRAY_ADDRESS,
        "Tor exit node, password spraying",
        "anonymization",
        85,
        60,
    );
    let own = add(
        &mut rng,
        at(9, 20, 0),
        PARTNER,
        ADDRESS,
        ATTACKER_ADDRESS,
        "Business e-mail compromise",
        "malicious-activity",
        60,
        30,
    );
    add(&mut rng, at(33, 40, 0), PARTNER, NAME, ATTACKER_NAME, "Exfiltration server", "malicious-activity", 75, 30);
    // A scanner whose indicator ran out before the demo ends, and one that was taken back.
    add(&mut rng, morning(1), FEED, ADDRESS, "92.255.85.17", "SSH scanner", "anomalous-activity", 70, 4);
    let office =
        add(&mut rng, morning(3), FEED, ADDRESS, "52.96.165.18", "Phishing host", "malicious-activity", 40, 60);
    add(&mut rng, morning(4), FEED, ADDRESS, "193.32.162.9", "RDP scanner", "anomalous-activity", 25, 60);
    for i in 0..24 {
        let time = morning(i % 12) + i * 7 * 60_000_000;
        let (key, value, name, kinds) = match i % 4 {
            0 => (ADDRESS, format!("198.51.100.{}", 10 + i), "Command and control", "malicious-activity"),
            1 => (NAME, format!("login-{i}.contoso-verify.example"), "Phishing page", "malicious-activity"),
            2 => (
                "url:value",
                format!("https://cdn{i}.badstatic.example/u/{i}.js"),
                "Card skimmer",
                "malicious-activity",
            ),
            _ => (
                "file:hashes.'SHA-256'",
                format!("{:016x}{:016x}{:016x}{:016x}", rng.bits(), rng.bits(), rng.bits(), rng.bits()),
                "Loader",
                "malicious-activity",
            ),
        };
        let confidence = rng.between(20, 95);
        let days = rng.between(10, 90);
        add(&mut rng, time, FEED, key, &value, name, kinds, confidence, days);
    }
    let of = |id: &str| states.iter().position(|s| s.id == id).unwrap_or_default();
    let (own, office) = (of(&own), of(&office));
    // The partner is surer a day later; the feed finds out that an address is a cloud service.
    let change = |i: usize, time: i64, confidence: i64, active: bool| {
        let s = &states[i];
        State {
            time,
            confidence,
            active,
            deleted: !active,
            id: s.id.clone(),
            value: s.value.clone(),
            name: s.name.clone(),
            ..*s
        }
    };
    let later = [change(own, at(33, 41, 0), 90, true), change(office, morning(5), 40, false)];
    states.extend(later);
    states.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    states.retain(|s| s.time < END);
    states
}

/// Writes ThreatIntelIndicators.
pub fn write(plan: &Plan<'_>, table: &mut TableWriter) -> Result<(), Error> {
    for s in states(plan) {
        let pattern = format!("[{} = '{}']", s.key, s.value);
        let data = json!({
            "type": "indicator", "spec_version": "2.1", "id": s.id, "name": s.name, "description": format!("{} ({}).", s.name, s.source),
            "indicator_types": [s.kinds], "pattern": pattern, "pattern_type": "stix", "confidence": s.confidence,
            "created": iso(s.from), "modified": iso(s.time), "valid_from": iso(s.from), "valid_until": iso(s.until),
            "labels": ["demo"], "revoked": !s.active
        })
        .to_string();
        let id = format!("{TENANT}---{}", s.id);
        table.row(&[
            ("TimeGenerated", Cell::Time(s.time)),
            ("SourceSystem", "SecurityGraph".into()),
            ("Id", (&id).into()),
            ("Source", s.source.into()),
            ("ObservableKey", s.key.into()),
            ("ObservableValue", (&s.value).into()),
            ("Pattern", (&pattern).into()),
            ("Confidence", Cell::Number(s.confidence)),
            ("Created", Cell::Time(s.from)),
            ("Modified", Cell::Time(s.time)),
            ("ValidFrom", Cell::Time(s.from)),
            ("ValidUntil", Cell::Time(s.until)),
            ("IsActive", Cell::Bool(s.active)),
            ("IsDeleted", Cell::Bool(s.deleted)),
            ("Revoked", Cell::Bool(!s.active)),
            ("Data", (&data).into()),
            ("AdditionalFields", r#"{"TLPLevel":"amber"}"#.into()),
            ("Tags", "demo".into()),
            ("AzureTenantId", TENANT.into()),
            ("WorkspaceId", WORKSPACE.into()),
            ("LastUpdateMethod", if s.source == FEED { "TaxiiDataConnector" } else { "UploadIndicatorsApi" }.into()),
        ])?;
    }
    Ok(())
}
