//! Sign-ins, Azure operations and Office 365 operations as one table, and its summary.

use kql_polars::KqlTable;

use crate::error::Error;
use crate::rows::derive;

/// Unknown values stay: a null user type, address or application is a group of its own.
pub const AZURE_ACTIVITY_SUMMARY: &str = "
Activity
| summarize OperationCount = count(), OperationTypes = make_set(Operation), Resources = dcountif(ResourceId, isnotempty(ResourceId)),
    FirstOperation = min(TimeGenerated), LastOperation = max(TimeGenerated)
    by UserPrincipalName, Type, IPAddress, AppResourceProvider, UserType
| sort by OperationCount desc, FirstOperation asc, IPAddress asc, AppResourceProvider asc";

/// Columns that the cloud summaries need, for the case that no source has them.
const ACTIVITY_COLUMNS: &str = "
union Parts, (datatable (TimeGenerated: datetime, Source: string, UserPrincipalName: string, Operation: string, AppResourceProvider: string,
    IPAddress: string, UserAgent: string, UserType: string, ResourceId: string, Type: string) [])
| project-reorder TimeGenerated, Source, UserPrincipalName, Operation, AppResourceProvider, IPAddress, UserAgent, UserType, ResourceId, Type
| sort by TimeGenerated asc";

/// The rows of the sources together, by time, with the columns that the summaries need also where no source has them.
///
/// # Errors
/// A defect of the engine.
pub fn cloud_activity(tables: Vec<KqlTable>) -> Result<KqlTable, Error> {
    match concatenate(tables)? {
        Some(parts) => derive(ACTIVITY_COLUMNS, &[("Parts", &parts)]),
        None => derive(&ACTIVITY_COLUMNS.replace("union Parts, ", "union "), &[]),
    }
}

/// All rows of the tables, with the columns of each: as KQL's `union` does it. `None` without a table.
///
/// # Errors
/// A defect of the engine.
pub fn concatenate(mut tables: Vec<KqlTable>) -> Result<Option<KqlTable>, Error> {
    if tables.len() <= 1 {
        return Ok(tables.pop());
    }
    let names: Vec<String> = (0..tables.len()).map(|i| format!("Part{i}")).collect();
    let named: Vec<(&str, &KqlTable)> = names.iter().map(String::as_str).zip(&tables).collect();
    derive(&format!("union {}", names.join(", ")), &named).map(Some)
}
