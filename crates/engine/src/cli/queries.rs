//! `entity-explorer queries`: the query library.

use std::io::Write;
use std::process::ExitCode;

use super::Outcome;
use crate::queries;

/// List the queries of the library, or show one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A query (Family.name), to show its text; or a word, to list the queries with it in their name or description
    #[arg(value_name = "NAME|WORD")]
    name: Option<String>,
}

/// Lists or shows.
pub fn run(args: Args) -> Outcome {
    let mut out = std::io::stdout().lock();
    let all = queries::all()?;
    let name = args.name.unwrap_or_default();
    let word = name.to_lowercase();
    if let Some(query) = all.iter().find(|q| q.name.to_lowercase() == word) {
        let _ = writeln!(out, "{}", query.text);
        return Ok(ExitCode::SUCCESS);
    }
    let listed: Vec<_> = all
        .iter()
        .filter(|q| q.name.to_lowercase().contains(&word) || q.description.to_lowercase().contains(&word))
        .collect();
    if listed.is_empty() {
        queries::find(&name)?;
    }
    for query in listed {
        let params: Vec<String> = query.params.iter().map(|p| format!("{}: {}", p.name, p.ty)).collect();
        let _ = writeln!(out, "{}({})\n    {}", query.name, params.join(", "), query.description);
    }
    Ok(ExitCode::SUCCESS)
}
