//! JSON as it arrives: bytes in, tokens out, without a tree. What is held is one unfinished token and the piece of the answer that came last.

use std::fmt;

use memchr::memchr2;

/// Arrays and objects may be nested this deep.
const MAX_DEPTH: usize = 512;

/// A piece of JSON.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// The name of a member, unescaped.
    Key(&'a str),
    /// A string, unescaped.
    String(&'a str),
    /// A number as it is written.
    Number(&'a str),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
}

/// Text that is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    /// How many bytes before it are JSON.
    pub offset: u64,
    /// What is wrong there.
    pub problem: &'static str,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.problem, self.offset)
    }
}

impl std::error::Error for NotJson {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value has to come.
    Value,
    /// The first value of an array, or its end.
    FirstValue,
    /// A name has to come.
    Key,
    /// The first name of an object, or its end.
    FirstKey,
    /// `:`
    Colon,
    /// `,` or the end of what is open.
    Next,
    /// The value is complete.
    Done,
}

/// Reads tokens out of bytes that come piece by piece.
#[derive(Debug)]
pub struct Tokens {
    buffer: Vec<u8>,
    /// The next byte to read.
    at: usize,
    /// Of a string that is not complete: how far behind `at` it was looked through.
    scanned: usize,
    /// Whether that string has escapes.
    escaped: bool,
    /// Bytes that were read and dropped.
    dropped: u64,
    /// What is open: true for an object.
    open: Vec<bool>,
    state: State,
    unescaped: String,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            buffer: Vec::new(),
            at: 0,
            scanned: 0,
            escaped: false,
            dropped: 0,
            open: Vec::new(),
            state: State::Value,
            unescaped: String::new(),
        }
    }
}

impl Tokens {
    /// Adds the next piece.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.dropped += self.at as u64;
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a whole value was read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// How many bytes came so far.
    pub fn bytes(&self) -> u64 {
        self.dropped + self.buffer.len() as u64
    }

    fn wrong(&self, problem: &'static str) -> NotJson {
        NotJson { offset: self.dropped + self.at as u64, problem }
    }

    /// The next token; `None` when it has not arrived yet, or there are no more.
    ///
    /// # Errors
    /// When the bytes are not JSON.
    // Not an iterator: its items borrow from it.
    #[allow(clippy::should_implement_trait, reason = "a token borrows from this")]
    pub fn next(&mut self) -> Result<Option<Token<'_>>, NotJson> {
        loop {
            while matches!(self.buffer.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            // A byte order mark before everything else.
            if self.at == 0 && self.dropped == 0 && self.buffer.starts_with(&[0xef]) {
                if self.buffer.len() < 3 {
                    return Ok(None);
                }
                if self.buffer.starts_with(&[0xef, 0xbb, 0xbf]) {
                    self.at = 3;
                    continue;
                }
            }
            let Some(&byte) = self.buffer.get(self.at) else {
                return Ok(None);
            };
            match self.state {
                State::Done => return Err(self.wrong("more after the end")),
                State::Colon if byte == b':' => {
                    self.at += 1;
                    self.state = State::Value;
                }
                State::Colon => return Err(self.wrong("a `:` is missing")),
                State::Next => match (byte, self.open.last()) {
                    (b',', Some(object)) => {
                        self.state = if *object { State::Key } else { State::Value };
                        self.at += 1;
                    }
                    (b'}', Some(true)) => return Ok(Some(self.close(Token::ObjectEnd))),
                    (b']', Some(false)) => return Ok(Some(self.close(Token::ArrayEnd))),
                    _ => return Err(self.wrong("a `,` is missing")),
                },
                State::FirstKey if byte == b'}' => return Ok(Some(self.close(Token::ObjectEnd))),
                State::FirstKey | State::Key => {
                    if byte != b'"' {
                        return Err(self.wrong("a name in quotes is missing"));
                    }
                    let Some(text) = self.string()? else { return Ok(None) };
                    self.state = State::Colon;
                    return Ok(Some(Token::Key(self.text(text)?)));
                }
                State::FirstValue if byte == b']' => return Ok(Some(self.close(Token::ArrayEnd))),
                State::FirstValue | State::Value => return self.value(byte),
            }
        }
    }

    fn close(&mut self, token: Token<'static>) -> Token<'static> {
        self.at += 1;
        self.open.pop();
        self.after_value();
        token
    }

    fn after_value(&mut self) {
        self.state = if self.open.is_empty() { State::Done } else { State::Next };
    }

    fn value(&mut self, byte: u8) -> Result<Option<Token<'_>>, NotJson> {
        match byte {
            b'"' => {
                let Some(text) = self.string()? else { return Ok(None) };
                self.after_value();
                Ok(Some(Token::String(self.text(text)?)))
            }
            b'{' | b'[' => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(self.wrong("nested too deep"));
                }
                self.at += 1;
                let object = byte == b'{';
                self.open.push(object);
                self.state = if object { State::FirstKey } else { State::FirstValue };
                Ok(Some(if object { Token::ObjectStart } else { Token::ArrayStart }))
            }
            b't' => self.word("true", Token::Bool(true)),
            b'f' => self.word("false", Token::Bool(false)),
            b'n' => self.word("null", Token::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(self.wrong("no value")),
        }
    }

    fn word(&mut self, word: &'static str, token: Token<'static>) -> Result<Option<Token<'_>>, NotJson> {
        let there = &self.buffer[self.at..];
        if there.starts_with(word.as_bytes()) {
            self.at += word.len();
            self.after_value();
            Ok(Some(token))
        } else if word.as_bytes().starts_with(there) {
            Ok(None)
        } else {
            Err(self.wrong("no value"))
        }
    }

    fn number(&mut self) -> Result<Option<Token<'_>>, NotJson> {
        let part = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let there = &self.buffer[self.at..];
        // A number ends with what follows it. One that stands alone is no answer of any service.
        let Some(length) = there.iter().position(|b| !part(b)) else {
            return Ok(None);
        };
        if !is_number(&there[..length]) {
            return Err(self.wrong("a number that is none"));
        }
        let start = self.at;
        self.at += length;
        self.after_value();
        // Digits, signs, dots: ASCII.
        let text = std::str::from_utf8(&self.buffer[start..start + length]).unwrap_or_default();
        Ok(Some(Token::Number(text)))
    }

    /// The string that starts here: where its content is. `None` if its end has not arrived.
    fn string(&mut self) -> Result<Option<(usize, usize)>, NotJson> {
        let start = self.at + 1;
        let mut at = start + self.scanned;
        loop {
            match self.buffer.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
                Some(found) if self.buffer[at + found] == b'"' => {
                    let end = at + found;
                    self.at = end + 1;
                    self.scanned = 0;
                    return Ok(Some((start, end)));
                }
                // The character after the backslash is looked at with it.
                Some(found) if at + found + 1 < self.buffer.len() => {
                    self.escaped = true;
                    at += found + 2;
                }
                Some(found) => {
                    self.scanned = at + found - start;
                    return Ok(None);
                }
                None => {
                    self.scanned = self.buffer.len().max(start) - start;
                    return Ok(None);
                }
            }
        }
    }

    /// The content of a string that is complete.
    fn text(&mut self, (start, end): (usize, usize)) -> Result<&str, NotJson> {
        let wrong = |problem| NotJson { offset: self.dropped + start as u64, problem };
        let raw = std::str::from_utf8(&self.buffer[start..end]).map_err(|_| wrong("text that is not UTF-8"))?;
        if !std::mem::take(&mut self.escaped) {
            return Ok(raw);
        }
        self.unescaped.clear();
        if !unescape(raw, &mut self.unescaped) {
            return Err(wrong("an escape that is none"));
        }
        Ok(&self.unescaped)
    }
}

/// Whether this is a number by JSON's grammar.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &mut &[u8]| {
        let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
        *text = &text[count..];
        count
    };
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let leading_zero = rest.first() == Some(&b'0');
    let whole = digits(&mut rest);
    if whole == 0 || (leading_zero && whole > 1) {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = fraction;
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        rest = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    rest.is_empty()
}

/// Appends the meaning of the content of a JSON string; false if it has an escape that is none. Half of a surrogate pair, which is in logs now and
/// then, becomes U+FFFD.
fn unescape(raw: &str, out: &mut String) -> bool {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let Some(&kind) = rest.as_bytes().get(at + 1) else { return false };
        let plain = match kind {
            b'"' | b'\\' | b'/' => kind as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = |from: usize| {
                    let digits = rest.get(from..from + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                    u32::from_str_radix(digits, 16).ok()
                };
                let Some(first) = unit(at + 2) else { return false };
                let second = if rest[at + 6..].starts_with("\\u") { unit(at + 8) } else { None };
                let pair = match (first, second) {
                    (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00))
                    }
                    _ => None,
                };
                out.push(pair.or_else(|| char::from_u32(first)).unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = &rest[at + if pair.is_some() { 12 } else { 6 }..];
                continue;
            }
            _ => return false,
        };
        out.push(plain);
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    true
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
