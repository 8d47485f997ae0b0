//! The IP address summary: what an address is, and all that the workspace knows of it.
//!
//! ```text
//! Address ──sources──> tables of the workspace, all at the same time ──derived──> accounts, hosts, summaries ──document──> the page
//! ```

mod address;
mod derived;
mod document;
mod hosts;
mod lookups;
mod properties;
mod sources;
mod summary;

pub use address::Address;
pub use properties::{METHODS, PROPERTIES, find_property};
pub use summary::{IpSummary, Request};
