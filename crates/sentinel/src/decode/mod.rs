//! Answers of the query services into tables while they arrive: bytes to tokens to columns, no tree between.
//!
//! What is held beside the columns is one piece of the answer and one unfinished token, so that memory stays near the size of the table.

mod capture;
mod columns;
mod reader;
mod table;
mod tokens;

use kql_polars::KqlTable;
use polars::prelude::PolarsError;
use serde_json::Value as Json;

pub use table::empty_columns;
pub use tokens::{NotJson, Token, Tokens};

/// Why an answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(#[from] NotJson),
    /// It is JSON of another shape.
    #[error("it is no answer of a query service: {0}")]
    Shape(String),
    /// It ended before it was complete.
    #[error("it was cut off after {bytes} bytes")]
    Cut {
        /// How many bytes came.
        bytes: u64,
    },
    /// A defect of this program.
    #[error("its rows could not be put together: {0}")]
    Frame(#[from] PolarsError),
}

/// One table of an answer.
#[derive(Debug)]
pub struct AnswerTable {
    /// `PrimaryResult`, …
    pub name: String,
    /// Kusto's `PrimaryResult`, `QueryCompletionInformation`, `QueryProperties`, …; empty in the other APIs.
    pub kind: String,
    /// Its rows.
    pub table: KqlTable,
}

/// A whole answer.
#[derive(Debug, Default)]
pub struct Answer {
    /// Its tables, in order.
    pub tables: Vec<AnswerTable>,
    /// The errors it reports, although its status says that all is well. There may be rows beside them.
    pub errors: Vec<Json>,
    /// Whether the last frame says that there were errors.
    pub has_errors: bool,
    /// Whether the query was cancelled.
    pub cancelled: bool,
    /// What the query cost.
    pub statistics: Option<Json>,
    /// What its `render` operator asks for.
    pub render: Option<Json>,
}

/// Reads one answer.
///
/// ```
/// use sentinel::decode::Decoder;
/// let mut decoder = Decoder::default();
/// for piece in [r#"{"tables": [{"name": "PrimaryResult", "columns": [{"na"#, r#"me": "x", "type": "long"}], "rows": [[1], [2]]}]}"#] {
///     decoder.push(piece.as_bytes())?;
/// }
/// let answer = decoder.finish()?;
/// assert_eq!(answer.tables[0].table.rows(), 2);
/// # Ok::<(), sentinel::decode::DecodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    tokens: Tokens,
    reader: reader::Reader,
}

impl Decoder {
    /// Takes the next piece.
    ///
    /// # Errors
    /// When it cannot be read on.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.tokens.push(bytes);
        while let Some(token) = self.tokens.next()? {
            self.reader.token(token)?;
        }
        Ok(())
    }

    /// How many bytes came so far.
    pub fn bytes(&self) -> u64 {
        self.tokens.bytes()
    }

    /// The answer, after the last piece.
    ///
    /// # Errors
    /// When it is not complete.
    pub fn finish(self) -> Result<Answer, DecodeError> {
        if !self.tokens.is_done() || !self.reader.is_complete() {
            return Err(DecodeError::Cut { bytes: self.tokens.bytes() });
        }
        self.reader.finish()
    }
}

#[cfg(test)]
mod tests;
