//! The files of a recording.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use kql::Value;
use kql::literal::literal;
use kql_polars::{KqlTable, Options, RenderHint};
use serde::{Deserialize, Serialize};

use super::super::{Ask, Provider, TableInfo};
use crate::error::{Error, ErrorCode, quoted};
use crate::export::{FileFormat, to_file};

const ABOUT: &str = "_recording.json";
const ANSWERS: &str = "_answers.ndjson";
const SCHEMA: &str = "schema.json";
const VERSION: u32 = 1;

/// What was recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    version: u32,
    /// The name of the workspace.
    pub workspace: String,
    /// What it was.
    pub describe: String,
    /// Its present, in ticks: that of the whole recording.
    pub now: i64,
    /// How many queries it answered at the same time.
    #[serde(default)]
    pub parallel: Option<usize>,
    /// Its tables.
    pub tables: Vec<RecordedTable>,
}

impl About {
    /// Of a workspace.
    ///
    /// # Errors
    /// When it does not say what it is.
    pub fn new(name: &str, workspace: &dyn Provider) -> Result<Self, Error> {
        Ok(Self {
            version: VERSION,
            workspace: name.to_owned(),
            describe: workspace.describe(),
            now: workspace.now()?,
            parallel: workspace.parallel(),
            tables: workspace.tables()?.iter().map(RecordedTable::from).collect(),
        })
    }
}

/// What the workspace said of a table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordedTable {
    name: String,
    rows: Option<u64>,
    columns: usize,
    time_range: Option<(i64, i64)>,
    note: Option<String>,
}

impl From<&TableInfo> for RecordedTable {
    fn from(info: &TableInfo) -> Self {
        Self {
            name: info.name.clone(),
            rows: info.rows,
            columns: info.columns,
            time_range: info.time_range,
            note: info.note.clone(),
        }
    }
}

impl From<&RecordedTable> for TableInfo {
    fn from(table: &RecordedTable) -> Self {
        Self {
            name: table.name.clone(),
            rows: table.rows,
            columns: table.columns,
            time_range: table.time_range,
            note: table.note.clone(),
        }
    }
}

/// One answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The text of the query.
    pub query: String,
    /// The values of its parameters, as KQL writes them.
    pub parameters: BTreeMap<String, String>,
    /// The table with its rows; none if it failed.
    pub table: Option<String>,
    /// Names and types of its columns, in order.
    #[serde(default)]
    pub columns: Vec<(String, String)>,
    /// Number of its rows.
    #[serde(default)]
    pub rows: usize,
    /// Its notes.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Its `render` operator.
    #[serde(default)]
    pub render: Option<(String, Vec<(String, String)>)>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<Failure>,
    /// When it was kept.
    #[serde(default)]
    pub recorded: String,
}

/// Why a query failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    kind: String,
    message: String,
    help: Option<String>,
}

const KINDS: [(&str, kql::ErrorKind); 6] = [
    ("syntax", kql::ErrorKind::Syntax),
    ("unknown_name", kql::ErrorKind::UnknownName),
    ("type", kql::ErrorKind::Type),
    ("unsupported", kql::ErrorKind::Unsupported),
    ("runtime", kql::ErrorKind::Runtime),
    ("limit", kql::ErrorKind::Limit),
];

impl From<&kql::Error> for Failure {
    fn from(error: &kql::Error) -> Self {
        let kind = KINDS.iter().find(|(_, kind)| *kind == error.kind).map_or("runtime", |(name, _)| name);
        Self { kind: kind.to_owned(), message: error.message.clone(), help: error.help.clone() }
    }
}

impl From<&Failure> for kql::Error {
    fn from(failure: &Failure) -> Self {
        let kind =
            KINDS.iter().find(|(name, _)| *name == failure.kind).map_or(kql::ErrorKind::Runtime, |(_, kind)| *kind);
        Self { help: failure.help.clone(), ..Self::bare(kind, failure.message.clone()) }
    }
}

/// A question: what tells one answer from another.
pub type Question = (String, BTreeMap<String, String>);

/// The question of a query with these values, asked this way.
pub fn question(text: &str, params: &BTreeMap<String, Value>, ask: &Ask) -> Question {
    let values = params.iter().map(|(name, value)| (name.clone(), literal(value)));
    (text.to_owned(), values.chain(ask.marks()).collect())
}

/// The folder of a recording.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// What was recorded.
    pub about: About,
    /// The answers so far.
    pub entries: BTreeMap<Question, Entry>,
    /// The number of the last answer.
    last: usize,
}

impl Folder {
    /// Starts a recording, or goes on with one of the same workspace: its present stays what it was.
    ///
    /// # Errors
    /// A folder that cannot be written to, or that holds something else.
    pub fn create(path: &Path, about: impl FnOnce() -> Result<About, Error>) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(|e| unwritable(path, &e))?;
        if path.join(ABOUT).exists() {
            return Self::open(path);
        }
        let taken = fs::read_dir(path).map_err(|e| unwritable(path, &e))?.next().is_some();
        if taken {
            return Err(Error::bad_input(format!(
                "the folder {} is not empty, and no recording",
                quoted(&path.display().to_string())
            ))
            .with_help("answers are kept in a folder of their own: name a new one"));
        }
        let folder = Self { path: path.to_owned(), about: about()?, entries: BTreeMap::new(), last: 0 };
        let text = serde_json::to_string_pretty(&folder.about).map_err(|e| defect(&e))?;
        fs::write(path.join(ABOUT), text).map_err(|e| unwritable(path, &e))?;
        fs::write(path.join(SCHEMA), "{}").map_err(|e| unwritable(path, &e))?;
        Ok(folder)
    }

    /// Opens a recording.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let shown = quoted(&path.display().to_string());
        let wrong = |why: String| {
            Error::new(ErrorCode::Io, format!("the folder {shown} is no recording that can be replayed: {why}"))
                .with_help(
                    "a recording is made with --record FOLDER, or with ENTITY_EXPLORER_RECORD=FOLDER in a notebook",
                )
        };
        let text = fs::read_to_string(path.join(ABOUT)).map_err(|e| wrong(format!("{ABOUT}: {e}")))?;
        let about: About = serde_json::from_str(&text).map_err(|e| wrong(format!("{ABOUT}: {e}")))?;
        if about.version != VERSION {
            return Err(wrong(format!("it was made by another version of this program ({})", about.version)));
        }
        let mut folder = Self { path: path.to_owned(), about, entries: BTreeMap::new(), last: 0 };
        let file = match File::open(path.join(ANSWERS)) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(folder),
            Err(e) => return Err(wrong(format!("{ANSWERS}: {e}"))),
        };
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|e| wrong(format!("{ANSWERS}: {e}")))?;
            if line.trim().is_empty() {
                continue;
            }
            let entry: Entry =
                serde_json::from_str(&line).map_err(|e| wrong(format!("{ANSWERS}, line {}: {e}", number + 1)))?;
            folder.last += usize::from(entry.table.is_some());
            folder.entries.insert((entry.query.clone(), entry.parameters.clone()), entry);
        }
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps an answer. One that is kept already stays, unless it is to be replaced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(
        &mut self,
        question: Question,
        replace: bool,
        answer: Result<&KqlTable, &kql::Error>,
    ) -> Result<(), Error> {
        if self.entries.contains_key(&question) && !replace {
            return Ok(());
        }
        let (query, parameters) = question.clone();
        let mut entry = Entry {
            query,
            parameters,
            table: None,
            columns: Vec::new(),
            rows: 0,
            notes: Vec::new(),
            render: None,
            error: None,
            recorded: kql::time::format_datetime(kql::time::now_ticks()),
        };
        match answer {
            Err(error) => entry.error = Some(error.into()),
            Ok(table) => {
                self.last += 1;
                let name = format!("Answer_{:04}", self.last);
                to_file(table, FileFormat::Parquet, &self.path.join(format!("{name}.parquet")))?;
                entry.columns = table.columns.iter().map(|c| (c.name.clone(), c.ty.name().to_owned())).collect();
                entry.rows = table.rows();
                entry.notes.clone_from(&table.notes);
                entry.render = table.render.as_ref().map(|hint| (hint.visualization.clone(), hint.properties.clone()));
                entry.table = Some(name);
            }
        }
        self.entries.insert(question, entry.clone());
        self.write_schema()?;
        let mut line = serde_json::to_string(&entry).map_err(|e| defect(&e))?;
        line.push('\n');
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.path.join(ANSWERS))
            .map_err(|e| unwritable(&self.path, &e))?;
        file.write_all(line.as_bytes()).map_err(|e| unwritable(&self.path, &e))
    }

    /// The types, so that the folder is a local workspace whose columns have theirs.
    fn write_schema(&self) -> Result<(), Error> {
        let types: BTreeMap<&str, BTreeMap<&str, &str>> = self
            .entries
            .values()
            .filter_map(|entry| {
                let columns = entry.columns.iter().map(|(name, ty)| (name.as_str(), ty.as_str())).collect();
                Some((entry.table.as_deref()?, columns))
            })
            .collect();
        let text = serde_json::to_string_pretty(&types).map_err(|e| defect(&e))?;
        fs::write(self.path.join(SCHEMA), text).map_err(|e| unwritable(&self.path, &e))
    }

    /// The rows of an answer.
    ///
    /// # Errors
    /// The failure that was kept; files that cannot be read.
    pub fn table(&self, entry: &Entry, tables: Option<&local::Workspace>) -> Result<KqlTable, kql::Error> {
        if let Some(failure) = &entry.error {
            return Err(failure.into());
        }
        let broken = |why: &str| {
            kql::Error::bare(
                kql::ErrorKind::Runtime,
                format!("the recording {} is damaged: {why}", self.path.display()),
            )
            .with_help("record it again")
        };
        let (Some(name), Some(tables)) = (entry.table.as_deref(), tables) else {
            return Err(broken("an answer has no rows and no failure"));
        };
        let mut table = kql_polars::run(name, tables, &BTreeMap::new(), &Options::default())?;
        let columns = entry.columns.iter().map(|(name, ty)| (name.as_str(), ty.as_str()));
        let read = table.columns.iter().map(|column| (column.name.as_str(), column.ty.name()));
        if table.rows() != entry.rows || !columns.eq(read) {
            return Err(broken(&format!("{name} does not hold what was kept")));
        }
        table.notes.clone_from(&entry.notes);
        table.render = entry.render.as_ref().map(|(visualization, properties)| RenderHint {
            visualization: visualization.clone(),
            properties: properties.clone(),
        });
        Ok(table)
    }
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Io, format!("the answers cannot be kept in {}: {error}", quoted(&path.display().to_string())))
        .with_help("name a folder that may be written to")
}

fn defect(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Internal, format!("an answer cannot be kept: {error}"))
}
