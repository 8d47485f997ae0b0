//! Dynamic arrays as sets.
//!
//! Elements keep the order in which they come first. Source: <https://learn.microsoft.com/kusto/query/scalar-functions#dynamicarray-functions>

use std::collections::HashSet;

use kql::KqlType;
use serde_json::Value;

use super::Function;
use super::arrays::{arrays, entry, same, values};
use crate::rows::{Row, map_rows};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "set_union",
        &[],
        "set_union(set1, set2 [, …])",
        "The distinct elements of all arrays; what is no array adds nothing.",
        (2, usize::MAX),
        |c| {
            values(c, arrays(c)?, |row| {
                let sets: Vec<_> = (0..row.len()).filter_map(|i| row.array(i)).collect();
                (!sets.is_empty()).then(|| distinct(sets.iter().flat_map(|set| set.iter())))
            })
        },
    ),
    entry(
        "set_intersect",
        &[],
        "set_intersect(set1, set2 [, …])",
        "The distinct elements that are in all arrays.",
        (2, usize::MAX),
        |c| values(c, arrays(c)?, |row| combine(row, true)),
    ),
    entry(
        "set_difference",
        &[],
        "set_difference(set1, set2 [, …])",
        "The distinct elements of the first array that are in none of the others.",
        (2, usize::MAX),
        |c| values(c, arrays(c)?, |row| combine(row, false)),
    ),
    entry(
        "set_has_element",
        &[],
        "set_has_element(set, value)",
        "Whether the value is an element of the array.",
        (2, 2),
        |c| {
            let args = [c.array(0)?, c.args[1].clone()];
            let expr = map_rows(&args, KqlType::Bool, |row| {
                let items = row.array(0)?;
                let value = row.json(1);
                Some(items.iter().any(|item| same(item, &value)))
            });
            c.result(expr, KqlType::Bool)
        },
    ),
    entry(
        "set_equals",
        &[],
        "set_equals(set1, set2)",
        "Whether both arrays have the same elements, whatever their order and number.",
        (2, 2),
        |c| {
            c.result(
                map_rows(&arrays(c)?, KqlType::Bool, |row| Some(keys(&row.array(0)?) == keys(&row.array(1)?))),
                KqlType::Bool,
            )
        },
    ),
    entry(
        "jaccard_index",
        &[],
        "jaccard_index(set1, set2)",
        "The number of elements that both arrays have, by the number of all elements.",
        (2, 2),
        |c| {
            let expr = map_rows(&arrays(c)?, KqlType::Real, |row| {
                let (a, b) = (keys(&row.array(0)?), keys(&row.array(1)?));
                #[allow(clippy::cast_precision_loss, reason = "numbers of elements")]
                Some(a.intersection(&b).count() as f64 / a.union(&b).count() as f64)
            });
            c.result(expr, KqlType::Real)
        },
    ),
];

/// What two elements that are the same have in common: their text, whole reals written as longs.
fn key(value: &Value) -> String {
    match value {
        Value::Number(n) if n.as_i64().is_none() => match value.as_f64() {
            #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
            Some(x) if x.fract() == 0.0 && x.abs() < 9e15 => (x as i64).to_string(),
            _ => value.to_string(),
        },
        _ => value.to_string(),
    }
}

fn keys(items: &[Value]) -> HashSet<String> {
    items.iter().map(key).collect()
}

fn distinct<'a>(items: impl Iterator<Item = &'a Value>) -> Value {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(key(item))).cloned().collect()
}

/// The elements of the first array that are in all others, or in none of them.
fn combine(row: &Row<'_>, all: bool) -> Option<Value> {
    let first = row.array(0)?;
    let others: Option<Vec<HashSet<String>>> = (1..row.len()).map(|i| row.array(i).map(|set| keys(&set))).collect();
    let others = others?;
    let kept = first.iter().filter(|item| {
        let key = key(item);
        if all { others.iter().all(|set| set.contains(&key)) } else { !others.iter().any(|set| set.contains(&key)) }
    });
    Some(distinct(kept))
}
