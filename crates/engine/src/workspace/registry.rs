//! The workspaces that can be connected to: by name, by id, by a connection string, by the path of a folder.

use std::path::{Path, PathBuf};

use sentinel::config::{ClusterSettings, Config, Origin, WorkspaceSettings};
use sentinel::connection_string::{self, Connection};

use super::recording::{RECORD_VAR, REPLAY_PREFIX, RecordingProvider, ReplayProvider};
use super::{LocalProvider, Provider, Workspace, cloud};
use crate::error::{Error, ErrorCode, quoted};

/// The environment variable with further local workspaces: `name=folder`, separated like PATH.
pub const WORKSPACES_VAR: &str = "ENTITY_EXPLORER_WORKSPACES";

/// A workspace that is known by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// What it is: `demo data`, `local folder`, `Microsoft Sentinel`, `Kusto`.
    pub kind: &'static str,
    /// Where it is: a folder, the id of a workspace, a cluster and its database.
    pub place: String,
    /// Where it was configured.
    pub from: String,
}

/// Where a workspace is.
#[derive(Debug, Clone)]
enum Target {
    Folder { path: PathBuf, now: Option<i64> },
    Workspace(Box<WorkspaceSettings>),
    Cluster(Box<ClusterSettings>),
}

/// The workspaces known by name: the demo, those of `ENTITY_EXPLORER_WORKSPACES`, those of the configuration.
///
/// # Errors
/// When the demo data cannot be found, or the variable cannot be read.
pub fn known() -> Result<Vec<Known>, Error> {
    Ok(targets(&Config::load())?.into_iter().map(|(known, _)| known).collect())
}

fn targets(config: &Config) -> Result<Vec<(Known, Target)>, Error> {
    let demo = local::demo_path().map_err(|e| Error::new(ErrorCode::Io, e.to_string()))?;
    let about = |name: &str, kind, place: String, from: String| Known { name: name.to_owned(), kind, place, from };
    let mut all = vec![(
        about("Demo", "demo data", String::new(), "built in".to_owned()),
        Target::Folder { path: demo, now: None },
    )];
    let folder = |name: &str, path: PathBuf, now, from: String| {
        (about(name, "local folder", path.display().to_string(), from), Target::Folder { path, now })
    };
    for (name, path) in of_variable()? {
        all.push(folder(&name, path, None, WORKSPACES_VAR.to_owned()));
    }
    let settings = &config.settings;
    for local in &settings.local {
        all.push(folder(&local.name, local.path.clone(), local.now, local.from.to_string()));
    }
    for workspace in &settings.workspaces {
        all.push((
            about(&workspace.name, "Microsoft Sentinel", workspace.workspace_id.clone(), workspace.from.to_string()),
            Target::Workspace(Box::new(workspace.clone())),
        ));
    }
    for cluster in &settings.clusters {
        let place = format!("{}{}", cluster.cluster, cluster.database.as_deref().unwrap_or_default());
        all.push((
            about(&cluster.name, "Kusto", place, cluster.from.to_string()),
            Target::Cluster(Box::new(cluster.clone())),
        ));
    }
    Ok(all)
}

fn of_variable() -> Result<Vec<(String, PathBuf)>, Error> {
    let Some(value) = std::env::var_os(WORKSPACES_VAR) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for entry in std::env::split_paths(&value) {
        let entry = entry.to_string_lossy();
        if entry.trim().is_empty() {
            continue;
        }
        let Some((name, folder)) = entry.split_once('=').filter(|(n, f)| !n.trim().is_empty() && !f.is_empty()) else {
            return Err(Error::bad_input(format!(
                "{WORKSPACES_VAR} has the entry {}, which is not name=folder",
                quoted(&entry)
            )));
        };
        all.push((name.trim().to_owned(), PathBuf::from(folder)));
    }
    Ok(all)
}

/// Connects to a workspace: a known name (case ignored), the id of a Log Analytics workspace, a connection string
/// (`loganalytics://…`, `kusto://…`), `replay:` and the folder of a recording, or the path of a folder with table files.
///
/// With `ENTITY_EXPLORER_RECORD` set, its answers are kept in that folder.
///
/// # Errors
/// When there is none of these, or it cannot be used. Nothing is asked of a service yet.
pub fn connect(name: &str) -> Result<Workspace, Error> {
    let folder = std::env::var_os(RECORD_VAR).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    connect_recorded(name, folder.as_deref())
}

/// As [`connect`], with the answers kept in `record`.
///
/// # Errors
/// As [`connect`], and when they cannot be kept there.
pub fn connect_recorded(name: &str, record: Option<&Path>) -> Result<Workspace, Error> {
    if let Some(folder) = name.trim().strip_prefix(REPLAY_PREFIX) {
        let replay = ReplayProvider::open(Path::new(folder.trim()))?;
        return Ok(Workspace { name: replay.workspace().to_owned(), provider: Box::new(replay) });
    }
    let config = Config::load();
    let (name, target) = locate(name, &config)?;
    let provider: Box<dyn Provider> = match &target {
        Target::Folder { path, now } => Box::new(LocalProvider::open(path)?.with_now(*now)),
        Target::Workspace(settings) => Box::new(cloud::workspace(settings, &config)?),
        Target::Cluster(settings) => Box::new(cloud::cluster(settings, &config)?),
    };
    let provider = match record {
        Some(folder) => Box::new(RecordingProvider::new(provider, &name, folder)?),
        None => provider,
    };
    Ok(Workspace { name, provider })
}

/// The folder of a local workspace, for queries without a notebook.
///
/// # Errors
/// As [`connect`]; also when the workspace is no folder.
pub fn open_folder(name: &str) -> Result<local::Workspace, Error> {
    match locate(name, &Config::load())? {
        (_, Target::Folder { path, now }) => {
            let folder = local::Workspace::open(&path).map_err(|e| Error::new(ErrorCode::Io, e.to_string()))?;
            Ok(match now {
                Some(now) => folder.with_now(now),
                None => folder,
            })
        }
        (name, _) => Err(Error::bad_input(format!("the workspace {} is no folder", quoted(&name)))
            .with_help("give the path of a folder of table files, such as ./my-export")),
    }
}

/// The name to show and the place of a workspace.
fn locate(name: &str, config: &Config) -> Result<(String, Target), Error> {
    let name = name.trim();
    let all = targets(config)?;
    if name.is_empty() {
        let names: Vec<&str> = all.iter().map(|(known, _)| known.name.as_str()).collect();
        return Err(Error::bad_input("the workspace name is empty").with_help(format!(
            "give one of {}, or the path of a folder of table files, such as ./my-export",
            names.join(", ")
        )));
    }
    if let Some((known, target)) = all.iter().find(|(known, _)| known.name.eq_ignore_ascii_case(name)) {
        return Ok((known.name.clone(), target.clone()));
    }
    // One that is configured, but wrong.
    if let Some(problem) = config.error_about(name) {
        return Err(Error {
            help: problem.fix.clone(),
            ..Error::bad_input(format!("{}: {}", problem.at, problem.message))
        });
    }
    if name.contains("://") {
        return by_string(name, config);
    }
    if let Ok(sentinel::log_analytics::Scope::Workspace(id)) = sentinel::log_analytics::Scope::workspace(name) {
        return Ok(by_id(&id, config));
    }
    let path = Path::new(name);
    let looks_like_path = name.contains(['/', '\\']) || name == "." || name == "..";
    if path.is_dir() || looks_like_path {
        let shown = path.file_name().map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned());
        return Ok((shown, Target::Folder { path: path.to_owned(), now: None }));
    }
    Err(unknown(name, &all, config))
}

fn by_string(text: &str, config: &Config) -> Result<(String, Target), Error> {
    let connection = connection_string::parse(text, &config.settings).map_err(|problem| Error {
        help: problem.fix.clone(),
        ..Error::bad_input(format!(
            "the connection string cannot be used (character {}): {}",
            problem.at.column, problem.message
        ))
    })?;
    Ok(match connection {
        Connection::Workspace(settings) => (settings.name.clone(), Target::Workspace(settings)),
        Connection::Cluster(settings) => (settings.name.clone(), Target::Cluster(settings)),
    })
}

/// A workspace by its id: as it is configured, or as workspaces are in general.
fn by_id(id: &str, config: &Config) -> (String, Target) {
    let settings = &config.settings;
    let configured = settings.workspaces.iter().find(|workspace| workspace.workspace_id == id);
    let workspace = configured.cloned().unwrap_or_else(|| WorkspaceSettings {
        name: id.to_owned(),
        workspace_id: id.to_owned(),
        workspace_name: None,
        subscription_id: None,
        resource_group: None,
        cloud: settings.cloud.clone(),
        sign_in: settings.sign_in.clone(),
        http: settings.http.clone(),
        from: Origin::whole("its id"),
    });
    (workspace.name.clone(), Target::Workspace(Box::new(workspace)))
}

fn unknown(name: &str, all: &[(Known, Target)], config: &Config) -> Error {
    let error = Error::unknown("workspace", name, all.iter().map(|(known, _)| known.name.as_str()));
    let help = error.help.clone().unwrap_or_default();
    let stop = if help.ends_with('?') { "" } else { "." };
    let mut help = format!("{help}{stop} A folder of table files can be given by its path, such as ./my-export");
    // It may be in a part of the configuration that cannot be read.
    if let Some(problem) = config.errors().next() {
        help.push_str(&format!("\n  {problem}"));
    }
    error.with_help(help)
}
