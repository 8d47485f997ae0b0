//! Where the engine is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Error;

/// The variable that names the engine to use.
pub(crate) const VARIABLE: &str = "ENTITY_EXPLORER_ENGINE";

const NAME: &str = "entity-explorer";

/// A place where the engine may be.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) path: PathBuf,
    /// Why it is looked at, for messages.
    pub(crate) why: &'static str,
}

/// What the search depends on.
pub(crate) struct Surroundings {
    /// `ENTITY_EXPLORER_ENGINE`
    pub(crate) variable: Option<OsString>,
    /// The program that runs the cells.
    pub(crate) kernel: Option<PathBuf>,
    /// `PATH`
    pub(crate) path: Option<OsString>,
    /// The folder of the workspace that this crate was built from.
    pub(crate) workspace: PathBuf,
    /// `CARGO_TARGET_DIR`
    pub(crate) target_dir: Option<OsString>,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            variable: std::env::var_os(VARIABLE).filter(|value| !value.is_empty()),
            kernel: std::env::current_exe().ok(),
            path: std::env::var_os("PATH"),
            workspace: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            target_dir: std::env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()),
        }
    }

    /// The places to look at, best first. A variable that is set is the only one: whoever sets it wants that engine and no other.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        if let Some(path) = &self.variable {
            return vec![Candidate { path: PathBuf::from(path), why: VARIABLE }];
        }
        let file = format!("{NAME}{}", std::env::consts::EXE_SUFFIX);
        let mut found = Vec::new();
        // The kernel may be this same program; then it is the file of that name in its own folder.
        if let Some(folder) = self.kernel.as_deref().and_then(Path::parent) {
            add(&mut found, folder.join(&file), "beside the kernel");
        }
        if let Some(folders) = &self.path {
            for folder in std::env::split_paths(folders) {
                if folder.is_absolute() {
                    add(&mut found, folder.join(&file), "PATH");
                }
            }
        }
        if let Some(folder) = &self.target_dir {
            add(&mut found, self.workspace.join(folder).join("release").join(&file), "CARGO_TARGET_DIR");
        }
        add(&mut found, self.workspace.join("target").join("release").join(&file), "built from this crate's folder");
        found
    }

    /// The candidates that are files.
    ///
    /// # Errors
    /// When there is none: what was looked at, and how to build the engine.
    pub(crate) fn existing(&self) -> Result<Vec<Candidate>, Error> {
        let mut existing = Vec::new();
        let mut places = String::new();
        let mut folders = 0;
        for candidate in self.candidates() {
            // The folders of `PATH` are too many to list.
            if candidate.why == "PATH" {
                folders += 1;
            } else {
                places.push_str(&format!("{} ({}), ", candidate.path.display(), candidate.why));
            }
            if candidate.path.is_file() {
                existing.push(candidate);
            }
        }
        if !existing.is_empty() {
            return Ok(existing);
        }
        if let Some(path) = &self.variable {
            let path = Path::new(path).display();
            return Err(Error::new("no_engine", format!("{VARIABLE} names {path}, and there is no such file"))
                .with_help(format!("set {VARIABLE} to the program `{NAME}`, or unset it to have it looked for")));
        }
        let message = format!(
            "the engine, the program `{NAME}`, was not found: it is not at {places}nor in the {folders} folders of PATH"
        );
        Err(Error::new("no_engine", message).with_help(format!(
            "build it with `cargo build --release` in {}, or set {VARIABLE} to where it is",
            self.workspace.display()
        )))
    }
}

fn add(found: &mut Vec<Candidate>, path: PathBuf, why: &'static str) {
    for candidate in found.iter() {
        if candidate.path == path {
            return;
        }
    }
    found.push(Candidate { path, why });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            variable: None,
            kernel: Some(PathBuf::from("/k/bin/evcxr_jupyter")),
            path: Some(OsString::from("/usr/bin:relative:/k/bin:/opt")),
            workspace: PathBuf::from("/src/ee"),
            target_dir: None,
        }
    }

    fn paths(surroundings: &Surroundings) -> Vec<String> {
        surroundings.candidates().iter().map(|candidate| candidate.path.display().to_string()).collect()
    }

    #[cfg(unix)]
    #[test]
    fn looks_in_order_and_at_each_place_once() {
        let mut s = surroundings();
        let usual = [
            "/k/bin/entity-explorer",
            "/usr/bin/entity-explorer",
            "/opt/entity-explorer",
            "/src/ee/target/release/entity-explorer",
        ];
        assert_eq!(paths(&s), usual);
        s.kernel = Some(PathBuf::from("/k/bin/entity-explorer"));
        assert_eq!(paths(&s), usual);
        s.target_dir = Some(OsString::from("/big"));
        assert_eq!(paths(&s)[3..], ["/big/release/entity-explorer", usual[3]]);
        s.variable = Some(OsString::from("/mine"));
        assert_eq!(paths(&s), ["/mine"]);
    }

    #[cfg(unix)]
    #[test]
    fn not_found_says_where_and_how_to_build() {
        let error = surroundings().existing().unwrap_err();
        assert!(
            error.message().contains("/src/ee/target/release/entity-explorer (built from this crate's folder)"),
            "{error}"
        );
        assert!(error.message().contains("2 folders of PATH"), "{error}");
        assert!(error.help().unwrap().contains("cargo build --release` in /src/ee"), "{error}");
        let mut s = surroundings();
        s.variable = Some(OsString::from("/no/such/engine"));
        assert!(s.existing().unwrap_err().message().contains("ENTITY_EXPLORER_ENGINE names /no/such/engine"));
    }
}
