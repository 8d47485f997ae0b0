//! Results as files and text for other programs: Parquet, CSV, NDJSON, and the JSON of the Log Analytics query API.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use kql::{KqlType, Value, time};
use kql_polars::KqlTable;
use polars::prelude::{
    ChunkApply, DataFrame, DataType, IntoColumn, IntoSeries, ParquetWriter, PolarsResult, TimeUnit, TimeZone,
};
use serde_json::{Map, Value as Json, json};

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

/// The table as the Log Analytics query API answers: `{"tables": [{"name", "columns": [{"name", "type"}], "rows"}]}`. Datetimes are
/// ISO 8601 in UTC, timespans `d.hh:mm:ss.fffffff`, dynamic values JSON text, nulls null.
///
/// Source: <https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format>
///
/// # Errors
/// When a cell cannot be read.
pub fn api_json(table: &KqlTable) -> PolarsResult<Json> {
    let columns: Vec<Json> = table.columns.iter().map(|c| json!({"name": c.name, "type": c.ty.name()})).collect();
    let mut rows = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let cells: PolarsResult<Vec<Json>> =
            (0..table.columns.len()).map(|column| Ok(api_cell(&table.value(row, column)?))).collect();
        rows.push(Json::Array(cells?));
    }
    let mut answer = Map::new();
    answer.insert("tables".into(), json!([{"name": "PrimaryResult", "columns": columns, "rows": rows}]));
    if let Some(hint) = &table.render {
        let properties: Map<String, Json> =
            hint.properties.iter().map(|(k, v)| (k.clone(), Json::String(v.clone()))).collect();
        answer.insert("render".into(), json!({"visualization": hint.visualization, "properties": properties}));
    }
    Ok(Json::Object(answer))
}

fn api_cell(value: &Value) -> Json {
    match value {
        Value::Null(_) => Json::Null,
        Value::Bool(v) => (*v).into(),
        Value::Int(v) => (*v).into(),
        Value::Long(v) => (*v).into(),
        Value::Real(v) if v.is_nan() => "NaN".into(),
        Value::Real(v) if v.is_infinite() => (if *v > 0.0 { "Infinity" } else { "-Infinity" }).into(),
        Value::Real(v) => json!(v),
        Value::DateTime(t) => short_iso(*t).into(),
        Value::TimeSpan(t) => time::format_timespan(*t).into(),
        Value::Decimal(v) | Value::String(v) | Value::Guid(v) => v.as_str().into(),
        Value::Dynamic(v) => v.to_string().into(),
    }
}

/// ISO 8601 with as many decimals as there are, at most seven.
fn short_iso(ticks: i64) -> String {
    let text = time::format_datetime(ticks);
    let digits = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("{digits}Z")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn table(query: &str) -> KqlTable {
        kql_polars::run(query, &kql_polars::NoTables, &Default::default(), &Default::default()).unwrap()
    }

    #[test]
    fn json_has_the_shape_of_the_query_api() {
        let table = table(
            "print a = datetime(2020-01-02 03:04:05.1234567), b = 26h, c = dynamic({'x': [1, null]}), d = long(null), e = 1.5, f = ''",
        );
        assert_eq!(
            api_json(&table).unwrap().to_string(),
            r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a","type":"datetime"},{"name":"b","type":"timespan"},{"name":"c","type":"dynamic"},{"name":"d","type":"long"},{"name":"e","type":"real"},{"name":"f","type":"string"}],"rows":[["2020-01-02T03:04:05.1234567Z","1.02:00:00","{\"x\":[1,null]}",null,1.5,""]]}]}"#
        );
        assert_eq!(short_iso(0), "0001-01-01T00:00:00Z");
        assert_eq!(short_iso(time::UNIX_EPOCH_TICKS + 5_000_000), "1970-01-01T00:00:00.5Z");
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
        assert_eq!(api_json(&before).unwrap(), api_json(&after).unwrap());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let error = to_file(&table("print 1"), FileFormat::Csv, Path::new("/no/such/folder/x.csv")).unwrap_err();
        assert!(error.message.starts_with("\"/no/such/folder/x.csv\" cannot be written: "), "{error}");
    }
}
