//! A folder of tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use kql::{ErrorKind, KqlType};
use kql_polars::{Catalog, TableSource};

use crate::files::{self, Format, TableFiles};
use crate::parquet::{self, Source};
use crate::schema::Schema;
use crate::table::{Loaded, TimeRange};
use crate::{Error, demo, text};

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
    name: String,
    root: Option<PathBuf>,
    tables: BTreeMap<String, Table>,
    schema: Schema,
    now: Option<i64>,
    newest: OnceLock<Option<i64>>,
    notes: Vec<String>,
}

#[derive(Debug)]
enum Files {
    Disk(TableFiles),
    Embedded(&'static str, &'static [u8]),
}

#[derive(Debug)]
struct Table {
    files: Files,
    loaded: OnceLock<Result<Loaded, String>>,
}

/// What is known of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Its files; none for a table of the built-in demo data.
    pub files: Vec<PathBuf>,
    /// Size of the files in bytes.
    pub bytes: u64,
    /// Number of rows; `None` if the table cannot be read, or is a large text table that has not been read yet.
    pub rows: Option<u64>,
    /// Names and types of its columns; empty where `rows` is `None`.
    pub columns: Vec<(String, KqlType)>,
    /// First `TimeGenerated`, in ticks.
    pub first: Option<i64>,
    /// Last `TimeGenerated`, in ticks.
    pub last: Option<i64>,
    /// What the reader of the table has to be told.
    pub notes: Vec<String>,
    /// Why the table cannot be read, if it cannot.
    pub error: Option<String>,
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
        let root = std::path::absolute(given).map_err(|e| Error::Unreadable { path: given.to_owned(), reason: e.to_string() })?;
        let found = files::find(&root)?;
        if found.tables.is_empty() {
            return Err(Error::NoTables(root));
        }
        let mut schema = Schema::known().clone();
        if let Some(path) = found.schema {
            let text = std::fs::read_to_string(&path).map_err(|e| e.to_string());
            match text.and_then(|text| Schema::parse(&text)) {
                Ok(own) => schema = schema.with(own),
                Err(reason) => return Err(Error::Unreadable { path, reason }),
            }
        }
        let table = |files| Table { files: Files::Disk(files), loaded: OnceLock::new() };
        Ok(Self {
            name: root.file_name().map_or_else(|| root.display().to_string(), |n| n.to_string_lossy().into_owned()),
            root: Some(root),
            tables: found.tables.into_iter().map(|(name, files)| (name, table(files))).collect(),
            schema,
            now: None,
            newest: OnceLock::new(),
            notes: found.notes,
        })
    }

    /// The demo workspace that is part of the program, or the folder that the environment variable `ENTITY_EXPLORER_DEMO` names.
    ///
    /// # Errors
    /// When that folder cannot be opened.
    pub fn demo() -> Result<Self, Error> {
        if let Some(path) = demo::path() {
            return Self::open(path);
        }
        let table = |name, bytes| Table { files: Files::Embedded(name, bytes), loaded: OnceLock::new() };
        Ok(Self {
            name: "Demo".to_owned(),
            root: None,
            tables: demo::EMBEDDED.iter().map(|(name, bytes)| ((*name).to_owned(), table(name, bytes))).collect(),
            schema: Schema::known().clone(),
            now: None,
            newest: OnceLock::new(),
            notes: Vec::new(),
        })
    }

    /// Sets what `now()` is, in ticks, in place of the newest `TimeGenerated`.
    #[must_use]
    pub fn with_now(mut self, ticks: i64) -> Self {
        self.now = Some(ticks);
        self
    }

    /// The name of the folder, or `Demo`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder; `None` for the built-in demo data.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// What was found in the folder and left out, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What `now()` is for queries: the time given to [`with_now`](Self::with_now), else the newest `TimeGenerated` of all tables that can be read, so
    /// that "the last two days" are the last two days of the data. `None` if no table has a time.
    pub fn now(&self) -> Option<i64> {
        self.now.or_else(|| *self.newest.get_or_init(|| self.tables.keys().filter_map(|name| self.last_time(name)).max()))
    }

    fn last_time(&self, name: &str) -> Option<i64> {
        let table = self.tables.get(name)?;
        match (&table.files, table.loaded.get()) {
            // A large text table is not kept in memory only for its time.
            (Files::Disk(files), None) if table.is_text() && table.bytes() > LIST_LIMIT => {
                text::read_times(name, &files.parts).ok()?.last
            }
            _ => self.load(name)?.as_ref().ok()?.times.last,
        }
    }

    /// What is known of each table, sorted by name.
    pub fn table_infos(&self) -> Vec<TableInfo> {
        self.tables.keys().filter_map(|name| self.table_info(name)).collect()
    }

    /// What is known of one table.
    pub fn table_info(&self, name: &str) -> Option<TableInfo> {
        let table = self.tables.get(name)?;
        let files = match &table.files {
            Files::Disk(files) => files.parts.iter().map(|p| p.path.clone()).collect(),
            Files::Embedded(..) => Vec::new(),
        };
        let mut info = TableInfo {
            name: name.to_owned(),
            files,
            bytes: table.bytes(),
            rows: None,
            columns: Vec::new(),
            first: None,
            last: None,
            notes: Vec::new(),
            error: None,
        };
        if table.loaded.get().is_none() && table.is_text() && info.bytes > LIST_LIMIT {
            info.notes.push("not read yet: it is large".to_owned());
            return Some(info);
        }
        match self.load(name)? {
            Ok(loaded) => {
                let TimeRange { first, last } = loaded.times;
                (info.rows, info.first, info.last) = (Some(loaded.rows), first, last);
                info.columns = loaded.source.columns.iter().map(|c| (c.name.clone(), c.ty)).collect();
                info.notes.clone_from(&loaded.source.notes);
            }
            Err(error) => info.error = Some(error.clone()),
        }
        Some(info)
    }

    fn load(&self, name: &str) -> Option<&Result<Loaded, String>> {
        let table = self.tables.get(name)?;
        Some(table.loaded.get_or_init(|| match &table.files {
            Files::Embedded(name, bytes) => parquet::open(name, &[Source::Embedded(name, bytes)], &self.schema),
            Files::Disk(TableFiles { problem: Some(problem), .. }) => Err(problem.clone()),
            Files::Disk(files) if table.is_text() => text::open(name, &files.parts, &self.schema),
            Files::Disk(files) => {
                let sources: Vec<_> = files.parts.iter().map(|p| Source::Path(&p.path)).collect();
                parquet::open(name, &sources, &self.schema)
            }
        }))
    }
}

impl Table {
    fn is_text(&self) -> bool {
        matches!(&self.files, Files::Disk(files) if files.parts.iter().all(|p| p.format != Format::Parquet))
    }

    fn bytes(&self) -> u64 {
        match &self.files {
            Files::Disk(files) => files.parts.iter().filter_map(|p| Some(std::fs::metadata(&p.path).ok()?.len())).sum(),
            Files::Embedded(_, bytes) => bytes.len() as u64,
        }
    }
}

impl Catalog for Workspace {
    fn table(&self, name: &str) -> Result<Option<TableSource>, kql::Error> {
        match self.load(name) {
            None => Ok(None),
            Some(Ok(loaded)) => Ok(Some(loaded.source.clone())),
            Some(Err(reason)) => Err(kql::Error::bare(ErrorKind::Runtime, format!("the table {name} cannot be read: {reason}"))),
        }
    }

    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    fn now(&self) -> Option<i64> {
        Self::now(self)
    }
}
