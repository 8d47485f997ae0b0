//! Errors in query text: what is wrong, where, and what to do about it.

use std::fmt;

/// A half-open range of byte offsets in the query text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest range that covers both.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// What kind of mistake an [`Error`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not KQL.
    Syntax,
    /// A table, column, function or variable that does not exist.
    UnknownName,
    /// A value of the wrong type, or the wrong number of arguments.
    Type,
    /// KQL that this engine does not have.
    Unsupported,
    /// The query is right, but running it failed.
    Runtime,
    /// A limit (rows, memory, nesting, text size) was reached.
    Limit,
}

/// An error at a position of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What kind of mistake it is.
    pub kind: ErrorKind,
    /// Where, when a place is known.
    pub span: Option<Span>,
    /// What is wrong, one sentence without a final full stop.
    pub message: String,
    /// What to do about it, if there is something to say.
    pub help: Option<String>,
}

impl Error {
    /// An error of `kind` at `span`.
    pub fn new(kind: ErrorKind, span: Span, message: impl Into<String>) -> Self {
        Self { kind, span: Some(span), message: message.into(), help: None }
    }

    /// An error without a position.
    pub fn bare(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, span: None, message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the position if none is known yet.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// `line:column: message`, the line with a caret under the place, and the help. Lines and
    /// columns count from 1; columns count characters.
    pub fn render(&self, source: &str) -> String {
        let Some(span) = self.span else {
            return self.to_string();
        };
        let start = floor_char(source, span.start);
        let end = floor_char(source, span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        let line = source[..start].matches('\n').count() + 1;
        let column = source[line_start..start].chars().count() + 1;
        // A very long line is cut around the place so that the caret stays on the screen.
        let from = source[line_start..start].char_indices().rev().nth(79).map_or(line_start, |(i, _)| line_start + i);
        let to = source[start..line_end].char_indices().nth(80).map_or(line_end, |(i, _)| start + i);
        let shown: String = source[from..to].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let pad = " ".repeat(source[from..start].chars().count());
        let carets = "^".repeat(source[start..end.min(to).max(start)].chars().count().max(1));
        let mut out = format!("{line}:{column}: {}\n  {shown}\n  {pad}{carets}", self.message);
        if let Some(help) = &self.help {
            out.push_str("\n  help: ");
            out.push_str(help);
        }
        out
    }
}

fn floor_char(source: &str, mut at: usize) -> usize {
    at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
