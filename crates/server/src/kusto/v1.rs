//! Version 1 of the answers: tables, of queries and of management commands.
//!
//! Source: <https://learn.microsoft.com/kusto/api/rest/response-http>, and recorded answers in the tests of Microsoft's client azure-kusto-data.

use kql::KqlType;
use kql_polars::KqlTable;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Ids;
use super::errors::{partial, truncated};
use super::status::status;
use crate::pieces::Pieces;
use crate::query::Answer;
use crate::rows::{Dynamic, Rows};
use crate::visual;

/// The answer of a query: its rows, the properties, the status and the list of these tables.
pub fn query(answer: &Answer, deferred: bool, ids: &Ids) -> Pieces {
    let error = answer.truncation.filter(|_| !deferred);
    let mut pieces = Pieces::text(r#"{"Tables":["#);
    result(&mut pieces, &answer.table, error.map(|truncation| json!({"OneApiErrors": [partial(truncation, ids)]})));
    let properties = visual::kusto(answer.table.render.as_ref()).to_string();
    table(&mut pieces, 1, &[("Value", "string")], vec![json!([properties])]);
    let (columns, rows) = status(answer, deferred, ids);
    table(&mut pieces, 2, &columns, rows);
    let contents =
        [("Ordinal", "long"), ("Kind", "string"), ("Name", "string"), ("Id", "string"), ("PrettyName", "string")];
    let id = || Uuid::new_v4().to_string();
    let listed = vec![
        json!([0, "QueryResult", "PrimaryResult", id(), ""]),
        json!([1, "QueryProperties", "@ExtendedProperties", id(), ""]),
        json!([2, "QueryStatus", "QueryStatus", "00000000-0000-0000-0000-000000000000", ""]),
    ];
    table(&mut pieces, 3, &contents, listed);
    pieces.push("]");
    if let Some(truncation) = error {
        pieces.push(r#","Exceptions":"#);
        pieces.push_json([truncated(truncation)]);
    }
    pieces.push("}");
    pieces
}

/// The answer of a management command.
pub fn command(table: &KqlTable) -> Pieces {
    let mut pieces = Pieces::text(r#"{"Tables":["#);
    result(&mut pieces, table, None);
    pieces.push("]}");
    pieces
}

fn result(pieces: &mut Pieces, table: &KqlTable, error: Option<Json>) {
    let columns: Vec<Json> = table.columns.iter().map(|c| column(&c.name, c.ty)).collect();
    pieces.push(r#"{"TableName":"Table_0","Columns":"#);
    pieces.push_json(columns);
    pieces.push(r#","Rows":["#);
    pieces.push_rows(Rows::new(table, Dynamic::Text));
    if let Some(error) = error {
        if table.rows() > 0 {
            pieces.push(",");
        }
        pieces.push_json(error);
    }
    pieces.push("]}");
}

fn table(pieces: &mut Pieces, number: usize, columns: &[(&str, &str)], rows: Vec<Json>) {
    let columns: Vec<Json> =
        columns.iter().map(|(name, ty)| column(name, KqlType::parse(ty).unwrap_or(KqlType::String))).collect();
    pieces.push(",");
    pieces.push_json(json!({"TableName": format!("Table_{number}"), "Columns": columns, "Rows": rows}));
}

fn column(name: &str, ty: KqlType) -> Json {
    json!({"ColumnName": name, "DataType": net_type(ty), "ColumnType": ty.name()})
}

/// The type of a column in .NET. Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/>
pub fn net_type(ty: KqlType) -> &'static str {
    match ty {
        KqlType::Bool => "SByte",
        KqlType::Int => "Int32",
        KqlType::Long => "Int64",
        KqlType::Real => "Double",
        KqlType::Decimal => "SqlDecimal",
        KqlType::DateTime => "DateTime",
        KqlType::TimeSpan => "TimeSpan",
        KqlType::String => "String",
        KqlType::Dynamic => "Object",
        KqlType::Guid => "Guid",
    }
}
