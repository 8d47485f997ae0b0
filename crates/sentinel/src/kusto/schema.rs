//! The tables of a database.
//!
//! Source: <https://learn.microsoft.com/kusto/management/show-schema-database>

use kql::{KqlType, Value};
use serde_json::Value as Json;

use crate::decode::Answer;
use crate::fault::{Fault, FaultKind};
use crate::log_analytics::{Schema, TableSchema};

/// The tables and materialized views that `.show database schema as json` lists.
///
/// # Errors
/// When the answer is none of that command.
pub fn read(answer: &Answer, service: &str) -> Result<Schema, Fault> {
    let wrong = || Fault::new(FaultKind::Service, format!("the list of tables of {service} cannot be read"));
    let table = &answer.tables.first().ok_or_else(wrong)?.table;
    let json = match table.value(0, 0).map_err(|_| wrong())? {
        Value::String(text) => serde_json::from_str(&text).map_err(|_| wrong())?,
        Value::Dynamic(json) => json,
        _ => return Err(wrong()),
    };
    let mut tables = Vec::new();
    for database in json.get("Databases").and_then(Json::as_object).ok_or_else(wrong)?.values() {
        for kind in ["Tables", "ExternalTables", "MaterializedViews"] {
            for (name, table) in database.get(kind).and_then(Json::as_object).into_iter().flatten() {
                let text =
                    |json: &Json, name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
                let columns = table.get("OrderedColumns").and_then(Json::as_array).into_iter().flatten();
                let columns = columns
                    .map(|column| {
                        let ty = KqlType::parse(&text(column, "CslType")).unwrap_or(KqlType::String);
                        (text(column, "Name"), ty)
                    })
                    .collect();
                tables.push(TableSchema { name: name.clone(), description: text(table, "DocString"), columns });
            }
        }
    }
    Ok(Schema::from_tables(tables))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::decode::Decoder;

    #[test]
    fn tables_of_a_database() {
        let schema = serde_json::json!({"Databases": {"db": {"Name": "db", "Tables": {"T": {"Name": "T", "DocString": "d",
            "OrderedColumns": [{"Name": "a", "Type": "System.Int64", "CslType": "long"}]}}, "MaterializedViews": {"V": {"OrderedColumns": []}}}}});
        let answer = serde_json::json!({"Tables": [{"TableName": "Table_0", "Columns": [{"ColumnName": "DatabaseSchema", "DataType": "String"}],
            "Rows": [[schema.to_string()]]}]});
        let mut decoder = Decoder::default();
        decoder.push(answer.to_string().as_bytes()).unwrap();
        let schema = read(&decoder.finish().unwrap(), "it").unwrap();
        let names: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["T", "V"]);
        assert_eq!(schema.tables[0].columns, [("a".to_owned(), KqlType::Long)]);
    }
}
