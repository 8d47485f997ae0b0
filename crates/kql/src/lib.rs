//! KQL text to a syntax tree, with positions and error messages for people. No query is run here.
//!
//! ```text
//! text --lexer--> tokens --parser--> ast::Script          (this crate)
//!      ast::Script --bind--> typed relations --> rows      (crate kql-polars)
//! ```

pub mod ast;
pub mod error;
mod lexer;
pub mod literal;
mod parser;
pub mod time;
pub mod types;

/// Another name for the readers of [`time`].
pub mod time_text {
    pub use crate::time::{parse_datetime, parse_timespan};
}

pub use error::{Error, ErrorKind, Span};
pub use parser::{parse, parse_applied};
pub use types::{KqlType, Value};
