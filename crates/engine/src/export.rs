//! Results as files for other programs: Parquet, CSV, NDJSON. (The JSON of the Log Analytics query API is [`server::log_analytics::write`].)

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use kql::{KqlType, time};
use kql_polars::KqlTable;
use polars::prelude::{
    ChunkApply, DataFrame, DataType, IntoColumn, IntoSeries, ParquetWriter, PolarsResult, TimeUnit, TimeZone,
};

use crate::error::{Error, ErrorCode, quoted};

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    /// Parquet, which Entity Explorer reads as a table of a workspace again.
    Parquet,
    /// CSV (RFC 4180), safe to open in a spreadsheet.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl FileFormat {
    /// The format of a name.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name.to_ascii_lowercase().as_str() {
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            "ndjson" | "jsonl" | "json" => Ok(Self::Ndjson),
            _ => Err(Error::unknown("file format", name, ["parquet", "csv", "ndjson"])),
        }
    }
}

/// Writes a table to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn to_file(table: &KqlTable, format: FileFormat, path: &Path) -> Result<(), Error> {
    let failed = |why: &dyn std::fmt::Display| {
        Error::new(ErrorCode::Io, format!("{} cannot be written: {why}", quoted(&path.display().to_string())))
            .with_help("check that its folder exists and may be written to")
    };
    let file = File::create(path).map_err(|e| failed(&e))?;
    to_writer(table, format, file).map_err(|e| failed(&e))
}

/// Writes a table to anything.
///
/// # Errors
/// When writing fails.
pub fn to_writer(table: &KqlTable, format: FileFormat, out: impl Write) -> io::Result<()> {
    match format {
        FileFormat::Csv => render::csv::write(table, out).map_err(io::Error::other),
        FileFormat::Ndjson => render::json::write_lines(table, out).map_err(io::Error::other),
        FileFormat::Parquet => {
            let mut frame = stored(table).map_err(io::Error::other)?;
            ParquetWriter::new(out).finish(&mut frame).map_err(io::Error::other)?;
            Ok(())
        }
    }
}

/// The frame with datetimes as Parquet timestamps. Nanoseconds hold 100 ns exactly, but only from 1677 to 2262: a column with
/// other years is written as ISO 8601 text, which loses nothing either.
fn stored(table: &KqlTable) -> PolarsResult<DataFrame> {
    const REACH: i64 = i64::MAX / 100;
    const NANOSECOND_YEARS: std::ops::RangeInclusive<i64> =
        time::UNIX_EPOCH_TICKS - REACH..=time::UNIX_EPOCH_TICKS + REACH;
    let mut columns = Vec::with_capacity(table.columns.len());
    for (column, series) in table.columns.iter().zip(table.frame.columns()) {
        columns.push(match column.ty {
            KqlType::DateTime => {
                let ticks = series.i64()?;
                let fits = ticks.iter().flatten().all(|t| NANOSECOND_YEARS.contains(&t));
                if fits {
                    let nanos = ticks.apply_values(|t| (t - time::UNIX_EPOCH_TICKS) * 100);
                    let utc = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
                    nanos.into_series().cast(&utc)?.into_column()
                } else {
                    let text: polars::prelude::StringChunked =
                        ticks.iter().map(|t| t.map(time::format_datetime)).collect();
                    text.with_name(series.name().clone()).into_series().into_column()
                }
            }
            KqlType::TimeSpan => {
                let text: polars::prelude::StringChunked =
                    series.i64()?.iter().map(|t| t.map(time::format_timespan)).collect();
                text.with_name(series.name().clone()).into_series().into_column()
            }
            _ => series.clone(),
        });
    }
    DataFrame::new(table.rows(), columns)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn table(query: &str) -> KqlTable {
        kql_polars::run(query, &kql_polars::NoTables, &Default::default(), &Default::default()).unwrap()
    }

    fn json(table: &KqlTable) -> String {
        let mut out = Vec::new();
        server::log_analytics::write(table, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn parquet_is_read_back_as_the_same_table() {
        let folder = tempfile::tempdir().unwrap();
        let before = table(
            "datatable (TimeGenerated: datetime, Old: datetime, n: long, s: string) [datetime(2020-01-02 03:04:05.1234567), datetime(0005-01-01), 1, 'x', datetime(null), datetime(null), long(null), '']",
        );
        to_file(&before, FileFormat::Parquet, &folder.path().join("T.parquet")).unwrap();
        let workspace = local::Workspace::open(folder.path()).unwrap();
        let after = kql_polars::run(
            "T | project TimeGenerated, Old = todatetime(Old), n, s",
            &workspace,
            &Default::default(),
            &Default::default(),
        )
        .unwrap();
        assert_eq!(json(&before), json(&after));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let error = to_file(&table("print 1"), FileFormat::Csv, Path::new("/no/such/folder/x.csv")).unwrap_err();
        assert!(error.message.starts_with("\"/no/such/folder/x.csv\" cannot be written: "), "{error}");
    }
}
