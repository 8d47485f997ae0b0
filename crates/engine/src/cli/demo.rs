//! `entity-explorer demo`: the demo workspace.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use local::demo::{Options, generate};

use super::Outcome;

/// The demo workspace: two weeks of a made-up company, with one compromised account.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a demo workspace of any size: the same options always make the same rows
    Generate {
        /// The folder to write it to
        folder: PathBuf,
        /// About how many rows to make in all
        #[arg(long, default_value_t = Options::default().rows)]
        rows: u64,
        /// Another seed makes another company
        #[arg(long, default_value_t = Options::default().seed)]
        seed: u64,
    },
    /// Print the folder of the built-in demo workspace
    Path,
}

/// Makes or finds it.
pub fn run(args: Args) -> Outcome {
    let mut out = std::io::stdout().lock();
    match args.command {
        Command::Generate { folder, rows, seed } => {
            for (table, rows) in generate(&folder, Options { rows, seed })? {
                let _ = writeln!(out, "{rows:>12} {table}");
            }
        }
        Command::Path => {
            let _ = writeln!(out, "{}", local::demo_path()?.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
