//! Where addresses are.

mod download;
mod embedded;
mod ipstack;
mod maxmind;
mod provider;
mod rows;

pub use download::{Download, DownloadError};
pub use embedded::Embedded;
pub use ipstack::IpStack;
pub use maxmind::{MaxMind, MaxMindError};
pub use provider::{GeoIp, Location};
pub use rows::{Geo, GeoRow};
