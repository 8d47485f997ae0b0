//! What can go wrong while a table is drawn or written.

/// The result of drawing or writing.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a table could not be drawn or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table has no such column.
    #[error("the table has no column \"{column}\"; its columns are: {known}")]
    NoColumn {
        /// The name that was asked for.
        column: String,
        /// The names there are.
        known: String,
    },
    /// The column has another type than the drawing needs.
    #[error("column \"{column}\" is of type {found}; {needed} is needed here")]
    WrongType {
        /// The column.
        column: String,
        /// Its type.
        found: kql::KqlType,
        /// What would do.
        needed: &'static str,
    },
    /// The rows could not be read.
    #[error("a cell could not be read: {0}")]
    Polars(#[from] polars::prelude::PolarsError),
    /// The output could not be written.
    #[error("could not write: {0}")]
    Io(#[from] std::io::Error),
}
