//! `hll` and `tdigest`, which the engine does not have: their results are Kusto's own binary summaries.

use kql::Error;

use super::{Aggregate, Aggregation};
use crate::functions::Call;

pub(super) const AGGREGATES: &[Aggregate] = &[
    entry("hll", &[], "hll(expr [, accuracy])", hll),
    entry("hll_if", &[], "hll_if(expr, predicate [, accuracy])", hll),
    entry("hll_merge", &[], "hll_merge(hll)", hll),
    entry("tdigest", &[], "tdigest(expr [, weight])", tdigest),
    entry(
        "tdigest_merge",
        &["merge_tdigest"],
        "tdigest_merge(tdigest)",
        tdigest,
    ),
];

const fn entry(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    let doc = "Not available: use dcount() or percentile() on the rows.";
    Aggregate {
        name,
        aliases,
        signature,
        doc,
        args: (1, 3),
        column: name,
        named_args: 1,
        bind,
    }
}

fn hll(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    Err(call.unsupported("Use dcount() on the rows, which is exact here"))
}

fn tdigest(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    Err(call.unsupported("Use percentile() or percentiles() on the rows, which are exact here"))
}
