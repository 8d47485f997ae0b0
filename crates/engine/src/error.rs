//! What goes wrong in the engine, told to people: what failed, on what, and what to do next.

use std::fmt;

/// What kind of failure it is; over the wire it is the error's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The caller gave something that cannot be used: a blank name, a time range that ends before it starts, …
    BadInput,
    /// There is no workspace, query, property, column or account of that name.
    NotFound,
    /// A query failed, or its text is wrong.
    Query,
    /// A file or folder cannot be read or written.
    Io,
    /// Something that the engine does not do.
    Unsupported,
    /// A limit was reached.
    Limit,
    /// The cell that asked was interrupted.
    Interrupted,
    /// A defect of the engine.
    Internal,
}

impl ErrorCode {
    /// The code as it is sent: `bad_input`, `not_found`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadInput => "bad_input",
            Self::NotFound => "not_found",
            Self::Query => "query",
            Self::Io => "io",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }
}

/// A failure: one sentence on what failed and on what, and one on what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Which kind.
    pub code: ErrorCode,
    /// What failed, on what.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Error {
    /// A failure of this kind.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }

    /// The caller gave something that cannot be used.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadInput, message)
    }

    /// `what` of this name does not exist; names the nearest of the `known` ones, or all of them when they are few.
    pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let near = nearest(name, &known);
        let help = if !near.is_empty() {
            format!("did you mean {}?", near.join(", "))
        } else if known.is_empty() {
            "there are none".to_owned()
        } else if known.len() <= 20 {
            format!("there are: {}", known.join(", "))
        } else {
            format!("there are {}, such as {}", known.len(), known[..5].join(", "))
        };
        Self::new(ErrorCode::NotFound, format!("there is no {what} {}", quoted(name))).with_help(help)
    }

    /// A query's error, drawn with the place in its text.
    pub fn query(name: &str, text: &str, error: &kql::Error) -> Self {
        Self::new(code(error), format!("{name}: {}", error.render(text)))
    }

    /// The error of a query of the library, whose text the reader did not write: what is wrong, and in which query.
    pub fn library(name: &str, error: &kql::Error) -> Self {
        Self { help: error.help.clone(), ..Self::new(code(error), format!("{} ({name})", error.message)) }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Which kind of failure a query's error is.
fn code(error: &kql::Error) -> ErrorCode {
    match error.kind {
        kql::ErrorKind::Unsupported => ErrorCode::Unsupported,
        kql::ErrorKind::Limit => ErrorCode::Limit,
        _ => ErrorCode::Query,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// A name as it is shown in a message: quoted, control characters visible, cut at 80 characters.
pub fn quoted(name: &str) -> String {
    let mut shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    if name.chars().count() > 80 {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// The names that are most like `name`, at most three, best first.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Vec<&'a str> {
    let wanted: Vec<char> = name.chars().take(100).flat_map(char::to_lowercase).collect();
    let mut scored: Vec<(usize, &str)> = known
        .iter()
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
            let distance = distance(&wanted, &other);
            let contains = wanted.len() >= 3
                && other.windows(wanted.len().min(other.len()).max(1)).any(|w| w == wanted.as_slice());
            let allowed = (wanted.len().max(other.len()) / 3).max(1);
            if contains { Some((1, *candidate)) } else { (distance <= allowed).then_some((distance, *candidate)) }
        })
        .collect();
    scored.sort_by_key(|(distance, _)| *distance);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Edit distance (optimal string alignment: a swap of neighbours counts one).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_get_the_nearest_ones() {
        let error = Error::unknown("property", "azure_activty", ["azure_activity", "host_logons", "related_alerts"]);
        assert_eq!(error.to_string(), "there is no property \"azure_activty\"\n  help: did you mean azure_activity?");
        let error = Error::unknown("workspace", "x\u{1b}[31m", ["Demo"]);
        assert_eq!(error.to_string(), "there is no workspace \"x\\u{1b}[31m\"\n  help: there are: Demo");
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        assert_eq!(
            nearest("signins", &["Azure.list_aad_signins_for_account", "Office365.find_accounts"]),
            ["Azure.list_aad_signins_for_account"]
        );
    }
}
