//! A few functions on text. `str::find`, `str::replace` and `join` do the same, and each of them takes longer to compile than this whole
//! file: they are generic, and this crate is compiled in the first cell of every notebook.

/// Where `word` is first found.
pub(crate) fn find(text: &str, word: &str) -> Option<usize> {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let mut at = 0;
    while at + word.len() <= text.len() {
        if text[at] == word[0] && text[at..at + word.len()] == *word {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The text with every `word` replaced.
pub(crate) fn replace(text: &str, word: &str, replacement: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, word) {
        out.push_str(&rest[..at]);
        out.push_str(replacement);
        rest = &rest[at + word.len()..];
    }
    out.push_str(rest);
    out
}

/// Texts with a separator between them.
pub(crate) fn join(texts: &[String], separator: &str) -> String {
    let mut out = String::new();
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        out.push_str(text);
    }
    out
}

/// Text as HTML text.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_every_word() {
        assert_eq!(replace("aXXbXXX", "XX", "-"), "a-b-X");
        assert_eq!(replace("\u{e9}\0\u{e9}", "\0", "?"), "\u{e9}?\u{e9}");
        assert_eq!(replace("", "XX", "-"), "");
        assert_eq!(find("ab", "abc"), None);
    }
}
