//! Extracting with regular expressions and JSON paths.

use kql::{Error, KqlType, Value};
use serde_json::Value as Json;

use crate::convert::convert;
use crate::functions::{Call, Function};
use crate::json::{Step, canonical, find};
use crate::pattern::Pattern;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "extract",
        aliases: &[],
        signature: "extract(regex, captureGroup, source [, typeLiteral])",
        doc: "The text of a group of the first match of a regular expression, converted to a type if one is given.",
        args: (3, 4),
        pure: true,
        bind: extract,
    },
    Function {
        name: "extract_all",
        aliases: &["extractall"],
        signature: "extract_all(regex, [captureGroups,] source)",
        doc: "An array of the groups of all matches of a regular expression: texts for one group, arrays of texts for several.",
        args: (2, 3),
        pure: true,
        bind: extract_all,
    },
    Function {
        name: "extract_json",
        aliases: &["extractjson"],
        signature: "extract_json(jsonPath, dataSource [, type])",
        doc: "The value at a path such as $.a[0].b of JSON text, converted to a type if one is given.",
        args: (2, 3),
        pure: true,
        bind: extract_json,
    },
    Function {
        name: "regex_quote",
        aliases: &[],
        signature: "regex_quote(string)",
        doc: "The text with all characters escaped that mean something in a regular expression.",
        args: (1, 1),
        pure: true,
        bind: regex_quote,
    },
];

fn extract(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_long(1)?;
    call.check_string(2)?;
    let pattern = Pattern::new(&call.args[0])?;
    let args = [call.text_arg(0), call.long_arg(1), call.text_arg(2)];
    let expr = map_rows(&args, KqlType::String, move |row| {
        let group = usize::try_from(row.long(1)?).ok()?;
        let regex = pattern.get(row.text(0)?)?;
        Some(regex.captures(row.text(2)?)?.get(group)?.as_str().to_owned())
    });
    let text = Typed::new(expr, KqlType::String, call.span);
    if call.has(3) { Ok(convert(&text, call.type_argument(3)?)) } else { Ok(text) }
}

/// A group of a match, by number or name.
#[derive(Debug)]
enum Group {
    Number(usize),
    Name(String),
}

fn extract_all(call: &Call<'_>) -> Result<Typed, Error> {
    let source = call.args.len() - 1;
    call.check_string(0)?;
    call.check_string(source)?;
    let groups = if call.has(2) { Some(groups(call)?) } else { None };
    let pattern = Pattern::new(&call.args[0])?;
    if let (Some(Value::String(text)), None) = (&call.args[0].constant, &groups)
        && pattern.get(text).is_some_and(|regex| regex.captures_len() < 2)
    {
        return Err(call.argument_error(0, "the regular expression needs at least one group in parentheses"));
    }
    let args = [call.text_arg(0), call.text_arg(source)];
    let expr = map_rows(&args, KqlType::Dynamic, move |row| {
        let regex = pattern.get(row.text(0)?)?;
        let matches: Vec<Json> = regex
            .captures_iter(row.text(1)?)
            .map(|found| {
                let text = |group: Option<regex::Match<'_>>| Json::from(group.map_or("", |g| g.as_str()));
                let mut texts: Vec<Json> = match &groups {
                    Some(groups) => groups
                        .iter()
                        .map(|group| match group {
                            Group::Number(n) => text(found.get(*n)),
                            Group::Name(name) => text(found.name(name)),
                        })
                        .collect(),
                    None => (1..found.len()).map(|n| text(found.get(n))).collect(),
                };
                if texts.len() == 1 { texts.swap_remove(0) } else { Json::from(texts) }
            })
            .collect();
        // No match is null, not an empty array.
        (!matches.is_empty()).then_some(Json::from(matches))
    });
    call.result(expr, KqlType::Dynamic)
}

/// The groups that the second argument asks for.
fn groups(call: &Call<'_>) -> Result<Vec<Group>, Error> {
    let wrong = || call.argument_error(1, "captureGroups has to be a constant array of group numbers and names");
    let Some(Value::Dynamic(Json::Array(groups))) = &call.args[1].constant else {
        return Err(wrong());
    };
    let group = |group: &Json| match group {
        Json::String(name) => Some(Group::Name(name.clone())),
        other => other.as_u64().and_then(|n| usize::try_from(n).ok()).map(Group::Number),
    };
    groups.iter().map(|g| group(g).ok_or_else(wrong)).collect()
}

fn regex_quote(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::String, |row| Some(regex::escape(row.text(0)?)));
    call.result(expr, KqlType::String)
}

fn extract_json(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(1)?;
    let path = parse_path(call.args[0].constant_str("jsonPath")?)
        .ok_or_else(|| call.argument_error(0, "jsonPath has the form $.name[0]['other name']"))?;
    let ty = if call.has(2) { call.type_argument(2)? } else { KqlType::String };
    let expr = map_rows(&[call.text_arg(1)], KqlType::Dynamic, move |row| {
        let json = canonical(row.text(0)?)?;
        let found = find(&json, &path).filter(|found| *found != "null")?;
        Some(found.to_owned())
    });
    Ok(convert(&Typed::new(expr, KqlType::Dynamic, call.span), ty))
}

/// `$.a[0]['b c']["d"]`; `None` for anything else, wildcards and filters included.
pub(crate) fn parse_path(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let key = &after[..end];
            if key.is_empty() || key == "*" {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            rest = &after[end..];
        } else {
            let inside = rest.strip_prefix('[')?;
            let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'));
            match quote {
                Some(quote) => {
                    let (key, after) = inside[1..].split_once(quote)?;
                    steps.push(Step::Key(key.to_owned()));
                    rest = after.strip_prefix(']')?;
                }
                None => {
                    let (index, after) = inside.split_once(']')?;
                    let index: u32 = index.trim().parse().ok()?;
                    steps.push(Step::Index(index.into()));
                    rest = after;
                }
            }
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_paths() {
        let key = |k: &str| Step::Key(k.to_owned());
        assert_eq!(parse_path("$.a[0]['b c'].d"), Some(vec![key("a"), Step::Index(0), key("b c"), key("d")]));
        assert_eq!(parse_path("$"), Some(vec![]));
        for wrong in ["a", "$.", "$.*", "$[x]", "$['a", "$a", "$.a..b", "$[0"] {
            assert_eq!(parse_path(wrong), None, "{wrong}");
        }
    }
}
