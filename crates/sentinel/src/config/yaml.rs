//! YAML as a tree that knows where everything stands.
//!
//! Configurations and query files are read through it, so that every message can name a line and a column, and so that a key such as
//! `AuthKey: 0123` stays the text that it is.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Spanned};

/// A place in a text: line and column in characters, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// A value and where it stands. Its `Debug` shows no text: that may be a secret.
#[derive(Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is written: for an alias, where the alias stands.
    pub at: Place,
    /// For a text: the line its first character stands in, which is another than `at` has for a block scalar behind an alias.
    pub defined: Place,
}

/// What a node is.
#[derive(Clone)]
pub enum Value {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool, String),
    /// A number, as it is written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in order; keys may come more than once.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stands.
    pub at: Place,
}

impl Node {
    /// The text of a scalar as it is written; none for `null`, lists and mappings.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Bool(_, text) | Value::Number(text) | Value::Text(text) => Some(text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The value of a key of a mapping, the first if there are several.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k.name == key).map(|(_, node)| node)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// What it is, for messages: `text`, `a list`, …
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(..) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{}", self.kind(), self.at.line, self.at.column)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Text that is no YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: Place,
    /// What to do about it, if there is something to say.
    pub fix: Option<String>,
}

/// Reads a YAML (or JSON) document.
///
/// ```
/// use sentinel::config::yaml::parse;
/// let node = parse("a:\n  b: 0123").unwrap();
/// let b = node.get("a").and_then(|a| a.get("b")).unwrap();
/// assert_eq!((b.text(), b.at.line, b.at.column), (Some("0123"), 2, 6));
/// assert_eq!(parse("a: [1").unwrap_err().at.line, 1);
/// ```
///
/// # Errors
/// When the text is no YAML, holds several documents, or is nested or repeats itself beyond what any configuration needs.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // A snippet of the text could hold a secret.
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        budget: serde_saphyr::budget! {
            max_depth: 100,
            max_nodes: 200_000,
            max_total_scalar_bytes: 16 << 20,
        },
    };
    let mut node: Node = serde_saphyr::from_str_with_options(text, options).map_err(|error| syntax_error(&error))?;
    restore(&mut node, text);
    Ok(node)
}

fn syntax_error(error: &serde_saphyr::Error) -> SyntaxError {
    let at = error.location().map_or(Place::default(), |l| Place { line: l.line(), column: l.column() });
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full);
    let message = message.split(';').next().unwrap_or(message).trim();
    let fix = if message.contains("mapping values are not allowed") {
        Some("a value with `: ` in it needs quotes, and each key a line of its own")
    } else if message.contains("multiple YAML documents") {
        Some("keep one document: remove the line `---` and what follows")
    } else if message.contains("unknown anchor") {
        Some("a value that starts with * needs quotes")
    } else if message.contains("unclosed quote") {
        Some("close the quote; a \\ within \"…\" is written \\\\, and within '…' as it is")
    } else if message.contains("escape") {
        Some("within \"…\" a \\ is written \\\\; a Windows path is best in '…'")
    } else if message.contains('\t') || message.contains("tab") {
        Some("indent with spaces: YAML allows no tabs there")
    } else if message.contains("unclosed bracket") {
        Some("close the bracket")
    } else if message.contains("null into string") {
        Some("a key must be a name")
    } else {
        None
    };
    SyntaxError { message: message.to_owned(), at, fix: fix.map(str::to_owned) }
}

/// The node as the parser gives it, before numbers get back the text they were written with.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Raw>::deserialize(deserializer)?;
        let place = |l: serde_saphyr::Location| Place { line: l.line(), column: l.column() };
        let span = spanned.defined.span();
        let range = span.byte_offset().zip(span.byte_len()).map(|(at, length)| (at as usize, length as usize));
        Ok(Self {
            value: match (spanned.value, range) {
                (Raw::Scalar(value), Some((at, length))) => match value {
                    // The place of the text, until `restore` puts the text there.
                    Value::Bool(b, _) => Value::Bool(b, format!("{at} {length}")),
                    Value::Number(_) => Value::Number(format!("{at} {length}")),
                    other => other,
                },
                (Raw::Scalar(value) | Raw::Other(value), _) => value,
            },
            at: place(spanned.referenced),
            defined: place(spanned.defined),
        })
    }
}

fn restore(node: &mut Node, source: &str) {
    match &mut node.value {
        Value::Bool(_, text) | Value::Number(text) => {
            let range = text.split_once(' ').and_then(|(at, length)| Some((at.parse().ok()?, length.parse().ok()?)));
            let written = range.and_then(|(at, length): (usize, usize)| source.get(at..at + length));
            *text = written.unwrap_or_default().trim().to_owned();
        }
        Value::List(items) => items.iter_mut().for_each(|item| restore(item, source)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| restore(item, source)),
        Value::Null | Value::Text(_) => {}
    }
}

/// A value, and whether its text has to be looked up.
enum Raw {
    Scalar(Value),
    Other(Value),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Other(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Other(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Bool(value, value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Number(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Number(value.to_string())))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Number(value.to_string())))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Number(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Value::Number(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Other(Value::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::Other(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some((key, node)) = entries.next_entry::<Spanned<String>, Node>()? {
            let at = Place { line: key.referenced.line(), column: key.referenced.column() };
            map.push((Key { name: key.value, at }, node));
        }
        Ok(Raw::Other(Value::Map(map)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn texts(source: &str) -> Vec<(String, Option<String>)> {
        let node = parse(source).unwrap();
        node.entries().iter().map(|(key, value)| (key.name.clone(), value.text().map(str::to_owned))).collect()
    }

    #[test]
    fn scalars_keep_the_text_they_are_written_with() {
        let all = texts(
            "a: 0123\nb: 1_000\nc: yes\nd: 12345678901234567890123\ne: 1e400\nf: 'it''s'\ng: ~\nh:\ni: .5 # half\nj: -7\n1: one\n",
        );
        let values: Vec<Option<&str>> = all.iter().map(|(_, value)| value.as_deref()).collect();
        assert_eq!(
            values,
            [
                Some("0123"),
                Some("1_000"),
                Some("yes"),
                Some("12345678901234567890123"),
                Some("1e400"),
                Some("it's"),
                None,
                None,
                Some(".5"),
                Some("-7"),
                Some("one")
            ]
        );
        assert_eq!(all[10].0, "1");
    }

    #[test]
    fn aliases_and_blocks_say_where_they_stand() {
        let node = parse("base: &b '| é {x}'\n\nuse: *b\nn: &n 007\nm: *n\nblock: |\n  one\n  two\n").unwrap();
        let used = node.get("use").unwrap();
        assert_eq!((used.text(), used.at.line, used.defined.line), (Some("| é {x}"), 3, 1));
        assert_eq!(node.get("m").unwrap().text(), Some("007"));
        let block = node.get("block").unwrap();
        assert_eq!((block.text(), block.at.line), (Some("one\ntwo\n"), 7));
    }

    #[test]
    fn keys_that_come_twice_are_both_there() {
        let node = parse("w: 1\nw: 2").unwrap();
        let lines: Vec<u64> = node.entries().iter().map(|(key, _)| key.at.line).collect();
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn json_is_read_too() {
        assert_eq!(texts("{\"a\": \"b\", \"c\": null}"), [("a".into(), Some("b".into())), ("c".into(), None)]);
    }

    #[test]
    fn mistakes_have_a_place_and_never_the_text() {
        for (source, line, column) in [
            ("ok: 1\na: b: s3cret", 2, 5),
            ("a: [s3cret,\nb: 2", 1, 4),
            ("key: \"s3cret", 1, 6),
            ("x: *s3cret", 1, 4),
            ("a: 1\n---\nb: s3cret", 3, 1),
        ] {
            let error = parse(source).unwrap_err();
            assert_eq!((error.at.line, error.at.column), (line, column), "{source}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
            assert!(error.fix.is_some(), "{error:?}");
        }
    }

    #[test]
    fn a_tree_shows_no_text() {
        let node = parse("a: s3cret").unwrap();
        assert!(!format!("{node:?} {:?} {:?}", node.value, node.entries()).contains("s3cret"));
    }

    #[test]
    fn text_that_explodes_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..10 {
            let before = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{before}]\n"));
        }
        assert!(parse(&bomb).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&format!("{}{}", "[".repeat(5_000), "]".repeat(5_000))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z:\\-\\[\\]{}\"'#&*|>!%@\\\\\n \té0-9]{0,200}") {
            let _ = parse(&text);
        }
    }
}
