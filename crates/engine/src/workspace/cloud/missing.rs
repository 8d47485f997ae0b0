//! Tables that a workspace does not have.

use std::collections::BTreeSet;

use kql::{Error as KqlError, ErrorKind, KqlType};
use sentinel::Fault;
use sentinel::log_analytics::{Schema, TableSchema};

/// A statement that gives a standard table without rows this name: a workspace that never got data of a kind lacks its table, and what was not logged
/// is no mistake of the query. `None` for tables that are not standard.
pub fn as_empty(name: &str) -> Option<String> {
    let standard = local::Schema::known();
    if !standard.has_table(name) {
        return None;
    }
    let mut columns: BTreeSet<(&str, KqlType)> = standard.columns(name).collect();
    // Every table has these.
    for (column, ty) in [("TimeGenerated", KqlType::DateTime), ("TenantId", KqlType::String), ("Type", KqlType::String)]
    {
        if !columns.iter().any(|(known, _)| *known == column) {
            columns.insert((column, ty));
        }
    }
    let declared: Vec<String> = columns.iter().map(|(column, ty)| format!("['{column}']: {ty}")).collect();
    Some(format!("let {name} = datatable({}) [];\n", declared.join(", ")))
}

/// A name that is no table, with the names that it may have meant.
pub fn unknown(name: &str, fault: &Fault, schema: Option<&Schema>) -> KqlError {
    let names = schema.map(|schema| schema.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>());
    let help = names.and_then(|names| kql_polars::suggest::did_you_mean(name, names));
    KqlError {
        kind: ErrorKind::UnknownName,
        span: None,
        message: fault.message.clone(),
        help: help.or_else(|| Some("workspace.tables() lists the tables it has".to_owned())),
    }
}

/// The standard tables, for a workspace that does not tell its own.
pub fn standard_schema() -> Schema {
    let standard = local::Schema::known();
    let table = |name: &str| TableSchema {
        name: name.to_owned(),
        description: "may be there: the workspace does not allow its tables to be listed".to_owned(),
        columns: standard.columns(name).map(|(column, ty)| (column.to_owned(), ty)).collect(),
    };
    Schema::from_tables(standard.table_names().map(table).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_standard_table_is_there_without_rows() {
        let text = format!(
            "{}SigninLogs | where UserPrincipalName has 'a' | summarize count() by Type",
            as_empty("SigninLogs").unwrap()
        );
        let table = kql_polars::run(&text, &kql_polars::NoTables, &Default::default(), &Default::default()).unwrap();
        assert_eq!(table.rows(), 0);
        assert_eq!(as_empty("Nope_CL"), None);
        assert!(standard_schema().table("SigninLogs").unwrap().columns.len() > 10);
    }
}
