//! How bad a service says an indicator is.

use std::fmt;

/// How bad a service says an indicator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It does not say, or could not be asked.
    Unknown,
    /// Nothing bad is known.
    Information,
    /// Somebody finds it suspicious.
    Warning,
    /// It is known to be bad.
    High,
}

impl Severity {
    /// All, from least to worst.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Information, Self::Warning, Self::High];

    /// The name in tables: `unknown`, `information`, `warning`, `high`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::High => "high",
        }
    }

    /// The severity of a name, in any case.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Of a number: high above or at `high`, warning above or at `warning`, else information.
    pub(crate) fn of_score(score: f64, warning: f64, high: f64) -> Self {
        if score >= high {
            Self::High
        } else if score >= warning {
            Self::Warning
        } else {
            Self::Information
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
