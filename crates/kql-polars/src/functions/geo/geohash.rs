//! Geohashes: rectangles of longitudes and latitudes, named by up to 18 characters.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/geo-point-to-geohash-function>,
//! <https://learn.microsoft.com/kusto/query/geo-geohash-neighbors-function>

use kql::{Error, KqlType};
use serde_json::Value;

use super::{geojson_point, geojson_polygon, number, point};
use crate::functions::arrays::entry;
use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "geo_point_to_geohash",
        &[],
        "geo_point_to_geohash(longitude, latitude [, accuracy])",
        "The geohash of a point with 5 or another number (up to 18) of characters; empty for coordinates that are none.",
        (2, 3),
        point_to_geohash,
    ),
    entry(
        "geo_geohash_to_central_point",
        &[],
        "geo_geohash_to_central_point(geohash)",
        "The middle of a geohash's rectangle, as a GeoJSON point.",
        (1, 1),
        |c| {
            of_hash(c, |cell| {
                let middle = |(low, high): (f64, f64)| f64::midpoint(low, high);
                Some(geojson_point((middle(cell.longitude), middle(cell.latitude))))
            })
        },
    ),
    entry(
        "geo_geohash_to_polygon",
        &[],
        "geo_geohash_to_polygon(geohash)",
        "A geohash's rectangle, as a GeoJSON polygon.",
        (1, 1),
        |c| {
            of_hash(c, |Cell { longitude: (west, east), latitude: (south, north), .. }| {
                Some(geojson_polygon(&[(west, south), (east, south), (east, north), (west, north)]))
            })
        },
    ),
    entry(
        "geo_geohash_neighbors",
        &[],
        "geo_geohash_neighbors(geohash)",
        "An array of the geohashes around one.",
        (1, 1),
        |c| of_hash(c, |cell| Some(cell.neighbors().into())),
    ),
];

/// Characters of geohashes, in the order of their values.
const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// Most characters.
const LONGEST: usize = 18;

/// A rectangle, with the numbers of its column and row among those of its size.
#[derive(Debug, Clone, Copy)]
struct Cell {
    length: usize,
    column: u64,
    row: u64,
    longitude: (f64, f64),
    latitude: (f64, f64),
}

/// The half of a range that holds a value, or that a bit says; whether it is the upper one.
fn half(range: &mut (f64, f64), upper: impl Fn(f64) -> bool) -> bool {
    let middle = f64::midpoint(range.0, range.1);
    let upper = upper(middle);
    if upper {
        range.0 = middle;
    } else {
        range.1 = middle;
    }
    upper
}

impl Cell {
    /// The rectangle of a geohash; `None` for text that is none.
    fn of(hash: &str) -> Option<Self> {
        if hash.is_empty() || hash.len() > LONGEST {
            return None;
        }
        let mut cell =
            Self { length: hash.len(), column: 0, row: 0, longitude: (-180.0, 180.0), latitude: (-90.0, 90.0) };
        let mut along = true;
        for byte in hash.bytes() {
            let value = ALPHABET.iter().position(|c| *c == byte.to_ascii_lowercase())?;
            for bit in (0..5).rev() {
                let bit = value >> bit & 1;
                if along {
                    half(&mut cell.longitude, |_| bit == 1);
                    cell.column = cell.column * 2 + bit as u64;
                } else {
                    half(&mut cell.latitude, |_| bit == 1);
                    cell.row = cell.row * 2 + bit as u64;
                }
                along = !along;
            }
        }
        Some(cell)
    }

    /// The geohash of a column and a row.
    fn name(length: usize, column: u64, row: u64) -> String {
        let bits = 5 * length;
        let (mut columns, mut rows) = (bits.div_ceil(2), bits / 2);
        let mut hash = String::with_capacity(length);
        let mut along = true;
        for _ in 0..length {
            let mut value = 0;
            for _ in 0..5 {
                let (left, number) = if along { (&mut columns, column) } else { (&mut rows, row) };
                *left -= 1;
                value = value * 2 + usize::from(number >> *left & 1 == 1);
                along = !along;
            }
            hash.push(char::from(ALPHABET[value]));
        }
        hash
    }

    /// In the order of the documented results. Columns go on at the other end; beyond the poles there is nothing.
    fn neighbors(&self) -> Vec<String> {
        const STEPS: [(i64, i64); 8] = [(-1, -1), (-1, 1), (1, -1), (0, 1), (-1, 0), (1, 1), (1, 0), (0, -1)];
        let (columns, rows) = (1_u64 << (5 * self.length).div_ceil(2), 1_u64 << (5 * self.length / 2));
        let at = |(x, y): (i64, i64)| {
            let row = self.row.checked_add_signed(y).filter(|row| *row < rows)?;
            let column = self.column.wrapping_add_signed(x) & (columns - 1);
            Some(Self::name(self.length, column, row))
        };
        STEPS.into_iter().filter_map(at).collect()
    }
}

fn point_to_geohash(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = vec![number(call, 0)?, number(call, 1)?];
    if call.has(2) {
        args.push(call.whole_arg(2)?);
    }
    let expr = map_rows(&args, KqlType::String, |row| {
        let length = if row.len() > 2 { usize::try_from(row.long(2)?).ok()? } else { 5 };
        if !(1..=LONGEST).contains(&length) {
            return None;
        }
        let (longitude, latitude) = point(row, 0)?;
        let bits = 5 * length;
        let place = |mut range: (f64, f64), at: f64, bits: usize| {
            (0..bits).fold(0_u64, |number, _| number * 2 + u64::from(half(&mut range, |middle| at >= middle)))
        };
        let column = place((-180.0, 180.0), longitude, bits.div_ceil(2));
        Some(Cell::name(length, column, place((-90.0, 90.0), latitude, bits / 2)))
    });
    call.result(expr, KqlType::String)
}

fn of_hash(call: &Call<'_>, f: fn(Cell) -> Option<Value>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, move |row| f(Cell::of(row.text(0)?)?));
    call.result(expr, KqlType::Dynamic)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_cell_has_its_name() {
        for hash in ["s", "sunny", "dhwfz15h", "zzzzzzzzzzzzzzzzzz"] {
            let cell = Cell::of(hash).unwrap();
            assert_eq!(Cell::name(cell.length, cell.column, cell.row), hash);
        }
        assert!(Cell::of("a").is_none() && Cell::of("").is_none());
    }

    #[test]
    fn neighbors() {
        let of = |hash| Cell::of(hash).unwrap().neighbors();
        assert_eq!(of("sunny"), ["sunnt", "sunpj", "sunnx", "sunpn", "sunnv", "sunpp", "sunnz", "sunnw"]);
        // In the corner at 180 degrees west and the south pole: none beyond the pole, some on the other side of the meridian.
        let mut corner = of("0");
        corner.sort();
        assert_eq!(corner, ["1", "2", "3", "p", "r"]);
    }
}
