//! Every query of the library, on data: those about addresses and hosts against what plain KQL counts in the demo workspace and in the sample tables.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::pivot::{EntityKind, all, find};
use engine::queries;
use engine::workspace::{Workspace, connect};
use kql::Value;
use kql::time::parse_datetime;
use kql_polars::KqlTable;
use serde_json::json;

const ATTACKER: &str = "45.155.205.33";
const SPRAY: &str = "185.220.101.34";
const VPN: &str = "10.10.60.77";

fn demo() -> Workspace {
    connect("Demo").unwrap()
}

fn sample() -> Workspace {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample/workspace");
    connect(folder.to_str().unwrap()).unwrap()
}

fn days(from: &str, to: &str) -> (i64, i64) {
    (parse_datetime(from).unwrap(), parse_datetime(to).unwrap())
}

fn all_of(workspace: &Workspace) -> (i64, i64) {
    if workspace.name == "Demo" { days("2024-05-01", "2024-06-01") } else { days("2019-01-01", "2021-12-31") }
}

/// Runs a query about one value, as a pivot does.
fn ask(workspace: &Workspace, name: &str, value: &str) -> KqlTable {
    let pivot = find(None, name).unwrap();
    let params = pivot.params(&[pivot.kind.normal(value).unwrap()]);
    workspace.run_query(pivot.query, &params, Some(all_of(workspace))).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn count(workspace: &Workspace, text: &str) -> usize {
    let table = workspace.run_text(&format!("{text} | count")).unwrap();
    match table.value(0, 0).unwrap() {
        Value::Long(n) => usize::try_from(n).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn queries_about_addresses_find_what_the_demo_has() {
    let demo = demo();
    for (query, address, counted) in [
        ("Azure.list_aad_signins_for_ip", ATTACKER, "SigninLogs | where IPAddress == '45.155.205.33'"),
        ("Azure.list_aad_signins_for_ip", SPRAY, "SigninLogs | where IPAddress == '185.220.101.34'"),
        (
            "Azure.list_aad_noninteractive_signins_for_ip",
            "50.206.94.18",
            "AADNonInteractiveUserSignInLogs | where IPAddress == '50.206.94.18'",
        ),
        ("Azure.list_azure_activity_for_ip", ATTACKER, "AzureActivity | where CallerIpAddress == '45.155.205.33'"),
        // One of the rows has a port.
        ("Office365.list_activity_for_ip", ATTACKER, "OfficeActivity | where ClientIP startswith '45.155.205.33'"),
        (
            "WindowsSecurity.list_logon_attempts_by_ip",
            VPN,
            "SecurityEvent | where EventID in (4624, 4625) and IpAddress == '10.10.60.77'",
        ),
        (
            "CommonSecurityLog.list_events_for_ip",
            ATTACKER,
            "CommonSecurityLog | where SourceIP == '45.155.205.33' or DestinationIP == '45.155.205.33'",
        ),
        (
            "CommonSecurityLog.list_events_for_ip",
            VPN,
            "CommonSecurityLog | where SourceIP == '10.10.60.77' or SourceTranslatedAddress == '10.10.60.77'",
        ),
        ("Dns.list_lookups_for_ip", ATTACKER, "DnsEvents | where IPAddresses == '45.155.205.33'"),
        ("Dns.list_lookups_from_ip", VPN, "DnsEvents | where ClientIP == '10.10.60.77'"),
        ("MDE.list_connections_for_ip", ATTACKER, "DeviceNetworkEvents | where RemoteIP == '45.155.205.33'"),
        (
            "Network.list_azure_network_flows_by_ip",
            ATTACKER,
            "AzureNetworkAnalytics_CL | where PublicIPs_s startswith '45.155.205.33|'",
        ),
        (
            "Network.list_azure_network_flows_by_ip",
            VPN,
            "AzureNetworkAnalytics_CL | where SrcIP_s == '10.10.60.77' or DestIP_s == '10.10.60.77'",
        ),
        (
            "SecurityAlert.list_alerts_for_ip",
            ATTACKER,
            "SecurityAlert | where Entities has '45.155.205.33' | distinct SystemAlertId",
        ),
        (
            "AzureSentinel.list_bookmarks_for_entity",
            ATTACKER,
            "HuntingBookmark | where QueryResultRow has '45.155.205.33'",
        ),
    ] {
        let name =
            if query.ends_with("_for_entity") { format!("IpAddress.{}", &query[14..]) } else { query.to_owned() };
        let found = ask(&demo, &name, address).rows();
        assert_eq!(found, count(&demo, counted), "{query} for {address}");
        assert!(found > 0, "{query} for {address}");
    }
}

#[test]
fn ssh_logons_by_address_have_their_account_and_failures() {
    let logons = ask(&demo(), "LinuxSyslog.list_logons_for_source_ip", ATTACKER);
    let rows = engine::rows::rows(&logons);
    let seen: BTreeMap<String, usize> = rows.fold(BTreeMap::new(), |mut seen, row| {
        *seen.entry(format!("{} {}", row.text("AccountName"), row.text("LogonResult"))).or_default() += 1;
        seen
    });
    assert_eq!(seen, BTreeMap::from([("alice Failed".to_owned(), 6), ("alice Success".to_owned(), 1)]));
}

#[test]
fn an_address_leads_to_its_host_and_a_host_to_its_addresses() {
    let demo = demo();
    let host = demo
        .run_text("VMComputer | where HostName == 'SEA-FS01' | take 1 | project tostring(Ipv4Addresses[0])")
        .unwrap();
    let Value::String(address) = host.value(0, 0).unwrap() else { panic!("{host:?}") };
    for (query, column) in [
        ("Network.get_heartbeat_for_ip", "Computer"),
        ("Network.get_host_for_ip", "Computer"),
        ("Azure.get_vmcomputer_for_ip", "Computer"),
        ("MDE.get_device_for_ip", "DeviceName"),
    ] {
        let table = ask(&demo, query, &address);
        let names: BTreeSet<String> =
            engine::rows::rows(&table).map(|row| row.text(column).to_lowercase().replace(".contoso.com", "")).collect();
        assert!(names.contains("sea-fs01"), "{query}: {names:?}");
    }
    // With and without the domain.
    for host in ["SEA-FS01", "sea-fs01.contoso.com"] {
        for query in [
            "Network.get_heartbeat_for_host",
            "Network.get_ips_for_host",
            "Network.list_azure_network_flows_by_host",
            "Azure.get_vmcomputer_for_host",
            "MDE.get_device_for_host",
            "MDE.list_connections_for_host",
            "WindowsSecurity.list_host_logons",
            "WindowsSecurity.list_all_logons_by_host",
            "WindowsSecurity.list_host_processes",
            "WindowsSecurity.list_host_events",
            "WindowsSecurity.summarize_host_events",
        ] {
            assert!(ask(&demo, query, host).rows() > 0, "{query} for {host}");
        }
    }
    for query in [
        "LinuxSyslog.list_logons_for_host",
        "LinuxSyslog.list_events_for_host",
        "LinuxSyslog.summarize_events_for_host",
        "LinuxSyslog.list_sudo_activity_for_host",
        "LinuxSyslog.list_cron_activity_for_host",
    ] {
        assert!(ask(&demo, query, "jump01").rows() > 0, "{query}");
    }
    assert_eq!(
        ask(&demo, "WindowsSecurity.list_all_logons_by_host", "SEA-SQL01").rows(),
        count(&demo, "SecurityEvent | where EventID in (4624, 4625) and Computer == 'SEA-SQL01.contoso.com'")
    );
    // A host whose name only begins alike is another one.
    assert_eq!(ask(&demo, "Network.get_heartbeat_for_host", "SEA-FS0").rows(), 0);
}

#[test]
fn indicators_say_whether_they_hold() {
    let demo = demo();
    let state = |address: &str| {
        let table = ask(&demo, "ThreatIntelligence.list_indicators_by_ip", address);
        engine::rows::rows(&table)
            .map(|row| format!("{} {} {}", row.text("Status"), row.text("Severity"), row.text("Confidence")))
            .collect::<Vec<_>>()
    };
    assert_eq!(state(SPRAY), ["Active high 85"]);
    // The latest state counts, not the first.
    assert_eq!(state(ATTACKER), ["Active high 90"]);
    // Taken back by its feed.
    assert_eq!(state("52.96.165.18"), ["Deleted information 40"]);
    assert_eq!(state("193.32.162.9"), ["Active warning 25"]);
    // Valid until 14 May: expired for the last two days, and not for all of May.
    let pivot = find(None, "ThreatIntelligence.list_indicators_by_ip").unwrap();
    let params = pivot.params(&["92.255.85.17".to_owned()]);
    let recent = demo.run_query(pivot.query, &params, Some(days("2024-05-21", "2024-05-23"))).unwrap();
    let status: Vec<String> = engine::rows::rows(&recent).map(|row| row.text("Status")).collect();
    assert_eq!(status, ["Expired"]);
    for (query, value) in [
        ("Dns.list_indicators_by_domain", "files.contoso-share[.]example"),
        ("Url.list_indicators_by_url", "https://cdn2.badstatic.example/u/2.js"),
    ] {
        assert_eq!(ask(&demo, query, value).rows(), 1, "{query}");
    }
}

#[test]
fn the_sample_tables_are_found_by_address_too() {
    let sample = sample();
    for (query, address, at_least) in [
        ("Azure.get_vmcomputer_for_ip", "10.0.1.5", 1),
        ("Network.get_host_for_ip", "10.0.3.5", 1),
        ("Network.get_host_for_ip", "40.76.43.124", 1),
        ("Network.list_azure_network_flows_by_ip", "10.0.3.5", 200),
        ("Network.list_azure_network_flows_by_ip", "13.71.172.128", 1),
        ("Network.get_heartbeat_for_ip", "51.140.160.102", 1),
        ("LinuxSyslog.list_logons_for_source_ip", "172.92.153.236", 2),
    ] {
        let found = ask(&sample, query, address).rows();
        assert!(found >= at_least, "{query} for {address}: {found}");
    }
    // An address that another begins with is another one.
    assert_eq!(ask(&sample, "Network.list_azure_network_flows_by_ip", "13.71.172.12").rows(), 0);
}

/// Tables that neither workspace has, in the notations that services use.
#[test]
fn other_notations_of_addresses_and_other_tables() {
    let folder = tempfile::tempdir().unwrap();
    let write = |table: &str, rows: &[serde_json::Value]| {
        let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        std::fs::write(folder.path().join(format!("{table}.ndjson")), lines.join("\n")).unwrap();
    };
    let time = "2024-05-22T10:00:00Z";
    let client = |value: &str| json!({ "TimeGenerated": time, "ClientIP": value, "Operation": "FileAccessed", "UserId": "a@b.c" });
    write(
        "OfficeActivity",
        &[
            client("203.0.113.7"),
            client("203.0.113.7:51234"),
            client("[::ffff:203.0.113.7]:443"),
            client("::ffff:203.0.113.7"),
            client("[2001:db8::7]:443"),
            client("2001:db8::7"),
            client("203.0.113.77"),
            client(""),
            json!({ "TimeGenerated": time, "Client_IPAddress": "203.0.113.7", "Operation": "Send", "UserId": "a@b.c" }),
        ],
    );
    let alert = |id: &str, entities: &str, properties: &str| json!({ "TimeGenerated": time, "SystemAlertId": id, "AlertName": id, "Entities": entities, "ExtendedProperties": properties });
    write(
        "SecurityAlert",
        &[
            alert("compact", r#"[{"$id":"1","Address":"203.0.113.7","Type":"ip"}]"#, "{}"),
            alert("spaced", "[ { \"$id\" : \"1\", \"Address\" : \"203.0.113.7\", \"Type\" : \"ip\" } ]", "{}"),
            alert("list", "[]", r#"{"Source IPs":"198.51.100.1, 203.0.113.7"}"#),
            alert("both", r#"[{"Address":"203.0.113.7","Type":"ip"}]"#, r#"{"Client IP":"203.0.113.7"}"#),
            alert("url", r#"[{"Url":"http://203.0.113.7/x","Type":"url"}]"#, "{}"),
            alert("other", r#"[{"Address":"203.0.113.77","Type":"ip"}]"#, "{}"),
        ],
    );
    write(
        "ThreatIntelligenceIndicator",
        &[
            json!({ "TimeGenerated": time, "IndicatorId": "1", "NetworkIP": "203.0.113.7", "Active": true, "ConfidenceScore": 90.0, "ExpirationDateTime": "2024-06-30T00:00:00Z" }),
            json!({ "TimeGenerated": time, "IndicatorId": "2", "NetworkSourceIP": "203.0.113.7", "Active": true, "ConfidenceScore": 90.0, "ExpirationDateTime": "2024-04-01T00:00:00Z" }),
        ],
    );
    write(
        "NTANetAnalytics",
        &[
            json!({ "TimeGenerated": time, "SubType": "FlowLog", "SrcPublicIps": "203.0.113.7|1|0|0|0|0|0", "DestIp": "10.0.0.4", "DestPort": 22, "FlowDirection": "Inbound", "DeniedInFlows": 3 }),
            json!({ "TimeGenerated": time, "SubType": "FlowLog", "SrcIp": "10.0.0.4", "DestIp": "10.0.0.5", "DestPort": 445 }),
        ],
    );
    write(
        "DeviceLogonEvents",
        &[
            json!({ "TimeGenerated": time, "DeviceName": "ws1.contoso.com", "AccountName": "bob", "RemoteIP": "203.0.113.7", "ActionType": "LogonFailed", "LogonType": "Network" }),
        ],
    );
    let workspace = connect(folder.path().to_str().unwrap()).unwrap();
    let ask = |name: &str, address: &str| {
        let pivot = find(None, name).unwrap();
        let params = pivot.params(&[address.to_owned()]);
        workspace.run_query(pivot.query, &params, Some(days("2024-05-20", "2024-05-25"))).unwrap()
    };
    assert_eq!(ask("Office365.list_activity_for_ip", "203.0.113.7").rows(), 5);
    assert_eq!(ask("Office365.list_activity_for_ip", "2001:db8::7").rows(), 2);
    let alerts = ask("SecurityAlert.list_alerts_for_ip", "203.0.113.7");
    let names: Vec<String> = engine::rows::rows(&alerts).map(|row| row.text("SystemAlertId")).collect();
    assert_eq!(names, ["both", "compact", "list", "spaced"]);
    let legacy = ask("ThreatIntelligence.list_legacy_indicators_by_ip", "203.0.113.7");
    let status: Vec<String> =
        engine::rows::rows(&legacy).map(|row| format!("{} {}", row.text("Status"), row.text("Severity"))).collect();
    assert_eq!(status, ["Active high", "Expired information"]);
    let flows = ask("Network.list_nta_flows_by_ip", "203.0.113.7");
    assert_eq!(flows.rows(), 1);
    assert_eq!(engine::rows::rows(&flows).next().unwrap().long("DeniedFlows"), Some(3));
    let logons = ask("MDE.list_logons_for_ip", "203.0.113.7");
    assert_eq!(engine::rows::rows(&logons).next().unwrap().text("LogonResult"), "Failed");
}

/// No query fails on a workspace that has its tables, whatever it is asked: here with values that are nobody's.
#[test]
fn every_query_runs_and_hostile_values_find_nothing() {
    let (demo, sample) = (demo(), sample());
    for query in queries::all().unwrap() {
        let kind =
            EntityKind::ALL.into_iter().find(|k| all(*k).unwrap().iter().any(|p| p.query.name == query.name)).unwrap();
        let pivot = find(Some(kind), &query.name).unwrap();
        for value in ["x\" | union * //", "203.0.113.250", "no-such-thing"] {
            for workspace in [&demo, &sample] {
                let names = workspace.provider.table_names().unwrap();
                if query.tables.iter().all(|table| names.contains(table)) {
                    let params = pivot.params(&[value.to_owned()]);
                    let table = workspace.run_query(query, &params, Some(all_of(workspace)));
                    let table = table.unwrap_or_else(|e| panic!("{} for {value:?}: {e}", query.name));
                    assert_eq!(table.rows(), 0, "{} for {value:?}", query.name);
                }
            }
        }
    }
}
