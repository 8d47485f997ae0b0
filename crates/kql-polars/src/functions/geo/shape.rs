//! GeoJSON lines and polygons.
//!
//! Rules: <https://learn.microsoft.com/kusto/query/geo-distance-point-to-polygon-function>

use serde_json::Value;

use super::degrees;
use super::sphere::{Vector, distance_to_edge, edge_centroid, edges_meet, ring_area, ring_centroid, ring_contains};

/// A line or several.
#[derive(Debug, Clone)]
pub(super) struct Lines(Vec<Vec<Vector>>);

/// A polygon or several.
#[derive(Debug, Clone)]
pub(super) struct Polygons(Vec<Polygon>);

/// A ring of corners without the last, which is the first again, and the holes in it; all counterclockwise.
#[derive(Debug, Clone)]
struct Polygon {
    shell: Vec<Vector>,
    holes: Vec<Vec<Vector>>,
}

/// The coordinates of a shape, or of several if the type begins with `Multi`.
fn several<T>(shape: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    let (kind, coordinates) = (shape.get("type")?.as_str()?, shape.get("coordinates")?);
    if kind == name {
        return Some(vec![read(coordinates)?]);
    }
    if kind.strip_prefix("Multi") != Some(name) {
        return None;
    }
    let all: Vec<T> = coordinates.as_array()?.iter().map(read).collect::<Option<_>>()?;
    (!all.is_empty()).then_some(all)
}

fn points(coordinates: &Value) -> Option<Vec<Vector>> {
    let point = |point: &Value| {
        let [longitude, latitude, ..] = point.as_array()?.as_slice() else {
            return None;
        };
        degrees(longitude.as_f64()?, latitude.as_f64()?).map(Vector::of_degrees)
    };
    let points: Vec<Vector> = coordinates.as_array()?.iter().map(point).collect::<Option<_>>()?;
    // Which way the edge goes is open where its ends are opposite.
    points.windows(2).all(|edge| (edge[0] + edge[1]).norm() > 1e-12).then_some(points)
}

fn line(coordinates: &Value) -> Option<Vec<Vector>> {
    points(coordinates).filter(|points| points.len() > 1)
}

/// A closed ring of at least three different corners, made counterclockwise.
fn ring(coordinates: &Value) -> Option<Vec<Vector>> {
    let mut corners = points(coordinates)?;
    let last = corners.pop()?;
    let same = |a: Vector, b: Vector| (a - b).norm() < 1e-15;
    if corners.len() < 3 || !same(*corners.first()?, last) {
        return None;
    }
    let distinct = corners.iter().enumerate().all(|(i, a)| corners[..i].iter().all(|b| !same(*a, *b)));
    if !distinct {
        return None;
    }
    if ring_area(&corners) < 0.0 {
        corners.reverse();
    }
    Some(corners)
}

fn edges(ring: &[Vector]) -> impl Iterator<Item = (Vector, Vector)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

impl Lines {
    /// Reads a LineString or MultiLineString.
    pub fn read(shape: &Value) -> Option<Self> {
        several(shape, "LineString", line).map(Self)
    }

    fn edges(&self) -> impl Iterator<Item = (Vector, Vector)> + '_ {
        self.0.iter().flat_map(|line| line.windows(2).map(|edge| (edge[0], edge[1])))
    }

    /// The angle from a point to the nearest point of the lines.
    pub fn distance(&self, p: Vector) -> f64 {
        self.edges().map(|(a, b)| distance_to_edge(p, a, b)).fold(f64::INFINITY, f64::min)
    }

    /// The sum of the lengths of all edges, those that several lines share once.
    pub fn length(&self) -> f64 {
        let mut seen: Vec<(Vector, Vector)> = Vec::new();
        for (a, b) in self.edges() {
            if self.0.len() == 1 || !seen.contains(&(a, b)) && !seen.contains(&(b, a)) {
                seen.push((a, b));
            }
        }
        seen.iter().map(|(a, b)| a.angle(*b)).sum()
    }

    /// The point in the middle.
    pub fn centroid(&self) -> Option<Vector> {
        self.edges().fold(Vector::ZERO, |sum, (a, b)| sum + edge_centroid(a, b)).unit()
    }

    /// Whether two have a point in common.
    pub fn meet(&self, other: &Self) -> bool {
        self.edges().any(|a| other.edges().any(|b| edges_meet(a, b)))
    }
}

impl Polygon {
    fn read(coordinates: &Value) -> Option<Self> {
        let mut rings = coordinates.as_array()?.iter().map(ring).collect::<Option<Vec<_>>>()?.into_iter();
        Some(Self { shell: rings.next()?, holes: rings.collect() })
    }

    fn rings(&self) -> impl Iterator<Item = &Vec<Vector>> {
        std::iter::once(&self.shell).chain(&self.holes)
    }

    fn contains(&self, p: Vector) -> bool {
        ring_contains(&self.shell, p) && !self.holes.iter().any(|hole| ring_contains(hole, p))
    }
}

impl Polygons {
    /// Reads a Polygon or MultiPolygon.
    pub fn read(shape: &Value) -> Option<Self> {
        several(shape, "Polygon", Polygon::read).map(Self)
    }

    fn edges(&self) -> impl Iterator<Item = (Vector, Vector)> + '_ {
        self.0.iter().flat_map(Polygon::rings).flat_map(|ring| edges(ring))
    }

    fn corners(&self) -> impl Iterator<Item = Vector> + '_ {
        self.0.iter().flat_map(Polygon::rings).flatten().copied()
    }

    /// Whether a point is inside.
    pub fn contains(&self, p: Vector) -> bool {
        self.0.iter().any(|polygon| polygon.contains(p))
    }

    /// The angle from a point to the nearest point of the polygons, 0 inside.
    pub fn distance(&self, p: Vector) -> f64 {
        if self.contains(p) {
            return 0.0;
        }
        self.edges().map(|(a, b)| distance_to_edge(p, a, b)).fold(f64::INFINITY, f64::min)
    }

    /// Whether two of the polygons have points in common, so that sums over them would count those twice.
    pub fn overlap(&self) -> bool {
        let alone = |polygon: &Polygon| Self(vec![polygon.clone()]);
        self.0.iter().enumerate().any(|(i, a)| self.0[..i].iter().any(|b| alone(a).meet(&alone(b))))
    }

    /// The sum of the areas, without the holes.
    pub fn area(&self) -> f64 {
        let area = |polygon: &Polygon| {
            ring_area(&polygon.shell) - polygon.holes.iter().map(|hole| ring_area(hole)).sum::<f64>()
        };
        self.0.iter().map(area).sum()
    }

    /// The sum of the lengths of all edges.
    pub fn perimeter(&self) -> f64 {
        self.edges().map(|(a, b)| a.angle(b)).sum()
    }

    /// The point in the middle.
    pub fn centroid(&self) -> Option<Vector> {
        let of = |sum: Vector, polygon: &Polygon| {
            polygon.holes.iter().fold(sum + ring_centroid(&polygon.shell), |sum, hole| sum - ring_centroid(hole))
        };
        self.0.iter().fold(Vector::ZERO, of).unit()
    }

    /// Whether two have a point in common.
    pub fn meet(&self, other: &Self) -> bool {
        self.corners().any(|p| other.contains(p))
            || other.corners().any(|p| self.contains(p))
            || self.edges().any(|a| other.edges().any(|b| edges_meet(a, b)))
    }

    /// Whether they have a point in common with lines.
    pub fn meet_lines(&self, lines: &Lines) -> bool {
        lines.0.iter().flatten().any(|p| self.contains(*p))
            || self.edges().any(|a| lines.edges().any(|b| edges_meet(a, b)))
    }
}
