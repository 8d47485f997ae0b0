//! The engine of Entity Explorer: workspaces, notebooklets, the requests of notebooks, and the command line.
//!
//! * [`serve`]: the engine as a notebook's child process.
//! * [`cli`]: the subcommands of `entity-explorer`.

pub mod cli;
pub mod serve;
