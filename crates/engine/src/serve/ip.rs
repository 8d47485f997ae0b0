//! Requests for and to an IP address summary.

use std::sync::Arc;

use entity_explorer::wire::Value;
use render::Document;

use super::call::Call;
use super::reply;
use super::session::Object;
use super::values::window;
use crate::error::Error;
use crate::ip_summary::{Address, IpSummary, METHODS, PROPERTIES, Request, find_property};
use crate::notebooklet::property::{self, PropertyKind};
use crate::notebooklet::{plural, view_events as events};
use crate::workspace::short_time;

/// `workspace.ip_summary`: all that is known of an address.
pub fn run(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let window = window(call.value("timespan"), workspace.provider.now()?)?;
    let address = Address::parse(call.text("address")?)?;
    let services = !matches!(call.value("services"), Value::Bool(false));
    call.progress(&format!("Looking for {address} ({} to {} UTC)", short_time(window.0), short_time(window.1)));
    let summary =
        IpSummary::run(workspace, Request { address, window, services }, &|report| call.report(report), &|text| {
            call.progress(text);
        })?;
    let about = format!(
        "{}, {}, seen in {}",
        summary.kind,
        summary.origin().to_lowercase(),
        plural(summary.seen().len(), "kind of source")
    );
    let handle = call.session.keep(Object::Ip(Arc::new(summary)));
    Ok(Value::map()
        .with("name", Value::Str(address.to_string()))
        .with("summary", Value::Str(about))
        .with("handle", Value::Int(handle)))
}

/// `ip.display`
pub fn display(call: &Call<'_>) -> Result<Value, Error> {
    Ok(reply::content(&call.ip()?.document()?))
}

/// `ip.get`: a property, or what a method without parameters gives.
pub fn get(call: &Call<'_>) -> Result<Value, Error> {
    let ip = call.ip()?;
    let name = call.text("name")?;
    Ok(match name {
        "timespan" => {
            let (start, end) = ip.request.window;
            Value::map().with("start", Value::Int(start)).with("end", Value::Int(end))
        }
        "ip_type" => Value::map().with("text", Value::str(ip.kind.name())),
        "ip_origin" => Value::map().with("text", Value::str(ip.origin())),
        "description" => reply::view(
            name,
            &Document::of(ip.header()).with(
                "Shows what an address is and all that the workspace knows of it: hosts, accounts, alerts, sign-ins, operations, logons, flows, \
                 firewalls, DNS, threat intelligence.",
            ),
        ),
        "map" => reply::view(name, &Document::of(ip.map()?)),
        "browse_alerts" => reply::view(name, &ip.browse_alerts()?),
        "browse_bookmarks" => reply::view(name, &ip.browse_bookmarks()?),
        "browse_ti_results" => reply::view(name, &ip.browse_ti_results()?),
        "data_properties" => reply::table(call, name, property::data_table(&ip.data_properties())?, None),
        "vis_properties" => reply::table(call, name, property::timeline_table(PROPERTIES)?, None),
        "list_methods" => reply::table(call, name, property::method_table(METHODS)?, None),
        "host_entities" => {
            let mut document = Document::new();
            for card in ip.host_cards() {
                document.push(card);
            }
            if ip.hosts.is_empty() {
                document.push("No host is known to have the address.");
            }
            reply::view(name, &document)
        }
        "ip_entity" => entity(&ip),
        "display_alert_timeline" => reply::view(name, &Document::of(ip.timeline("alert_timeline")?)),
        "netflow_total_by_protocol" => reply::table(call, name, ip.table("az_network_flows_timeline")?, now(&ip)),
        _ => match find_property(name)?.kind {
            PropertyKind::Timeline => reply::view(name, &Document::of(ip.timeline(name)?)),
            _ => reply::table(call, name, ip.table(name)?, now(&ip)),
        },
    })
}

/// The address with its fields as values.
fn entity(ip: &IpSummary) -> Value {
    let hosts: Vec<&str> = ip.hosts.iter().map(|host| host.name.as_str()).collect();
    let mut properties = vec![
        ("Address", "string", ip.request.address.to_string()),
        ("Type", "string", ip.kind.name().to_owned()),
        ("Origin", "string", ip.origin().to_owned()),
    ];
    if let Some(country) = ip.country {
        properties.push(("CountryCode", "string", country.code.to_owned()));
        properties.push(("CountryName", "string", country.name.to_owned()));
    }
    for (name, value) in ip.facts() {
        if name != "Country" {
            properties.push((name, "string", value));
        }
    }
    properties.push(("Hosts", "dynamic", serde_json::json!(hosts).to_string()));
    let properties = properties.into_iter().map(|(name, kind, value)| {
        Value::map().with("name", Value::str(name)).with("type", Value::str(kind)).with("value", Value::Str(value))
    });
    let properties = properties.collect();
    reply::content(&Document::of(ip.entity_card()))
        .with("entity", Value::str("IpAddress"))
        .with("name", Value::Str(ip.request.address.to_string()))
        .with("properties", Value::List(properties))
}

/// `ip.table`: a table by its name.
pub fn table(call: &Call<'_>) -> Result<Value, Error> {
    let ip = call.ip()?;
    let name = call.text("name")?;
    Ok(reply::table(call, name, ip.table(name)?, now(&ip)))
}

/// `ip.view_events`
pub fn view_events(call: &Call<'_>) -> Result<Value, Error> {
    let name = call.text("table")?;
    let table = call.ip()?.table(name)?;
    Ok(reply::view(name, &events(&table, &call.texts("columns")?)?))
}

/// `ip.help`
pub fn help(call: &Call<'_>) -> Result<Value, Error> {
    let method = call.text("method")?;
    Ok(reply::view(method, &property::help(PROPERTIES, METHODS, "ip", method)?))
}

/// The workspace's present, for queries on the tables of the summary.
fn now(ip: &IpSummary) -> Option<i64> {
    ip.workspace().provider.now().ok()
}
