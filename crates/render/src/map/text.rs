//! Maps as plain text: the places with a bar each.

use super::{Place, WorldMap, svg};
use crate::cell::one_line;
use crate::format;
use crate::table::clip;
use unicode_width::UnicodeWidthStr;

/// Places that are listed.
const LISTED: usize = 100;

/// A map as lines of at most `width` terminal columns.
pub(crate) fn render(map: &WorldMap, width: usize) -> String {
    let mut out = format!("{}: {}\n", one_line(&map.title, 200), svg::summary(map));
    for note in &map.notes {
        out.push_str(&format!("! {}\n", one_line(note, 1_000)));
    }
    let mut places: Vec<&Place> = map.places.iter().collect();
    places.sort_by(|a, b| b.events().cmp(&a.events()).then_with(|| a.name.cmp(&b.name)));
    let most = places.first().map_or(1, |place| place.events().max(1));
    let names: Vec<String> = places.iter().take(LISTED).map(|place| clip(&one_line(&place.name, 200), 30)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let cells = width.saturating_sub(widest + 60).clamp(8, 40);
    for (place, name) in places.iter().zip(&names) {
        let events = place.events();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the length of a bar"
        )]
        let bar = ((events as f64 / most as f64 * cells as f64).ceil() as usize).clamp(1, cells);
        let first: Vec<String> = place.origins.iter().take(3).map(|o| one_line(&o.address, 60).to_string()).collect();
        let more = if place.origins.len() > 3 { ", …" } else { "" };
        out.push_str(&format!(
            "{name}{}  {}{} {} from {}: {}{more}\n",
            " ".repeat(widest - name.width()),
            "█".repeat(bar),
            " ".repeat(cells - bar),
            format::counted(usize::try_from(events).unwrap_or(usize::MAX), "event", "events"),
            format::counted(place.origins.len(), "address", "addresses"),
            first.join(", ")
        ));
    }
    if places.len() > LISTED {
        out.push_str(&format!("and {}\n", format::counted(places.len() - LISTED, "more place", "more places")));
    }
    for (origin, reason) in map.unplaced.iter().take(LISTED) {
        out.push_str(&format!(
            "no place: {} ({}, {})\n",
            one_line(&origin.address, 60),
            one_line(reason, 100),
            format::counted(usize::try_from(origin.events).unwrap_or(usize::MAX), "event", "events")
        ));
    }
    if map.unplaced.len() > LISTED {
        let rest = map.unplaced.len() - LISTED;
        out.push_str(&format!("and {} without a place\n", format::counted(rest, "more address", "more addresses")));
    }
    if map.places.is_empty() && map.unplaced.is_empty() {
        out.push_str("No addresses.\n");
    }
    out
}
