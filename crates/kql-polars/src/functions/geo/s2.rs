//! Functions of S2 cells.
//!
//! Source: <https://learn.microsoft.com/kusto/query/geo-point-to-s2cell-function>

use kql::{Error, KqlType};
use serde_json::Value;

use super::s2cell::{MAX_LEVEL, S2Cell};
use super::sphere::Vector;
use super::{geojson_point, geojson_polygon, number, point};
use crate::functions::arrays::entry;
use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "geo_point_to_s2cell",
        &[],
        "geo_point_to_s2cell(longitude, latitude [, level])",
        "The token of the S2 cell of level 11 or another (0 to 30) that holds a point; empty for coordinates that are none.",
        (2, 3),
        point_to_s2cell,
    ),
    entry(
        "geo_s2cell_to_central_point",
        &[],
        "geo_s2cell_to_central_point(s2cell)",
        "The middle of an S2 cell, as a GeoJSON point.",
        (1, 1),
        |c| of_cell(c, |cell| geojson_point(cell.center())),
    ),
    entry(
        "geo_s2cell_to_polygon",
        &[],
        "geo_s2cell_to_polygon(s2cell)",
        "An S2 cell, as a GeoJSON polygon.",
        (1, 1),
        |c| of_cell(c, |cell| geojson_polygon(&cell.corners())),
    ),
    entry(
        "geo_s2cell_neighbors",
        &[],
        "geo_s2cell_neighbors(s2cell)",
        "An array of the tokens of the S2 cells around one.",
        (1, 1),
        |c| of_cell(c, |cell| cell.neighbors().into_iter().map(S2Cell::token).collect()),
    ),
];

fn point_to_s2cell(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = vec![number(call, 0)?, number(call, 1)?];
    if call.has(2) {
        args.push(call.whole_arg(2)?);
    }
    let expr = map_rows(&args, KqlType::String, |row| {
        let level = if row.len() > 2 { u32::try_from(row.long(2)?).ok()? } else { 11 };
        let point = point(row, 0)?;
        (level <= MAX_LEVEL).then(|| S2Cell::at(Vector::of_degrees(point), level).token())
    });
    call.result(expr, KqlType::String)
}

fn of_cell(call: &Call<'_>, f: fn(S2Cell) -> Value) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, move |row| Some(f(S2Cell::of_token(row.text(0)?)?)));
    call.result(expr, KqlType::Dynamic)
}
