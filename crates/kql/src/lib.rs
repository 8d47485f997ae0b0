//! KQL text to a syntax tree, with positions and error messages for people. No query is run here.
//!
//! ```text
//! text --lexer--> tokens --parser--> ast::Script          (this crate)
//!      ast::Script --bind--> typed relations --> rows      (crate kql-polars)
//! ```

pub mod ast;
pub mod error;
pub mod time;
pub mod time_text;
pub mod types;

pub use error::{Error, ErrorKind, Span};
pub use types::{KqlType, Value};
