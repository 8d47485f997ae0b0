//! The rows of a result as JSON arrays, block by block.

use kql::{KqlType, time};
use kql_polars::KqlTable;
use polars::prelude::{Column, DataFrame, PolarsResult};
use serde::de::IgnoredAny;

/// How dynamic cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dynamic {
    /// As a string that holds JSON text: Log Analytics, and version 1 of the Kusto API.
    Text,
    /// As the JSON value itself: version 2 of the Kusto API.
    Value,
}

/// Rows at a time that are turned into text.
const BLOCK: usize = 256;

/// Writes the rows of a table, a block at each call.
#[derive(Debug)]
pub struct Rows {
    frame: DataFrame,
    types: Vec<KqlType>,
    dynamic: Dynamic,
    next: usize,
    end: usize,
    first: bool,
}

impl Rows {
    /// All rows of a table.
    pub fn new(table: &KqlTable, dynamic: Dynamic) -> Self {
        Self::part(table, dynamic, 0, table.rows())
    }

    /// The rows `start..end`.
    pub fn part(table: &KqlTable, dynamic: Dynamic, start: usize, end: usize) -> Self {
        let end = end.min(table.rows());
        let types = table.columns.iter().map(|c| c.ty).collect();
        Self { frame: table.frame.clone(), types, dynamic, next: start.min(end), end, first: true }
    }

    /// Appends the next rows, `[…],[…]`, with a comma in front of all but the first. `false` when there are no more.
    ///
    /// # Errors
    /// When a column does not hold what its KQL type says.
    pub fn write_block(&mut self, out: &mut Vec<u8>) -> PolarsResult<bool> {
        let count = BLOCK.min(self.end - self.next);
        if count == 0 {
            return Ok(false);
        }
        let block = self.frame.slice(i64::try_from(self.next).unwrap_or(i64::MAX), count);
        self.next += count;
        let columns = block.columns();
        let mut cells: Vec<Cells<'_>> = Vec::with_capacity(columns.len());
        for (column, ty) in columns.iter().zip(&self.types) {
            cells.push(cells_of(column, *ty, self.dynamic)?);
        }
        for _ in 0..count {
            if !self.first {
                out.push(b',');
            }
            self.first = false;
            out.push(b'[');
            for (i, cell) in cells.iter_mut().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                cell(out);
            }
            out.push(b']');
        }
        Ok(true)
    }
}

/// Writes the next cell of a column.
type Cells<'a> = Box<dyn FnMut(&mut Vec<u8>) + 'a>;

/// The cells of a column, one at each call. Datetimes are ISO 8601 in UTC with as many decimals as there are (at most seven), timespans
/// `[-][d.]hh:mm:ss[.fffffff]`, decimals and guids text, a real that JSON has no number for `"NaN"`, `"Infinity"` or `"-Infinity"`.
///
/// Sources: recorded answers of the service in the tests of Microsoft's clients azure-monitor-query and azure-kusto-data.
fn cells_of<'a>(column: &'a Column, ty: KqlType, dynamic: Dynamic) -> PolarsResult<Cells<'a>> {
    Ok(match ty {
        KqlType::Bool => {
            each(column.bool()?.iter(), |v, out| out.extend_from_slice(if v { b"true" } else { b"false" }))
        }
        KqlType::Int => each(column.i32()?.iter(), json),
        KqlType::Long => each(column.i64()?.iter(), json),
        KqlType::Real => each(column.f64()?.iter(), real),
        KqlType::DateTime => each(column.i64()?.iter(), |v, out| json(datetime(v), out)),
        KqlType::TimeSpan => each(column.i64()?.iter(), |v, out| json(time::format_timespan(v), out)),
        KqlType::String => {
            let mut values = column.str()?.iter();
            // There is no null text.
            Box::new(move |out| json(values.next().flatten().unwrap_or_default(), out))
        }
        KqlType::Decimal | KqlType::Guid => each(column.str()?.iter(), json),
        KqlType::Dynamic => match dynamic {
            Dynamic::Text => each(column.str()?.iter(), json),
            Dynamic::Value => each(column.str()?.iter(), raw),
        },
    })
}

fn each<'a, T>(mut values: impl Iterator<Item = Option<T>> + 'a, write: impl Fn(T, &mut Vec<u8>) + 'a) -> Cells<'a> {
    Box::new(move |out| match values.next().flatten() {
        Some(value) => write(value, out),
        None => out.extend_from_slice(b"null"),
    })
}

/// Appends a value as JSON. Writing numbers and text to memory does not fail.
pub fn json(value: impl serde::Serialize, out: &mut Vec<u8>) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, &value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

fn real(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        json(value, out);
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else {
        out.extend_from_slice(if value > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
    }
}

/// JSON text as it is; text that is not JSON as a string, as in Kusto.
fn raw(text: &str, out: &mut Vec<u8>) {
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        out.extend_from_slice(text.as_bytes());
    } else {
        json(text, out);
    }
}

/// A datetime as the services write it: `2020-01-02T03:04:05.5Z`.
///
/// ```
/// assert_eq!(server::rows::datetime(0), "0001-01-01T00:00:00Z");
/// assert_eq!(server::rows::datetime(kql::time::UNIX_EPOCH_TICKS + 5_000_000), "1970-01-01T00:00:00.5Z");
/// ```
pub fn datetime(ticks: i64) -> String {
    let text = time::format_datetime(ticks);
    let digits = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("{digits}Z")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written(query: &str, dynamic: Dynamic) -> String {
        let table = kql_polars::run(query, &kql_polars::NoTables, &Default::default(), &Default::default()).unwrap();
        let mut rows = Rows::new(&table, dynamic);
        let mut out = Vec::new();
        while rows.write_block(&mut out).unwrap() {}
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_type_and_its_null() {
        let query = r#"print b = true, i = int(-3), l = 9223372036854775807, r = 1.0, big = 1e300, dec = decimal(12.50), t = datetime(2020-01-02 03:04:05.1234567),
            whole = datetime(2020-01-02 03:04:00), ts = -26h, s = "a\n\"ü", g = guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642), d = dynamic({"a": [1, null, "x"]}), text = dynamic("x")"#;
        assert_eq!(
            written(query, Dynamic::Text),
            r#"[true,-3,9223372036854775807,1.0,1e+300,"12.50","2020-01-02T03:04:05.1234567Z","2020-01-02T03:04:00Z","-1.02:00:00","a\n\"ü","74be27de-1e4e-49d9-b579-fe0b331d3642","{\"a\":[1,null,\"x\"]}","\"x\""]"#
        );
        assert!(written(query, Dynamic::Value).ends_with(r#"{"a":[1,null,"x"]},"x"]"#));
        assert_eq!(
            written(
                "print b = bool(null), i = int(null), l = long(null), r = real(null), dec = decimal(null), t = datetime(null), ts = timespan(null), s = '', g = guid(null), d = dynamic(null)",
                Dynamic::Value
            ),
            r#"[null,null,null,null,null,null,null,"",null,null]"#
        );
        assert_eq!(
            written("print a = real(nan), b = real(+inf), c = real(-inf)", Dynamic::Value),
            r#"["NaN","Infinity","-Infinity"]"#
        );
    }

    #[test]
    fn blocks_join_up() {
        let text = written("range x from 1 to 1000 step 1", Dynamic::Text);
        let rows: Vec<[i64; 1]> = serde_json::from_str(&format!("[{text}]")).unwrap();
        assert_eq!(rows.len(), 1000);
        assert_eq!(rows[999], [1000]);
    }
}
