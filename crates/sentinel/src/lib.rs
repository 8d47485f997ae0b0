//! Microsoft Sentinel and Kusto: configuration, sign-in, and the clients of the Log Analytics and Kusto query services.

pub mod auth;
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
pub mod split;
mod text;

pub use ::secret;
pub use ::secret::Secret;
pub use fault::{Fault, FaultKind};
pub use query::Query;
