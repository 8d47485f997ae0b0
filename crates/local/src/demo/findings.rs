//! SecurityAlert and HuntingBookmark: what was detected, and what an analyst wrote down.

use serde_json::{Value, json};

use super::clock::{DAY, END, HOUR, MINUTE, START, iso, moment, rhythm};
use super::rng::Rng;
use super::story::{ATTACKER_ADDRESS, ATTACKER_PLACE, SPRAY_ADDRESS, SPRAY_PLACE, VPN_ADDRESS, at};
use super::timeline::Plan;
use super::world::{Host, PLACES, Person, Place, SUBSCRIPTION, TENANT, VICTIM};
use super::writer::{Cell, TableWriter};
use crate::Error;

struct Alert {
    /// When what it reports began and ended.
    from: i64,
    to: i64,
    name: &'static str,
    severity: &'static str,
    description: String,
    product: &'static str,
    provider: &'static str,
    kind: &'static str,
    tactics: &'static str,
    compromised: String,
    entities: Vec<Value>,
    /// A second record of the same alert, some hours later.
    updated: bool,
}

fn account(person: &Person) -> Value {
    json!({
        "Name": person.login, "UPNSuffix": "contoso.com", "AadTenantId": TENANT, "AadUserId": person.id, "IsDomainJoined": true,
        "DisplayName": person.display, "Type": "account"
    })
}

fn address(address: &str, place: Option<Place>) -> Value {
    let mut entity = json!({ "Address": address, "Type": "ip" });
    if let Some(place) = place {
        entity["Location"] = json!({ "CountryCode": place.country, "City": place.city, "Longitude": place.longitude, "Latitude": place.latitude });
    }
    entity
}

fn computer(host: &Host) -> Value {
    let mut entity = json!({ "HostName": host.name, "OSFamily": if host.fqdn.contains('.') { "Windows" } else { "Linux" }, "Type": "host" });
    if host.fqdn.contains('.') {
        entity["DnsDomain"] = "contoso.com".into();
    }
    if !host.resource.is_empty() {
        entity["AzureID"] = host.resource.clone().into();
    }
    entity
}

/// Writes SecurityAlert.
pub fn alerts(plan: &Plan<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let mut rng = Rng::new(plan.seed, "alerts", 0);
    let mut alerts = everyday(plan, &mut rng);
    alerts.extend(story(plan));
    let mut rows = Vec::new();
    for alert in &alerts {
        let (id, vendor) = (rng.guid(), rng.guid());
        let first = alert.to + rng.between(4, 15) * MINUTE;
        rows.push((first, alert, id.clone(), vendor.clone()));
        if alert.updated {
            rows.push((first + 5 * HOUR, alert, id, vendor));
        }
    }
    rows.sort_by_key(|r| r.0);
    for (time, alert, id, vendor) in rows.iter().filter(|r| r.0 < END) {
        row(*time, alert, id, vendor, table)?;
    }
    Ok(())
}

fn everyday(plan: &Plan<'_>, rng: &mut Rng) -> Vec<Alert> {
    let world = plan.world;
    let mut alerts = Vec::new();
    while alerts.len() < 34 {
        let person = &world.people[1 + rng.below(world.people.len() as u64 - 1) as usize];
        let time = moment(rng, START, END - HOUR);
        if rng.below(1000) >= rhythm(time, PLACES[person.site].zone) {
            continue;
        }
        let host = &world.hosts[person.workstation];
        let (name, severity, product, provider, kind, tactics, entities) = match rng.below(5) {
            0 => (
                "Atypical travel",
                "Medium",
                "Azure Active Directory Identity Protection",
                "IPC",
                "ImpossibleTravel",
                "InitialAccess",
                vec![account(person), address(&person.home, Some(PLACES[person.site]))],
            ),
            1 => (
                "Unfamiliar sign-in properties",
                "Low",
                "Azure Active Directory Identity Protection",
                "IPC",
                "UnfamiliarLocation",
                "InitialAccess",
                vec![account(person), address(&person.home, Some(PLACES[person.site]))],
            ),
            2 => (
                "Suspicious PowerShell command line",
                "Medium",
                "Microsoft Defender for Endpoint",
                "MDATP",
                "SuspiciousPowerShellCommandLine",
                "Execution",
                vec![account(person), computer(host), address(&host.address, None)],
            ),
            3 => (
                "'EICAR_Test_File' malware was prevented",
                "Informational",
                "Microsoft Defender for Endpoint",
                "MDATP",
                "EICAR_Test_File",
                "Malware",
                vec![computer(host)],
            ),
            _ => (
                "Failed SSH logons from the internet",
                "Low",
                "Microsoft Sentinel",
                "ASI Scheduled Alerts",
                "ScheduledAnalyticsRule",
                "CredentialAccess",
                vec![computer(world.host("web01")), address("92.255.85.17", None)],
            ),
        };
        let compromised =
            entities.iter().find(|e| e["Type"] == "account").map_or_else(|| host.name.clone(), |_| person.upn.clone());
        alerts.push(Alert {
            from: time,
            to: time + rng.between(1, 40) * MINUTE,
            name,
            severity,
            description: format!("{name}, reported by {product}."),
            product,
            provider,
            kind,
            tactics,
            compromised,
            entities,
            updated: rng.chance(100),
        });
    }
    alerts
}

fn story(plan: &Plan<'_>) -> Vec<Alert> {
    let alice = &plan.world.people[VICTIM];
    let attacker = || address(ATTACKER_ADDRESS, Some(ATTACKER_PLACE));
    let make =
        |from, to, name, severity, description: &str, (product, provider, kind), tactics, entities, updated| Alert {
            from,
            to,
            name,
            severity,
            description: description.to_owned(),
            product,
            provider,
            kind,
            tactics,
            compromised: alice.upn.clone(),
            entities,
            updated,
        };
    let identity = |kind| ("Azure Active Directory Identity Protection", "IPC", kind);
    let cloud_apps = |kind| ("Microsoft Defender for Cloud Apps", "MCAS", kind);
    let rule = ("Microsoft Sentinel", "ASI Scheduled Alerts", "ScheduledAnalyticsRule");
    vec![
        make(
            at(2, 4, 11),
            at(2, 41, 0),
            "Password Spray",
            "High",
            "Password spray attack detected: one address tried a few passwords on many accounts.",
            identity("PasswordSpray"),
            "CredentialAccess",
            vec![account(alice), address(SPRAY_ADDRESS, Some(SPRAY_PLACE))],
            false,
        ),
        make(
            at(3, 12, 8),
            at(3, 24, 2),
            "Unfamiliar sign-in properties",
            "High",
            "The following properties of this sign-in are unfamiliar for the given user: ASN, Browser, Device, IP, Location, EASId, TenantIPsubnet",
            identity("UnfamiliarLocation"),
            "InitialAccess",
            vec![account(alice), attacker()],
            true,
        ),
        make(
            at(3, 31, 22),
            at(3, 31, 22),
            "Suspicious inbox forwarding",
            "Medium",
            "A suspicious inbox forwarding rule was set on the mailbox of alice@contoso.com.",
            cloud_apps("MCAS_ALERT_ANUBIS_DETECTION_SUSPICIOUS_INBOX_FORWARDING"),
            "Exfiltration",
            vec![account(alice), attacker()],
            false,
        ),
        make(
            at(3, 44, 10),
            at(4, 20, 0),
            "Mass download by a single user",
            "Medium",
            "The user alice@contoso.com downloaded 164 files within an hour.",
            cloud_apps("MCAS_ALERT_CABINET_EVENT_MATCH_AUDIT"),
            "Exfiltration",
            vec![account(alice), attacker()],
            false,
        ),
        make(
            at(21, 15, 26),
            at(22, 9, 50),
            "Rare RDP connections",
            "Medium",
            "An account logged on to servers with RDP that it had not used in the last 14 days.",
            rule,
            "LateralMovement",
            vec![
                account(alice),
                computer(plan.world.host("SEA-SQL01")),
                computer(plan.world.host("SEA-FS01")),
                address(VPN_ADDRESS, None),
            ],
            false,
        ),
        make(
            at(25, 20, 4),
            at(25, 31, 2),
            "SSH logon after failed attempts",
            "High",
            "A logon with password followed failed ones from the same address.",
            rule,
            "CredentialAccess",
            vec![account(alice), computer(plan.world.host("jump01")), attacker()],
            false,
        ),
    ]
}

fn row(time: i64, alert: &Alert, id: &str, vendor: &str, table: &mut TableWriter) -> Result<(), Error> {
    let entities: Value = alert
        .entities
        .iter()
        .zip(3..)
        .map(|(entity, number)| {
            let mut numbered = json!({ "$id": format!("{number}") });
            if let (Some(target), Some(source)) = (numbered.as_object_mut(), entity.as_object()) {
                target.extend(source.clone());
            }
            numbered
        })
        .collect();
    let entities = serde_json::to_string_pretty(&entities).unwrap_or_default().replace('\n', "\r\n");
    let link = format!("https://portal.azure.com/#blade/Microsoft_Azure_Security_Insights/AlertDetails/{id}");
    let mut extended =
        json!({ "Alert Mode": "Aggregated", "User Account": alert.compromised, "ProcessedBySentinel": "True" });
    if let Some(ip) = alert.entities.iter().find(|e| e["Type"] == "ip") {
        extended["Client IP Address"] = ip["Address"].clone();
    }
    let extended = extended.to_string();
    table.row(&[
        ("TimeGenerated", Cell::Time(time)),
        ("DisplayName", alert.name.into()),
        ("AlertName", alert.name.into()),
        ("AlertSeverity", alert.severity.into()),
        ("Description", (&alert.description).into()),
        ("ProviderName", alert.provider.into()),
        ("VendorName", "Microsoft".into()),
        ("VendorOriginalId", vendor.into()),
        ("SystemAlertId", id.into()),
        ("AlertType", alert.kind.into()),
        ("ConfidenceLevel", "Unknown".into()),
        ("IsIncident", Cell::Bool(false)),
        ("StartTime", Cell::Time(alert.from)),
        ("EndTime", Cell::Time(alert.to)),
        ("ProcessingEndTime", Cell::Time(time)),
        ("ExtendedProperties", (&extended).into()),
        ("Entities", (&entities).into()),
        ("SourceSystem", "Detection".into()),
        ("WorkspaceSubscriptionId", SUBSCRIPTION.into()),
        ("WorkspaceResourceGroup", "rg-soc".into()),
        ("ProductName", alert.product.into()),
        ("ProductComponentName", alert.tactics.into()),
        ("AlertLink", (&link).into()),
        ("CompromisedEntity", (&alert.compromised).into()),
    ])
}

/// Writes HuntingBookmark.
pub fn bookmarks(plan: &Plan<'_>, table: &mut TableWriter) -> Result<(), Error> {
    let mut rng = Rng::new(plan.seed, "bookmarks", 0);
    let world = plan.world;
    let analyst = &world.people[5];
    let by = json!({ "ObjectId": analyst.id, "Email": analyst.upn, "Name": analyst.display }).to_string();
    let alice = &world.people[VICTIM].upn;
    let bob = &world.people[1].upn;
    let mine = r#"["account","triage"]"#;
    let old = START + 4 * DAY + 9 * HOUR;
    let deleted = rng.guid();
    let marks = [
        (
            old,
            rng.guid(),
            "Travel of a colleague confirmed",
            bob,
            "SigninLogs",
            "126.72.33.40",
            "Confirmed by phone.",
            "[]",
            false,
        ),
        (old + HOUR, deleted.clone(), "Odd mailbox rule", bob, "OfficeActivity", "-", "Newsletters only.", "[]", false),
        (old + 3 * HOUR, deleted, "Odd mailbox rule", bob, "OfficeActivity", "-", "Newsletters only.", "[]", true),
        (
            at(36, 12, 0),
            rng.guid(),
            "Sign-in of alice from an unusual country",
            alice,
            "SigninLogs",
            ATTACKER_ADDRESS,
            "Never seen before 22 May. MFA was granted at the third request.",
            mine,
            false,
        ),
        (
            at(36, 31, 0),
            rng.guid(),
            "Inbox rule of alice forwards invoices",
            alice,
            "OfficeActivity",
            ATTACKER_ADDRESS,
            "Forwards to an outside address; created from the same address as the sign-in.",
            mine,
            false,
        ),
    ];
    for (time, id, name, user, source, ip, notes, tags, deleted) in marks {
        let column = if source == "SigninLogs" { ("UserPrincipalName", "IPAddress") } else { ("UserId", "ClientIP") };
        let result =
            json!({ "TimeGenerated": iso(time - 2 * HOUR), column.0: user, column.1: ip, "Type": source }).to_string();
        let query = format!("{source}\n| where {} =~ \"{user}\"\n", column.0);
        let updated = if deleted { time } else { time + MINUTE };
        table.row(&[
            ("TimeGenerated", Cell::Time(time)),
            ("BookmarkId", (&id).into()),
            ("BookmarkName", name.into()),
            ("CreatedBy", (&by).into()),
            ("UpdatedBy", (&by).into()),
            ("CreatedTime", Cell::Time(time)),
            ("LastUpdatedTime", Cell::Time(updated)),
            ("EventTime", Cell::Time(time - 2 * HOUR)),
            ("QueryText", (&query).into()),
            ("QueryResultRow", (&result).into()),
            ("QueryStartTime", Cell::Time(time - DAY)),
            ("QueryEndTime", Cell::Time(time)),
            ("Notes", notes.into()),
            ("SoftDeleted", Cell::Bool(deleted)),
            ("Tags", tags.into()),
            ("SourceSystem", "Azure Sentinel".into()),
        ])?;
    }
    Ok(())
}
