//! Functions of GeoJSON lines and polygons.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#geospatial-functions>

use kql::{Error, KqlType};

use super::shape::{Lines, Polygons};
use super::sphere::Vector;
use super::{EARTH_RADIUS, geojson_point, number, point};
use crate::functions::arrays::{arrays, entry, values};
use crate::functions::{Call, Function};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "geo_distance_point_to_line",
        &[],
        "geo_distance_point_to_line(longitude, latitude, lineString)",
        "The distance of a point from a GeoJSON line or multiline in meters; null for shapes that are none.",
        (3, 3),
        |c| with_point(c, KqlType::Real, |p, row| Some(lines(row, 2)?.distance(p) * EARTH_RADIUS)),
    ),
    entry(
        "geo_distance_point_to_polygon",
        &[],
        "geo_distance_point_to_polygon(longitude, latitude, polygon)",
        "The distance of a point from a GeoJSON polygon or multipolygon in meters, 0 inside; null for shapes that are none.",
        (3, 3),
        |c| with_point(c, KqlType::Real, |p, row| Some(polygons(row, 2)?.distance(p) * EARTH_RADIUS)),
    ),
    entry(
        "geo_point_in_polygon",
        &[],
        "geo_point_in_polygon(longitude, latitude, polygon)",
        "Whether a point is in a GeoJSON polygon or multipolygon; null for shapes that are none.",
        (3, 3),
        |c| with_point(c, KqlType::Bool, |p, row| Some(polygons(row, 2)?.contains(p))),
    ),
    entry(
        "geo_line_length",
        &[],
        "geo_line_length(lineString)",
        "The length of a GeoJSON line or multiline in meters.",
        (1, 1),
        |c| {
            let expr = map_rows(&arrays(c)?, KqlType::Real, |row| Some(lines(row, 0)?.length() * EARTH_RADIUS));
            c.result(expr, KqlType::Real)
        },
    ),
    entry(
        "geo_line_centroid",
        &[],
        "geo_line_centroid(lineString)",
        "The centroid of a GeoJSON line or multiline, as a GeoJSON point.",
        (1, 1),
        |c| values(c, arrays(c)?, |row| Some(geojson_point(lines(row, 0)?.centroid()?.degrees()))),
    ),
    entry(
        "geo_polygon_area",
        &[],
        "geo_polygon_area(polygon)",
        "The area of a GeoJSON polygon or multipolygon in square meters; null for polygons that overlap.",
        (1, 1),
        |c| {
            let expr =
                map_rows(&arrays(c)?, KqlType::Real, |row| Some(apart(row)?.area() * EARTH_RADIUS * EARTH_RADIUS));
            c.result(expr, KqlType::Real)
        },
    ),
    entry(
        "geo_polygon_perimeter",
        &[],
        "geo_polygon_perimeter(polygon)",
        "The length of the boundary of a GeoJSON polygon or multipolygon in meters; null for polygons that overlap.",
        (1, 1),
        |c| {
            let expr = map_rows(&arrays(c)?, KqlType::Real, |row| Some(apart(row)?.perimeter() * EARTH_RADIUS));
            c.result(expr, KqlType::Real)
        },
    ),
    entry(
        "geo_polygon_centroid",
        &[],
        "geo_polygon_centroid(polygon)",
        "The centroid of a GeoJSON polygon or multipolygon, as a GeoJSON point; null for polygons that overlap.",
        (1, 1),
        |c| values(c, arrays(c)?, |row| Some(geojson_point(apart(row)?.centroid()?.degrees()))),
    ),
    entry(
        "geo_intersects_2lines",
        &[],
        "geo_intersects_2lines(lineString1, lineString2)",
        "Whether two GeoJSON lines or multilines have a point in common.",
        (2, 2),
        |c| two(c, |row| Some(lines(row, 0)?.meet(&lines(row, 1)?))),
    ),
    entry(
        "geo_intersects_2polygons",
        &[],
        "geo_intersects_2polygons(polygon1, polygon2)",
        "Whether two GeoJSON polygons or multipolygons have a point in common.",
        (2, 2),
        |c| two(c, |row| Some(polygons(row, 0)?.meet(&polygons(row, 1)?))),
    ),
    entry(
        "geo_intersects_line_with_polygon",
        &[],
        "geo_intersects_line_with_polygon(lineString, polygon)",
        "Whether a GeoJSON line or multiline and a polygon or multipolygon have a point in common.",
        (2, 2),
        |c| two(c, |row| Some(polygons(row, 1)?.meet_lines(&lines(row, 0)?))),
    ),
];

fn lines(row: &Row<'_>, i: usize) -> Option<Lines> {
    Lines::read(&row.json(i))
}

fn polygons(row: &Row<'_>, i: usize) -> Option<Polygons> {
    Polygons::read(&row.json(i))
}

/// Polygons whose areas can be added up. Those that overlap would have to be united first.
fn apart(row: &Row<'_>) -> Option<Polygons> {
    polygons(row, 0).filter(|polygons| !polygons.overlap())
}

fn with_point<T: crate::rows::Cell + 'static>(
    call: &Call<'_>,
    ty: KqlType,
    f: fn(Vector, &Row<'_>) -> Option<T>,
) -> Result<Typed, Error> {
    let args = [number(call, 0)?, number(call, 1)?, call.bag(2)?];
    call.result(map_rows(&args, ty, move |row| f(Vector::of_degrees(point(row, 0)?), row)), ty)
}

fn two(call: &Call<'_>, f: fn(&Row<'_>) -> Option<bool>) -> Result<Typed, Error> {
    call.result(map_rows(&[call.bag(0)?, call.bag(1)?], KqlType::Bool, f), KqlType::Bool)
}
