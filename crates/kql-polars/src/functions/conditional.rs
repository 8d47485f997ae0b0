//! Choosing between values.

use kql::{Error, ErrorKind, KqlType};
use polars::prelude::*;

use super::{Call, Function, common_type};
use crate::convert::convert;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "iff",
        aliases: &["iif"],
        signature: "iff(if, then, else)",
        doc: "The second argument where the first is true, otherwise the third.",
        args: (3, 3),
        pure: true,
        bind: iff,
    },
    Function {
        name: "case",
        aliases: &[],
        signature: "case(predicate_1, then_1, [predicate_2, then_2, …] else)",
        doc: "The value after the first predicate that is true, otherwise the last argument.",
        args: (3, usize::MAX),
        pure: true,
        bind: case,
    },
    Function {
        name: "coalesce",
        aliases: &[],
        signature: "coalesce(arg, arg_2 [, arg_3, …])",
        doc: "The first argument that is not null, or for strings not empty.",
        args: (2, 64),
        pure: true,
        bind: coalesce_values,
    },
    Function {
        name: "max_of",
        aliases: &[],
        signature: "max_of(arg, arg_2 [, arg_3, …])",
        doc: "The greatest of the arguments that are not null.",
        args: (1, 64),
        pure: true,
        bind: max_of,
    },
    Function {
        name: "min_of",
        aliases: &[],
        signature: "min_of(arg, arg_2 [, arg_3, …])",
        doc: "The least of the arguments that are not null.",
        args: (1, 64),
        pure: true,
        bind: min_of,
    },
];

/// The arguments at `positions`, promoted to one type.
fn promoted(call: &Call<'_>, positions: impl Iterator<Item = usize>) -> Result<(Vec<Expr>, KqlType), Error> {
    let args: Vec<&Typed> = positions.map(|i| &call.args[i]).collect();
    let ty = common_type(&args).ok_or_else(|| {
        let types: Vec<&str> = args.iter().map(|a| a.ty.name()).collect();
        let message = format!("{}(): the values have to be of one type, and they are {}", call.name, types.join(", "));
        Error::new(ErrorKind::Type, call.span, message).with_help("Convert them, for example with tostring()")
    })?;
    Ok((args.into_iter().map(|a| convert(a, ty).expr).collect(), ty))
}

fn iff(call: &Call<'_>) -> Result<Typed, Error> {
    let condition = call.boolean(0)?;
    let (values, ty) = promoted(call, 1..3)?;
    call.result(when(condition).then(values[0].clone()).otherwise(values[1].clone()), ty)
}

fn case(call: &Call<'_>) -> Result<Typed, Error> {
    let last = call.args.len() - 1;
    if last % 2 == 1 {
        return Err(Error::new(
            ErrorKind::Type,
            call.span,
            "case() takes pairs of a predicate and a value, and then one more value for all other rows",
        ));
    }
    let (values, ty) = promoted(call, (0..last).filter(|i| i % 2 == 1).chain([last]))?;
    let mut result = values[last / 2].clone();
    for i in (0..last / 2).rev() {
        result = when(call.boolean(2 * i)?).then(values[i].clone()).otherwise(result);
    }
    call.result(result, ty)
}

fn coalesce_values(call: &Call<'_>) -> Result<Typed, Error> {
    let (values, ty) = promoted(call, 0..call.args.len())?;
    let expr = if ty == KqlType::String {
        let mut values = values.into_iter().rev();
        let last = values.next().unwrap_or_else(|| lit(""));
        values.fold(last, |rest, value| when(value.clone().eq(lit(""))).then(rest).otherwise(value))
    } else {
        coalesce(&values)
    };
    call.result(expr, ty)
}

fn max_of(call: &Call<'_>) -> Result<Typed, Error> {
    extreme(call, |a, b| a.gt(b))
}

fn min_of(call: &Call<'_>) -> Result<Typed, Error> {
    extreme(call, |a, b| a.lt(b))
}

/// Folds the arguments with `better`; nulls lose against any value.
fn extreme(call: &Call<'_>, better: fn(Expr, Expr) -> Expr) -> Result<Typed, Error> {
    let (values, ty) = promoted(call, 0..call.args.len())?;
    if matches!(ty, KqlType::Dynamic | KqlType::Guid) {
        return Err(call.type_error(0, "a number, datetime, timespan, bool or string"));
    }
    // Decimals are held as text: they are compared as numbers.
    let key = |e: &Expr| {
        if ty == KqlType::Decimal { e.clone().cast(DataType::Float64) } else { e.clone() }
    };
    let mut values = values.into_iter();
    let first = values.next().unwrap_or_else(|| lit(NULL));
    let expr = values.fold(first, |best, value| {
        when(best.clone().is_null().or(better(key(&value), key(&best)).fill_null(lit(false))))
            .then(value)
            .otherwise(best)
    });
    call.result(expr, ty)
}
