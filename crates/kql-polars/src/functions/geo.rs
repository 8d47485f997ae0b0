//! Points on the Earth, taken for a sphere of the radius that the documented results show.
//!
//! Longitudes come before latitudes, in degrees. Sources: <https://learn.microsoft.com/kusto/query/geo-distance-2points-function>,
//! <https://learn.microsoft.com/kusto/query/geo-point-to-geohash-function>

use kql::{Error, KqlType};
use serde_json::{Value, json};

use super::{Call, Function};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "geo_distance_2points",
        aliases: &[],
        signature: "geo_distance_2points(p1_longitude, p1_latitude, p2_longitude, p2_latitude)",
        doc: "The distance of two points in meters; null for coordinates that are none.",
        args: (4, 4),
        pure: true,
        bind: distance_2points,
    },
    Function {
        name: "geo_point_in_circle",
        aliases: &[],
        signature: "geo_point_in_circle(p_longitude, p_latitude, pc_longitude, pc_latitude, c_radius)",
        doc: "Whether a point is within a distance in meters of another; null for coordinates that are none.",
        args: (5, 5),
        pure: true,
        bind: point_in_circle,
    },
    Function {
        name: "geo_point_to_geohash",
        aliases: &[],
        signature: "geo_point_to_geohash(longitude, latitude [, accuracy])",
        doc: "The geohash of a point with 5 or another number (up to 18) of characters; empty for coordinates that are none.",
        args: (2, 3),
        pure: true,
        bind: point_to_geohash,
    },
    Function {
        name: "geo_geohash_to_central_point",
        aliases: &[],
        signature: "geo_geohash_to_central_point(geohash)",
        doc: "The middle of a geohash's rectangle, as a GeoJSON point.",
        args: (1, 1),
        pure: true,
        bind: geohash_to_central_point,
    },
];

/// Meters
const EARTH_RADIUS: f64 = 6_371_010.0;

/// Characters of geohashes, in the order of their values.
const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// Checks that all arguments are numbers, and gives them for the row kernel.
fn numbers(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    (0..call.args.len()).map(|i| call.check_real(i).map(|()| call.real_arg(i))).collect()
}

/// Longitude and latitude at arguments `i` and `i + 1`.
fn point(row: &Row<'_>, i: usize) -> Option<(f64, f64)> {
    let (longitude, latitude) = (row.real(i)?, row.real(i + 1)?);
    (longitude.abs() <= 180.0 && latitude.abs() <= 90.0).then_some((longitude, latitude))
}

/// Meters between two points, by the haversine formula.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (latitude_a, latitude_b) = (a.1.to_radians(), b.1.to_radians());
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let h =
        half(latitude_a, latitude_b) + latitude_a.cos() * latitude_b.cos() * half(a.0.to_radians(), b.0.to_radians());
    2.0 * EARTH_RADIUS * h.sqrt().min(1.0).asin()
}

fn distance_2points(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&numbers(call)?, KqlType::Real, |row| Some(distance(point(row, 0)?, point(row, 2)?)));
    call.result(expr, KqlType::Real)
}

fn point_in_circle(call: &Call<'_>) -> Result<Typed, Error> {
    let expr =
        map_rows(&numbers(call)?, KqlType::Bool, |row| Some(distance(point(row, 0)?, point(row, 2)?) <= row.real(4)?));
    call.result(expr, KqlType::Bool)
}

fn point_to_geohash(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&numbers(call)?, KqlType::String, |row| {
        let length = if row.len() > 2 { row.real(2)? } else { 5.0 };
        (1.0..=18.0).contains(&length).then_some(())?;
        let (longitude, latitude) = point(row, 0)?;
        let (mut east, mut north) = ((-180.0, 180.0), (-90.0, 90.0));
        let mut hash = String::new();
        let mut along = true;
        while (hash.len() as f64) < length.trunc() {
            let mut value = 0;
            for _ in 0..5 {
                let (range, at) = if along { (&mut east, longitude) } else { (&mut north, latitude) };
                let middle = (range.0 + range.1) / 2.0;
                let upper = at >= middle;
                value = value * 2 + usize::from(upper);
                if upper {
                    range.0 = middle
                } else {
                    range.1 = middle
                }
                along = !along;
            }
            hash.push(char::from(ALPHABET[value]));
        }
        Some(hash)
    });
    call.result(expr, KqlType::String)
}

fn geohash_to_central_point(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, |row| center(row.text(0)?));
    call.result(expr, KqlType::Dynamic)
}

/// The GeoJSON point in the middle of a geohash; `None` for text that is none.
fn center(hash: &str) -> Option<Value> {
    if hash.is_empty() || hash.len() > 18 {
        return None;
    }
    let (mut east, mut north) = ((-180.0, 180.0), (-90.0, 90.0));
    let mut along = true;
    for byte in hash.bytes() {
        let value = ALPHABET.iter().position(|c| *c == byte.to_ascii_lowercase())?;
        for bit in (0..5).rev() {
            let range = if along { &mut east } else { &mut north };
            let middle = (range.0 + range.1) / 2.0;
            if value >> bit & 1 == 1 {
                range.0 = middle
            } else {
                range.1 = middle
            }
            along = !along;
        }
    }
    Some(json!({"type": "Point", "coordinates": [f64::midpoint(east.0, east.1), f64::midpoint(north.0, north.1)]}))
}
