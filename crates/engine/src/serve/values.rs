//! Values on their way to and from the notebook, and small tables made of them.

use entity_explorer::TimeSpan;
use entity_explorer::wire::Value as Wire;
use kql::Value;

use crate::error::Error;

/// A cell as it is sent: the column's type says how it is to be read.
pub fn to_wire(value: Value) -> Wire {
    match value {
        Value::Null(_) => Wire::Null,
        Value::Bool(value) => Wire::Bool(value),
        Value::Int(number) => Wire::Int(i64::from(number)),
        Value::Long(number) | Value::DateTime(number) | Value::TimeSpan(number) => Wire::Int(number),
        Value::Real(number) => Wire::Float(number),
        Value::String(text) | Value::Decimal(text) | Value::Guid(text) => Wire::Str(text),
        Value::Dynamic(json) => Wire::Str(json.to_string()),
    }
}

/// A query's parameter as it was sent.
///
/// # Errors
/// When it is none of the kinds that a parameter can be.
pub fn param(name: &str, value: &Wire) -> Result<Value, Error> {
    Ok(match value {
        Wire::Str(text) => Value::String(text.clone()),
        Wire::Bool(value) => Value::Bool(*value),
        Wire::Int(number) => Value::Long(*number),
        Wire::Float(number) => Value::Real(*number),
        Wire::List(_) => Value::Dynamic(json(name, value)?),
        Wire::Map(_) => match (value.get("datetime"), value.get("timespan")) {
            (Some(Wire::Int(ticks)), None) => Value::DateTime(*ticks),
            (None, Some(Wire::Int(ticks))) => Value::TimeSpan(*ticks),
            _ => return Err(unusable(name)),
        },
        Wire::Null | Wire::Bytes(_) => return Err(unusable(name)),
    })
}

/// An element of a parameter that is a list.
fn json(name: &str, value: &Wire) -> Result<serde_json::Value, Error> {
    Ok(match value {
        Wire::List(values) => values.iter().map(|value| json(name, value)).collect::<Result<Vec<_>, _>>()?.into(),
        Wire::Str(text) => text.as_str().into(),
        Wire::Bool(value) => (*value).into(),
        Wire::Int(number) => (*number).into(),
        Wire::Float(number) => (*number).into(),
        other => match param(name, other)? {
            Value::DateTime(ticks) => kql::time::format_datetime(ticks).into(),
            Value::TimeSpan(ticks) => kql::time::format_timespan(ticks).into(),
            _ => return Err(unusable(name)),
        },
    })
}

fn unusable(name: &str) -> Error {
    Error::bad_input(format!("the value of the parameter `{name}` cannot be used"))
}

/// Start and end of a span of time as it was sent, in ticks; "the last …" ends at `now`.
///
/// # Errors
/// When it is no span of time.
pub fn window(value: &Wire, now: i64) -> Result<(i64, i64), Error> {
    let int = |key: &str| value.get(key).and_then(Wire::as_i64);
    match (int("last"), int("start"), int("end")) {
        (Some(ticks), None, None) if ticks > 0 => Ok((now.saturating_sub(ticks).max(0), now)),
        (None, Some(start), Some(end)) if start <= end => Ok((start, end)),
        _ => Err(Error::bad_input("the span of time cannot be used").with_help(format!(
            "give one that starts before it ends, such as `{}`",
            TimeSpan::last_days(2).map(|span| span.to_string()).unwrap_or_default()
        ))),
    }
}
