//! Columns of text, before they have types.

use std::borrow::Cow;
use std::collections::HashMap;

use polars::prelude::{PlSmallStr, StringChunked, StringChunkedBuilder};

/// What a value was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A missing or null value.
    Null,
    /// A cell of a CSV file, which may stand for anything.
    Plain,
    /// A string of JSON.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An object or array.
    Nested,
}

/// A column of text.
pub struct RawColumn {
    /// Its name.
    pub name: String,
    /// Its title says that it is a datetime (`TimeGenerated [UTC]`).
    pub dated: bool,
    /// What the values were; `None` where all came from CSV.
    pub kinds: Option<Vec<Kind>>,
    values: StringChunkedBuilder,
    len: usize,
}

impl RawColumn {
    fn new(name: &str, json: bool) -> Self {
        Self {
            name: name.to_owned(),
            dated: false,
            kinds: json.then(Vec::new),
            values: StringChunkedBuilder::new(PlSmallStr::from_str(name), 1024),
            len: 0,
        }
    }

    fn fill(&mut self, rows: usize) {
        for _ in self.len..rows {
            self.values.append_null();
        }
        if let Some(kinds) = &mut self.kinds {
            kinds.resize(rows, Kind::Null);
        }
        self.len = self.len.max(rows);
    }

    /// The values; empty text and missing values are null.
    pub fn finish(self) -> StringChunked {
        self.values.finish()
    }
}

/// What had to be mended in one file.
#[derive(Debug, Default)]
pub struct Mended {
    /// Rows with fewer cells than the title line.
    pub short: u64,
    /// Rows with more.
    pub long: u64,
    /// Cells that were not UTF-8.
    pub not_utf8: u64,
    /// Lines that are no JSON object, and the number of the first.
    pub bad_lines: u64,
    /// The first of them.
    pub first_bad: u64,
    /// More to say.
    pub notes: Vec<String>,
}

/// Rows of text, from one or more files.
pub struct RawTable {
    /// The columns in order of appearance.
    pub columns: Vec<RawColumn>,
    /// Rows so far.
    pub rows: usize,
    /// What to tell of the files read.
    pub notes: Vec<String>,
    /// What had to be mended in this file.
    pub mended: Mended,
    index: HashMap<String, usize>,
    only: Option<&'static str>,
    file: String,
}

impl RawTable {
    /// An empty table that keeps all columns, or only one.
    pub fn new(only: Option<&'static str>) -> Self {
        Self {
            columns: Vec::new(),
            rows: 0,
            notes: Vec::new(),
            mended: Mended::default(),
            index: HashMap::new(),
            only,
            file: String::new(),
        }
    }

    /// Rows come from this file now.
    pub fn begin_file(&mut self, name: &str) {
        name.clone_into(&mut self.file);
        self.mended = Mended::default();
    }

    /// The file is at its end.
    pub fn end_file(&mut self) {
        for column in &mut self.columns {
            column.fill(self.rows);
        }
        let mended = std::mem::take(&mut self.mended);
        let count = |n: u64, one: &str, many: &str| {
            if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
        };
        let mut say = |text: String| self.notes.push(format!("{}: {text}", self.file));
        if mended.short > 0 {
            say(format!(
                "{} fewer cells than the title line; the missing ones are empty",
                count(mended.short, "row has", "rows have")
            ));
        }
        if mended.long > 0 {
            say(format!(
                "{} more cells than the title line; the cells beyond it are dropped",
                count(mended.long, "row has", "rows have")
            ));
        }
        if mended.not_utf8 > 0 {
            say(format!(
                "{} not valid UTF-8; what could not be read is shown as \u{FFFD}",
                count(mended.not_utf8, "cell is", "cells are")
            ));
        }
        if mended.bad_lines > 0 {
            let lines = count(mended.bad_lines, "line is no JSON object and was", "lines are no JSON objects and were");
            say(format!("{lines} skipped, the first is line {}", mended.first_bad));
        }
        mended.notes.into_iter().for_each(say);
    }

    /// The column of this name, made if need be; `None` if it is not kept.
    pub fn column(&mut self, name: &str, json: bool) -> Option<usize> {
        if let Some(at) = self.index.get(name) {
            return Some(*at);
        }
        if self.only.is_some_and(|only| only != name) {
            return None;
        }
        let mut column = RawColumn::new(name, json);
        column.fill(self.rows);
        self.index.insert(name.to_owned(), self.columns.len());
        self.columns.push(column);
        Some(self.columns.len() - 1)
    }

    /// Sets a cell of the row that [`end_row`](Self::end_row) will end. A second value for the same cell is not taken.
    pub fn set(&mut self, column: usize, text: &str, kind: Kind) {
        let rows = self.rows;
        let column = &mut self.columns[column];
        if column.len > rows || text.is_empty() {
            return;
        }
        column.fill(rows);
        column.values.append_value(text);
        match &mut column.kinds {
            Some(kinds) => kinds.push(kind),
            // A column of CSV parts gets JSON parts as well.
            None if kind != Kind::Plain => {
                let mut kinds = vec![Kind::Plain; rows];
                kinds.push(kind);
                column.kinds = Some(kinds);
            }
            None => {}
        }
        column.len = rows + 1;
    }

    /// Ends a row.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Bytes as text; what is not UTF-8 is counted and replaced.
    pub fn text<'a>(mended: &mut Mended, bytes: &'a [u8]) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, Cow::Owned(_)) {
            mended.not_utf8 += 1;
        }
        text
    }
}
