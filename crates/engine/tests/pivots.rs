//! Entities, pivots and pipelines through the notebook's crate.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::explorer;
use entity_explorer::prelude::*;

fn demo() -> (Explorer, Workspace) {
    let explorer = explorer();
    let workspace = explorer.connect("demo").unwrap();
    (explorer, workspace)
}

fn text(table: &Table, row: usize, column: &str) -> String {
    table.rows().unwrap()[row].get(column).unwrap().to_string()
}

#[test]
fn entities_are_asked_and_show_themselves() {
    let (_explorer, workspace) = demo();
    for kind in ["Account", "IpAddress", "Host", "Url", "Dns", "FileHash", "SecurityAlert"] {
        let pivots = workspace.pivots(kind).unwrap();
        assert!(!pivots.is_empty(), "{kind}");
        for row in pivots.rows().unwrap() {
            let example = row.get("Example").unwrap().to_string();
            assert!(example.starts_with("workspace.") && example.contains(&row.get("Query").unwrap().to_string()));
            assert!(row.get("Description").unwrap().to_string().ends_with('.'));
        }
    }
    assert_eq!(workspace.pivots("Hosts").unwrap_err().help(), Some("did you mean Host?"));
    let alice = workspace.account("alice").timespan("last 2 days");
    assert!(alice.queries().unwrap().len() > 10);
    let signins = alice.query("Azure.list_aad_signins_for_account").unwrap();
    assert_eq!(signins.len(), alice.query("aad_signins").unwrap().len());
    assert!(!signins.is_empty());
    let exact =
        workspace.account("alice@contoso.com").timespan("2d").param("exact", true).query("aad_signins").unwrap();
    assert!(exact.len() < signins.len());
    assert!(alice.bundle().unwrap().get("text/plain").unwrap().contains("Azure.list_aad_signins_for_account"));
    assert_eq!(workspace.ip("45.155.205[.]33").entity().unwrap().get("Type").unwrap().as_str(), Some("Public"));
    assert!(!workspace.host("SEA-SQL01").query("wevt_logons").unwrap().is_empty());
    assert!(!workspace.dns("files.contoso-share.example").query("dns_lookups").unwrap().is_empty());
    let id = text(&workspace.kql("SecurityAlert | top 1 by TimeGenerated").unwrap(), 0, "SystemAlertId");
    assert_eq!(workspace.alert(&id).query("SecurityAlert.get_alert").unwrap().len(), 1);
    assert!(workspace.account("alice").timespan("2d").summary().unwrap().account_activity().unwrap().len() > 1);
    let error = workspace.host("two words").query("wevt_logons").unwrap_err();
    assert!(error.message().contains("is no host"), "{error}");
    let error = workspace.host("h").query("Azure.list_aad_signins_for_ip").unwrap_err();
    assert_eq!(error.help(), Some("it is about: IpAddress"));
}

#[test]
fn a_column_is_asked_about_and_joined_to_its_rows() {
    let (_explorer, workspace) = demo();
    let failures = workspace
        .kql("SecurityEvent | where TimeGenerated > ago(2d) and EventID == 4625 | summarize Failures = count() by IpAddress")
        .unwrap();
    let addresses = workspace.kql("datatable (Address: string, Note: string) ['45.155.205.33:443', 'a', '185.220.101.34', 'b', '203.0.113.250', 'c', '-', 'd', '45.155.205.33, 185.220.101.34', 'e']").unwrap();
    let run =
        |join| addresses.pivot("IpAddress.list_aad_signins_for_ip", "Address").join(join).timespan("2d").run().unwrap();
    let of = |address: &str| workspace.ip(address).timespan("2d").query("aad_signins").unwrap().len();
    let (attacker, spray) = (of("45.155.205.33"), of("185.220.101.34"));
    let none = run(JoinKind::None);
    assert_eq!(none.len(), attacker + spray);
    assert!(none.columns().iter().all(|c| c.name != "Note"));
    let inner = run(JoinKind::Inner);
    // The last row has both addresses.
    assert_eq!(inner.len(), 2 * (attacker + spray));
    assert_eq!(inner.kql("distinct Note").unwrap().len(), 3);
    let left = run(JoinKind::Left);
    assert_eq!(left.len(), inner.len() + 2);
    assert_eq!(left.kql("where isempty(UserPrincipalName) | distinct Note").unwrap().len(), 2);
    assert!(left.notes().iter().any(|n| n == "1 of 5 rows have no IP address in Address"), "{:?}", left.notes());
    assert_eq!(run(JoinKind::Right).len(), inner.len());
    // The rows keep their order.
    let notes: Vec<String> = left.rows().unwrap().iter().map(|row| row.get("Note").unwrap().to_string()).collect();
    assert!(notes.is_sorted(), "{notes:?}");
    // A query that is run once for each value.
    let hosts =
        workspace.kql("Heartbeat | where Computer startswith 'SEA-' | distinct Computer | top 3 by Computer").unwrap();
    let logons =
        hosts.pivot("Host.list_all_logons_by_host", "Computer").join(JoinKind::Inner).timespan("2d").run().unwrap();
    assert!(!logons.is_empty());
    assert!(logons.rows().unwrap().iter().all(|r| r.get("Computer").unwrap() == r.get("Computer1").unwrap()));
    // Twice in a row.
    let again = inner.pivot("Account.find_aad_accounts", "UserPrincipalName").limit(500).timespan("2d").run().unwrap();
    assert!(!again.is_empty());
    assert!(!failures.pivot("IpAddress.wevt_logon_attempts", "IpAddress").timespan("2d").run().unwrap().is_empty());
}

#[test]
fn too_many_values_wrong_columns_and_names_are_errors_that_say_what_to_do() {
    let (_explorer, workspace) = demo();
    let many = workspace.kql("range i from 1 to 100000 step 1 | project IP = format_ipv4(167772160 + i)").unwrap();
    let error = many.pivot("IpAddress.list_aad_signins_for_ip", "IP").run().unwrap_err();
    assert!(
        error.message().contains("100000 different IP address values") && error.message().contains("500 queries"),
        "{error}"
    );
    assert!(error.help().unwrap().contains(".limit(100000)"), "{error}");
    let few = many.head(3).unwrap();
    assert_eq!(
        few.pivot("IpAddress.list_aad_signins_for_ip", "IPP").run().unwrap_err().help(),
        Some("did you mean IP?")
    );
    assert!(few.pivot("IpAddress.list_aad_signin_for_ip", "IP").run().unwrap_err().help().unwrap().contains("signins"));
    let empty = workspace.kql("datatable (IP: string) ['-', '']").unwrap();
    let error = empty.pivot("IpAddress.list_aad_signins_for_ip", "IP").run().unwrap_err();
    assert!(error.message().contains("has no IP address"), "{error}");
    let error = few.pivot("IpAddress.list_logons_for_ip", "IP").run().unwrap_err();
    assert!(error.message().contains("no table DeviceLogonEvents"), "{error}");
    let mixed = workspace
        .kql("datatable (V: dynamic) [dynamic('45.155.205.33'), dynamic(null), dynamic(7), dynamic(['1.2.3.4'])]")
        .unwrap();
    assert!(!mixed.pivot("IpAddress.aad_signins", "V").timespan("2d").run().unwrap().is_empty());
}

#[test]
fn a_pipeline_keeps_the_output_of_each_step() {
    let (_explorer, workspace) = demo();
    let start = workspace.kql("datatable (Address: string) ['45.155.205.33']").unwrap();
    let chained = start
        .pipeline()
        .timespan("2d")
        .pivot("IpAddress.list_aad_signins_for_ip", "Address")
        .join(JoinKind::Inner)
        .named("signins")
        .kql("summarize Signins = count() by UserPrincipalName")
        .run()
        .unwrap();
    assert_eq!(chained.steps().len(), 2);
    assert_eq!(text(&chained.output().unwrap(), 0, "UserPrincipalName"), "alice@contoso.com");
    assert_eq!(chained.step("signins").unwrap().len().to_string(), text(&chained.output().unwrap(), 0, "Signins"));
    assert_eq!(chained.step("signin").unwrap_err().help(), Some("did you mean signins?"));
    // Look-ups are steps as others are.
    let looked_up = start
        .pipeline()
        .whois("Address")
        .named("whois")
        .geoip("Address")
        .threat_intel("Address")
        .kql("where Severity == 'high' | distinct asn, City")
        .run()
        .unwrap();
    assert_eq!(text(&looked_up.output().unwrap(), 0, "City"), "Moscow");
    assert_eq!(looked_up.step("whois").unwrap().len(), 1);
    let error = start.pivot("IpAddress.whois", "Address").join(JoinKind::Inner).run().unwrap_err();
    assert!(error.message().contains("keeps every row"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("triage.yaml");
    let yaml = "pipelines:\n  - name: triage\n    steps:\n      - name: signins\n        entity: IpAddress\n        function: list_aad_signins_for_ip\n        params: { column: Address, join: inner }\n      - name: owners\n        entity: IpAddress\n        function: util.whois\n        params: { column: Address }\n      - name: accounts\n        step_type: kql\n        params: { query: summarize Signins = count() by UserPrincipalName }\n";
    std::fs::write(&file, yaml).unwrap();
    let read = start.pipeline_from(&file, "triage").unwrap().timespan("2d").run().unwrap();
    let (read_rows, chained_rows) = (read.output().unwrap(), chained.output().unwrap());
    assert_eq!(read_rows.len(), chained_rows.len());
    for column in ["UserPrincipalName", "Signins"] {
        assert_eq!(text(&read_rows, 0, column), text(&chained_rows, 0, column));
    }
    assert_eq!(read.step("owners").unwrap().len(), read.step("signins").unwrap().len());
    std::fs::write(&file, yaml.replace("Address,", "Adress,")).unwrap();
    let error = start.pipeline_from(&file, "").unwrap().run().unwrap_err();
    assert!(error.message().starts_with("step 1 (signins) of triage: "), "{error}");
    assert_eq!(error.help(), Some("did you mean Address?"));
    assert!(start.pipeline_from("/no/such/file", "").is_err());
}

#[test]
fn the_map_of_a_column() {
    let (_explorer, workspace) = demo();
    let map = workspace.kql("SigninLogs | where TimeGenerated > ago(2d)").unwrap().geoip_map("IPAddress").unwrap();
    let html = map.get("text/html").unwrap();
    assert!(html.contains("<svg") && html.contains("<title>") && html.contains("Ireland"));
    assert!(map.as_text().contains("Singapore"));
}
