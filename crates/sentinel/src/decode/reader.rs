//! The shape of the answers: which tokens are columns, cells, errors.
//!
//! ```text
//! Log Analytics  {"tables": [{"name", "columns": [{"name", "type"}], "rows": [[…]]}], "error", "statistics", "render"}
//! Kusto, first   {"Tables": [{"TableName", "Columns": [{"ColumnName", "DataType", "ColumnType"}], "Rows": [[…]]}], "Exceptions"}
//! Kusto, second  [{"FrameType": "DataTable", "TableId", "TableKind", "TableName", "Columns", "Rows"}, …, {"FrameType": "DataSetCompletion"}]
//! ```
//!
//! Sources: <https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format>, <https://learn.microsoft.com/kusto/api/rest/response>,
//! <https://learn.microsoft.com/kusto/api/rest/response-v2>, <https://learn.microsoft.com/kusto/api/rest/response-v2#progressive>

use serde_json::Value as Json;

use super::capture::Capture;
use super::columns::Cell;
use super::table::{Declared, TableBuilder};
use super::tokens::Token;
use super::{Answer, AnswerTable, DecodeError};

/// An error or statistics of more than this is no error or statistics.
const MAX_CAPTURE: usize = 16 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Root,
    Tables,
    Frames,
    Table,
    Rows,
    Row,
    End,
}

/// What is done with a value that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Error,
    Errors,
    Statistics,
    Render,
    Columns,
    Cell,
}

/// A table or a frame of which the members are read.
#[derive(Debug, Default)]
struct Header {
    frame: String,
    id: Option<i64>,
    name: String,
    kind: String,
    replaces: bool,
    row_count: Option<u64>,
    cancelled: bool,
    has_errors: bool,
    columns: Option<Vec<Declared>>,
}

#[derive(Debug)]
struct OpenTable {
    id: Option<i64>,
    name: String,
    kind: String,
    rows: TableBuilder,
    notes: Vec<String>,
}

/// Makes tables of tokens.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    /// The frames of the second version of Kusto's API.
    frames: bool,
    key: String,
    header: Header,
    tables: Vec<OpenTable>,
    /// Which of the tables gets the rows.
    current: usize,
    kept: Option<Kept>,
    capture: Capture,
    skipping: usize,
    errors: Vec<Json>,
    statistics: Option<Json>,
    render: Option<Json>,
    /// The last frame: whether it came.
    completed: bool,
    cancelled: bool,
    has_errors: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            place: Place::Start,
            frames: false,
            key: String::new(),
            header: Header::default(),
            tables: Vec::new(),
            current: 0,
            kept: None,
            capture: Capture::default(),
            skipping: 0,
            errors: Vec::new(),
            statistics: None,
            render: None,
            completed: false,
            cancelled: false,
            has_errors: false,
        }
    }
}

fn shape(what: &str) -> DecodeError {
    DecodeError::Shape(what.to_owned())
}

impl Reader {
    /// Takes the next token.
    ///
    /// # Errors
    /// When the answer has another shape than the services'.
    pub fn token(&mut self, token: Token<'_>) -> Result<(), DecodeError> {
        if self.skipping > 0 {
            match token {
                Token::ObjectStart | Token::ArrayStart => self.skipping += 1,
                Token::ObjectEnd | Token::ArrayEnd => self.skipping -= 1,
                _ => {}
            }
            return Ok(());
        }
        if let Some(kept) = self.kept {
            if self.capture.push(token) {
                self.kept = None;
                return self.deliver(kept);
            }
            if kept != Kept::Cell && self.capture.text().len() > MAX_CAPTURE {
                return Err(shape("its errors or statistics are longer than any that the service gives"));
            }
            return Ok(());
        }
        match self.place {
            Place::Row => self.cell(token),
            Place::Rows => self.row(token),
            Place::Start => {
                self.place = match token {
                    Token::ObjectStart => Place::Root,
                    Token::ArrayStart => Place::Frames,
                    _ => return Err(shape("it is neither an object nor an array")),
                };
                self.frames = self.place == Place::Frames;
                Ok(())
            }
            Place::Root | Place::Table => match token {
                Token::Key(name) => {
                    name.clone_into(&mut self.key);
                    Ok(())
                }
                Token::ObjectEnd if self.place == Place::Root => {
                    self.place = Place::End;
                    Ok(())
                }
                Token::ObjectEnd => self.end_table(),
                value if self.place == Place::Root => self.root_member(value),
                value => self.table_member(value),
            },
            Place::Tables | Place::Frames => match token {
                Token::ObjectStart => {
                    self.header = Header::default();
                    self.place = Place::Table;
                    Ok(())
                }
                Token::ArrayEnd => {
                    self.place = if self.place == Place::Tables { Place::Root } else { Place::End };
                    Ok(())
                }
                _ => Err(shape("there is something else than tables among its tables")),
            },
            Place::End => Ok(()),
        }
    }

    fn keep(&mut self, kept: Kept, first: Token<'_>) -> Result<(), DecodeError> {
        self.capture.start(first);
        if matches!(first, Token::ObjectStart | Token::ArrayStart) {
            self.kept = Some(kept);
            return Ok(());
        }
        self.deliver(kept)
    }

    fn skip(&mut self, first: Token<'_>) {
        self.skipping = usize::from(matches!(first, Token::ObjectStart | Token::ArrayStart));
    }

    fn root_member(&mut self, value: Token<'_>) -> Result<(), DecodeError> {
        match self.key.as_str() {
            "tables" | "Tables" => {
                if value != Token::ArrayStart {
                    return Err(shape("its tables are no array"));
                }
                self.place = Place::Tables;
            }
            "error" => return self.keep(Kept::Error, value),
            "Exceptions" | "OneApiErrors" => return self.keep(Kept::Errors, value),
            "statistics" => return self.keep(Kept::Statistics, value),
            "render" => return self.keep(Kept::Render, value),
            _ => self.skip(value),
        }
        Ok(())
    }

    fn table_member(&mut self, value: Token<'_>) -> Result<(), DecodeError> {
        match (self.key.as_str(), value) {
            ("name" | "TableName", Token::String(text)) => text.clone_into(&mut self.header.name),
            ("FrameType", Token::String(text)) => text.clone_into(&mut self.header.frame),
            ("TableKind", Token::String(text)) => text.clone_into(&mut self.header.kind),
            ("TableFragmentType", Token::String(text)) => self.header.replaces = text == "DataReplace",
            ("TableId", Token::Number(text)) => self.header.id = text.parse().ok(),
            ("RowCount", Token::Number(text)) => self.header.row_count = text.parse().ok(),
            ("HasErrors", Token::Bool(value)) => self.header.has_errors = value,
            ("Cancelled", Token::Bool(value)) => self.header.cancelled = value,
            ("columns" | "Columns", Token::ArrayStart) => return self.keep(Kept::Columns, value),
            ("OneApiErrors", _) => return self.keep(Kept::Errors, value),
            ("rows" | "Rows", Token::ArrayStart) => return self.start_rows(),
            _ => self.skip(value),
        }
        Ok(())
    }

    fn start_rows(&mut self) -> Result<(), DecodeError> {
        if let Some(declared) = self.header.columns.take() {
            self.add_table(&declared);
        } else {
            // A further part of a table whose columns came before.
            let id = self.header.id;
            let found = self.tables.iter().position(|table| table.id == id).filter(|_| id.is_some());
            self.current = found.ok_or_else(|| shape("rows come before the columns that they are for"))?;
        }
        if self.header.replaces {
            self.tables[self.current].rows.clear();
        }
        self.place = Place::Rows;
        Ok(())
    }

    fn add_table(&mut self, declared: &[Declared]) {
        self.current = self.tables.len();
        self.tables.push(OpenTable {
            id: self.header.id,
            name: self.header.name.clone(),
            kind: self.header.kind.clone(),
            rows: TableBuilder::new(declared),
            notes: Vec::new(),
        });
    }

    fn end_table(&mut self) -> Result<(), DecodeError> {
        if let Some(declared) = self.header.columns.take() {
            self.add_table(&declared);
        }
        match self.header.frame.as_str() {
            "TableCompletion" => {
                let (id, promised) = (self.header.id, self.header.row_count);
                let table = self.tables.iter_mut().find(|table| table.id == id && id.is_some());
                if let (Some(table), Some(promised)) = (table, promised)
                    && table.rows.rows() as u64 != promised
                {
                    let got = crate::text::count(table.rows.rows() as u64, "row");
                    table.notes.push(format!("the service promised {promised} rows, and {got} came"));
                }
            }
            "DataSetCompletion" => {
                self.completed = true;
                self.cancelled = self.header.cancelled;
                self.has_errors = self.header.has_errors;
            }
            _ => {}
        }
        self.place = if self.frames { Place::Frames } else { Place::Tables };
        Ok(())
    }

    fn row(&mut self, token: Token<'_>) -> Result<(), DecodeError> {
        match token {
            Token::ArrayStart => self.place = Place::Row,
            Token::ArrayEnd => self.place = Place::Table,
            // Where rows end because something failed, the errors stand in place of a row.
            Token::ObjectStart => return self.keep(Kept::Errors, token),
            _ => return Err(shape("there is something else than rows among its rows")),
        }
        Ok(())
    }

    fn cell(&mut self, token: Token<'_>) -> Result<(), DecodeError> {
        // `current` is the index of a table: `start_rows` found it.
        let Some(table) = self.tables.get_mut(self.current) else {
            return Err(shape("rows come before the columns that they are for"));
        };
        let cell = match token {
            Token::String(text) => Cell::Text(text),
            Token::Number(text) => Cell::Number(text),
            Token::Bool(value) => Cell::Bool(value),
            Token::Null => Cell::Null,
            Token::ArrayEnd => {
                self.place = Place::Rows;
                return table.rows.end_row();
            }
            Token::ObjectStart | Token::ArrayStart => return self.keep(Kept::Cell, token),
            Token::ObjectEnd | Token::Key(_) => return Err(shape("a row is no array")),
        };
        table.rows.cell(cell)
    }

    /// A value that was kept is complete.
    fn deliver(&mut self, kept: Kept) -> Result<(), DecodeError> {
        let text = self.capture.text();
        if kept == Kept::Cell {
            return match self.tables.get_mut(self.current) {
                Some(table) => table.rows.cell(Cell::Json(text)),
                None => Err(shape("rows come before the columns that they are for")),
            };
        }
        let json: Json = serde_json::from_str(text).map_err(|_| shape("its errors or columns cannot be read"))?;
        match kept {
            Kept::Error if json.is_null() => {}
            Kept::Error => self.errors.push(json),
            Kept::Errors => match json {
                Json::Array(list) => self.errors.extend(list),
                Json::Null => {}
                Json::Object(mut members) => {
                    match members.remove("OneApiErrors").or_else(|| members.remove("Exceptions")) {
                        Some(Json::Array(list)) => self.errors.extend(list),
                        Some(other) => self.errors.push(other),
                        None => self.errors.push(Json::Object(members)),
                    }
                }
                other => self.errors.push(other),
            },
            Kept::Statistics => self.statistics = Some(json),
            Kept::Render => self.render = Some(json),
            Kept::Columns => self.header.columns = Some(declared(&json)?),
            Kept::Cell => {}
        }
        Ok(())
    }

    /// Whether the last frame came, where there are frames.
    pub fn is_complete(&self) -> bool {
        self.place == Place::End && (!self.frames || self.completed)
    }

    /// What was read.
    ///
    /// # Errors
    /// A defect of this program.
    pub fn finish(self) -> Result<Answer, DecodeError> {
        let mut tables = Vec::new();
        for open in self.tables {
            let mut table = open.rows.finish()?;
            table.notes.extend(open.notes);
            tables.push(AnswerTable { name: open.name, kind: open.kind, table });
        }
        Ok(Answer {
            tables,
            errors: self.errors,
            has_errors: self.has_errors,
            cancelled: self.cancelled,
            statistics: self.statistics,
            render: self.render,
        })
    }
}

fn declared(json: &Json) -> Result<Vec<Declared>, DecodeError> {
    let text = |column: &Json, names: &[&str]| {
        names.iter().find_map(|name| column.get(name)).and_then(Json::as_str).map(str::to_owned)
    };
    json.as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|column| {
            let name = text(column, &["name", "ColumnName"]);
            let ty = text(column, &["type", "ColumnType", "DataType"]);
            match (name, ty) {
                (Some(name), Some(ty)) => Ok(Declared { name, ty }),
                _ => Err(shape("a column has no name or no type")),
            }
        })
        .collect()
}
