//! `TIProviders`, `OtherProviders` and `QueryDefinitions`.

use std::path::PathBuf;

use crate::config::problem::shown;
use crate::config::section::Section;
use crate::config::{Origin, ProviderSettings};

/// Reads a section of providers.
pub(super) fn all(all: &Section<'_>) -> Vec<ProviderSettings> {
    let mut read = Vec::new();
    for (key, node) in all.all() {
        let Some(section) = Section::of(all.reader, all.child_path(&key.name), node, key.at) else {
            continue;
        };
        let provider = section.text(&["Provider"]).map_or_else(|| key.name.clone(), |(text, _)| text);
        let primary = section.flag(&["Primary"]).unwrap_or(false);
        let enabled = section.flag(&["Enabled"]).unwrap_or(true);
        let mut args = Vec::new();
        if let Some(given) = section.section(&["Args"]) {
            for (name, value) in given.all().iter().filter(|(_, value)| !value.is_null()) {
                args.extend(given.setting_of(name, value).map(|setting| (name.name.clone(), setting)));
            }
        }
        section.entry(&["Description"]);
        section.finish(&["Args", "Primary", "Provider", "Description", "Enabled"]);
        if enabled && provider != "--no-load--" {
            let from = all.reader.origin(key.at);
            read.push(ProviderSettings { name: key.name.clone(), provider, primary, args, from });
        }
    }
    read
}

/// The folders of query files.
pub(super) fn query_folders(section: &Section<'_>) -> Vec<(PathBuf, Origin)> {
    let mut folders = Vec::new();
    // msticpy's own folder of queries: ours are built in.
    section.entry(&["Default"]);
    for (text, at) in section.texts(&["Custom"]) {
        let path = section.reader.surroundings.path(&text, section.reader.base);
        if path.is_dir() {
            folders.push((path, section.reader.origin(at)));
        } else {
            let message = format!("the folder of queries does not exist: {}", shown(&path.display().to_string()));
            section.reader.error(at, message, "a relative path starts at the folder of this file");
        }
    }
    section.finish(&["Custom", "Default"]);
    folders
}
