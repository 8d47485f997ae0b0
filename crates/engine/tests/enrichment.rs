//! Columns are looked up by services on loopback that msticpyconfig.yaml names, from a notebook's crate through the real engine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::path::Path;

use common::services::{KEY, Services};
use entity_explorer::{Show as _, Table};

/// A workspace with addresses, and with indicators of its own.
fn workspace(folder: &Path) -> String {
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    fs::write(
        data.join("Signins.csv"),
        "TimeGenerated,IPAddress\n2026-01-01T00:00:00Z,8.8.8.8\n2026-01-01T01:00:00Z,\"10.0.0.4, 8.8.4.4\"\n2026-01-01T02:00:00Z,8.8.8.8:443\n2026-01-01T03:00:00Z,\n",
    )
    .unwrap();
    fs::write(
        data.join("ThreatIntelIndicators.json"),
        concat!(
            r#"{"TimeGenerated":"2026-01-01T00:00:00Z","Id":"a","ObservableKey":"ipv4-addr:value","ObservableValue":"8.8.4.4","Confidence":95,"IsActive":true,"IsDeleted":false,"ValidUntil":"2027-01-01T00:00:00Z","SourceSystem":"Feed"}"#,
            "\n",
            r#"{"TimeGenerated":"2025-12-01T00:00:00Z","Id":"b","ObservableKey":"ipv4-addr:value","ObservableValue":"8.8.8.8","Confidence":95,"IsActive":true,"IsDeleted":false,"ValidUntil":"2025-12-31T00:00:00Z","SourceSystem":"Feed"}"#,
            "\n"
        ),
    )
    .unwrap();
    data.to_str().unwrap().to_owned()
}

fn column(table: &Table, name: &str) -> Vec<String> {
    table.rows().unwrap().iter().map(|row| row.get(name).map(|cell| cell.to_string()).unwrap_or_default()).collect()
}

#[test]
fn a_chain_of_look_ups_and_a_second_run() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let data = workspace(folder.path());
    let mut asked = Vec::new();
    for _ in 0..2 {
        let explorer = services.explorer(folder.path());
        let signins = explorer.connect(&data).unwrap().kql("Signins | sort by TimeGenerated asc").unwrap();
        let owned = signins.whois("IPAddress").unwrap();
        assert_eq!(column(&owned, "asn"), ["64496", "64496", "64496", ""]);
        assert_eq!(
            column(&owned, "net_name"),
            [common::services::NET, common::services::NET, common::services::NET, ""]
        );
        assert_eq!(column(&owned, "whois_status"), ["ok", "ok", "ok", ""]);
        let located = owned.geoip("IPAddress").unwrap();
        assert_eq!(column(&located, "CountryCode"), ["US", "US", "US", ""]);

        let judged = located.threat_intel("IPAddress").unwrap();
        let high = judged
            .kql("where Severity == 'high' | project TimeGenerated, Ioc, Provider | sort by TimeGenerated asc, Ioc asc")
            .unwrap();
        assert_eq!(column(&high, "Ioc"), ["8.8.8.8", "8.8.4.4", "8.8.8.8"]);
        assert_eq!(column(&high, "Provider"), ["AbuseIPDB", "Microsoft Sentinel", "AbuseIPDB"]);
        let expired = judged.kql("where Provider == 'Microsoft Sentinel' and Ioc == '8.8.8.8' | take 1 | project Severity, tostring(Details.NotCounted[0])").unwrap();
        assert_eq!(column(&expired, "Severity"), ["information"]);
        assert_eq!(column(&expired, "Details_NotCounted_0"), ["b: out of date since 2025-12-31 00:00"]);
        let refused =
            judged.kql("where Provider == 'OTX' | distinct Result, Severity, tostring(Details.Message)").unwrap();
        assert!(
            column(&refused, "Details_Message")[0]
                .contains("the key is not accepted (401): check it in msticpyconfig.yaml")
        );

        let shown = judged.browse_ti_results().unwrap().bundle().unwrap();
        let html = shown.get("text/html").unwrap();
        assert!(html.contains("8.8.8.8") && !html.contains("<script>alert"), "{html}");
        for table in [&owned, &located, &judged] {
            let text = format!("{:?} {:?} {}", table.notes(), table, table.to_text().unwrap());
            assert!(!text.contains(KEY), "{text}");
        }
        assert!(!html.contains(KEY));
        asked.push(services.asked());
    }
    // 2 addresses at the registry, one bulk request, 2 at AbuseIPDB, and OTX, which is given up after its first answers.
    assert!(asked[0] <= 7, "{:?}", services.asked.lock().unwrap());
    // Only the service that failed is asked again.
    let again = services.asked.lock().unwrap()[asked[0]..].to_vec();
    assert!(again.iter().all(|path| path.starts_with("/api/v1/indicators")), "{again:?}");
    // What is not public stays here.
    assert!(services.asked.lock().unwrap().iter().all(|path| !path.contains("10.0.0.4")));
}

#[test]
fn the_proxy_of_the_configuration_is_for_look_ups_as_well() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let data = workspace(folder.path());
    let (proxy, cymru) = (&services.http, &services.cymru);
    let config = format!(
        "msticpy:\n  Proxies: {{http: {{Url: '{proxy}'}}}}\n\
         TIProviders:\n  AbuseIPDB:\n    Args: {{AuthKey: {KEY}, Endpoint: 'http://abuse.invalid/'}}\n    Primary: true\n    Provider: AbuseIPDB\n\
         OtherProviders:\n  WhoIs:\n    Args: {{Rdap: 'http://registry.invalid/', Cymru: '{cymru}'}}\n    Provider: WhoIs\n"
    );
    let explorer = services.configured(folder.path(), &config);
    let signins = explorer.connect(&data).unwrap().kql("Signins | take 1").unwrap();
    let found =
        signins.whois("IPAddress").unwrap().lookup("IPAddress").providers(&["AbuseIPDB"]).threat_intel().unwrap();
    assert_eq!(column(&found, "whois_status"), ["ok"]);
    assert_eq!(column(&found, "Severity"), ["high"]);
    let asked = services.asked.lock().unwrap().clone();
    for host in ["http://registry.invalid/ip/8.8.8.8", "http://abuse.invalid/api/v2/check"] {
        assert!(asked.iter().any(|target| target.starts_with(host)), "{host}: {asked:?}");
    }
}

#[test]
fn limits_names_and_columns() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let data = workspace(folder.path());
    let explorer = services.explorer(folder.path());
    let workspace = explorer.connect(&data).unwrap();
    let many = workspace
        .kql("range i from 1 to 6000 step 1 | extend IPAddress = strcat('8.1.', i / 250, '.', i % 250)")
        .unwrap();
    for (what, result) in [("WhoIs", many.whois("IPAddress")), ("threat intelligence", many.threat_intel("IPAddress"))]
    {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "limit", "{what}");
        assert!(error.message().contains("6000 different") && error.message().contains("requests"), "{what}: {error}");
        assert!(error.help().is_some_and(|help| help.contains("limit")), "{what}: {error}");
    }
    assert_eq!(services.asked(), 0);
    let two = many.lookup("IPAddress").limit(2).providers(&["AbuseIPDB"]).threat_intel().unwrap();
    assert_eq!(two.len(), 6000);
    assert!(
        two.notes().iter().any(|note| note.contains("5998 of 6000 indicators were not asked for")),
        "{:?}",
        two.notes()
    );
    assert_eq!(services.asked(), 2);
    let error = many.lookup("IPAddress").providers(&["Nobody"]).limit(1).threat_intel().unwrap_err();
    assert!(error.message().contains("there are AbuseIPDB, OTX"), "{error}");
    assert_eq!(many.whois("Adress").unwrap_err().code(), "not_found");
    assert_eq!(many.geoip("i").unwrap_err().code(), "bad_input");
    assert_eq!(many.browse_ti_results().unwrap_err().code(), "bad_input");
    // No request for locations: as many as there are.
    assert_eq!(column(&many.geoip("IPAddress").unwrap(), "CountryCode").len(), 6000);
}

#[test]
fn the_demo_asks_nobody() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let demo = services.explorer(folder.path()).connect("Demo").unwrap();
    let signins = demo
        .kql("SigninLogs | where IPAddress in ('45.155.205.33', '185.220.101.34') | summarize count() by IPAddress")
        .unwrap();
    let found = signins.whois("IPAddress").unwrap().threat_intel("IPAddress").unwrap();
    assert!(found.notes().iter().any(|note| note.contains("made-up data")), "{:?}", found.notes());
    let providers = column(&found, "Provider");
    assert!(providers.iter().any(|name| name == "Demo (made-up data)"), "{providers:?}");
    assert_eq!(services.asked(), 0);
}
