//! Requests to a workspace.

use entity_explorer::wire::Value;
use kql::{KqlType, Value as Kql};
use render::{Document, Header, Table};

use super::call::Call;
use super::reply;
use crate::error::Error;
use crate::small::{small_table, texts};
use crate::workspace::{TableInfo, Workspace, short_time};

/// One line about a workspace.
///
/// # Errors
/// When its tables cannot be listed.
pub fn about(workspace: &Workspace) -> Result<String, Error> {
    let tables = workspace.provider.table_names()?.len();
    let now = short_time(workspace.provider.now()?);
    Ok(format!(
        "Connected to {} ({}): {tables} tables; its present is {now}",
        workspace.name,
        workspace.provider.describe()
    ))
}

/// `workspace.display`: what it is and its tables.
pub fn display(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let header = Header::new("Workspace")
        .subject(workspace.name.clone())
        .fact("Is", workspace.provider.describe())
        .fact("Present", short_time(workspace.provider.now()?));
    let tables = tables_of(&workspace.provider.tables()?)?;
    let rows = tables.rows();
    Ok(reply::content(&Document::of(header).with(Table::new(tables).page(rows))))
}

/// `workspace.tables`: a table of them.
pub fn tables(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let table = tables_of(&workspace.provider.tables()?)?;
    Ok(reply::table(call, "tables", table, Some(workspace.provider.now()?)))
}

fn tables_of(infos: &[TableInfo]) -> Result<kql_polars::KqlTable, Error> {
    let long =
        |number: Option<u64>| number.and_then(|n| i64::try_from(n).ok()).map_or(Kql::Null(KqlType::Long), Kql::Long);
    let time = |ticks: Option<i64>| ticks.map_or(Kql::Null(KqlType::DateTime), Kql::DateTime);
    small_table(vec![
        ("Table", KqlType::String, texts(infos.iter().map(|info| info.name.clone()))),
        ("Rows", KqlType::Long, infos.iter().map(|info| long(info.rows)).collect()),
        ("Columns", KqlType::Long, infos.iter().map(|info| long(u64::try_from(info.columns).ok())).collect()),
        ("From", KqlType::DateTime, infos.iter().map(|info| time(info.time_range.map(|range| range.0))).collect()),
        ("To", KqlType::DateTime, infos.iter().map(|info| time(info.time_range.map(|range| range.1))).collect()),
        ("Note", KqlType::String, texts(infos.iter().map(|info| info.note.clone().unwrap_or_default()))),
    ])
}

/// `workspace.queries`: the query library as a table.
pub fn queries(call: &Call<'_>) -> Result<Value, Error> {
    let all = crate::queries::all()?;
    let params = |query: &crate::queries::QueryFile| {
        let shown = query
            .params
            .iter()
            .map(|p| format!("{}: {}{}", p.name, p.ty, if p.has_default { " (optional)" } else { "" }));
        shown.collect::<Vec<_>>().join(", ")
    };
    let mut table = small_table(vec![
        ("Query", KqlType::String, texts(all.iter().map(|query| query.name.clone()))),
        ("Entities", KqlType::String, texts(all.iter().map(|query| query.entities.join(", ")))),
        ("Tables", KqlType::String, texts(all.iter().map(|query| query.tables.join(", ")))),
        ("Parameters", KqlType::String, texts(all.iter().map(params))),
        ("Description", KqlType::String, texts(all.iter().map(|query| query.description.clone()))),
        (
            "From",
            KqlType::String,
            texts(
                all.iter().map(|query| query.from.as_ref().map_or_else(|| "built in".to_owned(), ToString::to_string)),
            ),
        ),
    ])?;
    table.notes.extend(crate::queries::problems()?.iter().map(|problem| format!("not loaded: {problem}")));
    Ok(reply::table(call, "queries", table, None))
}

/// `workspace.kql`: any query.
pub fn kql(call: &Call<'_>) -> Result<Value, Error> {
    let workspace = call.workspace()?;
    let table = workspace.run_text(call.text("text")?)?;
    Ok(reply::table(call, "result", table, Some(workspace.provider.now()?)))
}
