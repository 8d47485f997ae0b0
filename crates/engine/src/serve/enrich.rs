//! Requests to look the values of a column up.

use entity_explorer::wire::Value;
use kql_polars::KqlTable;

use super::call::Call;
use super::reply;
use super::session::NamedTable;
use crate::enrichment::{self, Lookup};
use crate::error::Error;
use crate::workspace::Workspace;

/// `table.geoip`: with where the addresses of `column` are.
pub fn geoip(call: &Call<'_>) -> Result<Value, Error> {
    looked_up(call, enrichment::geoip)
}

/// `table.whois`: with whose the addresses of `column` are.
pub fn whois(call: &Call<'_>) -> Result<Value, Error> {
    looked_up(call, enrichment::whois)
}

/// `table.threat_intel`: with what `providers` know of the values of `column`.
pub fn threat_intel(call: &Call<'_>) -> Result<Value, Error> {
    let providers = call.texts("providers")?;
    looked_up(call, |workspace, lookup| enrichment::threat_intel(workspace, lookup, &providers))
}

/// `table.browse_ti_results`: the rows of a look-up to look at.
pub fn browse_ti_results(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    Ok(reply::view("threat intelligence", &enrichment::browse_ti_results(&table.table)?))
}

fn looked_up(
    call: &Call<'_>,
    with: impl FnOnce(Option<&Workspace>, &Lookup<'_>) -> Result<KqlTable, Error>,
) -> Result<Value, Error> {
    let table = call.table()?;
    let NamedTable { title, table, now, workspace } = &*table;
    let limit = match call.value("limit") {
        Value::Null => None,
        _ => Some(call.count("limit")?),
    };
    let fresh = matches!(call.value("fresh"), Value::Bool(true));
    let lookup = Lookup { table, column: call.text("column")?, limit, fresh, progress: &|text| call.progress(text) };
    Ok(reply::table(call, title, with(workspace.as_deref(), &lookup)?, *now))
}
