//! The drawing of a map.

use maud::{Markup, PreEscaped, html};

use super::WorldMap;
use super::build::{Circle, circles};
use super::land::{HEIGHT, WIDTH, outline};
use crate::cell::one_line;
use crate::format;
use crate::style::{LANE_COLORS, svg_style};

/// Circles that get their name beside them, at most.
const LABELS: usize = 14;

/// The drawing as a file of its own.
pub(super) fn file(map: &WorldMap) -> Markup {
    draw(map, true, 300_000)
}

/// Draws a map. All hover texts together take about `hover_bytes` at most.
pub(super) fn draw(map: &WorldMap, alone: bool, hover_bytes: usize) -> Markup {
    let circles = circles(map);
    let limit = (hover_bytes / circles.len().max(1)).clamp(60, 900);
    let top = if alone { 44.0 } else { 0.0 };
    let label = format!("World map: {}", one_line(&map.title, 200));
    html! {
        svg class="tl wm" xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 {} {WIDTH} {:.1}", -top, HEIGHT + top))
            width=[alone.then_some("1000")] role="img" aria-label=(label) font-family=[alone.then_some("system-ui, sans-serif")]
            font-size="11" fill="currentColor" {
            @if alone {
                style { (PreEscaped(svg_style())) }
                rect class="bg" x="0" y=(-top) width=(WIDTH) height=(format!("{:.1}", HEIGHT + top)) {}
                text x="10" y="-24" font-size="14" font-weight="600" { (one_line(&map.title, 110)) }
                text x="10" y="-8" opacity=".7" { (summary(map)) }
            }
            // Drawn from a constant: no data in it.
            path class="wl" d=(PreEscaped(outline())) fill-opacity=".13" stroke="currentColor" stroke-opacity=".35" stroke-width=".5" {}
            g class="lane c0" fill=(LANE_COLORS[0].0) {
                @for circle in &circles {
                    circle cx=(px(circle.x)) cy=(px(circle.y)) r=(px(circle.radius)) fill-opacity=".62" stroke="currentColor" stroke-opacity=".55"
                        stroke-width=".8" { title { (hover(circle, limit)) } }
                }
            }
            g class="wt" {
                @for (x, y, text) in labels(&circles) { text x=(px(x)) y=(px(y)) { (text) } }
            }
        }
    }
}

/// `3 places, 12 addresses, 340 events`
pub(super) fn summary(map: &WorldMap) -> String {
    let addresses: usize = map.places.iter().map(|p| p.origins.len()).sum::<usize>() + map.unplaced.len();
    let events: u64 = map.places.iter().map(super::Place::events).sum::<u64>()
        + map.unplaced.iter().map(|(origin, _)| origin.events).sum::<u64>();
    format!(
        "{}, {}, {}",
        format::counted(map.places.len(), "place", "places"),
        format::counted(addresses, "address", "addresses"),
        format::counted(usize::try_from(events).unwrap_or(usize::MAX), "event", "events")
    )
}

/// What a circle says when it is pointed at.
fn hover(circle: &Circle<'_>, limit: usize) -> String {
    let mut text = String::new();
    for place in &circle.places {
        let line = format!(
            "{}: {}, {}\n",
            one_line(&place.name, 80),
            format::counted(usize::try_from(place.events()).unwrap_or(usize::MAX), "event", "events"),
            format::counted(place.origins.len(), "address", "addresses")
        );
        text.push_str(&line);
        for origin in &place.origins {
            if text.len() > limit {
                break;
            }
            let sources = origin.sources.iter().take(6).map(|s| one_line(s, 40)).collect::<Vec<_>>().join(", ");
            let count = format::count(usize::try_from(origin.events).unwrap_or(usize::MAX));
            text.push_str(&format!("  {}  {count}  {sources}\n", one_line(&origin.address, 60)));
        }
        if text.len() > limit {
            text.push_str("  …");
            break;
        }
    }
    text.trim_end().to_owned()
}

/// The names beside the circles with the most events, where they do not cover each other.
fn labels(circles: &[Circle<'_>]) -> Vec<(f64, f64, String)> {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let mut labels = Vec::new();
    for circle in circles {
        if labels.len() == LABELS {
            break;
        }
        let Some(place) = circle.places.first() else { continue };
        let text = one_line(&place.name, 28).to_string();
        #[allow(clippy::cast_precision_loss, reason = "at most 28 characters")]
        let width = text.chars().count() as f64 * 6.2;
        let right = circle.x + circle.radius + 3.0;
        // On the right edge the name goes to the left of its circle.
        let x = if right + width > WIDTH { circle.x - circle.radius - 3.0 - width } else { right };
        let y = circle.y + 4.0;
        if taken.iter().any(|(tx, ty, tw)| (ty - y).abs() < 12.0 && x < tx + tw && *tx < x + width) {
            continue;
        }
        taken.push((x, y, width));
        labels.push((x, y, text));
    }
    labels
}

fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
