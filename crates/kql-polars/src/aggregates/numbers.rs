//! Sums, averages, extremes.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Aggregate, Aggregation, decimals, one, value_where};
use crate::functions::Call;

pub(super) const AGGREGATES: &[Aggregate] = &[
    entry("sum", "sum(expr)", "The sum of the values; 0 if there are none.", 1, sum),
    entry(
        "sumif",
        "sumif(expr, predicate)",
        "The sum of the values for which the predicate is true; 0 if there are none.",
        2,
        sum,
    ),
    entry("avg", "avg(expr)", "The average of the values; NaN if there are none.", 1, avg),
    entry(
        "avgif",
        "avgif(expr, predicate)",
        "The average of the values for which the predicate is true; NaN if there are none.",
        2,
        avg,
    ),
    entry("min", "min(expr)", "The least value.", 1, |call| extreme(call, false)),
    entry("minif", "minif(expr, predicate)", "The least value for which the predicate is true.", 2, |call| {
        extreme(call, false)
    }),
    entry("max", "max(expr)", "The greatest value.", 1, |call| extreme(call, true)),
    entry("maxif", "maxif(expr, predicate)", "The greatest value for which the predicate is true.", 2, |call| {
        extreme(call, true)
    }),
    unprefixed("binary_all_and", "binary_all_and(expr)", "The bitwise AND of the values.", 1, |call| {
        bits(call, Expr::bitwise_and)
    }),
    unprefixed("binary_all_or", "binary_all_or(expr)", "The bitwise OR of the values.", 1, |call| {
        bits(call, Expr::bitwise_or)
    }),
    unprefixed("binary_all_xor", "binary_all_xor(expr)", "The bitwise XOR of the values.", 1, |call| {
        bits(call, Expr::bitwise_xor)
    }),
];

/// One whose column is called like its argument.
const fn unprefixed(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    args: usize,
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    Aggregate { column: "", ..entry(name, signature, doc, args, bind) }
}

/// A function of a value and, for two arguments, a predicate.
const fn entry(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    args: usize,
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    Aggregate { name, aliases: &[], signature, doc, args: (args, args), column: name, named_args: 1, bind }
}

/// The value, null in rows for which the predicate (if there is one) is not true.
fn value(call: &Call<'_>) -> Result<Expr, Error> {
    if call.has(1) { value_where(call, 0, 1) } else { Ok(call.args[0].expr.clone()) }
}

fn sum(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    let value = value(call)?;
    match call.args[0].ty {
        KqlType::Int | KqlType::Long => one(value.cast(DataType::Int64).sum(), KqlType::Long),
        KqlType::Real => one(value.sum(), KqlType::Real),
        KqlType::TimeSpan => one(value.sum(), KqlType::TimeSpan),
        KqlType::Decimal => Ok(vec![decimals::sum(value)]),
        _ => Err(call.type_error(0, "a number or a timespan")),
    }
}

fn avg(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    let value = value(call)?;
    match call.args[0].ty {
        KqlType::Int | KqlType::Long | KqlType::Real => one(value.mean().fill_null(lit(f64::NAN)), KqlType::Real),
        KqlType::TimeSpan => one(value.mean().cast(DataType::Int64), KqlType::TimeSpan),
        KqlType::DateTime => {
            // Ticks of a datetime do not fit into a floating-point number: the average is taken of the distances from the first.
            let first = value.clone().min();
            let distance = (value - first.clone()).mean().cast(DataType::Int64);
            one(first + distance, KqlType::DateTime)
        }
        KqlType::Decimal => Ok(vec![decimals::avg(value)]),
        _ => Err(call.type_error(0, "a number, a datetime or a timespan")),
    }
}

fn extreme(call: &Call<'_>, greatest: bool) -> Result<Vec<Aggregation>, Error> {
    let ty = call.args[0].ty;
    let value = value(call)?;
    match ty {
        KqlType::Dynamic => Err(call
            .type_error(0, "a scalar that has an order")
            .with_help("Convert it first, for example with tolong() or tostring()")),
        KqlType::Decimal => Ok(vec![decimals::extreme(value, greatest)]),
        _ => one(if greatest { value.max() } else { value.min() }, ty),
    }
}

fn bits(call: &Call<'_>, reduce: fn(Expr) -> Expr) -> Result<Vec<Aggregation>, Error> {
    // Nulls are dropped first: they would make the whole result null.
    one(reduce(call.long(0)?.drop_nulls()), KqlType::Long)
}
