//! Management commands: those that clients ask to find out what there is. Every other one is refused by name.
//!
//! Source: <https://learn.microsoft.com/kusto/management/>

use std::collections::BTreeMap;
use std::sync::Arc;

use kql::{Error, KqlType};
use kql_polars::typed::polars_type;
use kql_polars::{Catalog, KqlTable, SourceColumn, TableSource, Tables};
use polars::prelude::{Column, DataFrame, IntoLazy, NamedFrom, Series};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::commands::{self, Command};
use super::v1::net_type;
use crate::app::App;
use crate::workspaces::Hosted;

/// Why a command gives nothing.
#[derive(Debug)]
pub enum Problem {
    /// The command is none, or none that is known here.
    Command(String),
    /// A database that there is none of.
    Database(String),
    /// The query behind it fails, or a table cannot be read.
    Query(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Query(error)
    }
}

/// Runs a command in a database.
///
/// # Errors
/// See [`Problem`].
pub fn run(app: &App, database: &Arc<Hosted>, text: &str) -> Result<KqlTable, Problem> {
    let Command { words, query } = commands::read(text).map_err(Problem::Command)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let find = |name: &str| app.workspaces.find(name).cloned().ok_or_else(|| Problem::Database(name.to_owned()));
    let result = match lower.as_slice() {
        [".show", "databases"] => databases(app.workspaces.all(), database),
        [".show", "database"] => databases(std::slice::from_ref(database), database),
        [".show", "version"] => version(),
        [".show", "functions"] => functions(),
        [".show", "tables"] => tables(database, &[]),
        [".show", "tables", "(", .., ")"] => tables(database, &list(&words[3..words.len() - 1])),
        [".show", "schema"] | [".show", "database", "schema"] => schema(database)?,
        [".show", "schema", "as", "json"] | [".show", "database", "schema", "as", "json"] => {
            schema_json(std::slice::from_ref(database))?
        }
        [".show", "databases", "schema", "as", "json"] => schema_json(app.workspaces.all())?,
        [".show", "database", _, "schema"] => schema(&*find(words[2])?)?,
        [".show", "database", _, "schema", "as", "json"] => schema_json(&[find(words[2])?])?,
        [".show", "databases", "(", .., ")", "schema", "as", "json"] => {
            let names = list(&words[3..words.len() - 4]);
            schema_json(&names.into_iter().map(find).collect::<Result<Vec<_>, _>>()?)?
        }
        [".show", "table", _, "cslschema"] => table_schema(database, words[2], false)?,
        [".show", "table", _, "schema", "as", "json"] => table_schema(database, words[2], true)?,
        [".cancel", "query", _, ..] => cancel(app, words[2]),
        _ => {
            return Err(Problem::Command(format!(
                "the command {:?} is not known to this server. It knows .show databases, .show database [NAME] schema [as json], .show tables, .show table NAME cslschema, .show table NAME schema as json, .show functions, .show version and .cancel query ID",
                text.trim().chars().take(200).collect::<String>()
            )));
        }
    };
    match query {
        None => Ok(result),
        Some(query) => Ok(applied(result, &query)?),
    }
}

/// The words between parentheses, without commas.
fn list<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words.iter().copied().filter(|w| *w != ",").collect()
}

/// A table of text and truth values.
enum Cells {
    Text(Vec<String>),
    Bool(Vec<bool>),
    Guid(Vec<String>),
}

fn made(columns: Vec<(&str, Cells)>) -> KqlTable {
    let mut described = Vec::with_capacity(columns.len());
    let mut held = Vec::with_capacity(columns.len());
    let mut rows = 0;
    for (name, cells) in columns {
        let (ty, series) = match cells {
            Cells::Text(values) => (KqlType::String, Series::new(name.into(), values)),
            Cells::Guid(values) => (KqlType::Guid, Series::new(name.into(), values)),
            Cells::Bool(values) => (KqlType::Bool, Series::new(name.into(), values)),
        };
        rows = series.len();
        described.push(kql_polars::table::Column { name: name.to_owned(), ty });
        held.push(Column::from(series));
    }
    let frame = DataFrame::new(rows, held).unwrap_or_default();
    KqlTable { columns: described, frame, notes: Vec::new(), render: None }
}

/// A table of one column for each name, from rows of text.
fn texts<const N: usize>(names: [&str; N], rows: Vec<[String; N]>) -> KqlTable {
    let mut columns: [Vec<String>; N] = std::array::from_fn(|_| Vec::with_capacity(rows.len()));
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell);
        }
    }
    made(names.into_iter().zip(columns).map(|(name, cells)| (name, Cells::Text(cells))).collect())
}

fn databases(all: &[Arc<Hosted>], current: &Arc<Hosted>) -> KqlTable {
    let each = |f: &dyn Fn(&Hosted) -> String| Cells::Text(all.iter().map(|w| f(w)).collect());
    let id = |w: &Hosted| kql::types::parse_guid(&w.id).unwrap_or_else(|| Uuid::nil().to_string());
    made(vec![
        ("DatabaseName", each(&|w| w.name.clone())),
        ("PersistentStorage", each(&|_| String::new())),
        ("Version", each(&|_| "v1.0".into())),
        ("IsCurrent", Cells::Bool(all.iter().map(|w| Arc::ptr_eq(w, current)).collect())),
        ("DatabaseAccessMode", each(&|_| "ReadOnly".into())),
        ("PrettyName", each(&|_| String::new())),
        ("ReservedSlot1", Cells::Bool(vec![false; all.len()])),
        ("DatabaseId", Cells::Guid(all.iter().map(|w| id(w)).collect())),
    ])
}

fn version() -> KqlTable {
    let row = [
        env!("CARGO_PKG_VERSION").into(),
        String::new(),
        "Engine".into(),
        concat!("EntityExplorer_", env!("CARGO_PKG_VERSION")).into(),
    ];
    texts(["BuildVersion", "BuildTime", "ServiceType", "ProductVersion"], vec![row])
}

fn functions() -> KqlTable {
    texts(["Name", "Parameters", "Body", "Folder", "DocString"], Vec::new())
}

fn tables(database: &Hosted, only: &[&str]) -> KqlTable {
    let names = database.catalog.table_names().into_iter().filter(|n| only.is_empty() || only.contains(&n.as_str()));
    let rows = names.map(|name| [name, database.name.clone(), String::new(), String::new()]).collect();
    texts(["TableName", "DatabaseName", "Folder", "DocString"], rows)
}

/// The columns of a table.
fn columns(database: &Hosted, table: &str) -> Result<Vec<(String, KqlType)>, Error> {
    let source = database.catalog.table(table)?;
    Ok(source.into_iter().flat_map(|s| s.columns).map(|c| (c.name, c.ty)).collect())
}

fn net_name(ty: KqlType) -> String {
    match ty {
        KqlType::Decimal => "System.Data.SqlTypes.SqlDecimal".to_owned(),
        _ => format!("System.{}", net_type(ty)),
    }
}

fn schema(database: &Hosted) -> Result<KqlTable, Error> {
    let mut rows = Vec::new();
    let mut row = |table: &str, column: &str, ty: String, default: bool| {
        let version = if table.is_empty() { "v1.0" } else { "" };
        rows.push(([database.name.clone(), table.to_owned(), column.to_owned(), ty], default, version.to_owned()));
    };
    row("", "", String::new(), false);
    for table in database.catalog.table_names() {
        row(&table, "", String::new(), false);
        for (column, ty) in columns(database, &table)? {
            row(&table, &column, net_name(ty), false);
        }
    }
    let text = |i: usize| Cells::Text(rows.iter().map(|(texts, ..)| texts[i].clone()).collect());
    let flag = || Cells::Bool(rows.iter().map(|(_, default, _)| *default).collect());
    Ok(made(vec![
        ("DatabaseName", text(0)),
        ("TableName", text(1)),
        ("ColumnName", text(2)),
        ("ColumnType", text(3)),
        ("IsDefaultTable", flag()),
        ("IsDefaultColumn", flag()),
        ("PrettyName", Cells::Text(vec![String::new(); rows.len()])),
        ("Version", Cells::Text(rows.iter().map(|(_, _, version)| version.clone()).collect())),
    ]))
}

fn ordered(columns: &[(String, KqlType)]) -> Json {
    columns.iter().map(|(name, ty)| json!({"Name": name, "Type": net_name(*ty), "CslType": ty.name()})).collect()
}

fn schema_json(databases: &[Arc<Hosted>]) -> Result<KqlTable, Error> {
    let mut all = Map::new();
    for database in databases {
        let mut tables = Map::new();
        for table in database.catalog.table_names() {
            let columns = ordered(&columns(database, &table)?);
            tables.insert(table.clone(), json!({"Name": table, "OrderedColumns": columns}));
        }
        all.insert(
            database.name.clone(),
            json!({
                "Name": database.name, "Tables": tables, "ExternalTables": {}, "MaterializedViews": {}, "MajorVersion": 1,
                "MinorVersion": 0, "Functions": {}, "DatabaseAccessMode": "ReadOnly"
            }),
        );
    }
    Ok(texts(["DatabaseSchema"], vec![[json!({"Plugins": [], "Databases": all}).to_string()]]))
}

fn table_schema(database: &Hosted, table: &str, as_json: bool) -> Result<KqlTable, Problem> {
    if !database.catalog.table_names().iter().any(|name| name == table) {
        return Err(Problem::Command(format!(
            "Entity ID '{table}' of kind 'Table' was not found: there is no such table"
        )));
    }
    let columns = columns(database, table)?;
    let schema = if as_json {
        json!({"Name": table, "OrderedColumns": ordered(&columns)}).to_string()
    } else {
        let listed: Vec<String> = columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect();
        listed.join(",")
    };
    let row = [table.to_owned(), schema, database.name.clone(), String::new(), String::new()];
    Ok(texts(["TableName", "Schema", "DatabaseName", "Folder", "DocString"], vec![row]))
}

fn cancel(app: &App, id: &str) -> KqlTable {
    let cancelled = app.cancel(id) > 0;
    made(vec![
        ("ClientRequestId", Cells::Text(vec![id.to_owned()])),
        ("ReasonPhrase", Cells::Text(vec![String::new()])),
        ("RunningQueryCanceled", Cells::Bool(vec![cancelled])),
    ])
}

/// The result of a command with a query applied to it.
fn applied(table: KqlTable, query: &str) -> Result<KqlTable, Error> {
    const NAME: &str = "__command_result";
    let columns = table
        .columns
        .iter()
        .map(|c| SourceColumn { name: c.name.clone(), ty: c.ty, stored: polars_type(c.ty) })
        .collect();
    let source = TableSource { frame: table.frame.lazy(), columns, notes: Vec::new() };
    let catalog = Tables { tables: BTreeMap::from([(NAME.to_owned(), source)]), now: None };
    let catalog: &dyn Catalog = &catalog;
    kql_polars::run(&format!("{NAME}\n| {query}"), catalog, &BTreeMap::new(), &kql_polars::Options::default())
        // The place would be one in a text that nobody wrote.
        .map_err(|error| Error { span: None, ..error })
}
