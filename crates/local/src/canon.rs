//! Stored columns as columns of KQL types.
//!
//! The query engine reads the stored types that [`engine_reads`] lists as they are, which lets it push filters into the file. All others
//! are converted here, lazily, to the canonical type that [`kql_polars::typed`] gives.

use kql::KqlType;
use kql::time::{
    TICKS_PER_DAY, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_SECOND, UNIX_EPOCH_TICKS, format_datetime,
};
use kql_polars::kernels;
use kql_polars::typed::polars_type;
use polars::prelude::*;

use crate::values;

/// The KQL type that a stored type is read as when nothing is known of the column; `None` for what cannot be read.
pub fn natural_type(stored: &DataType) -> Option<KqlType> {
    Some(match stored {
        DataType::Boolean => KqlType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => KqlType::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => KqlType::Long,
        DataType::Float32 | DataType::Float64 => KqlType::Real,
        DataType::Decimal(..) => KqlType::Decimal,
        DataType::Date | DataType::Datetime(..) => KqlType::DateTime,
        DataType::Time | DataType::Duration(_) => KqlType::TimeSpan,
        DataType::List(_) | DataType::Array(..) | DataType::Struct(_) => KqlType::Dynamic,
        DataType::String | DataType::Binary | DataType::Categorical(..) | DataType::Enum(..) | DataType::Null => {
            KqlType::String
        }
        _ => return None,
    })
}

/// Whether the query engine itself reads a stored type as `ty`.
pub fn engine_reads(stored: &DataType, ty: KqlType) -> bool {
    if *stored == polars_type(ty) {
        // Whole numbers are ticks only where this crate has made them so.
        return !matches!(ty, KqlType::DateTime | KqlType::TimeSpan | KqlType::Decimal | KqlType::Guid);
    }
    match ty {
        KqlType::Int => matches!(stored, DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16),
        KqlType::Long => {
            matches!(stored, DataType::UInt32) || engine_reads(stored, KqlType::Int) || *stored == DataType::Int32
        }
        KqlType::Real => *stored == DataType::Float32,
        KqlType::DateTime => matches!(stored, DataType::Date | DataType::Datetime(..)),
        KqlType::String => matches!(stored, DataType::Categorical(..) | DataType::Enum(..)),
        _ => false,
    }
}

/// A test that all values have to pass before a stored type may be read as `ty`; `None` where none is needed.
pub fn range_check(column: &Expr, stored: &DataType, ty: KqlType) -> Option<Expr> {
    let whole_between = |low: f64, high: f64| {
        let value = column.clone().cast(DataType::Float64);
        let whole = value.clone().floor().eq(value.clone());
        (whole.and(value.clone().gt_eq(lit(low))).and(value.clone().lt_eq(lit(high)))).or(value.is_nan())
    };
    // 2^53: up to there a float holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let test = match (stored, ty) {
        (DataType::Int64 | DataType::UInt32 | DataType::UInt64, KqlType::Int) => {
            column.clone().gt_eq(lit(i64::from(i32::MIN))).and(column.clone().lt_eq(lit(i64::from(i32::MAX))))
        }
        (DataType::UInt64, KqlType::Long) => column.clone().lt_eq(lit(i64::MAX.unsigned_abs())),
        (DataType::Float32 | DataType::Float64, KqlType::Int) => {
            whole_between(f64::from(i32::MIN), f64::from(i32::MAX))
        }
        (DataType::Float32 | DataType::Float64, KqlType::Long) => whole_between(-EXACT, EXACT),
        _ => return None,
    };
    Some(test.all(true))
}

/// The column converted to the canonical form of `ty`; `None` if this stored type cannot be read as `ty`.
pub fn to_canonical(column: Expr, stored: &DataType, ty: KqlType) -> Option<Expr> {
    use KqlType as K;
    let integer = stored.is_integer();
    Some(match ty {
        _ if *stored == DataType::Null => match ty {
            K::String => lit(""),
            _ => lit(NULL).cast(polars_type(ty)),
        },
        K::Bool if *stored == DataType::Boolean => column,
        K::Bool if integer => column.neq(lit(0)),
        K::Int | K::Long if integer => column.cast(polars_type(ty)),
        K::Int | K::Long if stored.is_float() => column.cast(polars_type(ty)),
        K::Real if integer || stored.is_float() => column.cast(DataType::Float64),
        K::Decimal if integer => column.cast(DataType::String),
        K::Decimal if stored.is_float() || stored.is_decimal() => {
            kernels::str_to_str(column.cast(DataType::String), values::parse_decimal)
        }
        K::DateTime if matches!(stored, DataType::Date | DataType::Datetime(..)) => ticks(column, stored),
        K::TimeSpan if matches!(stored, DataType::Time | DataType::Duration(_)) => span_ticks(column, stored),
        K::String if matches!(stored, DataType::Date | DataType::Datetime(..)) => {
            kernels::i64_to_str(ticks(column, stored), |t| Some(format_datetime(t))).fill_null(lit(""))
        }
        K::String if *stored == DataType::Binary => binary_text(column),
        K::String
            if is_text(stored)
                || integer
                || stored.is_float()
                || matches!(stored, DataType::Boolean | DataType::Decimal(..)) =>
        {
            column.cast(DataType::String).fill_null(lit(""))
        }
        K::String if stored.is_nested() => json(column).fill_null(lit("")),
        K::Dynamic if stored.is_nested() || integer || stored.is_float() || *stored == DataType::Boolean => {
            json(column)
        }
        _ if is_text(stored) => from_text(column.cast(DataType::String), ty),
        _ => return None,
    })
}

fn is_text(stored: &DataType) -> bool {
    matches!(stored, DataType::String | DataType::Categorical(..) | DataType::Enum(..))
}

fn from_text(text: Expr, ty: KqlType) -> Expr {
    match ty {
        KqlType::Bool => kernels::str_to_bool(text, values::parse_bool),
        KqlType::Int => kernels::str_to_i64(text, values::parse_long).cast(DataType::Int32),
        KqlType::Long => kernels::str_to_i64(text, values::parse_long),
        KqlType::Real => kernels::str_to_f64(text, values::parse_real),
        KqlType::Decimal => kernels::str_to_str(text, values::parse_decimal),
        KqlType::DateTime => kernels::str_to_i64(text, |t| values::parse_datetime(t, values::DateOrder::MonthFirst)),
        KqlType::TimeSpan => kernels::str_to_i64(text, values::parse_timespan),
        KqlType::Guid => kernels::str_to_str(text, values::parse_guid),
        KqlType::Dynamic => kernels::str_to_str(text, |t| values::dynamic_text(t).map(std::borrow::Cow::into_owned)),
        KqlType::String => text.fill_null(lit("")),
    }
}

/// A `Date` or `Datetime` to ticks. A time with a zone is stored as UTC, one without is taken as UTC.
fn ticks(column: Expr, stored: &DataType) -> Expr {
    let (per_unit, column) = match stored {
        DataType::Date => {
            return column.to_physical().cast(DataType::Int64) * lit(TICKS_PER_DAY) + lit(UNIX_EPOCH_TICKS);
        }
        DataType::Datetime(TimeUnit::Nanoseconds, _) => {
            return column.to_physical().floor_div(lit(100i64)) + lit(UNIX_EPOCH_TICKS);
        }
        DataType::Datetime(TimeUnit::Milliseconds, _) => (TICKS_PER_MILLISECOND, column),
        _ => (TICKS_PER_MICROSECOND, column),
    };
    column.to_physical() * lit(per_unit) + lit(UNIX_EPOCH_TICKS)
}

/// Ticks of a physical value of a `Date` or `Datetime`, as the statistics of a Parquet file hold it.
pub fn physical_ticks(value: i64, stored: &DataType) -> Option<i64> {
    let ticks = match stored {
        DataType::Date => value.checked_mul(TICKS_PER_DAY)?,
        DataType::Datetime(TimeUnit::Nanoseconds, _) => value.div_euclid(100),
        DataType::Datetime(TimeUnit::Milliseconds, _) => value.checked_mul(TICKS_PER_MILLISECOND)?,
        DataType::Datetime(TimeUnit::Microseconds, _) => value.checked_mul(TICKS_PER_MICROSECOND)?,
        _ => return None,
    };
    ticks.checked_add(UNIX_EPOCH_TICKS)
}

fn span_ticks(column: Expr, stored: &DataType) -> Expr {
    match stored {
        DataType::Duration(TimeUnit::Milliseconds) => column.to_physical() * lit(TICKS_PER_MILLISECOND),
        DataType::Duration(TimeUnit::Microseconds) => column.to_physical() * lit(TICKS_PER_MICROSECOND),
        _ => column.to_physical().floor_div(lit(1_000_000_000 / TICKS_PER_SECOND)),
    }
}

fn binary_text(column: Expr) -> Expr {
    column.map(
        |c| {
            let bytes = c.binary()?;
            let out: StringChunked =
                bytes.iter().map(|v| Some(String::from_utf8_lossy(v.unwrap_or_default()))).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    )
}

/// Lists, structs and plain values to compact JSON text.
fn json(column: Expr) -> Expr {
    column.map(
        |c| {
            let mut out = StringChunkedBuilder::new(c.name().clone(), c.len());
            for row in 0..c.len() {
                match json_value(&c.get(row)?) {
                    serde_json::Value::Null => out.append_null(),
                    value => out.append_value(value.to_string()),
                }
            }
            Ok(out.finish().into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    )
}

fn json_value(value: &AnyValue<'_>) -> serde_json::Value {
    use serde_json::Value;
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(b) => Value::Bool(*b),
        AnyValue::String(s) => Value::from(*s),
        AnyValue::StringOwned(s) => Value::from(s.as_str()),
        AnyValue::Int8(n) => Value::from(*n),
        AnyValue::Int16(n) => Value::from(*n),
        AnyValue::Int32(n) => Value::from(*n),
        AnyValue::Int64(n) => Value::from(*n),
        AnyValue::UInt8(n) => Value::from(*n),
        AnyValue::UInt16(n) => Value::from(*n),
        AnyValue::UInt32(n) => Value::from(*n),
        AnyValue::UInt64(n) => Value::from(*n),
        AnyValue::Float32(n) => Value::from(*n),
        AnyValue::Float64(n) => Value::from(*n),
        AnyValue::Date(days) => datetime_value(i64::from(*days), &DataType::Date),
        AnyValue::Datetime(v, unit, _) => datetime_value(*v, &DataType::Datetime(*unit, None)),
        AnyValue::DatetimeOwned(v, unit, _) => datetime_value(*v, &DataType::Datetime(*unit, None)),
        AnyValue::Binary(bytes) => Value::from(String::from_utf8_lossy(bytes)),
        AnyValue::BinaryOwned(bytes) => Value::from(String::from_utf8_lossy(bytes)),
        AnyValue::List(series) | AnyValue::Array(series, _) => series.iter().map(|v| json_value(&v)).collect(),
        AnyValue::Struct(..) => json_value(&value.clone().into_static()),
        AnyValue::StructOwned(fields) => {
            let (values, fields) = fields.as_ref();
            Value::Object(fields.iter().zip(values).map(|(f, v)| (f.name().to_string(), json_value(v))).collect())
        }
        other => Value::from(other.to_string()),
    }
}

fn datetime_value(value: i64, stored: &DataType) -> serde_json::Value {
    physical_ticks(value, stored).map_or(serde_json::Value::Null, |t| format_datetime(t).into())
}
