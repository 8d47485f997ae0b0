//! The error of every call.

use std::fmt;

use crate::output;
use crate::wire::Value;

/// What failed, and what to do about it.
///
/// It reads the same through `{}` and `{:?}`, so that a cell that ends with `?` prints sentences:
///
/// ```
/// let error = entity_explorer::TimeSpan::parse("yesterdayish").unwrap_err();
/// assert_eq!(format!("{error}"), format!("{error:?}"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    code: String,
    message: String,
    help: Option<String>,
}

impl Error {
    /// An error of this code with this message (a sentence without a final full stop).
    #[doc(hidden)]
    pub fn new(code: &str, message: String) -> Self {
        Self(Box::new(Inner { code: code.to_owned(), message, help: None }))
    }

    /// Adds what to do about it.
    #[doc(hidden)]
    #[must_use]
    pub fn with_help(mut self, help: String) -> Self {
        self.0.help = Some(help);
        self
    }

    /// An answer that the engine should not give.
    pub(crate) fn protocol(what: &str) -> Self {
        Self::new("protocol", format!("the engine gave an answer that cannot be understood: {what}"))
            .with_help("build the engine again with `cargo build --release`, and restart the kernel".to_owned())
    }

    /// Two errors as one.
    pub(crate) fn and(mut self, other: &Error) -> Self {
        self.0.message.push('\n');
        self.0.message.push_str(other.message());
        self
    }

    /// A short word for the kind of error, for programs: `unknown_column`, `engine_stopped`, …
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What failed.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, if there is something to say.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// As it is sent.
    #[doc(hidden)]
    pub fn to_value(&self) -> Value {
        let help = self.help().map_or(Value::Null, Value::str);
        Value::map()
            .with("code", Value::str(self.code()))
            .with("message", Value::str(self.message()))
            .with("help", help)
    }

    pub(crate) fn from_value(value: &Value) -> Self {
        let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let message = text("message").unwrap_or_else(|| "the engine gave an error without a message".to_owned());
        Self(Box::new(Inner { code: text("code").unwrap_or_default(), message, help: text("help") }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&output::plain(self.message()))?;
        match self.help() {
            Some(help) => write!(f, "\n  help: {}", output::plain(help)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
