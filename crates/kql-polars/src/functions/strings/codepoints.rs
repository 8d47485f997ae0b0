//! Text and its code points.

use kql::{Error, KqlType};
use serde_json::Value;

use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "unicode_codepoints_from_string",
        aliases: &["to_utf8"],
        signature: "unicode_codepoints_from_string(value)",
        doc: "An array of the code points of the characters.",
        args: (1, 1),
        pure: true,
        bind: from_string,
    },
    Function {
        name: "unicode_codepoints_to_string",
        aliases: &["make_string"],
        signature: "unicode_codepoints_to_string(values)",
        doc: "The text of code points, given as numbers or arrays of numbers.",
        args: (1, 64),
        pure: true,
        bind: to_string,
    },
];

fn from_string(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, |row| {
        Some(Value::from(row.text(0)?.chars().map(u32::from).collect::<Vec<_>>()))
    });
    call.result(expr, KqlType::Dynamic)
}

fn to_string(call: &Call<'_>) -> Result<Typed, Error> {
    for (i, arg) in call.args.iter().enumerate() {
        if !matches!(arg.ty, KqlType::Int | KqlType::Long | KqlType::Dynamic) {
            return Err(call.type_error(i, "a code point (int or long) or an array of them"));
        }
    }
    let expr = map_rows(&call.args, KqlType::String, |row| {
        let mut out = String::new();
        for i in 0..row.len() {
            push(&mut out, &row.json(i))?;
        }
        Some(out)
    });
    call.result(expr, KqlType::String)
}

/// Adds one code point, or those of an array; `None` for anything that is not a code point.
fn push(out: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => {}
        Value::Array(values) => {
            for value in values {
                push(out, value)?;
            }
        }
        value => out.push(char::from_u32(u32::try_from(value.as_i64()?).ok()?)?),
    }
    Some(())
}
