//! A recording as a workspace: it answers what was asked when it was made.

use std::collections::BTreeMap;
use std::path::Path;

use kql::Value;
use kql_polars::KqlTable;

use super::folder::{Folder, question};
use crate::error::{Error, ErrorCode, quoted};
use crate::workspace::{Ask, Provider, TableInfo};

/// The answers of a folder.
#[derive(Debug)]
pub struct ReplayProvider {
    folder: Folder,
    /// The rows; none if no answer has any.
    tables: Option<local::Workspace>,
}

impl ReplayProvider {
    /// Opens the folder.
    ///
    /// # Errors
    /// When it is no recording.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let folder = Folder::open(path)?;
        let tables = match folder.entries.values().any(|entry| entry.table.is_some()) {
            true => Some(local::Workspace::open(path).map_err(|e| {
                Error::new(
                    ErrorCode::Io,
                    format!("the recording {} is damaged: {e}", quoted(&path.display().to_string())),
                )
                .with_help("record it again")
            })?),
            false => None,
        };
        Ok(Self { folder, tables })
    }

    /// The name of the workspace that was recorded.
    pub fn workspace(&self) -> &str {
        &self.folder.about.workspace
    }

    fn unknown(&self, text: &str, asked: &BTreeMap<String, String>) -> kql::Error {
        let path = self.folder.path().display();
        let same = self.folder.entries.keys().find(|(query, _)| query == text);
        let differs = same.and_then(|(_, recorded)| {
            let (name, value) = recorded.iter().find(|(name, value)| asked.get(*name) != Some(value))?;
            let now = asked.get(name).map_or("nothing", String::as_str);
            Some(format!("it was recorded with {name} = {value}, and is asked with {now}"))
        });
        let message = match differs {
            Some(differs) => format!("this query was recorded with other values in {path}: {differs}"),
            None => format!("this query was not recorded in {path}"),
        };
        kql::Error::bare(kql::ErrorKind::Runtime, message)
            .with_help("run it where the workspace can be reached, with --record and this folder: the answer is added")
    }
}

impl Provider for ReplayProvider {
    fn describe(&self) -> String {
        let about = &self.folder.about;
        format!("recorded answers of {} in {}", about.describe, self.folder.path().display())
    }

    fn now(&self) -> Result<i64, Error> {
        Ok(self.folder.about.now)
    }

    fn table_names(&self) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = self.tables()?.into_iter().map(|table| table.name).collect();
        names.sort();
        Ok(names)
    }

    fn tables(&self) -> Result<Vec<TableInfo>, Error> {
        Ok(self.folder.about.tables.iter().map(TableInfo::from).collect())
    }

    fn parallel(&self) -> Option<usize> {
        self.folder.about.parallel
    }

    fn ask(&self, text: &str, params: &BTreeMap<String, Value>, ask: &Ask) -> Result<KqlTable, kql::Error> {
        let question = question(text, params, ask);
        match self.folder.entries.get(&question) {
            Some(entry) => self.folder.table(entry, self.tables.as_ref()),
            None => Err(self.unknown(text, &question.1)),
        }
    }
}
