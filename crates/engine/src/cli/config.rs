//! `entity-explorer config`: what is configured, and what is wrong with it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use sentinel::config::{
    CONFIG_FILE, CONFIG_VAR, Config, Problem, ProviderSettings, Setting, Severity, Source, Surroundings,
};

use super::{Failure, Outcome};
use crate::queries::{built_in, custom};

/// The configuration (msticpyconfig.yaml): what is in it, and what is wrong with it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Explain what is wrong, with file, line and what to do; the exit code is 1 if something cannot be used
    Check {
        /// This file, not the one that is found
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Show what is configured; secrets are shown as ***
    Show {
        /// This file, not the one that is found
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Checks or shows.
pub fn run(args: Args) -> Outcome {
    match args.command {
        Command::Check { file } => check(&load(file)?),
        Command::Show { file } => show(&load(file)?),
    }
}

fn load(file: Option<PathBuf>) -> Result<Config, Failure> {
    let surroundings = Surroundings::of_process();
    match file {
        None => Ok(Config::of(surroundings)),
        Some(path) if path.is_file() => Ok(Config::file(&path, surroundings)),
        Some(path) => Err(Failure::new(format!("there is no file {}", path.display().to_string().escape_debug()))),
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// What the configuration is.
fn files(config: &Config, out: &mut impl Write) {
    for file in &config.files {
        let _ = writeln!(out, "Configuration: {}", file.display().to_string().escape_debug());
    }
    if config.files.is_empty() && config.problems.is_empty() {
        let _ = writeln!(
            out,
            "There is no configuration: no {CONFIG_FILE} in {} and the folders above it, nor in ~/.msticpy, and {CONFIG_VAR} is not set.",
            config.surroundings.folder.display().to_string().escape_debug()
        );
    }
}

fn check(config: &Config) -> Outcome {
    let mut out = std::io::stdout().lock();
    files(config, &mut out);
    let folders = config.settings.query_folders.iter().map(|(folder, _)| folder.as_path());
    let mut queries = built_in()?;
    let ours = queries.len();
    let wrong = custom::load(&mut queries, folders);
    let providers = crate::enrichment::problems(config);
    let problems: Vec<&Problem> = config.problems.iter().chain(&providers).chain(&wrong).collect();
    for problem in &problems {
        let _ = writeln!(out, "{problem}");
    }
    let settings = &config.settings;
    let _ = writeln!(
        out,
        "{}, {}, {}, {}, {} of your own",
        count(settings.workspaces.len(), "Sentinel workspace"),
        count(settings.clusters.len(), "Kusto cluster"),
        count(settings.local.len(), "local workspace"),
        count(settings.ti_providers.len() + settings.other_providers.len(), "provider"),
        if queries.len() - ours == 1 { "1 query".to_owned() } else { format!("{} queries", queries.len() - ours) },
    );
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let _ = writeln!(out, "{}, {}", count(errors, "error"), count(warnings, "warning"));
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(config: &Config) -> Outcome {
    let mut out = std::io::stdout().lock();
    files(config, &mut out);
    let settings = &config.settings;
    let escaped = |text: &str| text.escape_debug().to_string();
    let _ = writeln!(out, "\nCloud {}: {}", settings.cloud.name, settings.cloud.log_analytics());
    let methods: Vec<&str> = settings.sign_in.methods.iter().map(|method| method.as_str()).collect();
    let methods = if methods.is_empty() { "whatever is there".to_owned() } else { methods.join(", ") };
    let _ = writeln!(out, "Sign-in by {methods}");
    section(
        &mut out,
        "Sentinel workspaces",
        settings.workspaces.iter().map(|workspace| {
            let tenant = workspace.sign_in.tenant.as_deref().unwrap_or("any");
            let secret = workspace
                .sign_in
                .client_secret
                .as_ref()
                .map_or_else(String::new, |s| format!(", client secret {}", value(config, s)));
            format!(
                "{}: {}, tenant {tenant}{secret} ({})",
                escaped(&workspace.name),
                workspace.workspace_id,
                workspace.from
            )
        }),
    );
    section(
        &mut out,
        "Kusto clusters",
        settings.clusters.iter().map(|cluster| {
            let database = cluster
                .database
                .as_deref()
                .map_or_else(|| "no database".to_owned(), |name| format!("database {}", escaped(name)));
            format!("{}: {}, {database} ({})", escaped(&cluster.name), cluster.cluster, cluster.from)
        }),
    );
    section(
        &mut out,
        "Local workspaces",
        settings.local.iter().map(|local| {
            format!("{}: {} ({})", escaped(&local.name), escaped(&local.path.display().to_string()), local.from)
        }),
    );
    let provider = |provider: &ProviderSettings| {
        let args: Vec<String> = provider
            .args
            .iter()
            .map(|(name, setting)| format!("{} {}", escaped(name), value(config, setting)))
            .collect();
        let primary = if provider.primary { ", primary" } else { "" };
        format!("{}{primary}: {} ({})", escaped(&provider.name), args.join(", "), provider.from)
    };
    section(&mut out, "Threat intelligence", settings.ti_providers.iter().map(provider));
    section(&mut out, "Other providers", settings.other_providers.iter().map(provider));
    section(
        &mut out,
        "Folders of queries",
        settings
            .query_folders
            .iter()
            .map(|(folder, from)| format!("{} ({from})", escaped(&folder.display().to_string()))),
    );
    if let Some(vault) = &settings.key_vault.vault {
        let _ = writeln!(out, "\nKey vault: {vault}");
    }
    if !config.problems.is_empty() {
        let _ =
            writeln!(out, "\n{}: entity-explorer config check explains them", count(config.problems.len(), "problem"));
    }
    Ok(ExitCode::SUCCESS)
}

fn section(out: &mut impl Write, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{title}\n  {}", lines.join("\n  "));
    }
}

/// Where a value is; never the value.
fn value(config: &Config, setting: &Setting) -> String {
    match &setting.source {
        Source::Plain(_) => "***".to_owned(),
        Source::Environment(name) => {
            let set = if config.surroundings.variables.get(name).is_some() { "set" } else { "not set" };
            format!("from the variable {} ({set})", name.escape_debug())
        }
        Source::KeyVault { vault, secret } => {
            let vault = vault.as_deref().or(config.settings.key_vault.vault.as_deref()).unwrap_or("no vault");
            format!("from the key vault {}: {}", vault.escape_debug(), secret.escape_debug())
        }
    }
}
