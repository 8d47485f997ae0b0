//! Replacing and trimming.

use kql::{Error, KqlType};
use polars::prelude::lit;

use super::basic::json_text;
use crate::functions::{Call, Function};
use crate::pattern::Pattern;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "replace_string",
        aliases: &[],
        signature: "replace_string(text, lookup, rewrite)",
        doc: "The text with each occurrence of a text replaced.",
        args: (3, 3),
        pure: true,
        bind: replace_string,
    },
    Function {
        name: "replace_strings",
        aliases: &[],
        signature: "replace_strings(text, lookups, rewrites)",
        doc: "The text with the occurrences of several texts replaced, one lookup after the other; replacements are not searched again.",
        args: (3, 3),
        pure: true,
        bind: replace_strings,
    },
    Function {
        name: "replace_regex",
        aliases: &[],
        signature: "replace_regex(source, lookup_regex, rewrite_pattern)",
        doc: "The text with each match of a regular expression replaced; \\1 in the replacement is the first group.",
        args: (3, 3),
        pure: true,
        bind: |call| replaced(call, 0, 1, 2),
    },
    Function {
        name: "replace",
        aliases: &[],
        signature: "replace(lookup_regex, rewrite_pattern, source)",
        doc: "Deprecated: replace_regex() with its arguments in another order.",
        args: (3, 3),
        pure: true,
        bind: |call| replaced(call, 2, 0, 1),
    },
    Function {
        name: "translate",
        aliases: &[],
        signature: "translate(searchList, replacementList, source)",
        doc: "The text with each character of one list replaced by the character at the same place of another.",
        args: (3, 3),
        pure: true,
        bind: translate,
    },
    Function {
        name: "trim",
        aliases: &[],
        signature: "trim(regex, source)",
        doc: "The text without a leading and a trailing match of a regular expression.",
        args: (2, 2),
        pure: true,
        bind: trim,
    },
    Function {
        name: "trim_start",
        aliases: &[],
        signature: "trim_start(regex, source)",
        doc: "The text without a leading match of a regular expression.",
        args: (2, 2),
        pure: true,
        bind: trim_start,
    },
    Function {
        name: "trim_end",
        aliases: &[],
        signature: "trim_end(regex, source)",
        doc: "The text without a trailing match of a regular expression.",
        args: (2, 2),
        pure: true,
        bind: trim_end,
    },
];

fn replace_string(call: &Call<'_>) -> Result<Typed, Error> {
    for i in 0..3 {
        call.check_string(i)?;
    }
    let args = [call.text_arg(0), call.text_arg(1), call.text_arg(2)];
    let expr = map_rows(&args, KqlType::String, |row| {
        let (text, lookup, rewrite) = (row.text(0)?, row.text(1)?, row.text(2)?);
        Some(if lookup.is_empty() { text.to_owned() } else { text.replace(lookup, rewrite) })
    });
    call.result(expr, KqlType::String)
}

fn replace_strings(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_dynamic(1)?;
    call.check_dynamic(2)?;
    let args = [call.text_arg(0), call.args[1].clone(), call.args[2].clone()];
    let expr = map_rows(&args, KqlType::String, |row| {
        let lookups = row.array(1)?;
        let rewrites = row.array(2)?;
        let pairs: Vec<(String, String)> =
            lookups.iter().zip(rewrites.iter()).map(|(l, r)| (json_text(l), json_text(r))).collect();
        Some(replaced_in_turn(row.text(0)?, &pairs))
    });
    call.result(expr, KqlType::String)
}

/// Replaces one text after the other. What a replacement put in is not searched again.
fn replaced_in_turn(text: &str, pairs: &[(String, String)]) -> String {
    // Parts of the text, and whether they are replacements.
    let mut parts = vec![(text, false)];
    for (lookup, rewrite) in pairs.iter().filter(|(lookup, _)| !lookup.is_empty()) {
        let mut next = Vec::with_capacity(parts.len());
        for (part, replaced) in parts {
            if replaced {
                next.push((part, true));
                continue;
            }
            for (i, between) in part.split(lookup.as_str()).enumerate() {
                if i > 0 {
                    next.push((rewrite.as_str(), true));
                }
                next.push((between, false));
            }
        }
        parts = next;
    }
    parts.into_iter().map(|(part, _)| part).collect()
}

/// Replaces matches; the numbers are the positions of the arguments.
fn replaced(call: &Call<'_>, source: usize, regex: usize, rewrite: usize) -> Result<Typed, Error> {
    for i in 0..3 {
        call.check_string(i)?;
    }
    let pattern = Pattern::new(&call.args[regex])?;
    let args = [call.text_arg(source), call.text_arg(regex), call.text_arg(rewrite)];
    let expr = map_rows(&args, KqlType::String, move |row| {
        let (text, rewrite) = (row.text(0)?, row.text(2)?);
        let regex = pattern.get(row.text(1)?)?;
        Some(if rewrite.contains('\\') {
            regex.replace_all(text, |found: &regex::Captures<'_>| expand(rewrite, found)).into_owned()
        } else {
            regex.replace_all(text, regex::NoExpand(rewrite)).into_owned()
        })
    });
    call.result(expr, KqlType::String)
}

/// A replacement with `\0` to `\9` standing for groups and `\\` for a backslash, as RE2 has it.
fn expand(rewrite: &str, found: &regex::Captures<'_>) -> String {
    let mut out = String::new();
    let mut chars = rewrite.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(digit @ '0'..='9') => {
                let group = found.get(digit as usize - '0' as usize);
                out.push_str(group.map_or("", |g| g.as_str()));
            }
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn translate(call: &Call<'_>) -> Result<Typed, Error> {
    for i in 0..3 {
        call.check_string(i)?;
    }
    let args = [call.text_arg(0), call.text_arg(1), call.text_arg(2)];
    let expr = map_rows(&args, KqlType::String, |row| {
        let search: Vec<char> = row.text(0)?.chars().collect();
        let replacement: Vec<char> = row.text(1)?.chars().collect();
        // A short list of replacements goes on with its last character; with none, the characters are removed.
        let translated = |c: char| match search.iter().position(|s| *s == c) {
            Some(at) => replacement.get(at).or(replacement.last()).copied(),
            None => Some(c),
        };
        Some(row.text(2)?.chars().filter_map(translated).collect::<String>())
    });
    call.result(expr, KqlType::String)
}

fn trim(call: &Call<'_>) -> Result<Typed, Error> {
    trimmed(call, true, true)
}

fn trim_start(call: &Call<'_>) -> Result<Typed, Error> {
    trimmed(call, true, false)
}

fn trim_end(call: &Call<'_>) -> Result<Typed, Error> {
    trimmed(call, false, true)
}

fn trimmed(call: &Call<'_>, start: bool, end: bool) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_string(1)?;
    // Checks the expression as it is written, so that a message is about that one.
    Pattern::new(&call.args[0])?;
    let anchored = |before: &str, after: &str| {
        let mut arg = call.args[0].clone();
        arg.constant = call.args[0]
            .constant_str("regex")
            .ok()
            .map(|text| kql::Value::String(format!("{before}(?:{text}){after}")));
        arg.expr = lit(before) + lit("(?:") + call.text(0) + lit(")") + lit(after);
        arg.ty = KqlType::String;
        arg
    };
    let (head, tail) = (anchored(r"\A", ""), anchored("", r"\z"));
    let patterns = (Pattern::new(&head)?, Pattern::new(&tail)?);
    let args = [head, tail, call.text_arg(1)];
    let expr = map_rows(&args, KqlType::String, move |row| {
        let mut text = row.text(2)?;
        if start && let Some(found) = patterns.0.get(row.text(0)?)?.find(text) {
            text = &text[found.end()..];
        }
        if end && let Some(found) = patterns.1.get(row.text(1)?)?.find(text) {
            text = &text[..found.start()];
        }
        Some(text.to_owned())
    });
    call.result(expr, KqlType::String)
}
