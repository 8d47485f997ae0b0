//! The IP address summary through the notebook's crate, as the cells of the playbook use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::explorer;
use entity_explorer::prelude::*;

const ATTACKER: &str = "45.155.205.33";

fn demo() -> (Explorer, Workspace) {
    let explorer = explorer();
    let workspace = explorer.connect("demo").unwrap();
    (explorer, workspace)
}

fn column(table: &Table, name: &str) -> Vec<String> {
    table.rows().unwrap().iter().map(|row| row.get(name).unwrap().to_string()).collect()
}

#[test]
fn the_address_of_the_attacker() {
    let (_explorer, workspace) = demo();
    let ip = workspace.ip_summary(ATTACKER).timespan("last 2 days").run().unwrap();
    assert_eq!(ip.address(), ATTACKER);
    assert_eq!((ip.ip_type().unwrap().as_str(), ip.ip_origin().unwrap().as_str()), ("Public", "External"));
    let entity = ip.ip_entity().unwrap();
    assert_eq!(entity.get("CountryCode").unwrap().as_str(), Some("RU"));
    // Who used it: the account in every source, and nobody else.
    let accounts = column(&ip.related_accounts().unwrap(), "Account");
    assert!(accounts.iter().all(|account| account.starts_with("alice")), "{accounts:?}");
    let sources = column(&ip.related_accounts().unwrap(), "Source");
    for source in ["AzureActiveDirectory", "AzureActivity", "Office365", "Linux", "Palo Alto Networks PAN-OS"] {
        assert!(sources.iter().any(|s| s == source), "{source}: {sources:?}");
    }
    let hosts = column(&ip.associated_hosts().unwrap(), "Computer").join(" ").to_lowercase();
    assert!(hosts.contains("jump01") && hosts.contains("sea-fs01"), "{hosts}");
    // A service, whose answers say that they are made up, and the workspace.
    let threats = ip.ti_results().unwrap();
    assert_eq!(column(&threats, "Provider"), ["Demo (made-up data)", "Microsoft Sentinel"]);
    assert_eq!(column(&threats, "Severity"), ["high", "high"]);
    assert!(!ip.ti_indicators().unwrap().is_empty());
    let browsed = ip.browse_ti_results().unwrap();
    assert!(browsed.as_text().contains("Account takeover with MFA prompts"), "{}", browsed.as_text());
    assert_eq!(column(&ip.geoip().unwrap(), "GeoSource"), ["Demo (made-up data)"]);
    assert!(column(&ip.whois().unwrap(), "asn_description")[0].ends_with("(made up)"));
    assert_eq!(ip.whois_nets().unwrap().len(), 1);
    assert!(column(&ip.passive_dns().unwrap(), "Details")[0].contains("files.contoso-share.example"));
    assert_eq!(entity.get("ThreatIntelligence").unwrap().as_str(), Some("high"));
    assert!(ip.related_alerts().unwrap().len() >= 4);
    assert!(ip.browse_alerts().unwrap().as_text().contains("Mass download"));
    assert!(!ip.related_bookmarks().unwrap().is_empty());
    assert_eq!(column(&ip.dns_summary().unwrap(), "Name"), ["files.contoso-share.example"]);
    // 164 downloads and what came before them, the row with the port among them.
    assert!(ip.office_activity().unwrap().len() >= 167);
    assert!(column(&ip.office_activity().unwrap(), "ClientIP").iter().any(|ip| ip.ends_with(":51234")));
    for view in [
        ip.alert_timeline(),
        ip.display_alert_timeline(),
        ip.azure_activity_timeline(),
        ip.office_activity_timeline(),
        ip.host_logon_timeline(),
        ip.netflow_by_protocol(),
        ip.netflow_by_direction(),
        ip.map(),
    ] {
        assert!(view.unwrap().get("text/html").unwrap().contains("<svg"));
    }
    assert!(ip.map().unwrap().as_text().contains("Russia"));
    assert!(!ip.netflow_total_by_protocol().unwrap().is_empty());
    for row in ip.data_properties().unwrap().rows().unwrap() {
        let name = row.get("Name").unwrap().as_str().unwrap().to_owned();
        assert_eq!(ip.table(&name).unwrap().len() as i64, row.get("Rows").unwrap().as_i64().unwrap(), "{name}");
    }
    // A table of the summary goes on being a table of the workspace.
    let accounts = ip.office_activity().unwrap().distinct_by(&["UserPrincipalName"]).unwrap();
    let signins =
        accounts.pivot("Account.list_aad_signins_for_account", "UserPrincipalName").timespan("2d").run().unwrap();
    assert!(signins.len() > 8);
    assert!(ip.list_methods().unwrap().len() > 10);
    assert!(ip.help("map").unwrap().as_text().contains("ip.map()"));
    let bundle = ip.bundle().unwrap();
    let text = bundle.get("text/plain").unwrap();
    for part in ["Related accounts", "Threat intelligence", "Azure network flows", "DNS"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(bundle.get("text/html").unwrap().contains("files.contoso-share.example"));
    // What the workspace lacks is named.
    for table in ["ThreatIntelligenceIndicator", "NTANetAnalytics", "DeviceLogonEvents"] {
        assert!(text.contains(&format!("{table}: not in this workspace, skipped")), "{table}");
    }
}

#[test]
fn a_private_address_leads_to_its_host() {
    let (_explorer, workspace) = demo();
    let table = workspace
        .kql("VMComputer | where HostName == 'SEA-FS01' | take 1 | project Address = tostring(Ipv4Addresses[0])")
        .unwrap();
    let address = table.rows().unwrap()[0].get("Address").unwrap().as_str().unwrap().to_owned();
    let ip = workspace.ip(&address).timespan("last 2 days").summary().unwrap();
    assert_eq!((ip.ip_type().unwrap().as_str(), ip.ip_origin().unwrap().as_str()), ("Private", "Internal"));
    assert!(ip.host_entities().unwrap().as_text().contains("SEA-FS01"));
    let relations =
        ip.associated_hosts().unwrap().kql("where Relation == 'has the address' | distinct Source").unwrap();
    assert_eq!(relations.len(), 4, "{}", relations.to_text().unwrap());
    assert!(ip.bundle().unwrap().get("text/plain").unwrap().contains("threat intelligence is about public addresses"));
    let whois = ip.whois().unwrap();
    assert!(
        whois.is_empty() && whois.notes()[0].contains("only public addresses are looked up"),
        "{:?}",
        whois.notes()
    );
    // An address that no host has, but that somebody used.
    let vpn = workspace.ip("10.10.60.77").timespan("2d").summary().unwrap();
    assert!(vpn.host_entities().unwrap().as_text().contains("No host"));
    assert!(column(&vpn.host_logon_summary().unwrap(), "Computer").iter().any(|c| c.starts_with("SEA-SQL01")));
}

#[test]
fn an_address_that_nobody_used_is_no_error() {
    let (_explorer, workspace) = demo();
    for address in ["203.0.113.250", "2001:db8::250", "127.0.0.1", "255.255.255.255"] {
        let ip = workspace.ip_summary(address).timespan("2d").run().unwrap();
        let text = ip.bundle().unwrap().get("text/plain").unwrap().to_owned();
        assert!(text.contains(address), "{text}");
        assert!(ip.browse_alerts().unwrap().as_text().contains("No alert"));
    }
}

#[test]
fn what_is_no_address_is_an_error_that_says_why() {
    let (_explorer, workspace) = demo();
    for (given, part) in [
        ("", "empty"),
        ("contoso.com", "is not an IP address"),
        ("10.0.0.0/8", "is a network"),
        ("1.2.3.4, 5.6.7.8", "holds 2"),
        ("1.2.3.4\" | union *", "is not an IP address"),
    ] {
        let error = workspace.ip_summary(given).timespan("2d").run().unwrap_err();
        assert!(error.message().contains(part) && error.help().is_some(), "{given}: {error}");
    }
    assert_eq!(workspace.ip_summary("1.2.3.4").run().unwrap_err().code(), "no_timespan");
    let ip = workspace.ip_summary("45.155.205[.]33").timespan("2d").run().unwrap();
    assert_eq!(ip.address(), ATTACKER);
    let error = ip.table("related_alert").unwrap_err();
    assert_eq!(error.help(), Some("did you mean related_alerts?"));
    assert!(ip.help("mapp").is_err());
}

#[test]
fn a_workspace_without_any_of_the_tables_says_so() {
    let explorer = explorer();
    let (_folder, workspace) = common::workspace(&explorer);
    let ip = workspace.ip_summary("203.0.113.3").timespan("2026-01-01 .. 2026-02-01").run().unwrap();
    let text = ip.bundle().unwrap().get("text/plain").unwrap().to_owned();
    assert!(text.contains("SigninLogs: not in this workspace, skipped"), "{text}");
    let alerts = ip.related_alerts().unwrap();
    assert!(alerts.is_empty() && alerts.notes()[0].contains("its source was not read"), "{:?}", alerts.notes());
    assert!(ip.netflow_by_protocol().unwrap().as_text().contains("AzureNetworkAnalytics_CL"));
}

#[test]
fn no_service_is_asked_when_nobody_outside_may_learn_of_it() {
    let (_explorer, workspace) = demo();
    let ip = workspace.ip_summary(ATTACKER).timespan("2d").services(false).run().unwrap();
    assert_eq!(column(&ip.ti_results().unwrap(), "Provider"), ["Microsoft Sentinel"]);
    let whois = ip.whois().unwrap();
    assert!(whois.is_empty() && whois.notes()[0].contains("no service was to be asked"), "{:?}", whois.notes());
    assert!(ip.bundle().unwrap().get("text/plain").unwrap().contains("no service was to be asked"));
}

#[test]
fn one_address_is_looked_up_without_a_summary() {
    let (_explorer, workspace) = demo();
    let ip = workspace.ip("45.155.205[.]33");
    assert_eq!(column(&ip.geoip().unwrap(), "IpAddress"), [ATTACKER]);
    assert_eq!(column(&ip.whois().unwrap(), "whois_source"), ["Demo (made-up data)"]);
    assert_eq!(column(&ip.threat_intel().unwrap(), "Severity"), ["high", "high"]);
    assert_eq!(ip.passive_dns().unwrap().len(), 1);
    assert_eq!(column(&workspace.dns("evil.example").threat_intel().unwrap(), "IocType")[0], "dns");
    assert!(workspace.ip("nowhere").whois().unwrap_err().message().contains("is not an IP address"));
    // A column, joined back to the rows, and again.
    let activity = workspace.kql("AzureActivity | project IPAddress = CallerIpAddress").unwrap();
    let distinct = activity.select(&["IPAddress"]).unwrap().distinct().unwrap();
    assert_eq!(distinct.whois("IPAddress").unwrap().len(), distinct.len());
    let high = activity.geoip("IPAddress").unwrap().threat_intel("IPAddress").unwrap();
    assert!(!high.kql("where Severity == 'high'").unwrap().is_empty());
}
