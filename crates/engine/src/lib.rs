//! The engine of Entity Explorer: workspaces, notebooklets, the requests of notebooks, and the command line.
//!
//! * [`serve`]: the engine as a notebook's child process.
//! * [`workspace`]: where tables are and what answers queries about them.
//! * [`queries`]: the query library.
//! * [`account`]: the account summary.
//! * [`limits`]: how much memory queries may take.
//! * [`enrichment`]: GeoIP, WhoIs and threat intelligence for columns.
//! * [`ip_summary`]: the IP address summary.
//! * [`notebooklet`]: what summaries share.
//! * [`pivot`]: what can be asked about an entity, for a value or a column.
//! * [`geo_map`]: addresses on the map of the world.
//! * [`cli`]: the subcommands of `entity-explorer`.

pub mod account;
pub mod cli;
pub mod enrichment;
pub mod error;
pub mod export;
pub mod geo_map;
pub mod interrupt;
pub mod ip_summary;
pub mod limits;
pub mod notebooklet;
pub mod pivot;
pub mod queries;
pub mod rows;
pub mod serve;
pub mod small;
pub mod timespan;
pub mod workspace;
