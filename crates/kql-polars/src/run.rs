//! From query text to rows.

use std::collections::BTreeMap;

use kql::{Error, ErrorKind, Value};

use crate::{Catalog, KqlTable};

/// Limits of one run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A result of more rows is an error.
    pub max_rows: Option<usize>,
}

/// Runs a query. `params` are the values of its `declare query_parameters`.
///
/// # Errors
/// Wrong text, unknown names, wrong types: with the position in `text`. Failures of a run: with the reason.
pub fn run(
    text: &str,
    catalog: &dyn Catalog,
    params: &BTreeMap<String, Value>,
    options: &Options,
) -> Result<KqlTable, Error> {
    let _ = (text, catalog, params, options);
    Err(Error::bare(
        ErrorKind::Unsupported,
        "queries cannot be run yet",
    ))
}
