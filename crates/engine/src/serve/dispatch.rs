//! Which method of the engine answers a request: one table of names.

use entity_explorer::wire::Value;

use super::call::Call;
use super::{account, enrich, entity, explorer, ip, pivot, query, table, workspace};
use crate::error::Error;

type Method = fn(&Call<'_>) -> Result<Value, Error>;

const METHODS: &[(&str, Method)] = &[
    ("explorer.info", explorer::info),
    ("explorer.status", explorer::status),
    ("explorer.workspaces", explorer::workspaces),
    ("explorer.connect", explorer::connect),
    ("explorer.connect_str", explorer::connect_str),
    ("workspace.display", workspace::display),
    ("workspace.tables", workspace::tables),
    ("workspace.queries", workspace::queries),
    ("workspace.kql", workspace::kql),
    ("workspace.query.run", query::run),
    ("workspace.query.text", query::text),
    ("workspace.pivots", entity::pivots),
    ("entity.card", entity::card),
    ("entity.display", entity::display),
    ("entity.query", entity::query),
    ("entity.geoip", entity::geoip),
    ("entity.whois", entity::whois),
    ("entity.threat_intel", entity::threat_intel),
    ("entity.passive_dns", entity::passive_dns),
    ("workspace.account_summary", account::run),
    ("workspace.ip_summary", ip::run),
    ("table.display", table::display),
    ("table.rows", table::rows),
    ("table.head", table::head),
    ("table.tail", table::tail),
    ("table.sample", table::sample),
    ("table.select", table::select),
    ("table.sort", table::sort),
    ("table.distinct", table::distinct),
    ("table.kql", table::kql),
    ("table.schema", table::schema),
    ("table.describe", table::describe),
    ("table.view_events", table::view_events),
    ("table.geoip", enrich::geoip),
    ("table.whois", enrich::whois),
    ("table.threat_intel", enrich::threat_intel),
    ("table.browse_ti_results", enrich::browse_ti_results),
    ("table.pivot", pivot::run),
    ("table.pipeline", pivot::pipeline),
    ("table.geoip_map", table::geoip_map),
    ("table.write", table::write),
    ("account.display", account::display),
    ("account.get", account::get),
    ("account.table", account::table),
    ("account.select", account::select),
    ("account.select_newest", account::select_newest),
    ("account.get_additional_data", account::get_additional_data),
    ("account.view_events", account::view_events),
    ("account.help", account::help),
    ("ip.display", ip::display),
    ("ip.get", ip::get),
    ("ip.table", ip::table),
    ("ip.view_events", ip::view_events),
    ("ip.help", ip::help),
];

/// Runs a request.
///
/// # Errors
/// What its method gives, or that there is no such method.
pub fn run(method: &str, call: &Call<'_>) -> Result<Value, Error> {
    match METHODS.iter().find(|(name, _)| *name == method) {
        Some((_, run)) => run(call),
        None => Err(Error::unknown("request", method, METHODS.iter().map(|(name, _)| *name)).with_help(
            "the notebook's crate is newer than the engine: build the engine again with `cargo build --release`",
        )),
    }
}
