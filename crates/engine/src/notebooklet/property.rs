//! What a notebooklet's result has and can do, by name: analysts who know msticnb find what they know.

use kql::{KqlType, Value as Kql};
use kql_polars::KqlTable;
use render::Document;

use crate::error::Error;
use crate::small::{small_table, texts};

/// What a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// Rows.
    Table,
    /// A timeline.
    Timeline,
    /// A card.
    Entity,
}

/// A property of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: PropertyKind,
    /// What it holds, one sentence.
    pub doc: &'static str,
    /// Whether it is fetched only when it is asked for, with `get_additional_data`.
    pub additional: bool,
}

/// A method of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// What it does; the first sentence is its summary.
    pub doc: &'static str,
}

/// A table.
pub const fn table(name: &'static str, additional: bool, doc: &'static str) -> Property {
    Property { name, kind: PropertyKind::Table, doc, additional }
}

/// A timeline.
pub const fn timeline(name: &'static str, additional: bool, doc: &'static str) -> Property {
    Property { name, kind: PropertyKind::Timeline, doc, additional }
}

/// Of every notebooklet: alerts one by one.
pub const BROWSE_ALERTS: Method = Method {
    name: "browse_alerts",
    signature: "browse_alerts()",
    doc: "Shows each related alert as a card that opens: severity, time, product, description, entities.",
};
/// Of every notebooklet: bookmarks one by one.
pub const BROWSE_BOOKMARKS: Method = Method {
    name: "browse_bookmarks",
    signature: "browse_bookmarks()",
    doc: "Shows each related bookmark with its notes and the row it was made from.",
};
/// Of every notebooklet: alerts over time.
pub const DISPLAY_ALERT_TIMELINE: Method = Method {
    name: "display_alert_timeline",
    signature: "display_alert_timeline()",
    doc: "Draws the related alerts over time, a lane per alert name.",
};
/// Of every notebooklet: events one by one.
pub const VIEW_EVENTS: Method = Method {
    name: "view_events",
    signature: "view_events(property, &[columns])",
    doc: "Shows the events of a table one by one, each under a line made of its time and the columns, all its values inside.",
};
/// Of every notebooklet: its tables.
pub const DATA_PROPERTIES: Method =
    Method { name: "data_properties", signature: "data_properties()", doc: "Lists the tables that have rows." };
/// Of every notebooklet: its timelines.
pub const VIS_PROPERTIES: Method =
    Method { name: "vis_properties", signature: "vis_properties()", doc: "Lists the timelines." };
/// Of every notebooklet: what it can do.
pub const LIST_METHODS: Method =
    Method { name: "list_methods", signature: "list_methods()", doc: "Lists the methods." };
/// Of every notebooklet: what a name means.
pub const HELP: Method = Method { name: "help", signature: "help(name)", doc: "Says what a method or a property is." };

/// The property of this name, case ignored.
///
/// # Errors
/// When there is none: the error lists the nearest names.
pub fn find(properties: &'static [Property], name: &str) -> Result<&'static Property, Error> {
    properties
        .iter()
        .find(|p| p.name.eq_ignore_ascii_case(name.trim()))
        .ok_or_else(|| Error::unknown("property", name, properties.iter().map(|p| p.name)))
}

/// What a method or property is. `variable` is what notebooks call the result: `account`.
///
/// # Errors
/// An unknown name, with the nearest ones.
pub fn help(
    properties: &'static [Property],
    methods: &'static [Method],
    variable: &str,
    name: &str,
) -> Result<Document, Error> {
    if let Ok(property) = find(properties, name) {
        let when = if property.additional { "\nIt comes with get_additional_data()." } else { "" };
        return Ok(Document::of(format!("{}\n\n{}{when}", property.name, property.doc)));
    }
    let names = methods.iter().map(|m| m.name).chain(properties.iter().map(|p| p.name));
    let method = methods
        .iter()
        .find(|m| m.name.eq_ignore_ascii_case(name.trim()))
        .ok_or_else(|| Error::unknown("method or property", name, names))?;
    Ok(Document::of(format!("{variable}.{}\n\n{}", method.signature, method.doc)))
}

/// Every method, with the first sentence of what it does, as a table.
///
/// # Errors
/// A defect of the engine.
pub fn method_table(methods: &[Method]) -> Result<KqlTable, Error> {
    let first_sentence =
        |doc: &str| doc.split_once(". ").map_or_else(|| doc.to_owned(), |(first, _)| format!("{first}."));
    small_table(vec![
        ("Method", KqlType::String, texts(methods.iter().map(|method| method.signature))),
        ("Description", KqlType::String, texts(methods.iter().map(|method| first_sentence(method.doc)))),
    ])
}

/// The timelines, with what each shows, as a table.
///
/// # Errors
/// A defect of the engine.
pub fn timeline_table(properties: &[Property]) -> Result<KqlTable, Error> {
    let timelines: Vec<_> = properties.iter().filter(|property| property.kind == PropertyKind::Timeline).collect();
    small_table(vec![
        ("Name", KqlType::String, texts(timelines.iter().map(|property| property.name))),
        ("Description", KqlType::String, texts(timelines.iter().map(|property| property.doc))),
    ])
}

/// The tables that have rows, as a table: name, rows, what they are.
///
/// # Errors
/// A defect of the engine.
pub fn data_table(properties: &[(&'static str, usize, &'static str)]) -> Result<KqlTable, Error> {
    small_table(vec![
        ("Name", KqlType::String, texts(properties.iter().map(|(name, _, _)| *name))),
        (
            "Rows",
            KqlType::Long,
            properties.iter().map(|(_, rows, _)| Kql::Long(i64::try_from(*rows).unwrap_or(i64::MAX))).collect(),
        ),
        ("Description", KqlType::String, texts(properties.iter().map(|(_, _, doc)| *doc))),
    ])
}
