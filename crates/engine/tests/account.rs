//! The account summary through the notebook's crate, as the cells of the playbook use it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::explorer;
use entity_explorer::prelude::*;

fn demo() -> (Explorer, Workspace) {
    let explorer = explorer();
    let workspace = explorer.connect("demo").unwrap();
    (explorer, workspace)
}

/// The account of the demo data that the tests look at, taken from what the search finds: no name is written down here.
fn first_match(account: &AccountSummary, source: AccountType) -> String {
    let matches = account.account_activity().unwrap().kql(&format!("where Source == '{source}'")).unwrap();
    matches.rows().unwrap()[0].get("AccountName").unwrap().as_str().unwrap().to_owned()
}

#[test]
fn the_cells_of_the_playbook() {
    let (explorer, workspace) = demo();
    assert!(
        explorer.workspaces().unwrap().rows().unwrap().iter().any(|row| row.get("Name").unwrap().to_string() == "Demo")
    );
    let timespan = TimeSpan::parse("last 2 days").unwrap();
    let account = workspace.account_summary("alice").types("All").unwrap().timespan(timespan).run().unwrap();
    assert!(format!("{account:?}").starts_with("AccountSummary(alice: "), "{account:?}");
    assert!(account.account_selector().unwrap().len() > 1);
    let name = first_match(&account, AccountType::AzureActiveDirectory);
    // Before one is selected, what belongs to one is an error that says how to select one.
    let error = account.related_alerts().unwrap_err();
    assert!(error.help().unwrap().contains("account.select("), "{error}");
    let account = account.select(&name, AccountType::AzureActiveDirectory).unwrap();
    let entity = account.account_entity().unwrap();
    assert_eq!((entity.kind(), entity.name()), ("Account", name.as_str()));
    assert!(entity.get("IpAddresses").is_some(), "{entity}");
    let error = account.azure_activity().unwrap_err();
    assert!(error.help().unwrap().contains("get_additional_data"), "{error}");
    let additional = account.get_additional_data().unwrap();
    assert!(additional.get("text/html").is_some_and(|html| html.len() > 1000));
    for view in [account.browse_alerts(), account.browse_bookmarks(), account.browse_accounts(), account.description()]
    {
        assert!(!view.unwrap().as_text().is_empty());
    }
    for timeline in [
        account.alert_timeline(),
        account.display_alert_timeline(),
        account.az_activity_timeline_by_provider(),
        account.az_activity_timeline_by_ip(),
        account.az_activity_timeline_by_operation(),
    ] {
        assert!(timeline.unwrap().get("text/html").is_some());
    }
    let events = account.view_events("azure_activity", &["Operation", "IPAddress", "AppResourceProvider"]).unwrap();
    assert!(events.get("text/html").is_some_and(|html| html.contains("IPAddress")));
    let activity = account.azure_activity().unwrap();
    assert!(!activity.is_empty());
    assert_eq!(activity.sort_by("IPAddress").unwrap().len(), activity.len());
    let top = activity
        .kql("summarize Operations = count(), First = min(TimeGenerated) by IPAddress | top 5 by Operations")
        .unwrap();
    assert!((1..=5).contains(&top.len()));
    let tables = account.data_properties().unwrap();
    for row in tables.rows().unwrap() {
        let table = account.table(row.get("Name").unwrap().as_str().unwrap()).unwrap();
        assert_eq!(Some(table.len() as i64), row.get("Rows").unwrap().as_i64(), "{table:?}");
    }
    assert!(account.list_methods().unwrap().len() > 10);
    assert!(account.help("get_additional_data").unwrap().as_text().contains("get_additional_data"));
    assert!(account.help("get_aditional_data").unwrap_err().help().unwrap().contains("get_additional_data"));
    let error = account.host_logons().unwrap_err();
    assert!(error.message().contains("host_logons"), "{error}");
    let resolved = account.timespan().unwrap();
    assert_eq!(resolved.duration(), timespan.duration());
    assert!(account.bundle().unwrap().get("text/plain").is_some_and(|text| text.contains(&name)));
}

#[test]
fn selecting_leaves_the_original_as_it_was() {
    let (_explorer, workspace) = demo();
    let all = workspace.account_summary("alice").timespan("2d").run().unwrap();
    let host = first_match(&all, AccountType::Windows);
    let selected = all.select(&host, "windows").unwrap();
    assert!(all.account_entity().is_err());
    let newest = all.account_activity().unwrap().sort_by_desc("TimeGenerated").unwrap().rows().unwrap();
    let entity = all.select_newest().unwrap().account_entity().unwrap();
    assert_eq!(Some(entity.name()), newest[0].get("AccountName").unwrap().as_str());
    assert_eq!(selected.account_entity().unwrap().name(), host);
    selected.get_additional_data().unwrap();
    assert!(!selected.host_logons().unwrap().is_empty());
    assert!(!selected.host_logon_summary().unwrap().is_empty());
    assert!(selected.host_logon_timeline().unwrap().get("text/html").is_some());
    assert!(selected.azure_activity().is_err());
    let error = all.select("nobody at all", AccountType::Linux).unwrap_err();
    assert_eq!(error.code(), "not_found");
}

#[test]
fn what_cannot_be_searched_is_an_error_that_says_why() {
    let (_explorer, workspace) = demo();
    let error = workspace.account_summary("alice").run().unwrap_err();
    assert_eq!(error.code(), "no_timespan");
    let error = workspace.account_summary(" ").timespan("2d").run().unwrap_err();
    assert!(error.message().contains("empty"), "{error}");
    let error = workspace.account_summary("alice").timespan("two days").run().unwrap_err();
    assert_eq!(error.code(), "invalid_timespan");
    let error = workspace.account_summary("alice").types("Windws").unwrap_err();
    assert!(error.help().unwrap().contains("Windows"), "{error}");
}

#[test]
fn an_account_that_looks_like_a_query_finds_nobody() {
    let (_explorer, workspace) = demo();
    for name in ["bob\" | union * //", "x' or '1'=='1", "*", "%", "EVCXR_END_CONTENT"] {
        match workspace.account_summary(name).timespan("2d").run() {
            Ok(account) => {
                assert!(account.account_activity().unwrap().is_empty(), "{name}");
                assert_eq!(account.select_newest().unwrap_err().code(), "not_found");
            }
            Err(error) => assert!(!error.to_string().contains("EVCXR_"), "{error}"),
        }
    }
}
