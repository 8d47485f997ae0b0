//! The command line. Each subcommand is a file with its `Args` and a `run(args)`; to add one, add its module, its variant of
//! [`Command`], and its line in [`main`].

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod account;
mod config;
mod demo;
mod kernel;
mod kql;
mod lab;
mod lookup;
mod notebook;
mod page;
mod programs;
mod queries;
mod serve;
mod serve_stdio;

/// Investigate accounts, IP addresses and hosts in Microsoft Sentinel data: in a notebook, or from here.
#[derive(Debug, Parser)]
#[command(name = "entity-explorer", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Account(account::Args),
    Kql(kql::Args),
    Queries(queries::Args),
    #[command(name = "whois")]
    WhoIs(lookup::WhoIsArgs),
    #[command(name = "geoip")]
    GeoIp(lookup::GeoIpArgs),
    #[command(name = "ti")]
    ThreatIntel(lookup::TiArgs),
    Config(config::Args),
    Notebook(notebook::Args),
    Lab(lab::Args),
    Demo(demo::Args),
    Serve(serve::Args),
    Kernel(kernel::Args),
    #[command(hide = true)]
    ServeStdio(serve_stdio::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Account(args) => account::run(args),
        Command::Kql(args) => kql::run(args),
        Command::Queries(args) => queries::run(args),
        Command::WhoIs(args) => lookup::whois(args),
        Command::GeoIp(args) => lookup::geoip(args),
        Command::ThreatIntel(args) => lookup::threat_intel(args),
        Command::Config(args) => config::run(args),
        Command::Notebook(args) => notebook::run(args),
        Command::Lab(args) => lab::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Kernel(args) => kernel::run(args),
        Command::ServeStdio(args) => serve_stdio::run(args),
    };
    result.unwrap_or_else(|error| {
        say(&format!("error: {error}"));
        ExitCode::FAILURE
    })
}

/// Says something on the standard error. Where nobody reads that (`2>&1 | head`), it is no failure.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What a subcommand gives when it fails: printed as `error: …`, and the exit code is 1.
///
/// Any error becomes one with `?`. Its causes are printed too, where the message does not already end with them.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let text = inner.to_string();
            if !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            cause = inner.source();
        }
        Self(message)
    }
}

/// What a subcommand's `run` returns.
pub type Outcome = Result<ExitCode, Failure>;
