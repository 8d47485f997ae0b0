//! `entity-explorer demo`: the demo workspace.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use local::demo::{Options, generate, table_names};

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
    ///
    /// Tables are sorted by time, in row groups of 100,000 rows. A larger workspace is of a larger company: one person for every 2,000 rows.
    Generate(Generate),
    /// Print the folder of the built-in demo workspace
    Path,
}

#[derive(Debug, clap::Args)]
struct Generate {
    /// The folder to write it to
    #[arg(required_unless_present = "output")]
    folder: Option<PathBuf>,
    /// The folder to write it to, by name
    #[arg(long, short, value_name = "FOLDER", conflicts_with = "folder")]
    output: Option<PathBuf>,
    /// About how many rows to make in all, spread over all tables
    #[arg(long, default_value_t = Options::default().rows)]
    rows: u64,
    /// Make only this table, with about so many rows; may be given for several tables
    #[arg(long = "table", value_name = "NAME=ROWS", value_parser = table, conflicts_with = "rows")]
    tables: Vec<(String, u64)>,
    /// Make each table a folder of files with so many rows, in place of one file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rows_per_file: Option<u64>,
    /// Another seed makes another company
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
}

/// `SigninLogs=10000000`
fn table(text: &str) -> Result<(String, u64), String> {
    let (name, rows) = text.split_once('=').ok_or("it is not NAME=ROWS, such as SigninLogs=1000000")?;
    let rows = rows.trim().replace('_', "").parse().map_err(|_| format!("{rows:?} is no number of rows"))?;
    let name = name.trim().to_owned();
    if !table_names().any(|known| known == name) {
        return Err(format!("the tables are {}", table_names().collect::<Vec<_>>().join(", ")));
    }
    Ok((name, rows))
}

/// Makes or finds it.
pub fn run(args: Args) -> Outcome {
    let mut out = std::io::stdout().lock();
    match args.command {
        Command::Generate(Generate { folder, output, rows, tables, rows_per_file, seed }) => {
            // One of them is there: the arguments were checked.
            let folder = output.or(folder).unwrap_or_default();
            for (table, rows) in generate(&folder, &Options { rows, seed, tables, rows_per_file })? {
                let _ = writeln!(out, "{rows:>12} {table}");
            }
        }
        Command::Path => {
            let _ = writeln!(out, "{}", local::demo_path()?.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
