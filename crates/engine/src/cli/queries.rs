//! `entity-explorer queries`: the query library.

use std::io::Write;
use std::process::ExitCode;

use super::Outcome;
use crate::queries;

/// List the queries of the library, or show one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show the text of this query (Family.name); otherwise list those whose name or description has this word
    name: Option<String>,
}

/// Lists or shows.
pub fn run(args: Args) -> Outcome {
    let mut out = std::io::stdout().lock();
    let all = queries::all()?;
    let word = args.name.unwrap_or_default().to_lowercase();
    if let Some(query) = all.iter().find(|q| q.name.to_lowercase() == word) {
        let _ = writeln!(out, "{}", query.text);
        return Ok(ExitCode::SUCCESS);
    }
    let listed: Vec<_> = all
        .iter()
        .filter(|q| q.name.to_lowercase().contains(&word) || q.description.to_lowercase().contains(&word))
        .collect();
    if listed.is_empty() {
        queries::find(&word)?;
    }
    for query in listed {
        let params: Vec<String> = query.params.iter().map(|p| format!("{}: {}", p.name, p.ty)).collect();
        let _ = writeln!(out, "{}({})\n    {}", query.name, params.join(", "), query.description);
    }
    Ok(ExitCode::SUCCESS)
}
