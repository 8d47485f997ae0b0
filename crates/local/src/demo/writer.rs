//! Writes one table, a chunk at a time.

use std::fs::File;
use std::path::{Path, PathBuf};

use kql::KqlType;
use polars::io::parquet::write::BatchedWriter;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;

use crate::Error;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// Text; also for dynamic and guid columns.
    Text(&'a str),
    /// Microseconds since 1970.
    Time(i64),
    /// A whole number, for int and long columns.
    Number(i64),
    /// A real.
    Real(f64),
    /// A truth value.
    Bool(bool),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

enum Values {
    Text(StringChunkedBuilder),
    Time(Vec<Option<i64>>),
    Int(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
}

struct Column {
    name: PlSmallStr,
    ty: KqlType,
    /// `None` until a row has a value: most columns of wide tables have none.
    values: Option<Values>,
    len: usize,
}

/// Rows of a row group: large enough to compress well, small enough to be skipped by time.
const GROUP_ROWS: usize = 100_000;

/// Where a table is written, and how.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The folder of the workspace.
    pub folder: &'a Path,
    /// The table.
    pub name: &'a str,
    /// Zstandard's.
    pub level: i32,
    /// With so many rows a file is full: the table is a folder of files then. `None`: one file.
    pub rows_per_file: Option<u64>,
}

/// A table being written.
pub struct TableWriter {
    /// Of the file that is being written.
    path: PathBuf,
    folder: PathBuf,
    name: String,
    columns: Vec<Column>,
    index: PlHashMap<String, usize>,
    constants: Vec<(usize, String)>,
    rows: usize,
    /// Rows written in all.
    pub total: u64,
    level: ZstdLevel,
    rows_per_file: Option<u64>,
    files: u64,
    /// Rows of the file that is being written.
    in_file: u64,
    writer: Option<BatchedWriter<File>>,
}

impl TableWriter {
    /// Begins a table with the columns of a known one.
    pub fn create(
        target: Target<'_>,
        columns: &[(String, KqlType)],
        constants: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let Target { folder, name, level, rows_per_file } = target;
        let index: PlHashMap<String, usize> = columns.iter().enumerate().map(|(i, c)| (c.0.clone(), i)).collect();
        let constants = constants.iter().filter_map(|(c, v)| Some((*index.get(*c)?, (*v).to_owned()))).collect();
        let failed = |path: &Path, reason: String| Error::Write { path: path.to_owned(), reason };
        if rows_per_file.is_some() {
            let folder = folder.join(name);
            std::fs::create_dir_all(&folder).map_err(|e| failed(&folder, e.to_string()))?;
        }
        let columns = columns
            .iter()
            .map(|(name, ty)| Column { name: name.as_str().into(), ty: *ty, values: None, len: 0 })
            .collect();
        let mut table = Self {
            path: PathBuf::new(),
            folder: folder.to_owned(),
            name: name.to_owned(),
            columns,
            index,
            constants,
            rows: 0,
            total: 0,
            level: ZstdLevel::try_new(level).map_err(|e| failed(folder, e.to_string()))?,
            rows_per_file,
            files: 0,
            in_file: 0,
            writer: None,
        };
        table.open()?;
        Ok(table)
    }

    /// Begins the next file.
    fn open(&mut self) -> Result<(), Error> {
        self.path = match self.rows_per_file {
            None => self.folder.join(format!("{}.parquet", self.name)),
            Some(_) => self.folder.join(&self.name).join(format!("part-{:05}.parquet", self.files)),
        };
        self.files += 1;
        self.in_file = 0;
        let file = File::create(&self.path).map_err(|e| self.failed(e.to_string()))?;
        let schema: Schema = self.columns.iter().map(|c| Field::new(c.name.clone(), stored_type(c.ty))).collect();
        let writer = ParquetWriter::new(file)
            .with_compression(ParquetCompression::Zstd(Some(self.level)))
            .with_statistics(StatisticsOptions::full())
            .with_row_group_size(Some(GROUP_ROWS))
            .batched(&schema)
            .map_err(|e| self.failed(e.to_string()))?;
        self.writer = Some(writer);
        Ok(())
    }

    /// Adds a row. Columns that are not given are null.
    ///
    /// # Errors
    /// When a cell does not fit the table, which is a mistake of the generator, or the file cannot be written.
    pub fn row(&mut self, cells: &[(&str, Cell<'_>)]) -> Result<(), Error> {
        let row = self.rows;
        for (at, text) in &self.constants {
            self.columns[*at].set(row, Cell::Text(text));
        }
        for (name, cell) in cells {
            let fits = self.index.get(*name).is_some_and(|at| self.columns[*at].set(row, *cell));
            if !fits {
                return Err(self.failed(format!("{}.{name} cannot hold {cell:?}", self.name)));
            }
        }
        self.rows += 1;
        self.total += 1;
        if self.rows == GROUP_ROWS || self.is_full() { self.flush() } else { Ok(()) }
    }

    /// Whether the file has all rows that it may have, those of the next row group included.
    fn is_full(&self) -> bool {
        self.rows_per_file.is_some_and(|most| self.in_file + self.rows as u64 >= most)
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        if self.writer.is_none() {
            self.open()?;
        }
        let full = self.is_full();
        let rows = std::mem::take(&mut self.rows);
        self.in_file += rows as u64;
        let columns: PolarsResult<Vec<_>> = self.columns.iter_mut().map(|c| c.finish(rows)).collect();
        let frame = columns.and_then(|columns| DataFrame::new(rows, columns));
        let written = match (frame, &mut self.writer) {
            (Ok(frame), Some(writer)) => writer.write_batch(&frame),
            (Err(error), _) => Err(error),
            (Ok(_), None) => Ok(()),
        };
        written.map_err(|e| self.failed(e.to_string()))?;
        // The next file begins with its first rows.
        if full { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), Error> {
        match self.writer.take().map(|writer| writer.finish()) {
            Some(Err(e)) => Err(self.failed(e.to_string())),
            _ => Ok(()),
        }
    }

    /// Ends the table and says how many rows it has.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.flush()?;
        self.close()?;
        Ok(self.total)
    }

    fn failed(&self, reason: String) -> Error {
        Error::Write { path: self.path.clone(), reason }
    }
}

fn stored_type(ty: KqlType) -> DataType {
    match ty {
        KqlType::DateTime => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        other => kql_polars::typed::polars_type(other),
    }
}

impl Column {
    fn set(&mut self, row: usize, cell: Cell<'_>) -> bool {
        let values = self.values.get_or_insert_with(|| match self.ty {
            KqlType::DateTime => Values::Time(Vec::new()),
            KqlType::Int => Values::Int(Vec::new()),
            KqlType::Long => Values::Long(Vec::new()),
            KqlType::Real => Values::Real(Vec::new()),
            KqlType::Bool => Values::Bool(Vec::new()),
            _ => Values::Text(StringChunkedBuilder::new(self.name.clone(), GROUP_ROWS.min(4096))),
        });
        let gap = row - self.len;
        self.len = row + 1;
        match (values, cell) {
            (Values::Text(values), Cell::Text(text)) => {
                (0..gap).for_each(|_| values.append_null());
                values.append_value(text);
            }
            (Values::Time(values), Cell::Time(time)) => put(values, row, time),
            (Values::Int(values), Cell::Number(n)) => match i32::try_from(n) {
                Ok(n) => put(values, row, n),
                Err(_) => return false,
            },
            (Values::Long(values), Cell::Number(n)) => put(values, row, n),
            (Values::Real(values), Cell::Real(v)) => put(values, row, v),
            (Values::Bool(values), Cell::Bool(v)) => put(values, row, v),
            _ => return false,
        }
        true
    }

    fn finish(&mut self, rows: usize) -> PolarsResult<polars::prelude::Column> {
        let name = self.name.clone();
        let stored = stored_type(self.ty);
        let gap = rows - std::mem::take(&mut self.len);
        Ok(match self.values.take() {
            None => Series::full_null(name, rows, &stored).into_column(),
            Some(Values::Text(mut values)) => {
                (0..gap).for_each(|_| values.append_null());
                values.finish().into_column()
            }
            Some(Values::Time(values)) => Series::new(name, fill(values, rows)).cast(&stored)?.into_column(),
            Some(Values::Int(values)) => Series::new(name, fill(values, rows)).into_column(),
            Some(Values::Long(values)) => Series::new(name, fill(values, rows)).into_column(),
            Some(Values::Real(values)) => Series::new(name, fill(values, rows)).into_column(),
            Some(Values::Bool(values)) => Series::new(name, fill(values, rows)).into_column(),
        })
    }
}

fn put<T: Clone>(values: &mut Vec<Option<T>>, row: usize, value: T) {
    values.resize(row, None);
    values.push(Some(value));
}

fn fill<T: Clone>(mut values: Vec<Option<T>>, rows: usize) -> Vec<Option<T>> {
    values.resize(rows, None);
    values
}
