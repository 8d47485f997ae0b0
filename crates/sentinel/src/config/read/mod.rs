//! Reads the sections of `msticpyconfig.yaml`.

mod azure;
mod clusters;
mod http;
mod local;
mod names;
mod providers;
mod workspaces;

use super::section::{Reader, Section};
use super::yaml::Node;
use super::{Settings, WorkspaceSettings};

pub(crate) use azure::is_loopback;

/// The sections of a configuration. Those that only msticpy uses are passed over.
const SECTIONS: [&str; 13] = [
    "AzureSentinel",
    "MSSentinel",
    "Azure",
    "TIProviders",
    "ContextProviders",
    "OtherProviders",
    "DataProviders",
    "KustoClusters",
    "KeyVault",
    "QueryDefinitions",
    "msticpy",
    "UserDefaults",
    "Pivots",
];

/// Reads a whole configuration.
pub(in crate::config) fn settings(reader: &Reader<'_>, node: &Node) -> Settings {
    let mut settings = Settings::default();
    let Some(top) = Section::of(reader, "", node, node.at) else {
        return settings;
    };
    if let Some(azure) = top.section(&["Azure"]) {
        azure::section(&azure, &mut settings);
    }
    if let Some(http) = top.section(&["msticpy"]) {
        settings.http = http::section(&http);
    }
    if let Some(data) = top.section(&["DataProviders"]) {
        local::data_providers(&data, &mut settings);
    }
    for name in ["AzureSentinel", "MSSentinel"] {
        if let Some(sentinel) = top.section(&[name]) {
            if let Some(all) = sentinel.section(&["Workspaces"]) {
                workspaces::all(&all, &mut settings);
            }
            sentinel.finish(&["Workspaces"]);
        }
    }
    if let Some(all) = top.section(&["KustoClusters"]) {
        clusters::all(&all, &mut settings);
    }
    settings.key_vault = azure::key_vault(top.section(&["KeyVault"]), &settings);
    for name in ["TIProviders", "ContextProviders", "OtherProviders"] {
        if let Some(section) = top.section(&[name]) {
            let read = providers::all(&section);
            if name == "TIProviders" { settings.ti_providers = read } else { settings.other_providers.extend(read) }
        }
    }
    if let Some(queries) = top.section(&["QueryDefinitions"]) {
        settings.query_folders = providers::query_folders(&queries);
    }
    top.finish(&SECTIONS);
    names::refuse_repeated(reader, &mut settings);
    settings
}

/// The workspace of Azure ML's `config.json`; none when the file is some other program's.
pub(in crate::config) fn azure_ml(reader: &Reader<'_>, node: &Node, settings: &Settings) -> Option<WorkspaceSettings> {
    if !node.entries().iter().any(|(key, _)| key.name == "workspace_id") {
        return None;
    }
    let section = Section::of(reader, "", node, node.at)?;
    let name = section.text(&["workspace_name"]).map(|(name, _)| name);
    workspaces::one(&section, name.unwrap_or_else(|| "Default".to_owned()), settings)
}
