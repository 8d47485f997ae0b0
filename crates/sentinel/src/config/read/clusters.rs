//! `KustoClusters`, and the entries `Kusto…` of `DataProviders`.

use super::azure::{is_loopback, sign_in};
use crate::config::problem::shown;
use crate::config::section::Section;
use crate::config::{ClusterSettings, Problem, Settings, SignInSettings};

/// Reads `KustoClusters`.
pub(super) fn all(all: &Section<'_>, settings: &mut Settings) {
    let defaults = all.section(&["ClusterDefaults"]);
    let default_args = defaults.as_ref().and_then(|section| section.section(&["Args"]));
    let mut default = settings.sign_in.clone();
    let mut database = None;
    if let Some(args) = &default_args {
        default = sign_in(args, Some(args), &default);
        database = args.text(&["Database"]).map(|(text, _)| text);
    }
    for (key, node) in all.all() {
        if key.name.eq_ignore_ascii_case("ClusterDefaults") {
            continue;
        }
        let Some(section) = Section::of(all.reader, all.child_path(&key.name), node, key.at) else {
            continue;
        };
        settings.clusters.extend(one(&section, key.name.clone(), settings, &default, database.as_deref()));
    }
}

/// Reads a cluster; none when something is wrong with it.
pub(super) fn one(
    section: &Section<'_>,
    name: String,
    settings: &Settings,
    default: &SignInSettings,
    database: Option<&str>,
) -> Option<ClusterSettings> {
    let reader = section.reader;
    section.entry(&["Alias", "ClusterGroups"]);
    let args = section.section(&["Args"]);
    section.finish(&["Args", "Alias", "ClusterGroups"]);
    let named = args.as_ref().and_then(|args| args.text(&["Cluster"]));
    let Some((text, at)) = named else {
        let problem =
            Problem::error(reader.origin(section.at), format!("the cluster {} has no Args.Cluster", shown(&name)));
        reader.report(problem.with_fix("add its URL: Cluster: https://name.region.kusto.windows.net").about(name));
        return None;
    };
    let args = args.as_ref()?;
    let sign_in = sign_in(args, Some(args), default);
    let database = args.text(&["Database"]).map(|(text, _)| text).or_else(|| database.map(str::to_owned));
    args.finish(&[
        "Cluster",
        "Database",
        "TenantId",
        "ClientId",
        "ClientSecret",
        "Certificate",
        "CertificatePath",
        "auth_methods",
        "IntegratedAuth",
    ]);
    let url = settings.cloud.kusto(&text).filter(|url| url.scheme() == "https" || is_loopback(url));
    let Some(cluster) = url else {
        let problem = Problem::error(reader.origin(at), format!("the cluster of {} is no https:// URL", shown(&name)));
        reader.report(problem.with_fix("write it whole: https://name.region.kusto.windows.net").about(name));
        return None;
    };
    Some(ClusterSettings {
        name,
        cluster,
        database,
        cloud: settings.cloud.clone(),
        sign_in,
        http: settings.http.clone(),
        from: reader.origin(section.at),
    })
}
