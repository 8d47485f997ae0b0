//! Cells of an answer into Polars columns, in the representations that [`kql_polars::typed`] lists.

use std::borrow::Cow;

use kql::KqlType;
use kql::time::{TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, parse_datetime, parse_timespan, ticks_of_date};
use kql::types::parse_decimal;
use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder, Column, Float64Type, Int32Type, Int64Type, IntoColumn,
    PrimitiveChunkedBuilder, StringChunkedBuilder,
};

/// Rows of a block of a column: what is allocated at first. Blocks grow to [`BLOCK_ROWS`].
const FIRST_ROWS: usize = 256;
/// A column is made of blocks of this many rows, so that growing never copies much.
pub const BLOCK_ROWS: usize = 32_768;

/// A cell as it is in the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// Text.
    Text(&'a str),
    /// An array or an object, as JSON.
    Json(&'a str),
}

enum Cells {
    Bool(BooleanChunkedBuilder),
    Int(PrimitiveChunkedBuilder<Int32Type>),
    Long(PrimitiveChunkedBuilder<Int64Type>),
    Real(PrimitiveChunkedBuilder<Float64Type>),
    Text(StringChunkedBuilder),
}

/// A column that is being read.
pub struct ColumnBuilder {
    ty: KqlType,
    cells: Cells,
    /// Cells whose value is none of the column's type: they are null.
    unreadable: u64,
}

impl std::fmt::Debug for ColumnBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ColumnBuilder({}, {} unreadable)", self.ty, self.unreadable)
    }
}

fn cells(ty: KqlType, rows: usize) -> Cells {
    let name = "".into();
    match ty {
        KqlType::Bool => Cells::Bool(BooleanChunkedBuilder::new(name, rows)),
        KqlType::Int => Cells::Int(PrimitiveChunkedBuilder::new(name, rows)),
        KqlType::Long | KqlType::DateTime | KqlType::TimeSpan => Cells::Long(PrimitiveChunkedBuilder::new(name, rows)),
        KqlType::Real => Cells::Real(PrimitiveChunkedBuilder::new(name, rows)),
        KqlType::String | KqlType::Decimal | KqlType::Dynamic | KqlType::Guid => {
            Cells::Text(StringChunkedBuilder::new(name, rows))
        }
    }
}

impl ColumnBuilder {
    /// An empty column.
    pub fn new(ty: KqlType) -> Self {
        Self { ty, cells: cells(ty, FIRST_ROWS), unreadable: 0 }
    }

    /// How many cells could not be read.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The rows so far as a column of this name; the next ones go into a new block.
    pub fn take(&mut self, name: &str, expected: usize) -> Column {
        let column = match std::mem::replace(&mut self.cells, cells(self.ty, expected)) {
            Cells::Bool(cells) => cells.finish().into_column(),
            Cells::Int(cells) => cells.finish().into_column(),
            Cells::Long(cells) => cells.finish().into_column(),
            Cells::Real(cells) => cells.finish().into_column(),
            Cells::Text(cells) => cells.finish().into_column(),
        };
        column.with_name(name.into())
    }

    /// Adds a cell. One that is no value of the column's type becomes null, and is counted.
    pub fn push(&mut self, cell: Cell<'_>) {
        let read = match &mut self.cells {
            Cells::Text(cells) => push_text(cells, self.ty, cell),
            Cells::Long(cells) => {
                let value = match (self.ty, cell) {
                    (_, Cell::Null) => Some(None),
                    (KqlType::DateTime, Cell::Text(text)) => datetime(text).map(Some),
                    (KqlType::TimeSpan, Cell::Text(text)) => parse_timespan(text).map(Some),
                    (KqlType::Long, Cell::Number(text) | Cell::Text(text)) => text.parse().ok().map(Some),
                    (KqlType::Long, Cell::Bool(value)) => Some(Some(i64::from(value))),
                    _ => None,
                };
                cells.append_option(value.flatten());
                value.is_some()
            }
            Cells::Int(cells) => {
                let value = match cell {
                    Cell::Null => Some(None),
                    Cell::Number(text) | Cell::Text(text) => text.parse().ok().map(Some),
                    Cell::Bool(value) => Some(Some(i32::from(value))),
                    Cell::Json(_) => None,
                };
                cells.append_option(value.flatten());
                value.is_some()
            }
            Cells::Real(cells) => {
                let value = match cell {
                    Cell::Null => Some(None),
                    Cell::Number(text) => text.parse().ok().map(Some),
                    Cell::Text(text) => real(text).map(Some),
                    _ => None,
                };
                cells.append_option(value.flatten());
                value.is_some()
            }
            Cells::Bool(cells) => {
                let value = match cell {
                    Cell::Null => Some(None),
                    Cell::Bool(value) => Some(Some(value)),
                    // The first version of Kusto's API has 0 and 1.
                    Cell::Number("0") => Some(Some(false)),
                    Cell::Number("1") => Some(Some(true)),
                    Cell::Text(text) if text.eq_ignore_ascii_case("true") => Some(Some(true)),
                    Cell::Text(text) if text.eq_ignore_ascii_case("false") => Some(Some(false)),
                    _ => None,
                };
                cells.append_option(value.flatten());
                value.is_some()
            }
        };
        self.unreadable += u64::from(!read);
    }
}

/// A cell of one of the types that are held as text. Whether it could be read.
fn push_text(cells: &mut StringChunkedBuilder, ty: KqlType, cell: Cell<'_>) -> bool {
    match (ty, cell) {
        (KqlType::String, Cell::Text(text) | Cell::Number(text) | Cell::Json(text)) => cells.append_value(text),
        (KqlType::String, Cell::Null) => cells.append_value(""),
        (KqlType::String, Cell::Bool(value)) => cells.append_value(if value { "true" } else { "false" }),
        (_, Cell::Null) => cells.append_null(),
        (KqlType::Dynamic, Cell::Text(text)) => {
            cells.append_option(kql_polars::json::text_or_json(text).as_deref());
        }
        (KqlType::Dynamic, Cell::Number(text) | Cell::Json(text)) => {
            cells.append_option(kql_polars::json::canonical(text).as_deref());
        }
        (KqlType::Dynamic, Cell::Bool(value)) => cells.append_value(if value { "true" } else { "false" }),
        (KqlType::Decimal, Cell::Text(text) | Cell::Number(text)) => {
            let value = parse_decimal(text);
            cells.append_option(value.as_deref());
            return value.is_some();
        }
        (KqlType::Guid, Cell::Text(text)) => {
            let value = guid(text);
            cells.append_option(value.as_deref());
            return value.is_some();
        }
        _ => {
            cells.append_null();
            return false;
        }
    }
    true
}

/// A guid in lower case with its hyphens.
fn guid(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let canonical = bytes.len() == 36
        && bytes.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        });
    if canonical {
        return Some(Cow::Borrowed(text));
    }
    uuid::Uuid::parse_str(text.trim()).ok().map(|uuid| Cow::Owned(uuid.to_string()))
}

/// A real that JSON has no number for.
fn real(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" | "∞" => Some(f64::INFINITY),
        "-Infinity" | "-∞" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// A datetime: the form that the services write at once, any other that KQL knows slowly.
fn datetime(text: &str) -> Option<i64> {
    service_datetime(text.as_bytes()).or_else(|| parse_datetime(text))
}

/// `2023-02-20T11:04:02.6371632Z`, with up to seven decimals or none.
fn service_datetime(text: &[u8]) -> Option<i64> {
    let text = text.strip_suffix(b"Z")?;
    let (clock, fraction) = text.split_at_checked(19)?;
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        clock[range].iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    if [clock[4], clock[7], clock[10], clock[13], clock[16]] != *b"--T::" {
        return None;
    }
    let day = ticks_of_date(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)?;
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut ticks = 0;
    if let Some((point, digits)) = fraction.split_first() {
        if *point != b'.' || digits.is_empty() || digits.len() > 7 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        ticks = (0..7).fold(0, |n, i| n * 10 + digits.get(i).map_or(0, |b| i64::from(b - b'0')));
    }
    Some(
        day + i64::from(hour) * TICKS_PER_HOUR
            + i64::from(minute) * TICKS_PER_MINUTE
            + i64::from(second) * TICKS_PER_SECOND
            + ticks,
    )
}

/// The KQL type of a column as an API names it: by KQL's name, or by .NET's as in the first version of Kusto's API.
///
/// Source: <https://learn.microsoft.com/kusto/api/rest/response>
pub fn column_type(name: &str) -> Option<KqlType> {
    let lower = name.trim().to_ascii_lowercase();
    let plain = lower.strip_prefix("system.").unwrap_or(&lower);
    KqlType::parse(plain).or(match plain {
        "sbyte" => Some(KqlType::Bool),
        "single" => Some(KqlType::Real),
        "sqldecimal" | "data.sqltypes.sqldecimal" => Some(KqlType::Decimal),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kql::Value;

    use super::*;

    fn read(ty: KqlType, cells: &[Cell<'_>]) -> (Vec<Value>, u64) {
        let mut builder = ColumnBuilder::new(ty);
        cells.iter().for_each(|cell| builder.push(*cell));
        let column = builder.take("x", 0);
        let values = (0..cells.len()).map(|row| kql_polars::typed::value_at(&column, ty, row).unwrap()).collect();
        (values, builder.unreadable())
    }

    #[test]
    fn each_type_has_its_values_and_its_null() {
        let (values, unreadable) = read(
            KqlType::DateTime,
            &[
                Cell::Text("1970-01-01T00:00:00Z"),
                Cell::Text("1970-01-01T00:00:00.0000001Z"),
                Cell::Null,
                Cell::Text("x"),
            ],
        );
        let epoch = kql::time::UNIX_EPOCH_TICKS;
        let null = || Value::Null(KqlType::DateTime);
        assert_eq!(values, [Value::DateTime(epoch), Value::DateTime(epoch + 1), null(), null()]);
        assert_eq!(unreadable, 1);

        let (values, unreadable) = read(
            KqlType::Real,
            &[Cell::Number("1"), Cell::Number("-2.5e3"), Cell::Text("Infinity"), Cell::Null, Cell::Bool(true)],
        );
        let null = Value::Null(KqlType::Real);
        assert_eq!(values, [Value::Real(1.0), Value::Real(-2500.0), Value::Real(f64::INFINITY), null.clone(), null]);
        assert_eq!(unreadable, 1);

        let long = [Cell::Number("9223372036854775807"), Cell::Text("-3"), Cell::Number("1.5"), Cell::Null];
        let null = Value::Null(KqlType::Long);
        assert_eq!(read(KqlType::Long, &long), (vec![Value::Long(i64::MAX), Value::Long(-3), null.clone(), null], 1));

        let flags = [Cell::Bool(true), Cell::Number("0"), Cell::Number("2"), Cell::Null];
        let null = Value::Null(KqlType::Bool);
        assert_eq!(read(KqlType::Bool, &flags), (vec![Value::Bool(true), Value::Bool(false), null.clone(), null], 1));

        let spans = [Cell::Text("1.02:03:04.5000000"), Cell::Null];
        let ticks = kql::time::parse_timespan("1.02:03:04.5").unwrap();
        assert_eq!(read(KqlType::TimeSpan, &spans).0, [Value::TimeSpan(ticks), Value::Null(KqlType::TimeSpan)]);

        let guids = [Cell::Text("52B1AB41-869E-4138-9E40-2A4457F09BF0"), Cell::Text("no"), Cell::Null];
        let (values, unreadable) = read(KqlType::Guid, &guids);
        assert_eq!(values[0], Value::Guid("52b1ab41-869e-4138-9e40-2a4457f09bf0".into()));
        assert_eq!((values[1].is_null(), values[2].is_null(), unreadable), (true, true, 1));

        let decimals = [Cell::Text("1.250"), Cell::Number("3"), Cell::Text("x")];
        assert_eq!(read(KqlType::Decimal, &decimals).1, 1);
    }

    #[test]
    fn text_is_never_null_and_dynamic_is_json() {
        let texts = [Cell::Text("a"), Cell::Null, Cell::Number("1"), Cell::Json("[1]")];
        let expected = ["a", "", "1", "[1]"].map(|text| Value::String(text.into()));
        assert_eq!(read(KqlType::String, &texts), (expected.to_vec(), 0));

        let cells =
            [Cell::Text("{\"a\": [1, 2]}"), Cell::Json("{ \"b\":1}"), Cell::Text("plain"), Cell::Null, Cell::Text("")];
        let (values, unreadable) = read(KqlType::Dynamic, &cells);
        assert_eq!(values[0], Value::Dynamic(serde_json::json!({"a": [1, 2]})));
        assert_eq!(values[1], Value::Dynamic(serde_json::json!({"b": 1})));
        assert_eq!(values[2], Value::Dynamic("plain".into()));
        assert_eq!((values[3].is_null(), values[4].is_null(), unreadable), (true, true, 0));
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_to_read_a_datetime_agrees_with_the_slow_one(ticks in 0..=kql::time::MAX_DATETIME_TICKS) {
            let text = kql::time::format_datetime(ticks);
            proptest::prop_assert_eq!(service_datetime(text.as_bytes()), Some(ticks));
        }

        #[test]
        fn what_the_quick_way_reads_the_slow_one_reads_too(text in "[0-9]{4}-[0-2][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?Z?") {
            if let Some(ticks) = service_datetime(text.as_bytes()) {
                proptest::prop_assert_eq!(parse_datetime(&text), Some(ticks));
            }
        }
    }

    #[test]
    fn types_by_either_name() {
        assert_eq!(column_type("System.DateTime"), Some(KqlType::DateTime));
        assert_eq!(column_type("SByte"), Some(KqlType::Bool));
        assert_eq!(column_type("real"), Some(KqlType::Real));
        assert_eq!(column_type("Data.SqlTypes.SqlDecimal"), Some(KqlType::Decimal));
        assert_eq!(column_type("hologram"), None);
    }
}
