//! The query library: files of standard KQL with a header that says what they are.
//!
//! ```kusto
//! // What the query gives, one sentence.
//! // family: Azure    entity: Account    pivot: aad_signins    tables: SigninLogs
//! declare query_parameters(account_name: string, start: datetime, end: datetime);
//! …
//! ```

mod library;
mod params;

pub use library::{QueryFile, QueryParam, all, find};
pub use params::bind;
