//! Tables as HTML.

use kql::KqlType;
use maud::{Markup, PreEscaped, html};

use super::{MAX_COLUMNS, Table};
use crate::document::html::notes;
use crate::format::{self, Precision};
use crate::limits::{Limits, ellipsis};
use crate::{Level, Notes};

/// A table as HTML of about `budget` bytes at most.
pub(crate) fn render(table: &Table, in_section: bool, budget: usize) -> Markup {
    let range = table.range(in_section);
    let shown_columns = table.data.columns.len().min(MAX_COLUMNS);
    let precisions: Vec<_> = (0..shown_columns).map(|i| table.precision(&range, i)).collect();
    let head = head(table, shown_columns);

    // First whole rows with less and less of each value, then as many rows as there is room for.
    let room = budget.saturating_sub(head.0.len() + 2_000);
    let all = Limits::STEPS.into_iter().map(|limits| rows(table, &range, &precisions, limits, room));
    let (body, drawn) = match all.into_iter().find(|(_, drawn)| *drawn == range.len()) {
        Some(whole) => whole,
        None => rows(table, &range, &precisions, Limits::STEPS[Limits::STEPS.len() - 1], room),
    };

    let mut cuts = Vec::new();
    if drawn < range.len() {
        cuts.push(format!(
            "Only {} of the {} of this page are shown: the output is full. Take fewer columns (project) or a smaller page.",
            format::count(drawn),
            format::counted(range.len(), "row", "rows")
        ));
    }
    if shown_columns < table.data.columns.len() {
        cuts.push(format!(
            "Only the first {} of {} columns are shown. Choose columns with project.",
            format::count(shown_columns),
            format::count(table.data.columns.len())
        ));
    }
    html! {
        div.tb {
            (caption(table.caption.as_deref(), &table.count(&range)))
            @for block in Notes::of_table(&table.data.notes) { (notes(&block, Limits::STEPS[2])) }
            (notes(&Notes::warning(cuts), Limits::STEPS[2]))
            @if shown_columns > 0 {
                div.sc {
                    table.t border="1" {
                        thead { (head) }
                        tbody {
                            (body)
                            @if range.is_empty() { tr { td.m colspan=(shown_columns) style="text-align: left" { "No rows." } } }
                        }
                    }
                }
            }
        }
    }
}

/// What a table is, and how much of it is shown.
pub(crate) fn caption(title: Option<&str>, count: &str) -> Markup {
    html! {
        div.cp {
            @if let Some(title) = title { b { (ellipsis(title, 300)) } " " }
            span.m { (count) }
        }
    }
}

fn head(table: &Table, columns: usize) -> Markup {
    html! {
        tr {
            @for column in &table.data.columns[..columns] {
                @let name = ellipsis(&column.name, 80);
                @let about = if column.ty == KqlType::DateTime { "datetime, UTC" } else { column.ty.name() };
                @let tip = format!("{}: {about}", ellipsis(&column.name, 300));
                @if column.ty.is_numeric() {
                    th scope="col" title=(tip) data-k="n" align="right" { (name) }
                } @else {
                    th scope="col" title=(tip) data-k=(if column.ty == KqlType::TimeSpan { "s" } else { "t" })
                        style="text-align: left" { (name) }
                }
            }
        }
    }
}

/// The rows that fit into `room` bytes, and how many those are.
fn rows(
    table: &Table,
    range: &std::ops::Range<usize>,
    precisions: &[Option<Precision>],
    limits: Limits,
    room: usize,
) -> (Markup, usize) {
    let mut out = String::new();
    for (drawn, row) in range.clone().enumerate() {
        let before = out.len();
        out.push_str("<tr>");
        for (i, (column, precision)) in table.data.columns.iter().zip(precisions).enumerate() {
            let cell = table.cell(row, i).html(*precision, limits);
            let cell = match column.ty {
                ty if ty.is_numeric() => html! { td align="right" { (cell) } },
                KqlType::TimeSpan => html! { td.w align="right" { (cell) } },
                KqlType::DateTime | KqlType::Guid | KqlType::Bool => {
                    html! { td.w style="text-align: left" { (cell) } }
                }
                _ => html! { td style="text-align: left" { (cell) } },
            };
            out.push_str(&cell.0);
            if out.len() > room {
                out.truncate(before);
                return (PreEscaped(out), drawn);
            }
        }
        out.push_str("</tr>");
    }
    (PreEscaped(out), range.len())
}

/// A small table of ready cells, for cards and timelines.
pub(crate) struct RowTable<'a> {
    /// Column titles, and whether the column is right-aligned.
    pub head: &'a [(&'a str, bool)],
    /// Cells.
    pub rows: Vec<Vec<Markup>>,
}

impl RowTable<'_> {
    pub fn html(&self) -> Markup {
        html! {
            table.t border="1" {
                thead { tr {
                    @for (title, right) in self.head {
                        @if *right { th scope="col" align="right" { (title) } }
                        @else { th scope="col" style="text-align: left" { (title) } }
                    }
                } }
                tbody {
                    @for row in &self.rows {
                        tr {
                            @for (cell, (_, right)) in row.iter().zip(self.head) {
                                @if *right { td.w align="right" { (cell) } }
                                @else { td style="text-align: left" { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Notes {
    /// The level of notes, for the class of their box.
    pub(crate) fn class(&self) -> &'static str {
        match self.level {
            Level::Info => "nt",
            Level::Warning => "nt warn",
            Level::Partial | Level::Error => "nt bad",
        }
    }
}
