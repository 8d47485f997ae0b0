//! Alerts and bookmarks one by one.

use kql::Value;
use kql_polars::KqlTable;
use render::{Alert, Document, Entity, FieldValue, Notes, Section, Severity};
use serde_json::Value as Json;

use crate::rows::{Row, rows};
use crate::workspace::short_time;

/// How many are shown at most.
const MOST: usize = 200;

/// Each alert as a card. `subject` is what they name: `the account`.
pub fn alerts(alerts: &KqlTable, subject: &str) -> Document {
    let mut document = Document::new();
    for row in rows(alerts).take(MOST) {
        document.push(alert(&row));
    }
    finish(document, alerts, "alert", subject)
}

/// Each bookmark with the row it was made from. `subject` is what they name: `the account`.
pub fn bookmarks(bookmarks: &KqlTable, subject: &str) -> Document {
    let mut document = Document::new();
    for row in rows(bookmarks).take(MOST) {
        document.push(bookmark(&row));
    }
    finish(document, bookmarks, "bookmark", subject)
}

fn finish(mut document: Document, table: &KqlTable, what: &str, subject: &str) -> Document {
    if table.rows() == 0 {
        document.push(format!("No {what} in this time range names {subject}."));
    }
    if table.rows() > MOST {
        document.push(Notes::warning([format!("The first {MOST} of {} {what}s are shown.", table.rows())]));
    }
    document
}

/// A `SecurityAlert` row as a card.
fn alert(row: &Row<'_>) -> Alert {
    let text = |column: &str| Some(row.text(column)).filter(|t| !t.is_empty());
    let mut card = Alert::new(row.text("AlertName"), Severity::parse(&row.text("Severity")));
    card.time = row.ticks("StartTimeUtc").or_else(|| row.ticks("TimeGenerated"));
    card.product = text("ProductName").or_else(|| text("ProviderName"));
    card.description = text("Description");
    card.entities = entities(&row.text("Entities"));
    for column in
        ["CompromisedEntity", "Status", "Tactics", "Techniques", "SystemAlertId", "AlertLink", "RemediationSteps"]
    {
        if let Some(value) = text(column) {
            card.properties.push((column.to_owned(), parsed(&value)));
        }
    }
    if let Some(end) = row.ticks("EndTimeUtc") {
        card.properties.push(("EndTimeUtc".to_owned(), Value::DateTime(end).into()));
    }
    if let Ok(Json::Object(extended)) = serde_json::from_str(&row.text("ExtendedProperties")) {
        for (name, value) in extended {
            card.properties.push((name, json_field(&value)));
        }
    }
    card
}

/// The entities of an alert: a JSON list of objects with a `Type`. What is not one is kept as text.
fn entities(text: &str) -> Vec<Entity> {
    match serde_json::from_str(text) {
        Ok(Json::Array(list)) => list.iter().filter_map(Json::as_object).map(entity).collect(),
        _ if text.trim().is_empty() => Vec::new(),
        _ => vec![Entity::new("Entities", "").field("text", text)],
    }
}

fn entity(fields: &serde_json::Map<String, Json>) -> Entity {
    let text = |key: &str| fields.get(key).and_then(Json::as_str).filter(|t| !t.is_empty());
    let kind = text("Type").unwrap_or("entity");
    let title = ["Name", "HostName", "Address", "Url", "CommandLine", "DomainName", "FileName", "Value"]
        .into_iter()
        .find_map(text)
        .unwrap_or_default();
    let mut card = Entity::new(kind, title);
    for (name, value) in fields {
        let empty = value.is_null() || value.as_str() == Some("");
        if !empty && !matches!(name.as_str(), "$id" | "Type") {
            card.push(name.clone(), json_field(value));
        }
    }
    card
}

fn bookmark(row: &Row<'_>) -> Section {
    let title = format!(
        "{}  {}",
        row.ticks("TimeGenerated").map(short_time).unwrap_or_default(),
        row.text("BookmarkName").trim()
    );
    let mut card = Entity::new("Bookmark", row.text("BookmarkName").trim());
    for column in ["Notes", "Tags", "CreatedBy", "UpdatedBy", "QueryText", "QueryResultRow", "BookmarkId"] {
        let value = row.text(column);
        if !value.is_empty() {
            card.push(column, parsed(&value));
        }
    }
    for column in ["EventTime", "CreatedTime", "LastUpdatedTime"] {
        if let Some(ticks) = row.ticks(column) {
            card.push(column, Value::DateTime(ticks));
        }
    }
    Section::new(title).with(card).folded()
}

/// Text that is a JSON object or list as one, other text as it is.
fn parsed(text: &str) -> FieldValue {
    match serde_json::from_str::<Json>(text) {
        Ok(value) if value.is_object() || value.is_array() => Value::Dynamic(value).into(),
        _ => FieldValue::Text(text.to_owned()),
    }
}

fn json_field(value: &Json) -> FieldValue {
    match value {
        Json::String(text) => parsed(text),
        other => Value::Dynamic(other.clone()).into(),
    }
}
