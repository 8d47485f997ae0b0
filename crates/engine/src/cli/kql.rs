//! `entity-explorer kql QUERY`: runs any query over a folder of table files.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use kql::Value;
use kql_polars::{Catalog, KqlTable, NamedTable, NoTables, Options};
use render::{Document, Table};

use super::{Failure, Outcome};
use crate::export::{FileFormat, to_writer};
use crate::limits::{give_up, options, parse_memory};
use crate::workspace::open_folder;

/// Run a KQL query over a folder of Parquet, CSV or NDJSON tables.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The query; without it and without --file it is read from standard input
    query: Option<String>,
    /// A file with the query
    #[arg(long, short, conflicts_with = "query")]
    file: Option<PathBuf>,
    /// A workspace by name (Demo), or a folder of table files; not needed for queries without a table
    #[arg(long, short)]
    workspace: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// A value for a parameter that the query declares
    #[arg(long = "param", short, value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// A result of more rows is an error
    #[arg(long, value_name = "N")]
    max_rows: Option<usize>,
    /// More memory than this is an error, such as 4GiB, 800MB or 50% (of the machine's). Otherwise ENTITY_EXPLORER_MAX_MEMORY, or 75%
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    max_memory: Option<u64>,
    /// More time than this is an error
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Show the optimised plan instead of running the query
    #[arg(long)]
    explain: bool,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A table for people
    Table,
    /// One JSON object, as the Log Analytics query API answers
    Json,
    /// CSV
    Csv,
    /// A JSON object a line
    Ndjson,
    /// Parquet
    Parquet,
}

/// Runs the query and prints its result. An error in the query is printed with its place, and the exit code is 1.
pub fn run(args: Args) -> Outcome {
    let text = query_text(&args)?;
    let mut params = BTreeMap::new();
    for param in &args.params {
        let Some((name, value)) = param.split_once('=') else {
            return Err(Failure::new(format!(
                "--param {param:?} is not NAME=VALUE, such as --param account_name=alice"
            )));
        };
        params.insert(name.trim().to_owned(), Value::String(value.to_owned()));
    }
    let catalog: Box<dyn Catalog> = match &args.workspace {
        Some(name) => Box::new(open_folder(name)?),
        None => Box::new(NoTables),
    };
    let refused = |error: &kql::Error| {
        super::say(&format!("error: {}", error.render(&text)));
        if args.workspace.is_none() && error.message.starts_with("there is no table") {
            super::say(
                "  help: name the workspace with the table: --workspace Demo, or --workspace and a folder of table files",
            );
        }
        ExitCode::FAILURE
    };
    let limits = options();
    let options = Options {
        max_rows: args.max_rows,
        max_memory: args.max_memory.or(limits.max_memory),
        timeout: args.timeout,
        on_stuck: Some(give_up),
        ..limits
    };
    if args.explain {
        return match kql_polars::explain(&text, &*catalog, &params) {
            Ok(plan) => {
                let _ = writeln!(std::io::stdout(), "{plan}");
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => Ok(refused(&error)),
        };
    }
    match kql_polars::run_all(&text, &*catalog, &params, &options) {
        Ok(tables) => print_all(&tables, args.format),
        Err(error) => Ok(refused(&error)),
    }
}

/// Seconds, also parts of one.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is no number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("it has to be more than 0 seconds".to_owned()),
    }
}

fn query_text(args: &Args) -> Result<String, Failure> {
    let bytes = match (&args.query, &args.file) {
        (Some(query), _) => return Ok(query.clone()),
        (None, Some(file)) => {
            std::fs::read(file).map_err(|e| Failure::new(format!("{} cannot be read: {e}", file.display())))?
        }
        (None, None) => {
            if std::io::stdin().is_terminal() {
                super::say("reading the query from standard input; end it with Ctrl-D");
            }
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes)?;
            bytes
        }
    };
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("the query is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Prints a table.
pub(super) fn print(table: &KqlTable, format: Format) -> Outcome {
    print_all(&[NamedTable { name: None, table: table.clone() }], format)
}

fn print_all(tables: &[NamedTable], format: Format) -> Outcome {
    let out = std::io::stdout();
    let terminal = out.is_terminal();
    let mut out = std::io::BufWriter::new(out.lock());
    if format != Format::Table {
        for note in tables.iter().flat_map(|t| &t.table.notes) {
            super::say(&format!("note: {}", render::escape::visible(note)));
        }
    }
    let written = match (format, tables) {
        (Format::Json, _) => server::log_analytics::write_all(tables, &mut out).and_then(|()| writeln!(out)),
        (Format::Table, _) => show(tables, terminal, &mut out),
        (Format::Parquet, _) if terminal => {
            return Err(Failure::new("Parquet is not text: send it to a file, with > result.parquet"));
        }
        (Format::Csv, [one]) => to_writer(&one.table, FileFormat::Csv, &mut out),
        (Format::Ndjson, [one]) => to_writer(&one.table, FileFormat::Ndjson, &mut out),
        (Format::Parquet, [one]) => to_writer(&one.table, FileFormat::Parquet, &mut out),
        (Format::Csv | Format::Ndjson | Format::Parquet, many) => {
            return Err(Failure::new(format!(
                "the query gives {} tables, and this format holds one: use --format json or table, or run the queries one by one",
                many.len()
            )));
        }
    };
    match written.and_then(|()| out.flush()) {
        // A closed pipe (`| head`) is no failure.
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The tables for people, under their names where there are several.
fn show(tables: &[NamedTable], terminal: bool, out: &mut dyn Write) -> std::io::Result<()> {
    for (i, NamedTable { name, table }) in tables.iter().enumerate() {
        if tables.len() > 1 {
            let position = format!("Table_{i}");
            let name = render::escape::visible_line(name.as_deref().unwrap_or(&position));
            writeln!(out, "{}{name}", if i == 0 { "" } else { "\n" })?;
        }
        let document = Document::of(Table::new(table.clone()).page(table.rows().min(1000)));
        let text = if terminal { document.text_width(super::page::terminal_width()) } else { document.text() };
        writeln!(out, "{text}")?;
    }
    Ok(())
}
