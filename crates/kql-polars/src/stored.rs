//! From the types in which files store columns to the ones that [`crate::typed`] lists.

use kql::time::{TICKS_PER_DAY, UNIX_EPOCH_TICKS};
use kql::{KqlType, Span};
use polars::prelude::*;

use crate::functions::{self, Call, Env};
use crate::typed::{Typed, polars_type};

/// The stored type of a column that needs a conversion, or `None` when it is held as it should be.
pub fn pending(stored: &DataType, ty: KqlType) -> Option<DataType> {
    match ty {
        // Text may be null in a file, dynamic may be spaced, a guid may be upper case.
        KqlType::String | KqlType::Dynamic | KqlType::Guid | KqlType::Decimal => Some(stored.clone()),
        _ if *stored == polars_type(ty) => None,
        _ => Some(stored.clone()),
    }
}

/// Whether the conversion costs more than reading the column: such a column is converted once, others at every use.
pub fn is_costly(stored: &DataType, ty: KqlType) -> bool {
    match stored {
        DataType::String => ty != KqlType::String,
        DataType::Struct(_) | DataType::List(_) | DataType::Binary => true,
        _ => matches!(ty, KqlType::String | KqlType::Dynamic | KqlType::Decimal),
    }
}

/// The expression that converts a stored column. What cannot be converted is null.
pub fn canonical(raw: Expr, stored: &DataType, ty: KqlType) -> Expr {
    match ty {
        KqlType::String => text(raw, stored).fill_null(lit("")),
        KqlType::Dynamic => match stored {
            DataType::String => crate::dynamic::string_to_dynamic(raw),
            DataType::Null => raw.cast(DataType::String),
            _ => json(raw),
        },
        KqlType::DateTime => match stored {
            DataType::Datetime(unit, _) => ticks(raw.cast(DataType::Int64), *unit) + lit(UNIX_EPOCH_TICKS),
            DataType::Date => raw.cast(DataType::Int64) * lit(TICKS_PER_DAY) + lit(UNIX_EPOCH_TICKS),
            DataType::String => through("todatetime", raw, KqlType::String, ty),
            _ => raw.cast(DataType::Int64),
        },
        KqlType::TimeSpan => match stored {
            DataType::Duration(unit) => ticks(raw.cast(DataType::Int64), *unit),
            DataType::Time => ticks(raw.cast(DataType::Int64), TimeUnit::Nanoseconds),
            DataType::String => through("totimespan", raw, KqlType::String, ty),
            _ => raw.cast(DataType::Int64),
        },
        KqlType::Guid => through("toguid", text(raw, stored), KqlType::String, ty),
        KqlType::Decimal => match stored {
            DataType::Float32 | DataType::Float64 => {
                through("todecimal", raw.cast(DataType::Float64), KqlType::Real, ty)
            }
            _ => through("todecimal", text(raw, stored), KqlType::String, ty),
        },
        KqlType::Bool | KqlType::Int | KqlType::Long | KqlType::Real => match stored {
            DataType::String => {
                let name = match ty {
                    KqlType::Bool => "tobool",
                    KqlType::Int => "toint",
                    KqlType::Long => "tolong",
                    _ => "toreal",
                };
                through(name, raw, KqlType::String, ty)
            }
            _ => raw.cast(polars_type(ty)),
        },
    }
}

fn string_field(field: &Field) -> PolarsResult<Field> {
    Ok(Field::new(field.name().clone(), DataType::String))
}

/// Units to ticks, rounded down (only nanoseconds are finer than ticks).
fn ticks(value: Expr, unit: TimeUnit) -> Expr {
    match unit {
        TimeUnit::Nanoseconds => value.floor_div(lit(100i64)),
        TimeUnit::Microseconds => value * lit(10i64),
        TimeUnit::Milliseconds => value * lit(10_000i64),
    }
}

/// Text of a column, null where it is null.
fn text(raw: Expr, stored: &DataType) -> Expr {
    match stored {
        DataType::String => raw,
        DataType::Binary => raw.map(lossy_text, |_, f| string_field(f)),
        DataType::Struct(_) | DataType::List(_) => json(raw),
        DataType::Datetime(..) | DataType::Date => {
            through("tostring", canonical(raw, stored, KqlType::DateTime), KqlType::DateTime, KqlType::String)
        }
        DataType::Duration(_) | DataType::Time => {
            through("tostring", canonical(raw, stored, KqlType::TimeSpan), KqlType::TimeSpan, KqlType::String)
        }
        _ => raw.cast(DataType::String),
    }
}

/// The conversion function of the language; where it is missing, Polars' own cast.
fn through(name: &str, expr: Expr, from: KqlType, to: KqlType) -> Expr {
    let env = Env { now: 0, serialized: false, columns: Vec::new(), bin_auto: (None, None), places: None };
    let arg = Typed::new(expr.clone(), from, Span::default());
    let bound = functions::find(name).and_then(|f| {
        (f.bind)(&Call { name, span: Span::default(), args: vec![arg], names: vec![None], env: &env }).ok()
    });
    bound.map_or_else(|| expr.cast(polars_type(to)), |t| t.expr)
}

fn lossy_text(column: Column) -> PolarsResult<Column> {
    let ca = column.binary()?;
    let out: StringChunked = ca.iter().map(|v| v.map(String::from_utf8_lossy)).collect();
    Ok(out.with_name(column.name().clone()).into_column())
}

/// JSON text of any column.
fn json(raw: Expr) -> Expr {
    crate::kernels::any_nullable(vec![raw], DataType::String, |row| {
        let value = any_to_json(&row[0]);
        Ok(if value.is_null() { AnyValue::Null } else { AnyValue::StringOwned(value.to_string().into()) })
    })
}

/// A value of any Polars type as JSON.
pub fn any_to_json(value: &AnyValue<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        AnyValue::Null => Json::Null,
        AnyValue::Boolean(v) => Json::Bool(*v),
        AnyValue::String(v) => Json::String((*v).to_owned()),
        AnyValue::StringOwned(v) => Json::String(v.to_string()),
        AnyValue::List(series) => Json::Array(series.iter().map(|v| any_to_json(&v)).collect()),
        AnyValue::Struct(..) | AnyValue::StructOwned(_) => {
            let names: Vec<String> = match value.dtype() {
                DataType::Struct(fields) => fields.iter().map(|f| f.name().to_string()).collect(),
                _ => Vec::new(),
            };
            let values: Vec<AnyValue<'_>> = value._iter_struct_av().collect();
            Json::Object(names.into_iter().zip(values).map(|(name, v)| (name, any_to_json(&v))).collect())
        }
        AnyValue::Binary(v) => Json::String(String::from_utf8_lossy(v).into_owned()),
        AnyValue::Datetime(v, unit, _) => datetime_json(*v, *unit),
        AnyValue::DatetimeOwned(v, unit, _) => datetime_json(*v, *unit),
        AnyValue::Date(days) => {
            Json::String(kql::time::format_datetime(i64::from(*days) * TICKS_PER_DAY + UNIX_EPOCH_TICKS))
        }
        AnyValue::Duration(v, unit) => Json::String(kql::time::format_timespan(unit_to_ticks(*v, *unit))),
        AnyValue::Float32(v) => real_json(f64::from(*v)),
        AnyValue::Float64(v) => real_json(*v),
        other => {
            let text = other.to_string();
            if other.is_primitive_numeric() {
                serde_json::from_str(&text).unwrap_or(Json::String(text))
            } else {
                Json::String(text)
            }
        }
    }
}

fn real_json(v: f64) -> serde_json::Value {
    serde_json::Number::from_f64(v).map_or_else(|| serde_json::Value::String(v.to_string()), serde_json::Value::Number)
}

fn datetime_json(v: i64, unit: TimeUnit) -> serde_json::Value {
    serde_json::Value::String(kql::time::format_datetime(unit_to_ticks(v, unit).saturating_add(UNIX_EPOCH_TICKS)))
}

fn unit_to_ticks(v: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => v.div_euclid(100),
        TimeUnit::Microseconds => v.saturating_mul(10),
        TimeUnit::Milliseconds => v.saturating_mul(10_000),
    }
}
