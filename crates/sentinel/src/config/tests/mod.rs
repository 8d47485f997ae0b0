//! Configurations as people have them, good and bad.

#![allow(clippy::unwrap_used)]

mod bad;
mod good;
mod search;

use std::collections::BTreeMap;
use std::path::Path;

use super::{Config, Surroundings, Variables};

/// Surroundings with these variables, in a folder of their own.
fn surroundings(folder: &Path, variables: &[(&str, &str)]) -> Surroundings {
    let all: BTreeMap<String, String> = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Surroundings { folder: folder.to_owned(), home: Some(folder.join("home")), variables: Variables::Fixed(all) }
}

/// What a configuration with this text says.
fn config_with(text: &str, variables: &[(&str, &str)]) -> Config {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("data/case42")).unwrap();
    std::fs::create_dir_all(folder.path().join("queries")).unwrap();
    let path = folder.path().join("msticpyconfig.yaml");
    std::fs::write(&path, text).unwrap();
    Config::file(&path, surroundings(folder.path(), variables))
}

/// The problems, each as `line:column severity: message | fix`, the folder's name left out.
fn problems(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let config = config_with(text, variables);
    let folder = config.surroundings.folder.display().to_string();
    let shown = config.problems.iter().map(|p| {
        let fix = p.fix.as_deref().unwrap_or_default();
        format!("{}:{} {}: {} | {fix}", p.at.line, p.at.column, p.severity, p.message).replace(&folder, "DIR")
    });
    shown.collect()
}
