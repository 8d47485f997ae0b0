//! Lengths, parts, case, joining.

use kql::{Error, KqlType};
use polars::prelude::*;

use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "strlen",
        aliases: &[],
        signature: "strlen(source)",
        doc: "The number of characters.",
        args: (1, 1),
        pure: true,
        bind: strlen,
    },
    Function {
        name: "string_size",
        aliases: &[],
        signature: "string_size(source)",
        doc: "The number of bytes of the UTF-8 text.",
        args: (1, 1),
        pure: true,
        bind: string_size,
    },
    Function {
        name: "toupper",
        aliases: &[],
        signature: "toupper(value)",
        doc: "The text in upper case.",
        args: (1, 1),
        pure: true,
        bind: toupper,
    },
    Function {
        name: "tolower",
        aliases: &[],
        signature: "tolower(value)",
        doc: "The text in lower case.",
        args: (1, 1),
        pure: true,
        bind: tolower,
    },
    Function {
        name: "reverse",
        aliases: &[],
        signature: "reverse(value)",
        doc: "The text with its characters in reverse order.",
        args: (1, 1),
        pure: true,
        bind: reverse,
    },
    Function {
        name: "strcat",
        aliases: &[],
        signature: "strcat(argument1, argument2 [, …])",
        doc: "The texts of the arguments, one after the other.",
        args: (1, 64),
        pure: true,
        bind: strcat,
    },
    Function {
        name: "strcat_delim",
        aliases: &[],
        signature: "strcat_delim(delimiter, argument1, argument2 [, …])",
        doc: "The texts of the arguments with a delimiter between them.",
        args: (2, 64),
        pure: true,
        bind: strcat_delim,
    },
    Function {
        name: "strcat_array",
        aliases: &["array_strcat"],
        signature: "strcat_array(array, delimiter)",
        doc: "The texts of the elements of an array with a delimiter between them.",
        args: (2, 2),
        pure: true,
        bind: strcat_array,
    },
    Function {
        name: "strrep",
        aliases: &[],
        signature: "strrep(value, multiplier [, delimiter])",
        doc: "The text repeated, at most 1024 times.",
        args: (2, 3),
        pure: true,
        bind: strrep,
    },
    Function {
        name: "substring",
        aliases: &[],
        signature: "substring(source, startingIndex [, length])",
        doc: "The characters from a position on; a negative position counts from the end.",
        args: (2, 3),
        pure: true,
        bind: substring,
    },
    Function {
        name: "split",
        aliases: &[],
        signature: "split(source, delimiter [, requestedIndex])",
        doc: "An array of the parts between delimiters, or of the one part at an index.",
        args: (2, 3),
        pure: true,
        bind: split,
    },
    Function {
        name: "strcmp",
        aliases: &[],
        signature: "strcmp(string1, string2)",
        doc: "-1, 0 or 1: how the first text stands to the second, by code points.",
        args: (2, 2),
        pure: true,
        bind: strcmp,
    },
    Function {
        name: "isascii",
        aliases: &["is_ascii"],
        signature: "isascii(value)",
        doc: "Whether all characters are ASCII.",
        args: (1, 1),
        pure: true,
        bind: isascii,
    },
    Function {
        name: "isutf8",
        aliases: &["is_utf8"],
        signature: "isutf8(value)",
        doc: "Whether the text is valid UTF-8, which all text here is.",
        args: (1, 1),
        pure: true,
        bind: isutf8,
    },
];

fn strlen(call: &Call<'_>) -> Result<Typed, Error> {
    let text = call.string(0)?;
    call.result(text.str().len_chars().cast(DataType::Int64), KqlType::Long)
}

fn string_size(call: &Call<'_>) -> Result<Typed, Error> {
    let text = call.string(0)?;
    call.result(text.str().len_bytes().cast(DataType::Int64), KqlType::Long)
}

fn toupper(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(call.text(0).str().to_uppercase(), KqlType::String)
}

fn tolower(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(call.text(0).str().to_lowercase(), KqlType::String)
}

fn reverse(call: &Call<'_>) -> Result<Typed, Error> {
    let expr =
        map_rows(&[call.text_arg(0)], KqlType::String, |row| Some(row.text(0)?.chars().rev().collect::<String>()));
    call.result(expr, KqlType::String)
}

fn strcat(call: &Call<'_>) -> Result<Typed, Error> {
    let parts: Vec<Expr> = (0..call.args.len()).map(|i| call.text(i)).collect();
    call.result(concat_str(parts, "", true), KqlType::String)
}

fn strcat_delim(call: &Call<'_>) -> Result<Typed, Error> {
    let delimiter = call.text(0);
    let mut parts = Vec::with_capacity(2 * call.args.len());
    for i in 1..call.args.len() {
        if i > 1 {
            parts.push(delimiter.clone());
        }
        parts.push(call.text(i));
    }
    call.result(concat_str(parts, "", true), KqlType::String)
}

fn strcat_array(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_dynamic(0)?;
    call.check_string(1)?;
    let args = [call.args[0].clone(), call.text_arg(1)];
    let expr = map_rows(&args, KqlType::String, |row| {
        let delimiter = row.text(1)?;
        let parts: Vec<String> = row.array(0)?.iter().map(json_text).collect();
        Some(parts.join(delimiter))
    });
    call.result(expr, KqlType::String)
}

/// An element as text: a string without its quotes, null as nothing.
pub(super) fn json_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Kusto repeats no more than this often.
const MAX_REPEATS: i64 = 1024;

fn strrep(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_long(1)?;
    let mut args = vec![call.text_arg(0), call.long_arg(1)];
    if call.has(2) {
        args.push(call.text_arg(2));
    }
    let expr = map_rows(&args, KqlType::String, |row| {
        let times = usize::try_from(row.long(1)?.min(MAX_REPEATS)).unwrap_or(0);
        Some(vec![row.text(0)?; times].join(row.text(2).unwrap_or_default()))
    });
    call.result(expr, KqlType::String)
}

fn substring(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_long(1)?;
    let mut args = vec![call.text_arg(0), call.long_arg(1)];
    if call.has(2) {
        call.check_long(2)?;
        args.push(call.long_arg(2));
    }
    let limited = call.has(2);
    let expr = map_rows(&args, KqlType::String, move |row| {
        let length = if limited { row.long(2)? } else { i64::MAX };
        Some(slice(row.text(0)?, row.long(1)?, length).to_owned())
    });
    call.result(expr, KqlType::String)
}

/// `length` characters from `start`, which counts from the end if it is negative. Past the ends there is nothing.
fn slice(text: &str, start: i64, length: i64) -> &str {
    let start = if start < 0 {
        let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        (count + start).max(0)
    } else {
        start
    };
    let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
        return "";
    };
    let from = byte_of(text, start);
    let rest = &text[from..];
    &rest[..byte_of(rest, length)]
}

/// The byte where character `index` starts, or the end of the text.
pub(super) fn byte_of(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

fn split(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_string(1)?;
    let mut args = vec![call.text_arg(0), call.text_arg(1)];
    if call.has(2) {
        call.check_long(2)?;
        args.push(call.long_arg(2));
    }
    let indexed = call.has(2);
    let expr = map_rows(&args, KqlType::Dynamic, move |row| {
        let (text, delimiter) = (row.text(0)?, row.text(1)?);
        let mut parts: Vec<&str> = if delimiter.is_empty() { vec![text] } else { text.split(delimiter).collect() };
        if indexed {
            let index = usize::try_from(row.long(2)?).ok();
            parts = index.and_then(|i| parts.get(i).copied()).into_iter().collect();
        }
        Some(serde_json::Value::from(parts))
    });
    call.result(expr, KqlType::Dynamic)
}

fn strcmp(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_string(1)?;
    let args = [call.text_arg(0), call.text_arg(1)];
    let expr = map_rows(&args, KqlType::Long, |row| Some(row.text(0)?.cmp(row.text(1)?) as i64));
    call.result(expr, KqlType::Long)
}

fn isascii(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Bool, |row| Some(row.text(0)?.is_ascii()));
    call.result(expr, KqlType::Bool)
}

fn isutf8(call: &Call<'_>) -> Result<Typed, Error> {
    call.result(call.string(0)?.is_not_null(), KqlType::Bool)
}
