//! `tostring()` and its kin.

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Call, Function};
use crate::convert::convert;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    to(
        "tostring",
        &[],
        "tostring(value)",
        "The value as text; nothing for null.",
        |c| converted(c, KqlType::String),
    ),
    to(
        "tobool",
        &["toboolean"],
        "tobool(value)",
        "The value as true or false; null for what is neither.",
        |c| converted(c, KqlType::Bool),
    ),
    to(
        "toint",
        &[],
        "toint(value)",
        "The value as a whole number of 32 bits; null for what is none.",
        |c| converted(c, KqlType::Int),
    ),
    to(
        "tolong",
        &[],
        "tolong(value)",
        "The value as a whole number of 64 bits; null for what is none.",
        |c| converted(c, KqlType::Long),
    ),
    to(
        "toreal",
        &["todouble"],
        "toreal(value)",
        "The value as a floating-point number; null for what is none.",
        |c| converted(c, KqlType::Real),
    ),
    to(
        "todecimal",
        &[],
        "todecimal(value)",
        "The value as a decimal number; null for what is none.",
        |c| converted(c, KqlType::Decimal),
    ),
    to(
        "todatetime",
        &[],
        "todatetime(value)",
        "The value as a datetime; null for what is none.",
        |c| converted(c, KqlType::DateTime),
    ),
    to(
        "totimespan",
        &["totime"],
        "totimespan(value)",
        "The value as a timespan; null for what is none.",
        |c| converted(c, KqlType::TimeSpan),
    ),
    to(
        "toguid",
        &[],
        "toguid(value)",
        "The value as a guid; null for what is none.",
        |c| converted(c, KqlType::Guid),
    ),
    Function {
        name: "tohex",
        aliases: &[],
        signature: "tohex(value [, minLength])",
        doc: "The hexadecimal digits of a whole number, negative ones as two's complement.",
        args: (1, 2),
        pure: true,
        bind: tohex,
    },
    Function {
        name: "new_guid",
        aliases: &[],
        signature: "new_guid()",
        doc: "A random GUID, another one for each row.",
        args: (0, 0),
        pure: false,
        bind: new_guid,
    },
];

const fn to(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function {
        name,
        aliases,
        signature,
        doc,
        args: (1, 1),
        pure: true,
        bind,
    }
}

fn converted(call: &Call<'_>, to: KqlType) -> Result<Typed, Error> {
    Ok(Typed {
        span: call.span,
        ..convert(&call.args[0], to)
    })
}

fn tohex(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_long(0)?;
    let int = call.args[0].ty == KqlType::Int;
    let mut args = vec![call.long_arg(0)];
    if call.has(1) {
        call.check_long(1)?;
        args.push(call.long_arg(1));
    }
    let expr = map_rows(&args, KqlType::String, move |row| {
        let value = row.long(0)?;
        let length = row
            .long(1)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0)
            .min(64);
        // The two's complement of an int has 32 bits.
        let digits = match i32::try_from(value) {
            Ok(value) if int => format!("{value:x}"),
            _ => format!("{value:x}"),
        };
        Some(format!("{digits:0>length$}"))
    });
    call.result(expr, KqlType::String)
}

fn new_guid(call: &Call<'_>) -> Result<Typed, Error> {
    // One for each row: made from the row numbers only because those are as many as there are rows.
    let expr = int_range(lit(0), len(), 1, DataType::Int64).map(
        |column| {
            let guids: StringChunked = (0..column.len())
                .map(|_| Some(uuid::Uuid::new_v4().to_string()))
                .collect();
            Ok(guids.with_name(column.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    );
    call.result(expr, KqlType::Guid)
}
