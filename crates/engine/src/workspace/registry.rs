//! The workspaces that can be connected to by name.

use std::path::{Path, PathBuf};

use super::{LocalProvider, Workspace};
use crate::error::{Error, ErrorCode};

/// The environment variable with further local workspaces: `name=folder`, separated like PATH.
pub const WORKSPACES_VAR: &str = "ENTITY_EXPLORER_WORKSPACES";

/// A workspace that is known by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// What it is: `demo data`, `local folder`.
    pub kind: &'static str,
    /// Its folder.
    pub path: PathBuf,
    /// Where it was configured.
    pub from: String,
}

/// The workspaces known by name: the demo, then those of `ENTITY_EXPLORER_WORKSPACES`.
///
/// # Errors
/// When the demo data cannot be found, or the variable cannot be read.
pub fn known() -> Result<Vec<Known>, Error> {
    let mut all = vec![Known {
        name: "Demo".to_owned(),
        kind: "demo data",
        path: local::demo_path().map_err(|e| Error::new(ErrorCode::Io, e.to_string()))?,
        from: "built in".to_owned(),
    }];
    if let Some(value) = std::env::var_os(WORKSPACES_VAR) {
        for entry in std::env::split_paths(&value) {
            let entry = entry.to_string_lossy();
            if entry.trim().is_empty() {
                continue;
            }
            let Some((name, folder)) = entry.split_once('=').filter(|(n, f)| !n.trim().is_empty() && !f.is_empty())
            else {
                return Err(Error::bad_input(format!(
                    "{WORKSPACES_VAR} has the entry {}, which is not name=folder",
                    crate::error::quoted(&entry)
                )));
            };
            all.push(Known {
                name: name.trim().to_owned(),
                kind: "local folder",
                path: PathBuf::from(folder),
                from: WORKSPACES_VAR.to_owned(),
            });
        }
    }
    Ok(all)
}

/// Connects to a workspace: a known name (case ignored), or the path of a folder with table files.
///
/// # Errors
/// When there is neither, or the folder cannot be used.
pub fn connect(name: &str) -> Result<Workspace, Error> {
    let (name, path) = locate(name)?;
    Ok(Workspace { name, provider: Box::new(LocalProvider::open(&path)?) })
}

/// The folder of a local workspace, for queries without a notebook.
///
/// # Errors
/// As [`connect`].
pub fn open_folder(name: &str) -> Result<local::Workspace, Error> {
    let (_, path) = locate(name)?;
    local::Workspace::open(&path).map_err(|e| Error::new(ErrorCode::Io, e.to_string()))
}

/// The name to show and the folder of a workspace.
fn locate(name: &str) -> Result<(String, PathBuf), Error> {
    let name = name.trim();
    let all = known()?;
    if name.is_empty() {
        let names: Vec<&str> = all.iter().map(|w| w.name.as_str()).collect();
        return Err(Error::bad_input("the workspace name is empty").with_help(format!(
            "give one of {}, or the path of a folder of table files, such as ./my-export",
            names.join(", ")
        )));
    }
    if let Some(found) = all.iter().find(|w| w.name.eq_ignore_ascii_case(name)) {
        return Ok((found.name.clone(), found.path.clone()));
    }
    let path = Path::new(name);
    let looks_like_path = name.contains(['/', '\\']) || name == "." || name == "..";
    if path.is_dir() || looks_like_path {
        let shown = path.file_name().map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned());
        return Ok((shown, path.to_owned()));
    }
    let error = Error::unknown("workspace", name, all.iter().map(|w| w.name.as_str()));
    let help = error.help.clone().unwrap_or_default();
    let stop = if help.ends_with('?') { "" } else { "." };
    Err(error.with_help(format!("{help}{stop} A folder of table files can be given by its path, such as ./my-export")))
}
