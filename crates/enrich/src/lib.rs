//! What can be told of an IP address.
//!
//! * [`ip`]: addresses as logs write them, and what kind of address each is.
//! * [`country`]: the country of a public address, from a database that is part of the program.

pub mod country;
mod country_names;
pub mod ip;

pub use country::{Country, CountryDb};
pub use ip::IpKind;
