//! Requests for a query of the library.

use std::collections::BTreeMap;
use std::time::Duration;

use entity_explorer::wire::Value;
use kql::Value as Kql;
use render::Document;

use super::call::Call;
use super::{reply, values};
use crate::error::Error;
use crate::queries::{self, QueryFile};
use crate::workspace::{Ask, Workspace};

/// What a request says about a query: which, the values of its parameters, the span of time, how it is asked.
struct Asked<'a> {
    what: What<'a>,
    given: BTreeMap<String, Kql>,
    window: Option<(i64, i64)>,
    ask: Ask,
}

enum What<'a> {
    Library(&'static QueryFile),
    Text(&'a str),
}

fn asked<'a>(call: &'a Call<'_>, workspace: &Workspace) -> Result<Asked<'a>, Error> {
    let what = match call.value("text") {
        Value::Str(text) => What::Text(text),
        _ => What::Library(queries::find(call.text("name")?)?),
    };
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
    let ask = Ask {
        library: matches!(what, What::Library(_)),
        // The queries of the library say themselves what the time range is for.
        range: window.filter(|_| matches!(what, What::Text(_))),
        split_by: length(call, "split_by")?,
        workspaces: match call.value("workspaces") {
            Value::Null => Vec::new(),
            _ => call.texts("workspaces")?,
        },
        resource: call.value("resource").as_str().map(str::to_owned),
        timeout: length(call, "timeout")?.map(|ticks| Duration::from_nanos(ticks.unsigned_abs().saturating_mul(100))),
        fresh: matches!(call.value("fresh"), Value::Bool(true)),
        ..Ask::default()
    };
    Ok(Asked { what, given, window, ask })
}

/// A length of time in ticks, if it is given.
fn length(call: &Call<'_>, name: &str) -> Result<Option<i64>, Error> {
    match call.value(name) {
        Value::Null => Ok(None),
        Value::Int(ticks) if *ticks > 0 => Ok(Some(*ticks)),
        _ => Err(Error::bad_input(format!("the request's `{name}` is not a length of time"))),
    }
}

/// `workspace.query.run`
pub fn run(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let asked = asked(call, &workspace)?;
    let (title, table) = match asked.what {
        What::Library(query) => {
            (query.name.as_str(), workspace.ask_query(query, &asked.given, asked.window, &asked.ask)?)
        }
        What::Text(text) => ("result", workspace.ask_text(text, &asked.given, &asked.ask)?),
    };
    Ok(reply::table(call, title, table, Some(workspace.provider.now()?)))
}

/// `workspace.query.text`
pub fn text(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let asked = asked(call, &workspace)?;
    let of_text;
    let query = match asked.what {
        What::Library(query) => query,
        What::Text(text) => {
            of_text = QueryFile::parse("query", text)?;
            &of_text
        }
    };
    let values = queries::bind(query, &asked.given, asked.window)?;
    let text = kql::literal::with_values(&query.text, &values)
        .map_err(|error| Error::query(&query.name, &query.text, &error))?;
    Ok(reply::view(&query.name, &Document::of(text)))
}
