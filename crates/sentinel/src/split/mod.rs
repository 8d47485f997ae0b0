//! Queries in parts of time: where a service gives no more than so many rows, bytes or minutes at once.

mod exprs;
mod join;
mod plan;
mod run;

pub use join::join;
pub use plan::{Order, Plan};
pub use run::{Outcome, Part, SplitPolicy, run};

#[cfg(test)]
mod tests;
