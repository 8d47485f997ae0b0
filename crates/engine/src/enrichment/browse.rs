//! Threat intelligence to look at: what was found, the worst first.

use std::collections::BTreeMap;

use kql_polars::KqlTable;
use render::{Alert, Document, Header, Notes, Section, Severity, format};

use crate::error::Error;
use crate::rows::{Row, rows};

/// How many indicators are shown in full.
const SHOWN: usize = 100;
/// Columns that must be there.
const NEEDED: [&str; 4] = ["Ioc", "Provider", "Severity", "Status"];

/// What the services said, by indicator, the worst first, with severity and details. Indicators that nobody finds suspicious are listed at the end, and
/// shown in full when there are no others.
///
/// # Errors
/// When the table is no result of a threat intelligence look-up.
pub fn browse_ti_results(table: &KqlTable) -> Result<Document, Error> {
    if let Some(missing) = NEEDED.iter().find(|name| table.position(name).is_none()) {
        return Err(Error::bad_input(format!("the table has no column {missing}: it is no result of threat_intel"))
            .with_help("look its values up first: .threat_intel(\"IPAddress\")?.browse_ti_results()?"));
    }
    let mut iocs: Vec<Found<'_>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut nothing = 0;
    for row in rows(table) {
        let ioc = row.text("Ioc");
        if ioc.is_empty() {
            nothing += 1;
            continue;
        }
        let place = *places.entry(ioc.clone()).or_insert_with(|| {
            iocs.push(Found { ioc, kind: row.text("IocType"), worst: 0, answers: Vec::new(), rows: 0 });
            iocs.len() - 1
        });
        let found = &mut iocs[place];
        found.rows += 1;
        found.worst = found.worst.max(rank(&row.text("Severity")));
        // Rows that were joined say the same again.
        let provider = row.text("Provider");
        if found
            .answers
            .iter()
            .all(|known| known.text("Provider") != provider || known.text("QuerySubtype") != row.text("QuerySubtype"))
        {
            found.answers.push(row);
        }
    }
    iocs.sort_by(|a, b| b.worst.cmp(&a.worst).then_with(|| a.ioc.cmp(&b.ioc)));
    let count = |rank: u8| iocs.iter().filter(|found| found.worst == rank).count().to_string();
    let mut document = Document::of(
        Header::new("Threat intelligence")
            .fact("Indicators", iocs.len().to_string())
            .fact("High", count(3))
            .fact("Warning", count(2))
            .fact("Information", count(1))
            .fact("Unknown", count(0)),
    );
    if iocs.is_empty() {
        document.push("No indicator was looked up.");
    }
    let any = iocs.iter().any(|found| found.worst >= 2);
    let (shown, rest): (Vec<&Found<'_>>, Vec<&Found<'_>>) = iocs.iter().partition(|found| found.worst >= 2 || !any);
    for found in shown.iter().take(SHOWN) {
        document.push(found.section());
    }
    let more = shown.len().saturating_sub(SHOWN);
    if more > 0 {
        let text = format!(
            "{} more are not shown: .kql(\"where Severity == 'high'\")? narrows them down",
            format::counted(more, "indicator", "indicators")
        );
        document.push(Notes::warning([text]));
    }
    if !rest.is_empty() {
        let mut names: Vec<&str> = rest.iter().take(1000).map(|found| found.ioc.as_str()).collect();
        if rest.len() > names.len() {
            names.push("…");
        }
        let title = format!("Nothing suspicious: {}", format::counted(rest.len(), "indicator", "indicators"));
        document.push(Section::new(title).with(names.join("\n").as_str()).folded());
    }
    let mut notes = table.notes.clone();
    if nothing > 0 {
        notes.push(format!("{} without an indicator", format::counted(nothing, "row", "rows")));
    }
    if !notes.is_empty() {
        document.push(Notes::info(notes));
    }
    Ok(document)
}

/// One indicator with its answers.
struct Found<'a> {
    ioc: String,
    kind: String,
    worst: u8,
    answers: Vec<Row<'a>>,
    rows: usize,
}

impl Found<'_> {
    fn section(&self) -> Section {
        let word = ["unknown", "information", "warning", "high"][usize::from(self.worst.min(3))];
        let rows = format::counted(self.rows, "row", "rows");
        let mut section = Section::new(format!("{} ({})", self.ioc, self.kind)).intro(format!("{word}, {rows}"));
        let mut answers: Vec<&Row<'_>> = self.answers.iter().collect();
        answers.sort_by_key(|row| std::cmp::Reverse(rank(&row.text("Severity"))));
        for row in answers {
            section.push(card(row));
        }
        section
    }
}

/// One answer of one service.
fn card(row: &Row<'_>) -> Alert {
    let provider = row.text("Provider");
    let title = match (provider.as_str(), row.text("QuerySubtype").as_str()) {
        ("", _) => "not asked".to_owned(),
        (_, "") => provider,
        (_, subtype) => format!("{provider}, {subtype}"),
    };
    let severity = match row.text("Severity").as_str() {
        // The words of alerts, for the colours.
        "warning" => Severity::Medium,
        other => Severity::parse(other),
    };
    let mut card = Alert::new(title, severity);
    card.properties.push(("Status".to_owned(), row.text("Status").into()));
    if let Some(serde_json::Value::Object(details)) = row.json("Details") {
        for (name, value) in details {
            let value = match value {
                serde_json::Value::String(text) => text.into(),
                other => kql::Value::Dynamic(other).into(),
            };
            card.properties.push((name, value));
        }
    }
    let reference = row.text("Reference");
    if !reference.is_empty() {
        card.properties.push(("Reference".to_owned(), reference.into()));
    }
    if let Some(raw) = row.json("RawResult") {
        card.properties.push(("Whole answer".to_owned(), kql::Value::Dynamic(raw).into()));
    }
    card
}

fn rank(severity: &str) -> u8 {
    match severity {
        "high" => 3,
        "warning" => 2,
        "information" => 1,
        _ => 0,
    }
}
