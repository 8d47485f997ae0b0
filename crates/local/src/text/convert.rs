//! Columns of text to columns of KQL types.

use kql::KqlType;
use kql_polars::SourceColumn;
use kql_polars::typed::polars_type;
use polars::prelude::*;

use super::raw::{Kind, RawColumn, RawTable};
use crate::schema::Schema as KnownTypes;
use crate::table::TimeRange;
use crate::values::{self, DateOrder};

/// The table as a frame in canonical form, its columns, and what to tell about it.
pub fn typed(
    table: &str,
    raw: RawTable,
    known: &KnownTypes,
) -> PolarsResult<(DataFrame, Vec<SourceColumn>, Vec<String>)> {
    let (rows, mut notes) = (raw.rows, raw.notes);
    let (mut series, mut columns) = (Vec::new(), Vec::new());
    for column in raw.columns {
        let name = column.name.clone();
        let (ty, values) = one(table, column, known, &mut notes);
        series.push(values);
        columns.push(SourceColumn { name, ty, stored: polars_type(ty) });
    }
    Ok((DataFrame::new(rows, series)?, columns, notes))
}

fn one(table: &str, column: RawColumn, known: &KnownTypes, notes: &mut Vec<String>) -> (KqlType, Column) {
    let (name, dated, kinds) = (column.name.clone(), column.dated, column.kinds.clone());
    let text = column.finish();
    let wanted = known.column(table, &name).or(dated.then_some(KqlType::DateTime));
    let ty = wanted.unwrap_or_else(|| match &kinds {
        Some(kinds) => of_json(kinds, &text),
        None => of_text(&text),
    });
    let order = if ty == KqlType::DateTime { date_order(&text) } else { DateOrder::MonthFirst };
    let values = convert(&text, kinds.as_deref(), ty, order);
    let lost = if ty == KqlType::String || values.null_count() == text.null_count() {
        0
    } else {
        values.null_count() - nothing(&text, ty)
    };
    if lost > 0 {
        let (count, example) = (lost, first_lost(&text, &values));
        // A column of which nothing can be read has another type here than in the service.
        if lost == text.len() - text.null_count() {
            notes.push(format!("{table}.{name} should be {ty}, but none of its values is; it is read as string"));
            return (KqlType::String, convert(&text, kinds.as_deref(), KqlType::String, order));
        }
        let cells = if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
        notes.push(format!("{table}.{name}: {cells} cannot be read as {ty} and are null, such as {example:?}"));
    }
    if ty == KqlType::DateTime && order == DateOrder::DayFirst {
        notes.push(format!(
            "{table}.{name} is read with the day before the month, as some of its values can only be read so"
        ));
    }
    (ty, values)
}

/// Cells that are null for a good reason.
fn nothing(text: &StringChunked, ty: KqlType) -> usize {
    match ty {
        KqlType::Dynamic => text.iter().filter(|v| v.is_none_or(|v| values::dynamic_text(v).is_none())).count(),
        _ => text.iter().filter(|v| v.is_none_or(|v| v.trim().is_empty() || v.trim() == "null")).count(),
    }
}

/// The first value that was lost, cut to a length that can be shown.
fn first_lost(text: &StringChunked, values: &Column) -> String {
    let missing = values.is_null();
    let lost = text.iter().zip(missing.iter()).find_map(|(t, m)| t.filter(|t| m == Some(true) && !t.trim().is_empty()));
    lost.unwrap_or_default().chars().take(40).collect()
}

fn convert(text: &StringChunked, kinds: Option<&[Kind]>, ty: KqlType, order: DateOrder) -> Column {
    let name = text.name().clone();
    match ty {
        KqlType::String => {
            if text.null_count() == 0 {
                return text.clone().into_column();
            }
            let mut out = StringChunkedBuilder::new(name, text.len());
            text.iter().for_each(|v| out.append_value(v.unwrap_or_default()));
            out.finish().into_column()
        }
        KqlType::Bool => {
            text.iter().map(|v| values::parse_bool(v?)).collect::<BooleanChunked>().with_name(name).into_column()
        }
        KqlType::Int => {
            let int = |v: &str| values::parse_long(v).and_then(|n| i32::try_from(n).ok());
            text.iter().map(|v| int(v?)).collect::<Int32Chunked>().with_name(name).into_column()
        }
        KqlType::Long => {
            text.iter().map(|v| values::parse_long(v?)).collect::<Int64Chunked>().with_name(name).into_column()
        }
        KqlType::Real => {
            text.iter().map(|v| values::parse_real(v?)).collect::<Float64Chunked>().with_name(name).into_column()
        }
        KqlType::DateTime => text
            .iter()
            .map(|v| values::parse_datetime(v?, order))
            .collect::<Int64Chunked>()
            .with_name(name)
            .into_column(),
        KqlType::TimeSpan => {
            text.iter().map(|v| values::parse_timespan(v?)).collect::<Int64Chunked>().with_name(name).into_column()
        }
        KqlType::Decimal => {
            text.iter().map(|v| values::parse_decimal(v?)).collect::<StringChunked>().with_name(name).into_column()
        }
        KqlType::Guid => {
            text.iter().map(|v| values::parse_guid(v?)).collect::<StringChunked>().with_name(name).into_column()
        }
        KqlType::Dynamic => {
            let mut out = StringChunkedBuilder::new(name, text.len());
            for (row, value) in text.iter().enumerate() {
                let kind = kinds.and_then(|k| k.get(row)).copied();
                match value {
                    // Numbers and truth values are JSON as they are; nested ones are compact already.
                    Some(value) if matches!(kind, Some(Kind::Number | Kind::Bool | Kind::Nested)) => {
                        out.append_value(value)
                    }
                    Some(value) => out.append_option(values::dynamic_text(value)),
                    None => out.append_null(),
                }
            }
            out.finish().into_column()
        }
    }
}

fn date_order(text: &StringChunked) -> DateOrder {
    if text.iter().flatten().any(values::needs_day_first) { DateOrder::DayFirst } else { DateOrder::MonthFirst }
}

/// The type of a column of CSV of which nothing is known. Only what all values agree on is taken: numbers that are really names (leading zeros,
/// a plus sign) stay text, and so does what is mixed.
fn of_text(text: &StringChunked) -> KqlType {
    let all = |test: &dyn Fn(&str) -> bool| text.iter().flatten().all(test);
    if text.null_count() == text.len() {
        return KqlType::String;
    }
    if all(&|v| matches!(v, "true" | "false" | "True" | "False" | "TRUE" | "FALSE")) {
        KqlType::Bool
    } else if all(&plain_long) {
        KqlType::Long
    } else if all(&plain_real) {
        KqlType::Real
    } else if all(&is_datetime) {
        if date_order(text) == DateOrder::DayFirst
            && text.iter().flatten().any(|v| values::parse_datetime(v, DateOrder::DayFirst).is_none())
        {
            return KqlType::String;
        }
        KqlType::DateTime
    } else if all(&|v| v.starts_with(['{', '[']) && values::compact_json(v).is_some()) {
        KqlType::Dynamic
    } else {
        KqlType::String
    }
}

fn is_datetime(v: &str) -> bool {
    values::parse_datetime(v, DateOrder::MonthFirst).is_some()
        || values::parse_datetime(v, DateOrder::DayFirst).is_some()
}

fn plain_long(v: &str) -> bool {
    let digits = v.strip_prefix('-').unwrap_or(v);
    let plain = digits == "0" || !digits.starts_with('0');
    plain && digits.bytes().all(|b| b.is_ascii_digit()) && v.parse::<i64>().is_ok()
}

fn plain_real(v: &str) -> bool {
    let digits = v.strip_prefix('-').unwrap_or(v);
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
    let plain =
        whole == "0" || (!whole.starts_with('0') && !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()));
    // A whole number beyond 64 bits would lose digits.
    plain && (digits.len() > whole.len() || plain_long(v)) && values::parse_real(v).is_some_and(f64::is_finite)
}

/// The type of a column with values of JSON of which nothing is known.
fn of_json(kinds: &[Kind], text: &StringChunked) -> KqlType {
    let has = |kind| kinds.contains(&kind);
    if has(Kind::Plain) && !has(Kind::Nested) {
        return of_text(text);
    }
    match (has(Kind::Text), has(Kind::Number), has(Kind::Bool), has(Kind::Nested)) {
        (false, false, false, false) => KqlType::String,
        (_, _, _, true) => KqlType::Dynamic,
        (false, true, false, _) => {
            let numbers = || text.iter().flatten();
            if numbers().all(|v| v.parse::<i64>().is_ok()) {
                KqlType::Long
            } else if numbers().all(|v| v.parse::<i64>().is_ok() || v.contains(['.', 'e', 'E'])) {
                KqlType::Real
            } else {
                // Whole numbers beyond 64 bits keep their digits.
                KqlType::Decimal
            }
        }
        (false, false, true, _) => KqlType::Bool,
        // Dates of JSON are strings: only full ones with a clock are taken for datetimes.
        (true, false, false, _) if text.iter().flatten().all(|v| v.len() >= 19 && v.contains(':') && is_iso(v)) => {
            KqlType::DateTime
        }
        _ => KqlType::String,
    }
}

fn is_iso(v: &str) -> bool {
    v.as_bytes().get(4) == Some(&b'-') && values::parse_datetime(v, DateOrder::MonthFirst).is_some()
}

/// First and last `TimeGenerated`.
pub fn times(frame: &DataFrame, columns: &[SourceColumn]) -> TimeRange {
    let dated = columns.iter().any(|c| c.name == "TimeGenerated" && c.ty == KqlType::DateTime);
    let ticks = dated.then(|| frame.column("TimeGenerated").ok()).flatten().and_then(|c| c.i64().ok());
    ticks.map_or_else(TimeRange::default, |t| TimeRange { first: t.min(), last: t.max() })
}
