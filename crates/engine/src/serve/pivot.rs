//! Requests that pivot a column of a table, once or in steps.

use std::sync::Arc;

use entity_explorer::wire::Value;
use kql_polars::KqlTable;

use super::call::Call;
use super::session::NamedTable;
use super::{entity, reply, table};
use crate::enrichment::Lookup;
use crate::error::{Error, ErrorCode};
use crate::notebooklet::plural;
use crate::pivot::{self, Join, Limits, LookupPivot, Pipeline, Request, Step, StepKind};
use crate::workspace::Workspace;

fn workspace_of(table: &NamedTable) -> Result<Arc<Workspace>, Error> {
    table.workspace.clone().ok_or_else(|| {
        Error::bad_input(format!("the table {} does not come from a workspace, so there is none to ask", table.title))
            .with_help("pivot a result of a query, or of a summary")
    })
}

/// A limit that the notebook gives; 0 or nothing for the usual one.
fn limit(call: &Call<'_>) -> Result<Option<usize>, Error> {
    match call.value("limit") {
        Value::Null => Ok(None),
        _ => Ok(Some(call.count("limit")?).filter(|n| *n > 0)),
    }
}

struct Asked<'a> {
    name: &'a str,
    column: &'a str,
    join: Join,
    limit: Option<usize>,
}

fn one(
    call: &Call<'_>,
    workspace: &Workspace,
    source: &KqlTable,
    asked: &Asked<'_>,
    window: (i64, i64),
) -> Result<KqlTable, Error> {
    if let Some(lookup) = LookupPivot::find(asked.name) {
        call.progress(&format!("{} for the column {} of {}", lookup.name, asked.column, plural(source.rows(), "row")));
        let progress = |text: &str| call.progress(text);
        let column = Lookup { limit: asked.limit, progress: &progress, ..Lookup::new(source, asked.column) };
        return lookup.run(workspace, &column, asked.join);
    }
    let pivot = pivot::find(None, asked.name)?;
    let mut limits = Limits::of(&pivot);
    limits.values = asked.limit.unwrap_or(limits.values);
    call.progress(&format!("{} for the column {} of {}", pivot.query.name, asked.column, plural(source.rows(), "row")));
    let request = Request { table: source, column: asked.column, pivot, join: asked.join, window, limits };
    pivot::run(workspace, &request, &|text| call.progress(text))
}

/// `table.pivot`
pub fn run(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let workspace = workspace_of(&table)?;
    let window = entity::window(call, &workspace)?;
    let asked = Asked {
        name: call.text("name")?,
        column: call.text("column")?,
        join: Join::parse(call.text("join")?)?,
        limit: limit(call)?,
    };
    let result = one(call, &workspace, &table.table, &asked, window)?;
    Ok(reply::table(call, &format!("{} by {}", asked.name, asked.column), result, table.now))
}

/// `table.pipeline`: steps one after the other. The reply has the table of each.
pub fn pipeline(call: &Call<'_>) -> Result<Value, Error> {
    let table = call.table()?;
    let workspace = workspace_of(&table)?;
    let window = entity::window(call, &workspace)?;
    let pipeline = match call.value("yaml") {
        Value::Str(text) => Pipeline::parse(text, call.value("name").as_str())?,
        _ => Pipeline { name: "pipeline".to_owned(), description: String::new(), steps: steps(call)? }.checked()?,
    };
    let mut current = Arc::clone(&table);
    let mut outputs = Vec::new();
    for (number, step) in pipeline.steps.iter().enumerate() {
        call.progress(&format!("Step {} of {}: {}", number + 1, pipeline.steps.len(), step.name));
        let failed = |error: Error| Error {
            message: format!("step {} ({}) of {}: {}", number + 1, step.name, pipeline.name, error.message),
            ..error
        };
        let result = match &step.kind {
            StepKind::Kql(text) => table::apply_text(&current, text).map_err(failed)?,
            StepKind::Pivot { pivot, column, join, limit } => {
                let asked = Asked { name: pivot, column, join: *join, limit: *limit };
                one(call, &workspace, &current.table, &asked, window).map_err(failed)?
            }
        };
        let named =
            NamedTable { title: step.name.clone(), table: result, now: table.now, workspace: table.workspace.clone() };
        current = Arc::new(named);
        outputs.push(reply::kept(call, Arc::clone(&current)));
    }
    Ok(Value::map().with("name", Value::Str(pipeline.name)).with("steps", Value::List(outputs)))
}

/// The steps of a pipeline that a notebook chains.
fn steps(call: &Call<'_>) -> Result<Vec<Step>, Error> {
    let wrong = || Error::new(ErrorCode::BadInput, "the request's `steps` is not a list of steps");
    let mut steps = Vec::new();
    for (number, step) in call.value("steps").as_list().ok_or_else(wrong)?.iter().enumerate() {
        let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = match step.get("kql").and_then(Value::as_str) {
            Some(kql) => StepKind::Kql(kql.to_owned()),
            None => StepKind::Pivot {
                pivot: text("pivot"),
                column: text("column"),
                join: Join::parse(&text("join"))?,
                limit: step
                    .get("limit")
                    .and_then(Value::as_i64)
                    .and_then(|n| usize::try_from(n).ok())
                    .filter(|n| *n > 0),
            },
        };
        let name = Some(text("name")).filter(|n| !n.is_empty()).unwrap_or_else(|| format!("step {}", number + 1));
        steps.push(Step { name, kind });
    }
    Ok(steps)
}
