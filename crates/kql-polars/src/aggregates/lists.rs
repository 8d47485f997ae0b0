//! Aggregations that give arrays and bags, by way of a list of the values of each group.

use std::collections::HashSet;

use kql::time::{format_datetime, format_timespan};
use kql::{Error, KqlType};
use polars::prelude::*;
use serde_json::{Map, Value};

use super::{Aggregate, Aggregation, value_where};
use crate::functions::Call;
use crate::json;
use crate::typed::parse_dynamic;

pub(super) const AGGREGATES: &[Aggregate] = &[
    entry(
        "make_list",
        &["makelist"],
        "make_list(expr [, maxSize])",
        "An array of the values.",
        (1, 2),
        "list",
        |call| list(call, call.args[0].expr.clone().drop_nulls(), 1),
    ),
    entry(
        "make_list_if",
        &[],
        "make_list_if(expr, predicate [, maxSize])",
        "An array of the values for which the predicate is true.",
        (2, 3),
        "list",
        |call| list(call, value_where(call, 0, 1)?.drop_nulls(), 2),
    ),
    entry(
        "make_list_with_nulls",
        &[],
        "make_list_with_nulls(expr)",
        "An array of the values, nulls included.",
        (1, 1),
        "list",
        |call| list(call, call.args[0].expr.clone(), 1),
    ),
    entry(
        "make_set",
        &["makeset"],
        "make_set(expr [, maxSize])",
        "An array of the distinct values, in the order in which they first appear; of arrays, their elements.",
        (1, 2),
        "set",
        |call| set(call, call.args[0].expr.clone(), 1),
    ),
    entry(
        "make_set_if",
        &[],
        "make_set_if(expr, predicate [, maxSize])",
        "An array of the distinct values for which the predicate is true.",
        (2, 3),
        "set",
        |call| set(call, value_where(call, 0, 1)?, 2),
    ),
    entry(
        "make_bag",
        &["make_dictionary"],
        "make_bag(expr [, maxSize])",
        "A bag of the keys and values of all bags; of a key that appears more than once, the first.",
        (1, 2),
        "bag",
        |call| bag(call, call.args[0].expr.clone(), 1),
    ),
    entry(
        "make_bag_if",
        &[],
        "make_bag_if(expr, predicate [, maxSize])",
        "A bag of the keys and values of the bags for which the predicate is true.",
        (2, 3),
        "bag",
        |call| bag(call, value_where(call, 0, 1)?, 2),
    ),
];

/// The documented limit of all of them.
const MAX_SIZE: usize = 1_048_576;

const fn entry(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    doc: &'static str,
    args: (usize, usize),
    column: &'static str,
    bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
) -> Aggregate {
    Aggregate { name, aliases, signature, doc, args, column, named_args: 1, bind }
}

/// Computes one value for each list of a column; null lists count as empty.
pub(super) fn per_list(
    list: Expr,
    out: DataType,
    f: impl Fn(&Series) -> PolarsResult<Option<AnyValue<'static>>> + Send + Sync + 'static,
) -> Expr {
    let declared = out.clone();
    list.map(
        move |column| {
            let lists = column.list()?;
            let empty = Series::new_empty(PlSmallStr::EMPTY, lists.inner_dtype());
            let values = (0..lists.len())
                .map(|row| Ok(f(lists.get_as_series(row).as_ref().unwrap_or(&empty))?.unwrap_or(AnyValue::Null)))
                .collect::<PolarsResult<Vec<_>>>()?;
            Ok(Series::from_any_values_and_dtype(column.name().clone(), &values, &out, true)?.into_column())
        },
        move |_, field| Ok(Field::new(field.name().clone(), declared.clone())),
    )
}

/// Calls `f` with the JSON text of each element of a column that holds `ty`; null elements are `None`.
pub(super) fn each_json(items: &Series, ty: KqlType, mut f: impl FnMut(Option<&str>)) -> PolarsResult<()> {
    match ty {
        KqlType::Bool => items.bool()?.iter().for_each(|v| f(v.map(|v| if v { "true" } else { "false" }))),
        KqlType::Int => items.i32()?.iter().for_each(|v| f(v.map(|v| v.to_string()).as_deref())),
        KqlType::Long => items.i64()?.iter().for_each(|v| f(v.map(|v| v.to_string()).as_deref())),
        KqlType::Real => items.f64()?.iter().for_each(|v| f(v.map(json::format_real).as_deref())),
        KqlType::DateTime => {
            items.i64()?.iter().for_each(|v| f(v.map(|v| json::quoted(&format_datetime(v))).as_deref()))
        }
        KqlType::TimeSpan => {
            items.i64()?.iter().for_each(|v| f(v.map(|v| json::quoted(&format_timespan(v))).as_deref()))
        }
        KqlType::String | KqlType::Decimal | KqlType::Guid => {
            items.str()?.iter().for_each(|v| f(v.map(json::quoted).as_deref()))
        }
        KqlType::Dynamic => items.str()?.iter().for_each(f),
    }
    Ok(())
}

/// The limit of the deprecated names where the query gives none.
const OLD_MAX_SIZE: usize = 128;

/// The limit at argument `i`.
pub(super) fn max_size(call: &Call<'_>, i: usize) -> Result<usize, Error> {
    if !call.has(i) {
        let old = matches!(call.name, "makelist" | "makeset" | "make_dictionary");
        return Ok(if old { OLD_MAX_SIZE } else { MAX_SIZE });
    }
    match usize::try_from(call.args[i].constant_i64("maxSize")?) {
        Ok(size) if size > 0 => Ok(size.min(MAX_SIZE)),
        // As in Kusto, -1 is no limit of one's own.
        _ => Ok(MAX_SIZE),
    }
}

/// `[…]` of texts of JSON.
#[derive(Default)]
struct Array(String);

impl Array {
    fn push(&mut self, json: &str) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        self.0.push_str(json);
    }

    fn finish(mut self) -> AnyValue<'static> {
        if self.0.is_empty() {
            self.0.push('[');
        }
        self.0.push(']');
        AnyValue::StringOwned(self.0.into())
    }
}

fn list(call: &Call<'_>, values: Expr, limit: usize) -> Result<Vec<Aggregation>, Error> {
    let limit = max_size(call, limit)?;
    let ty = call.args[0].ty;
    let finish = move |list| {
        per_list(list, DataType::String, move |items| {
            let mut array = Array::default();
            each_json(&items.head(Some(limit)), ty, |json| array.push(json.unwrap_or("null")))?;
            Ok(Some(array.finish()))
        })
    };
    Ok(vec![Aggregation::new(values.implode(true), KqlType::Dynamic).with_finish(finish)])
}

fn set(call: &Call<'_>, values: Expr, limit: usize) -> Result<Vec<Aggregation>, Error> {
    let limit = max_size(call, limit)?;
    Ok(vec![distinct(values, call.args[0].ty, limit)])
}

/// The distinct values, at most `limit`, as an array; of dynamic arrays their elements.
pub(super) fn distinct(values: Expr, ty: KqlType, limit: usize) -> Aggregation {
    let values = values.drop_nulls().unique_stable().implode(true);
    let finish = move |list| {
        per_list(list, DataType::String, move |items| {
            let mut array = Array::default();
            if ty == KqlType::Dynamic {
                let mut seen = HashSet::new();
                for text in items.str()?.iter().flatten() {
                    for json in elements(text) {
                        if seen.len() < limit && seen.insert(json.clone()) {
                            array.push(&json);
                        }
                    }
                }
            } else {
                each_json(&items.head(Some(limit)), ty, |json| array.push(json.unwrap_or("null")))?;
            }
            Ok(Some(array.finish()))
        })
    };
    Aggregation::new(values, KqlType::Dynamic).with_finish(finish)
}

/// The elements that a dynamic value adds to a set: those of an array that are not null, or else the value itself.
fn elements(text: &str) -> Vec<String> {
    if !text.starts_with('[') {
        return vec![text.to_owned()];
    }
    match parse_dynamic(text) {
        Value::Array(items) => items.iter().filter(|v| !v.is_null()).map(Value::to_string).collect(),
        other => vec![other.to_string()],
    }
}

fn bag(call: &Call<'_>, values: Expr, limit: usize) -> Result<Vec<Aggregation>, Error> {
    let limit = max_size(call, limit)?;
    call.check_dynamic(0)?;
    let finish = move |list| {
        per_list(list, DataType::String, move |items| {
            let mut bag = Map::new();
            for text in items.str()?.iter().flatten() {
                // Anything but a bag is skipped.
                if let Value::Object(entries) = parse_dynamic(text) {
                    for (key, value) in entries {
                        if bag.len() < limit || bag.contains_key(&key) {
                            bag.entry(key).or_insert(value);
                        }
                    }
                }
            }
            Ok(Some(AnyValue::StringOwned(Value::Object(bag).to_string().into())))
        })
    };
    Ok(vec![Aggregation::new(values.drop_nulls().implode(true), KqlType::Dynamic).with_finish(finish)])
}
