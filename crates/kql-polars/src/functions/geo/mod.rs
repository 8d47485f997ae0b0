//! Points, lines and polygons on the Earth, taken for a sphere of the radius that the documented results show.
//!
//! Longitudes come before latitudes, in degrees. Shapes are GeoJSON; edges are geodesics.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#geospatial-functions>

pub(super) mod geohash;
pub(super) mod h3;
pub(super) mod points;
pub(super) mod refused;
pub(super) mod s2;
mod s2cell;
mod shape;
pub(super) mod shapes;
mod sphere;

use kql::Error;
use serde_json::{Value, json};

use super::Call;
use crate::rows::Row;
use crate::typed::Typed;

/// Meters
const EARTH_RADIUS: f64 = 6_371_010.0;

/// Checks that all arguments are numbers, and gives them for the row kernel.
fn numbers(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    (0..call.args.len()).map(|i| number(call, i)).collect()
}

/// Argument `i`, a number.
fn number(call: &Call<'_>, i: usize) -> Result<Typed, Error> {
    call.check_real(i).map(|()| call.real_arg(i))
}

/// Longitude and latitude at arguments `i` and `i + 1`.
fn point(row: &Row<'_>, i: usize) -> Option<(f64, f64)> {
    degrees(row.real(i)?, row.real(i + 1)?)
}

/// A pair of coordinates, if they are within their ranges.
fn degrees(longitude: f64, latitude: f64) -> Option<(f64, f64)> {
    (longitude.abs() <= 180.0 && latitude.abs() <= 90.0).then_some((longitude, latitude))
}

/// A GeoJSON point.
fn geojson_point((longitude, latitude): (f64, f64)) -> Value {
    json!({"type": "Point", "coordinates": [longitude, latitude]})
}

/// A GeoJSON polygon of the corners of one ring, which is closed here.
fn geojson_polygon(corners: &[(f64, f64)]) -> Value {
    let ring: Vec<Value> = corners.iter().chain(corners.first()).map(|(x, y)| json!([x, y])).collect();
    json!({"type": "Polygon", "coordinates": [ring]})
}
