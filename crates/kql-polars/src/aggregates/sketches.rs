//! Summaries of values that other queries can merge and read.
//!
//! `tdigest` keeps all distinct values with their weights, so that percentiles are exact: a dynamic array of pairs. `hll` keeps all distinct
//! values, so that `dcount_hll()` is exact whatever accuracy is asked for: a dynamic array. Microsoft documents that the form of both may change.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/tdigest-aggregation-function>,
//! <https://learn.microsoft.com/kusto/query/hll-aggregation-function>

use kql::{Error, KqlType};
use polars::prelude::*;
use serde_json::Value;

use super::lists::{distinct, per_list};
use super::percentiles;
use super::{Aggregate, Aggregation, value_where};
use crate::functions::Call;
use crate::typed::{Typed, parse_dynamic};

pub(super) const AGGREGATES: &[Aggregate] = &[
    entry(
        "tdigest",
        &[],
        "tdigest(expr [, weight])",
        "The values and their weights, for percentile_tdigest().",
        (1, 2),
        tdigest,
    ),
    entry(
        "tdigest_merge",
        &["merge_tdigest"],
        "tdigest_merge(tdigest)",
        "The values and weights of several tdigest() results in one.",
        (1, 1),
        tdigest_merge,
    ),
    entry("hll", &[], "hll(expr [, accuracy])", "The distinct values, for dcount_hll().", (1, 2), |c| {
        hll(c, c.args[0].clone())
    }),
    entry(
        "hll_if",
        &[],
        "hll_if(expr, predicate [, accuracy])",
        "The distinct values of the rows for which the predicate is true, for dcount_hll().",
        (2, 3),
        |c| hll(c, Typed { expr: value_where(c, 0, 1)?, ..c.args[0].clone() }),
    ),
    entry("hll_merge", &[], "hll_merge(hll)", "The distinct values of several hll() results in one.", (1, 1), |c| {
        Ok(vec![distinct(c.dynamic(0)?, KqlType::Dynamic, usize::MAX)])
    }),
];

const fn entry(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    doc: &'static str,
    args: (usize, usize),
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    Aggregate { name, aliases, signature, doc, args, column: name, named_args: 1, bind }
}

fn hll(call: &Call<'_>, value: Typed) -> Result<Vec<Aggregation>, Error> {
    if value.type_of.is_some() {
        return Err(call.type_error(0, "a value"));
    }
    // An array counts as one value, not as its elements.
    let ty = if value.ty == KqlType::Dynamic { KqlType::String } else { value.ty };
    Ok(vec![distinct(value.expr, ty, usize::MAX)])
}

fn tdigest(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    Ok(vec![percentiles::weighted_values(call, call.has(1))?])
}

fn tdigest_merge(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    let digests = call.dynamic(0)?.drop_nulls().implode(true);
    Ok(vec![Aggregation::new(digests, KqlType::Dynamic).with_finish(|list| {
        per_list(list, DataType::String, |items| {
            let mut pairs = Vec::new();
            for text in items.str()?.iter().flatten() {
                if let Value::Array(digest) = parse_dynamic(text) {
                    pairs.extend(digest);
                }
            }
            Ok((!pairs.is_empty()).then(|| AnyValue::StringOwned(Value::Array(pairs).to_string().into())))
        })
    })])
}
