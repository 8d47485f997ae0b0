//! What small documents look like, in full.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::table::tests::table;
use crate::{Seen, Severity, TimelineSpec};
use kql::{KqlType, Value};
use kql_polars::KqlTable;

/// The HTML of a document without its style sheet and script, a line per row, field or box.
fn body(document: &Document) -> String {
    let html = document.html();
    let start = html.find("</style>").unwrap() + "</style>".len();
    let end = html.find("<script>").unwrap_or(html.len());
    let mut out = html[start..end].to_owned();
    for tag in ["<tr>", "<div", "<table", "<section", "<li>", "<g", "<text", "<line", "<details"] {
        out = out.replace(tag, &format!("\n{tag}"));
    }
    out
}

fn signins() -> Table {
    let text = |s: &str| Value::String(s.to_owned());
    Table::new(table(&[
        ("TimeGenerated", KqlType::DateTime, &[Value::DateTime(15_000_000), Value::Null(KqlType::DateTime)]),
        ("User", KqlType::String, &[text("alice <admin>"), text("")]),
        ("Attempts", KqlType::Long, &[Value::Long(3), Value::Null(KqlType::Long)]),
        (
            "Device",
            KqlType::Dynamic,
            &[Value::Dynamic(serde_json::json!({"os": "Windows"})), Value::Dynamic("x".into())],
        ),
    ]))
    .caption("Sign-ins")
    .total(40)
}

#[test]
fn a_table() {
    let document = Document::of(signins());
    insta::assert_snapshot!(body(&document), @r#"
    <div class="tb">
    <div class="cp"><b>Sign-ins</b> <span class="m">2 of 40 rows, 4 columns</span></div>
    <div class="sc">
    <table class="t" border="1"><thead>
    <tr><th scope="col" title="TimeGenerated: datetime, UTC" data-k="t" style="text-align: left">TimeGenerated</th><th scope="col" title="User: string" data-k="t" style="text-align: left">User</th><th scope="col" title="Attempts: long" data-k="n" align="right">Attempts</th><th scope="col" title="Device: dynamic" data-k="t" style="text-align: left">Device</th></tr></thead><tbody>
    <tr><td class="w" style="text-align: left">0001-01-01 00:00:01.5Z</td><td style="text-align: left">alice &lt;admin&gt;</td><td align="right">3</td><td style="text-align: left"><code>{&quot;os&quot;:&quot;Windows&quot;}</code></td></tr>
    <tr><td class="w" style="text-align: left"><i class="nl" title="null: no value">null</i></td><td style="text-align: left"></td><td align="right"><i class="nl" title="null: no value">null</i></td><td style="text-align: left">x</td></tr></tbody></table></div></div>
    "#);
    insta::assert_snapshot!(document.text(), @r#"
    Sign-ins: 2 of 40 rows, 4 columns
    TimeGenerated           User           Attempts  Device
    ─────────────────────────────────────────────────────────────────
    0001-01-01 00:00:01.5Z  alice <admin>         3  {"os":"Windows"}
    null                                       null  x
    "#);
}

#[test]
fn a_narrow_terminal_gets_fewer_columns() {
    let names: Vec<String> = (0..12).map(|i| format!("Column{i}")).collect();
    let values = [Value::String("a long value that has to be cut".into())];
    let columns: Vec<(&str, KqlType, &[Value])> =
        names.iter().map(|n| (n.as_str(), KqlType::String, values.as_slice())).collect();
    let document = Document::of(Table::new(table(&columns)));
    insta::assert_snapshot!(document.text_width(60), @r#"
    1 row, 12 columns
    Column0                   Column1
    ──────────────────────────────────────────────────
    a long value that has t…  a long value that has t…
    10 more columns not shown: Column2, Column3, Column4, Column5, Column6, Column7, Column8, Column9, Column10, Column11
    "#);
}

#[test]
fn cards_and_notes() {
    let seen = Seen::new("203.0.113.5").between(Some(0), Some(10_000_000)).count(1_234);
    let account = Entity::new("Account", "alice")
        .field("Roles", vec!["reader".to_owned(), "helpdesk".to_owned()])
        .field("IP addresses", vec![seen])
        .field("Host", Entity::new("Host", "laptop-7").field("OS", "Windows"));
    let mut alert = Alert::new("Impossible travel", Severity::parse("HIGH"));
    alert.time = Some(0);
    alert.product = Some("Entra ID".into());
    let document = Document::new()
        .with(Header::new("Account summary").subject("alice").fact("Queries", "7"))
        .with(Notes::partial(["SecurityEvent: no such table"]))
        .with(Section::new("What is known").intro("Two cards.").with(account).with(alert))
        .with(Notes::info(Vec::<String>::new()));
    insta::assert_snapshot!(body(&document), @r#"
    <header class="hd"><h3>Account summary <span class="sj">alice</span></h3>
    <div class="fc"><span><span class="m">Queries</span> 7</span></div></header>
    <div class="nt bad"><b>Partial result:</b> SecurityEvent: no such table</div>
    <section class="sn"><h4>What is known</h4><p class="tx" style="white-space: pre-wrap">Two cards.</p>
    <div class="cd">
    <div class="ti"><span class="kd">Account</span> <b>alice</b></div>
    <table class="kv"><tbody>
    <tr><th scope="row" style="text-align: left">Roles</th><td style="text-align: left">reader, helpdesk</td></tr>
    <tr><th scope="row" style="text-align: left">IP addresses</th><td style="text-align: left">
    <table class="t" border="1"><thead>
    <tr><th scope="col" style="text-align: left">Value</th><th scope="col" align="right">Events</th><th scope="col" style="text-align: left">First seen</th><th scope="col" style="text-align: left">Last seen</th></tr></thead><tbody>
    <tr><td style="text-align: left">203.0.113.5</td><td class="w" align="right">1,234</td><td style="text-align: left"><span class="w">0001-01-01 00:00:00Z</span></td><td style="text-align: left"><span class="w">0001-01-01 00:00:01Z</span></td></tr></tbody></table></td></tr>
    <tr><th scope="row" style="text-align: left">Host</th><td style="text-align: left">
    <div class="cd">
    <div class="ti"><span class="kd">Host</span> <b>laptop-7</b></div>
    <table class="kv"><tbody>
    <tr><th scope="row" style="text-align: left">OS</th><td style="text-align: left">Windows</td></tr></tbody></table></div></td></tr></tbody></table></div>
    <div class="cd al high">
    <div class="ti"><span class="sv" style="background-color: #b3261e; color: #ffffff">High</span> <b>Impossible travel</b></div>
    <div class="m">0001-01-01 00:00:00Z · Entra ID</div></div></section></div>
    "#);
    insta::assert_snapshot!(document.text(), @r#"
    Account summary: alice
    ══════════════════════
    Queries: 7

    ! Partial result: SecurityEvent: no such table

    What is known
    ─────────────
    Two cards.
    Account: alice
      Roles         reader, helpdesk
      IP addresses
        Value        Events  First seen            Last seen
        ───────────────────────────────────────────────────────────────
        203.0.113.5   1,234  0001-01-01 00:00:00Z  0001-01-01 00:00:01Z
      Host
        Host: laptop-7
          OS  Windows

    [High] Impossible travel
      0001-01-01 00:00:00Z · Entra ID
    "#);
}

#[test]
fn a_timeline() {
    let times: Vec<Value> = [0, 1, 5].map(|h| Value::DateTime(h * kql::time::TICKS_PER_HOUR)).to_vec();
    let who = ["alice", "", "alice"].map(|s| Value::String(s.to_owned()));
    let table = table(&[("Time", KqlType::DateTime, &times), ("Who", KqlType::String, &who)]);
    let spec = TimelineSpec::new("Logons", "Time").group("Who").hover(["Who"]);
    let document = Document::of(Timeline::new(&table, &spec).unwrap());
    insta::assert_snapshot!(body(&document), @r##"
    <div class="tw">
    <div class="cp"><b>Logons</b> <span class="m">3 events in 2 groups, 0001-01-01 00:00:00Z to 0001-01-01 05:00:00Z</span></div>
    <div class="dw" hidden><svg class="tl" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 88" role="img" aria-label="Timeline: Logons. 3 events in 2 groups, 0001-01-01 00:00:00Z to 0001-01-01 05:00:00Z." font-size="11" fill="currentColor"><rect x="196" y="8" width="734" height="22" opacity=".045"></rect>
    <text x="188" y="23" text-anchor="end">alice</text>
    <text x="938" y="23" opacity=".7">2</text>
    <g class="lane c0" fill="#0b6fb8"><circle cx="210.1" cy="19" r="4" fill-opacity=".85"><title>0001-01-01 00:00:00Z
    Who: alice</title></circle><circle cx="915.9" cy="19" r="4" fill-opacity=".85"><title>0001-01-01 05:00:00Z
    Who: alice</title></circle></g>
    <text x="188" y="45" text-anchor="end" font-style="italic">(none)</text>
    <text x="938" y="45" opacity=".7">1</text>
    <g class="lane c7" fill="#6b7480"><circle cx="351.3" cy="41" r="4" fill-opacity=".85"><title>0001-01-01 01:00:00Z
    Who: </title></circle></g>
    <g class="ax">
    <line x1="210.1" x2="210.1" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="210.1" y="68" text-anchor="middle">00:00</text>
    <text x="210.1" y="82" text-anchor="middle" opacity=".7">0001-01-01</text>
    <line x1="280.7" x2="280.7" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="280.7" y="68" text-anchor="middle">00:30</text>
    <line x1="351.3" x2="351.3" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="351.3" y="68" text-anchor="middle">01:00</text>
    <line x1="421.8" x2="421.8" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="421.8" y="68" text-anchor="middle">01:30</text>
    <line x1="492.4" x2="492.4" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="492.4" y="68" text-anchor="middle">02:00</text>
    <line x1="563" x2="563" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="563" y="68" text-anchor="middle">02:30</text>
    <line x1="633.6" x2="633.6" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="633.6" y="68" text-anchor="middle">03:00</text>
    <line x1="704.2" x2="704.2" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="704.2" y="68" text-anchor="middle">03:30</text>
    <line x1="774.7" x2="774.7" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="774.7" y="68" text-anchor="middle">04:00</text>
    <line x1="845.3" x2="845.3" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="845.3" y="68" text-anchor="middle">04:30</text>
    <line x1="915.9" x2="915.9" y1="8" y2="56" stroke="currentColor" stroke-opacity=".16"></line>
    <text x="915.9" y="68" text-anchor="middle">05:00</text>
    <line x1="196" x2="930" y1="52" y2="52" stroke="currentColor" stroke-opacity=".45"></line>
    <text x="10" y="68" opacity=".7">UTC</text></g></svg><p class="m">Each dot is one event; point at it for details.</p></div><p class="pl">The drawing is shown once the notebook is trusted; here is the same as a table.</p>
    <details class="td"><summary>Timeline as a table</summary>
    <table class="t" border="1"><thead>
    <tr><th scope="col" style="text-align: left">Who</th><th scope="col" align="right">Events</th><th scope="col" style="text-align: left">First</th><th scope="col" style="text-align: left">Last</th><th scope="col" style="text-align: left">Over time</th></tr></thead><tbody>
    <tr><td style="text-align: left">alice</td><td class="w" align="right">2</td><td style="text-align: left"><span class="w">0001-01-01 00:00:00Z</span></td><td style="text-align: left"><span class="w">0001-01-01 05:00:00Z</span></td><td style="text-align: left"><code class="sp">█                                              █</code></td></tr>
    <tr><td style="text-align: left">(none)</td><td class="w" align="right">1</td><td style="text-align: left"><span class="w">0001-01-01 01:00:00Z</span></td><td style="text-align: left"><span class="w">0001-01-01 01:00:00Z</span></td><td style="text-align: left"><code class="sp">         █                                      </code></td></tr></tbody></table></details></div></div>
    "##);
    insta::assert_snapshot!(document.text_width(70), @r#"
    Logons: 3 events in 2 groups, 0001-01-01 00:00:00Z to 0001-01-01 05:00:00Z
    alice   │█                                                       █│ 2
    (none)  │           █                                             │ 1
            0001-01-01 00:00:00Z                   0001-01-01 05:00:00Z
    "#);
    let nothing = Timeline::new(
        &KqlTable { frame: table.frame.head(Some(0)), ..table },
        &spec.window(0, kql::time::TICKS_PER_DAY),
    )
    .unwrap();
    insta::assert_snapshot!(Document::of(nothing).text(), @r#"
    Logons: 0 events
    No events from 0001-01-01 00:00:00Z to 0001-01-02 00:00:00Z.
    "#);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = Document::new().with(Section::new("s").with(signins())).with("text");
    assert_eq!(document.html(), document.clone().html());
    assert!(!document.html().contains(" id="));
}

#[test]
fn of_the_notes_of_a_table_only_missing_rows_are_red() {
    let mut rows = table(&[("Name", KqlType::String, &[Value::String("alice".to_owned())])]);
    rows.notes = vec!["Heartbeat is not in this workspace".to_owned(), format!("{PARTIAL}the limit is 500,000")];
    let body = body(&Document::of(Table::new(rows)));
    let (red, yellow) = (body.find("<div class=\"nt bad\">").unwrap(), body.find("<div class=\"nt warn\">").unwrap());
    assert!(red < yellow, "{body}");
    assert!(body[red..yellow].contains("the limit is 500,000"), "{body}");
    assert!(body[yellow..].contains("<b>About this result:</b> Heartbeat is not in this workspace"), "{body}");
    assert_eq!(body.matches("Heartbeat").count(), 1, "{body}");
}
