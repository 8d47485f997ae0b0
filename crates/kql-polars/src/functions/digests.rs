//! Reading what [`crate::aggregates`] gives for `tdigest()`: an array of pairs of a value and its weight; and for `hll()`: an array of values.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/percentile-tdigest-function>,
//! <https://learn.microsoft.com/kusto/query/percentile-array-tdigest-function>,
//! <https://learn.microsoft.com/kusto/query/rank-tdigest-function>,
//! <https://learn.microsoft.com/kusto/query/percentrank-tdigest-function>, <https://learn.microsoft.com/kusto/query/dcount-hll-function>

use std::cmp::Ordering;
use std::collections::HashSet;

use kql::{Error, KqlType};
use serde_json::Value;

use super::arrays::{arrays, entry, values};
use super::{Call, Function};
use crate::convert::convert;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "percentile_tdigest",
        &[],
        "percentile_tdigest(expr, percentile [, typeLiteral])",
        "The value at a percentile of a tdigest(), as dynamic or of a type.",
        (2, 3),
        percentile_tdigest,
    ),
    entry(
        "percentiles_array_tdigest",
        &["percentile_array_tdigest"],
        "percentiles_array_tdigest(tdigest, percentile1 [, percentile2, …])",
        "The values at percentiles of a tdigest(), as an array. The percentiles may be one array.",
        (2, usize::MAX),
        percentiles_array_tdigest,
    ),
    entry(
        "rank_tdigest",
        &[],
        "rank_tdigest(digest, value)",
        "How many values of a tdigest() are not greater than a value.",
        (2, 2),
        |c| {
            let rank = map_rows(&rank_arguments(c)?, KqlType::Real, |row| {
                let (below, _) = weights(&row.array(0)?, &row.json(1))?;
                Some(below)
            });
            c.result(rank, KqlType::Real)
        },
    ),
    entry(
        "percentrank_tdigest",
        &[],
        "percentrank_tdigest(digest, value)",
        "How many values of a tdigest() are not greater than a value, in percent.",
        (2, 2),
        |c| {
            let rank = map_rows(&rank_arguments(c)?, KqlType::Real, |row| {
                let (below, all) = weights(&row.array(0)?, &row.json(1))?;
                Some(100.0 * below / all)
            });
            c.result(rank, KqlType::Real)
        },
    ),
    entry(
        "tdigest_merge",
        &["merge_tdigest"],
        "tdigest_merge(tdigest1, tdigest2 [, …])",
        "Several tdigest() results of one row in one.",
        (2, usize::MAX),
        |c| {
            values(c, arrays(c)?, |row| {
                let merged: Vec<Value> = (0..row.len()).filter_map(|i| row.array(i)).flat_map(|d| d.to_vec()).collect();
                (!merged.is_empty()).then_some(Value::Array(merged))
            })
        },
    ),
    entry(
        "hll_merge",
        &[],
        "hll_merge(hll1, hll2 [, …])",
        "Several hll() results of one row in one.",
        (2, usize::MAX),
        |c| {
            values(c, arrays(c)?, |row| {
                let mut seen = HashSet::new();
                let all = (0..row.len()).filter_map(|i| row.array(i)).flat_map(|h| h.to_vec());
                Some(all.filter(|value| seen.insert(value.to_string())).collect())
            })
        },
    ),
    entry("dcount_hll", &[], "dcount_hll(hll)", "The number of distinct values of an hll(), exactly.", (1, 1), |c| {
        let count = map_rows(&arrays(c)?, KqlType::Long, |row| i64::try_from(row.array(0)?.len()).ok());
        c.result(count, KqlType::Long)
    }),
];

fn percentile_tdigest(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_dynamic(0)?;
    call.check_real(1)?;
    let args = [call.args[0].clone(), call.real_arg(1)];
    let expr = map_rows(&args, KqlType::Dynamic, |row| at(&row.array(0)?, row.real(1)?));
    let value = Typed::new(expr, KqlType::Dynamic, call.span);
    if call.has(2) { Ok(convert(&value, call.type_argument(2)?)) } else { Ok(value) }
}

fn percentiles_array_tdigest(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_dynamic(0)?;
    if call.args[1].ty == KqlType::Dynamic {
        if call.args.len() > 3 {
            return Err(call.argument_error(3, "after an array of percentiles only typeof(a type) may follow"));
        }
        if call.has(2) {
            call.type_argument(2)?;
        }
        return values(call, vec![call.args[0].clone(), call.args[1].clone()], |row| {
            let digest = row.array(0)?;
            row.array(1)?.iter().map(|p| at(&digest, p.as_f64()?)).collect::<Option<Vec<_>>>().map(Value::Array)
        });
    }
    let mut args = vec![call.args[0].clone()];
    for i in 1..call.args.len() {
        call.check_real(i)?;
        args.push(call.real_arg(i));
    }
    values(call, args, |row| {
        let digest = row.array(0)?;
        (1..row.len()).map(|i| at(&digest, row.real(i)?)).collect::<Option<Vec<_>>>().map(Value::Array)
    })
}

/// A digest and a value of the kind that is in it.
fn rank_arguments(call: &Call<'_>) -> Result<[Typed; 2], Error> {
    call.check_dynamic(0)?;
    match call.args[1].ty {
        KqlType::Bool | KqlType::String | KqlType::Guid => {
            Err(call.type_error(1, "a number, a datetime or a timespan"))
        }
        _ => Ok([call.args[0].clone(), call.args[1].clone()]),
    }
}

/// How many values of a digest are not greater than `value`, and how many there are; `None` for what is no digest, or another kind of value.
fn weights(digest: &[Value], value: &Value) -> Option<(f64, f64)> {
    let (mut below, mut all) = (0.0, 0.0);
    for (other, weight) in pairs(digest)? {
        if value.is_number() != other.is_number() || value.is_string() != other.is_string() {
            return None;
        }
        all += weight;
        if order(other, value) != Ordering::Greater {
            below += weight;
        }
    }
    Some((below, all))
}

/// The values and weights of a digest; `None` for what is no digest.
fn pairs(digest: &[Value]) -> Option<Vec<(&Value, f64)>> {
    digest.iter().map(|pair| Some((pair.get(0)?, pair.get(1)?.as_f64()?))).collect()
}

/// Datetimes and timespans of one sign are texts of which the order is that of the times.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().map_or(Ordering::Less, |a| b.as_str().map_or(Ordering::Greater, |b| a.cmp(b))),
    }
}

/// The value at a percentile, by nearest rank; `None` for what is no digest, or no percentile.
fn at(digest: &[Value], percentile: f64) -> Option<Value> {
    if !(0.0..=100.0).contains(&percentile) {
        return None;
    }
    let mut pairs = pairs(digest)?;
    pairs.sort_by(|a, b| order(a.0, b.0));
    let total: f64 = pairs.iter().map(|pair| pair.1).sum();
    let rank = crate::aggregates::rank(percentile, total);
    let mut sum = 0.0;
    let found = pairs.iter().find(|(_, weight)| {
        sum += weight;
        sum >= rank
    });
    found.or(pairs.last()).map(|pair| pair.0.clone())
}
