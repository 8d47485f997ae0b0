//! Timelines as HTML: the drawing, how to read it, and the same as a table.

use maud::{Markup, html};

use super::text::{most, span, sparkline};
use super::{Timeline, svg};
use crate::Notes;
use crate::document::html::notes;
use crate::format::{self, Precision};
use crate::limits::{Limits, ellipsis};
use crate::table::{RowTable, html_caption};

/// Characters of a lane's line in the table.
const CELLS: usize = 48;

/// A timeline as HTML. When the drawing does not fit into the budget, only the table is shown, and that is said.
pub(crate) fn render(timeline: &Timeline, budget: usize) -> Markup {
    let limits = Limits::STEPS[2];
    let about = html! {
        (html_caption(Some(&timeline.title).filter(|t| !t.is_empty()).map(String::as_str), &timeline.summary()))
        @for block in Notes::of_table(&timeline.notes) { (notes(&block, limits)) }
    };
    let table = table(timeline);
    let taken = about.0.len() + table.0.len() + 500;
    let drawing = svg::fitted(timeline, false, budget.saturating_sub(taken));
    html! {
        div.tw {
            (about)
            @match drawing {
                None => p.tx { (timeline.nothing()) },
                Some(drawing) if taken + drawing.svg.0.len() <= budget => {
                    // A notebook that is not trusted drops the drawing's shapes and keeps their text, which would be a jumble:
                    // hidden, until the style sheet, which such a notebook drops too, shows it.
                    div.dw hidden { (drawing.svg) p.m { (drawing.legend) } }
                    p.pl { "The drawing is shown once the notebook is trusted; here is the same as a table." }
                    details.td { summary { "Timeline as a table" } (table) }
                }
                Some(_) => {
                    (notes(&Notes::warning(["The output is full: the drawing is left out, the table says the same."]), limits))
                    (table)
                }
            }
        }
    }
}

/// Every lane with its count, times, and a line of blocks.
fn table(timeline: &Timeline) -> Markup {
    let Some(span) = span(timeline) else {
        return html! {};
    };
    let most = most(&timeline.lanes, span, CELLS);
    let ends = timeline.lanes.iter().flat_map(|lane| lane.times.first().into_iter().chain(lane.times.last()).copied());
    let precision = Precision { days: false, ..Precision::of(ends) };
    let time = |ticks: Option<&i64>| ticks.map_or_else(String::new, |t| format::datetime_at(*t, precision));
    let rows = timeline.lanes.iter().map(|lane| {
        vec![
            html! { (ellipsis(&lane.label.text(), 300)) },
            html! { (format::count(lane.times.len())) },
            html! { span.w { (time(lane.times.first())) } },
            html! { span.w { (time(lane.times.last())) } },
            html! { code.sp { (sparkline(lane, span, CELLS, most).replace(' ', "\u{a0}")) } },
        ]
    });
    let group = timeline.group_column.as_deref().map_or("Events".into(), |name| ellipsis(name, 80));
    let head = [(group.as_ref(), false), ("Events", true), ("First", false), ("Last", false), ("Over time", false)];
    html! {
        (RowTable { head: &head, rows: rows.collect() }.html())
        @if !timeline.markers.is_empty() {
            ul { @for marker in timeline.markers.iter().take(30) {
                li { (format::datetime(marker.time)) " " (ellipsis(&marker.label, 300)) }
            } }
        }
    }
}
