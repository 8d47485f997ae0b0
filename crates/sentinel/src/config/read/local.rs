//! `DataProviders`: folders of table files, clusters, and the account of the Azure CLI.

use super::clusters;
use crate::config::problem::shown;
use crate::config::section::{Reader, Section};
use crate::config::yaml::Place;
use crate::config::{EnvironmentDefaults, LocalSettings, Problem, Settings};

/// Reads `DataProviders`.
pub(super) fn data_providers(all: &Section<'_>, settings: &mut Settings) {
    let azure_cli = all.section(&["AzureCLI"]);
    if let Some(args) = azure_cli.as_ref().and_then(|section| section.section(&["Args"])) {
        settings.sign_in.environment = EnvironmentDefaults {
            client_id: args.setting(&["clientId", "client_id"]),
            tenant_id: args.setting(&["tenantId", "tenant_id"]),
            client_secret: args.setting(&["clientSecret", "client_secret"]),
        };
    }
    if let Some(local) = all.section(&["LocalData"]) {
        local_data(&local, settings);
    }
    for (key, node) in all.all() {
        let name = key.name.as_str();
        let Some(rest) = name.get(..5).filter(|start| start.eq_ignore_ascii_case("kusto")).map(|_| &name[5..]) else {
            continue;
        };
        let name = rest.trim_start_matches(['-', '_']);
        let name = if name.is_empty() { "Kusto" } else { name };
        if let Some(section) = Section::of(all.reader, all.child_path(&key.name), node, key.at) {
            let default = settings.sign_in.clone();
            settings.clusters.extend(clusters::one(&section, name.to_owned(), settings, &default, None));
        }
    }
}

/// Folders of table files: our own `Workspaces`, and msticpy's `data_paths`, each of which is a workspace of its folder's name.
fn local_data(local: &Section<'_>, settings: &mut Settings) {
    let reader = local.reader;
    if let Some(all) = local.section(&["Workspaces"]) {
        for (key, node) in all.all() {
            let Some(section) = Section::of(reader, all.child_path(&key.name), node, key.at) else {
                continue;
            };
            let path = section.text(&["path"]);
            let now = section.text(&["now"]).and_then(|(text, at)| {
                let ticks = kql::time::parse_datetime(&text);
                if ticks.is_none() {
                    let message = format!("{} is no time: {}", shown(&section.child_path("now")), shown(&text));
                    reader.error(at, message, "write it as 2026-01-31T12:00:00Z");
                }
                ticks
            });
            section.finish(&["path", "now"]);
            let Some((path, at)) = path else {
                let problem =
                    Problem::error(reader.origin(key.at), format!("the workspace {} has no path", shown(&key.name)));
                reader.report(problem.with_fix("add `path:` with the folder of its table files").about(&key.name));
                continue;
            };
            settings.local.extend(local_folder(reader, key.name.clone(), &path, now, at));
        }
    }
    let args = local.section(&["Args"]);
    for section in std::iter::once(local).chain(args.as_ref()) {
        for (text, at) in section.texts(&["data_paths"]) {
            let path = reader.surroundings.path(&text, reader.base);
            let name = path.file_name().map_or_else(|| text.clone(), |name| name.to_string_lossy().into_owned());
            settings.local.extend(local_folder(reader, name, &text, None, at));
        }
    }
    local.finish(&["Workspaces", "data_paths"]);
}

fn local_folder(reader: &Reader<'_>, name: String, text: &str, now: Option<i64>, at: Place) -> Option<LocalSettings> {
    let path = reader.surroundings.path(text, reader.base);
    if !path.is_dir() {
        let message = format!(
            "the folder of the workspace {} does not exist: {}",
            shown(&name),
            shown(&path.display().to_string())
        );
        let problem = Problem::error(reader.origin(at), message);
        reader.report(problem.with_fix("a relative path starts at the folder of this file").about(name));
        return None;
    }
    Some(LocalSettings { name, path, now, from: reader.origin(at) })
}
