//! Requests for a query of the library.

use std::collections::BTreeMap;

use entity_explorer::wire::Value;
use kql::Value as Kql;
use render::Document;

use super::call::Call;
use super::{reply, values};
use crate::error::Error;
use crate::queries::{self, QueryFile};
use crate::workspace::Workspace;

/// What a request says about a query: which, the values of its parameters, the span of time.
struct Asked {
    query: &'static QueryFile,
    given: BTreeMap<String, Kql>,
    window: Option<(i64, i64)>,
}

fn asked(call: &Call<'_>, workspace: &Workspace) -> Result<Asked, Error> {
    let query = queries::find(call.text("name")?)?;
    let mut given = BTreeMap::new();
    if let Value::Map(params) = call.value("params") {
        for (name, value) in params {
            given.insert(name.clone(), values::param(name, value)?);
        }
    }
    let window = match call.value("timespan") {
        Value::Null => None,
        timespan => Some(values::window(timespan, workspace.provider.now()?)?),
    };
    Ok(Asked { query, given, window })
}

/// `workspace.query.run`
pub fn run(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let asked = asked(call, &workspace)?;
    let table = workspace.run_query(asked.query, &asked.given, asked.window)?;
    Ok(reply::table(call, &asked.query.name, table, Some(workspace.provider.now()?)))
}

/// `workspace.query.text`
pub fn text(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let asked = asked(call, &workspace)?;
    let values = queries::bind(asked.query, &asked.given, asked.window)?;
    let text = kql::literal::with_values(&asked.query.text, &values)
        .map_err(|error| Error::query(&asked.query.name, &asked.query.text, &error))?;
    Ok(reply::view(&asked.query.name, &Document::of(text)))
}
