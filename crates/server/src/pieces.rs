//! The body of an answer: text that is ready, and rows that are turned into text as they are sent.

use std::collections::VecDeque;
use std::io::{self, Write};

use axum::body::Body;
use bytes::Bytes;
use futures::stream;

use crate::rows::Rows;

/// Bytes that are sent at a time, at least, while there are more.
const CHUNK: usize = 32 << 10;

/// One part of an answer.
#[derive(Debug)]
enum Piece {
    Text(Vec<u8>),
    Rows(Rows),
}

/// An answer in parts.
#[derive(Debug, Default)]
pub struct Pieces {
    parts: VecDeque<Piece>,
}

impl Pieces {
    /// An answer of this text.
    pub fn text(text: impl Into<Vec<u8>>) -> Self {
        let mut pieces = Self::default();
        pieces.push(text);
        pieces
    }

    /// Adds text.
    pub fn push(&mut self, text: impl Into<Vec<u8>>) {
        let text = text.into();
        match self.parts.back_mut() {
            Some(Piece::Text(last)) => last.extend_from_slice(&text),
            _ => self.parts.push_back(Piece::Text(text)),
        }
    }

    /// Adds a value as JSON.
    pub fn push_json(&mut self, value: impl serde::Serialize) {
        let mut text = Vec::new();
        crate::rows::json(value, &mut text);
        self.push(text);
    }

    /// Adds rows.
    pub fn push_rows(&mut self, rows: Rows) {
        self.parts.push_back(Piece::Rows(rows));
    }

    /// Adds another answer at the end.
    pub fn append(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    /// Writes everything.
    ///
    /// # Errors
    /// When `out` fails, or a column does not hold what its type says.
    pub fn write_to(self, out: &mut dyn Write) -> io::Result<()> {
        for chunk in self {
            out.write_all(&chunk?)?;
        }
        Ok(())
    }

    /// The body of a response, made as it is sent.
    pub fn into_body(self) -> Body {
        Body::from_stream(stream::iter(self))
    }
}

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut out = Vec::new();
        while out.len() < CHUNK {
            match self.parts.front_mut() {
                None => break,
                Some(Piece::Text(text)) => {
                    if out.is_empty() {
                        out = std::mem::take(text);
                    } else {
                        out.extend_from_slice(text);
                    }
                    self.parts.pop_front();
                }
                Some(Piece::Rows(rows)) => match rows.write_block(&mut out) {
                    Ok(true) => {}
                    Ok(false) => {
                        self.parts.pop_front();
                    }
                    Err(error) => {
                        tracing::error!(%error, "a result could not be written");
                        self.parts.clear();
                        return Some(Err(io::Error::other(error.to_string())));
                    }
                },
            }
        }
        if out.is_empty() { None } else { Some(Ok(out.into())) }
    }
}
