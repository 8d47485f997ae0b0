//! `entity-explorer whois`, `geoip` and `ti`: looks values up from a shell.

use std::io::{BufRead, IsTerminal};

use kql_polars::KqlTable;

use super::kql::{Format, print};
use super::{Failure, Outcome};
use crate::enrichment::{self, Lookup};
use crate::error::Error;
use crate::workspace::{Workspace, connect};

/// The column of the values.
const COLUMN: &str = "Value";

/// What all three can be told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to look up; a - stands for the lines of standard input
    #[arg(required = true)]
    values: Vec<String>,
    /// A workspace by name, or a folder of table files: its own indicators are asked too. Demo has made-up answers
    #[arg(long, short)]
    workspace: Option<String>,
    /// At most so many different values, the first ones; needed for very many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Ask services also for what an earlier look-up kept on disk
    #[arg(long)]
    fresh: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Whose IP addresses are: autonomous system, network, registry
#[derive(Debug, clap::Args)]
pub struct WhoIsArgs {
    #[command(flatten)]
    args: Args,
}

/// Where IP addresses are, and of what kind they are
#[derive(Debug, clap::Args)]
pub struct GeoIpArgs {
    #[command(flatten)]
    args: Args,
}

/// What threat intelligence services know of addresses, domains, URLs and file hashes
#[derive(Debug, clap::Args)]
pub struct TiArgs {
    #[command(flatten)]
    args: Args,
    /// Ask only this service, such as OTX or AzSTI (the indicators of the workspace); can be repeated
    #[arg(long = "provider", short, value_name = "NAME")]
    providers: Vec<String>,
}

/// Prints whose the addresses are.
pub fn whois(args: WhoIsArgs) -> Outcome {
    run(&args.args, enrichment::whois)
}

/// Prints where the addresses are.
pub fn geoip(args: GeoIpArgs) -> Outcome {
    run(&args.args, enrichment::geoip)
}

/// Prints what is known of the values.
pub fn threat_intel(args: TiArgs) -> Outcome {
    run(&args.args, |workspace, lookup| enrichment::threat_intel(workspace, lookup, &args.providers))
}

fn run(args: &Args, with: impl FnOnce(Option<&Workspace>, &Lookup<'_>) -> Result<KqlTable, Error>) -> Outcome {
    let values = values(&args.values)?;
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let workspace = args.workspace.as_deref().map(connect).transpose()?;
    let table = enrichment::of_values(COLUMN, &values)?;
    let lookup = Lookup { limit: args.limit, fresh: args.fresh, progress: &super::say, ..Lookup::new(&table, COLUMN) };
    print(&with(workspace.as_ref(), &lookup)?, args.format)
}

fn values(given: &[String]) -> Result<Vec<String>, Failure> {
    let mut values = Vec::new();
    for value in given {
        if value != "-" {
            values.push(value.clone());
            continue;
        }
        if std::io::stdin().is_terminal() {
            super::say("reading values from standard input, one a line; end it with Ctrl-D");
        }
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            values.extend(Some(line.trim().to_owned()).filter(|line| !line.is_empty()));
        }
    }
    Ok(values)
}
