//! Reading what [`crate::aggregates`] gives for `tdigest()`: an array of pairs of a value and its weight.

use std::cmp::Ordering;

use kql::{Error, KqlType};
use serde_json::Value;

use super::{Call, Function};
use crate::convert::convert;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[Function {
    name: "percentile_tdigest",
    aliases: &[],
    signature: "percentile_tdigest(expr, percentile [, typeLiteral])",
    doc: "The value at a percentile of a tdigest(), as dynamic or of a type.",
    args: (2, 3),
    pure: true,
    bind: percentile_tdigest,
}];

fn percentile_tdigest(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_dynamic(0)?;
    call.check_real(1)?;
    let args = [call.args[0].clone(), call.real_arg(1)];
    let expr = map_rows(&args, KqlType::Dynamic, |row| {
        let percentile = row.real(1).filter(|p| (0.0..=100.0).contains(p))?;
        at(&row.array(0)?, percentile)
    });
    let value = Typed::new(expr, KqlType::Dynamic, call.span);
    if call.has(2) { Ok(convert(&value, call.type_argument(2)?)) } else { Ok(value) }
}

/// The value at a percentile, by nearest rank; `None` for what is no digest.
fn at(digest: &[Value], percentile: f64) -> Option<Value> {
    let mut pairs: Vec<(&Value, f64)> =
        digest.iter().map(|pair| Some((pair.get(0)?, pair.get(1)?.as_f64()?))).collect::<Option<_>>()?;
    // Datetimes and timespans of one sign are texts of which the order is that of the times.
    pairs.sort_by(|a, b| match (a.0.as_f64(), b.0.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.0.as_str().map_or(Ordering::Less, |a| b.0.as_str().map_or(Ordering::Greater, |b| a.cmp(b))),
    });
    let total: f64 = pairs.iter().map(|pair| pair.1).sum();
    let rank = crate::aggregates::rank(percentile, total);
    let mut sum = 0.0;
    let found = pairs.iter().find(|(_, weight)| {
        sum += weight;
        sum >= rank
    });
    found.or(pairs.last()).map(|pair| pair.0.clone())
}
