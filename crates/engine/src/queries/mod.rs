//! The query library: files of standard KQL with a header that says what they are.
//!
//! ```kusto
//! // What the query gives, one sentence.
//! // family: Azure    entity: Account    pivot: aad_signins    tables: SigninLogs
//! declare query_parameters(account_name: string, start: datetime, end: datetime);
//! …
//! ```

pub mod custom;
mod library;
mod params;
mod template_file;
pub mod templates;

pub use library::{QueryFile, QueryParam, all, built_in, find, problems};
pub use params::bind;
