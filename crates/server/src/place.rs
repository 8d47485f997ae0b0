//! Where in a query an error is.

use kql::Error;

/// A place: the line counts from 1, the position in it from 0, as the services count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub position: usize,
    /// The text there, at most 100 characters of it.
    pub token: String,
}

/// The place of an error, if it has one.
pub fn place(error: &Error, text: &str) -> Option<Place> {
    let span = error.span?;
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(span.start);
    let end = boundary(span.end).max(start);
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Some(Place {
        line: before.matches('\n').count() + 1,
        position: before[line_start..].chars().count(),
        token: text[start..end].chars().take(100).collect(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use kql::{ErrorKind, Span};

    #[test]
    fn lines_from_one_and_positions_from_zero() {
        let text = "T\n| whäre x";
        let at = |start, end| place(&Error::new(ErrorKind::Syntax, Span::new(start, end), "x"), text).unwrap();
        assert_eq!(at(4, 10), Place { line: 2, position: 2, token: "whäre".into() });
        assert_eq!(at(0, 1), Place { line: 1, position: 0, token: "T".into() });
        // Within a character, and behind the end.
        assert_eq!(at(7, 900), Place { line: 2, position: 4, token: "äre x".into() });
        assert_eq!(at(900, 900), Place { line: 2, position: 9, token: String::new() });
        assert_eq!(place(&Error::bare(ErrorKind::Syntax, "x"), text), None);
    }
}
