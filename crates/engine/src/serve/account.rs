//! Requests for and to an account summary.

use std::sync::Arc;

use entity_explorer::wire::Value;
use render::{Document, Header};

use super::call::Call;
use super::reply;
use super::session::Object;
use super::values::window;
use crate::account::{AccountName, AccountSummary, METHODS, PROPERTIES, Request, find_property, parse_types};
use crate::error::{Error, quoted};
use crate::notebooklet::property::{self, PropertyKind};
use crate::notebooklet::view_events as events;
use crate::workspace::short_time;

/// `workspace.account_summary`: looks for an account.
pub fn run(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let window = window(call.value("timespan"), workspace.provider.now()?)?;
    let name = AccountName::parse(call.text("account")?)?;
    let sources = parse_types(&call.texts("types")?.join(","))?;
    let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
    call.progress(&format!(
        "Looking for {} in {} ({} to {} UTC)",
        quoted(&name.given),
        names.join(", "),
        short_time(window.0),
        short_time(window.1)
    ));
    let summary = AccountSummary::run(workspace, Request { name, sources, window }, &|report| call.report(report))?;
    Ok(keep(call, summary))
}

fn keep(call: &Call<'_>, summary: AccountSummary) -> Value {
    let matches = match summary.found.matches.len() {
        0 => "no match".to_owned(),
        1 => "1 match".to_owned(),
        n => format!("{n} matches"),
    };
    let about = match &summary.selected {
        Some(selected) => {
            format!("{matches}, {} in {} selected", selected.account.account_name, selected.account.source)
        }
        None => matches,
    };
    let name = Value::str(&summary.request.name.given);
    let handle = call.session.keep(Object::Account(Arc::new(summary)));
    Value::map().with("name", name).with("summary", Value::Str(about)).with("handle", Value::Int(handle))
}

/// `account.display`
pub fn display(call: &Call<'_>) -> Result<Value, Error> {
    Ok(reply::content(&call.account()?.document()?))
}

/// `account.select`
pub fn select(call: &Call<'_>) -> Result<Value, Error> {
    let account = call.account()?;
    let source = match parse_types(&call.texts("types")?.join(","))?.as_slice() {
        [one] => Some(*one),
        // A group of types says nothing about which of its sources is meant.
        _ => None,
    };
    let selected = account.select(call.text("account")?, source, &|report| call.report(report))?;
    Ok(keep(call, selected))
}

/// `account.select_newest`: the match that was active last.
pub fn select_newest(call: &Call<'_>) -> Result<Value, Error> {
    let account = call.account()?;
    let newest = account.found.matches.iter().max_by_key(|found| found.last_activity);
    // Without a match, the error says what to do.
    let Some(newest) = newest else {
        return Err(account.selected().err().unwrap_or_else(|| Error::bad_input("no account matches")));
    };
    let selected = account.select(&newest.account_name, Some(newest.source), &|report| call.report(report))?;
    Ok(keep(call, selected))
}

/// `account.get_additional_data`
pub fn get_additional_data(call: &Call<'_>) -> Result<Value, Error> {
    let account = call.account()?;
    let additional = account.get_additional_data(&|report| call.report(report))?;
    Ok(reply::view("additional data", &account.additional_document(&additional)?))
}

/// `account.get`: a property, or what a method without parameters gives.
pub fn get(call: &Call<'_>) -> Result<Value, Error> {
    let account = call.account()?;
    let name = call.text("name")?;
    Ok(match name {
        "timespan" => {
            let (start, end) = account.request.window;
            Value::map().with("start", Value::Int(start)).with("end", Value::Int(end))
        }
        "description" => reply::view(name, &description(&account)),
        "account_selector" => reply::table(call, name, account.account_activity()?, now(&account)),
        "geoip_map" => reply::view(name, &Document::of(account.geoip_map()?)),
        "browse_accounts" => reply::view(name, &account.browse_accounts()?),
        "browse_alerts" => reply::view(name, &account.browse_alerts()?),
        "browse_bookmarks" => reply::view(name, &account.browse_bookmarks()?),
        "data_properties" => reply::table(call, name, property::data_table(&account.data_properties()?)?, None),
        "vis_properties" => reply::table(call, name, property::timeline_table(PROPERTIES)?, None),
        "list_methods" => reply::table(call, name, property::method_table(METHODS)?, None),
        _ => match find_property(name)?.kind {
            PropertyKind::Table => reply::table(call, name, account.table(name)?, now(&account)),
            PropertyKind::Timeline => reply::view(name, &Document::of(account.timeline(name)?)),
            PropertyKind::Entity => entity(&account)?,
        },
    })
}

/// `account.table`: a table by its name.
pub fn table(call: &Call<'_>) -> Result<Value, Error> {
    let account = call.account()?;
    let name = call.text("name")?;
    Ok(reply::table(call, name, account.table(name)?, now(&account)))
}

/// `account.view_events`
pub fn view_events(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.account()?.table(call.text("table")?)?;
    Ok(reply::view(call.text("table")?, &events(&table, &call.texts("columns")?)?))
}

/// `account.help`
pub fn help(call: &Call<'_>) -> Result<Value, Error> {
    let method = call.text("method")?;
    Ok(reply::view(method, &property::help(PROPERTIES, METHODS, "account", method)?))
}

/// The workspace's present, for queries on the tables of the summary.
fn now(account: &AccountSummary) -> Option<i64> {
    account.workspace().provider.now().ok()
}

fn description(account: &AccountSummary) -> Document {
    let sources: Vec<&str> = account.request.sources.iter().map(|source| source.name()).collect();
    let (start, end) = account.request.window;
    let header = Header::new("Account summary")
        .subject(account.request.name.given.clone())
        .fact("Workspace", account.workspace().name.clone())
        .fact("Time range", format!("{} to {} (UTC)", short_time(start), short_time(end)))
        .fact("Searched", sources.join(", "));
    Document::of(header).with(
        "Looks for an account in sign-ins, cloud operations and logons; shows what is known of it, alerts and bookmarks that name it, and, \
         with get_additional_data(), what it did and from where.",
    )
}

fn entity(account: &AccountSummary) -> Result<Value, Error> {
    let selected = account.selected()?;
    let mut properties = Vec::new();
    for (name, value) in &selected.entity {
        let (kind, value) = match value {
            serde_json::Value::String(text) => ("string", text.clone()),
            other => ("dynamic", other.to_string()),
        };
        properties.push(
            Value::map().with("name", Value::str(name)).with("type", Value::str(kind)).with("value", Value::Str(value)),
        );
    }
    Ok(reply::content(&Document::of(account.entity_card()?))
        .with("entity", Value::str("Account"))
        .with("name", Value::str(&selected.account.account_name))
        .with("properties", Value::List(properties)))
}
