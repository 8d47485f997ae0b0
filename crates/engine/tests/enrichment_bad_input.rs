//! Columns and services that are not as they should be, from a notebook's crate and from the shell through the real engine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use common::services::{KEY, NET, Services};
use entity_explorer::{Explorer, Show as _, Table};

/// A table of one column, by a query that needs no workspace of its own.
fn table(explorer: &Explorer, query: &str) -> Table {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("T.csv"), "TimeGenerated,A\n2026-01-01T00:00:00Z,a\n").unwrap();
    explorer.connect(folder.path().to_str().unwrap()).unwrap().kql(query).unwrap()
}

fn column(table: &Table, name: &str) -> Vec<String> {
    table.rows().unwrap().iter().map(|row| row.get(name).map(|cell| cell.to_string()).unwrap_or_default()).collect()
}

fn noted(table: &Table, text: &str) -> bool {
    table.notes().iter().any(|note| note.contains(text))
}

#[test]
fn no_addresses_nulls_and_mixed_values() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let explorer = services.explorer(folder.path());
    let nothing = table(
        &explorer,
        "datatable(IP: string)['hello world', '-', '999.1.1.1', '', '1.2.3', '::ffff:', 'fe80::1%eth0', '192.168.1.1:80']",
    );
    for found in [nothing.whois("IP").unwrap(), nothing.geoip("IP").unwrap(), nothing.threat_intel("IP").unwrap()] {
        assert_eq!(found.len(), 8);
        let note = "6 rows have nothing in IP that was looked up: \"hello world\", \"-\", \"999.1.1.1\" and 2 more";
        assert!(noted(&found, note), "{:?}", found.notes());
    }
    assert_eq!(column(&nothing.geoip("IP").unwrap(), "IpType")[6..], ["Link local", "Private"]);
    assert_eq!(services.asked(), 0);

    let nulls = table(&explorer, "range i from 1 to 3 step 1 | project IP = dynamic(null)");
    assert_eq!(column(&nulls.whois("IP").unwrap(), "asn"), ["", "", ""]);
    assert_eq!(nulls.threat_intel("IP").unwrap().len(), 3);
    assert_eq!(services.asked(), 0);

    let mixed = table(
        &explorer,
        "datatable(IP: dynamic)[dynamic(5), dynamic(['8.8.4.4', '10.0.0.1']), dynamic({'ip': '8.8.8.8'}), dynamic('8.8.4.4'), dynamic(null), dynamic(true)]",
    );
    let found = mixed.whois("IP").unwrap();
    assert_eq!(column(&found, "asn"), ["", "64496", "", "64496", "", ""]);
    // One bulk request for the column, and one for its only public address.
    assert_eq!(services.asked(), 2);
}

#[test]
fn very_many_need_a_limit() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let (http, cymru) = (&services.http, &services.cymru);
    let config = format!(
        "TIProviders:\n  AbuseIPDB: {{Args: {{AuthKey: {KEY}, Endpoint: '{http}'}}, Primary: true}}\n\
         OtherProviders:\n  WhoIs: {{Args: {{Rdap: '{http}', Cymru: '{cymru}', Cache: false}}}}\n  IPStack: {{Args: {{AuthKey: {KEY}, Endpoint: '{http}'}}}}\n"
    );
    let explorer = services.configured(folder.path(), &config);
    let many = table(
        &explorer,
        "range i from 0 to 99999 step 1 | project IP = strcat('8.', i / 65536, '.', (i / 256) % 256, '.', i % 256)",
    );
    for (what, result) in
        [("whois", many.whois("IP")), ("geoip", many.geoip("IP")), ("threat_intel", many.threat_intel("IP"))]
    {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "limit", "{what}");
        for part in ["100000 different", "requests and take about", "limit of 100000"] {
            assert!(error.message().contains(part), "{what}: {error}");
        }
    }
    assert_eq!(services.asked(), 0);
    let some = many.lookup("IP").limit(5).whois().unwrap();
    assert_eq!((some.len(), services.asked()), (100_000, 6));
    assert!(noted(&some, "99995 of 100000 addresses were not asked for: the limit is 5"), "{:?}", some.notes());
    // Nothing was kept on disk.
    assert!(!folder.path().join("cache/entity-explorer/enrichment").exists());
}

#[test]
fn wrong_keys_silence_and_circles_are_rows_that_say_so() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let (http, cymru) = (&services.http, &services.cymru);
    let config = format!(
        "TIProviders:\n  AbuseIPDB: {{Args: {{AuthKey: {KEY}, Endpoint: '{http}'}}, Primary: true}}\n\
         \x20 OTX: {{Args: {{AuthKey: {KEY}, Endpoint: '{http}'}}, Primary: true}}\n\
         \x20 CrowdSec: {{Args: {{AuthKey: {KEY}, Endpoint: '{http}hang/', Timeout: 1}}, Primary: true}}\n\
         OtherProviders:\n  WhoIs: {{Args: {{Rdap: '{http}loop/', Cymru: '{cymru}'}}}}\n"
    );
    let explorer = services.configured(folder.path(), &config);
    let address = table(&explorer, "print IP = '8.8.8.8'");
    let judged = address.threat_intel("IP").unwrap();
    assert_eq!(column(&judged, "Provider"), ["AbuseIPDB", "OTX", "CrowdSec"]);
    assert_eq!(column(&judged, "Status"), ["ok", "not authorized", "timed out"]);
    assert_eq!(column(&judged, "Severity"), ["high", "unknown", "unknown"]);
    assert!(noted(&judged, "OTX: the key is not accepted (401)"), "{:?}", judged.notes());
    assert!(noted(&judged, "CrowdSec: no answer within 1 s"), "{:?}", judged.notes());
    let html = judged.browse_ti_results().unwrap().bundle().unwrap();
    let shown = format!("{:?} {} {}", judged.notes(), judged.to_text().unwrap(), html.get("text/html").unwrap());
    assert!(!shown.contains(KEY) && !shown.contains("<script>alert"));

    let owned = address.whois("IP").unwrap();
    assert_eq!(column(&owned, "asn"), ["64496"]);
    assert_eq!(column(&owned, "whois_status"), ["failed: unexpected answer: the registries redirect in a circle"]);
}

#[test]
fn hostile_names_of_networks_are_shown_as_text() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let explorer = services.explorer(folder.path());
    let owned = table(&explorer, "print IP = '8.8.8.8'").whois("IP").unwrap();
    assert_eq!(column(&owned, "net_name"), [NET]);
    let html = owned.bundle().unwrap();
    let html = html.get("text/html").unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script>alert"), "{html}");
}

#[test]
fn a_corrupt_database_is_named_and_the_embedded_one_answers() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let databases = folder.path().join("geo");
    fs::create_dir(&databases).unwrap();
    fs::write(databases.join("GeoLite2-City.mmdb"), b"not a database at all").unwrap();
    let explorer = services.configured(folder.path(), "OtherProviders: {GeoIPLite: {Args: {DBFolder: geo}}}\n");
    let located = table(&explorer, "print IP = '8.8.8.8'").geoip("IP").unwrap();
    assert_eq!(column(&located, "CountryCode"), ["US"]);
    assert!(noted(&located, "GeoLite2-City.mmdb"), "{:?}", located.notes());
}

/// Indicators of the old table, one with several values.
#[test]
fn indicators_of_the_old_table_and_a_table_that_cannot_be_asked() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(
        data.join("ThreatIntelligenceIndicator.json"),
        concat!(
            r#"{"TimeGenerated":"2026-01-01T00:00:00Z","IndicatorId":"a","NetworkIP":"8.8.8.8","NetworkSourceIP":"8.8.8.8","EmailSourceDomain":"Evil.example","Active":true,"Action":"block","ConfidenceScore":10}"#,
            "\n",
            r#"{"TimeGenerated":"2025-12-01T00:00:00Z","IndicatorId":"a","NetworkIP":"8.8.8.8","Active":false}"#,
            "\n"
        ),
    )
    .unwrap();
    let explorer = services.explorer(folder.path());
    let workspace = explorer.connect(data.to_str().unwrap()).unwrap();
    let values = workspace.kql("datatable(V: string)['8.8.8.8', 'evil[.]example', '8.8.4.4']").unwrap();
    let found = values.lookup("V").providers(&["AzSTI"]).threat_intel().unwrap();
    assert_eq!(column(&found, "Ioc"), ["8.8.8.8", "evil.example", "8.8.4.4"]);
    assert_eq!(column(&found, "Severity"), ["high", "high", "information"], "{:?}", found.notes());
    assert_eq!(column(&found, "Status"), ["ok", "ok", "not found"]);
    assert_eq!(
        column(&found.kql("project tostring(Details.Indicators)").unwrap(), "Details_Indicators"),
        ["1", "1", ""]
    );
    assert_eq!(services.asked(), 0);

    // A table that cannot be asked is not one without matches.
    let path = data.join("ThreatIntelIndicators.parquet");
    let indicators = "print TimeGenerated = datetime(2026-01-01), Id = 'a', ObservableValue = '8.8.4.4'";
    workspace.kql(indicators).unwrap().to_parquet(path.to_str().unwrap()).unwrap();
    let workspace = explorer.connect(data.to_str().unwrap()).unwrap();
    let values = workspace.kql("datatable(V: string)['8.8.8.8', '8.8.4.4']").unwrap();
    // Somebody replaces it after the workspace was opened.
    fs::write(&path, b"no Parquet").unwrap();
    let found = values.lookup("V").providers(&["AzSTI"]).threat_intel().unwrap();
    assert_eq!(column(&found, "Status"), ["ok", "failed"], "{:?}", found.notes());
    assert!(noted(&found, "ThreatIntelIndicators cannot be asked: "), "{:?}", found.notes());
}

fn shell(services: &Services, folder: &tempfile::TempDir, config: &str, args: &[&str]) -> Output {
    let script = services.engine(folder.path(), config);
    for _ in 0..100 {
        match Command::new(&script).args(args).output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(20));
            }
            output => return output.unwrap(),
        }
    }
    panic!("the script stays busy");
}

#[test]
fn from_the_shell() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let (http, cymru) = (&services.http, &services.cymru);
    let config = format!("OtherProviders:\n  WhoIs: {{Args: {{Rdap: '{http}', Cymru: '{cymru}'}}}}\n");
    let whois = |args: &[&str]| {
        let output = shell(&services, &folder, &config, args);
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), text, String::from_utf8(output.stderr).unwrap())
    };
    let (good, text, _) = whois(&["whois", "8.8.8.8", "nonsense", "--format", "ndjson"]);
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(good && rows.len() == 2, "{text}");
    assert_eq!((rows[0]["Value"].as_str(), rows[0]["asn"].as_str()), (Some("8.8.8.8"), Some("64496")));
    assert_eq!((rows[1]["Value"].as_str(), rows[1]["asn"].as_str()), (Some("nonsense"), Some("")));
    assert_eq!(services.asked(), 2);
    // From disk, and then from the services again.
    assert!(whois(&["whois", "8.8.8.8"]).0);
    assert_eq!(services.asked(), 2);
    assert!(whois(&["whois", "8.8.8.8", "--fresh"]).0);
    assert_eq!(services.asked(), 4);

    let (good, text, _) = whois(&["geoip", "8.8.8.8", "10.0.0.1", "--format", "csv"]);
    assert!(good && text.contains("United States") && text.contains("Private"), "{text}");
    let (good, _, error) = whois(&["ti", "8.8.8.8"]);
    assert!(!good && error.contains("no threat intelligence service is set up"), "{error}");
    let (good, text, _) = whois(&["ti", "45.155.205.33", "--workspace", "Demo"]);
    assert!(good && text.contains("made-up data"), "{text}");
    assert_eq!(services.asked(), 4);
}

#[test]
fn the_check_of_a_configuration_knows_the_services() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let config = "TIProviders:
  OTX: {Args: {AuthKey: {KeyVault: otx}}, Primary: true}
  XForce: {Args: {AuthKey: k3y-0123456789abcdef}}
  RiskIQ: {Args: {AuthKey: x}}
  VT: {Args: {AuthKey: x, Paralel: 4, Timeout: soon}, Provider: VirusTotal}
  AzSTI: {}
OtherProviders:
  GeoIPLite: {Args: {AuthKey: x}}
  IPStack: {}
  WhoIs: {Args: {Cache: false, Rdapp: x}}
";
    let output = shell(&services, &folder, config, &["config", "check"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "3:3: error: XForce: no ApiID is set: add it under TIProviders, XForce in msticpyconfig.yaml",
        "4:3: warning: threat intelligence service RiskIQ: this program does not know it",
        "5:36: warning: VT: the argument Paralel says nothing",
        "VT: Timeout is no whole number: the usual one is used",
        "8:3: warning: GeoIPLite: AuthKey is set, AccountID is not: nothing is downloaded",
        "9:3: error: IPStack: no AuthKey is set: it is not asked",
        "WhoIs: the argument Rdapp says nothing",
        "2 errors, 5 warnings",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    assert!(!output.status.success() && !text.contains(KEY));
}
