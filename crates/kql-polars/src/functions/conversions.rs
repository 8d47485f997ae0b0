//! `tostring()` and its kin.

use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use super::{Call, Function};
use crate::convert::convert;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    to("tostring", &[], "tostring(value)", "The value as text; nothing for null.", |c| converted(c, KqlType::String)),
    to("tobool", &["toboolean"], "tobool(value)", "The value as true or false; null for what is neither.", |c| {
        converted(c, KqlType::Bool)
    }),
    to("toint", &[], "toint(value)", "The value as a whole number of 32 bits; null for what is none.", |c| {
        converted(c, KqlType::Int)
    }),
    to("tolong", &[], "tolong(value)", "The value as a whole number of 64 bits; null for what is none.", |c| {
        converted(c, KqlType::Long)
    }),
    to("toreal", &["todouble"], "toreal(value)", "The value as a floating-point number; null for what is none.", |c| {
        converted(c, KqlType::Real)
    }),
    to("todecimal", &[], "todecimal(value)", "The value as a decimal number; null for what is none.", |c| {
        converted(c, KqlType::Decimal)
    }),
    to("todatetime", &[], "todatetime(value)", "The value as a datetime; null for what is none.", |c| {
        converted(c, KqlType::DateTime)
    }),
    to("totimespan", &["totime"], "totimespan(value)", "The value as a timespan; null for what is none.", |c| {
        converted(c, KqlType::TimeSpan)
    }),
    to("toguid", &[], "toguid(value)", "The value as a guid; null for what is none.", |c| converted(c, KqlType::Guid)),
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
        name: "format_bytes",
        aliases: &[],
        signature: "format_bytes(size [, precision [, units]])",
        doc: "A number of bytes as text, in Bytes, KB, MB, GB, TB, PB or EB of 1024 each.",
        args: (1, 3),
        pure: true,
        bind: format_bytes,
    },
    Function {
        name: "assert",
        aliases: &[],
        signature: "assert(condition, message)",
        doc: "true where the constant condition is true, otherwise an error with the message.",
        args: (2, 2),
        pure: true,
        bind: assert_true,
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
    Function { name, aliases, signature, doc, args: (1, 1), pure: true, bind }
}

fn converted(call: &Call<'_>, to: KqlType) -> Result<Typed, Error> {
    Ok(Typed { span: call.span, ..convert(&call.args[0], to) })
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
        let length = row.long(1).and_then(|n| usize::try_from(n).ok()).unwrap_or(0).min(64);
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
            let guids: StringChunked = (0..column.len()).map(|_| Some(uuid::Uuid::new_v4().to_string())).collect();
            Ok(guids.with_name(column.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    );
    call.result(expr, KqlType::Guid)
}

/// Each is 1024 of the one before.
const BYTE_UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

fn format_bytes(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_real(0)?;
    let mut args = vec![call.real_arg(0)];
    if call.has(1) {
        call.check_long(1)?;
        args.push(call.long_arg(1));
    }
    if call.has(2) {
        call.check_string(2)?;
        args.push(call.text_arg(2));
    }
    let expr = map_rows(&args, KqlType::String, |row| {
        let size = row.real(0)?;
        let precision = row.long(1).map_or(Some(0), |p| usize::try_from(p).ok().filter(|p| *p <= 15))?;
        let unit = match row.text(2).filter(|unit| !unit.is_empty()) {
            Some(unit) => BYTE_UNITS.iter().position(|known| *known == unit)?,
            None => (0..BYTE_UNITS.len()).rev().find(|i| size.abs() >= unit_size(*i)).unwrap_or(0),
        };
        let power = 10_f64.powi(i32::try_from(precision).ok()?);
        let value = (size / unit_size(unit) * power).round() / power;
        Some(format!("{value} {}", BYTE_UNITS[unit]))
    });
    call.result(expr, KqlType::String)
}

fn unit_size(unit: usize) -> f64 {
    1024_f64.powi(i32::try_from(unit).unwrap_or(0))
}

fn assert_true(call: &Call<'_>) -> Result<Typed, Error> {
    let message = call.args[1].constant_str("message")?;
    match &call.args[0].constant {
        Some(Value::Bool(true)) => Ok(Typed::constant(Value::Bool(true), call.span)),
        Some(Value::Bool(false) | Value::Null(_)) => {
            Err(Error::new(ErrorKind::Runtime, call.span, format!("assert() has failed with message: '{message}'")))
        }
        _ => Err(call.argument_error(0, "the condition has to be a constant bool")),
    }
}
