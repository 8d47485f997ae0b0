//! Tables through the notebook's crate and the real engine.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{COLUMNS, HOSTILE, explorer, file, workspace};
use entity_explorer::{Cell, Table};

fn column(table: &Table, name: &str) -> Vec<String> {
    table.rows().unwrap().iter().map(|row| row.get(name).unwrap().to_string()).collect()
}

#[test]
fn rows_are_typed_and_in_order() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Events | order by TimeGenerated asc").unwrap();
    assert_eq!(table.len(), 100);
    let rows = table.rows().unwrap();
    assert_eq!(rows.len(), 100);
    assert_eq!(rows[3].get("Bytes").unwrap().as_i64(), Some(9));
    assert_eq!(rows[99].get("TimeGenerated").unwrap().as_timestamp().unwrap().to_string(), "2026-01-02T03:04:59Z");
    let error = rows[0].get("IPaddress").unwrap_err();
    assert_eq!(error.help(), Some("did you mean `IPAddress`?"));
}

#[test]
fn a_table_gives_other_tables() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Events | order by TimeGenerated asc").unwrap();
    assert_eq!(column(&table.head(2).unwrap(), "Bytes"), ["0", "1"]);
    assert_eq!(column(&table.tail(2).unwrap(), "Bytes"), ["9604", "9801"]);
    assert_eq!(column(&table.sample(4).unwrap(), "Bytes"), ["0", "625", "2500", "5625"]);
    assert_eq!(table.sample(1000).unwrap().len(), 100);
    assert_eq!(table.head(0).unwrap().len(), 0);
    assert!(table.head(0).unwrap().rows().unwrap().is_empty());
    let narrow = table.select(&["User", "Bytes"]).unwrap();
    assert_eq!(narrow.columns().iter().map(|c| c.to_string()).collect::<Vec<_>>(), ["User: string", "Bytes: long"]);
    assert_eq!(column(&table.sort_by_desc("Bytes").unwrap().head(1).unwrap(), "Bytes"), ["9801"]);
    assert_eq!(
        column(&table.distinct_by(&["User"]).unwrap().sort_by("User").unwrap(), "User"),
        ["alice@contoso.com", "bob@contoso.com"]
    );
    assert_eq!(table.distinct().unwrap().len(), 100);
    let counts = table.kql("summarize Count = count() by User | order by Count asc").unwrap();
    assert_eq!(column(&counts, "Count"), ["34", "66"]);
    assert_eq!(column(&table.kql("count").unwrap(), "Count"), ["100"]);
    assert_eq!(column(&table.kql("| take 1 | project a = 1").unwrap(), "a"), ["1"]);
    // The first table is as it was.
    assert_eq!(table.len(), 100);
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Events").unwrap();
    let error = table.select(&["Usr"]).unwrap_err();
    assert_eq!(error.code(), "not_found");
    assert!(error.help().unwrap().contains("User"), "{error}");
    assert!(table.select(&[]).is_err());
    assert!(table.sort_by("Nothing").is_err());
    let error = table.kql("where Byts > 5").unwrap_err();
    assert!(error.message().contains("1:7"), "{error}");
    assert!(error.message().contains("      ^^^^"), "{error}");
    let error = table.kql("where Bytes >").unwrap_err();
    assert!(error.message().contains("1:14"), "{error}");
    // A pipeline with a source of its own is no operator on this table.
    let error = table.kql("Events | take 1").unwrap_err();
    assert!(error.help().is_some() || error.message().contains("1:1"), "{error}");
    let error = workspace.kql("Evnts | take 1").unwrap_err();
    assert!(error.to_string().contains("Events"), "{error}");
    assert!(workspace.kql("").is_err());
}

#[test]
fn hostile_names_and_values_pass_unchanged() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Hostile").unwrap();
    assert_eq!(table.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), COLUMNS);
    for name in COLUMNS {
        let narrow = table.select(&[name]).unwrap().sort_by(name).unwrap().distinct_by(&[name]).unwrap();
        assert_eq!(narrow.columns().len(), 1, "{name}");
        let rows = narrow.rows().unwrap();
        assert_eq!(rows[0].get(name).unwrap(), &Cell::Text(HOSTILE.to_owned()), "{name}");
        assert!(!format!("{:?} {}", rows[0], rows[0]).contains("EVCXR_"));
        assert!(!format!("{narrow:?}").contains("EVCXR_"));
    }
    let events = table.view_events(&[COLUMNS[0]]).unwrap();
    assert!(!events.get("text/html").unwrap().contains("<script>alert"), "not escaped");
    assert!(!table.to_text().unwrap().contains("EVCXR_"));
}

#[test]
fn parameters_are_values_not_text() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let query =
        workspace.query("Azure.list_aad_signins_for_account").param("account_name", "x\" | union * //").timespan("2d");
    let text = query.text().unwrap();
    assert!(text.as_text().contains(r#"let account_name = "x\" | union * //";"#), "{text}");
    assert!(!text.as_text().contains("query_parameters"), "{text}");
    let error = workspace.query("Azure.list_aad_signin_for_account").run().unwrap_err();
    assert!(error.help().unwrap().contains("Azure.list_aad_signins_for_account"), "{error}");
    let error = query.param("acount", 5).text().unwrap_err();
    assert!(error.message().contains("acount"), "{error}");
    let error = workspace.query("Azure.list_aad_signins_for_account").timespan("soon").text().unwrap_err();
    assert_eq!(error.code(), "invalid_timespan");
    assert!(workspace.queries().unwrap().kql("where Query has 'signins'").unwrap().len() > 1);
}

#[test]
fn files() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let out = tempfile::tempdir().unwrap();
    let table = workspace.kql("print a = '=1+1', b = 'x\"y', c = '@sum'").unwrap();
    table.to_csv(file(&out, "t.csv")).unwrap();
    let csv = std::fs::read_to_string(file(&out, "t.csv")).unwrap();
    for cell in csv.lines().nth(1).unwrap().split(',') {
        assert!(!cell.trim_matches('"').starts_with(['=', '@', '+', '-']), "{csv}");
    }
    let said = table.to_parquet(file(&out, "t.parquet")).unwrap();
    assert!(said.as_text().contains("1 row"), "{said}");
    assert!(std::fs::read(file(&out, "t.parquet")).unwrap().starts_with(b"PAR1"));
    table.to_json(file(&out, "t.json")).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file(&out, "t.json")).unwrap()).unwrap();
    assert_eq!(json["a"], "=1+1");
    let error = table.to_csv(file(&out, "no/such/folder/t.csv")).unwrap_err();
    assert!(error.message().contains("t.csv"), "{error}");
}

#[test]
fn a_table_describes_itself() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Events | extend User = iff(Bytes < 10, '', User)").unwrap();
    let described = table.describe().unwrap();
    let user = described.kql("where Column == 'User'").unwrap().rows().unwrap();
    assert_eq!(user[0].get("Missing").unwrap().as_i64(), Some(4));
    assert_eq!(user[0].get("Distinct").unwrap().as_i64(), Some(2));
    assert_eq!(user[0].get("Least").unwrap().as_str(), Some("alice@contoso.com"));
    let schema = table.schema().unwrap();
    assert_eq!(column(&schema, "ColumnName").len(), table.columns().len());
    assert_eq!(workspace.kql("Events | take 0").unwrap().describe().unwrap().len(), table.columns().len());
}

#[test]
fn many_rows_come_in_pages() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("range x from 1 to 250000 step 1 | extend y = x * 2").unwrap();
    let rows = table.rows().unwrap();
    assert_eq!(rows.len(), 250_000);
    assert_eq!(rows[249_999].get("y").unwrap().as_i64(), Some(500_000));
}
