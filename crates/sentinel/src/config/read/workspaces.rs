//! `AzureSentinel.Workspaces`.

use super::azure::{SIGN_IN_ARGS, cloud_name, sign_in};
use crate::cloud::Cloud;
use crate::config::problem::shown;
use crate::config::section::Section;
use crate::config::{Settings, Severity, WorkspaceSettings};

/// `AzureSentinel.Workspaces`.
pub(super) fn all(all: &Section<'_>, settings: &mut Settings) {
    for (key, node) in all.all() {
        if let Some(section) = Section::of(all.reader, all.child_path(&key.name), node, key.at) {
            settings.workspaces.extend(one(&section, key.name.clone(), settings));
        }
    }
}

/// Reads a workspace; none when something is wrong with it.
pub(super) fn one(section: &Section<'_>, name: String, settings: &Settings) -> Option<WorkspaceSettings> {
    let reader = section.reader;
    let before = reader.problems.borrow().len();
    let id = section.guid(&["WorkspaceId", "workspace_id"]);
    if id.is_none() && reader.problems.borrow().len() == before {
        reader.error(
            section.at,
            format!("the workspace {} has no WorkspaceId", shown(&name)),
            "add it: the portal shows it on the overview page of the Log Analytics workspace",
        );
    }
    let args = section.section(&["Args"]);
    let sign_in = sign_in(section, args.as_ref(), &settings.sign_in);
    if sign_in.tenant.is_none() && reader.problems.borrow().len() == before {
        reader.warning(
            section.at,
            format!("the workspace {} has no TenantId: tokens are asked of the account's own tenant", shown(&name)),
            "add TenantId",
        );
    }
    let mut cloud = settings.cloud.clone();
    if let Some((text, at)) = section.text(&["Cloud"]) {
        cloud = match cloud_name(reader, &text, at) {
            Some(named) if named == cloud.name => cloud,
            Some(named) => Cloud::from(named),
            None => cloud,
        };
    }
    let workspace_name = section.text(&["WorkspaceName", "workspace_name"]).map(|(text, _)| text);
    let subscription_id = section.guid(&["SubscriptionId", "subscription_id"]);
    let resource_group = section.text(&["ResourceGroup", "resource_group"]).map(|(text, _)| text);
    if let Some(args) = &args {
        args.finish(&SIGN_IN_ARGS);
    }
    section.entry(&["SubscriptionName"]);
    section.finish(&["WorkspaceId", "TenantId", "SubscriptionId", "ResourceGroup", "WorkspaceName", "Cloud", "Args"]);
    let broken = {
        let mut problems = reader.problems.borrow_mut();
        let mut broken = false;
        for problem in problems.iter_mut().skip(before).filter(|p| p.severity == Severity::Error) {
            problem.about.get_or_insert_with(|| name.clone());
            broken = true;
        }
        broken
    };
    Some(WorkspaceSettings {
        workspace_id: id.filter(|_| !broken)?,
        name,
        workspace_name,
        subscription_id,
        resource_group,
        cloud,
        sign_in,
        http: settings.http.clone(),
        from: reader.origin(section.at),
    })
}
