//! Log data is written by attackers: with the worst in every text of every table, the whole account summary shows it as text, and
//! nothing of it acts: not in HTML, not in a terminal, not in the kernel's output, not in a spreadsheet.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::path::Path;
use std::process::Command;

use common::{ENGINE, explorer, file};
use entity_explorer::prelude::{AccountSummary, Explorer, Show, Table, Workspace};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use polars::prelude::{DataFrame, DataType, IntoColumn, ParquetReader, ParquetWriter, SerReader, StringChunked};
use serde_json::Value as Json;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo");

const SCRIPT: &str = "<script>alert(1)</script>";

/// On one line: what a log message can hold.
const LINE: &str = "=cmd|' /C calc'!A0 <script>alert(1)</script> \"onload=alert(1) x=\" '><img src=x onerror=alert(1)> \u{1b}[31m\u{1b}]0;x\u{7} \u{202e}gpj.exe\u{2066} EVCXR_END_CONTENT";

/// On lines of their own: what ends a display of the kernel and opens another.
const LINES: &str = "\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>alert(1)</script>\n\u{0}";

/// The columns by which the account is found: there the text is appended.
const KEPT: [&str; 9] = [
    "UserPrincipalName",
    "Caller",
    "UserId",
    "TargetUserName",
    "Account",
    "CompromisedEntity",
    "Facility",
    "ProcessName",
    "Type",
];

/// The worst text for a column: a formula, a link that runs a script, or something in front of both.
fn worst(column: usize) -> String {
    match column % 3 {
        0 => format!("{LINE}{LINES}"),
        1 => format!("javascript:alert(1)//{LINE}{LINES}"),
        _ => format!("@SUM(1)\" onload=alert(1) {LINE}{LINES}"),
    }
}

/// Every text in a JSON value, keys too.
fn poison(value: &mut Json, text: &str) {
    match value {
        Json::String(old) => *old = format!("{text} {old}"),
        Json::Array(list) => list.iter_mut().for_each(|value| poison(value, text)),
        Json::Object(map) => {
            map.values_mut().for_each(|value| poison(value, text));
            map.insert(text.to_owned(), Json::String(text.to_owned()));
        }
        _ => {}
    }
}

fn poisoned(column: &str, number: usize, old: &str) -> String {
    let text = worst(number);
    if let Ok(mut value) = serde_json::from_str::<Json>(old)
        && (value.is_object() || value.is_array())
    {
        // Numbers stay: the shape of the value is what the summary reads.
        poison(&mut value, &text);
        return value.to_string();
    }
    match column {
        // The words around the user's name are what makes it a logon.
        "SyslogMessage" => old.replace("for alice from", &format!("for alice {LINE} from")),
        "Facility" | "ProcessName" | "Type" => old.to_owned(),
        _ if KEPT.contains(&column) && old.contains("alice") => format!("{old} {text}"),
        _ => text,
    }
}

/// A few rows of each table of the demo that name alice, with the worst in every text.
fn workspace(explorer: &Explorer) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(DEMO).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".parquet") {
            continue;
        }
        let frame = ParquetReader::new(File::open(&path).unwrap()).finish().unwrap();
        let chosen = rows_of_alice(&frame);
        let mut columns = Vec::new();
        for (number, column) in frame.columns().iter().enumerate() {
            let taken = column.as_materialized_series().clone();
            let picked: Vec<u32> = chosen.iter().map(|row| *row as u32).collect();
            let taken = taken.take_slice(&picked).unwrap();
            columns.push(if taken.dtype() == &DataType::String {
                let texts = taken.str().unwrap().iter();
                let texts: StringChunked =
                    texts.map(|old| Some(poisoned(taken.name(), number, old.unwrap_or_default()))).collect();
                polars::prelude::IntoSeries::into_series(texts).with_name(taken.name().clone()).into_column()
            } else {
                taken.into_column()
            });
        }
        let mut frame = DataFrame::new(chosen.len(), columns).unwrap();
        ParquetWriter::new(File::create(file(&folder, &name)).unwrap()).finish(&mut frame).unwrap();
    }
    let opened = explorer.connect(folder.path().to_str().unwrap()).unwrap();
    (folder, opened)
}

/// The last rows that name alice herself; of a table that never does, the last rows.
fn rows_of_alice(frame: &DataFrame) -> Vec<usize> {
    let texts: Vec<_> = frame.columns().iter().filter_map(|column| column.str().ok()).collect();
    let names = |row: usize| {
        texts.iter().any(|column| {
            let cell = column.get(row).unwrap_or_default();
            cell == "alice" || cell.contains("alice@contoso.com") || cell.contains("Accepted publickey for alice from")
        })
    };
    let mut rows: Vec<usize> = (0..frame.height()).rev().filter(|row| names(*row)).take(6).collect();
    if rows.is_empty() {
        rows = (frame.height().saturating_sub(6)..frame.height()).collect();
    }
    rows.reverse();
    rows
}

/// The name of an element and its attributes.
type Element = (String, Vec<(String, String)>);

/// What an HTML tokenizer finds.
#[derive(Default)]
struct Found {
    /// Elements with their attributes.
    elements: RefCell<Vec<Element>>,
    /// Text outside of style and script.
    text: RefCell<String>,
    raw: RefCell<Vec<String>>,
    in_raw: Cell<bool>,
    problems: RefCell<Vec<String>>,
}

impl TokenSink for Found {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let attributes = tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
                self.elements.borrow_mut().push((tag.name.to_string(), attributes));
                if matches!(&*tag.name, "style" | "script") {
                    self.in_raw.set(true);
                    self.raw.borrow_mut().push(String::new());
                    let style = &*tag.name == "style";
                    return TokenSinkResult::RawData(if style { RawKind::Rawtext } else { RawKind::ScriptData });
                }
            }
            Token::TagToken(tag) if matches!(&*tag.name, "style" | "script") => self.in_raw.set(false),
            Token::CharacterTokens(text) if self.in_raw.get() => {
                self.raw.borrow_mut().last_mut().unwrap().push_str(&text);
            }
            Token::CharacterTokens(text) => self.text.borrow_mut().push_str(&text),
            Token::ParseError(error) => self.problems.borrow_mut().push(error.to_string()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn parse(html: &str) -> Found {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let options = TokenizerOpts { exact_errors: true, ..Default::default() };
    let tokenizer = Tokenizer::new(Found::default(), options);
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink
}

/// Characters that act instead of being shown.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Elements that load, submit, redirect or hold other documents.
const FORBIDDEN: [&str; 11] =
    ["img", "iframe", "object", "embed", "form", "base", "link", "foreignobject", "video", "audio", "input"];

/// Checks HTML, and says whether the hostile text is in it to be read. `ours` are the scripts and style sheets of harmless output.
fn check_html(what: &str, html: &str, ours: &[String]) -> bool {
    let found = parse(html);
    assert_eq!(*found.problems.borrow(), Vec::<String>::new(), "{what}");
    for raw in found.raw.borrow().iter() {
        assert!(ours.contains(raw), "{what}: a script or style that is not ours: {raw}");
    }
    for (name, attributes) in found.elements.borrow().iter() {
        assert!(!FORBIDDEN.contains(&name.as_str()), "{what}: <{name}>");
        for (attribute, value) in attributes {
            assert!(!attribute.starts_with("on"), "{what}: <{name} {attribute}>");
            let goes = matches!(attribute.as_str(), "href" | "src" | "action" | "formaction" | "xlink:href");
            assert!(!goes || value.starts_with("https://") || value.starts_with('#'), "{what}: {attribute}={value}");
        }
    }
    assert!(!html.contains("EVCXR_"), "{what}: a marker of the kernel");
    assert!(!html.contains(acts), "{what}: {:?}", html.chars().find(|c| acts(*c)));
    found.text.borrow().contains(SCRIPT)
}

/// Checks text for a terminal, and says whether the hostile text is in it to be read.
fn check_text(what: &str, text: &str) -> bool {
    assert!(!text.contains("EVCXR_"), "{what}: a marker of the kernel");
    assert!(!text.contains(acts), "{what}: {:?}", text.chars().find(|c| acts(*c)));
    text.contains("=cmd|") || text.contains("javascript:") || text.contains("@SUM") || text.contains("<script>")
}

/// Checks all that a value shows, and says whether the hostile text is in its HTML to be read; text leaves columns out.
fn check_shown(what: &str, shown: &dyn Show, ours: &[String]) -> bool {
    let bundle = shown.bundle().unwrap();
    check_text(what, bundle.get("text/plain").unwrap());
    let readable = check_html(what, bundle.get("text/html").unwrap(), ours);
    // A drawing alone, as it is saved.
    if let Some(svg) = bundle.get("image/svg+xml") {
        assert!(!svg.contains("EVCXR_") && !svg.contains(acts) && !svg.contains("<script"), "{what}: svg");
    }
    readable
}

/// The cells of a CSV file.
fn cells(csv: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut characters = csv.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            // Two quotes in a quoted cell are one.
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cells.last_mut().unwrap().push('"'),
            '"' => quoted = !quoted,
            '\r' if !quoted => {}
            ',' | '\n' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

fn check_csv(what: &str, table: &Table, folder: &tempfile::TempDir) {
    let path = file(folder, "out.csv");
    table.to_csv(&path).unwrap();
    let csv = std::fs::read_to_string(&path).unwrap();
    for cell in cells(&csv) {
        let number = cell.trim().parse::<f64>().is_ok();
        assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{what}: {cell}");
    }
    assert!(csv.contains("'=cmd|") || csv.contains("'@SUM") || !csv.contains("=cmd|"), "{what}: {csv}");
}

/// The scripts and style sheets of output that has no log data in it.
fn ours(explorer: &Explorer) -> Vec<String> {
    let html = explorer.workspaces().unwrap().bundle().unwrap().get("text/html").unwrap().to_owned();
    parse(&html).raw.into_inner()
}

/// Everything of a selected account; whether it has both alerts and bookmarks.
fn check_account(account: &AccountSummary, folder: &tempfile::TempDir, ours: &[String]) -> bool {
    assert!(check_shown("summary", account, ours));
    assert!(check_shown("entity", &account.account_entity().unwrap(), ours));
    assert!(check_shown("additional", &account.get_additional_data().unwrap(), ours));
    assert!(check_shown("summary with additional data", account, ours));
    let alerts = check_shown("browse_alerts", &account.browse_alerts().unwrap(), ours);
    assert_eq!(alerts, !account.related_alerts().unwrap().is_empty());
    let bookmarks = check_shown("browse_bookmarks", &account.browse_bookmarks().unwrap(), ours);
    assert_eq!(bookmarks, !account.related_bookmarks().unwrap().is_empty());
    for view in [account.browse_accounts(), account.description(), account.alert_timeline()] {
        check_shown("view", &view.unwrap(), ours);
    }
    for view in [
        account.host_logon_timeline(),
        account.azure_timeline_by_provider(),
        account.account_timeline_by_ip(),
        account.azure_timeline_by_operation(),
    ] {
        match view {
            // Its groups may be addresses, which are none of the hostile texts.
            Ok(view) => {
                check_shown("timeline", &view, ours);
            }
            Err(error) => assert!(error.message().contains("does not apply"), "{error}"),
        }
    }
    let names = account.data_properties().unwrap().rows().unwrap();
    assert!(names.len() >= 4, "{names:?}");
    for row in names {
        let name = row.get("Name").unwrap().as_str().unwrap();
        let table = account.table(name).unwrap();
        let rows = table.rows().unwrap();
        let holds = rows.iter().any(|row| row.cells().iter().any(|cell| cell.to_string().contains(SCRIPT)));
        assert!(holds || matches!(name, "ip_summary" | "ip_all_data" | "host_logon_summary"), "{name} lost the text");
        assert_eq!(check_shown(name, &table, ours), holds, "{name}: readable");
        check_csv(name, &table, folder);
        let columns: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
        let events = account.view_events(name, &columns[..columns.len().min(12)]).unwrap();
        assert_eq!(check_shown(name, &events, ours), holds, "{name}: readable events");
        check_shown(name, &table.describe().unwrap(), ours);
        for row in rows {
            let text = format!("{row} {row:?}");
            assert!(!text.contains("EVCXR_") && !text.contains('\u{1b}'), "{text}");
        }
    }
    alerts && bookmarks
}

#[test]
fn the_whole_summary_of_hostile_data_in_a_notebook() {
    let explorer = explorer();
    let ours = ours(&explorer);
    let (folder, workspace) = workspace(&explorer);
    check_shown("workspace", &workspace, &ours);
    for table in workspace.tables().unwrap().rows().unwrap() {
        let name = table.get("Table").unwrap().as_str().unwrap();
        let all = workspace.kql(name).unwrap();
        assert!(!all.is_empty(), "{name}");
        assert!(check_shown(name, &all, &ours), "{name}");
        check_csv(name, &all, &folder);
    }
    let account = workspace.account_summary("alice").timespan("30d").run().unwrap();
    assert!(check_shown("search", &account, &ours));
    let (mut sources, mut both) = (Vec::new(), false);
    for found in account.account_activity().unwrap().rows().unwrap() {
        let (name, source) = (found.get("AccountName").unwrap(), found.get("Source").unwrap());
        let (name, source) = (name.as_str().unwrap(), source.as_str().unwrap());
        assert!(name.contains("<script>") || source == "Linux", "{name}");
        both |= check_account(&account.select(name, source).unwrap(), &folder, &ours);
        sources.push(source.to_owned());
    }
    sources.sort_unstable();
    sources.dedup();
    assert!(both, "no account has both alerts and bookmarks");
    assert_eq!(sources, ["AzureActiveDirectory", "AzureActivity", "Linux", "Office365", "Windows"]);
}

#[test]
fn the_whole_summary_of_hostile_data_in_a_terminal() {
    let explorer = explorer();
    let (folder, workspace) = workspace(&explorer);
    let account = workspace.account_summary("alice").timespan("30d").run().unwrap();
    let page = file(&folder, "page.html");
    for found in account.account_activity().unwrap().rows().unwrap() {
        let (name, source) = (found.get("AccountName").unwrap(), found.get("Source").unwrap());
        let select = format!("{}:{}", name.as_str().unwrap().replace('\0', ""), source.as_str().unwrap());
        // A NUL cannot be an argument: such an account is only listed.
        let selecting = !name.as_str().unwrap().contains('\0');
        let output = Command::new(ENGINE)
            .args(["account", "alice", "--last", "30d", "--workspace"])
            .arg(Path::new(folder.path()))
            .arg("--html")
            .arg(&page)
            .args(selecting.then_some(["--select", &select]).into_iter().flatten())
            .output()
            .unwrap();
        let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{said}");
        assert!(check_text("terminal", &out), "{out}");
        check_text("messages", &said);
        let html = std::fs::read_to_string(&page).unwrap();
        let raw = parse(&html).raw.into_inner();
        assert!(raw.iter().all(|text| !text.contains("alert(1)")), "a script from data");
        assert!(check_html("page", &html, &raw));
    }
}
