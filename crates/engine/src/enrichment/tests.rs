#![allow(clippy::unwrap_used, clippy::expect_used)]

use kql::{KqlType, Value};

use super::*;
use crate::rows::rows;
use crate::workspace::connect;

fn table(workspace: &Workspace, text: &str) -> KqlTable {
    workspace.run_text(text).unwrap()
}

fn lookup<'a>(table: &'a KqlTable, column: &'a str) -> Lookup<'a> {
    Lookup::new(table, column)
}

fn texts(table: &KqlTable, column: &str) -> Vec<String> {
    rows(table).map(|row| row.text(column)).collect()
}

const ADDRESSES: &str = "datatable(Row: int, IPAddress: string, Severity: string)[
    1, '45.155.205.33:22', 'a', 2, '', 'b', 3, '10.0.0.4', 'c', 4, '-', 'd', 5, '10.1.1.1, 185.220.101.34', 'e', 6, '45.155.205.33', 'f']";

#[test]
fn every_row_stays_and_demo_answers_say_so() {
    let demo = connect("Demo").unwrap();
    let table = table(&demo, ADDRESSES);
    let located = geoip(Some(&demo), &lookup(&table, "IPAddress")).unwrap();
    assert_eq!(texts(&located, "Row"), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(texts(&located, "City"), ["Moscow", "", "", "", "Berlin", "Moscow"]);
    assert_eq!(texts(&located, "IpType"), ["Public", "", "Private", "", "Public", "Public"]);
    assert_eq!(located.column_type("Longitude"), Some(KqlType::Real));
    assert_eq!(rows(&located).next().unwrap().get("Latitude"), Some(Value::Real(55.7558)));
    assert_eq!(rows(&located).nth(1).unwrap().get("Latitude"), None);
    let notes = located.notes.join("\n");
    assert!(notes.contains("2 rows have nothing in IPAddress") && notes.contains("made-up data"), "{notes}");

    let owned = whois(Some(&demo), &lookup(&located, "IPAddress")).unwrap();
    assert_eq!(texts(&owned, "net_name")[..2], ["DEMO-BULLETPROOF", ""]);
    assert_eq!(texts(&owned, "whois_source")[0], enrich::demo::NAME);
    assert_eq!(owned.rows(), 6);
}

#[test]
fn threat_intelligence_repeats_rows_by_service() {
    let demo = connect("Demo").unwrap();
    let table = table(&demo, ADDRESSES);
    let found = threat_intel(Some(&demo), &lookup(&table, "IPAddress"), &[]).unwrap();
    // The name Severity is taken.
    let of_demo: Vec<(String, String)> = rows(&found)
        .filter(|row| row.text("Provider") == enrich::demo::NAME)
        .map(|row| (row.text("Row"), row.text("Severity1")))
        .collect();
    let expected = [("1", "high"), ("3", "information"), ("5", "information"), ("5", "high"), ("6", "high")];
    assert_eq!(of_demo, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(found.notes.iter().any(|note| note.contains("Severity is Severity1")), "{:?}", found.notes);
    let rows_kept: std::collections::BTreeSet<String> = texts(&found, "Row").into_iter().collect();
    assert_eq!(rows_kept.len(), 6);

    let unknown = threat_intel(Some(&demo), &lookup(&table, "IPAddress"), &["Nobody".to_owned()]).unwrap_err();
    assert!(unknown.message.starts_with("there is no threat intelligence service Nobody"), "{}", unknown.message);
}

#[test]
fn columns_that_cannot_be_looked_up() {
    let demo = connect("Demo").unwrap();
    let table = table(&demo, ADDRESSES);
    let number = geoip(Some(&demo), &lookup(&table, "Row")).unwrap_err();
    assert_eq!(number.message, "the column Row holds values of type int, and no addresses or names");
    assert!(geoip(Some(&demo), &lookup(&table, "IpAddres")).unwrap_err().message.contains("IpAddres"));
    let empty = self::table(&demo, "datatable(IPAddress: string)[]");
    for result in [
        geoip(Some(&demo), &lookup(&empty, "IPAddress")),
        whois(Some(&demo), &lookup(&empty, "IPAddress")),
        threat_intel(Some(&demo), &lookup(&empty, "IPAddress"), &[]),
    ] {
        let result = result.unwrap();
        assert_eq!(result.rows(), 0);
        assert!(result.columns.len() > 5);
    }
}

#[test]
fn results_are_browsed_the_worst_first_and_escaped() {
    let demo = connect("Demo").unwrap();
    let text = "datatable(Ioc: string, IocType: string, Provider: string, QuerySubtype: string, Severity: string, Status: string, Details: dynamic)[
        '9.9.9.9', 'ipv4', 'OTX', '', 'information', 'ok', dynamic({}),
        'evil.com', 'dns', 'OTX', '', 'warning', 'ok', dynamic({\"Names\": [\"</script><script>alert(1)</script>\"]}),
        '8.8.8.8', 'ipv4', 'OTX', '', 'high', 'ok', dynamic({\"PulseCount\": 7}),
        '8.8.8.8', 'ipv4', 'OTX', '', 'high', 'ok', dynamic({\"PulseCount\": 7}),
        '8.8.8.8', 'ipv4', 'Tor', '', 'unknown', 'timed out', dynamic({\"Message\": \"no answer within 30 s\"}),
        '', '', '', '', '', '', dynamic(null)]";
    let document = browse_ti_results(&table(&demo, text)).unwrap();
    let shown = document.text();
    let at = |what: &str| shown.find(what).unwrap_or_else(|| panic!("{what} is not in {shown}"));
    assert!(at("8.8.8.8") < at("evil.com") && at("evil.com") < at("Nothing suspicious: 1 indicator"), "{shown}");
    assert!(at("no answer within 30 s") < at("evil.com"));
    assert_eq!(shown.matches("PulseCount").count(), 1, "{shown}");
    assert!(!document.html().contains("<script>alert"));
    let error = browse_ti_results(&table(&demo, ADDRESSES)).unwrap_err();
    assert!(error.message.contains("no column Ioc"), "{}", error.message);
}
