//! Local workspaces: folders of exported tables, queried with KQL without any cloud.
//!
//! A [`Workspace`] is a folder that holds one file, or one sub-folder of part files, for each table, as Parquet, CSV (also as the Azure portal
//! exports it) or NDJSON. It is a [`kql_polars::Catalog`]: queries name its tables. `docs/local-workspaces.md` describes the format.
//!
//! The [`demo`] module makes the workspace that comes with the program.

mod canon;
pub mod demo;
mod error;
mod files;
mod parquet;
mod schema;
mod table;
mod text;
mod values;
mod workspace;

pub use demo::path as demo_path;
pub use error::Error;
pub use schema::Schema;
pub use workspace::{TableInfo, Workspace};
