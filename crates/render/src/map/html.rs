//! Maps as HTML: the drawing, and the same as a table.

use maud::{Markup, html};

use super::{Place, WorldMap, svg};
use crate::Notes;
use crate::document::html::notes;
use crate::format;
use crate::limits::{Limits, ellipsis};
use crate::table::{RowTable, html_caption};

/// Rows of the table.
const ROWS: usize = 400;
/// Addresses named in a row.
const NAMED: usize = 8;

/// A map as HTML. When the drawing does not fit into the budget, only the table is shown, and that is said.
pub(crate) fn render(map: &WorldMap, budget: usize) -> Markup {
    let limits = Limits::STEPS[2];
    let about = html! {
        (html_caption(Some(&map.title).filter(|t| !t.is_empty()).map(String::as_str), &svg::summary(map)))
        (notes(&Notes::info(&map.notes), limits))
    };
    let mut rows = ROWS;
    let mut table = table(map, rows);
    while table.0.len() * 2 > budget && rows > 4 {
        rows /= 2;
        table = self::table(map, rows);
    }
    let taken = about.0.len() + table.0.len() + 500;
    let mut drawing = svg::draw(map, false, 300_000);
    for hover in [60_000, 0] {
        if taken + drawing.0.len() > budget {
            drawing = svg::draw(map, false, hover);
        }
    }
    html! {
        div.tw.wb {
            (about)
            @if map.places.is_empty() {
                p.tx { "No address has a place on the map." }
                (table)
            } @else if taken + drawing.0.len() <= budget {
                // A notebook that is not trusted drops the shapes and keeps their text: see the timelines.
                div.dw hidden { (drawing) p.m { "A circle per place, its area by the number of events. Point at one for its addresses." } }
                p.pl { "The map is shown once the notebook is trusted; here is the same as a table." }
                details.td { summary { "Map as a table" } (table) }
            } @else {
                (notes(&Notes::warning(["The output is full: the map is left out, the table says the same."]), limits))
                (table)
            }
        }
    }
}

/// Every place with its counts and addresses, then the addresses without a place.
fn table(map: &WorldMap, most: usize) -> Markup {
    let mut places: Vec<&Place> = map.places.iter().collect();
    places.sort_by(|a, b| b.events().cmp(&a.events()).then_with(|| a.name.cmp(&b.name)));
    let all = places.len() + map.unplaced.len();
    let number = |n: u64| format::count(usize::try_from(n).unwrap_or(usize::MAX));
    let placed = places.iter().map(|place| {
        let addresses: Vec<String> =
            place.origins.iter().take(NAMED).map(|o| ellipsis(&o.address, 60).into_owned()).collect();
        let more = place.origins.len().saturating_sub(NAMED);
        let mut sources: Vec<&str> = place.origins.iter().flat_map(|o| &o.sources).map(String::as_str).collect();
        sources.sort_unstable();
        sources.dedup();
        vec![
            html! { (ellipsis(&place.name, 200)) },
            html! { (number(place.events())) },
            html! { (format::count(place.origins.len())) },
            html! { (addresses.join(", ")) @if more > 0 { " and " (format::count(more)) " more" } },
            html! { (ellipsis(&sources.join(", "), 300)) },
        ]
    });
    let unplaced = map.unplaced.iter().map(|(origin, reason)| {
        vec![
            html! { span.m { "no place: " (ellipsis(reason, 200)) } },
            html! { (number(origin.events)) },
            html! { "1" },
            html! { (ellipsis(&origin.address, 60)) },
            html! { (ellipsis(&origin.sources.join(", "), 300)) },
        ]
    });
    let rows: Vec<Vec<Markup>> = placed.chain(unplaced).take(most).collect();
    let shown = rows.len();
    let head = [("Place", false), ("Events", true), ("Addresses", true), ("Address", false), ("Source", false)];
    html! {
        (RowTable { head: &head, rows }.html())
        @if shown < all { p.m { "and " (format::counted(all - shown, "more row", "more rows")) } }
    }
}
