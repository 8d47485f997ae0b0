//! Microsoft Sentinel and Kusto: configuration, sign-in, and the clients of the Log Analytics and Kusto query services.

pub mod cloud;
pub mod config;
pub mod connection_string;
mod secret;

pub use secret::Secret;
