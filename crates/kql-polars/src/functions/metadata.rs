//! Functions that ask about the cluster, the user, or where a row is stored: local data has none of these.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#metadata-functions>

use kql::{Error, KqlType, Value};

use super::arrays::entry;
use super::{Call, Function};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "ingestion_time",
        &[],
        "ingestion_time()",
        "When the row was taken in: null, as for tables that do not keep it.",
        (0, 0),
        |c| Ok(Typed::constant(Value::Null(KqlType::DateTime), c.span)),
    ),
    entry(
        "extent_id",
        &["extentid"],
        "extent_id()",
        "The part of the table that the row is stored in: all zeros, as for computed rows.",
        (0, 0),
        |c| Ok(Typed::constant(Value::Guid("00000000-0000-0000-0000-000000000000".to_owned()), c.span)),
    ),
    entry(
        "extent_tags",
        &[],
        "extent_tags()",
        "The tags of the part of the table that the row is stored in: null, as for computed rows.",
        (0, 0),
        |c| Ok(Typed::constant(Value::Null(KqlType::Dynamic), c.span)),
    ),
    refused("current_cluster_endpoint", "current_cluster_endpoint()", 0),
    refused("current_database", "current_database()", 0),
    refused("current_principal", "current_principal()", 0),
    refused("current_principal_details", "current_principal_details()", 0),
    refused("current_principal_is_member_of", "current_principal_is_member_of(group, …)", 64),
    refused("cursor_after", "cursor_after(RHS)", 1),
    refused("cursor_before_or_at", "cursor_before_or_at(RHS)", 1),
    refused("cursor_current", "cursor_current()", 0),
];

const fn refused(name: &'static str, signature: &'static str, most: usize) -> Function {
    entry(name, &[], signature, "Not available: local data has no cluster, database, user or cursor.", (0, most), local)
}

fn local(call: &Call<'_>) -> Result<Typed, Error> {
    Err(call.unsupported("local data has no cluster, database, user or cursor: run this query in the cloud workspace"))
}
