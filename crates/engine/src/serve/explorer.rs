//! Requests to the engine as a whole.

use std::sync::Arc;

use entity_explorer::protocol::VERSION;
use entity_explorer::wire::Value;
use kql::KqlType;
use render::{Document, Entity};
use sentinel::config::{Config, Problem, Severity};

use super::call::Call;
use super::session::Object;
use super::{reply, workspace};
use crate::error::Error;
use crate::small::{small_table, texts};
use crate::workspace::{connect as open, known};

/// `explorer.info`: the names of the workspaces. What is wrong with their configuration is a note: the engine is there all the same.
pub fn info(_call: &Call<'_>) -> Result<Value, Error> {
    let (names, mut notes) = match known() {
        Ok(known) => (known.into_iter().map(|workspace| workspace.name).collect(), Vec::new()),
        Err(error) => (Vec::new(), vec![error.to_string()]),
    };
    notes.extend(config_note(&Config::load(), crate::queries::problems()?));
    let strings = |texts: Vec<String>| Value::List(texts.into_iter().map(Value::Str).collect());
    Ok(Value::map().with("workspaces", strings(names)).with("notes", strings(notes)))
}

/// That something of the configuration cannot be used, if so.
fn config_note(config: &Config, queries: &[Problem]) -> Option<String> {
    let errors: Vec<&Problem> =
        config.errors().chain(queries.iter().filter(|problem| problem.severity == Severity::Error)).collect();
    let first = errors.first()?;
    let more = match errors.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!("The configuration has errors: {first}{more}. `entity-explorer config check` explains them."))
}

/// `explorer.connect_str`: opens the workspace of a connection string.
pub fn connect_str(call: &Call<'_>) -> Result<Value, Error> {
    let text = call.text("text")?;
    if !text.contains("://") {
        return Err(Error::bad_input("this is no connection string").with_help(
            "write it as loganalytics://code().tenant('TENANT').workspace('ID'); connect(\"NAME\") takes names",
        ));
    }
    opened(call, text)
}

/// `explorer.status`: about the engine.
pub fn status(call: &Call<'_>) -> Result<Value, Error> {
    let holdings = call.session.holdings();
    let mut card = Entity::new("Engine", format!("Entity Explorer {VERSION}"));
    card.push("Program", call.text("path").unwrap_or_default());
    card.push("Process", std::process::id().to_string());
    card.push("Results", format!("{} ({} tables)", holdings.results, holdings.tables));
    #[allow(clippy::cast_precision_loss, reason = "shown with one decimal")]
    card.push("Rows in memory", format!("{:.1} MB", holdings.bytes as f64 / 1e6));
    match known() {
        Ok(known) => card.push("Workspaces", known.into_iter().map(|w| w.name).collect::<Vec<_>>().join(", ")),
        Err(error) => card.push("Workspaces", error.to_string()),
    }
    Ok(reply::view("engine", &Document::of(card)))
}

/// `explorer.workspaces`: a table of them.
pub fn workspaces(call: &Call<'_>) -> Result<Value, Error> {
    let known = known()?;
    let table = small_table(vec![
        ("Name", KqlType::String, texts(known.iter().map(|w| w.name.clone()))),
        ("Kind", KqlType::String, texts(known.iter().map(|w| w.kind))),
        ("Path", KqlType::String, texts(known.iter().map(|w| w.place.clone()))),
        ("Configured", KqlType::String, texts(known.iter().map(|w| w.from.clone()))),
    ])?;
    Ok(reply::table(call, "workspaces", table, None))
}

/// `explorer.connect`: opens one.
pub fn connect(call: &Call<'_>) -> Result<Value, Error> {
    opened(call, call.text("name")?)
}

fn opened(call: &Call<'_>, name: &str) -> Result<Value, Error> {
    let opened = Arc::new(open(name)?);
    call.progress(&workspace::about(&opened)?);
    let name = Value::str(&opened.name);
    let handle = call.session.keep(Object::Workspace(opened));
    Ok(Value::map().with("name", name).with("handle", Value::Int(handle)))
}
