//! The pivots of a kind of entity as a table.

use kql::{KqlType, Value};
use kql_polars::KqlTable;

use super::find::{Pivot, all};
use super::kind::EntityKind;
use super::lookup::LookupPivot;
use crate::error::Error;
use crate::small::{small_table, texts};

/// The method of a workspace for an entity.
fn method(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Account => "account",
        EntityKind::IpAddress => "ip",
        EntityKind::Host => "host",
        EntityKind::Url => "url",
        EntityKind::Dns => "dns",
        EntityKind::FileHash => "file_hash",
        EntityKind::SecurityAlert => "alert",
    }
}

/// A line of code that asks about an entity.
pub fn example(pivot: &Pivot) -> String {
    let (kind, name) = (pivot.kind, &pivot.query.name);
    format!("workspace.{}({:?}).query({name:?})?", method(kind), kind.example())
}

/// A row of the table.
struct Listed {
    pivot: String,
    description: String,
    example: String,
    query: String,
    tables: String,
    here: bool,
    takes_column: bool,
}

/// The pivots: name, query, tables, whether the workspace has them, whether one query takes a whole column, description and an example line. The
/// look-ups come first; they have no tables.
///
/// # Errors
/// When a query file is not KQL.
pub fn table(kind: EntityKind, tables: &[String]) -> Result<KqlTable, Error> {
    let lookups = LookupPivot::all(kind).map(|lookup| Listed {
        pivot: format!("{kind}.{}", lookup.name),
        description: lookup.description.to_owned(),
        example: format!("workspace.{}({:?}).{}()?", method(kind), kind.example(), lookup.name),
        query: lookup.name.to_owned(),
        tables: String::new(),
        here: true,
        takes_column: true,
    });
    let queries = all(kind)?;
    let queries = queries.iter().map(|pivot| Listed {
        pivot: format!("{kind}.{}", pivot.short_name()),
        description: pivot.query.description.clone(),
        example: example(pivot),
        query: pivot.query.name.clone(),
        tables: pivot.query.tables.join(", "),
        here: pivot.query.tables.iter().all(|table| tables.contains(table)),
        takes_column: pivot.takes_list(),
    });
    let listed: Vec<Listed> = lookups.chain(queries).collect();
    let column = |text: fn(&Listed) -> &str| texts(listed.iter().map(|row| text(row).to_owned()));
    small_table(vec![
        ("Pivot", KqlType::String, column(|row| &row.pivot)),
        ("Description", KqlType::String, column(|row| &row.description)),
        ("Example", KqlType::String, column(|row| &row.example)),
        ("Query", KqlType::String, column(|row| &row.query)),
        ("Tables", KqlType::String, column(|row| &row.tables)),
        ("InWorkspace", KqlType::Bool, listed.iter().map(|row| Value::Bool(row.here)).collect()),
        ("TakesColumn", KqlType::Bool, listed.iter().map(|row| Value::Bool(row.takes_column)).collect()),
    ])
}
