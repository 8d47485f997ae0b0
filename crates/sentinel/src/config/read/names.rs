//! Names that two workspaces have: neither of the two is used, since nobody can say which is meant.

use crate::config::problem::shown;
use crate::config::section::Reader;
use crate::config::{Origin, Problem, Settings};

/// Reports names that come twice among workspaces, clusters and folders, upper and lower case ignored, and drops what has them.
pub(super) fn refuse_repeated(reader: &Reader<'_>, settings: &mut Settings) {
    let mut all: Vec<(Origin, String)> = Vec::new();
    all.extend(settings.workspaces.iter().map(|w| (w.from.clone(), w.name.clone())));
    all.extend(settings.clusters.iter().map(|c| (c.from.clone(), c.name.clone())));
    all.extend(settings.local.iter().map(|l| (l.from.clone(), l.name.clone())));
    all.sort();
    let mut repeated: Vec<String> = Vec::new();
    for (i, (at, name)) in all.iter().enumerate() {
        if let Some((first, _)) = all[..i].iter().find(|(_, other)| other.eq_ignore_ascii_case(name)) {
            let message =
                format!("the name {} is there twice, first in line {}: neither is used", shown(name), first.line);
            let fix = "give them different names; upper and lower case do not count";
            reader.report(Problem::error(at.clone(), message).with_fix(fix).about(name));
            repeated.push(name.clone());
        }
    }
    let keep = |name: &str| !repeated.iter().any(|other| other.eq_ignore_ascii_case(name));
    settings.workspaces.retain(|w| keep(&w.name));
    settings.clusters.retain(|c| keep(&c.name));
    settings.local.retain(|l| keep(&l.name));
}
