//! What a configuration depends on outside of its file: environment variables, the current folder, the home folder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where environment variables are read.
#[derive(Clone, Default)]
pub enum Variables {
    /// In this process.
    #[default]
    Process,
    /// Here.
    Fixed(BTreeMap<String, String>),
}

impl Variables {
    /// A variable, unless it is unset, blank or no text.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var(name).ok(),
            Self::Fixed(all) => all.get(name).cloned(),
        };
        value.filter(|value| !value.trim().is_empty())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process => f.write_str("Process"),
            Self::Fixed(all) => f.debug_set().entries(all.keys()).finish(),
        }
    }
}

/// Where a configuration is looked for.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The current folder.
    pub folder: PathBuf,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// The environment variables.
    pub variables: Variables,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self {
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            variables: Variables::Process,
        }
    }

    /// A path as a configuration has it: `~` is the home folder, and what is relative is so to the folder `base`.
    pub fn path(&self, text: &str, base: &std::path::Path) -> PathBuf {
        let text = text.trim();
        let rest = text.strip_prefix("~").filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
        match (rest, &self.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches(['/', '\\'])),
            _ => base.join(text),
        }
    }
}
