//! Kernels where Jupyter looks for them: a folder `kernels/NAME` with a `kernel.json` in one of Jupyter's data folders.
//!
//! Source of the folders and their order: <https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs> and
//! `jupyter_core.paths`.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jupyter_protocol::JupyterKernelspec;

use crate::{Error, Launch};

/// An installed kernel.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Its name: the folder's.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// Its `kernel.json`, or what is wrong with that.
    pub spec: Result<JupyterKernelspec, String>,
}

/// Where to look, and for what user: taken from the environment once, so that tests can have their own.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The user's data folder, where kernels are installed by default.
    pub user: Option<PathBuf>,
    /// All folders, in Jupyter's order.
    pub all: Vec<PathBuf>,
}

impl Places {
    /// The places of this process' user and environment.
    pub fn from_environment() -> Self {
        let variables: HashMap<OsString, OsString> = std::env::vars_os().collect();
        Self::of(|name| variables.get(std::ffi::OsStr::new(name)).cloned(), std::env::home_dir())
    }

    /// The places of an environment.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name: &str| variable(name).map(PathBuf::from);
        let platform = if cfg!(target_os = "macos") {
            home.as_ref().map(|home| home.join("Library/Jupyter"))
        } else if cfg!(windows) {
            path("APPDATA").map(|data| data.join("jupyter"))
        } else {
            path("XDG_DATA_HOME")
                .filter(|xdg| xdg.is_absolute())
                .or_else(|| home.as_ref().map(|home| home.join(".local/share")))
                .map(|data| data.join("jupyter"))
        };
        let user = path("JUPYTER_DATA_DIR").or(platform);
        let mut all: Vec<PathBuf> =
            variable("JUPYTER_PATH").map(|list| std::env::split_paths(&list).collect()).unwrap_or_default();
        all.extend(user.clone());
        for prefix in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
            all.extend(path(prefix).map(|prefix| prefix.join("share/jupyter")));
        }
        if cfg!(windows) {
            all.extend(path("PROGRAMDATA").map(|data| data.join("jupyter")));
        } else {
            all.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
        }
        all.retain(|folder| !folder.as_os_str().is_empty());
        let mut seen = std::collections::HashSet::new();
        all.retain(|folder| seen.insert(folder.clone()));
        Self { user, all }
    }

    /// All kernels, each name once: of several with a name, the one that Jupyter would take.
    pub fn list(&self) -> Vec<Installed> {
        let mut found: BTreeMap<String, Installed> = BTreeMap::new();
        for folder in &self.all {
            let Ok(entries) = std::fs::read_dir(folder.join("kernels")) else {
                continue;
            };
            for entry in entries.flatten() {
                let folder = entry.path();
                if !folder.join("kernel.json").is_file() {
                    continue;
                }
                let name = entry.file_name().to_string_lossy().into_owned();
                found.entry(name.to_lowercase()).or_insert_with(|| Installed {
                    name,
                    spec: read_spec(&folder),
                    folder,
                });
            }
        }
        found.into_values().collect()
    }

    /// The kernel of a name; Jupyter does not mind upper and lower case.
    ///
    /// # Errors
    /// [`Error::NoKernel`] with the names there are, [`Error::BadKernelspec`].
    pub fn find(&self, name: &str) -> Result<(Installed, JupyterKernelspec), Error> {
        let kernels = self.list();
        let Some(found) = kernels.iter().find(|kernel| kernel.name.eq_ignore_ascii_case(name)) else {
            let names: Vec<&str> = kernels.iter().map(|kernel| kernel.name.as_str()).collect();
            let searched: Vec<String> = self.all.iter().map(|folder| folder.display().to_string()).collect();
            return Err(Error::NoKernel {
                name: name.to_owned(),
                found: if names.is_empty() { "none".to_owned() } else { names.join(", ") },
                searched: searched.join(", "),
            });
        };
        match &found.spec {
            Ok(spec) => Ok((found.clone(), spec.clone())),
            Err(reason) => Err(Error::BadKernelspec { path: found.folder.join("kernel.json"), reason: reason.clone() }),
        }
    }
}

fn read_spec(folder: &Path) -> Result<JupyterKernelspec, String> {
    let text = std::fs::read_to_string(folder.join("kernel.json")).map_err(|error| error.to_string())?;
    let spec: JupyterKernelspec = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match spec.argv.is_empty() {
        true => Err("its `argv` is empty".to_owned()),
        false => Ok(spec),
    }
}

/// How to start an installed kernel for a notebook in `folder`.
pub fn launch(spec: &JupyterKernelspec, resources: &Path, folder: &Path) -> Launch {
    let resources = resources.to_string_lossy();
    Launch {
        command: spec.argv.iter().map(|argument| argument.replace("{resource_dir}", &resources).into()).collect(),
        env: spec.env.iter().flatten().map(|(name, value)| (name.into(), value.into())).collect(),
        folder: folder.to_path_buf(),
    }
}

/// Writes a kernel into `data/kernels/NAME`, in place of one of that name.
///
/// # Errors
/// [`Error::Write`]; [`Error::BadKernelspec`] for a name that Jupyter would not take.
pub fn install(data: &Path, name: &str, spec: &JupyterKernelspec, logos: &[(&str, &[u8])]) -> Result<PathBuf, Error> {
    let folder = data.join("kernels").join(valid_name(name)?);
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Write { path, source }
    };
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let json =
        serde_json::to_string_pretty(&without_nulls(spec)?).map_err(|error| Error::Serialize(error.to_string()))?;
    crate::document::write_whole(&folder.join("kernel.json"), &(json + "\n"))?;
    for (file, bytes) in logos {
        let path = folder.join(file);
        std::fs::write(&path, bytes).map_err(failed(&path))?;
    }
    Ok(folder)
}

fn without_nulls(spec: &JupyterKernelspec) -> Result<serde_json::Value, Error> {
    let mut value = serde_json::to_value(spec).map_err(|error| Error::Serialize(error.to_string()))?;
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    Ok(value)
}

/// Removes the kernel in `data/kernels/NAME`; whether there was one.
///
/// # Errors
/// [`Error::Write`] where it cannot be removed; [`Error::BadKernelspec`] for a name that no kernel can have.
pub fn uninstall(data: &Path, name: &str) -> Result<bool, Error> {
    let folder = data.join("kernels").join(valid_name(name)?);
    if !folder.join("kernel.json").is_file() {
        return Ok(false);
    }
    std::fs::remove_dir_all(&folder).map_err(|source| Error::Write { path: folder, source })?;
    Ok(true)
}

/// Names are ASCII letters, digits, dots, dashes and underscores, says Jupyter. Nothing that leaves the folder.
fn valid_name(name: &str) -> Result<&str, Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) {
        return Err(Error::BadKernelspec {
            path: PathBuf::from(name),
            reason: "a kernel's name consists of letters, digits, '-', '_' and '.'".to_owned(),
        });
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn spec() -> JupyterKernelspec {
        JupyterKernelspec {
            argv: ["/bin/x", "--control_file", "{connection_file}", "{resource_dir}/y"].map(str::to_owned).to_vec(),
            display_name: "Rust (Entity Explorer)".to_owned(),
            language: "rust".to_owned(),
            metadata: None,
            interrupt_mode: Some("message".to_owned()),
            env: Some([("A".to_owned(), "b".to_owned())].into()),
        }
    }

    fn places(pairs: &[(&str, &str)]) -> Places {
        let pairs: HashMap<String, OsString> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).into())).collect();
        Places::of(|name| pairs.get(name).cloned(), Some(PathBuf::from("/home/a")))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_folders_follow_jupyter() {
        let usual = places(&[]);
        assert_eq!(usual.user, Some(PathBuf::from("/home/a/.local/share/jupyter")));
        assert_eq!(usual.all.len(), 3);
        let xdg = places(&[("XDG_DATA_HOME", "/x")]);
        assert_eq!(xdg.user, Some(PathBuf::from("/x/jupyter")));
        let own = places(&[
            ("JUPYTER_DATA_DIR", "/j"),
            ("JUPYTER_PATH", "/p:/q"),
            ("VIRTUAL_ENV", "/v"),
            ("XDG_DATA_HOME", ""),
        ]);
        assert_eq!(own.user, Some(PathBuf::from("/j")));
        let all: Vec<_> = own.all.iter().map(|folder| folder.to_str().unwrap()).collect();
        assert_eq!(all, ["/p", "/q", "/j", "/v/share/jupyter", "/usr/local/share/jupyter", "/usr/share/jupyter"]);
    }

    #[test]
    fn a_kernel_is_installed_found_and_removed() {
        let data = tempfile::tempdir().unwrap();
        let places = Places { user: None, all: vec![data.path().to_path_buf()] };
        let missing = places.find("mine").unwrap_err().to_string();
        assert!(missing.contains("`mine`") && missing.contains("none"), "{missing}");
        let folder = install(data.path(), "Mine", &spec(), &[("logo-32x32.png", b"png")]).unwrap();
        assert!(folder.join("logo-32x32.png").is_file());
        assert!(!std::fs::read_to_string(folder.join("kernel.json")).unwrap().contains("null"));
        let (found, read) = places.find("mine").unwrap();
        let launch = launch(&read, &found.folder, Path::new("/work"));
        assert_eq!(launch.command[2], "{connection_file}");
        assert!(launch.command[3].to_str().unwrap().ends_with("Mine/y"));
        assert_eq!(launch.env, [("A".into(), "b".into())]);
        assert!(uninstall(data.path(), "Mine").unwrap());
        assert!(!uninstall(data.path(), "Mine").unwrap());
        assert!(uninstall(data.path(), "../Mine").is_err());
    }

    #[test]
    fn a_broken_kernel_is_listed_with_its_reason() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("kernels/broken");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("kernel.json"), "{").unwrap();
        let places = Places { user: None, all: vec![data.path().to_path_buf()] };
        assert!(places.list()[0].spec.is_err());
        assert!(places.find("broken").unwrap_err().to_string().contains("kernel.json"));
    }
}
