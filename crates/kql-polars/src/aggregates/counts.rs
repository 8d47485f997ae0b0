//! `count` and its kin.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Aggregate, Aggregation, one};
use crate::functions::Call;

pub(super) const AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "count",
    aliases: &[],
    signature: "count()",
    doc: "The number of rows.",
    args: (0, 1),
    column: "count",
    named_args: 1,
    bind: count,
}];

/// An argument changes nothing: `count(x)` counts the rows where `x` is null, too.
fn count(_: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    one(len().cast(DataType::Int64), KqlType::Long)
}
