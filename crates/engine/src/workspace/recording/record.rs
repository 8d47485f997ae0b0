//! A workspace whose answers are kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use kql::Value;
use kql_polars::KqlTable;

use super::folder::{About, Folder, Question, question};
use crate::error::Error;
use crate::workspace::{Ask, Provider, TableInfo};

/// Another workspace, with a folder that gets its answers.
///
/// Its present stands still: what was asked of the last two days when it was recorded is the same question when it is replayed.
#[derive(Debug)]
pub struct RecordingProvider {
    inner: Box<dyn Provider>,
    folder: Mutex<Folder>,
    now: i64,
    parallel: Option<usize>,
}

impl RecordingProvider {
    /// Keeps the answers of `inner`, which was connected to as `name`.
    ///
    /// # Errors
    /// A folder that cannot be used; a workspace that does not say what it is.
    pub fn new(inner: Box<dyn Provider>, name: &str, path: &Path) -> Result<Self, Error> {
        let about = || About::new(name, inner.as_ref());
        let folder = Folder::create(path, about)?;
        if folder.about.workspace != name {
            return Err(Error::bad_input(format!(
                "the folder {} has answers of the workspace {}, not of {name}",
                path.display(),
                folder.about.workspace
            ))
            .with_help("name another folder"));
        }
        let (now, parallel) = (folder.about.now, folder.about.parallel);
        Ok(Self { inner, now, parallel, folder: Mutex::new(folder) })
    }

    fn kept(
        &self,
        question: Question,
        replace: bool,
        answer: Result<KqlTable, kql::Error>,
    ) -> Result<KqlTable, kql::Error> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = folder.keep(question, replace, answer.as_ref());
        match (answer, kept) {
            // An answer that is not kept is said on it.
            (Ok(mut table), Err(error)) => {
                table.notes.push(format!("this answer was not recorded: {}", error.message));
                Ok(table)
            }
            (answer, _) => answer,
        }
    }
}

impl Provider for RecordingProvider {
    fn describe(&self) -> String {
        let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{}; its answers are kept in {}", self.inner.describe(), folder.path().display())
    }

    fn now(&self) -> Result<i64, Error> {
        Ok(self.now)
    }

    fn table_names(&self) -> Result<Vec<String>, Error> {
        self.inner.table_names()
    }

    fn tables(&self) -> Result<Vec<TableInfo>, Error> {
        self.inner.tables()
    }

    fn time_problem(&self, table: &str) -> Option<String> {
        self.inner.time_problem(table)
    }

    /// As when the recording was begun: it decides which queries are asked together.
    fn parallel(&self) -> Option<usize> {
        self.parallel
    }

    fn ask(&self, text: &str, params: &BTreeMap<String, Value>, ask: &Ask) -> Result<KqlTable, kql::Error> {
        self.kept(question(text, params, ask), ask.fresh, self.inner.ask(text, params, ask))
    }
}
