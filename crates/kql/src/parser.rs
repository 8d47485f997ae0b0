//! Tokens to the syntax tree: recursive descent for statements and operators, precedence climbing for expressions.
//!
//! Trees stay shallow whatever the text is: nesting is limited, `and`/`or` chains become balanced trees, and operators,
//! arguments and statements are lists. So neither parsing nor any walk over the tree can exhaust the stack.
//!
//! Source: the grammar of <https://github.com/microsoft/Kusto-Query-Language/tree/master/grammar> and the operator
//! pages of <https://learn.microsoft.com/kusto/query/>.

mod expr;
mod infix;
mod messages;
mod names;
mod operators;
mod params;
mod patterns;
mod postfix;
mod series;
mod source;
mod statements;
mod tables;

use crate::ast::{Ident, Script, Statement};
use crate::lexer::{Punct, Tok, Token, tokens};
use crate::{Error, ErrorKind, Span};

/// Parentheses, calls, signs and sub-pipelines may be nested this deep.
const MAX_DEPTH: u32 = 120;
/// A tree of expressions may be this high; chains such as `a + b + c` grow with each term.
const MAX_HEIGHT: u32 = 500;
/// Texts longer than this are refused (bytes).
const MAX_TEXT: usize = 64 << 20;

type Result<T> = std::result::Result<T, Error>;

/// Parses a query: statements, of which the last tabular expression is usually the result.
///
/// A pipeline may start with an operator (`where x > 1 | count`, with or without a leading `|`): its source is then
/// [`Source::Input`](crate::ast::Source::Input).
///
/// # Errors
/// [`ErrorKind::Syntax`] with the position and what was expected there; [`ErrorKind::Limit`] when the text is too deeply
/// nested or too long.
///
/// ```
/// let script = kql::parse("SigninLogs | where UserPrincipalName has 'alice' | count")?;
/// assert_eq!(script.statements.len(), 1);
///
/// let text = "SigninLogs | summarise count()";
/// let error = kql::parse(text).unwrap_err();
/// assert_eq!(error.help.as_deref(), Some("did you mean `summarize`?"));
/// # Ok::<(), kql::Error>(())
/// ```
pub fn parse(text: &str) -> Result<Script> {
    Parser::new(text, false)?.script()
}

/// Parses a query that is applied to an input: its last statement starts with an operator or a `|`.
///
/// Only here may operators without arguments stand first (`count | …`): elsewhere they would be the names of tables.
///
/// # Errors
/// As [`parse`].
///
/// ```
/// use kql::ast::{Source, Statement};
/// let script = kql::parse_applied("count")?;
/// assert!(matches!(&script.statements[..], [Statement::Expr(p)] if p.source == Source::Input && p.operators.len() == 1));
/// # Ok::<(), kql::Error>(())
/// ```
pub fn parse_applied(text: &str) -> Result<Script> {
    Parser::new(text, true)?.script()
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// Height of the expression that was parsed last.
    height: u32,
    /// Inside the predicate of `search` or `find`, where `column : "term"` is an expression.
    in_search: bool,
    /// Whether the text is applied to an input.
    applied: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, applied: bool) -> Result<Self> {
        if text.len() > MAX_TEXT {
            return Err(Error::bare(ErrorKind::Limit, format!("the query is longer than {} MB", MAX_TEXT >> 20))
                .with_help("put large lists into a table instead"));
        }
        Ok(Self { text, tokens: tokens(text), at: 0, depth: 0, height: 0, in_search: false, applied })
    }

    fn script(mut self) -> Result<Script> {
        let mut statements: Vec<Statement> = Vec::new();
        loop {
            while self.eat(Punct::Semicolon) {}
            if self.tok() == &Tok::End {
                break;
            }
            statements.push(self.statement()?);
            if !self.is(Punct::Semicolon) && self.tok() != &Tok::End {
                return Err(self.unexpected("`|`, `;` or the end of the query"));
            }
        }
        if statements.is_empty() {
            let end = self.text.len();
            return Err(Error::new(ErrorKind::Syntax, Span::new(end, end), "the query is empty")
                .with_help("start with the name of a table, for example SigninLogs | take 10"));
        }
        Ok(Script { statements })
    }

    // ---- tokens

    fn token(&self, ahead: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + ahead).min(last)]
    }

    fn tok(&self) -> &Tok {
        &self.token(0).tok
    }

    fn tok_at(&self, ahead: usize) -> &Tok {
        &self.token(ahead).tok
    }

    fn span(&self) -> Span {
        self.token(0).span
    }

    /// From `start` to the end of the last token that was read.
    fn since(&self, start: Span) -> Span {
        match self.at.checked_sub(1) {
            Some(last) => Span::new(start.start, self.tokens[last].span.end.max(start.start)),
            None => start,
        }
    }

    fn bump(&mut self) -> Span {
        let span = self.span();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        span
    }

    fn is_at(&self, ahead: usize, punct: Punct) -> bool {
        self.tok_at(ahead) == &Tok::Punct(punct)
    }

    fn is(&self, punct: Punct) -> bool {
        self.is_at(0, punct)
    }

    fn eat(&mut self, punct: Punct) -> bool {
        let found = self.is(punct);
        if found {
            self.bump();
        }
        found
    }

    fn expect(&mut self, punct: Punct, wanted: &str) -> Result<Span> {
        if self.is(punct) { Ok(self.bump()) } else { Err(self.unexpected(wanted)) }
    }

    fn text_at(&self, ahead: usize) -> &'a str {
        let span = self.token(ahead).span;
        &self.text[span.start..span.end]
    }

    /// The identifier there, or nothing when the token is none.
    fn word_at(&self, ahead: usize) -> Option<&'a str> {
        (self.tok_at(ahead) == &Tok::Ident).then(|| self.text_at(ahead))
    }

    fn word(&self) -> Option<&'a str> {
        self.word_at(0)
    }

    fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.bump();
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Result<Span> {
        if self.is_word(word) { Ok(self.bump()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// Whether the token at `ahead` touches the one before it.
    fn adjacent(&self, ahead: usize) -> bool {
        ahead > 0 && self.token(ahead - 1).span.end == self.token(ahead).span.start
    }

    // ---- identifiers

    /// How many tokens the name there takes: 1 for an identifier, 3 for `['…']`, 0 when there is none.
    fn name_length(&self, ahead: usize) -> usize {
        match self.tok_at(ahead) {
            Tok::Ident => 1,
            Tok::Punct(Punct::OpenBracket)
                if matches!(self.tok_at(ahead + 1), Tok::Str(_)) && self.is_at(ahead + 2, Punct::CloseBracket) =>
            {
                3
            }
            _ => 0,
        }
    }

    /// Whether `name =` is here.
    fn at_assignment(&self) -> bool {
        let length = self.name_length(0);
        length > 0 && self.is_at(length, Punct::Assign)
    }

    fn ident(&mut self, wanted: &str) -> Result<Ident> {
        match self.name_length(0) {
            1 => {
                let name = self.text_at(0).to_owned();
                Ok(Ident { name, span: self.bump() })
            }
            3 => {
                let Tok::Str(name) = self.tok_at(1).clone() else {
                    return Err(self.unexpected(wanted));
                };
                let start = self.bump();
                self.bump();
                self.bump();
                Ok(Ident { name, span: self.since(start) })
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    // ---- limits

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(
                ErrorKind::Limit,
                self.span(),
                format!("the query is nested more than {MAX_DEPTH} levels deep here"),
            )
            .with_help("name inner parts with let, or use case(…) instead of nested iff(…)"));
        }
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// Sets the height of the expression just built.
    fn set_height(&mut self, height: u32) -> Result<()> {
        if height > MAX_HEIGHT {
            return Err(Error::new(
                ErrorKind::Limit,
                self.since(self.span()),
                format!("this expression has more than {MAX_HEIGHT} operations in a row"),
            )
            .with_help("split it with let or extend"));
        }
        self.height = height;
        Ok(())
    }
}
