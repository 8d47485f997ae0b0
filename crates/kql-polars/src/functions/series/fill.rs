//! Missing elements of a series, filled.
//!
//! Missing are nulls, or elements equal to the placeholder where one is given.
//! Source: <https://learn.microsoft.com/kusto/query/series-fill-linear-function>

use kql::Error;
use serde_json::Value;

use super::super::arrays::{entry, same, values};
use super::super::{Call, Function};
use super::real;
use crate::json::number_of_real;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "series_fill_forward",
        &[],
        "series_fill_forward(series [, missing_value_placeholder])",
        "The series with missing elements replaced by the ones before.",
        (1, 2),
        |c| {
            filled(c, 1, |items, missing, _| {
                for at in 1..items.len() {
                    if missing(&items[at]) {
                        items[at] = items[at - 1].clone();
                    }
                }
            })
        },
    ),
    entry(
        "series_fill_backward",
        &[],
        "series_fill_backward(series [, missing_value_placeholder])",
        "The series with missing elements replaced by the ones after.",
        (1, 2),
        |c| {
            filled(c, 1, |items, missing, _| {
                for at in (1..items.len()).rev() {
                    if missing(&items[at - 1]) {
                        items[at - 1] = items[at].clone();
                    }
                }
            })
        },
    ),
    entry(
        "series_fill_const",
        &[],
        "series_fill_const(series, constant_value [, missing_value_placeholder])",
        "The series with missing elements replaced by a constant.",
        (1, 3),
        |c| {
            filled(c, 2, |items, missing, options| {
                let constant = options.first().filter(|v| !v.is_null()).cloned().unwrap_or_else(|| 0.into());
                for item in items.iter_mut().filter(|item| missing(item)) {
                    *item = constant.clone();
                }
            })
        },
    ),
    entry(
        "series_fill_linear",
        &[],
        "series_fill_linear(series [, missing_value_placeholder [, fill_edges [, constant_value]]])",
        "The series with missing elements replaced by ones on the line between their neighbors.",
        (1, 4),
        |c| filled(c, 1, linear),
    ),
];

/// Changes the elements: gets them, which ones are missing, and the other arguments.
type Fill = fn(&mut [Value], &dyn Fn(&Value) -> bool, &[Value]);

/// The placeholder is argument `placeholder`; the others are handed to `fill` in order.
fn filled(call: &Call<'_>, placeholder: usize, fill: Fill) -> Result<Typed, Error> {
    let mut args = vec![call.array(0)?];
    args.extend(call.args.iter().skip(1).cloned());
    values(call, args, move |row| {
        let mut items = row.array(0)?.into_owned();
        let marker = row.json(placeholder).into_owned();
        let missing = move |item: &Value| item.is_null() || (!marker.is_null() && same(item, &marker));
        let options: Vec<Value> =
            (1..row.len()).filter(|i| *i != placeholder).map(|i| row.json(i).into_owned()).collect();
        fill(&mut items, &missing, &options);
        Some(items.into())
    })
}

fn linear(items: &mut [Value], missing: &dyn Fn(&Value) -> bool, options: &[Value]) {
    let edges = options.first() != Some(&Value::Bool(false));
    let known: Vec<usize> = (0..items.len()).filter(|at| !missing(&items[*at])).collect();
    let (Some(first), Some(last)) = (known.first().copied(), known.last().copied()) else {
        let constant = options.get(1).cloned().unwrap_or_else(|| number_of_real(0.0));
        items.fill(constant);
        return;
    };
    // A series of longs stays one: what lies between is cut to whole numbers.
    let whole = known.iter().all(|at| items[*at].is_i64());
    for pair in known.windows(2) {
        let (left, right) = (pair[0], pair[1]);
        let (Some(from), Some(to)) = (real(&items[left]), real(&items[right])) else {
            continue;
        };
        #[allow(clippy::needless_range_loop, reason = "the position counts, not only the item")]
        for at in left + 1..right {
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "positions in a series")]
            let value = from + (to - from) * (at - left) as f64 / (right - left) as f64;
            #[allow(clippy::cast_possible_truncation, reason = "between two longs")]
            let element = if whole { Value::from(value as i64) } else { number_of_real(value) };
            items[at] = element;
        }
    }
    if edges {
        let (head, tail) = (items[first].clone(), items[last].clone());
        items[..first].fill(head);
        items[last + 1..].fill(tail);
    }
}
