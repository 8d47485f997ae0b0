//! Functions of rows in order: the row before, row numbers, ranks, running sums, sessions.
//!
//! Source: <https://learn.microsoft.com/kusto/query/window-functions>

use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use super::{Call, Function};
use crate::convert::convert;
use crate::rows::{Row, scan_rows};
use crate::typed::{Typed, null_lit, typed_lit};

/// The family. None is pure: the result depends on the rows before, also for constant arguments.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "prev",
        aliases: &[],
        signature: "prev(column [, offset [, default_value]])",
        doc: "The value of the column in the row so many rows before (1 if not given); the default, or null, where there is none.",
        args: (1, 3),
        pure: false,
        bind: |c| neighbor(c, 1),
    },
    Function {
        name: "next",
        aliases: &[],
        signature: "next(column [, offset [, default_value]])",
        doc: "The value of the column in the row so many rows after (1 if not given); the default, or null, where there is none.",
        args: (1, 3),
        pure: false,
        bind: |c| neighbor(c, -1),
    },
    Function {
        name: "row_number",
        aliases: &[],
        signature: "row_number([start [, restart]])",
        doc: "The number of the row, from start (1 if not given) on; from start again in rows where restart is true.",
        args: (0, 2),
        pure: false,
        bind: row_number,
    },
    Function {
        name: "row_cumsum",
        aliases: &[],
        signature: "row_cumsum(term [, restart])",
        doc: "The sum of the term up to and including the row; begun anew in rows where restart is true.",
        args: (1, 2),
        pure: false,
        bind: row_cumsum,
    },
    Function {
        name: "row_rank_dense",
        aliases: &["row_rank"],
        signature: "row_rank_dense(term [, restart])",
        doc: "The rank of the row, one more in each row where the term is another than in the row before; from 1 again where restart is true.",
        args: (1, 2),
        pure: false,
        bind: |c| rank(c, true),
    },
    Function {
        name: "row_rank_min",
        aliases: &[],
        signature: "row_rank_min(term [, restart])",
        doc: "The number of the first row that has the term of this row, counted from 1, and from 1 again where restart is true.",
        args: (1, 2),
        pure: false,
        bind: |c| rank(c, false),
    },
    Function {
        name: "row_window_session",
        aliases: &[],
        signature: "row_window_session(time, max_distance_from_first, max_distance_between_neighbors [, restart])",
        doc: "The time of the first row of the session: one begins where the time is too far from the first row of the session or from the row before, and where restart is true.",
        args: (3, 4),
        pure: false,
        bind: row_window_session,
    },
];

fn serialized(call: &Call<'_>) -> Result<(), Error> {
    if call.env.serialized {
        return Ok(());
    }
    let message = format!("{}() needs rows in a known order", call.name);
    Err(Error::new(ErrorKind::Type, call.span, message)
        .with_help("add `| sort by …` or `| serialize` before this operator"))
}

/// `prev()` for sign 1, `next()` for -1.
fn neighbor(call: &Call<'_>, sign: i64) -> Result<Typed, Error> {
    serialized(call)?;
    let column = &call.args[0];
    let default = if call.has(2) {
        let given = &call.args[2];
        let null = given.constant.as_ref().is_some_and(Value::is_null);
        if !(null
            || given.ty == column.ty
            || (given.ty.is_numeric() && column.ty.is_numeric())
            || column.ty == KqlType::Dynamic)
        {
            return Err(call.type_error(2, &format!("{}, as the column is", column.ty)));
        }
        convert(given, column.ty).expr
    } else {
        null_lit(column.ty)
    };
    let constant = match call.args.get(1).map(|arg| (&arg.constant, arg.ty)) {
        None => Some(1),
        Some((Some(_), _)) => Some(call.args[1].constant_i64("the offset")?),
        Some((None, _)) => None,
    };
    let position = || int_range(lit(0), len(), 1, DataType::Int64);
    let rows = || len().cast(DataType::Int64);
    // Whether there is such a row, and its value.
    let (inside, value) = if let Some(offset) = constant {
        let by = offset.saturating_mul(sign);
        let from = position() - typed_lit(by);
        (from, column.expr.clone().shift(typed_lit(by)))
    } else {
        let from = position() - typed_lit(sign) * call.long(1)?;
        let clipped = from.clone().clip(typed_lit(0_i64), rows() - typed_lit(1_i64));
        (from, column.expr.clone().gather(clipped, true))
    };
    let exists = inside.clone().gt_eq(typed_lit(0_i64)).and(inside.lt(rows()));
    call.result(when(exists).then(value).otherwise(default), column.ty)
}

fn restart(call: &Call<'_>, i: usize) -> Result<Typed, Error> {
    if call.has(i) {
        Ok(Typed::new(call.boolean(i)?, KqlType::Bool, call.args[i].span))
    } else {
        Ok(Typed::constant(Value::Bool(false), call.span))
    }
}

fn row_number(call: &Call<'_>) -> Result<Typed, Error> {
    serialized(call)?;
    let start = if call.has(0) { call.args[0].constant_i64("the first number")? } else { 1 };
    if !call.has(1) {
        let number = int_range(lit(0), len(), 1, DataType::Int64) + typed_lit(start);
        return call.result(number, KqlType::Long);
    }
    let expr = scan_rows(&[restart(call, 1)?], KqlType::Long, move || {
        let mut next = start;
        move |row: &Row<'_>| {
            if row.bool(0) == Some(true) {
                next = start;
            }
            next = next.wrapping_add(1);
            Some(next.wrapping_sub(1))
        }
    });
    call.result(expr, KqlType::Long)
}

fn row_cumsum(call: &Call<'_>) -> Result<Typed, Error> {
    serialized(call)?;
    let term = &call.args[0];
    let expr = match term.ty {
        KqlType::Int => sums(call, |row| i32::try_from(row.long(0)?).ok(), i32::wrapping_add)?,
        KqlType::Long => sums(call, |row| row.long(0), i64::wrapping_add)?,
        KqlType::Real => sums(call, |row| row.real(0), |a, b| a + b)?,
        KqlType::Decimal => {
            let add =
                |a: String, b: String| crate::bind::decimal::compute(kql::ast::BinaryOp::Add, &a, &b).unwrap_or(a);
            sums(call, |row| row.text(0).map(str::to_owned), add)?
        }
        _ => return Err(call.type_error(0, "a number")),
    };
    call.result(expr, term.ty)
}

/// Running sums; a null adds nothing, and before the first value the sum is null.
fn sums<T: crate::rows::Cell + Clone + 'static>(
    call: &Call<'_>,
    term: fn(&Row<'_>) -> Option<T>,
    add: fn(T, T) -> T,
) -> Result<Expr, Error> {
    let args = [call.args[0].clone(), restart(call, 1)?];
    Ok(scan_rows(&args, call.args[0].ty, move || {
        let mut sum: Option<T> = None;
        move |row: &Row<'_>| {
            if row.bool(1) == Some(true) {
                sum = None;
            }
            sum = match (sum.take(), term(row)) {
                (Some(a), Some(b)) => Some(add(a, b)),
                (a, b) => a.or(b),
            };
            sum.clone()
        }
    }))
}

fn rank(call: &Call<'_>, dense: bool) -> Result<Typed, Error> {
    serialized(call)?;
    let args = [call.args[0].clone(), restart(call, 1)?];
    let expr = scan_rows(&args, KqlType::Long, move || {
        let mut before: Option<serde_json::Value> = None;
        let (mut rank, mut position) = (0_i64, 0_i64);
        move |row: &Row<'_>| {
            if row.bool(1) == Some(true) {
                (before, rank, position) = (None, 0, 0);
            }
            position += 1;
            let term = row.json(0);
            if before.as_ref() != Some(&*term) {
                rank = if dense { rank + 1 } else { position };
                before = Some(term.into_owned());
            }
            Some(rank)
        }
    });
    call.result(expr, KqlType::Long)
}

fn row_window_session(call: &Call<'_>) -> Result<Typed, Error> {
    serialized(call)?;
    let args = [call.datetime(0)?, call.timespan(1)?, call.timespan(2)?, restart(call, 3)?];
    let expr = scan_rows(&args, KqlType::DateTime, || {
        let mut session: Option<(i64, i64)> = None;
        move |row: &Row<'_>| {
            let Some(time) = row.long(0) else {
                session = None;
                return None;
            };
            let (first, before) = session.unwrap_or((time, time));
            let fits = row.bool(3) != Some(true)
                && row.long(1).is_some_and(|most| time - first <= most)
                && row.long(2).is_some_and(|most| time - before <= most);
            let first = if fits { first } else { time };
            session = Some((first, time));
            Some(first)
        }
    });
    call.result(expr, KqlType::DateTime)
}
