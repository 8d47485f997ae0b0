//! From places to circles.

use std::collections::HashMap;

use super::land::{HEIGHT, WIDTH, project};
use super::{Place, WorldMap};

/// Above this many places, those near each other share a circle.
const SINGLE: usize = 300;
/// How near, in units of the drawing.
const CELL: f64 = 13.0;
/// Radius of the circle with the most events, and of one with few.
const LARGEST: f64 = 17.0;
const SMALLEST: f64 = 3.2;

/// A circle: one place, or several near each other.
pub(super) struct Circle<'a> {
    pub x: f64,
    pub y: f64,
    pub radius: f64,
    pub events: u64,
    /// The places in it, most events first.
    pub places: Vec<&'a Place>,
}

/// The circles, the largest first, so that small ones are drawn on top and can be reached.
pub(super) fn circles(map: &WorldMap) -> Vec<Circle<'_>> {
    let mut places: Vec<&Place> =
        map.places.iter().filter(|p| p.latitude.is_finite() && p.longitude.is_finite()).collect();
    places.sort_by(|a, b| b.events().cmp(&a.events()).then_with(|| a.name.cmp(&b.name)));
    let mut circles: Vec<Circle<'_>> = Vec::new();
    let mut cells: HashMap<(i64, i64), usize> = HashMap::new();
    let share = places.len() > SINGLE;
    for place in places {
        let (x, y) = project(place.latitude.clamp(-90.0, 90.0), place.longitude.clamp(-180.0, 180.0));
        let (x, y) = (x.clamp(0.0, WIDTH), y.clamp(0.0, HEIGHT));
        #[allow(clippy::cast_possible_truncation, reason = "a cell of the map")]
        let cell = if share { ((x / CELL) as i64, (y / CELL) as i64) } else { ((x * 10.0) as i64, (y * 10.0) as i64) };
        match cells.get(&cell) {
            Some(at) => {
                circles[*at].events += place.events();
                circles[*at].places.push(place);
            }
            None => {
                cells.insert(cell, circles.len());
                circles.push(Circle { x, y, radius: 0.0, events: place.events(), places: vec![place] });
            }
        }
    }
    let most = circles.iter().map(|c| c.events).max().unwrap_or(1).max(1);
    // Circles that stand for a cell of the map stay about as large as it.
    let largest = if share { CELL * 0.65 } else { LARGEST };
    for circle in &mut circles {
        circle.radius = SMALLEST + (largest - SMALLEST) * share_of(circle.events, most).sqrt();
    }
    circles.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.x.total_cmp(&b.x)).then_with(|| a.y.total_cmp(&b.y)));
    circles
}

#[allow(clippy::cast_precision_loss, reason = "the area of a circle")]
fn share_of(events: u64, most: u64) -> f64 {
    events as f64 / most as f64
}
