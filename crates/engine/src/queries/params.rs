//! Values for the parameters of a query: checked and converted, never pasted into its text.

use std::collections::BTreeMap;

use kql::{KqlType, Value, time};

use super::QueryFile;
use crate::error::{Error, quoted};

/// The values for a run of `query`: `given` (text is converted to the declared type), then `start` and `end` of the time
/// range where the query declares them and `given` has none.
///
/// # Errors
/// A parameter that the query does not have, one that it needs and that has no value, a value that cannot be converted.
pub fn bind(
    query: &QueryFile,
    given: &BTreeMap<String, Value>,
    window: Option<(i64, i64)>,
) -> Result<BTreeMap<String, Value>, Error> {
    for name in given.keys() {
        if !query.params.iter().any(|p| p.name == *name) {
            let what = format!("parameter of the query {}:", query.name);
            return Err(Error::unknown(&what, name, query.params.iter().map(|p| p.name.as_str())));
        }
    }
    let mut values = BTreeMap::new();
    for param in &query.params {
        let value = match (given.get(&param.name), window, param.name.as_str()) {
            (Some(value), _, _) => Some(convert(value, param.ty).ok_or_else(|| {
                Error::bad_input(format!(
                    "the parameter {} of {} is a {}, and {} cannot be read as one",
                    param.name,
                    query.name,
                    param.ty,
                    quoted(&text_of(value))
                ))
            })?),
            (None, Some((start, _)), "start") if param.ty == KqlType::DateTime => Some(Value::DateTime(start)),
            (None, Some((_, end)), "end") if param.ty == KqlType::DateTime => Some(Value::DateTime(end)),
            _ => None,
        };
        match value {
            Some(value) => {
                values.insert(param.name.clone(), value);
            }
            None if param.has_default => {}
            None => {
                return Err(Error::bad_input(format!(
                    "the query {} needs a value for its parameter {} ({})",
                    query.name, param.name, param.ty
                ))
                .with_help(format!("give one with .param(\"{}\", …)", param.name)));
            }
        }
    }
    Ok(values)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn convert(value: &Value, ty: KqlType) -> Option<Value> {
    if value.kql_type() == ty {
        return Some(value.clone());
    }
    Some(match (value, ty) {
        (Value::Int(v), KqlType::Long) => Value::Long(i64::from(*v)),
        (Value::Long(v), KqlType::Int) => Value::Int(i32::try_from(*v).ok()?),
        #[allow(clippy::cast_precision_loss, reason = "what toreal() does")]
        (Value::Long(v), KqlType::Real) => Value::Real(*v as f64),
        (Value::Int(v), KqlType::Real) => Value::Real(f64::from(*v)),
        (Value::String(text), _) => match ty {
            KqlType::Bool => Value::Bool(text.trim().to_ascii_lowercase().parse().ok()?),
            KqlType::Int => Value::Int(text.trim().parse().ok()?),
            KqlType::Long => Value::Long(text.trim().parse().ok()?),
            KqlType::Real => Value::Real(text.trim().parse().ok()?),
            KqlType::DateTime => Value::DateTime(time::parse_datetime(text)?),
            KqlType::TimeSpan => Value::TimeSpan(time::parse_timespan(text)?),
            KqlType::Dynamic => Value::Dynamic(serde_json::from_str(text).ok()?),
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn query() -> QueryFile {
        QueryFile::parse(
            "T.q",
            "declare query_parameters(name: string, start: datetime, end: datetime, top: long = 5);\nprint name",
        )
        .unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), Value::String((*v).to_owned()))).collect()
    }

    #[test]
    fn the_time_range_fills_start_and_end() {
        let values = bind(&query(), &given(&[("name", "a"), ("top", "7")]), Some((1, 2))).unwrap();
        assert_eq!(values["start"], Value::DateTime(1));
        assert_eq!(values["end"], Value::DateTime(2));
        assert_eq!(values["top"], Value::Long(7));
    }

    #[test]
    fn mistakes_are_named() {
        let error = bind(&query(), &given(&[("nam", "a")]), Some((1, 2))).unwrap_err();
        assert_eq!(error.message, "there is no parameter of the query T.q: \"nam\"");
        assert_eq!(error.help.as_deref(), Some("did you mean name?"));
        let error = bind(&query(), &given(&[]), Some((1, 2))).unwrap_err();
        assert_eq!(error.message, "the query T.q needs a value for its parameter name (string)");
        let error = bind(&query(), &given(&[("name", "a"), ("start", "yesterday-ish")]), None).unwrap_err();
        assert_eq!(
            error.message,
            "the parameter start of T.q is a datetime, and \"yesterday-ish\" cannot be read as one"
        );
    }
}
