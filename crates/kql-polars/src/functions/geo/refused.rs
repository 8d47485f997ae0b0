//! Geospatial functions that the engine does not have.

use crate::functions::Function;
use crate::functions::arrays::entry;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    refused("geo_angle", "geo_angle(p1_longitude, p1_latitude, p2_longitude, p2_latitude, p3_longitude, p3_latitude)"),
    refused("geo_azimuth", "geo_azimuth(p1_longitude, p1_latitude, p2_longitude, p2_latitude)"),
    refused("geo_closest_point_on_line", "geo_closest_point_on_line(longitude, latitude, lineString)"),
    refused("geo_closest_point_on_polygon", "geo_closest_point_on_polygon(longitude, latitude, polygon)"),
    refused("geo_from_wkt", "geo_from_wkt(geometry)"),
    refused("geo_intersection_2lines", "geo_intersection_2lines(lineString1, lineString2)"),
    refused("geo_intersection_2polygons", "geo_intersection_2polygons(polygon1, polygon2)"),
    refused("geo_intersection_line_with_polygon", "geo_intersection_line_with_polygon(lineString, polygon)"),
    refused("geo_line_buffer", "geo_line_buffer(lineString, radius, tolerance)"),
    refused("geo_line_densify", "geo_line_densify(lineString, tolerance [, preserve_crossing])"),
    refused("geo_line_interpolate_point", "geo_line_interpolate_point(lineString, fraction)"),
    refused("geo_line_locate_point", "geo_line_locate_point(lineString, longitude, latitude)"),
    refused("geo_line_simplify", "geo_line_simplify(lineString [, tolerance])"),
    refused("geo_line_to_s2cells", "geo_line_to_s2cells(lineString [, level [, radius]])"),
    refused("geo_point_buffer", "geo_point_buffer(longitude, latitude, radius [, tolerance])"),
    refused("geo_polygon_buffer", "geo_polygon_buffer(polygon, radius [, tolerance])"),
    refused("geo_polygon_densify", "geo_polygon_densify(polygon [, tolerance [, preserve_crossing]])"),
    refused("geo_polygon_simplify", "geo_polygon_simplify(polygon [, tolerance])"),
    refused("geo_polygon_to_h3cells", "geo_polygon_to_h3cells(polygon [, resolution [, radius]])"),
    refused("geo_polygon_to_s2cells", "geo_polygon_to_s2cells(polygon [, level [, radius]])"),
    refused("geo_simplify_polygons_array", "geo_simplify_polygons_array(polygons [, tolerance])"),
    refused("geo_union_lines_array", "geo_union_lines_array(lineStrings)"),
    refused("geo_union_polygons_array", "geo_union_polygons_array(polygons)"),
];

const fn refused(name: &'static str, signature: &'static str) -> Function {
    entry(name, &[], signature, "Not available here.", (1, 6), |c| {
        Err(c.unsupported(
            "the engine measures shapes, and does not make new ones: run this query in the cloud workspace",
        ))
    })
}
