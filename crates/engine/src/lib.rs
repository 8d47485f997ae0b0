//! The engine of Entity Explorer: workspaces, notebooklets, the requests of notebooks, and the command line.
//!
//! * [`serve`]: the engine as a notebook's child process.
//! * [`workspace`]: where tables are and what answers queries about them.
//! * [`queries`]: the query library.
//! * [`account`]: the account summary.
//! * [`limits`]: how much memory queries may take.
//! * [`enrichment`]: GeoIP, WhoIs and threat intelligence for columns.
//! * [`cli`]: the subcommands of `entity-explorer`.

pub mod account;
pub mod cli;
pub mod enrichment;
pub mod error;
pub mod export;
pub mod limits;
pub mod queries;
pub mod rows;
pub mod serve;
pub mod timespan;
pub mod workspace;
