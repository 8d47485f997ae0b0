//! Sums and averages.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Aggregate, Aggregation, one};
use crate::functions::Call;

pub(super) const AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "sum",
    aliases: &[],
    signature: "sum(expr)",
    doc: "The sum of the values.",
    args: (1, 1),
    column: "sum",
    named_args: 1,
    bind: sum,
}];

fn sum(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    let arg = &call.args[0];
    match arg.ty {
        KqlType::Int | KqlType::Long => {
            one(arg.expr.clone().cast(DataType::Int64).sum(), KqlType::Long)
        }
        KqlType::Real => one(arg.expr.clone().sum(), KqlType::Real),
        KqlType::TimeSpan => one(arg.expr.clone().sum(), KqlType::TimeSpan),
        _ => Err(call.type_error(0, "a number or a timespan")),
    }
}
