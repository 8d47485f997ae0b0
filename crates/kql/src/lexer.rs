//! Text to tokens.
//!
//! The lexer never fails as a whole: the first mistake becomes a [`Tok::Error`] token, after which the text ends.
//! So a mistake of grammar before it is reported first. Literals such as `datetime(2020-01-01)`, whose inside
//! is no KQL, are single tokens.
//!
//! Source: the lexical grammar of
//! <https://github.com/microsoft/Kusto-Query-Language/tree/master/grammar>

mod dynamic;
mod number;
mod strings;
mod typed;

use crate::{Error, ErrorKind, Span, Value};

/// A token and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub tok: Tok,
    pub span: Span,
}

/// The kinds of tokens. Keywords are identifiers: most of them may also be column names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tok {
    Ident,
    /// One string literal; neighbors are concatenated by the parser.
    Str(String),
    /// Any other literal.
    Literal(Value),
    /// 9223372036854775808, which is a long only after a minus.
    LongMin,
    Punct(Punct),
    Error(Box<Error>),
    End,
}

/// Punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Punct {
    Pipe,
    Semicolon,
    Comma,
    Colon,
    Dot,
    DotDot,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Assign,
    EqualEqual,
    EqualTilde,
    BangEqual,
    BangTilde,
    LessGreater,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    FatArrow,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Bang,
    Tilde,
    /// `&&`, which KQL does not have: for the message.
    AndAnd,
    /// `||`, which KQL does not have: for the message.
    OrOr,
    /// `?`, `@`, `&`, `^`: no operator has them.
    Other,
}

/// All tokens of a text, ending with [`Tok::End`].
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, depth: 0 };
    let mut out = Vec::with_capacity(text.len() / 4);
    loop {
        let token = match lexer.next() {
            Ok(token) => token,
            Err(error) => {
                let span = error.span.unwrap_or_default();
                lexer.at = text.len();
                Token { tok: Tok::Error(Box::new(error)), span }
            }
        };
        let end = token.tok == Tok::End;
        out.push(token);
        if end {
            return out;
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Nesting of `dynamic(…)` values.
    depth: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T, Error> {
        Err(Error::new(ErrorKind::Syntax, span, message))
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{180e}'));
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(trimmed.len());
        }
    }

    fn next(&mut self) -> Result<Token, Error> {
        self.skip_blank();
        let start = self.at;
        let Some(c) = self.char() else {
            return Ok(Token { tok: Tok::End, span: Span::new(start, start) });
        };
        let tok = if let Some(prefix) = self.string_prefix() {
            Tok::Str(self.string(prefix)?)
        } else if c.is_ascii_digit() {
            self.number()?
        } else if is_ident_start(c) {
            self.skip_ident();
            self.typed_literal(start)?.unwrap_or(Tok::Ident)
        } else {
            self.punctuation(c)?
        };
        Ok(Token { tok, span: Span::new(start, self.at) })
    }

    fn skip_ident(&mut self) {
        let rest = self.rest();
        // The first character is known to be good: `$` only there.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        self.at += rest[first..].find(|c| !is_ident_continue(c)).map_or(rest.len(), |i| i + first);
    }

    fn punctuation(&mut self, c: char) -> Result<Tok, Error> {
        let two = (c, char::from(self.byte(c.len_utf8())));
        let (punct, length) = match two {
            ('.', '.') => (Punct::DotDot, 2),
            ('=', '=') => (Punct::EqualEqual, 2),
            ('=', '~') => (Punct::EqualTilde, 2),
            ('=', '>') => (Punct::FatArrow, 2),
            ('!', '=') => (Punct::BangEqual, 2),
            ('!', '~') => (Punct::BangTilde, 2),
            ('<', '>') => (Punct::LessGreater, 2),
            ('<', '=') => (Punct::LessEqual, 2),
            ('>', '=') => (Punct::GreaterEqual, 2),
            ('&', '&') => (Punct::AndAnd, 2),
            ('|', '|') => (Punct::OrOr, 2),
            ('|', _) => (Punct::Pipe, 1),
            (';', _) => (Punct::Semicolon, 1),
            (',', _) => (Punct::Comma, 1),
            (':', _) => (Punct::Colon, 1),
            ('.', _) => (Punct::Dot, 1),
            ('(', _) => (Punct::OpenParen, 1),
            (')', _) => (Punct::CloseParen, 1),
            ('[', _) => (Punct::OpenBracket, 1),
            (']', _) => (Punct::CloseBracket, 1),
            ('{', _) => (Punct::OpenBrace, 1),
            ('}', _) => (Punct::CloseBrace, 1),
            ('=', _) => (Punct::Assign, 1),
            ('<', _) => (Punct::Less, 1),
            ('>', _) => (Punct::Greater, 1),
            ('+', _) => (Punct::Plus, 1),
            ('-', _) => (Punct::Minus, 1),
            ('*', _) => (Punct::Star, 1),
            ('/', _) => (Punct::Slash, 1),
            ('%', _) => (Punct::Percent, 1),
            ('!', _) => (Punct::Bang, 1),
            ('~', _) => (Punct::Tilde, 1),
            ('?' | '@' | '&' | '^', _) => (Punct::Other, 1),
            _ => return self.stray(c),
        };
        self.at += length;
        Ok(Tok::Punct(punct))
    }

    fn stray(&self, c: char) -> Result<Tok, Error> {
        let span = Span::new(self.at, self.at + c.len_utf8());
        let error = Error::new(ErrorKind::Syntax, span, format!("unexpected character `{}`", c.escape_debug()));
        Err(match c {
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{ab}' | '\u{bb}' => {
                error.with_help("typographic quotes are not KQL; write \"…\" or '…'")
            }
            '\u{2013}' | '\u{2014}' => error.with_help("write a plain hyphen: -"),
            '#' => error.with_help("a comment starts with //"),
            _ => error,
        })
    }
}

pub(crate) fn is_ident_start(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphabetic()
}

pub(crate) fn is_ident_continue(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
