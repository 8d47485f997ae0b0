//! `parse` and `parse-where`.
//!
//! The pattern becomes one regular expression over the whole text.
//!
//! | part | simple, relaxed | regex |
//! |---|---|---|
//! | text | itself | a regular expression |
//! | `*` | as little as possible | the same |
//! | a column of text | as little as possible | as much as possible (`flags=U`: as little) |
//! | a number | up to the next text; before `*`, the digits | the digits |
//! | another type | up to the next text | as a column of text |
//!
//! Source: <https://learn.microsoft.com/kusto/query/parse-operator>

use std::sync::Arc;

use kql::ast::{Expr as Ast, ParseKind, ParsePart};
use kql::{Error, ErrorKind, KqlType, Span};

use super::captures::{self, Capture, Misfit};
use super::projection;
use crate::query::Context;
use crate::rel::Rel;

/// Adds columns that a pattern finds in a text. `filter`: leaves out the rows that it does not fit (`parse-where`).
///
/// # Errors
/// Mistakes in the expression or the pattern.
pub fn apply(
    cx: &Context<'_>,
    rel: Rel,
    (kind, flags, filter): (ParseKind, Option<&str>, bool),
    text: &Ast,
    pattern: &[ParsePart],
    span: Span,
) -> Result<Rel, Error> {
    let mut captures: Vec<Capture> = Vec::new();
    for part in pattern {
        let ParsePart::Capture(name, ty) = part else {
            continue;
        };
        if captures.iter().any(|c| c.name.name == name.name) {
            return Err(projection::duplicate(name));
        }
        captures.push(Capture { name: name.clone(), ty: ty.unwrap_or(KqlType::String) });
    }
    let regex = compile(kind, flags, pattern, span)?;
    let names: Vec<String> = (0..captures.len()).map(group).collect();
    let binder = cx.over(&rel);
    let text = binder.bind(text)?;
    let text = binder.cast(text, KqlType::String)?.expr;
    let misfit = match (filter, kind) {
        (true, _) => Misfit::Drop,
        (false, ParseKind::Relaxed) => Misfit::EachAlone,
        (false, ParseKind::Simple | ParseKind::Regex) => Misfit::AllNull,
    };
    let cut: captures::Cut = Arc::new(move |text, found| {
        let Some(groups) = regex.captures(text) else {
            return false;
        };
        for (slot, name) in found.iter_mut().zip(&names) {
            *slot = groups.name(name).map(|m| m.as_str().to_owned());
        }
        true
    });
    captures::extend(cx, rel, text, &captures, cut, misfit)
}

/// The name of a group: the regular expressions of the query may have groups of their own.
fn group(i: usize) -> String {
    format!("kql_capture_{i}")
}

fn expression(kind: ParseKind, pattern: &[ParsePart]) -> String {
    let mut regex = String::from("^");
    let mut captures = 0;
    for (i, part) in pattern.iter().enumerate() {
        match part {
            ParsePart::Skip => regex.push_str(".*?"),
            ParsePart::Text(text, _) if kind == ParseKind::Regex => {
                regex.push_str("(?:");
                regex.push_str(text);
                regex.push(')');
            }
            ParsePart::Text(text, _) => regex.push_str(&regex::escape(text)),
            ParsePart::Capture(_, ty) => {
                let skip_follows = matches!(pattern.get(i + 1), Some(ParsePart::Skip));
                let ty = ty.unwrap_or(KqlType::String);
                let body = match kind {
                    ParseKind::Regex => digits(ty).unwrap_or(".*").to_owned(),
                    ParseKind::Simple if skip_follows => digits(ty).unwrap_or(".*").to_owned(),
                    ParseKind::Relaxed if skip_follows => {
                        digits(ty).map_or_else(|| ".*".to_owned(), |d| format!("(?:{d})?"))
                    }
                    ParseKind::Simple | ParseKind::Relaxed => ".*?".to_owned(),
                };
                regex.push_str(&format!("(?P<{}>{body})", group(captures)));
                captures += 1;
            }
        }
    }
    regex.push('$');
    regex
}

/// What a number looks like.
fn digits(ty: KqlType) -> Option<&'static str> {
    match ty {
        KqlType::Int | KqlType::Long => Some(r"[-+]?\d+"),
        KqlType::Real | KqlType::Decimal => Some(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"),
        _ => None,
    }
}

/// The pattern as a regular expression. `.` matches line ends, in a pattern of regular expressions only with `flags = s`.
fn compile(kind: ParseKind, flags: Option<&str>, pattern: &[ParsePart], span: Span) -> Result<regex::Regex, Error> {
    if let Some(flags) = flags
        && kind != ParseKind::Regex
    {
        return Err(Error::new(ErrorKind::Syntax, span, format!("the flags `{flags}` need kind=regex")));
    }
    let mut builder = regex::RegexBuilder::new(&expression(kind, pattern));
    builder.size_limit(32 << 20).dot_matches_new_line(kind != ParseKind::Regex);
    for flag in flags.unwrap_or_default().chars() {
        match flag {
            'U' => builder.swap_greed(true),
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            _ => {
                let message = format!("there is no regular expression flag `{flag}`");
                return Err(Error::new(ErrorKind::Unsupported, span, message).with_help(
                    "the flags are U (shortest match), i (ignore case), m (lines), s (. matches line ends)",
                ));
            }
        };
    }
    builder.build().map_err(|_| bad_pattern(kind, pattern, span))
}

/// The error for a pattern that is no regular expression, at its first part that is none.
fn bad_pattern(kind: ParseKind, pattern: &[ParsePart], span: Span) -> Error {
    if kind == ParseKind::Regex {
        for part in pattern {
            if let ParsePart::Text(text, at) = part
                && let Err(error) = regex::Regex::new(text)
            {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                return Error::new(ErrorKind::Syntax, *at, format!("this is no regular expression: {reason}"));
            }
        }
    }
    Error::new(ErrorKind::Limit, span, "this pattern is too large")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const TEXT: &str = "let T = datatable(m: string) ['a=1, b=two c', 'a=x, b=two c', 'none', ''];";

    #[test]
    fn simple_needs_every_type() {
        insta::assert_snapshot!(rows(&format!("{TEXT} T | parse m with 'a=' a: long ', b=' b ' ' * | project a, b")), @r#"
a | b
1 | two
null | 
null | 
null |
"#);
        insta::assert_snapshot!(rows(&format!("{TEXT} T | parse-where m with 'a=' a: long ', b=' b ' ' * | project a, b")), @r#"
a | b
1 | two
"#);
        insta::assert_snapshot!(rows(&format!("{TEXT} T | parse kind=relaxed m with 'a=' a: long ', b=' b ' ' * | project a, b")), @r#"
a | b
1 | two
null | two
null | 
null |
"#);
    }

    #[test]
    fn the_whole_text_has_to_fit() {
        insta::assert_snapshot!(rows("print m = 'k=5 rest' | parse m with 'k=' k: long | parse m with 'k=' l: long * | parse m with * 'k=' n"), @r#"
m | k | l | n
k=5 rest | null | 5 | 5 rest
"#);
        insta::assert_snapshot!(rows("print m = 'x k=5' | parse m with 'k=' k | parse m with * 'k=' n: real | parse m with first ' ' *"), @r#"
m | k | n | first
x k=5 |  | 5.0 | x
"#);
    }

    #[test]
    fn regular_expressions() {
        insta::assert_snapshot!(rows("print m = 'a1,b2,c3' | parse kind=regex m with x ',' y | parse kind=regex flags=U m with z ',' *"), @r#"
m | x | y | z
a1,b2,c3 | a1,b2 | c3 | a1
"#);
        insta::assert_snapshot!(rows("print m = 'Key=7;' | parse kind=regex flags=i m with '(k)(e)y=' n: long ';'"), @r#"
m | n
Key=7; | 7
"#);
        insta::assert_snapshot!(error("print m = 'x' | parse kind=regex m with '(' n"), @r#"this is no regular expression: unclosed group"#);
        insta::assert_snapshot!(error("print m = 'x' | parse kind=regex flags=Q m with 'a' n"), @r#"there is no regular expression flag `Q` (the flags are U (shortest match), i (ignore case), m (lines), s (. matches line ends))"#);
        insta::assert_snapshot!(error("print m = 'x' | parse m with 'a' n 'b' n"), @r#"the column `n` is given twice"#);
    }

    #[test]
    fn columns_of_the_same_name_are_replaced() {
        insta::assert_snapshot!(rows("print m = 'a-b', n = 1 | parse m with m '-' n"), @r#"
m | n
a | b
"#);
        insta::assert_snapshot!(rows("print m = 5 | parse m with n: long"), @r#"
m | n
5 | 5
"#);
        insta::assert_snapshot!(rows(r"print m = 'line\none' | parse m with a 'ne\n' b"), @r#"
m | a | b
line
one | li | one
"#);
    }
}
