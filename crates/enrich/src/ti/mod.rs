//! Threat intelligence: what services know about addresses, domains, URLs and files.
//!
//! ```no_run
//! # async fn run() -> Result<(), enrich::ti::TiError> {
//! use enrich::Ioc;
//! use enrich::ti::{ProviderSettings, ThreatIntel, TiOptions};
//!
//! let intel = ThreatIntel::new(&[ProviderSettings::new("OTX", "the key")]);
//! let iocs: Vec<Ioc> = Ioc::detect_all("185.220.101.34 evil[.]example[.]net");
//! for row in intel.lookup(&iocs, &TiOptions::default()).await?.rows {
//!     println!("{} {}: {} ({})", row.provider, row.ioc, row.severity, row.status);
//! }
//! # Ok(())
//! # }
//! ```

mod abuseipdb;
mod binaryedge;
mod crowdsec;
mod greynoise;
mod intsights;
mod ipqualityscore;
mod lookup;
mod opr;
mod otx;
mod provider;
mod pulsedive;
mod rows;
mod sentinel;
mod settings;
mod severity;
mod tor;
mod virustotal;
mod xforce;

pub use lookup::ThreatIntel;
pub use provider::{Provider, Verdict};
pub(crate) use rows::for_people;
pub use rows::{Progress, TiError, TiOptions, TiReport, TiRow};
pub use sentinel::{SENTINEL, sentinel_columns, sentinel_row};
pub use settings::{ProviderSettings, Unusable, check};
pub use severity::Severity;
