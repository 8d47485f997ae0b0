//! What a server may be told.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use crate::faults::Fault;

/// Rows of an answer, as in the cloud. Source: <https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces>
pub const MAX_ROWS: usize = 500_000;
/// Bytes of a Log Analytics answer. Source: as for [`MAX_ROWS`].
pub const MAX_LOG_ANALYTICS_BYTES: u64 = 100 << 20;
/// Bytes of a Kusto answer. Source: <https://learn.microsoft.com/kusto/concepts/query-limits#limit-on-result-set-size-result-truncation>
pub const MAX_KUSTO_BYTES: u64 = 64 << 20;

/// How a server runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 is any free port.
    pub listen: SocketAddr,
    /// Whether it may listen on an address that other machines reach.
    pub allow_remote: bool,
    /// The token that requests have to bring; `None` accepts any.
    pub token: Option<Token>,
    /// Rows after which a result is cut off.
    pub max_rows: usize,
    /// Bytes after which a result is cut off; `None` for the service's own limits.
    pub max_bytes: Option<u64>,
    /// Queries that run at the same time.
    pub concurrent: usize,
    /// Queries that may wait for their turn; more are refused with 429.
    pub queue: usize,
    /// Bytes of a request's body.
    pub max_body: usize,
    /// Whether `/control/` is there, by which a test in another process switches faults and reads what was asked.
    pub control: bool,
    /// Faults that are on from the start.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(4, std::num::NonZeroUsize::get);
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            token: None,
            max_rows: MAX_ROWS,
            max_bytes: None,
            concurrent: cores.max(4),
            queue: 200,
            max_body: 8 << 20,
            control: false,
            faults: Vec::new(),
        }
    }
}

/// A bearer token. It is never shown.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token of a text, without the white space around it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Whether there is anything in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request brought this token. The time that takes does not tell how much of it was right.
    pub fn is(&self, given: &str) -> bool {
        let (own, given) = (self.0.as_bytes(), given.as_bytes());
        let differing = own.iter().zip(given).fold(0u8, |sum, (a, b)| sum | (a ^ b));
        own.len() == given.len() && differing == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_and_never_shown() {
        let token = Token::new(" secret\n");
        assert!(token.is("secret"));
        for wrong in ["", "Secret", "secret1", "secre"] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert_eq!(format!("{:?}", Options { token: Some(token), ..Options::default() }.token), "Some(Token(***))");
    }
}
