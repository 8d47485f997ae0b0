//! String literals: `"…"`, `'…'`, `@"…"`, `` ```…``` ``, `~~~…~~~`, each also with a leading `h` or `H`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/string>

use super::Lexer;
use crate::{Error, ErrorKind, Span};

/// What a string literal starts with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    /// Bytes before the quote.
    length: usize,
    verbatim: bool,
    quote: &'static str,
}

impl Lexer<'_> {
    /// The start of a string literal, if one starts here.
    pub(super) fn string_prefix(&self) -> Option<Prefix> {
        let mut length = 0;
        if matches!(self.byte(0), b'h' | b'H') {
            length = 1;
        }
        let verbatim = self.byte(length) == b'@';
        if verbatim {
            length += 1;
        }
        let quote = match self.byte(length) {
            b'"' => "\"",
            b'\'' => "'",
            b'`' if !verbatim && self.rest()[length..].starts_with("```") => "```",
            b'~' if !verbatim && self.rest()[length..].starts_with("~~~") => "~~~",
            _ => return None,
        };
        Some(Prefix { length, verbatim, quote })
    }

    /// The text of the literal that starts here.
    pub(super) fn string(&mut self, prefix: Prefix) -> Result<String, Error> {
        let start = self.at;
        self.at += prefix.length + prefix.quote.len();
        if prefix.quote.len() == 3 {
            let body = self.rest();
            let Some(end) = body.find(prefix.quote) else {
                return Err(self.unterminated(start, prefix.quote));
            };
            self.at += end + 3;
            return Ok(body[..end].to_owned());
        }
        if prefix.verbatim { self.verbatim(start, prefix.quote) } else { self.escaped(start, prefix.quote) }
    }

    fn unterminated(&self, start: usize, quote: &str) -> Error {
        let line = self.text[start..].find(['\n', '\r']).map_or(self.text.len(), |i| start + i);
        let error = Error::new(ErrorKind::Syntax, Span::new(start, line), "this text literal has no end");
        if quote.len() == 3 {
            return error.with_help(format!("end it with {quote}"));
        }
        error.with_help(format!("end it with {quote} on the same line, or write text of several lines as ```…```"))
    }

    fn verbatim(&mut self, start: usize, quote: &str) -> Result<String, Error> {
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find([quote.chars().next().unwrap_or('"'), '\n', '\r']);
            let Some(end) = end.filter(|i| rest[*i..].starts_with(quote)) else {
                return Err(self.unterminated(start, quote));
            };
            out.push_str(&rest[..end]);
            self.at += end + 1;
            // A doubled quote stands for itself.
            if !self.rest().starts_with(quote) {
                return Ok(out);
            }
            out.push_str(quote);
            self.at += 1;
        }
    }

    fn escaped(&mut self, start: usize, quote: &str) -> Result<String, Error> {
        let quote_char = quote.chars().next().unwrap_or('"');
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find([quote_char, '\\', '\n', '\r']) else {
                return Err(self.unterminated(start, quote));
            };
            out.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes()[end] {
                b'\\' => self.escape(&mut out)?,
                b'\n' | b'\r' => return Err(self.unterminated(start, quote)),
                _ => {
                    self.at += 1;
                    return Ok(out);
                }
            }
        }
    }

    /// One escape sequence; the position is at its backslash.
    fn escape(&mut self, out: &mut String) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        let Some(c) = self.char() else {
            return Err(Error::new(ErrorKind::Syntax, Span::new(start, self.at), "this text literal has no end"));
        };
        self.at += c.len_utf8();
        let plain = match c {
            '\'' | '"' | '\\' => c,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            // JSON inside `dynamic(…)` may escape the slash.
            '/' if self.depth > 0 => c,
            '0'..='7' => {
                self.at -= 1;
                let max = if c <= '3' { 3 } else { 2 };
                let digits = self.rest().bytes().take(max).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let code = u32::from_str_radix(&self.rest()[..digits], 8).unwrap_or(0);
                self.at += digits;
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            'x' => self.code_point(start, 2)?,
            'u' => self.code_point(start, 4)?,
            'U' => self.code_point(start, 8)?,
            _ => {
                let span = Span::new(start, self.at);
                return Err(Error::new(
                    ErrorKind::Syntax,
                    span,
                    format!("`\\{}` is no escape sequence", c.escape_debug()),
                )
                .with_help("write \\\\ for a backslash, or put @ before the literal: @\"DOMAIN\\user\""));
            }
        };
        out.push(plain);
        Ok(())
    }

    fn hex(&self, digits: usize) -> Option<u32> {
        let text = self.rest().get(..digits)?;
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(text, 16).ok()
    }

    fn code_point(&mut self, start: usize, digits: usize) -> Result<char, Error> {
        let Some(code) = self.hex(digits) else {
            let span = Span::new(start, self.at);
            return Err(Error::new(
                ErrorKind::Syntax,
                span,
                format!("{} needs {digits} hexadecimal digits", &self.text[start..self.at]),
            )
            .with_help("write \\\\ for a backslash, or put @ before the literal: @\"DOMAIN\\user\""));
        };
        self.at += digits;
        // Two \u escapes may be the halves of one character.
        if digits == 4 && (0xd800..0xdc00).contains(&code) && self.rest().starts_with("\\u") {
            self.at += 2;
            if let Some(low) = self.hex(4).filter(|low| (0xdc00..0xe000).contains(low)) {
                self.at += 4;
                let whole = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(whole).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at -= 2;
        }
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}
