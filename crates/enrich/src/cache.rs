//! Answers kept on disk, so that a second run makes no request.
//!
//! One file per answer, written beside its place and then moved there: several processes can use one folder. A file that is damaged, old or of
//! something else counts as absent.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A folder of answers.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
    age: Duration,
}

#[derive(Serialize, Deserialize)]
struct Entry<T> {
    /// What was asked, in full: the file name is only its hash.
    key: String,
    /// Seconds since 1970.
    stored: u64,
    value: T,
}

impl Cache {
    /// In this folder, which is made when it is needed; answers count for `age`.
    pub fn new(dir: impl Into<PathBuf>, age: Duration) -> Self {
        Self { dir: dir.into(), age }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The answer, if there is one that is fresh. `kind` is a short word, such as `rdap`.
    pub(crate) fn get<T: DeserializeOwned>(&self, kind: &str, key: &str) -> Option<T> {
        let bytes = std::fs::read(self.path(kind, key)).ok()?;
        let entry: Entry<T> = serde_json::from_slice(&bytes).ok()?;
        let age = now().checked_sub(entry.stored)?;
        (entry.key == key && age <= self.age.as_secs()).then_some(entry.value)
    }

    /// Keeps an answer. A folder that cannot be written is logged, and no more: the answer is there all the same.
    pub(crate) fn put<T: Serialize>(&self, kind: &str, key: &str, value: T) {
        if let Err(error) = self.write(kind, key, value) {
            tracing::warn!(folder = %self.dir.display(), %error, "an answer cannot be kept for the next time");
        }
    }

    fn write<T: Serialize>(&self, kind: &str, key: &str, value: T) -> std::io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let path = self.path(kind, key);
        let dir = path.parent().unwrap_or(&self.dir);
        std::fs::create_dir_all(dir)?;
        let bytes = serde_json::to_vec(&Entry { key: key.to_owned(), stored: now(), value })?;
        let unique = format!(".{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let draft = dir.join(unique);
        let result = std::fs::File::create(&draft)
            .and_then(|mut file| file.write_all(&bytes))
            .and_then(|()| std::fs::rename(&draft, &path));
        if result.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
        result
    }

    fn path(&self, kind: &str, key: &str) -> PathBuf {
        let hash = Sha256::digest(key.as_bytes());
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        // Not more than a few thousand files in one folder.
        self.dir.join(kind).join(&name[..2]).join(format!("{name}.json"))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn what_is_kept_comes_back_while_it_is_fresh() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), Duration::from_secs(60));
        assert_eq!(cache.get::<String>("rdap", "8.8.8.8"), None);
        cache.put("rdap", "8.8.8.8", "google");
        assert_eq!(cache.get::<String>("rdap", "8.8.8.8").as_deref(), Some("google"));
        assert_eq!(cache.get::<String>("asn", "8.8.8.8"), None);
        // Of a shape that has changed.
        assert_eq!(cache.get::<u32>("rdap", "8.8.8.8"), None);
        let old = Entry { key: "8.8.8.8".to_owned(), stored: now() - 61, value: "google" };
        std::fs::write(cache.path("rdap", "8.8.8.8"), serde_json::to_vec(&old).unwrap()).unwrap();
        assert_eq!(cache.get::<String>("rdap", "8.8.8.8"), None);
    }

    #[test]
    fn damage_counts_as_absent() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), Duration::from_secs(60));
        cache.put("rdap", "a", "x");
        let path = cache.path("rdap", "a");
        std::fs::write(&path, b"{\"key\":\"a\",\"sto").unwrap();
        assert_eq!(cache.get::<String>("rdap", "a"), None);
        // Somebody else's answer in the place.
        std::fs::write(&path, serde_json::to_vec(&Entry { key: "b".into(), stored: now(), value: "x" }).unwrap())
            .unwrap();
        assert_eq!(cache.get::<String>("rdap", "a"), None);
        // A file is in the way of the folder.
        let blocked = Cache::new(path, Duration::from_secs(60));
        blocked.put("rdap", "a", "x");
        assert_eq!(blocked.get::<String>("rdap", "a"), None);
    }

    #[test]
    fn many_writers_leave_one_whole_answer() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path(), Duration::from_secs(60));
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let cache = &cache;
                scope.spawn(move || {
                    for _ in 0..50 {
                        cache.put("rdap", "a", vec![writer; 1000]);
                        let read = cache.get::<Vec<i32>>("rdap", "a").unwrap();
                        assert!(read.len() == 1000 && read.iter().all(|v| *v == read[0]));
                    }
                });
            }
        });
        let folder = cache.path("rdap", "a");
        assert_eq!(std::fs::read_dir(folder.parent().unwrap()).unwrap().count(), 1);
    }
}
