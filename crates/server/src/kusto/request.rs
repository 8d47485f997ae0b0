//! What a Kusto request says: database, text, properties.
//!
//! Sources: <https://learn.microsoft.com/kusto/api/rest/request> and <https://learn.microsoft.com/kusto/api/rest/request-properties>

use std::collections::BTreeMap;
use std::time::Duration;

use kql::time::{TICKS_PER_SECOND, parse_datetime, parse_timespan};
use kql::{KqlType, Value};
use kql_polars::{Preamble, TimeScope, literal};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// The body, or the query string, of a request.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Request {
    /// The database.
    pub db: Option<String>,
    /// The query or command.
    pub csl: Option<String>,
    /// The properties: an object, or text that holds one.
    #[serde(default)]
    pub properties: Option<Json>,
}

/// The properties of a request, with the options that the query sets itself.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    options: BTreeMap<String, Json>,
    parameters: Map<String, Json>,
    /// The client's name for the request.
    pub client_request_id: Option<String>,
}

/// Options that would change the result in a way that there is none of here. The others that are not known tune a cluster, and are
/// ignored as the service ignores those that it does not know.
const REFUSED: [&str; 7] = [
    "query_results_apply_getschema",
    "validatepermissions",
    "query_cursor_after_default",
    "query_cursor_before_or_at_default",
    "query_cursor_current",
    "query_cursor_scoped_tables",
    "query_datascope",
];

/// The longest time of a query. Source: <https://learn.microsoft.com/kusto/set-timeout-limits>
const LONGEST: Duration = Duration::from_secs(3600);
/// The time of a query that says nothing. Source: as for [`LONGEST`].
const USUAL: Duration = Duration::from_secs(240);

impl Properties {
    /// The properties of a request.
    ///
    /// # Errors
    /// When they are not what they should be, or ask for what there is none of here.
    pub fn read(given: Option<&Json>) -> Result<Self, String> {
        let parsed;
        let object = match given {
            None | Some(Json::Null) => return Ok(Self::default()),
            Some(Json::String(text)) if text.trim().is_empty() => return Ok(Self::default()),
            Some(Json::String(text)) => {
                parsed = serde_json::from_str::<Json>(text).map_err(|e| format!("the properties are not JSON: {e}"))?;
                &parsed
            }
            Some(other) => other,
        };
        let object = object.as_object().ok_or("the properties are not a JSON object")?;
        let part = |name: &str| match object.get(name) {
            None | Some(Json::Null) => Ok(Map::new()),
            Some(Json::Object(part)) => Ok(part.clone()),
            Some(_) => Err(format!("{name} in the properties is not a JSON object")),
        };
        let options = part("Options")?.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        let id = object.get("ClientRequestId").and_then(Json::as_str).map(str::to_owned);
        Ok(Self { options, parameters: part("Parameters")?, client_request_id: id })
    }

    /// Adds the options that the query sets. They go before those of the request.
    pub fn set_by(&mut self, preamble: &Preamble) {
        for (name, value) in &preamble.options {
            let value = match value {
                None => Json::Bool(true),
                Some(Value::Bool(v)) => Json::Bool(*v),
                Some(Value::Int(v)) => (*v).into(),
                Some(Value::Long(v)) => (*v).into(),
                Some(Value::String(v)) => v.as_str().into(),
                Some(Value::DateTime(v)) => kql::time::format_datetime(*v).into(),
                Some(Value::TimeSpan(v)) => kql::time::format_timespan(*v).into(),
                Some(_) => Json::Null,
            };
            self.options.insert(name.to_lowercase(), value);
        }
    }

    /// Why the options cannot be honoured, if they cannot.
    pub fn problem(&self) -> Option<String> {
        let refused = REFUSED.iter().find(|name| match self.options.get(**name) {
            None | Some(Json::Null | Json::Bool(false)) => false,
            Some(Json::String(text)) => !text.is_empty() && text != "default" && text != "all",
            Some(_) => true,
        });
        if let Some(name) = refused {
            return Some(format!("the request option {name} is not supported by this server"));
        }
        let language = self.text("query_language").unwrap_or_default().to_lowercase();
        (!matches!(language.as_str(), "" | "kql" | "csl"))
            .then(|| format!("the query language {language:?} is not supported by this server: write KQL"))
    }

    /// Whether an option is on.
    pub fn is_on(&self, name: &str) -> bool {
        match self.options.get(name) {
            Some(Json::Bool(on)) => *on,
            Some(Json::String(text)) => text.eq_ignore_ascii_case("true"),
            Some(Json::Number(number)) => number.as_f64() != Some(0.0),
            _ => false,
        }
    }

    /// An option that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.options.get(name)?.as_str()
    }

    /// An option that is a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.options.get(name)? {
            Json::Number(number) => number.as_u64(),
            Json::String(text) => match literal(text)? {
                Value::Int(v) => v.try_into().ok(),
                Value::Long(v) => v.try_into().ok(),
                _ => None,
            },
            _ => None,
        }
    }

    /// An option that is a datetime, in ticks.
    pub fn datetime(&self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        parse_datetime(text).or_else(|| match literal(text)? {
            Value::DateTime(ticks) => Some(ticks),
            _ => None,
        })
    }

    /// How long the request may take.
    pub fn timeout(&self) -> Duration {
        if self.is_on("norequesttimeout") {
            return LONGEST;
        }
        let ticks = self.text("servertimeout").and_then(|text| {
            parse_timespan(text).or_else(|| match literal(text)? {
                Value::TimeSpan(ticks) => Some(ticks),
                _ => None,
            })
        });
        let second = TICKS_PER_SECOND.unsigned_abs();
        let given = ticks.and_then(|t| u64::try_from(t).ok());
        given.map_or(USUAL, |t| Duration::from_secs(t / second) + Duration::from_nanos(t % second * 100)).min(LONGEST)
    }

    /// The range of time of the `query_datetimescope_…` options.
    pub fn time_scope(&self) -> Vec<TimeScope> {
        let (from, to) = (self.datetime("query_datetimescope_from"), self.datetime("query_datetimescope_to"));
        match self.text("query_datetimescope_column") {
            Some(column) if from.is_some() || to.is_some() => vec![TimeScope { column: column.to_owned(), from, to }],
            _ => Vec::new(),
        }
    }

    /// The values of the query's parameters. Each is the text of a literal; text that is none is the value of a string.
    ///
    /// # Errors
    /// When a value is of no use.
    pub fn values(&self, preamble: &Preamble) -> Result<BTreeMap<String, Value>, String> {
        let mut values = BTreeMap::new();
        for (name, given) in &self.parameters {
            let declared = preamble.parameters.iter().find(|(n, _)| n == name).map(|(_, ty)| *ty);
            values.insert(name.clone(), value(name, given, declared)?);
        }
        Ok(values)
    }
}

fn value(name: &str, given: &Json, declared: Option<KqlType>) -> Result<Value, String> {
    let ty = declared.unwrap_or(KqlType::String);
    Ok(match given {
        Json::Null => Value::Null(ty),
        Json::Bool(v) => Value::Bool(*v),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(v), _) => Value::Long(v),
            (None, Some(v)) => Value::Real(v),
            (None, None) => return Err(format!("the value of the parameter {name} is too large a number")),
        },
        // By its page every value is the text of a literal; clients send plain text too, and are understood.
        Json::String(text) if ty == KqlType::String => match literal(text) {
            Some(Value::String(value)) => Value::String(value),
            _ => Value::String(text.clone()),
        },
        Json::String(text) => literal(text).unwrap_or_else(|| Value::String(text.clone())),
        Json::Array(_) | Json::Object(_) if ty == KqlType::Dynamic => Value::Dynamic(given.clone()),
        Json::Array(_) | Json::Object(_) => {
            return Err(format!(
                "the value of the parameter {name} is a list or an object, and it is declared as {ty}"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_come_as_text_or_object() {
        let object = json!({"Options": {"ServerTimeout": "00:00:30", "notruncation": "true", "n": "long(5)"}, "Parameters": {"a": "x"}, "ClientRequestId": "me;1"});
        for given in [object.clone(), json!(object.to_string())] {
            let read = Properties::read(Some(&given)).unwrap();
            assert_eq!(read.timeout(), Duration::from_secs(30));
            assert!(read.is_on("notruncation") && !read.is_on("other"));
            assert_eq!(read.number("n"), Some(5));
            assert_eq!(read.client_request_id.as_deref(), Some("me;1"));
        }
        assert_eq!(Properties::read(None).unwrap().timeout(), USUAL);
        for wrong in [json!("{"), json!([]), json!({"Options": 1})] {
            assert!(Properties::read(Some(&wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_said() {
        let problem = |options: Json| Properties::read(Some(&json!({"Options": options}))).unwrap().problem();
        assert!(problem(json!({"query_language": "sql"})).unwrap().contains("sql"));
        assert!(problem(json!({"validatepermissions": true})).is_some());
        assert!(problem(json!({"query_language": "kql", "validatepermissions": false, "query_datascope": "all", "queryconsistency": "weakconsistency"})).is_none());
    }

    #[test]
    fn parameters_by_their_type() {
        let text =
            "declare query_parameters(s: string, t: datetime, n: long, d: dynamic, r: real, ts: timespan); print 1";
        let preamble = kql_polars::preamble(text).unwrap();
        let given = json!({"Parameters": {"s": "datetime(2020-01-01)", "t": "datetime(2020-01-01)", "n": 10, "d": "dynamic([\"a\"])", "r": 1.5, "ts": "1d", "x": "y"}});
        let values = Properties::read(Some(&given)).unwrap().values(&preamble).unwrap();
        assert_eq!(values["s"], Value::String("datetime(2020-01-01)".into()));
        assert_eq!(values["t"], Value::DateTime(parse_datetime("2020-01-01").unwrap()));
        assert_eq!(values["n"], Value::Long(10));
        assert_eq!(values["d"], Value::Dynamic(json!(["a"])));
        assert_eq!((&values["r"], &values["x"]), (&Value::Real(1.5), &Value::String("y".into())));
        assert_eq!(values["ts"], Value::TimeSpan(kql::time::TICKS_PER_DAY));
        let quoted = json!({"Parameters": {"s": "\"a\\\"b\""}});
        let values = Properties::read(Some(&quoted)).unwrap().values(&preamble).unwrap();
        assert_eq!(values["s"], Value::String("a\"b".into()));
        let list = json!({"Parameters": {"d": [1], "s": [1]}});
        assert!(Properties::read(Some(&list)).unwrap().values(&preamble).is_err());
    }
}
