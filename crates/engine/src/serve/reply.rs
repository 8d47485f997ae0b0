//! Replies: tables as handles, documents as content to show.

use std::sync::Arc;

use entity_explorer::wire::Value;
use kql_polars::KqlTable;
use render::Document;

use super::call::Call;
use super::session::{NamedTable, Object};

/// Keeps a table, and says what the notebook has to know of it.
pub fn table(call: &Call<'_>, title: &str, table: KqlTable, now: Option<i64>) -> Value {
    kept(call, Arc::new(NamedTable { title: title.to_owned(), table, now, workspace: call.origin() }))
}

/// The same of a table that has its title already.
pub fn kept(call: &Call<'_>, named: Arc<NamedTable>) -> Value {
    let table = &named.table;
    let mut columns = Vec::new();
    for column in &table.columns {
        let kind = Value::str(column.ty.name());
        columns.push(Value::map().with("name", Value::str(&column.name)).with("type", kind));
    }
    let notes: Vec<&str> = table.notes.iter().map(String::as_str).collect();
    let reply = Value::map()
        .with("title", Value::str(&named.title))
        .with("rows", Value::Int(i64::try_from(table.rows()).unwrap_or(i64::MAX)))
        .with("columns", Value::List(columns))
        .with("notes", Value::strings(&notes));
    reply.with("handle", Value::Int(call.session.keep(Object::Table(named))))
}

/// Something to look at.
pub fn view(title: &str, document: &Document) -> Value {
    content(document).with("title", Value::str(title))
}

/// The content of a document.
pub fn content(document: &Document) -> Value {
    let content =
        Value::map().with("text/html", Value::Str(document.html())).with("text/plain", Value::Str(document.text()));
    Value::map().with("content", content)
}
