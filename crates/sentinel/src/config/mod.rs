//! The configuration: `msticpyconfig.yaml`, or Azure ML's `config.json`.
//!
//! ```text
//! find ── the file ──> yaml ── a tree with places ──> read (by section) ──> Settings, and Problems with file, line and fix
//! ```

mod environment;
mod find;
mod load;
mod problem;
mod read;
mod section;
#[cfg(test)]
mod tests;
mod types;
pub mod yaml;

pub use environment::{Surroundings, Variables};
pub use find::{AZURE_ML_FILE, CONFIG_FILE, CONFIG_VAR};
pub use load::Config;
pub use problem::{Problem, Severity};
pub(crate) use read::is_loopback;
pub(crate) use section::guid;
pub use types::{
    AuthMethod, Certificate, ClusterSettings, EnvironmentDefaults, HttpSettings, KeyVaultSettings, LocalSettings,
    Origin, ProviderSettings, ProxySettings, Setting, Settings, SignInSettings, Source, WorkspaceSettings,
};
