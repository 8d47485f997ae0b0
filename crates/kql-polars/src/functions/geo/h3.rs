//! Functions of H3 cells.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/geo-point-to-h3cell-function>,
//! <https://learn.microsoft.com/kusto/query/geo-h3cell-rings-function>

use h3o::{CellIndex, LatLng, Resolution};
use kql::{Error, KqlType};
use serde_json::Value;

use super::{geojson_point, geojson_polygon, number, point};
use crate::functions::arrays::entry;
use crate::functions::{Call, Function};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "geo_point_to_h3cell",
        &[],
        "geo_point_to_h3cell(longitude, latitude [, resolution])",
        "The token of the H3 cell of resolution 6 or another (0 to 15) that holds a point; empty for coordinates that are none.",
        (2, 3),
        point_to_h3cell,
    ),
    entry(
        "geo_h3cell_to_central_point",
        &[],
        "geo_h3cell_to_central_point(h3cell)",
        "The middle of an H3 cell, as a GeoJSON point.",
        (1, 1),
        |c| of_cell(c, |cell, _| Some(geojson_point(degrees(cell.into())))),
    ),
    entry(
        "geo_h3cell_to_polygon",
        &[],
        "geo_h3cell_to_polygon(h3cell)",
        "An H3 cell, as a GeoJSON polygon.",
        (1, 1),
        |c| {
            of_cell(c, |cell, _| {
                let corners: Vec<(f64, f64)> = cell.boundary().iter().copied().map(degrees).collect();
                Some(geojson_polygon(&corners))
            })
        },
    ),
    entry(
        "geo_h3cell_neighbors",
        &[],
        "geo_h3cell_neighbors(h3cell)",
        "An array of the tokens of the H3 cells around one.",
        (1, 1),
        |c| of_cell(c, |cell, _| rings(cell, 1).pop()),
    ),
    entry(
        "geo_h3cell_rings",
        &[],
        "geo_h3cell_rings(h3cell, distance)",
        "An array of the H3 cell, the ring of those around it, the ring around that, … up to a distance of 142.",
        (2, 2),
        |c| {
            of_cell(c, |cell, distance| {
                let distance = u32::try_from(distance?).ok().filter(|d| *d <= FARTHEST)?;
                Some(rings(cell, distance).into())
            })
        },
    ),
    entry(
        "geo_h3cell_children",
        &[],
        "geo_h3cell_children(h3cell [, resolution])",
        "An array of the H3 cells of the next resolution or of another, at most 5 away, in an H3 cell.",
        (1, 2),
        |c| {
            of_cell(c, |cell, resolution| {
                let own = u8::from(cell.resolution());
                let wanted = match resolution {
                    None => own + 1,
                    Some(wanted) => u8::try_from(wanted).ok()?,
                };
                if !(own..=own.saturating_add(5)).contains(&wanted) {
                    return None;
                }
                Some(cell.children(Resolution::try_from(wanted).ok()?).map(token).collect())
            })
        },
    ),
    entry(
        "geo_h3cell_parent",
        &[],
        "geo_h3cell_parent(h3cell [, resolution])",
        "The token of the H3 cell of the resolution before, or of another, that an H3 cell is in.",
        (1, 2),
        |c| {
            let expr = map_rows(&cell_args(c)?, KqlType::String, |row| {
                let cell = cell(row)?;
                let wanted = match argument(row) {
                    None if row.len() < 2 => u8::from(cell.resolution()).checked_sub(1)?,
                    wanted => u8::try_from(wanted?).ok()?,
                };
                Some(cell.parent(Resolution::try_from(wanted).ok()?)?.to_string())
            });
            c.result(expr, KqlType::String)
        },
    ),
    entry("geo_h3cell_level", &[], "geo_h3cell_level(h3cell)", "The resolution of an H3 cell.", (1, 1), |c| {
        let level = |row: &Row<'_>| Some(i64::from(u8::from(cell(row)?.resolution())));
        c.result(map_rows(&cell_args(c)?, KqlType::Long, level), KqlType::Long)
    }),
];

/// Greatest distance of a ring.
const FARTHEST: u32 = 142;

fn degrees(at: LatLng) -> (f64, f64) {
    (at.lng(), at.lat())
}

fn token(cell: CellIndex) -> Value {
    cell.to_string().into()
}

/// The cell, and the cells around it ring by ring. Where a pentagon is near, cells may be missing from the rings.
fn rings(cell: CellIndex, distance: u32) -> Vec<Value> {
    let mut rings = vec![Vec::new(); distance as usize + 1];
    let fast: Option<Vec<(CellIndex, u32)>> = cell.grid_disk_distances_fast(distance).collect();
    for (cell, at) in fast.unwrap_or_else(|| cell.grid_disk_distances_safe(distance).collect()) {
        if let Some(ring) = rings.get_mut(at as usize) {
            ring.push(token(cell));
        }
    }
    rings.into_iter().map(Value::from).collect()
}

fn point_to_h3cell(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = vec![number(call, 0)?, number(call, 1)?];
    if call.has(2) {
        args.push(call.whole_arg(2)?);
    }
    let expr = map_rows(&args, KqlType::String, |row| {
        let resolution = if row.len() > 2 { u8::try_from(row.long(2)?).ok()? } else { 6 };
        let (longitude, latitude) = point(row, 0)?;
        let cell = LatLng::new(latitude, longitude).ok()?.to_cell(Resolution::try_from(resolution).ok()?);
        Some(cell.to_string())
    });
    call.result(expr, KqlType::String)
}

/// A token, and a number if there is a second argument.
fn cell_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    call.check_string(0)?;
    let mut args = vec![call.text_arg(0)];
    if call.has(1) {
        args.push(call.whole_arg(1)?);
    }
    Ok(args)
}

fn cell(row: &Row<'_>) -> Option<CellIndex> {
    row.text(0)?.parse().ok()
}

fn argument(row: &Row<'_>) -> Option<i64> {
    if row.len() > 1 { row.long(1) } else { None }
}

fn of_cell(call: &Call<'_>, f: fn(CellIndex, Option<i64>) -> Option<Value>) -> Result<Typed, Error> {
    let expr = map_rows(&cell_args(call)?, KqlType::Dynamic, move |row| {
        if row.len() > 1 && argument(row).is_none() {
            return None;
        }
        f(cell(row)?, argument(row))
    });
    call.result(expr, KqlType::Dynamic)
}
