//! A value that is kept as JSON text while its tokens arrive: an error, the statistics, a dynamic cell.

use super::tokens::Token;

/// JSON text of one value, made of its tokens.
#[derive(Debug, Default)]
pub struct Capture {
    text: String,
    depth: usize,
}

impl Capture {
    /// Starts over with the first token of a value.
    pub fn start(&mut self, first: Token<'_>) {
        self.text.clear();
        self.depth = 0;
        self.push(first);
    }

    /// Adds a token; true if the value is complete.
    pub fn push(&mut self, token: Token<'_>) -> bool {
        let closing = matches!(token, Token::ObjectEnd | Token::ArrayEnd);
        if !closing && !self.text.is_empty() && !self.text.ends_with(['[', '{', ':']) {
            self.text.push(',');
        }
        match token {
            Token::ObjectStart => self.text.push('{'),
            Token::ArrayStart => self.text.push('['),
            Token::ObjectEnd => self.text.push('}'),
            Token::ArrayEnd => self.text.push(']'),
            Token::Key(name) => {
                self.text.push_str(&kql_polars::json::quoted(name));
                self.text.push(':');
                return false;
            }
            Token::String(text) => self.text.push_str(&kql_polars::json::quoted(text)),
            Token::Number(text) => self.text.push_str(text),
            Token::Bool(value) => self.text.push_str(if value { "true" } else { "false" }),
            Token::Null => self.text.push_str("null"),
        }
        match token {
            Token::ObjectStart | Token::ArrayStart => self.depth += 1,
            Token::ObjectEnd | Token::ArrayEnd => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }

    /// The text so far: the value, if it is complete.
    pub fn text(&self) -> &str {
        &self.text
    }
}
