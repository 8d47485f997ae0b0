//! Microsoft Sentinel and Kusto: configuration, sign-in, and the clients of the Log Analytics and Kusto query services.

pub mod cache;
pub mod cloud;
pub mod config;
pub mod connection_string;
pub mod decode;
pub mod fault;
pub mod http;
pub mod kusto;
pub mod log_analytics;
mod query;
pub mod retry;
mod secret;
pub mod split;
mod text;

pub use fault::{Fault, FaultKind};
pub use query::Query;
pub use secret::Secret;
