//! The text of a management command, in words.

/// A command: its words, and the query that is applied to its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The words, names without their quotes; parentheses and commas are words of their own.
    pub words: Vec<String>,
    /// What stands behind the first `|`.
    pub query: Option<String>,
}

/// Reads a command. The dot in front is part of its first word.
///
/// # Errors
/// When a quote does not end.
pub fn read(text: &str) -> Result<Command, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_matches(|c: char| c.is_whitespace() || c == ';');
    while let Some(first) = rest.chars().next() {
        if first == '|' {
            return Ok(Command { words, query: Some(rest[1..].trim().to_owned()) });
        }
        let taken = match first {
            '[' => {
                let inner = rest[1..].trim_start();
                let quote =
                    inner.chars().next().filter(|c| *c == '\'' || *c == '"').ok_or("a name in [ ] has no quotes")?;
                let (name, after) = quoted(inner, quote)?;
                let after = after.trim_start().strip_prefix(']').ok_or("a [ does not end")?;
                words.push(name);
                rest.len() - after.len()
            }
            '"' | '\'' => {
                let (name, after) = quoted(rest, first)?;
                words.push(name);
                rest.len() - after.len()
            }
            '(' | ')' | ',' | '=' => {
                words.push(first.to_string());
                1
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()[],=|'\"".contains(c)).unwrap_or(rest.len());
                if end == 0 {
                    return Err(format!("{first:?} is not expected here"));
                }
                words.push(rest[..end].to_owned());
                end
            }
        };
        rest = rest[taken..].trim_start();
    }
    Ok(Command { words, query: None })
}

/// The text in quotes at the start, and what comes after them.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            _ if c == quote => return Ok((name, &text[at + c.len_utf8()..])),
            _ => name.push(c),
        }
    }
    Err(format!("a {quote} does not end"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_names_and_the_query_behind() {
        let command = read(".show tables (A, ['b c'], \"d\") | where TableName has '|'").unwrap();
        assert_eq!(command.words, [".show", "tables", "(", "A", ",", "b c", ",", "d", ")"]);
        assert_eq!(command.query.as_deref(), Some("where TableName has '|'"));
        assert_eq!(read(".cancel query 'a\\'b;1'").unwrap().words, [".cancel", "query", "a'b;1"]);
        assert_eq!(read(" .show version ; ").unwrap().words, [".show", "version"]);
        assert_eq!(read("").unwrap().words.len(), 0);
        for wrong in [".show ['a", ".show [a]", ".show 'a", ".show ]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
