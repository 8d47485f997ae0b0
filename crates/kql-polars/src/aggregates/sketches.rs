//! Summaries of values that other queries can merge and read.
//!
//! `tdigest` keeps all distinct values with their weights, so that percentiles are exact: a dynamic array of pairs. `hll` the engine does not have.
//!
//! Source: <https://learn.microsoft.com/kusto/query/tdigest-aggregation-function>

use kql::{Error, KqlType};
use polars::prelude::*;
use serde_json::Value;

use super::lists::per_list;
use super::percentiles;
use super::{Aggregate, Aggregation};
use crate::functions::Call;
use crate::typed::parse_dynamic;

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
    entry("hll", &[], "hll(expr [, accuracy])", REFUSED, (1, 2), hll),
    entry("hll_if", &[], "hll_if(expr, predicate [, accuracy])", REFUSED, (2, 3), hll),
    entry("hll_merge", &[], "hll_merge(hll)", REFUSED, (1, 1), hll),
];

const REFUSED: &str = "Not available: use dcount() on the rows.";

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

fn hll(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    Err(call.unsupported("Use dcount() on the rows, which is exact here"))
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
