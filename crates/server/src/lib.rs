//! A server that answers the query APIs of Log Analytics and Kusto from tables of the embedded engine, for tests and for other programs.
//!
//! ```text
//! request ──gate: token, log, faults──> log_analytics │ kusto ──query: in turn, limits──> kql_polars::run
//!                                            └── answer: pieces, rows written as they are sent, gzip
//! ```
//!
//! [`start`] starts one in a test; `entity-explorer serve` starts one from the command line. What it answers, and where that differs from
//! the cloud, is in `docs/server.md`.

mod app;
mod control;
pub mod faults;
mod gate;
mod gzip;
mod kusto;
pub mod log_analytics;
mod options;
mod pieces;
mod place;
mod query;
mod refusal;
mod routes;
pub mod rows;
mod start;
pub mod timespan;
mod visual;
mod workspaces;

pub use app::Seen;
pub use faults::{Fault, FaultKind};
pub use options::{MAX_KUSTO_BYTES, MAX_LOG_ANALYTICS_BYTES, MAX_ROWS, Options, Token};
pub use start::{Handle, StartError, start};
pub use workspaces::{Complete, DEFAULT_ID, Hosted, Workspaces};
