//! The outline of the land and the points of countries.

use std::fmt::Write;
use std::sync::LazyLock;

const LAND: &str = include_str!("../../../../data/map/land.txt");
const COUNTRIES: &str = include_str!("../../../../data/map/countries.csv");

/// Width of the map in units of the drawing.
pub(super) const WIDTH: f64 = 1000.0;
/// Units of a degree.
const SCALE: f64 = WIDTH / 360.0;
/// The northern and southern edge, in degrees: beyond them nobody lives.
const NORTH: f64 = 84.0;
const SOUTH: f64 = -57.0;
/// Height of the map in units of the drawing.
pub(super) const HEIGHT: f64 = (NORTH - SOUTH) * SCALE;

/// Where a place is on the map.
pub(super) fn project(latitude: f64, longitude: f64) -> (f64, f64) {
    ((longitude + 180.0) * SCALE, (NORTH - latitude) * SCALE)
}

/// The outline as the data of an SVG path: each ring from its first point on in steps, which takes a third of the room of positions.
pub(super) fn outline() -> &'static str {
    static OUTLINE: LazyLock<String> = LazyLock::new(|| {
        let mut path = String::new();
        for ring in LAND.lines() {
            let mut last = None;
            for point in ring.split(' ').filter_map(|point| point.split_once(',')) {
                let (Ok(longitude), Ok(latitude)) = (point.0.parse::<f64>(), point.1.parse::<f64>()) else { continue };
                let (x, y) = project(latitude / 10.0, longitude / 10.0);
                // Tenths of a unit; steps are between rounded positions, so that errors do not add up.
                let at = ((x * 10.0).round(), (y * 10.0).round());
                let _ = match last {
                    None => write!(path, "M{} {}l", at.0 / 10.0, at.1 / 10.0),
                    Some(last) if last == at => continue,
                    Some((x, y)) => write!(path, "{} {} ", (at.0 - x) / 10.0, (at.1 - y) / 10.0),
                };
                last = Some(at);
            }
            path.push('z');
        }
        path
    });
    &OUTLINE
}

/// A point in the middle of a country, as latitude and longitude, by its code of ISO 3166-1, upper or lower case. `None` for a code that is not
/// assigned, and for territories that are too small for the map.
pub fn country_point(code: &str) -> Option<(f64, f64)> {
    if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let line = COUNTRIES.lines().skip(1).find(|line| line.get(..2).is_some_and(|c| c.eq_ignore_ascii_case(code)))?;
    let mut fields = line.split(',').skip(1).filter_map(|field| field.parse().ok());
    Some((fields.next()?, fields.next()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_line_of_the_data_is_used() {
        assert_eq!(outline().matches('M').count(), LAND.lines().count());
        assert!(LAND.lines().all(|ring| ring.split(' ').all(|p| {
            p.split_once(',').is_some_and(|(x, y)| x.parse::<i32>().is_ok() && y.parse::<i32>().is_ok())
        })));
        let codes: Vec<&str> = COUNTRIES.lines().skip(1).map(|line| &line[..2]).collect();
        assert!(codes.is_sorted_by(|a, b| a < b) && codes.len() > 200);
        for code in codes {
            let (latitude, longitude) = country_point(code).unwrap();
            assert!((-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude), "{code}");
        }
    }

    #[test]
    fn countries_are_where_they_are() {
        let near = |code: &str, latitude: f64, longitude: f64| {
            let (a, b) = country_point(code).unwrap();
            assert!((a - latitude).abs() < 4.0 && (b - longitude).abs() < 6.0, "{code}: {a} {b}");
        };
        near("ie", 53.0, -8.0);
        near("SG", 1.3, 103.8);
        near("US", 39.0, -98.0);
        near("NZ", -44.0, 170.0);
        assert_eq!(country_point("XX"), None);
        assert_eq!(country_point("é"), None);
        assert_eq!(country_point("code"), None);
    }
}
