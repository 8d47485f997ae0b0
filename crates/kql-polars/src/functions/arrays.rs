//! Functions of dynamic arrays.
//!
//! An argument that is no array gives null. Source: <https://learn.microsoft.com/kusto/query/scalar-functions#dynamicarray-functions>

use kql::{Error, KqlType, Value as Constant, time};
use serde_json::Value;

use super::{Call, Function};
use crate::json::number_of_real;
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry("array_length", &["arraylength"], "array_length(array)", "The number of elements.", (1, 1), |c| {
        c.result(map_rows(&[c.array(0)?], KqlType::Long, |row| length(&row.array(0)?)), KqlType::Long)
    }),
    entry(
        "array_concat",
        &[],
        "array_concat(array1 [, array2, …])",
        "One array of the elements of all; what is no array adds nothing.",
        (1, usize::MAX),
        |c| {
            values(c, arrays(c)?, |row| {
                let parts: Vec<_> = (0..row.len()).filter_map(|i| row.array(i)).collect();
                (!parts.is_empty()).then(|| Value::Array(parts.concat()))
            })
        },
    ),
    entry("array_reverse", &[], "array_reverse(array)", "The elements from the last to the first.", (1, 1), |c| {
        values(c, arrays(c)?, |row| Some(row.array(0)?.iter().rev().cloned().collect()))
    }),
    entry(
        "array_slice",
        &[],
        "array_slice(array, start, end)",
        "The elements from start to end, both included; negative positions count from the end.",
        (3, 3),
        |c| {
            values(c, vec![c.array(0)?, c.whole_arg(1)?, c.whole_arg(2)?], |row| {
                slice(&row.array(0)?, row.long(1)?, row.long(2)?)
            })
        },
    ),
    entry(
        "array_split",
        &[],
        "array_split(array, index)",
        "The array split before a position, or before each of an array of positions; negative ones count from the end.",
        (2, 2),
        split,
    ),
    entry(
        "array_index_of",
        &[],
        "array_index_of(array, value [, start [, length [, occurrence]]])",
        "The position of a value, or -1.",
        (2, 5),
        index_of,
    ),
    entry("array_sum", &[], "array_sum(array)", "The sum of the elements; null if one is not a number.", (1, 1), |c| {
        c.result(
            map_rows(&arrays(c)?, KqlType::Real, |row| {
                // The empty sum of reals is -0.
                row.array(0)?.iter().map(Value::as_f64).sum::<Option<f64>>().map(|sum| sum + 0.0)
            }),
            KqlType::Real,
        )
    }),
    entry(
        "array_iff",
        &["array_iif"],
        "array_iff(condition_array, when_true, when_false)",
        "For each condition an element of one array or the other, or one of two values.",
        (3, 3),
        array_iff,
    ),
    entry(
        "array_rotate_left",
        &[],
        "array_rotate_left(array, rotate_count)",
        "The elements moved to the left, those that fall out put at the end.",
        (2, 2),
        |c| rotate(c, 1),
    ),
    entry(
        "array_rotate_right",
        &[],
        "array_rotate_right(array, rotate_count)",
        "The elements moved to the right, those that fall out put at the start.",
        (2, 2),
        |c| rotate(c, -1),
    ),
    entry(
        "array_shift_left",
        &[],
        "array_shift_left(array, shift_count [, default_value])",
        "The elements moved to the left, with the default value or null behind them.",
        (2, 3),
        |c| shift(c, 1),
    ),
    entry(
        "array_shift_right",
        &[],
        "array_shift_right(array, shift_count [, default_value])",
        "The elements moved to the right, with the default value or null before them.",
        (2, 3),
        |c| shift(c, -1),
    ),
    entry(
        "zip",
        &[],
        "zip(array1, array2 [, …])",
        "An array whose elements are arrays of the first elements, the second ones, …",
        (2, 16),
        |c| {
            values(c, arrays(c)?, |row| {
                let parts: Option<Vec<_>> = (0..row.len()).map(|i| row.array(i)).collect();
                let parts = parts?;
                let most = parts.iter().map(|p| p.len()).max()?;
                Some(
                    (0..most)
                        .map(|at| parts.iter().map(|p| p.get(at).cloned().unwrap_or_default()).collect::<Value>())
                        .collect(),
                )
            })
        },
    ),
    entry(
        "repeat",
        &[],
        "repeat(value, count)",
        "An array of the value so many times; null for a negative count.",
        (2, 2),
        |c| {
            values(c, vec![c.args[0].clone(), c.whole_arg(1)?], |row| {
                let count = usize::try_from(row.long(1)?).ok()?.min(LONGEST);
                Some(vec![row.json(0).into_owned(); count].into())
            })
        },
    ),
    entry(
        "range",
        &[],
        "range(start, stop [, step])",
        "An array of the numbers, datetimes or timespans from start to stop.",
        (2, 3),
        range,
    ),
];

/// Most elements that `range()` and `repeat()` give.
const LONGEST: usize = 1 << 20;

pub(super) const fn entry(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    doc: &'static str,
    args: (usize, usize),
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases, signature, doc, args, pure: true, bind }
}

/// All arguments, which have to be dynamic.
pub(super) fn arrays(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    (0..call.args.len()).map(|i| call.array(i)).collect()
}

/// A dynamic result, row by row.
pub(super) fn values(
    call: &Call<'_>,
    args: Vec<Typed>,
    f: impl Fn(&Row<'_>) -> Option<Value> + Send + Sync + 'static,
) -> Result<Typed, Error> {
    call.result(map_rows(&args, KqlType::Dynamic, f), KqlType::Dynamic)
}

fn length(items: &[Value]) -> Option<i64> {
    i64::try_from(items.len()).ok()
}

fn slice(items: &[Value], start: i64, end: i64) -> Option<Value> {
    let count = length(items)?;
    let from_end = |at: i64| if at < 0 { at.saturating_add(count) } else { at };
    let start = usize::try_from(from_end(start).max(0)).ok()?;
    let end = usize::try_from(from_end(end).saturating_add(1).clamp(0, count)).ok()?;
    Some(items.get(start..end).unwrap_or_default().to_vec().into())
}

fn split(call: &Call<'_>) -> Result<Typed, Error> {
    let index = if call.args[1].ty == KqlType::Dynamic { call.array(1)? } else { call.whole_arg(1)? };
    values(call, vec![call.array(0)?, index], |row| {
        let items = row.array(0)?;
        let positions: Vec<i64> = match row.json(1).as_ref() {
            Value::Array(all) => all.iter().map(Value::as_i64).collect::<Option<_>>()?,
            one => vec![one.as_i64()?],
        };
        let count = length(&items)?;
        let mut parts = Vec::new();
        let mut from = 0;
        for at in positions {
            let at = if at < 0 { at.saturating_add(count) } else { at };
            let to = usize::try_from(at.clamp(0, count)).ok()?;
            parts.push(Value::from(items.get(from..to).unwrap_or_default().to_vec()));
            from = to;
        }
        parts.push(items.get(from..).unwrap_or_default().to_vec().into());
        Some(parts.into())
    })
}

/// Whether two elements are the same value: numbers by value, whatever their type.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x == y,
            _ => a.as_f64() == b.as_f64(),
        },
        _ => a == b,
    }
}

fn index_of(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = vec![call.array(0)?, call.args[1].clone()];
    for i in 2..call.args.len() {
        args.push(call.whole_arg(i)?);
    }
    let expr = map_rows(&args, KqlType::Long, |row| {
        let items = row.array(0)?;
        let wanted = row.json(1);
        let option = |i: usize, default: i64| {
            if i < row.len() { row.long(i) } else { Some(default) }
        };
        let count = length(&items)?;
        let start = option(2, 0)?;
        let start = if start < 0 { start.saturating_add(count).max(0) } else { start };
        let (most, occurrence) = (option(3, -1)?, option(4, 1)?);
        if most < -1 || occurrence < 1 {
            return None;
        }
        let end = if most == -1 { count } else { start.saturating_add(most).min(count) };
        let found = (start..end)
            .filter(|at| usize::try_from(*at).ok().and_then(|at| items.get(at)).is_some_and(|item| same(item, &wanted)))
            .nth(usize::try_from(occurrence - 1).ok()?);
        Some(found.unwrap_or(-1))
    });
    call.result(expr, KqlType::Long)
}

fn array_iff(call: &Call<'_>) -> Result<Typed, Error> {
    values(call, vec![call.array(0)?, call.args[1].clone(), call.args[2].clone()], |row| {
        let conditions = row.array(0)?;
        let (when_true, when_false) = (row.json(1), row.json(2));
        let pick = |from: &Value, at: usize| match from {
            Value::Array(items) => items.get(at).cloned().unwrap_or_default(),
            one => one.clone(),
        };
        let chosen = conditions.iter().enumerate().map(|(at, condition)| match condition {
            Value::Bool(true) => pick(&when_true, at),
            Value::Bool(false) => pick(&when_false, at),
            Value::Number(n) if n.as_f64() == Some(0.0) => pick(&when_false, at),
            Value::Number(_) => pick(&when_true, at),
            _ => Value::Null,
        });
        Some(chosen.collect())
    })
}

fn rotate(call: &Call<'_>, sign: i64) -> Result<Typed, Error> {
    values(call, vec![call.array(0)?, call.whole_arg(1)?], move |row| {
        let mut items = row.array(0)?.into_owned();
        if !items.is_empty() {
            let by = row.long(1)?.wrapping_mul(sign).rem_euclid(length(&items)?);
            items.rotate_left(usize::try_from(by).ok()?);
        }
        Some(items.into())
    })
}

fn shift(call: &Call<'_>, sign: i64) -> Result<Typed, Error> {
    let mut args = vec![call.array(0)?, call.whole_arg(1)?];
    args.extend(call.args.get(2).cloned());
    values(call, args, move |row| {
        let items = row.array(0)?;
        let by = row.long(1)?.saturating_mul(sign);
        let fill = row.json(2);
        let moved = (0..length(&items)?).map(|at| {
            let from = usize::try_from(at.saturating_add(by)).ok();
            from.and_then(|from| items.get(from)).unwrap_or(&fill).clone()
        });
        Some(moved.collect())
    })
}

fn range(call: &Call<'_>) -> Result<Typed, Error> {
    let ty = call.args[0].ty;
    let mut args = call.args.clone();
    if !call.has(2) {
        let step = if ty.is_numeric() { Constant::Long(1) } else { Constant::TimeSpan(time::TICKS_PER_HOUR) };
        args.push(Typed::constant(step, call.span));
    }
    let whole = |arg: &Typed| matches!(arg.ty, KqlType::Int | KqlType::Long);
    match ty {
        KqlType::DateTime | KqlType::TimeSpan => {
            if args[1].ty != ty {
                return Err(call.type_error(1, &format!("a {ty}, as the start is")));
            }
            if args[2].ty != KqlType::TimeSpan {
                return Err(call.type_error(2, "a timespan, such as 1h"));
            }
            let text = if ty == KqlType::DateTime { time::format_datetime } else { time::format_timespan };
            values(call, args, move |row| steps(row, |t| text(t).into()))
        }
        _ if args.iter().all(whole) => values(call, args, |row| steps(row, Value::from)),
        _ => {
            if let Some(i) = (0..args.len()).find(|i| !args[*i].ty.is_numeric()) {
                return Err(
                    call.type_error(i.min(call.args.len() - 1), "a number (or all of them datetimes or timespans)")
                );
            }
            values(call, args, |row| {
                let (start, stop, step) = (row.real(0)?, row.real(1)?, row.real(2)?);
                let count = ((stop - start) / step + 1e-9).floor();
                if !count.is_finite() {
                    return None;
                }
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "bounded"
                )]
                let items = (0..(count + 1.0).clamp(0.0, LONGEST as f64) as usize)
                    .map(|i| number_of_real(start + step * i as f64));
                Some(items.collect())
            })
        }
    }
}

fn steps(row: &Row<'_>, value: impl Fn(i64) -> Value) -> Option<Value> {
    let (start, stop, step) = (row.long(0)?, row.long(1)?, row.long(2)?);
    if step == 0 {
        return None;
    }
    let items = std::iter::successors(Some(start), |at| at.checked_add(step))
        .take_while(|at| if step > 0 { *at <= stop } else { *at >= stop })
        .take(LONGEST);
    Some(items.map(value).collect())
}
