//! `entity-explorer serve-stdio`: the engine on standard input and output, started by the `entity_explorer` crate in a notebook.

use std::process::ExitCode;

use super::Outcome;

/// Serve requests on standard input and output. Notebooks start this themselves.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Serves until the end of input.
pub fn run(_args: Args) -> Outcome {
    crate::serve::serve_stdio()?;
    Ok(ExitCode::SUCCESS)
}
