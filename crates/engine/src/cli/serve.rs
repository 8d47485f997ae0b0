//! `entity-explorer serve`: answers the query APIs of Log Analytics and Kusto from folders of table files, over HTTP.
//!
//! Not to be confused with `serve-stdio`, by which a notebook talks to its engine.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use server::{DEFAULT_ID, Fault, Hosted, MAX_ROWS, Options, Token, Workspaces};

use super::{Failure, Outcome, say};
use crate::workspace::{complete, open_folder};

/// Answer the Log Analytics and Kusto query APIs from local data, for tests and other programs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A workspace by name (Demo), or a folder of table files; several are told apart by the id in front, or by the folder's name
    #[arg(long, short, value_name = "[ID=]FOLDER", default_value = "Demo")]
    workspace: Vec<String>,
    /// Where to listen; port 0 is any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Listen also where other machines can reach it
    #[arg(long)]
    allow_remote: bool,
    /// Requests have to bring the token in this environment variable; without it any token will do
    #[arg(long, value_name = "VARIABLE", conflicts_with = "token_file")]
    token_env: Option<String>,
    /// Requests have to bring the token in this file
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Rows after which a result is cut off
    #[arg(long, value_name = "N", default_value_t = MAX_ROWS)]
    max_rows: usize,
    /// Bytes after which a result is cut off [default: 100 MiB for Log Analytics, 64 MiB for Kusto]
    #[arg(long, value_name = "N")]
    max_bytes: Option<u64>,
    /// Queries that run at the same time [default: the number of cores, at least 4]
    #[arg(long, value_name = "N")]
    concurrent: Option<usize>,
    /// A fault for tests, such as latency=300ms or throttled=1,times=2 (docs/server.md lists them)
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// Let tests switch faults and read what was asked, at /control/
    #[arg(long)]
    control: bool,
}

/// Runs the server until it is interrupted.
pub fn run(args: Args) -> Outcome {
    let workspaces = workspaces(&args.workspace)?;
    let defaults = Options::default();
    let options = Options {
        listen: args.listen,
        allow_remote: args.allow_remote,
        token: token(&args)?,
        max_rows: args.max_rows,
        max_bytes: args.max_bytes,
        concurrent: args.concurrent.unwrap_or(defaults.concurrent),
        control: args.control,
        faults: args.faults,
        ..defaults
    };
    let with_token = options.token.is_some();
    let handle = server::start(workspaces, options)?;
    if !handle.address().ip().is_loopback() {
        say(&format!(
            "warning: other machines can reach {}, unencrypted, and read the data with {}",
            handle.url(),
            if with_token { "the token" } else { "any token" }
        ));
    }
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", handle.url())?;
    out.flush()?;
    handle.run_until_interrupted()?;
    say("stopped");
    Ok(ExitCode::SUCCESS)
}

fn workspaces(given: &[String]) -> Result<Workspaces, Failure> {
    let mut hosted: Vec<Hosted> = Vec::with_capacity(given.len());
    for entry in given {
        let (id, folder) = match entry.split_once('=') {
            // A folder may have = in its name.
            Some((id, folder)) if !Path::new(entry).is_dir() => (Some(id.trim()), folder),
            _ => (None, entry.as_str()),
        };
        let workspace = open_folder(folder)?;
        for note in workspace.notes() {
            say(&format!("note: {}", render::escape::visible(note)));
        }
        let name = workspace.path().file_name().map_or_else(|| folder.to_owned(), |n| n.to_string_lossy().into_owned());
        let name = if Path::new(folder).is_dir() { name } else { folder.to_owned() };
        if let Some(twice) = hosted.iter().find(|w| w.name.eq_ignore_ascii_case(&name)) {
            return Err(Failure::new(format!(
                "two workspaces have the name {:?}: rename one of the folders",
                twice.name
            )));
        }
        let id = id.unwrap_or(if hosted.is_empty() { DEFAULT_ID } else { &name }).to_owned();
        hosted.push(Hosted { complete: Some(complete), ..Hosted::new(id, name, Arc::new(workspace)) });
    }
    Ok(match hosted.pop() {
        Some(only) if hosted.is_empty() && !given[0].contains('=') => Workspaces::any(only),
        last => {
            hosted.extend(last);
            Workspaces::named(hosted)
        }
    })
}

fn token(args: &Args) -> Result<Option<Token>, Failure> {
    let text = match (&args.token_env, &args.token_file) {
        (Some(name), _) => std::env::var(name).map_err(|_| {
            Failure::new(format!("the environment variable {name} with the token is not set, or not UTF-8"))
        })?,
        (None, Some(file)) => std::fs::read_to_string(file)
            .map_err(|e| Failure::new(format!("the file {} with the token cannot be read: {e}", file.display())))?,
        (None, None) => return Ok(None),
    };
    Ok(Some(Token::new(&text)))
}
