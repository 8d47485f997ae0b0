//! Which file is the configuration.

use std::path::{Path, PathBuf};

use super::{Origin, Problem, Surroundings};

/// The variable that names the configuration.
pub const CONFIG_VAR: &str = "MSTICPYCONFIG";
/// The name of a configuration.
pub const CONFIG_FILE: &str = "msticpyconfig.yaml";
/// The file in which Azure ML keeps the workspace.
pub const AZURE_ML_FILE: &str = "config.json";

/// The folders in which a configuration is looked for, in this order: the current one, its parents, `~/.msticpy`.
pub fn folders(surroundings: &Surroundings) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = surroundings.folder.ancestors().map(Path::to_owned).collect();
    folders.extend(surroundings.home.as_ref().map(|home| home.join(".msticpy")));
    folders
}

/// The configuration: the file that `MSTICPYCONFIG` names, otherwise the first `msticpyconfig.yaml` of [`folders`].
///
/// # Errors
/// When `MSTICPYCONFIG` names no file.
pub fn find(surroundings: &Surroundings) -> Result<Option<PathBuf>, Problem> {
    if let Some(named) = surroundings.variables.get(CONFIG_VAR) {
        let path = surroundings.path(&named, &surroundings.folder);
        if path.is_file() {
            return Ok(Some(path));
        }
        let what = if path.is_dir() { "is a folder" } else { "does not exist" };
        return Err(Problem::error(Origin::whole(CONFIG_VAR), format!("{} {what}", path.display().to_string().escape_debug()))
            .with_fix(format!("let {CONFIG_VAR} name a file, or unset it: then {CONFIG_FILE} is looked for in the current folder, its parents, and ~/.msticpy")));
    }
    Ok(folders(surroundings).into_iter().map(|folder| folder.join(CONFIG_FILE)).find(|path| path.is_file()))
}
