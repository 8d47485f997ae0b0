//! S2 cells: the faces of a cube, divided into quarters up to 30 times, along a curve that keeps neighbors together.
//!
//! Source: <https://s2geometry.io/devguide/s2cell_hierarchy>

use super::sphere::Vector;

/// Deepest level.
pub(super) const MAX_LEVEL: u32 = 30;

/// Columns and rows of a face at the deepest level.
const SIZE: i64 = 1 << MAX_LEVEL;

/// The quarter (column in the upper bit, row in the lower) at each place along the curve, by the curve's direction: swapped axes in the lowest bit,
/// reversed in the other.
const QUARTERS: [[u64; 4]; 4] = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]];

/// How the direction changes in the quarter at each place.
const TURNS: [usize; 4] = [1, 0, 0, 3];

/// A cell: its face, and its column and row among the cells of its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct S2Cell {
    face: u64,
    level: u32,
    column: i64,
    row: i64,
}

/// Positions on a face from 0 to 1 are stretched for cells of about equal areas.
fn stretched(s: f64) -> f64 {
    if s >= 0.5 { (4.0 * s * s - 1.0) / 3.0 } else { (1.0 - 4.0 * (1.0 - s) * (1.0 - s)) / 3.0 }
}

fn unstretched(u: f64) -> f64 {
    if u >= 0.0 { 0.5 * (1.0 + 3.0 * u).sqrt() } else { 1.0 - 0.5 * (1.0 - 3.0 * u).sqrt() }
}

/// A position from -1 to 1 on a face, in space.
fn in_space(face: u64, u: f64, v: f64) -> Vector {
    let (x, y, z) = match face {
        0 => (1.0, u, v),
        1 => (-u, 1.0, v),
        2 => (-u, -v, 1.0),
        3 => (-1.0, -v, -u),
        4 => (v, -1.0, -u),
        _ => (v, u, -1.0),
    };
    Vector { x, y, z }
}

/// The face below a point, and the position on it.
fn on_face(p: Vector) -> (u64, f64, f64) {
    let (x, y, z) = (p.x.abs(), p.y.abs(), p.z.abs());
    if x >= y && x >= z {
        if p.x >= 0.0 { (0, p.y / p.x, p.z / p.x) } else { (3, p.z / p.x, p.y / p.x) }
    } else if y >= z {
        if p.y >= 0.0 { (1, -p.x / p.y, p.z / p.y) } else { (4, p.z / p.y, -p.x / p.y) }
    } else if p.z >= 0.0 {
        (2, -p.x / p.z, -p.y / p.z)
    } else {
        (5, -p.y / p.z, -p.x / p.z)
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "positions up to 2^30 are exact")]
impl S2Cell {
    /// The cell of a level that holds a point.
    pub fn at(point: Vector, level: u32) -> Self {
        let (face, u, v) = on_face(point);
        let place = |s: f64| ((s * SIZE as f64).floor() as i64).clamp(0, SIZE - 1) >> (MAX_LEVEL - level);
        Self { face, level, column: place(unstretched(u)), row: place(unstretched(v)) }
    }

    /// The cell of a token: the number of the cell in hexadecimal digits, without zeros at the end.
    pub fn of_token(token: &str) -> Option<Self> {
        if token.is_empty() || token.len() > 16 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let id = u64::from_str_radix(&format!("{token:0<16}"), 16).ok()?;
        let (face, end) = (id >> 61, id.trailing_zeros());
        // The lowest bit marks the end of the places, each of which takes two bits.
        if face > 5 || id == 0 || end % 2 == 1 || end > 2 * MAX_LEVEL {
            return None;
        }
        let level = MAX_LEVEL - end / 2;
        let mut direction = usize::from(face % 2 == 1);
        let (mut column, mut row) = (0, 0);
        for step in 0..level {
            let place = (id >> (59 - 2 * step) & 3) as usize;
            let quarter = QUARTERS[direction][place] as i64;
            (column, row) = (column * 2 + (quarter >> 1), row * 2 + (quarter & 1));
            direction ^= TURNS[place];
        }
        Some(Self { face, level, column, row })
    }

    /// The token of the cell.
    pub fn token(self) -> String {
        let mut id = self.face;
        let mut direction = usize::from(self.face % 2 == 1);
        for bit in (0..self.level).rev() {
            let quarter = ((self.column >> bit & 1) << 1 | self.row >> bit & 1).unsigned_abs();
            let place = QUARTERS[direction].iter().position(|q| *q == quarter).unwrap_or_default();
            id = id << 2 | place as u64;
            direction ^= TURNS[place];
        }
        let id = (id << 1 | 1) << (2 * (MAX_LEVEL - self.level));
        format!("{id:016x}").trim_end_matches('0').to_owned()
    }

    /// A place in the cell, from (0, 0) to (1, 1).
    fn point(self, x: f64, y: f64) -> Vector {
        let count = (1_i64 << self.level) as f64;
        let position = |number: i64, part: f64| stretched((number as f64 + part) / count);
        in_space(self.face, position(self.column, x), position(self.row, y))
    }

    /// The middle.
    pub fn center(self) -> (f64, f64) {
        self.point(0.5, 0.5).degrees()
    }

    /// The corners, counterclockwise.
    pub fn corners(self) -> [(f64, f64); 4] {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| self.point(x, y).degrees())
    }

    /// The cells of the same level that touch this one, in the order of the documented result.
    pub fn neighbors(self) -> Vec<Self> {
        const STEPS: [(i64, i64); 8] = [(1, 1), (-1, -1), (1, -1), (0, -1), (0, 1), (1, 0), (-1, 0), (-1, 1)];
        let mut all: Vec<Self> = Vec::new();
        for (x, y) in STEPS {
            let cell = self.moved(x, y);
            // At a corner of the cube two are the same.
            if cell != self && !all.contains(&cell) {
                all.push(cell);
            }
        }
        all
    }

    /// The cell so many columns and rows on, at most one of them beyond the edge of the face.
    fn moved(self, x: i64, y: i64) -> Self {
        let count = 1_i64 << self.level;
        let (column, row) = (self.column + x, self.row + y);
        if (0..count).contains(&column) && (0..count).contains(&row) {
            return Self { column, row, ..self };
        }
        // Just over the edge, where the other face goes on. There positions are not stretched, so that they are equally far on both faces.
        let over = 1.0 + f64::EPSILON;
        let position = |number: i64| ((2 * number + 1 - count) as f64 / count as f64).clamp(-over, over);
        let (face, u, v) = on_face(in_space(self.face, position(column), position(row)));
        let place = |u: f64| (((u + 1.0) / 2.0 * count as f64).floor() as i64).clamp(0, count - 1);
        Self { face, level: self.level, column: place(u), row: place(v) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn tokens_and_back() {
        for (longitude, latitude) in [(0.0, 0.0), (-80.2, 25.8), (179.9, -89.0), (100.0, 60.0), (-170.0, -10.0)] {
            for level in [0, 1, 8, 17, 30] {
                let cell = S2Cell::at(Vector::of_degrees((longitude, latitude)), level);
                assert_eq!(S2Cell::of_token(&cell.token()), Some(cell));
                let (x, y) = cell.center();
                assert_eq!(S2Cell::at(Vector::of_degrees((x, y)), level), cell);
            }
        }
        for wrong in ["", "a", "g1", "ffffffffffffffff", "0", "12345678901234567"] {
            assert!(S2Cell::of_token(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn neighbors_are_mutual() {
        for token in ["89c259", "1", "0ff", "aaaaaaaab", "b5555"] {
            let Some(cell) = S2Cell::of_token(token) else { continue };
            for neighbor in cell.neighbors() {
                assert!(neighbor.neighbors().contains(&cell), "{token} {}", neighbor.token());
            }
            assert!((4..=8).contains(&cell.neighbors().len()));
        }
    }
}
