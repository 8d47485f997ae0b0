//! The pivots of a kind of entity as a table.

use kql::{KqlType, Value};
use kql_polars::KqlTable;

use super::find::{Pivot, all};
use super::kind::EntityKind;
use crate::error::Error;
use crate::small::{small_table, texts};

/// A line of code that asks about an entity.
pub fn example(pivot: &Pivot) -> String {
    let (kind, name) = (pivot.kind, &pivot.query.name);
    let method = match kind {
        EntityKind::Account => "account",
        EntityKind::IpAddress => "ip",
        EntityKind::Host => "host",
        EntityKind::Url => "url",
        EntityKind::Dns => "dns",
        EntityKind::FileHash => "file_hash",
        EntityKind::SecurityAlert => "alert",
    };
    format!("workspace.{method}({:?}).query({name:?})?", kind.example())
}

/// The pivots: name, query, tables, whether the workspace has them, whether one query takes a whole column, description and an example line.
///
/// # Errors
/// When a query file is not KQL.
pub fn table(kind: EntityKind, tables: &[String]) -> Result<KqlTable, Error> {
    let pivots = all(kind)?;
    let here = |pivot: &Pivot| pivot.query.tables.iter().all(|table| tables.contains(table));
    small_table(vec![
        ("Pivot", KqlType::String, texts(pivots.iter().map(|p| format!("{kind}.{}", p.short_name())))),
        ("Description", KqlType::String, texts(pivots.iter().map(|p| p.query.description.clone()))),
        ("Example", KqlType::String, texts(pivots.iter().map(example))),
        ("Query", KqlType::String, texts(pivots.iter().map(|p| p.query.name.clone()))),
        ("Tables", KqlType::String, texts(pivots.iter().map(|p| p.query.tables.join(", ")))),
        ("InWorkspace", KqlType::Bool, pivots.iter().map(|p| Value::Bool(here(p))).collect()),
        ("TakesColumn", KqlType::Bool, pivots.iter().map(|p| Value::Bool(p.takes_list())).collect()),
    ])
}
