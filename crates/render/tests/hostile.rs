//! Log data is written by attackers: whatever is in it, an output has only the elements and attributes that the crate writes, and
//! shows the data as it is.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use kql::{KqlType, Value};
use kql_polars::{Column, KqlTable};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use proptest::prelude::*;
use render::{
    Alert, Document, Entity, FieldValue, Header, MAX_OUTPUT, Notes, Section, Seen, Severity, Table, Timeline,
    TimelineSpec,
};

const BAD: &[&str] = &[
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "\"onload=\"alert(1)\" x=\"",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</script></style></title></svg><svg onload=alert(1)>",
    "<!-- --><![CDATA[ ]]><?xml ?>",
    "\u{1b}[31mred\u{1b}[0m\u{1b}]8;;http://evil.example\u{7}click\u{1b}]8;;\u{7}",
    "\u{9b}2J\u{8}\u{c}\u{0}",
    "user\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{e0041}",
    "x\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>alert(1)</script>\nEVCXR_PANIC_NOTIFICATION",
    "&lt;b&gt; &amp; &#60;b&#62;",
    "{\"a\":\"</pre><script>\"}",
    "\u{ffff}\u{fdd0}",
];

const ELEMENTS: &[&str] = &[
    "a", "b", "circle", "code", "details", "div", "g", "h3", "h4", "h5", "header", "i", "li", "line", "p", "pre",
    "rect", "script", "section", "small", "span", "style", "summary", "svg", "table", "tbody", "td", "text", "th",
    "thead", "title", "tr", "ul",
];

const ATTRIBUTES: &[&str] = &[
    "align",
    "aria-label",
    "border",
    "class",
    "colspan",
    "cx",
    "cy",
    "data-k",
    "fill",
    "fill-opacity",
    "font-size",
    "font-style",
    "height",
    "hidden",
    "href",
    "opacity",
    "r",
    "rel",
    "role",
    "scope",
    "stroke",
    "stroke-dasharray",
    "stroke-opacity",
    "stroke-width",
    "style",
    "target",
    "text-anchor",
    "title",
    "viewbox",
    "width",
    "x",
    "x1",
    "x2",
    "xmlns",
    "y",
    "y1",
    "y2",
];

/// Attributes that may hold data.
const DATA: &[&str] = &["aria-label", "title", "href"];

/// The name of an element and its attributes.
type Element = (String, Vec<(String, String)>);

/// What an HTML tokenizer finds.
#[derive(Default)]
struct Found {
    elements: RefCell<Vec<Element>>,
    /// Text outside of style and script.
    text: RefCell<String>,
    /// The text of each cell of a table; of a folded one what is inside.
    cells: RefCell<Vec<String>>,
    raw: RefCell<Vec<String>>,
    in_raw: Cell<bool>,
    problems: RefCell<Vec<String>>,
}

impl TokenSink for Found {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let name = tag.name.to_string();
                let attributes = tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
                self.elements.borrow_mut().push((name.clone(), attributes));
                match name.as_str() {
                    "td" => self.cells.borrow_mut().push(String::new()),
                    "pre" | "div" => {
                        if let Some(cell) = self.cells.borrow_mut().last_mut() {
                            cell.clear();
                        }
                    }
                    "style" | "script" => {
                        self.in_raw.set(true);
                        self.raw.borrow_mut().push(String::new());
                        let kind = if name == "style" { RawKind::Rawtext } else { RawKind::ScriptData };
                        return TokenSinkResult::RawData(kind);
                    }
                    _ => {}
                }
            }
            Token::TagToken(tag) => {
                if matches!(&*tag.name, "style" | "script") {
                    self.in_raw.set(false);
                }
            }
            Token::CharacterTokens(text) if self.in_raw.get() => {
                self.raw.borrow_mut().last_mut().unwrap().push_str(&text);
            }
            Token::CharacterTokens(text) => {
                self.text.borrow_mut().push_str(&text);
                if let Some(cell) = self.cells.borrow_mut().last_mut() {
                    cell.push_str(&text);
                }
            }
            Token::EOFToken => {}
            Token::ParseError(error) => self.problems.borrow_mut().push(error.to_string()),
            other => self.problems.borrow_mut().push(format!("{other:?}")),
        }
        TokenSinkResult::Continue
    }
}

fn parse(html: &str) -> Found {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Found::default(), TokenizerOpts { exact_errors: true, ..Default::default() });
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink
}

/// The style sheets and scripts of a document with no data in it.
fn constant_raw() -> Vec<String> {
    parse(&Document::of(Table::new(strings(&["a"], &[&["b"]]))).html()).raw.into_inner()
}

/// Characters that act instead of being shown.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || render::escape::visible(c.encode_utf8(&mut [0; 4])) != c.to_string()
}

/// Checks that a document holds nothing that data brought in.
fn check(html: &str) -> Found {
    assert!(html.len() <= MAX_OUTPUT, "{} bytes", html.len());
    let found = parse(html);
    assert_eq!(*found.problems.borrow(), Vec::<String>::new());
    let raw = constant_raw();
    for text in found.raw.borrow().iter() {
        assert!(raw.contains(text), "a style or script that is not ours: {text}");
    }
    for (name, attributes) in found.elements.borrow().iter() {
        assert!(ELEMENTS.contains(&name.as_str()), "<{name}>");
        for (attribute, value) in attributes {
            assert!(ATTRIBUTES.contains(&attribute.as_str()), "<{name} {attribute}>");
            if attribute == "href" {
                assert!(value.starts_with("https://learn.microsoft.com/"), "{value}");
            }
            if !DATA.contains(&attribute.as_str()) {
                assert!(value.len() < 120 && !value.contains("alert") && !value.contains('<'), "{attribute}={value}");
            }
        }
    }
    assert!(!html.contains("EVCXR_"));
    assert!(!html.contains(acts), "{:?}", html.chars().find(|c| acts(*c)));
    found
}

fn check_text(text: &str) {
    assert!(text.len() <= MAX_OUTPUT);
    assert!(!text.contains("EVCXR_"));
    let shown = text.replace("EVCXR\u{200b}_", "");
    assert!(!shown.contains(acts), "{:?}", shown.chars().find(|c| acts(*c)));
}

fn strings(names: &[&str], rows: &[&[&str]]) -> KqlTable {
    let columns = (0..names.len()).map(|i| {
        let cells: Vec<&str> = rows.iter().map(|row| row[i]).collect();
        Series::new(format!("{i}").into(), cells).into_column()
    });
    KqlTable {
        columns: names.iter().map(|name| Column { name: (*name).to_owned(), ty: KqlType::String }).collect(),
        frame: DataFrame::new_infer_height(columns.collect()).unwrap(),
        notes: Vec::new(),
        render: None,
    }
}

fn events(groups: &[&str], times: &[i64]) -> KqlTable {
    let mut table = strings(
        &["Group", "Dynamic"],
        &groups.iter().map(|g| [*g, *g]).collect::<Vec<_>>().iter().map(|r| r.as_slice()).collect::<Vec<_>>(),
    );
    let time = Series::new("t".into(), times).into_column();
    let mut columns = table.frame.columns().to_vec();
    columns.push(time);
    table.frame = DataFrame::new_infer_height(columns).unwrap();
    table.columns[1].ty = KqlType::Dynamic;
    table.columns.push(Column { name: "Time".into(), ty: KqlType::DateTime });
    table
}

fn timeline(title: &str, groups: &[&str], times: &[i64]) -> Timeline {
    let spec = TimelineSpec::new(title, "Time").group("Group").hover(["Group", "Dynamic", title]);
    Timeline::new(&events(groups, times), &spec.marker(times.first().copied().unwrap_or(0), title)).unwrap()
}

/// A document with a text in every place that takes one.
fn everywhere(text: &str) -> Document {
    let mut table = strings(&[text, "b", "c"], &[&[text, "", text], &["x", text, text]]);
    table.columns[2].ty = KqlType::Dynamic;
    table.notes = vec![text.to_owned()];
    let entity = Entity::new(text, text)
        .field(text, text)
        .field("value", Value::String(text.to_owned()))
        .field("json", Value::Dynamic(serde_json::json!({text: [text]})))
        .field("list", vec![text.to_owned(), text.to_owned()])
        .field("seen", vec![Seen::new(text).remark(text).count(1)])
        .field("bad link", FieldValue::Link { text: text.to_owned(), url: text.to_owned() })
        .field("link", FieldValue::Link { text: text.to_owned(), url: format!("https://learn.microsoft.com/{text}") });
    let mut alert = Alert::new(text, Severity::parse(text));
    alert.product = Some(text.to_owned());
    alert.description = Some(text.to_owned());
    alert.entities = vec![entity.clone()];
    alert.properties = vec![(text.to_owned(), text.into())];
    Document::new()
        .with(Header::new(text).subject(text).fact(text, text))
        .with(Notes::partial([text, text]).title(text))
        .with(Section::new(text).intro(text).with(Table::new(table).caption(text)).with(text))
        .with(Section::new(text).folded().with(entity))
        .with(alert)
        .with(timeline(text, &[text, "", text], &[0, 1, 2]))
}

#[test]
fn known_attacks_in_every_place() {
    for text in BAD {
        let document = everywhere(text);
        let found = check(&document.html());
        check_text(&document.text());
        let shown = render::escape::visible(text);
        assert!(found.text.borrow().contains(&*shown), "{text:?} is not shown as it is");
    }
}

#[test]
fn a_wide_table_of_attacks_shows_every_one_as_it_is() {
    let names: Vec<String> = (0..225).map(|i| format!("{}{i}", BAD[i % BAD.len()])).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row: Vec<&str> = (0..225).map(|i| BAD[(i * 5 + 1) % BAD.len()]).collect();
    let table = Table::new(strings(&names, &[&row, &row, &row]));
    let found = check(&Document::of(table.clone()).html());
    let cells = found.cells.borrow();
    assert_eq!(cells.len(), 3 * 225);
    for (cell, text) in cells.iter().zip(row.iter().cycle()) {
        assert_eq!(cell, &*render::escape::visible(text));
    }
    check_text(&Document::of(table).text());
}

#[test]
fn drawings_are_well_formed_and_hold_nothing_foreign() {
    let groups: Vec<&str> = BAD.iter().copied().cycle().take(40).collect();
    let times: Vec<i64> = (0..40).map(|i| i * 1_000_000_007).collect();
    let few = timeline(BAD[0], &groups, &times);
    let many: Vec<&str> = BAD.iter().copied().cycle().take(3_000).collect();
    let times: Vec<i64> = (0..3_000).map(|i| i * i * 1_000_007).collect();
    for drawing in [few, timeline(BAD[6], &many, &times)] {
        let svg = drawing.svg().unwrap();
        let parsed = roxmltree::Document::parse(&svg).unwrap();
        for node in parsed.descendants().filter(|node| node.is_element()) {
            let name = node.tag_name().name();
            assert!(["svg", "style", "g", "rect", "circle", "line", "text", "title"].contains(&name), "<{name}>");
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on") && attribute.name() != "href", "{}", attribute.name());
            }
        }
        // What is shown on hovering is in there, as text.
        let titles: Vec<&str> = parsed
            .descendants()
            .filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "title")))
            .filter_map(|n| n.text())
            .collect();
        assert!(titles.len() > 10);
        check(&Document::of(drawing).html());
    }
}

#[test]
fn huge_cells_are_cut_with_a_statement() {
    let big = "<\u{1b}".repeat(500_000);
    let row: Vec<&str> = (0..225).map(|_| big.as_str()).collect();
    let names: Vec<String> = (0..225).map(|i| format!("c{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<&[&str]> = (0..3).map(|_| row.as_slice()).collect();
    let mut table = strings(&names, &rows);
    for column in table.columns.iter_mut().step_by(2) {
        column.ty = KqlType::Dynamic;
    }
    let after = Section::new("What follows").with("is still there");
    let html = Document::new().with(Table::new(table)).with(after).html();
    let found = check(&html);
    assert_eq!(found.cells.borrow().len(), 3 * 225, "no row is lost while its cells can be cut");
    assert!(html.contains("1.0 MB") && html.contains("is still there"));
}

#[test]
fn more_than_fits_is_said() {
    let text = "x".repeat(60);
    let rows: Vec<&[&str]> = (0..30_000).map(|_| std::slice::from_ref(Box::leak(Box::new(text.as_str())))).collect();
    let html = Document::of(Table::new(strings(&["a"], &rows)).page(usize::MAX)).html();
    check(&html);
    assert!(html.contains("of the 30,000 rows of this page are shown: the output is full"));
    let many = (0..5_000).fold(Document::new(), |document, _| document.with(Notes::info(["x".repeat(2_000)])));
    let html = many.html();
    check(&html);
    assert!(html.contains("more parts are not shown"));
    check_text(&many.text());
}

#[test]
fn a_million_events_stay_small() {
    let groups: Vec<&str> = ["a", "b", "", "c"].iter().copied().cycle().take(1_000_000).collect();
    let times: Vec<i64> = (0..1_000_000).map(|i| 630_000_000_000_000_000 + i * 7_777_777).collect();
    let timeline = timeline("many", &groups, &times);
    let html = Document::of(timeline).html();
    check(&html);
    assert!(html.len() < 200_000, "{} bytes", html.len());
    assert!(html.contains("1,000,000 events in 4 groups"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_anywhere(text in "(?s)[<>\"'&\\PC\\n\\r\\t\u{1b}\u{202e}\u{0}a-z=:/-]{0,300}") {
        let document = everywhere(&text);
        check(&document.html());
        check_text(&document.text());
    }

    #[test]
    fn any_text_reads_back(text in "(?s).{0,400}") {
        let found = check(&Document::of(Table::new(strings(&["a"], &[&[&text]]))).html());
        let cells = found.cells.borrow();
        prop_assert_eq!(&cells[0], &*render::escape::visible(&text));
    }

    #[test]
    fn any_times_are_drawn(times in proptest::collection::vec(any::<i64>(), 0..20), close in any::<bool>()) {
        let times: Vec<i64> = times.iter().map(|t| if close { 630_000_000_000_000_000 + t % 10 } else { *t }).collect();
        let groups: Vec<&str> = times.iter().map(|t| if t % 2 == 0 { "even" } else { "odd" }).collect();
        let timeline = timeline("t", &groups, &times);
        if let Some(svg) = timeline.svg() {
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
            prop_assert!(roxmltree::Document::parse(&svg).is_ok());
        }
        let document = Document::of(timeline);
        check(&document.html());
        check_text(&document.text());
    }
}
