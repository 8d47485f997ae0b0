//! Variance, standard deviation, covariance.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Aggregate, Aggregation, one, only_where};
use crate::convert::convert;
use crate::functions::Call;

pub(super) const AGGREGATES: &[Aggregate] = &[
    entry("stdev", "stdev(expr)", "The standard deviation of a sample; 0 if there are no values.", 1, 1, |call| {
        spread(call, 1, Expr::std)
    }),
    entry(
        "stdevif",
        "stdevif(expr, predicate)",
        "The standard deviation of a sample, of the rows for which the predicate is true; 0 if there are none.",
        2,
        1,
        |call| spread(call, 1, Expr::std),
    ),
    entry("stdevp", "stdevp(expr)", "The standard deviation of a whole population.", 1, 1, |call| {
        spread(call, 0, Expr::std)
    }),
    entry(
        "stdevpif",
        "stdevpif(expr, predicate)",
        "The standard deviation of a whole population, of the rows for which the predicate is true.",
        2,
        1,
        |call| spread(call, 0, Expr::std),
    ),
    entry("variance", "variance(expr)", "The variance of a sample; 0 if there are no values.", 1, 1, |call| {
        spread(call, 1, Expr::var)
    }),
    entry(
        "varianceif",
        "varianceif(expr, predicate)",
        "The variance of a sample, of the rows for which the predicate is true; 0 if there are none.",
        2,
        1,
        |call| spread(call, 1, Expr::var),
    ),
    entry("variancep", "variancep(expr)", "The variance of a whole population.", 1, 1, |call| {
        spread(call, 0, Expr::var)
    }),
    entry(
        "variancepif",
        "variancepif(expr, predicate)",
        "The variance of a whole population, of the rows for which the predicate is true.",
        2,
        1,
        |call| spread(call, 0, Expr::var),
    ),
    entry("covariance", "covariance(expr1, expr2)", "The covariance of a sample.", 2, 2, |call| covariance(call, 1)),
    entry(
        "covarianceif",
        "covarianceif(expr1, expr2, predicate)",
        "The covariance of a sample, of the rows for which the predicate is true.",
        3,
        2,
        |call| covariance(call, 1),
    ),
    entry("covariancep", "covariancep(expr1, expr2)", "The covariance of a whole population.", 2, 2, |call| {
        covariance(call, 0)
    }),
    entry(
        "covariancepif",
        "covariancepif(expr1, expr2, predicate)",
        "The covariance of a whole population, of the rows for which the predicate is true.",
        3,
        2,
        |call| covariance(call, 0),
    ),
];

const fn entry(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    args: usize,
    named_args: usize,
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    Aggregate { name, aliases: &[], signature, doc, args: (args, args), column: name, named_args, bind }
}

/// A number as a real; dynamics are not converted in silence.
fn number(call: &Call<'_>, i: usize) -> Result<Expr, Error> {
    if call.args[i].ty.is_numeric() {
        Ok(convert(&call.args[i], KqlType::Real).expr)
    } else {
        Err(call.type_error(i, "a number"))
    }
}

fn spread(call: &Call<'_>, ddof: u8, measure: fn(Expr, u8) -> Expr) -> Result<Vec<Aggregation>, Error> {
    let mut value = number(call, 0)?;
    if call.has(1) {
        value = only_where(value, call.boolean(1)?);
    }
    let measured = measure(value, ddof);
    one(if ddof == 1 { measured.fill_null(lit(0.0)) } else { measured }, KqlType::Real)
}

fn covariance(call: &Call<'_>, ddof: i64) -> Result<Vec<Aggregation>, Error> {
    let (mut x, mut y) = (number(call, 0)?, number(call, 1)?);
    if call.has(2) {
        x = only_where(x, call.boolean(2)?);
    }
    // Only pairs of two values count.
    let both = x.clone().is_not_null().and(y.clone().is_not_null());
    x = only_where(x, both.clone());
    y = only_where(y, both);
    let products = (x.clone() - x.clone().mean()) * (y.clone() - y.mean());
    let divisor = x.count().cast(DataType::Int64) - lit(ddof);
    one(
        when(divisor.clone().gt(lit(0))).then(products.sum() / divisor.cast(DataType::Float64)).otherwise(lit(NULL)),
        KqlType::Real,
    )
}
