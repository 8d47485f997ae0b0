//! `parse-kv`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/parse-kv-operator>

use std::collections::HashMap;
use std::sync::Arc;

use kql::ast::{ColumnDecl, Expr as Ast, OpParam};
use kql::{Error, ErrorKind, KqlType, Value};

use super::captures::{self, Capture, Cut, Misfit};
use super::projection;
use crate::query::Context;
use crate::rel::Rel;

/// Adds a column for each key of a text of keys and values.
///
/// # Errors
/// Mistakes in the expression, properties that do not exist or do not go together.
pub fn apply(cx: &Context<'_>, rel: Rel, text: &Ast, keys: &[ColumnDecl], params: &[OpParam]) -> Result<Rel, Error> {
    let mut captures: Vec<Capture> = Vec::with_capacity(keys.len());
    for key in keys {
        if captures.iter().any(|c| c.name.name == key.name.name) {
            return Err(projection::duplicate(&key.name));
        }
        captures.push(Capture { name: key.name.clone(), ty: key.ty });
    }
    let positions: HashMap<String, usize> =
        captures.iter().enumerate().map(|(i, c)| (c.name.name.clone(), i)).collect();
    let options = Options::new(cx, params)?;
    let binder = cx.over(&rel);
    let bound = binder.bind(text)?;
    let bound = binder.cast(bound, KqlType::String)?.expr;
    let cut: Cut = Arc::new(move |text, found| {
        options.each(text, &positions, &mut |key, value| {
            if let Some(slot) = positions.get(key).and_then(|i| found.get_mut(*i)) {
                // The first appearance of a key counts.
                slot.get_or_insert_with(|| value.trim().to_owned());
            }
        });
        true
    });
    captures::extend(cx, rel, bound, &captures, cut, Misfit::EachAlone)
}

/// What stands around keys and values.
#[derive(Debug, Default)]
struct Options {
    pair: Option<String>,
    kv: Option<String>,
    /// Opening and closing quotes.
    quotes: Vec<(char, char)>,
    escapes: Vec<char>,
    greedy: bool,
    regex: Option<regex::Regex>,
}

impl Options {
    fn new(cx: &Context<'_>, params: &[OpParam]) -> Result<Self, Error> {
        let mut options = Self::default();
        for param in params {
            let span = param.value.span;
            let constant = |ty| cx.binder().constant(&param.value, ty, &param.name.name);
            let text = || match constant(KqlType::String)? {
                Value::String(text) if !text.is_empty() => Ok(text),
                _ => Err(Error::new(ErrorKind::Type, span, format!("`{}` is empty", param.name.name))),
            };
            match param.name.name.as_str() {
                "pair_delimiter" => options.pair = Some(text()?),
                "kv_delimiter" => options.kv = Some(text()?),
                "quote" => {
                    let text = text()?;
                    let mut chars = text.chars();
                    match (chars.next(), chars.next(), chars.next()) {
                        (Some(quote), None, _) => options.quotes.push((quote, quote)),
                        (Some(open), Some(close), None) => options.quotes.push((open, close)),
                        _ => {
                            return Err(Error::new(ErrorKind::Type, span, "a quote is one or two characters"));
                        }
                    }
                }
                "escape" => {
                    let text = text()?;
                    let mut chars = text.chars();
                    match (chars.next(), chars.next()) {
                        (Some(escape), None) => options.escapes.push(escape),
                        _ => {
                            return Err(Error::new(ErrorKind::Type, span, "an escape is one character"));
                        }
                    }
                }
                "greedy" => options.greedy = constant(KqlType::Bool)? == Value::Bool(true),
                "regex" => {
                    let regex = regex::Regex::new(&text()?)
                        .map_err(|_| Error::new(ErrorKind::Syntax, span, "this is no regular expression"))?;
                    if regex.captures_len() != 3 {
                        return Err(Error::new(
                            ErrorKind::Type,
                            span,
                            "the regular expression needs two groups: the key and the value",
                        ));
                    }
                    options.regex = Some(regex);
                }
                other => {
                    return Err(Error::new(
                        ErrorKind::UnknownName,
                        param.name.span,
                        format!("parse-kv has no property `{other}`"),
                    )
                    .with_help("the properties are pair_delimiter, kv_delimiter, quote, escape, greedy, regex"));
                }
            }
            let alone = options.regex.is_some() && params.len() > 1;
            if alone {
                return Err(Error::new(ErrorKind::Type, param.name.span, "`regex` goes with no other property"));
            }
        }
        if let Some(param) = params.iter().find(|p| p.name.name.ends_with("_delimiter"))
            && options.pair.is_some() != options.kv.is_some()
        {
            return Err(Error::new(ErrorKind::Type, param.name.span, "pair_delimiter and kv_delimiter go together"));
        }
        if options.greedy && options.pair.is_none() {
            return Err(Error::bare(ErrorKind::Type, "`greedy` needs pair_delimiter and kv_delimiter"));
        }
        Ok(options)
    }

    /// Calls `add` for each key and value of a text, in order.
    fn each(&self, text: &str, keys: &HashMap<String, usize>, add: &mut dyn FnMut(&str, &str)) {
        if let Some(regex) = &self.regex {
            for groups in regex.captures_iter(text) {
                if let (Some(key), Some(value)) = (groups.get(1), groups.get(2)) {
                    add(key.as_str().trim(), value.as_str());
                }
            }
            return;
        }
        match (&self.pair, &self.kv) {
            (Some(pair), Some(kv)) => self.delimited(text, pair, kv, add),
            _ => self.free(text, keys, add),
        }
    }

    /// Keys and values with given delimiters.
    fn delimited(&self, text: &str, pair: &str, kv: &str, add: &mut dyn FnMut(&str, &str)) {
        let mut rest = text;
        while !rest.is_empty() {
            rest = rest.trim_start();
            let (key, after) = match self.quoted(rest) {
                Some((key, after)) => match after.trim_start().strip_prefix(kv) {
                    Some(after) => (key, after),
                    None => {
                        rest = skip_past(after, pair);
                        continue;
                    }
                },
                None => {
                    let Some(end) = rest.find(kv) else { return };
                    // Something without a value stands before the next pair.
                    if let Some(next) = rest[..end].find(pair)
                        && !rest[..end].trim().is_empty()
                    {
                        rest = &rest[next + pair.len()..];
                        continue;
                    }
                    (rest[..end].to_owned(), &rest[end + kv.len()..])
                }
            };
            let blank_delimiter = pair.trim().is_empty();
            let value_start = if blank_delimiter { after } else { after.trim_start() };
            if let Some((value, after)) = self.quoted(value_start) {
                add(key.trim(), &value);
                rest = skip_past(after, pair);
                continue;
            }
            let end = if self.greedy { greedy_end(value_start, pair, kv) } else { value_start.find(pair) };
            let end = end.unwrap_or(value_start.len());
            add(key.trim(), &value_start[..end]);
            rest = value_start.get(end + pair.len()..).unwrap_or_default();
        }
    }

    /// Known keys and the words after them, whatever stands between.
    fn free(&self, text: &str, keys: &HashMap<String, usize>, add: &mut dyn FnMut(&str, &str)) {
        let mut rest = text;
        let mut key: Option<String> = None;
        while let Some(c) = rest.chars().next() {
            let (word, after) = match self.quoted(rest) {
                Some(quoted) => quoted,
                None if is_word(c) => {
                    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                    (rest[..end].to_owned(), &rest[end..])
                }
                None => {
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
            };
            rest = after;
            match key.take() {
                Some(key) => add(&key, &word),
                None if keys.contains_key(&word) => key = Some(word),
                None => {}
            }
        }
    }

    /// The text in quotes that starts here, without escapes, and what follows. `None` when there is none, or it has no end.
    fn quoted<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        let first = text.chars().next()?;
        let (_, close) = self.quotes.iter().find(|(open, _)| *open == first)?;
        let mut out = String::new();
        let mut chars = text.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if self.escapes.contains(&c) {
                let (_, escaped) = chars.next()?;
                out.push(escaped);
            } else if c == *close {
                return Some((out, &text[at + c.len_utf8()..]));
            } else {
                out.push(c);
            }
        }
        None
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn skip_past<'t>(text: &'t str, delimiter: &str) -> &'t str {
    text.find(delimiter).map_or("", |at| &text[at + delimiter.len()..])
}

/// The end of a value that goes on up to the next key: the last pair delimiter before the next key-value delimiter.
fn greedy_end(text: &str, pair: &str, kv: &str) -> Option<usize> {
    let next = text.find(kv)?;
    text[..next].rfind(pair)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    #[test]
    fn given_delimiters() {
        insta::assert_snapshot!(rows("print s = 'a: 1, b : two words , c: x:y, a: 9' | parse-kv s as (c: string, a: long, b: string, d: real, e: string) with (pair_delimiter=',', kv_delimiter=':') | project-away s"), @r#"
c | a | b | d | e
x:y | 1 | two words | null |
"#);
        insta::assert_snapshot!(rows("print s = 'a=1 junk b=2' | parse-kv s as (a: long, b: long) with (pair_delimiter=' ', kv_delimiter='=') | project-away s"), @r#"
a | b
1 | 2
"#);
        insta::assert_snapshot!(rows("print s = 'a=&&b=2' | parse-kv s as (a: string, b: long) with (pair_delimiter='&&', kv_delimiter='=') | project-away s"), @r#"
a | b
 | 2
"#);
    }

    #[test]
    fn quotes_and_escapes() {
        insta::assert_snapshot!(rows("print s = 'src=1 (event time)=(2021-01-01 10:00:54) x=(a b)' | parse-kv s as (['event time']: datetime, src: long, x: string) with (pair_delimiter=' ', kv_delimiter='=', quote='()') | project-away s"), @r#"
event time | src | x
2021-01-01T10:00:54.0000000Z | 1 | a b
"#);
        insta::assert_snapshot!(rows(r#"print s = 'f="say \\"hi\\"" g="open' | parse-kv s as (f: string, g: string) with (pair_delimiter=' ', kv_delimiter='=', quote='"', escape='\\') | project-away s"#), @r#"
f | g
say "hi" | "open
"#);
    }

    #[test]
    fn greedy_values() {
        insta::assert_snapshot!(rows("print s = 'name=John Doe phone=555 5555 city=New York' | parse-kv s as (name: string, phone: string, city: string) with (pair_delimiter=' ', kv_delimiter='=', greedy=true) | project-away s"), @r#"
name | phone | city
John Doe | 555 5555 | New York
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error("print s = '' | parse-kv s as (a: long) with (pair_delimiter=',')"), @r#"pair_delimiter and kv_delimiter go together"#);
        insta::assert_snapshot!(error("print s = '' | parse-kv s as (a: long) with (pair=',')"), @r#"parse-kv has no property `pair` (the properties are pair_delimiter, kv_delimiter, quote, escape, greedy, regex)"#);
        insta::assert_snapshot!(error("print s = '' | parse-kv s as (a: long, a: int)"), @r#"the column `a` is given twice"#);
        insta::assert_snapshot!(error("print s = '' | parse-kv s as (a: long) with (regex='(a)')"), @r#"the regular expression needs two groups: the key and the value"#);
    }
}
