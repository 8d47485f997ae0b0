//! Which query a pivot is.

use std::collections::BTreeMap;

use kql::{KqlType, Value};
use serde_json::json;

use super::kind::EntityKind;
use crate::error::Error;
use crate::queries::{self, QueryFile, QueryParam};

/// A query that is asked about an entity.
#[derive(Debug, Clone, Copy)]
pub struct Pivot {
    /// What it is about.
    pub kind: EntityKind,
    /// The query.
    pub query: &'static QueryFile,
    /// The parameter that takes the value, or the list of values.
    pub param: &'static QueryParam,
}

impl Pivot {
    fn of(kind: EntityKind, query: &'static QueryFile) -> Option<Self> {
        if !query.entities.iter().any(|entity| entity == kind.name()) {
            return None;
        }
        let param = kind.params().iter().find_map(|name| query.params.iter().find(|param| param.name == *name))?;
        Some(Self { kind, query, param })
    }

    /// The query's name without its family.
    pub fn short_name(&self) -> &'static str {
        self.query.name.split_once('.').map_or(self.query.name.as_str(), |(_, name)| name)
    }

    /// Whether one query takes many values.
    pub fn takes_list(&self) -> bool {
        self.param.ty == KqlType::Dynamic && self.query.key.is_some()
    }

    /// The parameters of a run about these values, which have their normal form. Only of a query that takes a list there can be several.
    pub fn params(&self, values: &[String]) -> BTreeMap<String, Value> {
        let value = match (self.param.ty, values) {
            (KqlType::Dynamic, values) => Value::Dynamic(json!(values)),
            (_, values) => Value::String(values.first().cloned().unwrap_or_default()),
        };
        BTreeMap::from([(self.param.name.clone(), value)])
    }
}

/// The pivots of a kind of entity, by name.
///
/// # Errors
/// When a query file is not KQL.
pub fn all(kind: EntityKind) -> Result<Vec<Pivot>, Error> {
    Ok(queries::all()?.iter().filter_map(|query| Pivot::of(kind, query)).collect())
}

/// The pivot of this name: `Azure.list_aad_signins_for_ip`, `IpAddress.list_aad_signins_for_ip`, `IpAddress.aad_signins`; for a known kind also
/// without what is before the dot.
///
/// # Errors
/// No such pivot (with the nearest names), a name that several kinds have, a query that is about another kind.
pub fn find(kind: Option<EntityKind>, name: &str) -> Result<Pivot, Error> {
    let wanted = name.trim();
    let kinds: Vec<EntityKind> = kind.map_or_else(|| EntityKind::ALL.to_vec(), |kind| vec![kind]);
    let (before, short) = wanted.split_once('.').map_or((None, wanted), |(before, short)| (Some(before), short));
    let mut found: Vec<Pivot> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for kind in kinds {
        for pivot in all(kind)? {
            let full = pivot.query.name.eq_ignore_ascii_case(wanted);
            let mine = before.is_none_or(|before| before.eq_ignore_ascii_case(kind.name()));
            let by_short = pivot.short_name().eq_ignore_ascii_case(short)
                || pivot.query.pivot.as_deref().is_some_and(|pivot| pivot.eq_ignore_ascii_case(short));
            if full || (mine && by_short) {
                found.push(pivot);
            }
            names.push(format!("{kind}.{}", pivot.short_name()));
        }
    }
    // A full name stands before a short one of another family.
    if found.iter().any(|p| p.query.name.eq_ignore_ascii_case(wanted)) {
        found.retain(|p| p.query.name.eq_ignore_ascii_case(wanted));
    }
    match found[..] {
        [one] => Ok(one),
        [] => {
            if let (Some(kind), Ok(query)) = (kind, queries::find(wanted)) {
                return Err(Error::bad_input(format!(
                    "the query {} is not about an entity of the kind {kind}",
                    query.name
                ))
                .with_help(format!("it is about: {}", query.entities.join(", "))));
            }
            names.dedup();
            Err(Error::unknown("pivot", wanted, names.iter().map(String::as_str)))
        }
        _ => {
            let names: Vec<String> = found.iter().map(|p| format!("{} ({})", p.query.name, p.kind)).collect();
            Err(Error::bad_input(format!("the name {wanted} fits several queries: {}", names.join(", ")))
                .with_help("name the kind of entity and the query, such as IpAddress.list_aad_signins_for_ip"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pivot_has_three_names() {
        for name in ["Azure.list_aad_signins_for_ip", "IpAddress.list_aad_signins_for_ip", "ipaddress.AAD_signins"] {
            let pivot = find(None, name).unwrap();
            assert_eq!(pivot.query.name, "Azure.list_aad_signins_for_ip");
            assert!(pivot.takes_list());
        }
        let bookmarks = find(Some(EntityKind::Host), "sent_bookmarks").unwrap();
        assert_eq!(bookmarks.param.name, "entity_name");
        assert!(!bookmarks.takes_list());
    }

    #[test]
    fn every_query_of_an_entity_can_be_asked_and_short_names_are_unique() {
        for kind in EntityKind::ALL {
            let pivots = all(kind).unwrap();
            assert!(!pivots.is_empty(), "{kind}");
            for query in queries::all().unwrap().iter().filter(|q| q.entities.iter().any(|e| e == kind.name())) {
                assert!(pivots.iter().any(|p| p.query.name == query.name), "{} has no parameter of {kind}", query.name);
            }
            let mut short: Vec<&str> = pivots.iter().filter_map(|p| p.query.pivot.as_deref()).collect();
            short.sort_unstable();
            let all = short.len();
            short.dedup();
            assert_eq!(short.len(), all, "{kind}: {short:?}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let error = find(None, "sent_bookmarks").unwrap_err();
        assert!(error.message.contains("fits several queries"), "{error}");
        let error = find(Some(EntityKind::Host), "Azure.list_aad_signins_for_ip").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("it is about: IpAddress"));
        assert!(
            find(None, "IpAddress.list_aad_signin_for_ip")
                .unwrap_err()
                .help
                .unwrap()
                .contains("list_aad_signins_for_ip")
        );
    }
}
