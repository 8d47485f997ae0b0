//! A folder of table files as a workspace.

use std::collections::BTreeMap;
use std::path::Path;

use kql::{KqlType, Value};
use kql_polars::{Catalog, KqlTable, Options, Scoped, TimeScope};

use super::completed::Completed;
use super::{Ask, Provider, TableInfo};
use crate::error::{Error, ErrorCode};
use crate::limits::options;

/// A folder of table files.
#[derive(Debug)]
pub struct LocalProvider {
    folder: local::Workspace,
}

impl LocalProvider {
    /// Opens the folder.
    ///
    /// # Errors
    /// When it is not a folder with tables.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { folder: local::Workspace::open(path).map_err(|e| Error::new(ErrorCode::Io, e.to_string()))? })
    }

    /// With this present in place of its newest row, if there is one.
    #[must_use]
    pub fn with_now(mut self, now: Option<i64>) -> Self {
        if let Some(now) = now {
            self.folder = self.folder.with_now(now);
        }
        self
    }

    /// The folder.
    pub fn folder(&self) -> &local::Workspace {
        &self.folder
    }
}

impl Provider for LocalProvider {
    fn describe(&self) -> String {
        if self.is_demo() { "demo data".to_owned() } else { format!("local folder {}", self.folder.path().display()) }
    }

    fn is_demo(&self) -> bool {
        local::demo_path().is_ok_and(|demo| demo == self.folder.path())
    }

    fn now(&self) -> Result<i64, Error> {
        Ok(Catalog::now(&self.folder).unwrap_or_else(kql::time::now_ticks))
    }

    fn table_names(&self) -> Result<Vec<String>, Error> {
        Ok(self.folder.table_names())
    }

    fn tables(&self) -> Result<Vec<TableInfo>, Error> {
        Ok(self
            .folder
            .table_infos()
            .into_iter()
            .map(|info| TableInfo {
                name: info.name,
                rows: info.rows,
                columns: info.columns.len(),
                time_range: info.time_range,
                note: info.note,
            })
            .collect())
    }

    fn time_problem(&self, table: &str) -> Option<String> {
        let info = self.folder.table_info(table).filter(|info| !info.columns.is_empty())?;
        match info.columns.iter().find(|(name, _)| name == "TimeGenerated") {
            None => Some(format!("the table {table} has no column TimeGenerated")),
            Some((_, KqlType::DateTime)) => None,
            Some((_, ty)) => {
                Some(format!("the column TimeGenerated of the table {table} holds no times: its type is {ty}"))
            }
        }
    }

    fn ask(&self, text: &str, params: &BTreeMap<String, Value>, ask: &Ask) -> Result<KqlTable, kql::Error> {
        if ask.resource.is_some() || !ask.workspaces.is_empty() {
            let what = if ask.resource.is_some() { "asked of a resource" } else { "asked of other workspaces, too" };
            return Err(kql::Error::bare(
                kql::ErrorKind::Unsupported,
                format!("a query of a folder of table files cannot be {what}"),
            )
            .with_help("connect to the other workspace as well, and join the results"));
        }
        let options = Options { timeout: ask.timeout, ..options() };
        let completed = Completed { folder: &self.folder, text };
        let catalog: &dyn Catalog = if ask.library { &completed } else { &self.folder };
        let Some((start, end)) = ask.range else { return kql_polars::run(text, catalog, params, &options) };
        let times = vec![TimeScope { column: "TimeGenerated".to_owned(), from: Some(start), to: Some(end) }];
        kql_polars::run(text, &Scoped { catalog, times, resource: None, now: None }, params, &options)
    }
}
