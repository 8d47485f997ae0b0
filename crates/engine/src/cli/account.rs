//! `entity-explorer account NAME`: the account summary in a terminal.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use entity_explorer::TimeSpan;

use super::{Failure, Outcome};
use crate::account::{AccountName, AccountSummary, Reader, Request, Source, parse_types};
use crate::error::ErrorCode;
use crate::timespan::resolve;
use crate::workspace::{QueryReport, connect, connect_recorded};

/// Search for an account, and show what is known of it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account: alice, alice@contoso.com or CONTOSO\alice
    name: String,
    /// A workspace by name, or a folder of table files
    #[arg(long, short, default_value = "Demo")]
    workspace: String,
    /// The time range up to the newest row of the workspace: 2d, 36h, 90m [default: 2d]
    #[arg(long, conflicts_with_all = ["start", "end"])]
    last: Option<String>,
    /// Start of the time range (UTC): 2026-01-01, 2026-01-01T08:30Z
    #[arg(long, requires = "end")]
    start: Option<String>,
    /// End of the time range (UTC)
    #[arg(long, requires = "start")]
    end: Option<String>,
    /// All, Azure, or some of AzureActiveDirectory, AzureActivity, Office365, Windows, Linux, separated by commas
    #[arg(long, default_value = "All")]
    types: String,
    /// Which of several matching accounts to look at, and in which source: alice@contoso.com, alice:Windows
    #[arg(long, value_name = "ACCOUNT[:SOURCE]")]
    select: Option<String>,
    /// Also write the summary as a self-contained HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Keep the answers of the workspace in this folder, for --workspace replay:DIR
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// Runs the search and prints the summary. No match is not a failure.
pub fn run(args: Args) -> Outcome {
    let name = AccountName::parse(&args.name)?;
    let sources = parse_types(&args.types)?;
    let span = match (&args.start, &args.end, &args.last) {
        (Some(start), Some(end), _) => TimeSpan::between(start.as_str(), end.as_str()),
        (_, _, Some(last)) => TimeSpan::parse(last),
        _ => TimeSpan::last_days(2),
    }?;
    let workspace = Arc::new(match &args.record {
        Some(folder) => connect_recorded(&args.workspace, Some(folder)),
        None => connect(&args.workspace),
    }?);
    let window = resolve(&span, workspace.provider.now()?);
    let done = |report: &QueryReport| super::say(&format!("  {}", render::escape::visible(&report.to_string())));
    let mut summary = AccountSummary::run(workspace, Request { name, sources, window }, &done)?;
    if let Some(wanted) = &args.select {
        let (account, source) = match wanted.rsplit_once(':').map(|(a, s)| (a, Source::parse(s))) {
            Some((account, Some(source))) => (account, Some(source)),
            _ => (wanted.as_str(), None),
        };
        summary = summary.select(account, source, &done).map_err(|error| match error.code {
            // Its help is a line of a notebook.
            ErrorCode::BadInput => error.with_help("say in which, such as --select NAME:Windows"),
            _ => error,
        })?;
    }
    // What was found is shown also when what the account did cannot be.
    let additional = match summary.selected.is_some() {
        true => summary.get_additional_data(&done).map(|_| ()),
        false => Ok(()),
    };
    let document = summary.document_for(Reader::Terminal)?;
    if let Some(file) = &args.html {
        let page = super::page::html("Account summary", &document);
        std::fs::write(file, page).map_err(|e| {
            let help = "check that its folder exists and may be written to";
            Failure::new(format!("{} cannot be written: {e}\n  help: {help}", file.display()))
        })?;
    }
    let mut out = std::io::stdout().lock();
    let text = if out.is_terminal() { document.text_width(super::page::terminal_width()) } else { document.text() };
    // A closed pipe (`| head`) is no failure.
    let _ = writeln!(out, "{text}");
    if let Some(file) = &args.html {
        let _ = writeln!(out, "\nwritten: {}", file.display());
    }
    drop(out);
    additional.map_err(|e| Failure::new(format!("what the account did cannot be shown: {e}")))?;
    Ok(ExitCode::SUCCESS)
}
