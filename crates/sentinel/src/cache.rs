//! Answers that are known already: the same query over the same time range is not sent twice.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use kql_polars::KqlTable;
use tokio::sync::OnceCell;

use crate::fault::Fault;

/// So much is kept by default: the oldest answers go first.
const BYTES: usize = 256 << 20;
/// And so many of them: small ones have a cost of their own.
const ANSWERS: usize = 256;

/// Answers by what was asked. An answer that is on its way is waited for, not asked for again.
#[derive(Debug)]
pub struct Cache {
    kept: Mutex<Kept>,
    most: usize,
}

#[derive(Debug, Default)]
struct Kept {
    cells: HashMap<String, Entry>,
    /// Counts uses, to know which was used last.
    clock: u64,
}

#[derive(Debug, Clone)]
struct Entry {
    cell: Arc<OnceCell<KqlTable>>,
    used: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(BYTES)
    }
}

impl Cache {
    /// A cache of at most so many bytes of rows.
    pub fn new(most: usize) -> Self {
        Self { kept: Mutex::new(Kept::default()), most }
    }

    /// The answer of this key; fetched if it is not known, or if it has to be `fresh`. Failures are not kept.
    ///
    /// # Errors
    /// As fetching fails.
    pub async fn get(
        &self,
        key: &str,
        fresh: bool,
        fetch: impl Future<Output = Result<KqlTable, Fault>>,
    ) -> Result<KqlTable, Fault> {
        let cell = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.clock += 1;
            let used = kept.clock;
            if fresh {
                kept.cells.remove(key);
            }
            let entry = kept.cells.entry(key.to_owned()).or_insert_with(|| Entry { cell: Arc::default(), used });
            entry.used = used;
            Arc::clone(&entry.cell)
        };
        let table = cell.get_or_try_init(|| fetch).await.cloned();
        drop(cell);
        self.shrink();
        table
    }

    /// Forgets what was used longest ago, until the rest fits.
    fn shrink(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // A cell that nobody waits for and that holds nothing is a failure.
        kept.cells.retain(|_, entry| entry.cell.initialized() || Arc::strong_count(&entry.cell) > 1);
        let size = |entry: &Entry| entry.cell.get().map_or(0, |table| table.frame.estimated_size() + 1024);
        let mut bytes: usize = kept.cells.values().map(size).sum();
        while bytes > self.most || kept.cells.len() > ANSWERS {
            let done = kept.cells.iter().filter(|(_, entry)| entry.cell.initialized());
            let Some(oldest) = done.min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone()) else { break };
            if let Some(entry) = kept.cells.remove(&oldest) {
                bytes -= size(&entry).min(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

    use super::*;
    use crate::fault::FaultKind;

    fn table(rows: usize) -> KqlTable {
        let numbers = Series::new("n".into(), vec![1i64; rows]).into_column();
        let columns = vec![kql_polars::Column { name: "n".into(), ty: kql::KqlType::Long }];
        KqlTable { columns, frame: DataFrame::new(rows, vec![numbers]).unwrap(), notes: Vec::new(), render: None }
    }

    #[tokio::test]
    async fn the_same_question_is_asked_once_also_at_the_same_time() {
        let cache = Cache::default();
        let asked = AtomicUsize::new(0);
        let fetch = || async {
            asked.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(table(3))
        };
        let all = futures::future::join_all((0..5).map(|_| cache.get("q", false, fetch()))).await;
        assert!(all.iter().all(|answer| answer.as_ref().unwrap().rows() == 3));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        cache.get("q", true, fetch()).await.unwrap();
        cache.get("other", false, fetch()).await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn failures_are_not_kept() {
        let cache = Cache::default();
        let fails = async { Err(Fault::new(FaultKind::Network, "no")) };
        assert!(cache.get("q", false, fails).await.is_err());
        assert!(cache.kept.lock().unwrap().cells.is_empty());
        assert_eq!(cache.get("q", false, async { Ok(table(1)) }).await.unwrap().rows(), 1);
    }

    #[tokio::test]
    async fn the_oldest_answers_go_first() {
        let cache = Cache::new(100_000);
        for key in ["a", "b", "a", "c"] {
            cache.get(key, false, async { Ok(table(5_000)) }).await.unwrap();
        }
        let mut keys: Vec<String> = cache.kept.lock().unwrap().cells.keys().cloned().collect();
        keys.sort();
        assert_eq!(keys, ["a", "c"]);
    }
}
