//! The account summary over the sample tables holds what was computed independently for them.
//!
//! The references follow msticnb's search rules (tests/data/sample/README.md); where ours find more, the listed rows are among them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::account::{AccountName, AccountSummary, Request, Source, entity_to_json, parse_types};
use engine::workspace::{Workspace, connect};
use kql::time::parse_datetime;
use kql_polars::KqlTable;
use serde_json::{Map, Value as Json, json};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample")
}

fn reference(number: usize) -> Json {
    let file = sample().join(format!("reference/expected_{number}.json"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn summary(name: &str, types: &str) -> AccountSummary {
    let workspace: Workspace = connect(sample().join("workspace").to_str().unwrap()).unwrap();
    let window = (parse_datetime("2019-01-01").unwrap(), parse_datetime("2021-12-31").unwrap());
    let request = Request { name: AccountName::parse(name).unwrap(), sources: parse_types(types).unwrap(), window };
    AccountSummary::run(Arc::new(workspace), request, &|_| {}).unwrap()
}

/// Rows as objects: dynamic cells parsed, datetimes in ticks (both sides), so that notations do not matter.
fn objects(table: &KqlTable) -> Vec<Map<String, Json>> {
    let mut text = Vec::new();
    server::log_analytics::write(table, &mut text).unwrap();
    let answer: Json = serde_json::from_slice(&text).unwrap();
    let answer = &answer["tables"][0];
    let columns = answer["columns"].as_array().unwrap();
    let row = |cells: &Json| {
        columns
            .iter()
            .zip(cells.as_array().unwrap())
            .map(|(column, cell)| {
                let cell = match (column["type"].as_str().unwrap(), cell.as_str()) {
                    ("dynamic", Some(text)) => serde_json::from_str(text).unwrap(),
                    _ => cell.clone(),
                };
                (column["name"].as_str().unwrap().to_owned(), plain(&cell))
            })
            .collect()
    };
    answer["rows"].as_array().unwrap().iter().map(row).collect()
}

/// Times as ticks, null as empty text, lists sorted.
fn plain(value: &Json) -> Json {
    match value {
        Json::Null => json!(""),
        Json::String(text) if text.len() >= 20 && text.ends_with('Z') => {
            parse_datetime(text).map_or_else(|| value.clone(), |ticks| json!(ticks))
        }
        Json::Array(list) => {
            let mut list: Vec<Json> = list.iter().map(plain).collect();
            list.sort_by_key(ToString::to_string);
            Json::Array(list)
        }
        Json::Object(map) => Json::Object(map.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
        other => other.clone(),
    }
}

/// Every expected row is among the rows: the same in all columns that the expectation names.
fn assert_among(what: &str, expected: &Json, rows: &[Map<String, Json>]) {
    for wanted in expected.as_array().unwrap() {
        let wanted = plain(wanted);
        let fits = |row: &&Map<String, Json>| wanted.as_object().unwrap().iter().all(|(k, v)| row.get(k) == Some(v));
        assert!(rows.iter().any(|row| fits(&row)), "{what}: missing {wanted}\nin {rows:#?}");
    }
}

/// Counts by address, source and operation, which the references have without user agents.
fn ip_counts(table: &KqlTable) -> Vec<Map<String, Json>> {
    let counted = engine::rows::derive(
        "All | summarize Count = count(), FirstOperation = min(TimeGenerated), LastOperation = max(TimeGenerated)
            by IpAddress, Source, Operation",
        &[("All", table)],
    );
    objects(&counted.unwrap())
}

fn check(number: usize) {
    let expected = reference(number);
    let name = expected["account_name"].as_str().unwrap();
    let summary = summary(name, "All");
    let found = objects(&summary.account_activity().unwrap());
    for wanted in expected["matching_accounts"].as_array().unwrap() {
        let row = found
            .iter()
            .find(|r| r["AccountName"] == wanted["AccountName"] && r["Source"] == wanted["Source"])
            .unwrap_or_else(|| panic!("missing {wanted} in {found:#?}"));
        assert!(row["Events"].as_i64() >= wanted["Rows"].as_i64(), "{row:?} {wanted}");
        assert!(row["FirstSeen"].as_i64() <= plain(&wanted["FirstSeen"]).as_i64());
        assert!(row["TimeGenerated"].as_i64() >= plain(&wanted["LastSeen"]).as_i64());
    }
    for wanted in expected["selected"].as_array().unwrap() {
        let source = Source::parse(wanted["Source"].as_str().unwrap()).unwrap();
        let selected = summary.select(wanted["AccountName"].as_str().unwrap(), Some(source), &|_| {}).unwrap();
        let state = selected.selected().unwrap();
        let entity = entity_to_json(&state.entity);
        for (field, value) in wanted["account_entity"].as_object().unwrap() {
            if let Some(list) = value.as_array() {
                let has: Vec<Map<String, Json>> =
                    plain(&entity[field]).as_array().unwrap().iter().map(|e| e.as_object().unwrap().clone()).collect();
                // Our search may see more events of an address than the reference: its span is then wider.
                for seen in list {
                    assert!(
                        has.iter().any(|h| h["Address"] == plain(&seen["Address"])
                            && h["FirstSeen"].as_i64() <= plain(&seen["FirstSeen"]).as_i64()
                            && h["LastSeen"].as_i64() >= plain(&seen["LastSeen"]).as_i64()),
                        "{field}: {seen} in {has:?}"
                    );
                }
            } else {
                assert_eq!(plain(&entity[field]), plain(value), "{field} of {entity}");
            }
        }
        assert_eq!(state.related_alerts.as_ref().unwrap().rows() as u64, wanted["related_alerts"]["rows"]);
        assert_eq!(state.related_bookmarks.as_ref().unwrap().rows() as u64, wanted["related_bookmarks"]["rows"]);
        let additional = selected.get_additional_data(&|_| {}).unwrap();
        check_details(wanted, &additional);
    }
}

fn check_details(wanted: &Json, additional: &engine::account::Additional) {
    if let Some(rows) = wanted.get("azure_activity_rows") {
        assert_eq!(additional.azure_activity.as_ref().unwrap().rows() as u64, *rows);
        let summary = objects(additional.azure_activity_summary.as_ref().unwrap());
        assert_among("azure_activity_summary", &wanted["azure_activity_summary"], &summary);
    }
    if let Some(rows) = wanted.get("host_logons_rows") {
        assert!(additional.host_logons.as_ref().unwrap().rows() as u64 >= rows.as_u64().unwrap());
        for computer in wanted["host_logon_summary"].as_array().unwrap() {
            let all = objects(additional.host_logon_summary.as_ref().unwrap());
            let row = all.iter().find(|r| r["Computer"] == computer["Computer"]).unwrap();
            assert_eq!(row["LogonResults"]["Success"], computer["LogonResults"]["Success"], "{row:?}");
            assert!(row["TotalLogons"].as_i64() >= computer["TotalLogons"].as_i64());
            for address in computer["IpAddresses"].as_array().unwrap() {
                assert!(row["IpAddresses"].as_array().unwrap().contains(address), "{row:?}");
            }
            for (kind, count) in computer["LogonTypeCount"].as_object().unwrap() {
                assert_eq!(row["LogonTypeCount"][kind], *count, "{row:?}");
            }
        }
    }
    assert_among("ip_counts", &wanted["ip_counts"], &ip_counts(&additional.ip_all_data));
}

#[test]
fn one_account_in_two_cloud_sources() {
    check(1);
}

#[test]
fn a_windows_account() {
    check(2);
}

#[test]
fn a_linux_account() {
    check(3);
}

#[test]
fn an_account_that_only_azure_activity_knows_is_found() {
    let expected = reference(6);
    let summary = summary(expected["account_name"].as_str().unwrap(), "All");
    let selected = summary.selected().expect("one match, selected at once");
    assert_eq!(selected.account.source, Source::AzureActivity);
    let additional = summary.get_additional_data(&|_| {}).unwrap();
    check_details(&expected["additional_data_for_the_name_itself"], &additional);
}

#[test]
fn every_form_of_a_name_finds_the_same_accounts() {
    let names = |given: &str| {
        let found = summary(given, "All").found;
        let mut names: Vec<String> = found.matches.iter().map(|m| format!("{} {}", m.account_name, m.source)).collect();
        names.sort();
        names
    };
    let all = names("MSTICAdmin");
    assert_eq!(all, ["MSTICAdmin Windows"]);
    for form in ["msticadmin", "MSTICADMIN@contoso.com", "MSTICAlertsWin1\\MSTICAdmin"] {
        assert_eq!(names(form), all, "{form}");
    }
    assert!(names("MSTICAdmi").is_empty(), "whole terms only");
    let failed = names("ian");
    assert!(failed.contains(&"ian Windows".to_owned()), "{failed:?}");
}

#[test]
fn several_accounts_of_a_name_are_all_found_and_none_is_selected() {
    let summary = summary("lmnnipj", "Azure");
    assert_eq!(summary.found.matches.len(), 5, "{:?}", summary.found.matches);
    assert!(summary.selected.is_none());
    let error = summary.selected().unwrap_err();
    assert!(error.to_string().contains("let account = account.select(\""), "{error}");
    let times: Vec<i64> = summary.found.matches.iter().map(|m| m.last_activity).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "newest first");
}

#[test]
fn failed_linux_logons_are_found_as_well_as_successes() {
    let summary = summary("admin", "Linux");
    let events = |name: &str| summary.found.matches.iter().find(|m| m.account_name == name).map(|m| m.events);
    // One per connection: sshd also logs the end of each.
    assert_eq!((events("admin"), events("Admin")), (Some(9), Some(1)), "{:?}", summary.found.matches);
}

#[test]
fn a_missing_table_is_reported_and_skipped() {
    let summary = summary("MSTICAdmin", "All");
    let text = summary.document().unwrap().text();
    assert!(text.contains("AADNonInteractiveUserSignInLogs: not in this workspace, skipped"), "{text}");
}

#[test]
fn text_of_a_query_as_a_name_finds_nobody_and_says_so() {
    for name in ["bob\" | union *", "x' or true //", "a\\\" or 1==1 //", "*"] {
        let Ok(name) = AccountName::parse(name) else { continue };
        let summary = summary(&name.given, "All");
        assert!(summary.found.matches.is_empty(), "{name:?}");
        assert!(summary.found.reports.iter().all(|r| !matches!(r.outcome, engine::workspace::QueryOutcome::Failed(_))));
        assert!(summary.document().unwrap().text().contains("No match"), "{name:?}");
    }
}
