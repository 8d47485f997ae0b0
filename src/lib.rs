//! Investigate an account, and from there addresses, hosts and alerts, in Microsoft Sentinel data, cell by cell, in a Rust Jupyter notebook.
//!
//! ```no_run
//! use entity_explorer::prelude::*;
//!
//! # fn main() -> Result<(), entity_explorer::Error> {
//! let explorer = Explorer::start()?;
//! let workspace = explorer.connect("Demo")?;
//! let account = workspace.account_summary("alice").timespan("last 2 days").run()?;
//! let account = account.select("alice@contoso.com", AccountType::AzureActiveDirectory)?;
//! account.get_additional_data()?;
//! account.azure_activity()?.kql("summarize Operations = count() by IPAddress | top 5 by Operations")?;
//! # Ok(())
//! # }
//! ```
//!
//! This crate is what a cell compiles, and so it is thin: it has no dependencies, and does no work. The work is done by the engine, the program
//! `entity-explorer`, which [`Explorer::start`] starts as a child process and speaks to over pipes. Results stay in the engine;
//! a [`Table`] here is a handle to one.
//!
//! A value shows itself when it is the last expression of a cell, with or without `?`.

mod account_summary;
mod account_type;
mod connection;
mod entity;
mod error;
mod explorer;
mod handle;
mod ip_summary;
mod locate;
mod lookup;
mod nearest;
mod output;
mod pivot;
pub mod protocol;
mod query;
mod row;
mod show;
mod subject;
mod table;
mod text;
mod timespan;
mod timestamp;
mod view;
pub mod wire;
mod workspace;

pub use account_summary::{AccountSummary, AccountSummaryRequest};
pub use account_type::{AccountType, IntoAccountTypes};
pub use entity::Entity;
pub use error::Error;
pub use explorer::Explorer;
pub use ip_summary::{IpSummary, IpSummaryRequest};
pub use lookup::Lookup;
pub use output::Bundle;
pub use pivot::{JoinKind, Pipeline, PipelineResult, Pivot};
pub use query::{IntoParam, Query};
pub use row::{Cell, Column, Row};
pub use show::{EvcxrDisplay, Show};
pub use subject::{Account, Dns, FileHash, Host, IpAddress, SecurityAlert, Url};
pub use table::Table;
pub use timespan::{IntoTimeSpan, IntoTimestamp, TimeSpan};
pub use timestamp::{Duration, Timestamp};
pub use view::View;
pub use workspace::Workspace;

/// What a notebook needs: `use entity_explorer::prelude::*;`
pub mod prelude {
    pub use crate::{
        AccountSummary, AccountType, Cell, Column, Entity, EvcxrDisplay, Explorer, IpSummary, JoinKind, Query, Row,
        Show, Table, TimeSpan, Timestamp, View, Workspace,
    };
}
