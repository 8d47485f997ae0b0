//! Finding and counting.

use kql::{Error, KqlType, Value};
use serde_json::Value as Json;

use super::basic::byte_of;
use crate::functions::{Call, Function};
use crate::pattern::Pattern;
use crate::rows::{Row, map_rows};
use crate::terms::{Needle, Place};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "indexof",
        aliases: &[],
        signature: "indexof(string, match [, start [, length [, occurrence]]])",
        doc: "The position of a text in another, from 0; -1 if it is not there, null for a wrong start, length or occurrence.",
        args: (2, 5),
        pure: true,
        bind: indexof,
    },
    Function {
        name: "indexof_regex",
        aliases: &[],
        signature: "indexof_regex(string, match [, start [, length [, occurrence]]])",
        doc: "The position of a match of a regular expression, from 0; -1 if there is none, null for a wrong start, length or occurrence.",
        args: (2, 5),
        pure: true,
        bind: indexof_regex,
    },
    Function {
        name: "countof",
        aliases: &[],
        signature: "countof(source, search [, kind])",
        doc: "How often a text (overlaps count), or with kind \"regex\" a regular expression (without overlaps), is found.",
        args: (2, 3),
        pure: true,
        bind: countof,
    },
    Function {
        name: "has_any_index",
        aliases: &[],
        signature: "has_any_index(source, values)",
        doc: "The index of the first value that the text has as a whole term, regardless of case; -1 if it has none.",
        args: (2, 2),
        pure: true,
        bind: has_any_index,
    },
];

/// Checks the arguments of both `indexof` functions, and gives them for the row kernel: two texts, then whole numbers.
fn index_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    let mut args = vec![call.text_arg(0), call.text_arg(1)];
    for i in 2..call.args.len() {
        call.check_long(i)?;
        args.push(call.long_arg(i));
    }
    Ok(args)
}

/// Where to search: the first character, the number of characters (`None` for all), and which occurrence is asked for.
fn range(row: &Row<'_>) -> Option<(usize, Option<usize>, usize)> {
    let start = if row.len() > 2 { row.long(2)? } else { 0 };
    let length = if row.len() > 3 { row.long(3)? } else { -1 };
    let occurrence = if row.len() > 4 { row.long(4)? } else { 1 };
    if length < -1 || occurrence < 1 {
        return None;
    }
    let start = if start < 0 { i64::try_from(row.text(0)?.chars().count()).ok()? + start } else { start };
    Some((usize::try_from(start).unwrap_or(0), usize::try_from(length).ok(), usize::try_from(occurrence).ok()?))
}

/// `length` characters of a text from character `start` on.
fn part(text: &str, start: usize, length: Option<usize>) -> &str {
    let rest = &text[byte_of(text, start)..];
    length.map_or(rest, |length| &rest[..byte_of(rest, length)])
}

/// The position in characters of byte `at` of a part that starts at character `start`.
fn position(start: usize, part: &str, at: Option<usize>) -> Option<i64> {
    at.map_or(Some(-1), |at| i64::try_from(start + part[..at].chars().count()).ok())
}

fn indexof(call: &Call<'_>) -> Result<Typed, Error> {
    let args = index_args(call)?;
    let expr = map_rows(&args, KqlType::Long, |row| {
        let (mut start, length, occurrence) = range(row)?;
        let (text, needle) = (row.text(0)?, row.text(1)?);
        // The documented results show that each further search has the whole length again, from after the one before.
        for left in (0..occurrence).rev() {
            let part = part(text, start, length);
            let at = part.find(needle);
            if at.is_none() || left == 0 {
                return position(start, part, at);
            }
            if part.is_empty() {
                return Some(-1);
            }
            start += part[..at?].chars().count() + 1;
        }
        None
    });
    call.result(expr, KqlType::Long)
}

fn indexof_regex(call: &Call<'_>) -> Result<Typed, Error> {
    let args = index_args(call)?;
    let pattern = Pattern::new(&call.args[1])?;
    let expr = map_rows(&args, KqlType::Long, move |row| {
        // Unlike indexof(), a negative start is an error.
        if row.long(2).is_some_and(|start| start < 0) {
            return None;
        }
        let (start, length, occurrence) = range(row)?;
        let part = part(row.text(0)?, start, length);
        let regex = pattern.get(row.text(1)?)?;
        let at = regex.find_iter(part).nth(occurrence - 1).map(|found| found.start());
        position(start, part, at)
    });
    call.result(expr, KqlType::Long)
}

/// The bytes where `needle` stands in `text`, overlaps included.
fn overlapping<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let at = from? + text.get(from?..)?.find(needle)?;
        // The next one may start at the next character.
        from = text[at..].chars().next().map(|c| at + c.len_utf8());
        Some(at)
    })
}

fn countof(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_string(1)?;
    let kind = if call.has(2) { call.args[2].constant_str("kind")? } else { "normal" };
    let args = [call.text_arg(0), call.text_arg(1)];
    let expr = match kind {
        "normal" => map_rows(&args, KqlType::Long, |row| {
            let (text, needle) = (row.text(0)?, row.text(1)?);
            if needle.is_empty() { Some(0) } else { i64::try_from(overlapping(text, needle).count()).ok() }
        }),
        "regex" => {
            let pattern = Pattern::new(&call.args[1])?;
            map_rows(&args, KqlType::Long, move |row| {
                i64::try_from(pattern.get(row.text(1)?)?.find_iter(row.text(0)?).count()).ok()
            })
        }
        _ => return Err(call.argument_error(2, "kind is \"normal\" or \"regex\"")),
    };
    call.result(expr, KqlType::Long)
}

fn has_any_index(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_dynamic(1)?;
    let args = [call.text_arg(0), call.args[1].clone()];
    let fixed = match &call.args[1].constant {
        Some(Value::Dynamic(Json::Array(values))) => Some(needles(values)),
        _ => None,
    };
    let expr = map_rows(&args, KqlType::Long, move |row| {
        let text = row.text(0)?;
        let find = |needles: &[Option<Needle>]| {
            let found = needles.iter().position(|n| n.as_ref().is_some_and(|n| n.is_in(text)));
            Some(found.and_then(|i| i64::try_from(i).ok()).unwrap_or(-1))
        };
        match &fixed {
            Some(needles) => find(needles),
            None => find(&needles(&row.array(1)?)),
        }
    });
    call.result(expr, KqlType::Long)
}

/// What to search for: texts, and other scalars as they are written. Arrays, property bags and nulls are never found.
fn needles(values: &[Json]) -> Vec<Option<Needle>> {
    let needle = |value: &Json| match value {
        Json::String(term) => Some(Needle::new(term, Place::Has, true)),
        Json::Number(_) | Json::Bool(_) => Some(Needle::new(&value.to_string(), Place::Has, true)),
        _ => None,
    };
    values.iter().map(needle).collect()
}
