//! `range`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/range-operator>

use kql::ast::{Expr as Ast, Ident};
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use crate::query::Context;
use crate::rel::{Rel, RelColumn};
use crate::typed::Typed;

/// Most rows that a range may have.
const MAX_ROWS: i128 = 100_000_000;

/// A table of one column from a first value to a last one, both included.
///
/// # Errors
/// When the values are not constants of one type, the step is zero or leads away, or there are too many.
pub fn source(cx: &Context<'_>, name: &Ident, from: &Ast, to: &Ast, step: &Ast) -> Result<Rel, Error> {
    let binder = cx.binder();
    let (from, to, step) = (binder.bind(from)?, binder.bind(to)?, binder.bind(step)?);
    let constants = (&from.constant, &to.constant, &step.constant);
    let (Some(a), Some(b), Some(s)) = constants else {
        return Err(Error::new(ErrorKind::Type, from.span.to(step.span), "the values of range have to be constants"));
    };
    let series: Series = match (from.ty, to.ty, step.ty) {
        (KqlType::DateTime | KqlType::TimeSpan, _, KqlType::TimeSpan) if from.ty == to.ty => {
            whole(a, b, s, &from, &step)?
        }
        (x, y, z) if [x, y, z].contains(&KqlType::Real) && x.is_numeric() && y.is_numeric() && z.is_numeric() => {
            let number = |t: &Typed| match binder.cast(t.clone(), KqlType::Real)?.constant {
                Some(Value::Real(x)) if x.is_finite() => Ok(x),
                _ => Err(Error::new(ErrorKind::Type, t.span, "range needs a number here")),
            };
            reals(number(&from)?, number(&to)?, number(&step)?, &from, &step)?
        }
        (x, y, z) if x.is_numeric() && y.is_numeric() && z.is_numeric() => whole(a, b, s, &from, &step)?,
        (x, y, z) => {
            return Err(Error::new(
                ErrorKind::Type,
                from.span.to(step.span),
                format!("range does not go from {x} to {y} in steps of {z}"),
            ));
        }
    };
    let ty = match (from.ty, series.dtype()) {
        (_, DataType::Float64) => KqlType::Real,
        (KqlType::Int, _) => KqlType::Long,
        (ty, _) => ty,
    };
    let column = series.with_name(name.name.as_str().into()).into_column();
    let frame =
        DataFrame::new(column.len(), vec![column]).map_err(|e| Error::from(crate::run::RuntimeError::from(e)))?;
    let mut rel = Rel::new(frame.lazy(), vec![RelColumn::new(&name.name, ty)]);
    rel.serialized = true;
    Ok(rel)
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(i64::from(*n)),
        Value::Long(n) | Value::DateTime(n) | Value::TimeSpan(n) => Some(*n),
        _ => None,
    }
}

fn whole(a: &Value, b: &Value, s: &Value, from: &Typed, step: &Typed) -> Result<Series, Error> {
    let (Some(a), Some(b), Some(s)) = (number(a), number(b), number(s)) else {
        // A null end gives no rows.
        return Ok(Series::new_empty("".into(), &DataType::Int64));
    };
    if s == 0 {
        return Err(zero_step(step));
    }
    let rows = (i128::from(b) - i128::from(a)) / i128::from(s) + 1;
    let away = (s > 0 && a > b) || (s < 0 && a < b);
    if away {
        return Ok(Series::new_empty("".into(), &DataType::Int64));
    }
    if rows > MAX_ROWS {
        return Err(too_many(from, rows));
    }
    let rows = i64::try_from(rows).unwrap_or(0);
    Ok((0..rows).map(|i| a.wrapping_add(i.wrapping_mul(s))).collect())
}

fn reals(a: f64, b: f64, s: f64, from: &Typed, step: &Typed) -> Result<Series, Error> {
    if s == 0.0 {
        return Err(zero_step(step));
    }
    let rows = ((b - a) / s).floor() + 1.0;
    if rows < 1.0 {
        return Ok(Series::new_empty("".into(), &DataType::Float64));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked against the limit")]
    {
        if rows > MAX_ROWS as f64 {
            return Err(too_many(from, rows as i128));
        }
        Ok((0..rows as i64).map(|i| a + i as f64 * s).collect())
    }
}

fn zero_step(step: &Typed) -> Error {
    Error::new(ErrorKind::Type, step.span, "the step of a range cannot be zero")
}

fn too_many(from: &Typed, rows: i128) -> Error {
    Error::new(ErrorKind::Limit, from.span, format!("the range has {rows} rows, and at most {MAX_ROWS} are possible"))
}
