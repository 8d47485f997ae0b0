//! `array_sort_asc()` and `array_sort_desc()`: the one array sorted, others put into the same order.
//!
//! Source: <https://learn.microsoft.com/kusto/query/array-sort-asc-function>

use std::cmp::Ordering;

use kql::{Error, KqlType, Value as Constant};
use serde_json::Value;

use super::arrays::{entry, values};
use super::{Call, Function, MultiBind};
use crate::rows::Row;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "array_sort_asc",
        &[],
        "array_sort_asc(array1 [, …, arrayN] [, nulls_last])",
        "The first array sorted from small to large, and the others in the same order.",
        (1, 65),
        |c| nested(c, false),
    ),
    entry(
        "array_sort_desc",
        &[],
        "array_sort_desc(array1 [, …, arrayN] [, nulls_last])",
        "The first array sorted from large to small, and the others in the same order.",
        (1, 65),
        |c| nested(c, true),
    ),
];

/// As columns: one for each array.
pub const COLUMNS: &[(&str, MultiBind)] =
    &[("array_sort_asc", |c| columns(c, false)), ("array_sort_desc", |c| columns(c, true))];

/// The arrays, and whether nulls come last.
fn arguments(call: &Call<'_>) -> Result<(Vec<Typed>, bool), Error> {
    let mut count = call.args.len();
    let mut nulls_last = true;
    if count > 1 && call.args[count - 1].ty == KqlType::Bool {
        count -= 1;
        nulls_last = match call.args[count].constant {
            Some(Constant::Bool(last)) => last,
            _ => return Err(call.argument_error(count, "nulls_last has to be true or false")),
        };
    }
    Ok(((0..count).map(|i| call.array(i)).collect::<Result<_, _>>()?, nulls_last))
}

fn nested(call: &Call<'_>, descending: bool) -> Result<Typed, Error> {
    let (args, nulls_last) = arguments(call)?;
    if args.len() == 1 {
        return values(call, args, move |row| sorted(row, 0, descending, nulls_last));
    }
    let count = args.len();
    values(call, args, move |row| {
        Some((0..count).map(|i| sorted(row, i, descending, nulls_last).unwrap_or_default()).collect())
    })
}

fn columns(call: &Call<'_>, descending: bool) -> Result<Vec<(String, Typed)>, Error> {
    let (args, nulls_last) = arguments(call)?;
    if args.len() == 1 && !matches!(call.names.first(), Some(Some(_))) {
        return Ok(Vec::new());
    }
    let name = |i: usize| match call.names.get(i) {
        Some(Some(name)) => format!("{name}_sorted"),
        _ => format!("array{i}_sorted"),
    };
    (0..args.len())
        .map(|i| {
            let inputs = if i == 0 { vec![args[0].clone()] } else { vec![args[0].clone(), args[i].clone()] };
            let column = values(call, inputs, move |row| sorted(row, row.len() - 1, descending, nulls_last))?;
            Ok((name(i), column))
        })
        .collect()
}

/// Argument `i`, in the order of argument 0.
fn sorted(row: &Row<'_>, i: usize, descending: bool, nulls_last: bool) -> Option<Value> {
    let keys = row.array(0)?;
    let items = row.array(i)?;
    if keys.len() != items.len() {
        return None;
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|a, b| match (&keys[*a], &keys[*b]) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) if nulls_last => Ordering::Greater,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) if nulls_last => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (a, b) if descending => compare(b, a),
        (a, b) => compare(a, b),
    });
    Some(order.into_iter().filter_map(|at| items.get(at).cloned()).collect())
}

/// Numbers, then strings, then the rest.
fn compare(a: &Value, b: &Value) -> Ordering {
    let kind = |v: &Value| match v {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        _ => 2,
    };
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x.cmp(&y),
            _ => a.as_f64().unwrap_or(f64::NAN).total_cmp(&b.as_f64().unwrap_or(f64::NAN)),
        },
        (Value::String(x), Value::String(y)) => x.cmp(y),
        (Value::Bool(x), Value::Bool(y)) => x.cmp(y),
        _ => kind(a).cmp(&kind(b)),
    }
}
