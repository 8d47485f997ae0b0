//! Cards as plain text.

use super::{Alert, Entity, FieldValue, Seen};
use crate::cell::{Cell, one_line};
use crate::format::{self, Precision};
use crate::table::{TextColumn, clip, lines};
use unicode_width::UnicodeWidthStr;

/// Characters of one value.
const LONGEST: usize = 1_000;
/// Entries of one list.
const ITEMS: usize = 50;
/// Entities inside entities inside … are written this deep.
const DEEPEST: usize = 6;

/// Writes an entity card, indented.
pub(crate) fn entity(entity: &Entity, depth: usize, width: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let kind = if entity.kind.is_empty() { String::new() } else { format!("{}: ", one_line(&entity.kind, 100)) };
    out.push_str(&format!("{indent}{kind}{}\n", one_line(&entity.title, 500)));
    fields(&entity.fields, depth + 1, width, out);
}

/// Writes an alert card.
pub(crate) fn alert(alert: &Alert, width: usize, out: &mut String) {
    out.push_str(&format!("[{}] {}\n", one_line(alert.severity.name(), 40), one_line(&alert.title, 500)));
    let time = alert.time.map(format::datetime);
    let about: Vec<String> = time.into_iter().chain(alert.product.as_deref().map(|p| one_line(p, 300))).collect();
    if !about.is_empty() {
        out.push_str(&format!("  {}\n", about.join(" · ")));
    }
    if let Some(description) = alert.description.as_deref().filter(|text| !text.is_empty()) {
        out.push_str(&format!("  {}\n", one_line(description, 4 * LONGEST)));
    }
    for part in alert.entities.iter().take(ITEMS) {
        entity(part, 1, width, out);
    }
    more(alert.entities.len(), "entity", "entities", 1, out);
    fields(&alert.properties, 1, width, out);
}

fn fields(fields: &[(String, FieldValue)], depth: usize, width: usize, out: &mut String) {
    if depth > DEEPEST {
        out.push_str(&format!("{}(nested too deep to be shown)\n", "  ".repeat(depth)));
        return;
    }
    let names: Vec<String> = fields.iter().take(ITEMS).map(|(name, _)| clip(&one_line(name, 200), 32)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    for (name, (_, value)) in names.iter().zip(fields) {
        let pad = " ".repeat(widest - name.width());
        let start = out.len();
        out.push_str(&format!("{}{name}{pad}  ", "  ".repeat(depth)));
        field(value, depth, width, out);
        // No spaces at the end of a name whose value is on the lines below.
        if let Some(end) = out[start..].find('\n').map(|at| start + at) {
            let kept = start + out[start..end].trim_end().len();
            out.replace_range(kept..end, "");
        }
    }
    more(fields.len(), "field", "fields", depth, out);
}

/// Writes the value of a field whose name is already there.
fn field(value: &FieldValue, depth: usize, width: usize, out: &mut String) {
    match value {
        FieldValue::List(values) if values.is_empty() => out.push_str("none\n"),
        FieldValue::Seen(seen) if seen.is_empty() => out.push_str("none\n"),
        FieldValue::List(values) if values.iter().all(is_line) => {
            let texts: Vec<String> = values.iter().take(ITEMS).map(line).collect();
            out.push_str(&texts.join(", "));
            out.push('\n');
            more(values.len(), "value", "values", depth, out);
        }
        FieldValue::List(values) => {
            out.push('\n');
            for value in values.iter().take(ITEMS) {
                match value {
                    FieldValue::Entity(part) if depth < DEEPEST => entity(part, depth + 1, width, out),
                    other => {
                        out.push_str(&format!("{}- ", "  ".repeat(depth + 1)));
                        if depth < DEEPEST { field(other, depth + 1, width, out) } else { out.push_str("…\n") }
                    }
                }
            }
            more(values.len(), "value", "values", depth, out);
        }
        FieldValue::Seen(values) => {
            out.push('\n');
            seen(values, depth + 1, width, out);
        }
        FieldValue::Entity(part) => {
            out.push('\n');
            entity(part, depth + 1, width, out);
        }
        other => {
            out.push_str(&line(other));
            out.push('\n');
        }
    }
}

fn is_line(value: &FieldValue) -> bool {
    matches!(value, FieldValue::Text(_) | FieldValue::Value(_) | FieldValue::Link { .. })
}

fn line(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => one_line(text, LONGEST),
        FieldValue::Value(value) => Cell::of(value).line(None, LONGEST),
        FieldValue::Link { text, url } => {
            format!("{} <{}>", one_line(text, LONGEST), one_line(url, LONGEST))
        }
        FieldValue::List(_) | FieldValue::Seen(_) | FieldValue::Entity(_) => String::new(),
    }
}

fn seen(seen: &[Seen], depth: usize, width: usize, out: &mut String) {
    let shown = &seen[..seen.len().min(ITEMS)];
    let precision = Precision::of(shown.iter().flat_map(|s| s.first.into_iter().chain(s.last)));
    let column = |title: &str, right: bool, cell: &dyn Fn(&Seen) -> Option<String>| TextColumn {
        title: title.to_owned(),
        right,
        cells: shown.iter().map(|s| cell(s).unwrap_or_default()).collect(),
    };
    let columns: Vec<TextColumn> = [
        column("Value", false, &|s| Some(one_line(&s.value, LONGEST))),
        column("", false, &|s| s.remark.as_deref().map(|r| one_line(r, 100))),
        column("Events", true, &|s| s.count.map(format::count)),
        column("First seen", false, &|s| s.first.map(|t| format::datetime_at(t, precision))),
        column("Last seen", false, &|s| s.last.map(|t| format::datetime_at(t, precision))),
    ]
    .into_iter()
    .filter(|column| column.cells.iter().any(|cell| !cell.is_empty()))
    .collect();
    let indent = "  ".repeat(depth);
    let mut table = String::new();
    lines(&columns, width.saturating_sub(indent.len()).max(20), columns.len(), &mut table);
    for line in table.lines() {
        out.push_str(&format!("{indent}{line}\n"));
    }
    more(seen.len(), "value", "values", depth, out);
}

fn more(all: usize, one: &str, many: &str, depth: usize, out: &mut String) {
    if all > ITEMS {
        let rest = format::counted(all - ITEMS, &format!("more {one}"), &format!("more {many}"));
        out.push_str(&format!("{}and {rest}\n", "  ".repeat(depth)));
    }
}
