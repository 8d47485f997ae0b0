//! World maps: where events come from, a circle per place.
//!
//! The outline of the land and the points of countries are from Natural Earth (`data/map`), and are drawn in plain longitude and latitude. A drawing
//! of any number of places stays legible and small: what would lie on top of each other is one circle, which names its parts.

mod build;
mod html;
mod land;
mod svg;
mod text;

#[cfg(test)]
mod tests;

pub use land::country_point;

pub(crate) use html::render as html;
pub(crate) use text::render as text;

/// An address and its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address, as text.
    pub address: String,
    /// Its events.
    pub events: u64,
    /// What columns or tables the events are of.
    pub sources: Vec<String>,
}

/// A place with the addresses that are there.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its name: a city with its country, or a country.
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The addresses, most events first.
    pub origins: Vec<Origin>,
}

impl Place {
    /// All events of the place.
    pub fn events(&self) -> u64 {
        self.origins.iter().map(|origin| origin.events).sum()
    }
}

/// A map of the world.
///
/// ```
/// use render::map::{Origin, Place, WorldMap, country_point};
///
/// let (latitude, longitude) = country_point("IE").unwrap();
/// let origins = vec![Origin { address: "86.41.3.4".into(), events: 12, sources: vec!["SigninLogs".into()] }];
/// let map = WorldMap::new("Sign-ins").place(Place { name: "Ireland".into(), latitude, longitude, origins });
/// assert!(map.svg().contains("Ireland"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct WorldMap {
    /// What the map shows.
    pub title: String,
    /// The places, in any order.
    pub places: Vec<Place>,
    /// Addresses without a place, with the reason.
    pub unplaced: Vec<(Origin, String)>,
    /// What the reader has to know, such as how exact the places are.
    pub notes: Vec<String>,
}

impl WorldMap {
    /// An empty map.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds a place.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.places.push(place);
        self
    }

    /// The drawing as an SVG file of its own.
    pub fn svg(&self) -> String {
        crate::escape::finish_markup(svg::file(self).0)
    }
}
