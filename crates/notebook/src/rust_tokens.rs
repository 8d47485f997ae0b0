//! Rust text cut into pieces: enough to color a cell and to read a cell of parameters, not to compile it.

/// What a piece of Rust text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Spaces and line ends.
    Space,
    /// A line or block comment.
    Comment,
    /// A text, byte text or character literal.
    Text,
    /// A number literal, with its suffix.
    Number,
    /// A word of the language.
    Keyword,
    /// Another word.
    Word,
    /// A lifetime.
    Lifetime,
    /// A command of the kernel (`:dep …`) or of the shell (`!…`): a whole line.
    Command,
    /// Anything else, one character.
    Other,
}

/// A piece of text and what it is. The pieces of a text, put together, are that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// The text itself.
    pub text: &'a str,
}

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// Cuts Rust text into pieces. Total: any text comes out whole, unfinished literals run to its end.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = code;
    let mut line_start = true;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if line_start && is_command(rest) {
            (Kind::Command, rest.find('\n').unwrap_or(rest.len()))
        } else {
            piece(rest, first)
        };
        let (text, after) = rest.split_at(length);
        line_start = match kind {
            Kind::Space => text.contains('\n') || line_start,
            _ => false,
        };
        found.push(Token { kind, text });
        rest = after;
    }
    found
}

fn is_command(rest: &str) -> bool {
    let mut characters = rest.chars();
    match characters.next() {
        Some('!') => true,
        Some(':') => characters.next().is_some_and(char::is_alphabetic),
        _ => false,
    }
}

/// The kind and length of the piece that `rest`, which begins with `first`, begins with.
fn piece(rest: &str, first: char) -> (Kind, usize) {
    if first.is_whitespace() {
        return (Kind::Space, span(rest, char::is_whitespace));
    }
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment(rest));
    }
    if let Some(length) = text_literal(rest) {
        return (Kind::Text, length);
    }
    if first == '\'' {
        return quote(rest);
    }
    if first.is_ascii_digit() {
        return (Kind::Number, number(rest));
    }
    if first.is_alphabetic() || first == '_' {
        let length = span(rest, |c| c.is_alphanumeric() || c == '_');
        let kind = match KEYWORDS.contains(&&rest[..length]) {
            true => Kind::Keyword,
            false => Kind::Word,
        };
        return (kind, length);
    }
    (Kind::Other, first.len_utf8())
}

fn span(rest: &str, within: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !within(c)).unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of `"…"`, `b"…"`, `c"…"`, `r#"…"#` and the like, if `rest` begins with one.
fn text_literal(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| match rest.strip_prefix(prefix) {
        Some(after) if prefix.ends_with('r') => after.trim_start_matches('#').starts_with('"'),
        Some(after) => after.starts_with('"'),
        None => false,
    })?;
    let after = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = span(after, |c| c == '#');
        let close = format!("\"{}", &after[..hashes]);
        let body = prefix.len() + hashes + 1;
        return Some(match rest[body..].find(&close) {
            Some(end) => body + end + close.len(),
            None => rest.len(),
        });
    }
    Some(prefix.len() + 1 + escaped(&after[1..], '"'))
}

/// The length up to and with `close`, minding backslashes.
fn escaped(rest: &str, close: char) -> usize {
    let mut skip = false;
    for (at, c) in rest.char_indices() {
        if skip {
            skip = false;
        } else if c == '\\' {
            skip = true;
        } else if c == close {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// A character literal or a lifetime: `rest` begins with a quote.
fn quote(rest: &str) -> (Kind, usize) {
    let mut characters = rest.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => (Kind::Text, 1 + escaped(&rest[1..], '\'')),
        (Some(c), Some('\'')) => (Kind::Text, 2 + c.len_utf8()),
        (Some(c), _) if c.is_alphabetic() || c == '_' => {
            let length = span(&rest[1..], |c| c.is_alphanumeric() || c == '_');
            (Kind::Lifetime, 1 + length)
        }
        _ => (Kind::Other, 1),
    }
}

fn number(rest: &str) -> usize {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let whole = span(rest, word);
    let fraction = &rest[whole..];
    let has_fraction = fraction.starts_with('.')
        && !fraction.starts_with("..")
        && !fraction[1..].starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut length = whole;
    if has_fraction {
        length += 1 + span(&fraction[1..], word);
    }
    let exponent = !rest.starts_with("0x") && rest[..length].ends_with(['e', 'E']);
    if exponent && rest[length..].starts_with(['+', '-']) {
        length += 1 + span(&rest[length + 1..], word);
    }
    length
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn kinds(code: &str) -> Vec<(Kind, &str)> {
        tokens(code)
            .into_iter()
            .filter(|token| token.kind != Kind::Space)
            .map(|token| (token.kind, token.text))
            .collect()
    }

    #[test]
    fn the_pieces_of_a_cell() {
        use Kind::{Command, Comment, Keyword, Lifetime, Number, Other, Text, Word};
        assert_eq!(
            kinds(":dep x = 1\nlet a = r#\"q\"\"#; // why\n"),
            [
                (Command, ":dep x = 1"),
                (Keyword, "let"),
                (Word, "a"),
                (Other, "="),
                (Text, "r#\"q\"\"#"),
                (Other, ";"),
                (Comment, "// why"),
            ]
        );
        assert_eq!(
            kinds("b\"\\\"x\" '\\'' 'c' 'life 1.5e-3 1..2 0xff_u8 /* a /* b */ c */ x.0.y"),
            [
                (Text, "b\"\\\"x\""),
                (Text, "'\\''"),
                (Text, "'c'"),
                (Lifetime, "'life"),
                (Number, "1.5e-3"),
                (Number, "1"),
                (Other, "."),
                (Other, "."),
                (Number, "2"),
                (Number, "0xff_u8"),
                (Comment, "/* a /* b */ c */"),
                (Word, "x"),
                (Other, "."),
                (Number, "0"),
                (Other, "."),
                (Word, "y"),
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost(code in any::<String>()) {
            let together: String = tokens(&code).iter().map(|token| token.text).collect();
            prop_assert_eq!(together, code);
        }

        #[test]
        fn nothing_is_lost_in_rust_like_text(code in "[a-z0-9\"'#/*\\\\ :!\n.r+-]{0,40}") {
            let together: String = tokens(&code).iter().map(|token| token.text).collect();
            prop_assert_eq!(together, code);
        }
    }
}
