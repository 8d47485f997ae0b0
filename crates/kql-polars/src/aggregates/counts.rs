//! `count` and its kin.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Aggregate, Aggregation, one, value_where};
use crate::functions::Call;

pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "count",
        aliases: &[],
        signature: "count()",
        doc: "The number of rows.",
        args: (0, 1),
        column: "count",
        named_args: 1,
        bind: count,
    },
    Aggregate {
        name: "countif",
        aliases: &[],
        signature: "countif(predicate)",
        doc: "The number of rows for which the predicate is true.",
        args: (1, 1),
        column: "countif",
        named_args: 1,
        bind: countif,
    },
    Aggregate {
        name: "dcount",
        aliases: &[],
        signature: "dcount(expr [, accuracy])",
        doc: "The number of distinct values, exactly, whatever accuracy is asked for.",
        args: (1, 2),
        column: "dcount",
        named_args: 1,
        bind: dcount,
    },
    Aggregate {
        name: "dcountif",
        aliases: &[],
        signature: "dcountif(expr, predicate [, accuracy])",
        doc: "The number of distinct values of the rows for which the predicate is true, exactly, whatever accuracy is asked for.",
        args: (2, 3),
        column: "dcountif",
        named_args: 1,
        bind: dcountif,
    },
    Aggregate {
        name: "count_distinct",
        aliases: &[],
        signature: "count_distinct(expr)",
        doc: "The number of distinct values.",
        args: (1, 1),
        column: "count_distinct",
        named_args: 1,
        bind: dcount,
    },
    Aggregate {
        name: "count_distinctif",
        aliases: &[],
        signature: "count_distinctif(expr, predicate)",
        doc: "The number of distinct values of the rows for which the predicate is true.",
        args: (2, 2),
        column: "count_distinctif",
        named_args: 1,
        bind: dcountif,
    },
];

/// An argument changes nothing: `count(x)` counts the rows where `x` is null, too.
fn count(_: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    one(len().cast(DataType::Int64), KqlType::Long)
}

fn countif(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    one(call.boolean(0)?.sum().cast(DataType::Int64), KqlType::Long)
}

/// The number of distinct values that are not null.
fn distinct(value: Expr) -> Expr {
    // Null is a value to n_unique(), which is much faster than to drop nulls first.
    let nulls = value.clone().null_count().gt(lit(0)).cast(DataType::Int64);
    value.n_unique().cast(DataType::Int64) - nulls
}

fn accuracy(call: &Call<'_>, i: usize) -> Result<(), Error> {
    if call.has(i) && !(0..=4).contains(&call.args[i].constant_i64("accuracy")?) {
        return Err(call.argument_error(i, "accuracy is 0, 1, 2, 3 or 4"));
    }
    Ok(())
}

fn dcount(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    accuracy(call, 1)?;
    one(distinct(call.args[0].expr.clone()), KqlType::Long)
}

fn dcountif(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    accuracy(call, 2)?;
    one(distinct(value_where(call, 0, 1)?), KqlType::Long)
}
