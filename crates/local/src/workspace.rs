//! A folder of tables.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use kql::{ErrorKind, KqlType};
use kql_polars::{Catalog, TableSource};

use crate::files::{self, Format, TableFiles};
use crate::schema::Schema;
use crate::table::Loaded;
use crate::{Error, parquet, text};

/// A local workspace: a folder with a file, or a sub-folder of part files, for each table.
///
/// Opening looks at file names only. A table is opened when it is first asked for: of Parquet only the footers are read, text
/// (CSV, NDJSON) is read once and then kept in memory. A table that cannot be read is an error of that table only.
///
/// ```no_run
/// let workspace = local::Workspace::open("exports/2024-05")?;
/// for table in workspace.table_infos() {
///     println!("{} {:?}", table.name, table.rows);
/// }
/// # Ok::<(), local::Error>(())
/// ```
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    tables: BTreeMap<String, Table>,
    schema: Schema,
    now: Option<i64>,
    newest: OnceLock<Option<i64>>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Table {
    files: TableFiles,
    loaded: OnceLock<Result<Loaded, String>>,
}

/// What is known of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Size of the files in bytes.
    pub bytes: u64,
    /// Number of rows; `None` if the table cannot be read, or is a large text table that has not been read yet.
    pub rows: Option<u64>,
    /// Names and types of its columns; empty where `rows` is `None`.
    pub columns: Vec<(String, KqlType)>,
    /// First and last `TimeGenerated`, in ticks.
    pub time_range: Option<(i64, i64)>,
    /// What has to be known about it: why it cannot be read, or how its files were read.
    pub note: Option<String>,
    /// Whether it cannot be read.
    pub failed: bool,
}

/// Text tables above this size (bytes) are not read only to be listed.
const LIST_LIMIT: u64 = 64 << 20;

impl Workspace {
    /// Opens a folder.
    ///
    /// # Errors
    /// When there is no such folder, it cannot be read, has no table in it, or has a `schema.json` that is not as it should be.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        // Absolute, so that it stays the same folder, and looks like no URL.
        let given = path.as_ref();
        let root = std::path::absolute(given)
            .map_err(|e| Error::Unreadable { path: given.to_owned(), reason: e.to_string() })?;
        let found = files::find(&root)?;
        if found.tables.is_empty() {
            return Err(Error::NoTables { path: root, left_out: found.notes });
        }
        let mut schema = Schema::known().clone();
        if let Some(path) = found.schema {
            let text = std::fs::read_to_string(&path).map_err(|e| e.to_string());
            match text.and_then(|text| Schema::parse(&text)) {
                Ok(own) => schema = schema.with(own),
                Err(reason) => return Err(Error::Unreadable { path, reason }),
            }
        }
        let table = |files| Table { files, loaded: OnceLock::new() };
        Ok(Self {
            root,
            tables: found.tables.into_iter().map(|(name, files)| (name, table(files))).collect(),
            schema,
            now: None,
            newest: OnceLock::new(),
            notes: found.notes,
        })
    }

    /// Sets what `now()` is, in ticks, in place of the newest `TimeGenerated`.
    #[must_use]
    pub fn with_now(mut self, ticks: i64) -> Self {
        self.now = Some(ticks);
        self
    }

    /// The folder, absolute.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What was found in the folder and left out, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What `now()` is for queries: the time given to [`with_now`](Self::with_now), else the newest `TimeGenerated` of all tables that can be read, so
    /// that "the last two days" are the last two days of the data. `None` if no table has a time.
    pub fn now(&self) -> Option<i64> {
        self.now
            .or_else(|| *self.newest.get_or_init(|| self.tables.keys().filter_map(|name| self.last_time(name)).max()))
    }

    fn last_time(&self, name: &str) -> Option<i64> {
        let table = self.tables.get(name)?;
        // A large text table is not kept in memory only for its time.
        if table.loaded.get().is_none() && table.is_text() && table.bytes() > LIST_LIMIT {
            return text::read_times(&table.files.parts).ok()?.last;
        }
        self.load(name)?.as_ref().ok()?.times.last
    }

    /// What is known of each table, sorted by name.
    pub fn table_infos(&self) -> Vec<TableInfo> {
        self.tables.keys().filter_map(|name| self.table_info(name)).collect()
    }

    /// What is known of one table.
    pub fn table_info(&self, name: &str) -> Option<TableInfo> {
        let table = self.tables.get(name)?;
        let mut info = TableInfo {
            name: name.to_owned(),
            files: table.files.parts.iter().map(|p| p.path.clone()).collect(),
            bytes: table.bytes(),
            rows: None,
            columns: Vec::new(),
            time_range: None,
            note: None,
            failed: false,
        };
        if table.loaded.get().is_none() && table.is_text() && info.bytes > LIST_LIMIT {
            info.note = Some("not read yet, because it is large; Parquet would be faster".to_owned());
            return Some(info);
        }
        match self.load(name)? {
            Ok(loaded) => {
                info.rows = Some(loaded.rows);
                info.time_range = loaded.times.first.zip(loaded.times.last);
                info.columns = loaded.source.columns.iter().map(|c| (c.name.clone(), c.ty)).collect();
                info.note = Some(loaded.source.notes.join("; ")).filter(|n| !n.is_empty());
            }
            Err(error) => (info.note, info.failed) = (Some(error.clone()), true),
        }
        Some(info)
    }

    fn load(&self, name: &str) -> Option<&Result<Loaded, String>> {
        let table = self.tables.get(name)?;
        Some(table.loaded.get_or_init(|| match &table.files.problem {
            Some(problem) => Err(problem.clone()),
            None if table.is_text() => text::open(name, &table.files.parts, &self.schema),
            None => parquet::open(name, &table.files.parts, &self.schema),
        }))
    }
}

impl Table {
    fn is_text(&self) -> bool {
        self.files.parts.iter().all(|p| p.format != Format::Parquet)
    }

    fn bytes(&self) -> u64 {
        self.files.parts.iter().filter_map(|p| Some(std::fs::metadata(&p.path).ok()?.len())).sum()
    }
}

impl Catalog for Workspace {
    fn table(&self, name: &str) -> Result<Option<TableSource>, kql::Error> {
        match self.load(name) {
            None => Ok(None),
            Some(Ok(loaded)) => Ok(Some(loaded.source.clone())),
            Some(Err(reason)) => {
                Err(kql::Error::bare(ErrorKind::Runtime, format!("the table {name} cannot be read: {reason}")))
            }
        }
    }

    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    fn empty_columns(&self, name: &str) -> HashSet<String> {
        match self.load(name) {
            Some(Ok(loaded)) => loaded.empty.clone(),
            _ => HashSet::new(),
        }
    }

    fn now(&self) -> Option<i64> {
        Self::now(self)
    }
}
