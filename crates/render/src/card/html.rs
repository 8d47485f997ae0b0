//! Cards as HTML.

use maud::{Markup, html};

use super::{Alert, Entity, FieldValue, Seen, Severity};
use crate::cell::{Cell, text_html};
use crate::document::html::more;
use crate::escape::safe_link;
use crate::format::{self, Precision};
use crate::limits::{Limits, ellipsis};
use crate::table::RowTable;

/// Entities inside entities inside … are drawn this deep.
const DEEPEST: usize = 6;
/// A list of short texts that is not longer than this stays on one line.
const SHORT_LIST: usize = 4;

/// An entity card, or `None` when it is far above `budget` bytes.
pub(crate) fn entity(entity: &Entity, limits: Limits, budget: usize) -> Option<String> {
    plausible(&entity.fields, limits, budget)
        .then(|| html! { div.cd { (entity_body(entity, limits, 0)) } }.into_string())
}

/// An alert card, likewise.
pub(crate) fn alert(alert: &Alert, limits: Limits, budget: usize) -> Option<String> {
    let class = match alert.severity {
        Severity::High => "cd al high",
        Severity::Medium => "cd al medium",
        Severity::Low => "cd al low",
        Severity::Informational | Severity::Other(_) => "cd al info",
    };
    plausible(&alert.properties, limits, budget).then(|| {
        html! {
            div class=(class) {
                div.ti {
                    span.sv style=(severity_style(&alert.severity)) { (ellipsis(alert.severity.name(), 40)) } " "
                    b { (ellipsis(&alert.title, limits.value.min(300))) }
                }
                @if alert.time.is_some() || alert.product.is_some() {
                    div.m {
                        @if let Some(time) = alert.time { (format::datetime(time)) }
                        @if alert.time.is_some() && alert.product.is_some() { " · " }
                        @if let Some(product) = &alert.product { (ellipsis(product, limits.value.min(300))) }
                    }
                }
                @if let Some(description) = alert.description.as_deref().filter(|text| !text.is_empty()) {
                    div.ds { (text_html(description, Limits { value: limits.value.min(4_096), ..limits })) }
                }
                @if !alert.entities.is_empty() {
                    div.en {
                        @for part in alert.entities.iter().take(limits.items) { div.cd { (entity_body(part, limits, 1)) } }
                    }
                    (more(alert.entities.len(), limits.items, "entity", "entities"))
                }
                (fields(&alert.properties, limits, 0))
            }
        }
        .into_string()
    })
}

/// A first guess that saves drawing what cannot fit. A list is drawn as far as the limits say, so this bounds the work too.
fn plausible(fields: &[(String, FieldValue)], limits: Limits, budget: usize) -> bool {
    fn size(value: &FieldValue, limits: Limits) -> usize {
        match value {
            FieldValue::Text(text) => text.len().min(limits.value),
            FieldValue::Value(kql::Value::String(text)) => text.len().min(limits.value),
            FieldValue::List(values) => values.iter().take(limits.items).map(|v| size(v, limits)).sum(),
            FieldValue::Seen(seen) => seen.iter().take(limits.items).map(|s| s.value.len().min(limits.value)).sum(),
            FieldValue::Entity(entity) => entity.fields.iter().take(limits.items).map(|(_, v)| size(v, limits)).sum(),
            FieldValue::Value(_) | FieldValue::Link { .. } => 0,
        }
    }
    fields.iter().take(limits.items).map(|(_, value)| size(value, limits)).sum::<usize>() <= budget
}

/// Colors that stay when a notebook that is not trusted drops all style sheets.
fn severity_style(severity: &Severity) -> &'static str {
    match severity {
        Severity::High => "background-color: #b3261e; color: #ffffff",
        Severity::Medium => "background-color: #9a5b00; color: #ffffff",
        Severity::Low => "background-color: #1f5fa8; color: #ffffff",
        Severity::Informational | Severity::Other(_) => "background-color: #5b6570; color: #ffffff",
    }
}

fn entity_body(entity: &Entity, limits: Limits, depth: usize) -> Markup {
    html! {
        div.ti {
            @if !entity.kind.is_empty() { span.kd { (ellipsis(&entity.kind, limits.value.min(100))) } " " }
            b { (ellipsis(&entity.title, limits.value.min(500))) }
        }
        (fields(&entity.fields, limits, depth))
    }
}

fn fields(fields: &[(String, FieldValue)], limits: Limits, depth: usize) -> Markup {
    html! {
        @if !fields.is_empty() {
            table.kv {
                tbody {
                    @for (name, value) in fields.iter().take(limits.items) {
                        tr {
                            th scope="row" style="text-align: left" { (ellipsis(name, limits.value.min(200))) }
                            td style="text-align: left" { (field(value, limits, depth)) }
                        }
                    }
                }
            }
            (more(fields.len(), limits.items, "field", "fields"))
        }
    }
}

fn field(value: &FieldValue, limits: Limits, depth: usize) -> Markup {
    if depth >= DEEPEST {
        return html! { span.m { "(nested too deep to be shown)" } };
    }
    match value {
        FieldValue::Text(text) => text_html(text, limits),
        FieldValue::Value(value) => Cell::of(value).html(None, limits),
        FieldValue::List(values) => list(values, limits, depth),
        FieldValue::Seen(seen) => seen_table(seen, limits),
        FieldValue::Entity(entity) => html! { div.cd { (entity_body(entity, limits, depth + 1)) } },
        FieldValue::Link { text, url } => html! {
            @match safe_link(url) {
                Some(url) => a href=(url) target="_blank" rel="noopener noreferrer" { (ellipsis(text, limits.value)) },
                None => { (ellipsis(text, limits.value)) " " span.m { (ellipsis(url, limits.value)) } },
            }
        },
    }
}

fn list(values: &[FieldValue], limits: Limits, depth: usize) -> Markup {
    let plain = |v: &FieldValue| matches!(v, FieldValue::Text(text) if text.len() <= 40 && !text.contains('\n'));
    html! {
        @if values.is_empty() {
            span.m { "none" }
        } @else if values.len() <= SHORT_LIST && values.iter().all(plain) {
            @for (i, value) in values.iter().enumerate() { @if i > 0 { ", " } (field(value, limits, depth)) }
        } @else {
            ul {
                @for value in values.iter().take(limits.items) { li { (field(value, limits, depth + 1)) } }
            }
            (more(values.len(), limits.items, "value", "values"))
        }
    }
}

fn seen_table(seen: &[Seen], limits: Limits) -> Markup {
    if seen.is_empty() {
        return html! { span.m { "none" } };
    }
    let shown = &seen[..seen.len().min(limits.items)];
    let precision = Precision::of(shown.iter().flat_map(|s| s.first.into_iter().chain(s.last)));
    let time = |ticks: Option<i64>| ticks.map_or_else(String::new, |t| format::datetime_at(t, precision));
    // A column nobody filled is not shown.
    let any = [
        shown.iter().any(|s| s.remark.is_some()),
        shown.iter().any(|s| s.count.is_some()),
        shown.iter().any(|s| s.first.is_some()),
        shown.iter().any(|s| s.last.is_some()),
    ];
    let pick = |cells: [Markup; 4]| cells.into_iter().zip(any).filter(|(_, any)| *any).map(|(cell, _)| cell);
    let titles = [("", false), ("Events", true), ("First seen", false), ("Last seen", false)];
    let head: Vec<(&str, bool)> = std::iter::once(("Value", false))
        .chain(titles.into_iter().zip(any).filter(|(_, any)| *any).map(|(title, _)| title))
        .collect();
    let rows = shown.iter().map(|s| {
        let cells = [
            html! { @if let Some(remark) = &s.remark { (ellipsis(remark, limits.value.min(300))) } },
            html! { @if let Some(count) = s.count { (format::count(count)) } },
            html! { span.w { (time(s.first)) } },
            html! { span.w { (time(s.last)) } },
        ];
        std::iter::once(text_html(&s.value, limits)).chain(pick(cells)).collect()
    });
    html! {
        (RowTable { head: &head, rows: rows.collect() }.html())
        (more(seen.len(), limits.items, "value", "values"))
    }
}
