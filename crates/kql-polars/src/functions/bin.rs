//! `bin()` and its kin: values rounded down to a multiple of a bin size.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/bin-function>, <https://learn.microsoft.com/kusto/query/bin-at-function>

use kql::{Error, KqlType, Value};
use polars::prelude::*;

use super::{Call, Function};
use crate::convert::convert;
use crate::rows::map_rows;
use crate::typed::{Typed, null_lit, typed_lit};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "bin",
        aliases: &["floor"],
        signature: "bin(value, roundTo)",
        doc: "The value rounded down to a multiple of roundTo; null where roundTo is not positive.",
        args: (2, 2),
        pure: true,
        bind: bin,
    },
    Function {
        name: "bin_at",
        aliases: &[],
        signature: "bin_at(value, bin_size, fixed_point)",
        doc: "The value rounded down to a bin, where the fixed point is the start of one.",
        args: (3, 3),
        pure: true,
        bind: bin_at,
    },
    Function {
        name: "bin_auto",
        aliases: &[],
        signature: "bin_auto(expression)",
        doc: "The value rounded down to a bin of the size that `set query_bin_auto_size = …;` gives.",
        args: (1, 1),
        pure: true,
        bind: bin_auto,
    },
];

fn bin(call: &Call<'_>) -> Result<Typed, Error> {
    let (value, size) = (&call.args[0], &call.args[1]);
    let ty = bin_type(call, value.ty, size.ty)?;
    binned(call, ty, value, size, None)
}

/// The type of the result, or an error for types that cannot be combined.
fn bin_type(call: &Call<'_>, value: KqlType, size: KqlType) -> Result<KqlType, Error> {
    use KqlType::{DateTime, Decimal, Int, Long, Real, TimeSpan};
    match (value, size) {
        (DateTime, TimeSpan | DateTime) => Ok(DateTime),
        (TimeSpan, TimeSpan) => Ok(TimeSpan),
        (DateTime | TimeSpan, _) => Err(call.type_error(1, "a timespan, such as 1h")),
        (Int | Long, Int | Long) => Ok(Long),
        (a, b) if a.is_numeric() && b.is_numeric() => Ok(if a == Decimal || b == Decimal { Decimal } else { Real }),
        (a, _) if a.is_numeric() => Err(call.type_error(1, "a number")),
        _ => Err(call.type_error(0, "a number, a datetime or a timespan")),
    }
}

/// As [`bin`] or [`bin_at`] with what the query's `set` statements say.
fn bin_auto(call: &Call<'_>) -> Result<Typed, Error> {
    let (Some(size), fixed) = &call.env.bin_auto else {
        return Err(call
            .argument_error(0, "the query does not say the size of the bins")
            .with_help("set query_bin_auto_size = 1h; before the query, or use bin(value, size)"));
    };
    let mut args = vec![call.args[0].clone(), size.clone()];
    args.extend(fixed.clone());
    let names = vec![None; args.len()];
    let given = Call { args, names, ..*call };
    if fixed.is_some() { bin_at(&given) } else { bin(&given) }
}

fn bin_at(call: &Call<'_>) -> Result<Typed, Error> {
    let (value, size, fixed) = (&call.args[0], &call.args[1], &call.args[2]);
    let ty = bin_type(call, value.ty, size.ty)?;
    let fits = match ty {
        KqlType::DateTime | KqlType::TimeSpan => fixed.ty == ty,
        _ => fixed.ty.is_numeric(),
    };
    if !fits {
        return Err(call.type_error(2, &format!("a {} as the value is", value.ty)));
    }
    let ty = if ty == KqlType::Long && !matches!(fixed.ty, KqlType::Int | KqlType::Long) { fixed.ty } else { ty };
    binned(call, ty, value, size, Some(fixed))
}

fn binned(call: &Call<'_>, ty: KqlType, value: &Typed, size: &Typed, fixed: Option<&Typed>) -> Result<Typed, Error> {
    if ty == KqlType::Decimal || ty == KqlType::Real {
        let mut args: Vec<Typed> =
            [value, size].into_iter().chain(fixed).map(|arg| convert(arg, KqlType::Real)).collect();
        if fixed.is_none() {
            args.push(Typed::constant(Value::Real(0.0), call.span));
        }
        let real = map_rows(&args, KqlType::Real, |row| real_bin(row.real(0)?, row.real(1)?, row.real(2)?));
        let real = Typed::new(real, KqlType::Real, call.span);
        return Ok(if ty == KqlType::Decimal { convert(&real, KqlType::Decimal) } else { real });
    }
    let long = |arg: &Typed| {
        if arg.ty == KqlType::Int { arg.expr.clone().cast(DataType::Int64) } else { arg.expr.clone() }
    };
    let shift = |expr: Expr, back: bool| match fixed {
        None => expr,
        Some(fixed) if back => expr + long(fixed),
        Some(fixed) => expr - long(fixed),
    };
    let constant = match size.constant {
        Some(Value::Int(n)) => Some(i64::from(n)),
        Some(Value::Long(n) | Value::TimeSpan(n) | Value::DateTime(n)) => Some(n),
        _ => None,
    };
    let expr = match constant {
        // Two integer operations per row, which Polars can push into a scan.
        Some(n) if n > 0 => shift(shift(long(value), false).floor_div(typed_lit(n)) * typed_lit(n), true),
        Some(_) => null_lit(ty),
        None => {
            let size = long(size);
            let floor = shift(long(value), false).floor_div(size.clone()) * size.clone();
            when(size.gt(typed_lit(0_i64))).then(shift(floor, true)).otherwise(null_lit(ty))
        }
    };
    call.result(expr, ty)
}

fn real_bin(value: f64, size: f64, fixed: f64) -> Option<f64> {
    (size > 0.0).then(|| ((value - fixed) / size).floor() * size + fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals() {
        assert_eq!(real_bin(4.5, 1.0, 0.0), Some(4.0));
        assert_eq!(real_bin(-4.5, 1.0, 0.0), Some(-5.0));
        assert_eq!(real_bin(6.5, 2.5, 7.0), Some(4.5));
        assert_eq!(real_bin(1.0, 0.0, 0.0), None);
        assert_eq!(real_bin(1.0, -1.0, 0.0), None);
    }
}
