//! Geometry of a sphere with radius 1: points are unit vectors, lengths are angles in radians.

use std::f64::consts::PI;
use std::ops::{Add, Mul, Sub};

/// A vector in space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vector {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

impl Add for Vector {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y, z: self.z + other.z }
    }
}

impl Sub for Vector {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y, z: self.z - other.z }
    }
}

impl Mul<f64> for Vector {
    type Output = Self;
    fn mul(self, by: f64) -> Self {
        Self { x: self.x * by, y: self.y * by, z: self.z * by }
    }
}

impl Vector {
    /// No vector at all.
    pub const ZERO: Self = Self { x: 0.0, y: 0.0, z: 0.0 };

    /// The point of a longitude and a latitude in degrees.
    pub fn of_degrees((longitude, latitude): (f64, f64)) -> Self {
        let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
        Self { x: latitude.cos() * longitude.cos(), y: latitude.cos() * longitude.sin(), z: latitude.sin() }
    }

    /// Longitude and latitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        (self.y.atan2(self.x).to_degrees(), self.z.atan2(self.x.hypot(self.y)).to_degrees())
    }

    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub fn cross(self, other: Self) -> Self {
        Self {
            x: self.y * other.z - self.z * other.y,
            y: self.z * other.x - self.x * other.z,
            z: self.x * other.y - self.y * other.x,
        }
    }

    pub fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The point in the direction of the vector; `None` for no vector.
    pub fn unit(self) -> Option<Self> {
        let norm = self.norm();
        (norm > 0.0).then(|| self * (1.0 / norm))
    }

    /// The angle to another point.
    pub fn angle(self, other: Self) -> f64 {
        self.cross(other).norm().atan2(self.dot(other))
    }
}

/// The normal of the plane of an edge, from sums and differences, which is exact also for points that are close to each other.
fn normal(a: Vector, b: Vector) -> Vector {
    (a + b).cross(b - a) * 0.5
}

/// The distance of a point from the edge between `a` and `b`.
pub(super) fn distance_to_edge(p: Vector, a: Vector, b: Vector) -> f64 {
    let ends = p.angle(a).min(p.angle(b));
    let Some(normal) = normal(a, b).unit() else {
        return ends;
    };
    // Is the foot of the perpendicular between the ends?
    let along = normal.cross(p);
    if along.dot(a) < 0.0 && along.dot(b) > 0.0 { ends.min(p.dot(normal).abs().clamp(0.0, 1.0).asin()) } else { ends }
}

/// Whether two edges have a point in common.
pub(super) fn edges_meet((a, b): (Vector, Vector), (c, d): (Vector, Vector)) -> bool {
    const TOUCH: f64 = 1e-15;
    let (ab, cd) = (normal(a, b), normal(c, d));
    let (c_side, d_side) = (ab.dot(c), ab.dot(d));
    let (a_side, b_side) = (cd.dot(a), cd.dot(b));
    if c_side * d_side < 0.0 && a_side * b_side < 0.0 {
        // The circles cross; the edges do if they do on one side of the sphere.
        return a_side * d_side > 0.0;
    }
    [(c, a, b), (d, a, b), (a, c, d), (b, c, d)].iter().any(|(p, a, b)| distance_to_edge(*p, *a, *b) < TOUCH)
}

/// The signed area of a triangle: positive where its corners are counterclockwise.
fn triangle_area(a: Vector, b: Vector, c: Vector) -> f64 {
    // Eriksson's formula, the volume from differences.
    let volume = a.dot((b - a).cross(c - a));
    2.0 * volume.atan2(1.0 + a.dot(b) + b.dot(c) + c.dot(a))
}

/// The area that a ring goes around counterclockwise: negative for a clockwise ring, the smaller of both sides of it.
pub(super) fn ring_area(ring: &[Vector]) -> f64 {
    let [first, rest @ ..] = ring else {
        return 0.0;
    };
    let area: f64 = rest.windows(2).map(|edge| triangle_area(*first, edge[0], edge[1])).sum();
    let area = area.rem_euclid(4.0 * PI);
    if area > 2.0 * PI { area - 4.0 * PI } else { area }
}

/// Whether a counterclockwise ring goes around a point.
pub(super) fn ring_contains(ring: &[Vector], p: Vector) -> bool {
    // The angles under which the point sees the edges add up to a whole turn, or to none; to a turn back if the ring is around the
    // point opposite.
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    let turn: f64 = edges
        .map(|(a, b)| {
            let (to_a, to_b) = (p.cross(*a), p.cross(*b));
            p.dot(to_a.cross(to_b)).atan2(to_a.dot(to_b))
        })
        .sum();
    turn > PI
}

/// The centroid of an edge times its length.
pub(super) fn edge_centroid(a: Vector, b: Vector) -> Vector {
    let (difference, sum) = (a - b, a + b);
    let cos = sum.dot(sum);
    if cos == 0.0 { Vector::ZERO } else { sum * (difference.dot(difference) / cos).sqrt() }
}

/// The centroid of a counterclockwise ring times the area: the integral of the points inside, which is half the sum of the normals of the edges, each as
/// long as its edge (the theorem of Stokes).
pub(super) fn ring_centroid(ring: &[Vector]) -> Vector {
    ring.iter().zip(ring.iter().cycle().skip(1)).fold(Vector::ZERO, |sum, (a, b)| match normal(*a, *b).unit() {
        Some(normal) => sum + normal * (a.angle(*b) / 2.0),
        None => sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(longitude: f64, latitude: f64) -> Vector {
        Vector::of_degrees((longitude, latitude))
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn distances() {
        assert!(close(at(0.0, 0.0).angle(at(90.0, 0.0)), PI / 2.0));
        assert!(close(distance_to_edge(at(5.0, 10.0), at(0.0, 0.0), at(10.0, 0.0)), 10_f64.to_radians()));
        assert!(close(distance_to_edge(at(-3.0, 0.0), at(0.0, 0.0), at(10.0, 0.0)), 3_f64.to_radians()));
        assert!(close(distance_to_edge(at(-3.0, 0.0), at(0.0, 0.0), at(0.0, 0.0)), 3_f64.to_radians()));
    }

    #[test]
    fn crossings() {
        let edge = |a: (f64, f64), b: (f64, f64)| (Vector::of_degrees(a), Vector::of_degrees(b));
        assert!(edges_meet(edge((0.0, -1.0), (0.0, 1.0)), edge((-1.0, 0.0), (1.0, 0.0))));
        assert!(!edges_meet(edge((0.0, 1.0), (0.0, 2.0)), edge((-1.0, 0.0), (1.0, 0.0))));
        // On the other side of the sphere.
        assert!(!edges_meet(edge((180.0, -1.0), (180.0, 1.0)), edge((-1.0, 0.0), (1.0, 0.0))));
        assert!(edges_meet(edge((0.0, 0.0), (1.0, 1.0)), edge((0.0, 0.0), (5.0, -1.0))));
    }

    #[test]
    fn rings() {
        // An octant of the sphere.
        let octant = [at(0.0, 0.0), at(90.0, 0.0), at(0.0, 90.0)];
        assert!(close(ring_area(&octant), PI / 2.0));
        let back: Vec<Vector> = octant.iter().rev().copied().collect();
        assert!(close(ring_area(&back), -PI / 2.0));
        assert!(ring_contains(&octant, at(45.0, 45.0)));
        assert!(!ring_contains(&octant, at(45.0, -45.0)));
        assert!(!ring_contains(&octant, at(-135.0, -45.0)));
        let (longitude, latitude) = ring_centroid(&octant).degrees();
        assert!(close(longitude, 45.0) && (latitude - 35.264_389_682_754_654).abs() < 1e-9);
    }
}
