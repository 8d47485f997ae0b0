//! Finds the value at a path of JSON text, in one pass, without building a tree.

use std::borrow::Cow;

/// One step of a path into a dynamic value: `.name` and `["name"]`, or `[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The value of a key of a property bag; case matters.
    Key(String),
    /// An element of an array; negative counts from the end.
    Index(i64),
}

/// The text of the value at `path`, or `None` if there is none, or the text up to there is not JSON.
///
/// The text behind the value is not read, but for its last character: a bag or array that was cut off holds no value, as in Kusto.
/// Of equal keys the first one counts.
///
/// ```
/// # use kql_polars::json::{Step, find};
/// let path = [Step::Key("city".into()), Step::Index(-1)];
/// assert_eq!(find(r#"{"city":["Oslo","Rome"]}"#, &path), Some(r#""Rome""#));
/// ```
pub fn find<'a>(text: &'a str, path: &[Step]) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    let last = bytes.iter().rev().find(|b| !b.is_ascii_whitespace())?;
    match bytes.get(at)? {
        b'{' if *last != b'}' => return None,
        b'[' if *last != b']' => return None,
        _ => {}
    }
    for step in path {
        at = match step {
            Step::Key(key) => key_at(bytes, at, key)?,
            Step::Index(index) => index_at(bytes, at, *index)?,
        };
    }
    let end = skip_value(bytes, at)?;
    text.get(at..end)
}

/// [`find`] for a path of one key.
pub fn find_key<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let at = key_at(bytes, skip_space(bytes, 0), key)?;
    text.get(at..skip_value(bytes, at)?)
}

/// [`find`] for a path of one index.
pub fn find_index(text: &str, index: i64) -> Option<&str> {
    let bytes = text.as_bytes();
    let at = index_at(bytes, skip_space(bytes, 0), index)?;
    text.get(at..skip_value(bytes, at)?)
}

/// Position of the value of `key` in the bag that begins at `at`.
fn key_at(bytes: &[u8], at: usize, key: &str) -> Option<usize> {
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    let mut at = skip_space(bytes, at + 1);
    loop {
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let end = skip_string(bytes, at)?;
        let found = key_equals(&bytes[at + 1..end - 1], key);
        at = skip_space(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = skip_space(bytes, at + 1);
        if found {
            return Some(at);
        }
        at = skip_space(bytes, skip_value(bytes, at)?);
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at = skip_space(bytes, at + 1);
    }
}

/// Position of the element `index` of the array that begins at `at`.
fn index_at(bytes: &[u8], at: usize, index: i64) -> Option<usize> {
    if bytes.get(at) != Some(&b'[') {
        return None;
    }
    let first = skip_space(bytes, at + 1);
    if bytes.get(first) == Some(&b']') {
        return None;
    }
    let wanted = if index >= 0 {
        usize::try_from(index).ok()?
    } else {
        let mut count = 1;
        let mut at = first;
        while let Some(next) = next_element(bytes, at)? {
            at = next;
            count += 1;
        }
        count - usize::try_from(index.unsigned_abs()).ok().filter(|back| *back <= count)?
    };
    let mut at = first;
    for _ in 0..wanted {
        at = next_element(bytes, at)??;
    }
    Some(at)
}

/// Position of the element after the one at `at`: `Some(None)` at the end of the array, `None` for text that is not JSON.
#[allow(clippy::option_option, reason = "the end of an array and broken text are different things")]
fn next_element(bytes: &[u8], at: usize) -> Option<Option<usize>> {
    let at = skip_space(bytes, skip_value(bytes, at)?);
    match bytes.get(at)? {
        b',' => Some(Some(skip_space(bytes, at + 1))),
        b']' => Some(None),
        _ => None,
    }
}

/// Whether the raw text between the quotes of a JSON string is `key`.
fn key_equals(raw: &[u8], key: &str) -> bool {
    if raw.contains(&b'\\') {
        std::str::from_utf8(raw).is_ok_and(|raw| unescape(raw) == key)
    } else {
        raw == key.as_bytes()
    }
}

pub(super) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Position after the string whose opening quote is at `at`.
pub(super) fn skip_string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\'))?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Position after the value that begins at `at`. Checks that brackets and quotes match, not more.
fn skip_value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => skip_string(bytes, at),
        b'{' | b'[' => skip_nested(bytes, at),
        b',' | b':' | b'}' | b']' => None,
        _ => {
            let rest = &bytes[at..];
            let len = rest.iter().position(|b| matches!(b, b',' | b':' | b'}' | b']') || b.is_ascii_whitespace());
            Some(at + len.unwrap_or(rest.len()))
        }
    }
}

fn skip_nested(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = at;
    loop {
        at += bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']'))?;
        match bytes[at] {
            b'"' => {
                at = skip_string(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            _ => depth -= 1,
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The text that the inside of a JSON string stands for. A `\u` that names half of a surrogate pair gives U+FFFD.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = raw.find('\\') else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(kind) = rest.chars().next() else {
            break;
        };
        rest = &rest[kind.len_utf8()..];
        match kind {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let (c, used) = unicode_escape(rest);
                out.push(c);
                rest = &rest[used..];
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the text behind `\u`, and the length of that text.
fn unicode_escape(text: &str) -> (char, usize) {
    let hex = |at: usize| text.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(high) = hex(0) else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    if (0xd800..0xdc00).contains(&high)
        && text.get(4..6) == Some("\\u")
        && let Some(low) = hex(6).filter(|low| (0xdc00..0xe000).contains(low))
    {
        let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 10);
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 4)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn keys_and_indexes() {
        let text = r#"{"a":1,"b":{"c":[10,[20,21],{"d":"x"}]},"é\n":true}"#;
        assert_eq!(find(text, &[key("a")]), Some("1"));
        assert_eq!(find(text, &[key("b"), key("c"), Step::Index(1), Step::Index(-1)]), Some("21"));
        assert_eq!(find(text, &[key("b"), key("c"), Step::Index(2), key("d")]), Some(r#""x""#));
        assert_eq!(find(text, &[key("é\n")]), Some("true"));
        assert_eq!(find(text, &[key("A")]), None);
        assert_eq!(find(text, &[key("b"), key("c"), Step::Index(3)]), None);
        assert_eq!(find(text, &[key("b"), key("c"), Step::Index(-3)]), Some("10"));
        assert_eq!(find(text, &[key("b"), key("c"), Step::Index(-4)]), None);
        assert_eq!(find(text, &[Step::Index(0)]), None);
        assert_eq!(find(text, &[key("a"), key("b")]), None);
    }

    #[test]
    fn spaces_around_everything() {
        let text = " { \"a\" : [ 1 , 2 ] , \"b\" : \"x y\" } ";
        assert_eq!(find(text, &[key("a"), Step::Index(-1)]), Some("2"));
        assert_eq!(find(text, &[key("b")]), Some("\"x y\""));
    }

    #[test]
    fn brackets_and_quotes_inside_strings_are_text() {
        let text = r#"{"x":"}]\"{[\\","y":["]",2]}"#;
        assert_eq!(find(text, &[key("y"), Step::Index(1)]), Some("2"));
        assert_eq!(find(text, &[key("x")]), Some(r#""}]\"{[\\""#));
    }

    #[test]
    fn a_string_of_json_text_is_not_looked_into() {
        assert_eq!(find(r#""{\"a\":1}""#, &[key("a")]), None);
    }

    #[test]
    fn what_is_not_json_has_no_values() {
        for text in [
            "",
            "  ",
            "{",
            r#"{"a""#,
            r#"{"a":"#,
            r#"{"a":1"#,
            r#"{"a":"b\"#,
            "[1,2",
            "[",
            "x",
            "{a:1}",
            r#"{"a" 1}"#,
            "[}",
        ] {
            assert_eq!(find(text, &[key("a")]), None, "{text}");
            assert_eq!(find(text, &[Step::Index(5)]), None, "{text}");
            assert_eq!(find(text, &[Step::Index(-2)]), None, "{text}");
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r#"a\"b\\\/\n\u0041\ud83d\ude00\ud800x"#), "a\"b\\/\nA😀\u{fffd}x");
        assert_eq!(unescape(r"\u12"), "\u{fffd}12");
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::Array),
                prop::collection::vec(("[a-c\"\\\\é]{0,2}", inner), 0..6)
                    .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// The scan finds what a parser finds.
        #[test]
        fn agrees_with_a_parser(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(find(&text, &[]).unwrap()).unwrap(), value.clone());
            match &value {
                serde_json::Value::Object(map) => {
                    for (name, inner) in map {
                        let found = find(&text, &[key(name)]).unwrap();
                        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(found).unwrap(), inner);
                        prop_assert_eq!(find_key(&text, name), Some(found));
                    }
                }
                serde_json::Value::Array(items) => {
                    for (i, inner) in items.iter().enumerate() {
                        let i = i64::try_from(i).unwrap();
                        let back = i - i64::try_from(items.len()).unwrap();
                        let found = find(&text, &[Step::Index(i)]).unwrap();
                        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(found).unwrap(), inner);
                        prop_assert_eq!(find_index(&text, back), Some(found));
                    }
                }
                _ => {}
            }
        }

        /// No text makes it panic.
        #[test]
        fn any_text(text in "[\\[\\]{}\",:\\\\au0 é]{0,20}") {
            let _ = find(&text, &[key("a"), Step::Index(-1)]);
            let _ = find(&text, &[Step::Index(1), key("a")]);
            let _ = find(&text, &[]);
            let _ = unescape(&text);
        }
    }
}
