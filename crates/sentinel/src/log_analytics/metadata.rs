//! The tables of a workspace.
//!
//! Source: <https://learn.microsoft.com/rest/api/loganalytics/dataaccess/metadata/get>

use kql::KqlType;
use serde_json::Value as Json;

use crate::fault::{Fault, FaultKind};

/// A table of a workspace or a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// Its name.
    pub name: String,
    /// What it holds, if the service says so.
    pub description: String,
    /// Its columns. A type that is not known here is read as text.
    pub columns: Vec<(String, KqlType)>,
}

/// The tables of a workspace or a database, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Sorted by name.
    pub tables: Vec<TableSchema>,
}

impl Schema {
    /// The table of this name; case matters.
    pub fn table(&self, name: &str) -> Option<&TableSchema> {
        self.tables.binary_search_by(|table| table.name.as_str().cmp(name)).ok().and_then(|at| self.tables.get(at))
    }

    /// Sorted, each name once.
    pub fn from_tables(mut tables: Vec<TableSchema>) -> Self {
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        tables.dedup_by(|a, b| a.name == b.name);
        Self { tables }
    }
}

/// The tables of a metadata answer.
///
/// # Errors
/// When it is none.
pub fn read(json: &Json) -> Result<Schema, Fault> {
    let wrong = |what: &str| {
        Fault::new(FaultKind::Service, format!("the list of tables cannot be read: {what}"))
            .with_help("check the endpoint in the configuration: what answers there may be no query service")
    };
    let tables = json.get("tables").and_then(Json::as_array).ok_or_else(|| wrong("there are no tables in it"))?;
    let text = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut read = Vec::new();
    for table in tables {
        let name = text(table, "name");
        if name.is_empty() {
            return Err(wrong("a table has no name"));
        }
        let columns = table.get("columns").and_then(Json::as_array).into_iter().flatten();
        let columns = columns
            .map(|column| (text(column, "name"), KqlType::parse(&text(column, "type")).unwrap_or(KqlType::String)))
            .collect();
        read.push(TableSchema { name, description: text(table, "description"), columns });
    }
    Ok(Schema::from_tables(read))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn tables_are_found_by_name() {
        let schema = read(&json!({"tables": [
            {"id": "1", "name": "Syslog", "columns": [{"name": "TimeGenerated", "type": "datetime"}, {"name": "X", "type": "odd"}]},
            {"id": "2", "name": "Heartbeat", "description": "d"},
        ]}))
        .unwrap();
        assert_eq!(schema.tables.len(), 2);
        assert_eq!(schema.table("Syslog").unwrap().columns[1], ("X".to_owned(), KqlType::String));
        assert_eq!(schema.table("syslog"), None);
    }

    #[test]
    fn what_is_no_list_of_tables_is_said() {
        let fault = read(&json!({"tables": [{}]})).unwrap_err();
        assert_eq!(fault.message, "the list of tables cannot be read: a table has no name");
        assert!(read(&json!([])).is_err());
    }
}
