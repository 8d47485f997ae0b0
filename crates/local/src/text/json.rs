//! JSON: an object a line (NDJSON), or one array of objects.
//!
//! The top level of each object is taken apart here, without building a tree: nested values stay the text that they are, and numbers keep all
//! their digits.

use std::borrow::Cow;
use std::io;

use super::decode::File;
use super::raw::{Kind, RawTable};
use crate::values::compact_json;

/// Reads a file into `table`.
pub fn read(mut file: File, table: &mut RawTable) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut more = file.append(&mut buffer)?;
    while more && buffer.iter().all(u8::is_ascii_whitespace) {
        more = file.append(&mut buffer)?;
    }
    let first = buffer.iter().find(|b| !b.is_ascii_whitespace());
    if first == Some(&b'[') {
        buffer.extend(file.rest()?);
        array(&buffer, table);
    } else {
        lines(&mut file, &mut buffer, table)?;
    }
    if let Some(reason) = file.cut {
        table.mended.notes.push(format!("the file ends early ({reason}); the rows up to there were read"));
    }
    Ok(())
}

fn lines(file: &mut File, buffer: &mut Vec<u8>, table: &mut RawTable) -> io::Result<()> {
    let (mut number, mut more) = (0, true);
    loop {
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &buffer[start..]) {
            number += 1;
            line(&buffer[start..start + length], number, table);
            start += length + 1;
        }
        buffer.drain(..start);
        if !more {
            if !buffer.is_empty() {
                line(buffer, number + 1, table);
            }
            return Ok(());
        }
        let wanted = buffer.len() * 2;
        more = file.append(buffer)?;
        while more && buffer.len() < wanted {
            more = file.append(buffer)?;
        }
    }
}

fn line(bytes: &[u8], number: u64, table: &mut RawTable) {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let text = RawTable::text(&mut table.mended, bytes);
    if !object(&text, table) {
        bad(table, number);
    }
}

fn bad(table: &mut RawTable, number: u64) {
    if table.mended.bad_lines == 0 {
        table.mended.first_bad = number;
    }
    table.mended.bad_lines += 1;
}

fn array(bytes: &[u8], table: &mut RawTable) {
    let text = RawTable::text(&mut table.mended, bytes).into_owned();
    let mut at = Scanner { text: &text, at: 0 };
    at.blanks();
    at.at += 1;
    let mut broken = None;
    loop {
        at.blanks();
        match at.peek() {
            Some(b']') => break,
            Some(b',') => at.at += 1,
            Some(_) => {
                let from = at.at;
                let Some(value) = at.value() else {
                    broken = Some(from);
                    break;
                };
                if !object(value, table) {
                    let line = text[..from].matches('\n').count() + 1;
                    bad(table, line as u64);
                }
            }
            None => {
                broken = Some(text.len());
                break;
            }
        }
    }
    if let Some(from) = broken {
        let line = text[..from].matches('\n').count() + 1;
        table.mended.notes.push(format!("the JSON array is broken at line {line}; the rows before that were read"));
    }
}

/// Adds one object as a row; `false` if the text is not one object, and then nothing is added.
fn object(text: &str, table: &mut RawTable) -> bool {
    let Some(fields) = fields(text) else {
        return false;
    };
    // All columns first, so that they keep the order of the file: a column that is null throughout is a column too.
    let columns: Vec<_> = fields.iter().map(|(key, ..)| table.column(key, true)).collect();
    // From the end: of several values for a key the last is the one that counts, as in other readers of JSON.
    for ((_, value, kind), column) in fields.iter().zip(columns).rev() {
        if let (Some(column), true) = (column, *kind != Kind::Null) {
            table.set(column, value, *kind);
        }
    }
    table.end_row();
    true
}

type Field<'a> = (Cow<'a, str>, Cow<'a, str>, Kind);

/// The keys and values of an object; `None` if the text is not exactly one valid object.
fn fields(text: &str) -> Option<Vec<Field<'_>>> {
    let mut scanner = Scanner { text, at: 0 };
    let mut fields = Vec::new();
    scanner.blanks();
    scanner.expect(b'{')?;
    scanner.blanks();
    if scanner.peek() == Some(b'}') {
        scanner.at += 1;
    } else {
        loop {
            scanner.blanks();
            let key = string(scanner.string()?)?;
            scanner.blanks();
            scanner.expect(b':')?;
            scanner.blanks();
            let value = scanner.value()?;
            let (value, kind) = match value.as_bytes().first()? {
                b'"' => (string(value)?, Kind::Text),
                b'{' | b'[' => (compact_json(value)?, Kind::Nested),
                _ => match value {
                    "null" => (Cow::Borrowed(""), Kind::Null),
                    "true" | "false" => (Cow::Borrowed(value), Kind::Bool),
                    number => {
                        serde_json::from_str::<serde::de::IgnoredAny>(number).ok()?;
                        (Cow::Borrowed(number), Kind::Number)
                    }
                },
            };
            fields.push((key, value, kind));
            scanner.blanks();
            match scanner.peek()? {
                b',' => scanner.at += 1,
                b'}' => {
                    scanner.at += 1;
                    break;
                }
                _ => return None,
            }
        }
    }
    scanner.blanks();
    (scanner.at == text.len()).then_some(fields)
}

/// The value of a string token.
fn string(token: &str) -> Option<Cow<'_, str>> {
    let inner = token.get(1..token.len() - 1)?;
    if !inner.contains('\\') {
        return inner.bytes().all(|b| b >= 0x20).then_some(Cow::Borrowed(inner));
    }
    match serde_json::from_str::<String>(token) {
        Ok(text) => Some(Cow::Owned(text)),
        // Half of a surrogate pair, as cut texts have it: the rest of the text is worth having.
        Err(_) => serde_json::from_str::<String>(&mend_surrogates(token)).ok().map(Cow::Owned),
    }
}

/// Replaces escapes of lone surrogates by that of U+FFFD.
fn mend_surrogates(token: &str) -> String {
    let unit = |at: usize| {
        let hex = token.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(token.len());
    let mut at = 0;
    while let Some(c) = token[at..].chars().next() {
        match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => {
                out.push_str(&token[at..at + 12]);
                at += 12;
            }
            Some(0xD800..=0xDFFF) => {
                out.push_str("\\uFFFD");
                at += 6;
            }
            _ if c == '\\' => {
                let escaped = token[at + 1..].chars().next().map_or(0, char::len_utf8);
                out.push_str(&token[at..at + 1 + escaped]);
                at += 1 + escaped;
            }
            _ => {
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
    out
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A string token with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let from = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return self.text.get(from..self.at);
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// The text of a value; of nested ones only the brackets are counted.
    fn value(&mut self) -> Option<&'a str> {
        let from = self.at;
        match self.peek()? {
            b'"' => return self.string(),
            b'{' | b'[' => {
                let mut depth = 0usize;
                loop {
                    match self.peek()? {
                        b'"' => {
                            self.string()?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => {
                while !matches!(self.peek(), None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')) {
                    self.at += 1;
                }
            }
        }
        let text = self.text.get(from..self.at)?;
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Vec<(String, String, Kind)>> {
        Some(fields(text)?.into_iter().map(|(k, v, kind)| (k.into_owned(), v.into_owned(), kind)).collect())
    }

    #[test]
    fn objects_are_taken_apart() {
        let got =
            read(r#" {"a": "x\n\u00e9", "b": 1.50e3, "c": [1, {"d": "]}"}], "e": null, "f": true, "g":""} "#).unwrap();
        let expected = [
            ("a", "x\né", Kind::Text),
            ("b", "1.50e3", Kind::Number),
            ("c", r#"[1,{"d":"]}"}]"#, Kind::Nested),
            ("e", "", Kind::Null),
            ("f", "true", Kind::Bool),
            ("g", "", Kind::Text),
        ];
        assert_eq!(got, expected.map(|(k, v, kind)| (k.to_owned(), v.to_owned(), kind)));
        assert_eq!(read("{}"), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in [
            "",
            "[]",
            "{",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            r#"{"a":1} x"#,
            r#"{"a":[}"#,
            r#"{"a":nul}"#,
            r#"{a:1}"#,
            "\"a\"",
            r#"{"a":"\"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_mended() {
        assert_eq!(read(r#"{"a":"x\ud83dy\\ud83d \ud83d\ude00"}"#).unwrap()[0].1, "x\u{FFFD}y\\ud83d 😀");
    }

    proptest! {
        #[test]
        fn as_another_reader_reads_it(text in r#"[{}\[\]":,a0-1.e\\ nul-]{0,16}"#) {
            let text = format!("{{\"k\":{text}}}");
            let other = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text);
            match read(&text) {
                Some(_) => prop_assert!(other.is_ok(), "{}", text),
                None => prop_assert!(other.is_err(), "{}", text),
            }
        }
    }
}
