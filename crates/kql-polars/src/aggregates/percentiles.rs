//! Percentiles by nearest rank: the least value such that P percent of the values are less or equal. Exact, where Kusto estimates.
//!
//! Source: <https://learn.microsoft.com/kusto/query/percentiles-aggregation-function#nearest-rank-percentile>

use kql::{Error, KqlType, Value};
use polars::prelude::*;

use super::lists::per_list;
use super::{Aggregate, Aggregation};
use crate::convert::convert;
use crate::functions::Call;
use crate::json;

pub(super) const AGGREGATES: &[Aggregate] = &[
    entry("percentile", "percentile(expr, percentile)", "The value at a percentile.", (2, 2), 1, |call| {
        columns(call, false)
    }),
    entry(
        "percentiles",
        "percentiles(expr, percentile [, …])",
        "The values at several percentiles, a column for each.",
        (2, usize::MAX),
        1,
        |call| columns(call, false),
    ),
    // Its page calls the column `percentiles_x`, that of percentilesw_array() `percentile_x`.
    Aggregate {
        column: "percentiles",
        ..entry(
            "percentiles_array",
            "percentiles_array(expr, percentiles)",
            "An array of the values at several percentiles.",
            (2, usize::MAX),
            1,
            |call| array(call, false),
        )
    },
    entry(
        "percentilew",
        "percentilew(expr, weightExpr, percentile)",
        "The value at a percentile, each value counted as often as its weight says.",
        (3, 3),
        1,
        |call| columns(call, true),
    ),
    entry(
        "percentilesw",
        "percentilesw(expr, weightExpr, percentile [, …])",
        "The values at several percentiles, each value counted as often as its weight says, a column for each.",
        (3, usize::MAX),
        1,
        |call| columns(call, true),
    ),
    entry(
        "percentilesw_array",
        "percentilesw_array(expr, weightExpr, percentiles)",
        "An array of the values at several percentiles, each value counted as often as its weight says.",
        (3, usize::MAX),
        1,
        |call| array(call, true),
    ),
];

const fn entry(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    args: (usize, usize),
    named_args: usize,
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    Aggregate { name, aliases: &[], signature, doc, args, column: "percentile", named_args, bind }
}

/// The constant percentiles from argument `from` on: numbers, or arrays of numbers. Each with its text, which is part of a column's name.
fn percentiles(call: &Call<'_>, from: usize) -> Result<Vec<(f64, String)>, Error> {
    let mut out = Vec::new();
    for i in from..call.args.len() {
        let wrong = || call.argument_error(i, "a percentile has to be a constant number from 0 to 100");
        let mut push = |value: &serde_json::Value| {
            let p = value.as_f64().filter(|p| (0.0..=100.0).contains(p)).ok_or_else(wrong)?;
            out.push((p, value.to_string()));
            Ok::<(), Error>(())
        };
        match &call.args[i].constant {
            Some(Value::Int(n)) => push(&(*n).into())?,
            Some(Value::Long(n)) => push(&(*n).into())?,
            Some(Value::Real(n)) => push(&(*n).into())?,
            Some(Value::Dynamic(serde_json::Value::Array(items))) => items.iter().try_for_each(push)?,
            _ => return Err(wrong()),
        }
    }
    Ok(out)
}

/// The type in which values are held, compared and given.
fn held(call: &Call<'_>) -> Result<(Expr, KqlType), Error> {
    let arg = &call.args[0];
    match arg.ty {
        KqlType::Int | KqlType::Long | KqlType::Real | KqlType::DateTime | KqlType::TimeSpan => {
            Ok((arg.expr.clone(), arg.ty))
        }
        KqlType::Decimal => Ok((convert(arg, KqlType::Real).expr, KqlType::Real)),
        _ => Err(call.type_error(0, "a number, a datetime or a timespan")),
    }
}

/// The rank of a percentile among `total` values (or their total weight), from 1. The percentile is lowered by less than the distance to
/// the next possible one, because a product that rounding made greater than a whole number would be one rank too high.
pub fn rank(percentile: f64, total: f64) -> f64 {
    (percentile / 100.0 * (1.0 - 1e-13) * total).ceil().max(1.0)
}

/// The values of a group, sorted, with the sums of the weights up to each.
enum Ranked {
    Ticks(Vec<(i64, f64)>),
    Reals(Vec<(f64, f64)>),
}

impl Ranked {
    fn new(values: &Series, weights: Option<&Series>) -> PolarsResult<Self> {
        let weights = weights.map(Series::i64).transpose()?;
        let weight = |i: usize| match weights {
            #[allow(clippy::cast_precision_loss, reason = "weights are counts")]
            Some(weights) => weights.get(i).map_or(0.0, |w| w as f64),
            None => 1.0,
        };
        Ok(if values.dtype() == &DataType::Float64 {
            let mut pairs: Vec<(f64, f64)> = values
                .f64()?
                .iter()
                .enumerate()
                .filter_map(|(i, v)| Some((v?, weight(i))))
                .filter(|(_, w)| *w > 0.0)
                .collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            Self::Reals(cumulated(pairs))
        } else {
            let mut pairs: Vec<(i64, f64)> = values
                .i64()?
                .iter()
                .enumerate()
                .filter_map(|(i, v)| Some((v?, weight(i))))
                .filter(|(_, w)| *w > 0.0)
                .collect();
            pairs.sort_unstable_by_key(|pair| pair.0);
            Self::Ticks(cumulated(pairs))
        })
    }

    fn at(&self, percentile: f64) -> Option<AnyValue<'static>> {
        fn find<T: Copy>(pairs: &[(T, f64)], percentile: f64) -> Option<T> {
            let rank = rank(percentile, pairs.last()?.1);
            let at = pairs.partition_point(|(_, sum)| *sum < rank).min(pairs.len() - 1);
            Some(pairs[at].0)
        }
        match self {
            Self::Ticks(pairs) => find(pairs, percentile).map(AnyValue::Int64),
            Self::Reals(pairs) => find(pairs, percentile).map(AnyValue::Float64),
        }
    }
}

fn cumulated<T>(mut pairs: Vec<(T, f64)>) -> Vec<(T, f64)> {
    let mut sum = 0.0;
    for (_, weight) in &mut pairs {
        sum += *weight;
        *weight = sum;
    }
    pairs
}

/// Weights are whole numbers.
fn weight(call: &Call<'_>) -> Result<Expr, Error> {
    match call.args[1].ty {
        KqlType::Int | KqlType::Long => call.long(1),
        KqlType::Real => Ok(convert(&call.args[1], KqlType::Long).expr),
        _ => Err(call.type_error(1, "a whole number (int or long)")),
    }
}

/// The list of values, or of pairs of a value and a weight.
fn listed(call: &Call<'_>, value: Expr, ty: KqlType, weighted: bool) -> Result<Expr, Error> {
    let value = if ty == KqlType::Int { value.cast(DataType::Int64) } else { value };
    Ok(if weighted {
        as_struct(vec![value.alias("value"), weight(call)?.alias("weight")]).implode(true)
    } else {
        value.drop_nulls().implode(true)
    })
}

fn ranked(items: &Series, weighted: bool) -> PolarsResult<Ranked> {
    if !weighted {
        return Ranked::new(items, None);
    }
    let pairs = items.struct_()?;
    Ranked::new(&pairs.field_by_name("value")?, Some(&pairs.field_by_name("weight")?))
}

fn columns(call: &Call<'_>, weighted: bool) -> Result<Vec<Aggregation>, Error> {
    let (value, ty) = held(call)?;
    let mut out = Vec::new();
    for (p, text) in percentiles(call, if weighted { 2 } else { 1 })? {
        let aggregation = if !weighted && matches!(ty, KqlType::Int | KqlType::Real) {
            // Polars takes the rank in the same way; its result is a floating-point number, which holds any int.
            let quantile = value.clone().quantile(lit(p / 100.0 * (1.0 - 1e-13)), QuantileMethod::Equiprobable);
            Aggregation::new(if ty == KqlType::Int { quantile.cast(DataType::Int32) } else { quantile }, ty)
        } else {
            let out = if ty == KqlType::Real { DataType::Float64 } else { DataType::Int64 };
            Aggregation::new(listed(call, value.clone(), ty, weighted)?, ty).with_finish(move |list| {
                let found = per_list(list, out.clone(), move |items| Ok(ranked(items, weighted)?.at(p)));
                if ty == KqlType::Int { found.cast(DataType::Int32) } else { found }
            })
        };
        out.push(aggregation.with_suffix(format!("_{}", text.replace('.', "_"))));
    }
    Ok(out)
}

fn array(call: &Call<'_>, weighted: bool) -> Result<Vec<Aggregation>, Error> {
    let (value, ty) = held(call)?;
    let wanted: Vec<f64> = percentiles(call, if weighted { 2 } else { 1 })?.into_iter().map(|(p, _)| p).collect();
    let aggregation = Aggregation::new(listed(call, value, ty, weighted)?, KqlType::Dynamic).with_finish(move |list| {
        let wanted = wanted.clone();
        per_list(list, DataType::String, move |items| {
            let ranked = ranked(items, weighted)?;
            let texts: Option<Vec<String>> = wanted.iter().map(|p| ranked.at(*p).map(|v| json_of(&v, ty))).collect();
            Ok(texts.map(|texts| AnyValue::StringOwned(format!("[{}]", texts.join(",")).into())))
        })
    });
    Ok(vec![aggregation])
}

fn json_of(value: &AnyValue<'_>, ty: KqlType) -> String {
    match (value, ty) {
        (AnyValue::Int64(ticks), KqlType::DateTime) => json::quoted(&kql::time::format_datetime(*ticks)),
        (AnyValue::Int64(ticks), KqlType::TimeSpan) => json::quoted(&kql::time::format_timespan(*ticks)),
        (AnyValue::Int64(n), _) => n.to_string(),
        (AnyValue::Float64(v), _) => json::format_real(*v),
        _ => "null".to_owned(),
    }
}

/// The pairs of a value and its weight, sorted by value, as a dynamic array; null if there are none.
pub(super) fn weighted_values(call: &Call<'_>, weighted: bool) -> Result<Aggregation, Error> {
    let (value, ty) = held(call)?;
    let aggregation = Aggregation::new(listed(call, value, ty, weighted)?, KqlType::Dynamic);
    Ok(aggregation.with_finish(move |list| {
        per_list(list, DataType::String, move |items| {
            let pairs: Vec<(AnyValue<'static>, f64)> = match ranked(items, weighted)? {
                Ranked::Ticks(pairs) => pairs.into_iter().map(|(v, sum)| (AnyValue::Int64(v), sum)).collect(),
                Ranked::Reals(pairs) => pairs.into_iter().map(|(v, sum)| (AnyValue::Float64(v), sum)).collect(),
            };
            let mut texts = Vec::new();
            let mut before = 0.0;
            for (i, (value, sum)) in pairs.iter().enumerate() {
                // Equal values make one pair.
                if pairs.get(i + 1).is_some_and(|(next, _)| next == value) {
                    continue;
                }
                texts.push(format!("[{},{}]", json_of(value, ty), sum - before));
                before = *sum;
            }
            Ok((!texts.is_empty()).then(|| AnyValue::StringOwned(format!("[{}]", texts.join(",")).into())))
        })
    }))
}
