//! Regular expressions of queries, compiled once.

use std::sync::{Mutex, PoisonError};

use kql::{Error, ErrorKind, Value};
use regex::{Regex, RegexBuilder};

use crate::typed::Typed;

/// Compiled expressions may take this much memory: enough for any by hand, too little to starve the machine.
const SIZE_LIMIT: usize = 10 << 20;

/// A regular expression argument: constant, or different in each row.
#[derive(Debug)]
pub struct Pattern {
    fixed: Option<Regex>,
    /// The one that was used last, by its text: columns of expressions mostly repeat a few.
    last: Mutex<Option<(String, Option<Regex>)>>,
}

impl Pattern {
    /// Compiles `arg` if it is constant.
    ///
    /// # Errors
    /// When it is not a regular expression: with the place in the query and what is wrong.
    pub fn new(arg: &Typed) -> Result<Self, Error> {
        let fixed = match &arg.constant {
            Some(Value::String(text)) => Some(compile(text).map_err(|why| {
                Error::new(ErrorKind::Type, arg.span, format!("this is not a regular expression: {why}"))
                    .with_help("The syntax is RE2's, without look-around and backreferences")
            })?),
            _ => None,
        };
        Ok(Self { fixed, last: Mutex::new(None) })
    }

    /// The expression: the constant one, or that of `text`; `None` if `text` is not one.
    pub fn get(&self, text: &str) -> Option<Regex> {
        if let Some(fixed) = &self.fixed {
            return Some(fixed.clone());
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, regex)) if known == text => regex.clone(),
            _ => {
                let regex = compile(text).ok();
                *last = Some((text.to_owned(), regex.clone()));
                regex
            }
        }
    }
}

/// Compiles a regular expression of a query; the error says in one line what is wrong with it.
///
/// # Errors
/// When it is not a regular expression, or a huge one.
pub fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too big".to_owned(),
        // The last line of the report says what is wrong; the others draw the place.
        other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}
