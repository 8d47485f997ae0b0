//! The column types of known tables.
//!
//! Files carry fewer types than Log Analytics has: a CSV file has only text, and Parquet exports often hold dynamic columns as text and
//! `int` as 64 bits. For tables of Microsoft Sentinel the types come from `data/schema.json` (from the Azure Monitor table reference,
//! <https://learn.microsoft.com/azure/azure-monitor/reference/tables-index>), for others from a file `schema.json` of the same form in
//! the workspace folder.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kql::KqlType;

pub(crate) const EMBEDDED: &str = include_str!("../../../data/schema.json");

/// Column types by table and column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    tables: BTreeMap<String, BTreeMap<String, KqlType>>,
}

impl Schema {
    /// The types of the tables of Microsoft Sentinel that this crate knows.
    pub fn known() -> &'static Self {
        static KNOWN: OnceLock<Schema> = OnceLock::new();
        // The text is part of the program, and a test reads it: it cannot fail to parse at run time.
        KNOWN.get_or_init(|| Self::parse(EMBEDDED).unwrap_or_default())
    }

    /// Reads `{"Table": {"Column": "type", …}, …}` with the type names of KQL.
    ///
    /// # Errors
    /// A sentence that says what is not as it should be.
    ///
    /// ```
    /// let schema = local::Schema::parse(r#"{"Proxy_CL": {"Bytes_d": "real"}}"#).unwrap();
    /// assert_eq!(schema.column("Proxy_CL", "Bytes_d"), Some(kql::KqlType::Real));
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|e| format!("it is not a JSON object of tables: {e}"))?;
        let mut tables = BTreeMap::new();
        for (table, columns) in raw {
            let columns = columns
                .as_object()
                .ok_or_else(|| format!("{table} has to be an object of column names and KQL types"))?;
            let mut types = BTreeMap::new();
            for (column, ty) in columns {
                let name = ty.as_str().unwrap_or_default();
                let ty = KqlType::parse(name)
                    .ok_or_else(|| format!("{table}.{column} has the type {ty}, which is not a KQL type"))?;
                types.insert(column.clone(), ty);
            }
            tables.insert(table, types);
        }
        Ok(Self { tables })
    }

    /// The type of a column, if it is known. `TimeGenerated` is a datetime in every table.
    pub fn column(&self, table: &str, column: &str) -> Option<KqlType> {
        let known = self.tables.get(table).and_then(|t| t.get(column)).copied();
        known.or_else(|| (column == "TimeGenerated").then_some(KqlType::DateTime))
    }

    /// Whether any type of this table is known.
    pub fn has_table(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// The names of the tables, sorted.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Names and types of a table's columns, sorted by name.
    pub fn columns(&self, table: &str) -> impl Iterator<Item = (&str, KqlType)> {
        self.tables.get(table).into_iter().flatten().map(|(name, ty)| (name.as_str(), *ty))
    }

    /// Adds the tables of `other`; its types win.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        for (table, columns) in other.tables {
            self.tables.entry(table).or_default().extend(columns);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_embedded_schema_is_read() {
        Schema::parse(EMBEDDED).unwrap();
        let schema = Schema::known();
        assert_eq!(schema.column("SigninLogs", "LocationDetails"), Some(KqlType::Dynamic));
        assert_eq!(schema.column("AADNonInteractiveUserSignInLogs", "LocationDetails"), Some(KqlType::String));
        assert_eq!(schema.column("SecurityEvent", "EventID"), Some(KqlType::Int));
        assert_eq!(schema.column("Unheard_CL", "TimeGenerated"), Some(KqlType::DateTime));
        assert_eq!(schema.column("Unheard_CL", "Other"), None);
    }

    #[test]
    fn a_wrong_type_is_named() {
        let error = Schema::parse(r#"{"T": {"A": "text"}}"#).unwrap_err();
        assert_eq!(error, r#"T.A has the type "text", which is not a KQL type"#);
    }

    #[test]
    fn the_types_of_the_workspace_win() {
        let own = Schema::parse(r#"{"SigninLogs": {"ResultType": "int"}}"#).unwrap();
        let schema = Schema::known().clone().with(own);
        assert_eq!(schema.column("SigninLogs", "ResultType"), Some(KqlType::Int));
        assert_eq!(schema.column("SigninLogs", "DurationMs"), Some(KqlType::Long));
    }
}
