//! What can be told of an IP address, a domain, a URL, a file.
//!
//! * [`Enricher`]: all of it behind one door, for a column of cells.
//! * [`ip`]: addresses as logs write them, and what kind of address each is.
//! * [`ioc`]: indicators of compromise, detected from the value.
//! * [`country`]: the country of a public address, from a database that is part of the program.
//! * [`geo`]: where addresses are, by MaxMind databases, ipstack, or the embedded database.
//! * [`whois`]: whose addresses are.
//! * [`ti`]: threat intelligence.
//! * [`limit`], [`failure`]: how services are asked, and why one gave no answer.

pub mod cache;
pub mod country;
mod country_names;
pub mod demo;
mod enricher;
pub mod failure;
pub mod geo;
mod http;
pub mod ioc;
pub mod ip;
pub mod limit;
pub mod table;
pub mod ti;
pub mod whois;

pub use cache::Cache;
pub use country::{Country, CountryDb};
pub use enricher::{Answers, EnrichSettings, Enricher, GeoError, GeoSettings};
pub use failure::Failure;
pub use http::{Http, USER_AGENT};
pub use ioc::{Ioc, IocType};
pub use ip::IpKind;
pub use limit::{Limits, Rate};
