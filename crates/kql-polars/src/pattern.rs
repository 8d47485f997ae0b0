//! Regular expressions of queries: checked when a query is bound, compiled once, when the first row needs them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kql::{Error, ErrorKind, Value};
use regex::{Regex, RegexBuilder};

use crate::typed::Typed;

/// Compiled expressions may take this much memory: enough for any by hand, too little to starve the machine.
const SIZE_LIMIT: usize = 10 << 20;
/// An expression of no more characters, with nothing in it that counts repetitions, stays under [`SIZE_LIMIT`] whatever it is.
const SURELY_SMALL: usize = 200;

/// A regular expression argument: constant, or different in each row.
#[derive(Debug)]
pub struct Pattern {
    fixed: Option<Lazy>,
    /// The one that was used last, by its text: columns of expressions mostly repeat a few.
    last: Mutex<Option<(String, Option<Arc<Regex>>)>>,
}

impl Pattern {
    /// Takes `arg`, if it is constant.
    ///
    /// # Errors
    /// When it is not a regular expression: with the place in the query and what is wrong.
    pub fn new(arg: &Typed) -> Result<Self, Error> {
        let fixed = match &arg.constant {
            Some(Value::String(text)) => Some(Lazy::new(text).map_err(|why| {
                Error::new(ErrorKind::Type, arg.span, format!("this is not a regular expression: {why}"))
                    .with_help("The syntax is RE2's, without look-around and backreferences")
            })?),
            _ => None,
        };
        Ok(Self { fixed, last: Mutex::new(None) })
    }

    /// The expression: the constant one, or that of `text`; `None` if `text` is not one.
    pub fn get(&self, text: &str) -> Option<Arc<Regex>> {
        if let Some(fixed) = &self.fixed {
            return fixed.get().cloned();
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, regex)) if known == text => regex.clone(),
            _ => {
                let regex = compile(text).ok().map(Arc::new);
                *last = Some((text.to_owned(), regex.clone()));
                regex
            }
        }
    }
}

/// A regular expression that is compiled when it is first used: that takes up to milliseconds, and a long query has many.
#[derive(Debug)]
pub struct Lazy {
    text: String,
    compiled: OnceLock<Option<Arc<Regex>>>,
}

impl Lazy {
    /// Checks an expression. One that may be too big is compiled right away.
    ///
    /// # Errors
    /// When it is not a regular expression, or a huge one: what is wrong with it, in one line.
    pub fn new(text: &str) -> Result<Self, String> {
        let compiled = OnceLock::new();
        if text.len() <= SURELY_SMALL && !text.contains('{') {
            regex_syntax::parse(text).map_err(|error| last_line(&error.to_string()))?;
        } else {
            let _ = compiled.set(Some(Arc::new(compile(text)?)));
        }
        Ok(Self { text: text.to_owned(), compiled })
    }

    /// The compiled expression.
    pub fn get(&self) -> Option<&Arc<Regex>> {
        self.compiled.get_or_init(|| compile(&self.text).ok().map(Arc::new)).as_ref()
    }
}

/// Compiles a regular expression of a query; the error says in one line what is wrong with it.
///
/// # Errors
/// When it is not a regular expression, or a huge one.
pub fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too big".to_owned(),
        other => last_line(&other.to_string()),
    })
}

/// The last line of the report says what is wrong; the others draw the place.
fn last_line(report: &str) -> String {
    report.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn what_is_compiled_late_can_be_compiled() {
        // The largest classes there are, as often as they fit.
        for part in [r"\w", r"\W", r"\D", r"\pL", r"\PN", r"(?i)\pL", r"\w+", r"[^a]", r"(.|\S)*"] {
            let text = part.repeat(SURELY_SMALL / part.len());
            let lazy = Lazy::new(&text).unwrap();
            assert!(lazy.compiled.get().is_none(), "{part}");
            assert!(lazy.get().is_some(), "{part}");
        }
    }

    #[test]
    fn mistakes_are_found_early_and_said_in_one_line() {
        for wrong in ["(", "a)", "[z-a]", r"(?=a)", r"\1", "*", r"(\w{1000}){1000}"] {
            let reason = Lazy::new(wrong).unwrap_err();
            assert_eq!(reason, compile(wrong).unwrap_err(), "{wrong}");
            assert!(!reason.is_empty() && !reason.contains('\n'), "{wrong}");
        }
    }
}
