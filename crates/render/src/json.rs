//! Tables as JSON.

use std::io::Write;

use kql_polars::KqlTable;
use serde_json::{Map, Number, Value as Json};

use crate::cell::Cell;
use crate::error::Result;
use crate::format;
use kql::KqlType;

/// A row as a JSON object with the columns in order.
///
/// Datetimes are ISO 8601 text in UTC, timespans `[-][d.]hh:mm:ss[.fffffff]`, decimals text, dynamic values JSON, nulls
/// `null`. A real that JSON has no number for is `"NaN"`, `"Infinity"` or `"-Infinity"`, as in the query APIs.
pub fn row(table: &KqlTable, row: usize) -> Map<String, Json> {
    let cells = table.frame.columns().iter().zip(&table.columns);
    cells
        .map(|(series, column)| {
            let value = match Cell::read(series, column.ty, row) {
                Cell::Null => Json::Null,
                Cell::Plain(text) => plain(&text, column.ty),
                Cell::Time(ticks) => Json::String(kql::time::format_datetime(ticks)),
                Cell::Span(ticks) => Json::String(format::timespan(ticks)),
                Cell::Text(text) => Json::String(text.into_owned()),
                Cell::Json(text) => kql_polars::typed::parse_dynamic(&text),
            };
            (column.name.clone(), value)
        })
        .collect()
}

fn plain(text: &str, ty: KqlType) -> Json {
    match ty {
        KqlType::Bool => Json::Bool(text == "true"),
        KqlType::Int | KqlType::Long | KqlType::Real => match text.parse::<Number>() {
            Ok(number) => Json::Number(number),
            Err(_) => Json::String(text.to_owned()),
        },
        _ => Json::String(text.to_owned()),
    }
}

/// All rows as JSON objects.
pub fn rows(table: &KqlTable) -> Vec<Map<String, Json>> {
    (0..table.rows()).map(|i| row(table, i)).collect()
}

/// Writes all rows as newline-delimited JSON, one object per line.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_lines(table: &KqlTable, out: impl Write) -> Result<()> {
    let mut out = std::io::BufWriter::new(out);
    for i in 0..table.rows() {
        serde_json::to_writer(&mut out, &row(table, i)).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::table::tests::table;
    use kql::Value;

    #[test]
    fn every_type() {
        let table = table(&[
            ("s", KqlType::String, &[Value::String("a\n\"<b>".into()), Value::String(String::new())]),
            ("n", KqlType::Long, &[Value::Long(i64::MAX), Value::Null(KqlType::Long)]),
            ("r", KqlType::Real, &[Value::Real(1.5), Value::Real(f64::NAN)]),
            ("b", KqlType::Bool, &[Value::Bool(true), Value::Null(KqlType::Bool)]),
            ("t", KqlType::DateTime, &[Value::DateTime(1), Value::Null(KqlType::DateTime)]),
            (
                "d",
                KqlType::Dynamic,
                &[Value::Dynamic(serde_json::json!({"z": 1, "a": [null]})), Value::Null(KqlType::Dynamic)],
            ),
        ]);
        let mut out = Vec::new();
        write_lines(&table, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        {"s":"a\n\"<b>","n":9223372036854775807,"r":1.5,"b":true,"t":"0001-01-01T00:00:00.0000001Z","d":{"z":1,"a":[null]}}
        {"s":"","n":null,"r":"NaN","b":null,"t":null,"d":null}
        "#);
    }
}
