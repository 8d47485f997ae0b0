//! Distances of points, and whether they are in a circle.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/geo-distance-2points-function>,
//! <https://learn.microsoft.com/kusto/query/geo-point-in-circle-function>

use kql::{Error, KqlType};

use super::sphere::Vector;
use super::{EARTH_RADIUS, number, numbers, point};
use crate::functions::arrays::entry;
use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "geo_distance_2points",
        &[],
        "geo_distance_2points(p1_longitude, p1_latitude, p2_longitude, p2_latitude [, use_spheroid])",
        "The distance of two points in meters, on a sphere or on the WGS 84 spheroid; null for coordinates that are none.",
        (4, 5),
        distance_2points,
    ),
    entry(
        "geo_point_in_circle",
        &[],
        "geo_point_in_circle(p_longitude, p_latitude, pc_longitude, pc_latitude, c_radius)",
        "Whether a point is within a distance in meters of another; null for coordinates that are none.",
        (5, 5),
        point_in_circle,
    ),
];

/// Meters between two points.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    Vector::of_degrees(a).angle(Vector::of_degrees(b)) * EARTH_RADIUS
}

fn distance_2points(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = (0..4).map(|i| number(call, i)).collect::<Result<Vec<_>, _>>()?;
    if call.has(4) {
        args.push(Typed::new(call.boolean(4)?, KqlType::Bool, call.args[4].span));
    }
    let expr = map_rows(&args, KqlType::Real, |row| {
        let (a, b) = (point(row, 0)?, point(row, 2)?);
        if row.len() > 4 && row.bool(4)? { Some(spheroid_distance(a, b)) } else { Some(distance(a, b)) }
    });
    call.result(expr, KqlType::Real)
}

fn point_in_circle(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&numbers(call)?, KqlType::Bool, |row| {
        let radius = row.real(4).filter(|r| *r >= 0.0)?;
        Some(distance(point(row, 0)?, point(row, 2)?) <= radius)
    });
    call.result(expr, KqlType::Bool)
}

/// Meters between two points of the WGS 84 spheroid, by Vincenty's inverse formula. It does not converge for points that are nearly opposite: the
/// distance on the sphere is within half a percent of theirs.
///
/// Source: <https://en.wikipedia.org/wiki/Vincenty%27s_formulae#Inverse_problem>
fn spheroid_distance(from: (f64, f64), to: (f64, f64)) -> f64 {
    const MAJOR: f64 = 6_378_137.0;
    const FLATTENING: f64 = 1.0 / 298.257_223_563;
    let minor = MAJOR * (1.0 - FLATTENING);
    let reduced = |latitude: f64| ((1.0 - FLATTENING) * latitude.to_radians().tan()).atan().sin_cos();
    let ((sin_u1, cos_u1), (sin_u2, cos_u2)) = (reduced(from.1), reduced(to.1));
    let apart = (to.0 - from.0).to_radians();
    let mut lambda = apart;
    for _ in 0..200 {
        let (sin_lambda, cos_lambda) = lambda.sin_cos();
        let sin_sigma = (cos_u2 * sin_lambda).hypot(cos_u1 * sin_u2 - sin_u1 * cos_u2 * cos_lambda);
        if sin_sigma == 0.0 {
            return 0.0;
        }
        let cos_sigma = sin_u1 * sin_u2 + cos_u1 * cos_u2 * cos_lambda;
        let sigma = sin_sigma.atan2(cos_sigma);
        let sin_alpha = cos_u1 * cos_u2 * sin_lambda / sin_sigma;
        let cos2_alpha = 1.0 - sin_alpha * sin_alpha;
        // On the equator there is no middle.
        let cos_2middle = if cos2_alpha == 0.0 { 0.0 } else { cos_sigma - 2.0 * sin_u1 * sin_u2 / cos2_alpha };
        let c = FLATTENING / 16.0 * cos2_alpha * (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha));
        let term = cos_2middle + c * cos_sigma * (2.0 * cos_2middle * cos_2middle - 1.0);
        let next = apart + (1.0 - c) * FLATTENING * sin_alpha * (sigma + c * sin_sigma * term);
        if (next - lambda).abs() < 1e-13 {
            let u2 = cos2_alpha * (MAJOR * MAJOR - minor * minor) / (minor * minor);
            let a = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (u2 * (320.0 - 175.0 * u2) - 768.0));
            let b = u2 / 1024.0 * (256.0 + u2 * (u2 * (74.0 - 47.0 * u2) - 128.0));
            let squared = 2.0 * cos_2middle * cos_2middle - 1.0;
            let last =
                b / 6.0 * cos_2middle * (4.0 * sin_sigma * sin_sigma - 3.0) * (4.0 * cos_2middle * cos_2middle - 3.0);
            let correction = b * sin_sigma * (cos_2middle + b / 4.0 * (cos_sigma * squared - last));
            return minor * a * (sigma - correction);
        }
        lambda = next;
    }
    distance(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spheroid() {
        // A degree on the equator, and one from it to the north.
        assert!((spheroid_distance((0.0, 0.0), (1.0, 0.0)) - 111_319.490_793).abs() < 1e-3);
        assert!((spheroid_distance((0.0, 0.0), (0.0, 1.0)) - 110_574.388_558).abs() < 1e-3);
        assert!(spheroid_distance((7.0, 50.0), (7.0, 50.0)) == 0.0);
        assert!(spheroid_distance((0.0, 0.0), (179.9, 0.1)) > 1.99e7);
    }
}
