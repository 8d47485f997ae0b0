//! Checks JSON text and brings it into the form that `dynamic` columns hold.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::scalar::format_real;
use super::scan::{skip_space, skip_string, unescape};

/// The canonical form of JSON text: no spaces outside strings, only the escapes that are needed, reals as Kusto writes them. `None` if the text is
/// not JSON. Borrows text that is canonical already.
///
/// Control characters inside strings are taken as they are, as Kusto's own parser does.
pub fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let mut writer = Writer { text, bytes: text.as_bytes(), out: None, copied: 0 };
    let end = writer.value(skip_space(text.as_bytes(), 0))?;
    if skip_space(writer.bytes, end) != writer.bytes.len() {
        return None;
    }
    let start = skip_space(writer.bytes, 0);
    Some(match writer.out {
        Some(mut out) => {
            out.push_str(text.get(writer.copied..end)?);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(text.get(start..end)?),
    })
}

/// A text as a JSON string: quoted and escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(&mut out, text);
    out
}

/// What `parse_json(text)` gives: the value that the text is JSON of, a JSON string of the text if it is not JSON, and `None` (null) for empty
/// text and for `null`.
///
/// Source: <https://learn.microsoft.com/kusto/query/parse-json-function>
pub fn text_or_json(text: &str) -> Option<Cow<'_, str>> {
    if text.is_empty() {
        return None;
    }
    match canonical(text) {
        Some(Cow::Borrowed("null")) => None,
        Some(json) => Some(json),
        None => Some(Cow::Owned(quoted(text))),
    }
}

fn quote_into(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        if escape.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

/// Walks over the text; writes a copy only from the first place on that is not canonical.
struct Writer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The canonical form of the text before `copied`, once it differs from the text.
    out: Option<String>,
    copied: usize,
}

impl Writer<'_> {
    /// Replaces the text from `from` to `to`.
    fn replace(&mut self, from: usize, to: usize, with: &str) -> Option<()> {
        let start = if self.out.is_none() { skip_space(self.bytes, 0) } else { self.copied };
        let kept = self.text.get(start..from)?;
        let out = self.out.get_or_insert_with(|| String::with_capacity(self.text.len()));
        out.push_str(kept);
        out.push_str(with);
        self.copied = to;
        Some(())
    }

    /// Skips spaces, and leaves them out of the copy.
    fn space(&mut self, at: usize) -> Option<usize> {
        let end = skip_space(self.bytes, at);
        if end != at {
            self.replace(at, end, "")?;
        }
        Some(end)
    }

    /// One value, nested ones included (no recursion: the depth of hostile text is not bounded). Gives the position after it.
    fn value(&mut self, at: usize) -> Option<usize> {
        // The brackets that are open.
        let mut open: Vec<u8> = Vec::new();
        let mut at = at;
        loop {
            // At a value.
            match *self.bytes.get(at)? {
                b'{' => {
                    at = self.space(at + 1)?;
                    if self.bytes.get(at) != Some(&b'}') {
                        open.push(b'}');
                        at = self.key(at)?;
                        continue;
                    }
                    at += 1;
                }
                b'[' => {
                    at = self.space(at + 1)?;
                    if self.bytes.get(at) != Some(&b']') {
                        open.push(b']');
                        continue;
                    }
                    at += 1;
                }
                b'"' => at = self.string(at)?,
                b't' => at = self.word(at, "true")?,
                b'f' => at = self.word(at, "false")?,
                b'n' => at = self.word(at, "null")?,
                _ => at = self.number(at)?,
            }
            // After a value.
            loop {
                let Some(close) = open.last() else {
                    return Some(at);
                };
                let close = *close;
                at = self.space(at)?;
                match *self.bytes.get(at)? {
                    b',' => {
                        at = self.space(at + 1)?;
                        if close == b'}' {
                            at = self.key(at)?;
                        }
                        break;
                    }
                    found if found == close => {
                        open.pop();
                        at += 1;
                    }
                    _ => return None,
                }
            }
        }
    }

    /// A key and its colon.
    fn key(&mut self, at: usize) -> Option<usize> {
        if self.bytes.get(at) != Some(&b'"') {
            return None;
        }
        let at = self.string(at)?;
        let at = self.space(at)?;
        if self.bytes.get(at) != Some(&b':') {
            return None;
        }
        self.space(at + 1)
    }

    fn word(&self, at: usize, word: &str) -> Option<usize> {
        self.bytes.get(at..)?.starts_with(word.as_bytes()).then_some(at + word.len())
    }

    fn string(&mut self, at: usize) -> Option<usize> {
        let end = skip_string(self.bytes, at)?;
        let raw = self.text.get(at + 1..end - 1)?;
        if !raw.bytes().any(|b| b == b'\\' || b < 0x20) {
            return Some(end);
        }
        if !escapes_are_valid(raw.as_bytes()) {
            return None;
        }
        let text = quoted(&unescape(raw));
        if text.get(1..text.len() - 1) != Some(raw) {
            self.replace(at, end, &text)?;
        }
        Some(end)
    }

    fn number(&mut self, at: usize) -> Option<usize> {
        let digits = |from: usize| {
            let rest = self.bytes.get(from..).unwrap_or_default();
            from + rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len())
        };
        let first = at + usize::from(self.bytes.get(at) == Some(&b'-'));
        let whole = digits(first);
        if whole == first || (whole - first > 1 && self.bytes[first] == b'0') {
            return None;
        }
        let mut end = whole;
        if self.bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            if fraction == end + 1 {
                return None;
            }
            end = fraction;
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            if exponent == end + 1 + sign {
                return None;
            }
            end = exponent;
        }
        let text = self.text.get(at..end)?;
        let short = whole - first < 19;
        if end != whole || !(short || text.parse::<i64>().is_ok()) {
            let real = format_real(text.parse().ok()?);
            if real != text {
                self.replace(at, end, &real)?;
            }
        } else if text == "-0" {
            self.replace(at, end, "0")?;
        }
        Some(end)
    }
}

fn escapes_are_valid(raw: &[u8]) -> bool {
    let mut at = 0;
    while let Some(next) = raw.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\\')) {
        at += next + 2;
        match raw.get(at - 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {}
            Some(b'u') if raw.get(at..at + 4).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => at += 4,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_text_is_borrowed() {
        for text in [r#"{"a":[1,-2,2.5,true,false,null,"x\n"],"b":{}}"#, "[]", "12", "\"é\"", "1.0", "1e+20"] {
            assert!(matches!(canonical(text), Some(Cow::Borrowed(same)) if same == text), "{text}");
        }
    }

    #[test]
    fn other_text_is_rewritten() {
        for (text, expected) in [
            (" { \"a\" : [ 1 , 2.50 ] } ", r#"{"a":[1,2.5]}"#),
            (r#""\u0041\/\ud83d\ude00""#, "\"A/😀\""),
            ("\"a\tb\"", r#""a\tb""#),
            ("1e2", "100.0"),
            ("-0", "0"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "9.223372036854776e+18"),
            ("[ ]", "[]"),
            (" 7 ", "7"),
            ("{\"a\":{ \"b\":\n[1,\n2]}}", r#"{"a":{"b":[1,2]}}"#),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_json() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "tru",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "[1}",
            "{\"a\":1]",
            "1 2",
            "nan",
            "[1],",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn parse_json_keeps_text_that_is_not_json() {
        assert_eq!(text_or_json("").as_deref(), None);
        assert_eq!(text_or_json("null").as_deref(), None);
        assert_eq!(text_or_json("{\"a\":1").as_deref(), Some(r#""{\"a\":1""#));
        assert_eq!(text_or_json("say \"hi\"").as_deref(), Some(r#""say \"hi\"""#));
    }

    #[test]
    fn depth_is_not_bounded() {
        let text = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(canonical(&text).as_deref(), Some(text.as_str()));
    }

    proptest! {
        #[test]
        fn agrees_with_a_parser(text in "([\\[\\]{}\",: 0-9.eE-]|\"a\"|true|null|\\\\n|\\\\u0041){0,12}") {
            // Reals beyond f64 are the one difference: they become ∞ here, and an error there.
            let parsed = serde_json::from_str::<serde_json::Value>(&text);
            match (canonical(&text), parsed) {
                (Some(json), Ok(value)) => {
                    let again: serde_json::Value = serde_json::from_str(&json).unwrap();
                    let (parsed, ours) = (value.to_string(), again.to_string());
                    prop_assert_eq!(canonical(&parsed), canonical(&ours));
                    prop_assert_eq!(canonical(&json), Some(Cow::Borrowed(json.as_ref())));
                }
                (None, Err(_)) => {}
                (ours, theirs) => prop_assert!(false, "{ours:?} {theirs:?}"),
            }
        }

        #[test]
        fn quoting_round_trips(text in any::<String>()) {
            let json = quoted(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
            prop_assert_eq!(canonical(&json), Some(Cow::Borrowed(json.as_str())));
        }
    }
}
