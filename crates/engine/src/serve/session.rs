//! What a notebook has made so far: results under handles.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kql_polars::KqlTable;

use crate::account::AccountSummary;
use crate::error::{Error, ErrorCode};
use crate::ip_summary::IpSummary;
use crate::workspace::Workspace;

/// A table of the notebook.
#[derive(Debug)]
pub struct NamedTable {
    /// What it is, for people.
    pub title: String,
    /// Its rows.
    pub table: KqlTable,
    /// What `now()` is for queries on it, in ticks: its workspace's present.
    pub now: Option<i64>,
    /// The workspace that it comes from: where its values can be looked up.
    pub workspace: Option<Arc<Workspace>>,
}

/// Something that a handle stands for.
#[derive(Debug, Clone)]
pub enum Object {
    /// A connected workspace.
    Workspace(Arc<Workspace>),
    /// A result.
    Table(Arc<NamedTable>),
    /// An account summary.
    Account(Arc<AccountSummary>),
    /// An IP address summary.
    Ip(Arc<IpSummary>),
}

/// The results of one notebook.
#[derive(Debug, Default)]
pub struct Session {
    objects: Mutex<Objects>,
}

#[derive(Debug, Default)]
struct Objects {
    last: i64,
    by_handle: HashMap<i64, Object>,
}

/// How much a session holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Results of any kind.
    pub results: usize,
    /// Tables among them.
    pub tables: usize,
    /// Estimated bytes of the tables' rows. Tables that share rows are counted each.
    pub bytes: usize,
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an object, and gives its handle. Handles are never used again.
    pub fn keep(&self, object: Object) -> i64 {
        let mut objects = self.lock();
        objects.last += 1;
        let handle = objects.last;
        objects.by_handle.insert(handle, object);
        handle
    }

    /// Forgets an object. Requests that still use it keep it until they end.
    pub fn free(&self, handle: i64) {
        let freed = self.lock().by_handle.remove(&handle);
        // Freeing a large table takes a while; not under the lock.
        drop(freed);
    }

    /// The object of a handle.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, handle: i64) -> Result<Object, Error> {
        self.lock().by_handle.get(&handle).cloned().ok_or_else(|| {
            Error::new(ErrorCode::NotFound, format!("the engine has no result {handle}"))
                .with_help("run the cells again that made it")
        })
    }

    /// How much there is.
    pub fn holdings(&self) -> Holdings {
        let mut holdings = Holdings::default();
        for object in self.lock().by_handle.values() {
            holdings.results += 1;
            if let Object::Table(table) = object {
                holdings.tables += 1;
                holdings.bytes += table.table.frame.estimated_size();
            }
        }
        holdings
    }
}
