//! Pivots: the queries that can be asked about an entity, for one value or for a whole column.
//!
//! Every query of the library that names an entity in its header is a pivot of it: nothing is registered anywhere else. So are the look-ups.

mod column;
mod find;
mod kind;
mod lookup;
mod pipeline;
mod table;

pub use column::{Join, Limits, Request, run};
pub use find::{Pivot, all, find};
pub use kind::EntityKind;
pub use lookup::{LOOKUPS, LookupPivot};
pub use pipeline::{Pipeline, Step, StepKind, StepOutput};
pub use table::{example, table};
