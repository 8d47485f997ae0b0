//! The clients against services on this machine that do what they are told to: answers, errors, faults of the line.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;
mod faults;
mod kusto;
mod log_analytics;
mod network;
mod retries;
