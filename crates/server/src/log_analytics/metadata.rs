//! The schema of a workspace: `/metadata`.
//!
//! Source: <https://learn.microsoft.com/rest/api/loganalytics/metadata/get>

use std::sync::Arc;

use kql::KqlType;
use kql_polars::Catalog;
use serde_json::{Value as Json, json};

use crate::workspaces::Hosted;

/// The tables of some workspaces and their columns. A table that cannot be read is there without columns, and its description says why.
pub fn metadata(workspaces: &[Arc<Hosted>]) -> Json {
    let joined = kql_polars::Joined { catalogs: workspaces.iter().map(|w| &*w.catalog as &dyn Catalog).collect() };
    let names = joined.table_names();
    let tables: Vec<Json> = names.iter().map(|name| table(&joined, name)).collect();
    let known: Vec<Json> = workspaces
        .iter()
        .map(|w| {
            json!({
                "id": w.id,
                "resourceId": format!(
                    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/microsoft.operationalinsights/workspaces/{}",
                    w.name
                ),
                "name": w.name,
                "region": "local",
                "related": {"tables": w.catalog.table_names()},
            })
        })
        .collect();
    json!({"tables": tables, "workspaces": known})
}

fn table(catalog: &dyn Catalog, name: &str) -> Json {
    let source = match catalog.table(name) {
        Ok(Some(source)) => source,
        Ok(None) => return json!({"id": name, "name": name, "columns": []}),
        Err(error) => return json!({"id": name, "name": name, "description": error.to_string(), "columns": []}),
    };
    let columns: Vec<Json> = source.columns.iter().map(|c| json!({"name": c.name, "type": c.ty.name()})).collect();
    let mut table = json!({"id": name, "name": name, "columns": columns});
    if source.columns.iter().any(|c| c.name == "TimeGenerated" && c.ty == KqlType::DateTime) {
        table["timespanColumn"] = json!("TimeGenerated");
    }
    table
}
