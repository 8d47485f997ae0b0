//! Requests about one entity: what it is, what can be asked about it, and asking.

use std::collections::BTreeMap;

use entity_explorer::TimeSpan;
use entity_explorer::wire::Value;
use kql::Value as Kql;
use kql_polars::KqlTable;
use render::{Document, Entity, Table};

use super::call::Call;
use super::{reply, values};
use crate::enrichment::{self, Lookup};
use crate::error::Error;
use crate::notebooklet::field_value;
use crate::pivot::{self, EntityKind};
use crate::workspace::Workspace;

/// The span of time of questions that say nothing of it.
const DEFAULT_DAYS: u32 = 2;

/// The entity that a request is about: its kind and its value in the normal form.
fn entity(call: &Call<'_>) -> Result<(EntityKind, String), Error> {
    let kind = EntityKind::parse(call.text("kind")?)?;
    let value = kind.normal(call.text("value")?)?;
    Ok((kind, value))
}

/// Start and end of the time range of a question; the last two days where it does not say.
pub fn window(call: &Call<'_>, workspace: &Workspace) -> Result<(i64, i64), Error> {
    let now = workspace.provider.now()?;
    match call.value("timespan") {
        Value::Null => {
            let span = TimeSpan::last_days(DEFAULT_DAYS).map_err(|e| Error::bad_input(e.to_string()))?;
            values::window(&span.to_value(), now)
        }
        timespan => values::window(timespan, now),
    }
}

/// `workspace.pivots`: what can be asked about a kind of entity.
pub fn pivots(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let kind = EntityKind::parse(call.text("kind")?)?;
    let table = pivot::table(kind, &workspace.provider.table_names()?)?;
    Ok(reply::table(call, &format!("pivots of {kind}"), table, None))
}

/// `entity.card`: the entity with what its value says, as a card.
pub fn card(call: &Call<'_>) -> Result<Value, Error> {
    let (kind, value) = entity(call)?;
    let fields = kind.fields(&value);
    let mut card = Entity::new(kind.name(), value.clone());
    let mut properties = Vec::new();
    for (name, value) in &fields {
        card.push(name.clone(), field_value(value));
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        properties.push(
            Value::map()
                .with("name", Value::str(name))
                .with("type", Value::str("string"))
                .with("value", Value::Str(text)),
        );
    }
    Ok(reply::content(&Document::of(card))
        .with("entity", Value::str(kind.name()))
        .with("name", Value::Str(value))
        .with("properties", Value::List(properties)))
}

/// `entity.display`: the card, and what can be asked in this workspace.
pub fn display(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let (kind, value) = entity(call)?;
    let mut card = Entity::new(kind.name(), value.clone());
    for (name, value) in kind.fields(&value) {
        card.push(name, field_value(&value));
    }
    let table = pivot::table(kind, &workspace.provider.table_names()?)?;
    let asked = crate::rows::derive(
        "Pivots | where InWorkspace | project Query, Description, Tables, TakesColumn",
        &[("Pivots", &table)],
    )?;
    Ok(reply::content(
        &Document::of(card).with(Table::new(asked).page(10).caption("What can be asked: .query(\"…\")?")),
    ))
}

/// `entity.query`: one question about one entity.
pub fn query(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let (kind, value) = entity(call)?;
    let pivot = pivot::find(Some(kind), call.text("name")?)?;
    let mut params: BTreeMap<String, Kql> = pivot.params(std::slice::from_ref(&value));
    if let Value::Map(given) = call.value("params") {
        for (name, value) in given {
            params.insert(name.clone(), values::param(name, value)?);
        }
    }
    let table = workspace.run_query(pivot.query, &params, Some(window(call, &workspace)?))?;
    Ok(reply::table(call, &format!("{} for {value}", pivot.query.name), table, Some(workspace.provider.now()?)))
}

/// `entity.geoip`: where an address is.
pub fn geoip(call: &Call<'_>) -> Result<Value, Error> {
    looked_up(call, enrichment::geoip)
}

/// `entity.whois`: whose an address is.
pub fn whois(call: &Call<'_>) -> Result<Value, Error> {
    looked_up(call, enrichment::whois)
}

/// `entity.threat_intel`: what is known of an indicator.
pub fn threat_intel(call: &Call<'_>) -> Result<Value, Error> {
    looked_up(call, |workspace, lookup| enrichment::threat_intel(workspace, lookup, &[]))
}

/// `entity.passive_dns`: which names led to an address, or to which addresses a name led.
pub fn passive_dns(call: &Call<'_>) -> Result<Value, Error> {
    looked_up(call, enrichment::passive_dns)
}

fn looked_up(
    call: &Call<'_>,
    with: impl FnOnce(Option<&Workspace>, &Lookup<'_>) -> Result<KqlTable, Error>,
) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let (kind, value) = entity(call)?;
    let table = enrichment::of_values(kind.name(), &[&value])?;
    let lookup = Lookup { progress: &|text| call.progress(text), ..Lookup::new(&table, kind.name()) };
    let table = with(Some(&workspace), &lookup)?;
    Ok(reply::table(call, &value, table, Some(workspace.provider.now()?)))
}
