//! Fields of entities on their cards.

use kql::{Value, time};
use render::{FieldValue, Seen};
use serde_json::Value as Json;

/// A field of the entity for its card: addresses and hosts with when they were seen.
pub fn field_value(value: &Json) -> FieldValue {
    match value {
        Json::String(text) => FieldValue::Text(text.clone()),
        Json::Array(list) if list.iter().all(|v| v.get("FirstSeen").is_some()) => {
            FieldValue::Seen(list.iter().map(seen).collect())
        }
        Json::Array(list) => FieldValue::List(list.iter().map(field_value).collect()),
        other => FieldValue::Value(Value::Dynamic(other.clone())),
    }
}

fn seen(entry: &Json) -> Seen {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default();
    let name = match (text("HostName"), text("Address")) {
        ("", address) => address.to_owned(),
        (host, "") => host.to_owned(),
        (host, address) => format!("{host} from {address}"),
    };
    let ticks = |key: &str| time::parse_datetime(text(key));
    Seen::new(name).between(ticks("FirstSeen"), ticks("LastSeen"))
}
