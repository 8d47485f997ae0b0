//! Runs KQL with Polars: syntax tree → names and types → lazy plan → rows.
//!
//! ```text
//! kql::ast::Script ──bind──> Rel (LazyFrame + typed columns) ──collect──> KqlTable
//! ```
//!
//! * [`typed`]: a scalar expression with its KQL type, and how each KQL type is held in a Polars column.
//! * [`kernels`]: vectorised loops for what Polars has no expression for.
//! * [`functions`]: the scalar functions, a file per family, one registry.
//! * [`aggregates`]: the aggregation functions, likewise.
//! * `operators/`: the tabular operators, a file each.

pub mod aggregates;
pub mod bind;
pub mod calendar;
pub mod catalog;
pub mod convert;
mod declared_pattern;
pub mod dynamic;
pub mod functions;
pub mod json;
pub mod json_items;
pub mod kernels;
pub mod limits;
pub mod needles;
pub mod operators;
pub mod pattern;
pub mod places;
pub mod preamble;
pub mod query;
pub mod rel;
pub mod repeats;
pub mod results;
pub mod rows;
pub mod run;
pub mod scope;
pub mod scoped;
pub mod stored;
pub mod suggest;
pub mod table;
pub mod terms;
#[cfg(test)]
mod testing;
pub mod typed;

pub use catalog::{Catalog, NoTables, SourceColumn, TableSource, Tables};
pub use limits::default_max_memory;
pub use places::{Place, Places};
pub use preamble::{Preamble, literal, preamble};
pub use run::{NamedTable, Options, columns, explain, run, run_all, run_script};
pub use scoped::{Joined, Scoped, TimeScope};
pub use table::{Column, KqlTable, PARTIAL, RenderHint};
