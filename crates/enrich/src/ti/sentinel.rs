//! The workspace's own indicators, judged row by row: the table
//! [`ThreatIntelIndicators`](https://learn.microsoft.com/azure/azure-monitor/reference/tables/threatintelindicators) and the old one,
//! [`ThreatIntelligenceIndicator`](https://learn.microsoft.com/azure/azure-monitor/reference/tables/threatintelligenceindicator).
//!
//! Whoever runs the query gives its rows as JSON objects, column by column; nothing is asked here.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::Severity;
use super::rows::TiRow;
use crate::ioc::{Ioc, IocType};

/// The name of the source in tables.
pub const SENTINEL: &str = "Microsoft Sentinel";

/// From this confidence on a match is high.
const CONFIDENT: f64 = 80.0;

/// What the rows that match an indicator say about it, as one row. Without rows: not found.
///
/// An indicator that is switched off, deleted or out of date does not count, and is mentioned. Of those that count the worst decides: a match is at
/// least a warning, and high if its action is to alert or to block or its confidence is 80 or more.
///
/// ```
/// use enrich::Ioc;
/// use enrich::ti::{Severity, sentinel_row};
/// use serde_json::json;
///
/// let ioc = Ioc::detect("45.155.205.33").unwrap();
/// let match_ = json!({"ObservableKey": "ipv4-addr:value", "ObservableValue": "45.155.205.33", "Confidence": 85, "IsActive": true});
/// let row = sentinel_row(&ioc, &[match_.as_object().unwrap().clone()], chrono::Utc::now());
/// assert_eq!((row.result, row.severity), (true, Severity::High));
/// ```
pub fn sentinel_row(ioc: &Ioc, matches: &[Map<String, Value>], now: DateTime<Utc>) -> TiRow {
    let (mut counting, mut left_out) = (Vec::new(), Vec::new());
    for row in matches {
        match judge(row, now) {
            Ok(severity) => counting.push((row, severity)),
            Err(why) => left_out.push(Value::from(format!("{}: {why}", name(row)))),
        }
    }
    counting.sort_by_key(|(_, severity)| std::cmp::Reverse(*severity));

    let mut row = TiRow::not_asked(ioc, "", "No indicator of the workspace matches.", "not found");
    row.provider = SENTINEL.to_owned();
    row.severity = Severity::Information;
    if let Some((worst, severity)) = counting.first() {
        row.result = true;
        row.severity = *severity;
        row.status = "ok";
        row.details = details(worst);
        row.details.insert("Indicators".to_owned(), counting.len().into());
        row.raw_result = Value::Array(counting.iter().map(|(row, _)| Value::Object((*row).clone())).collect());
    }
    if !left_out.is_empty() {
        row.details.insert("NotCounted".to_owned(), left_out.into());
    }
    row
}

/// The columns of both tables in which an indicator of this type can be: (table, column), so that a query can look for it.
///
/// In `ThreatIntelIndicators` all values are in `ObservableValue`.
pub fn sentinel_columns(kind: IocType) -> &'static [(&'static str, &'static str)] {
    const NEW: (&str, &str) = ("ThreatIntelIndicators", "ObservableValue");
    const OLD: &str = "ThreatIntelligenceIndicator";
    match kind {
        IocType::Ipv4 | IocType::Ipv6 => &[
            NEW,
            (OLD, "NetworkIP"),
            (OLD, "NetworkSourceIP"),
            (OLD, "NetworkDestinationIP"),
            (OLD, "EmailSourceIpAddress"),
        ],
        IocType::Dns => &[NEW, (OLD, "DomainName"), (OLD, "EmailSourceDomain")],
        IocType::Url => &[NEW, (OLD, "Url")],
        IocType::Md5 | IocType::Sha1 | IocType::Sha256 => &[NEW, (OLD, "FileHashValue")],
    }
}

/// How bad a match is, or why it does not count.
fn judge(row: &Map<String, Value>, now: DateTime<Utc>) -> Result<Severity, String> {
    if flag(row, "IsDeleted") == Some(true) {
        return Err("deleted".to_owned());
    }
    if flag(row, "IsActive").or_else(|| flag(row, "Active")) == Some(false) {
        return Err("switched off".to_owned());
    }
    if let Some(end) = moment(row, "ValidUntil").or_else(|| moment(row, "ExpirationDateTime"))
        && end <= now
    {
        return Err(format!("out of date since {}", end.format("%Y-%m-%d %H:%M")));
    }
    if let Some(start) = moment(row, "ValidFrom")
        && start > now
    {
        return Err(format!("valid from {}", start.format("%Y-%m-%d %H:%M")));
    }
    // The new table has no action: that it is missing says nothing.
    let action =
        text(row, "Action").is_some_and(|a| a.eq_ignore_ascii_case("alert") || a.eq_ignore_ascii_case("block"));
    let confident = confidence(row).is_some_and(|confidence| confidence >= CONFIDENT);
    Ok(if action || confident { Severity::High } else { Severity::Warning })
}

fn details(row: &Map<String, Value>) -> Map<String, Value> {
    let mut details = Map::new();
    let data = row.get("Data").map(parsed).unwrap_or_default();
    for (name, columns) in [
        ("Description", &["Description"][..]),
        ("ThreatType", &["ThreatType"]),
        ("ThreatSeverity", &["ThreatSeverity"]),
        ("Action", &["Action"]),
        ("Source", &["SourceSystem"]),
        ("Tags", &["Tags"]),
        ("ValidUntil", &["ValidUntil", "ExpirationDateTime"]),
        ("Id", &["Id", "IndicatorId", "ExternalIndicatorId"]),
    ] {
        if let Some(value) = columns.iter().find_map(|column| row.get(*column)).filter(|value| !empty(value)) {
            details.insert(name.to_owned(), value.clone());
        }
    }
    // The new table keeps the rest in a STIX object.
    for (name, field) in [("Description", "description"), ("Name", "name"), ("ThreatType", "indicator_types")] {
        if let Some(value) = data.get(field).filter(|value| !empty(value)) {
            details.entry(name.to_owned()).or_insert_with(|| value.clone());
        }
    }
    if let Some(confidence) = confidence(row) {
        details.insert("Confidence".to_owned(), confidence.into());
    }
    details
}

fn name(row: &Map<String, Value>) -> String {
    let id = ["Id", "IndicatorId", "ExternalIndicatorId"].iter().find_map(|column| text(row, column));
    id.unwrap_or("an indicator").to_owned()
}

fn confidence(row: &Map<String, Value>) -> Option<f64> {
    ["Confidence", "ConfidenceScore"].iter().find_map(|column| match row.get(*column)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

fn text<'a>(row: &'a Map<String, Value>, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Also as the text or the number that some readers make of it.
fn flag(row: &Map<String, Value>, column: &str) -> Option<bool> {
    match row.get(column)? {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => number.as_i64().map(|n| n != 0),
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        _ => None,
    }
}

fn moment(row: &Map<String, Value>, column: &str) -> Option<DateTime<Utc>> {
    let text = text(row, column)?;
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc));
    zoned.or_else(|_| text.parse::<chrono::NaiveDateTime>().map(|at| at.and_utc())).ok()
}

fn parsed(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use serde_json::json;

    use super::*;

    fn judged(rows: Value) -> TiRow {
        let rows: Vec<Map<String, Value>> = serde_json::from_value(rows).unwrap();
        let now = "2026-11-25T10:00:00Z".parse().unwrap();
        sentinel_row(&Ioc::detect("45.155.205.33").unwrap(), &rows, now)
    }

    #[test]
    fn the_severity_of_a_match() {
        use Severity::{High, Information, Warning};
        for (row, result, severity) in [
            // The new table.
            (json!({"IsActive": true, "Confidence": 10}), true, Warning),
            (json!({"IsActive": true, "Confidence": 80}), true, High),
            (json!({"IsActive": true, "Confidence": null}), true, Warning),
            (json!({"IsActive": "False", "Confidence": 100}), false, Information),
            (json!({"IsActive": true, "IsDeleted": true, "Confidence": 100}), false, Information),
            (json!({"IsActive": true, "ValidUntil": "2026-11-25T09:59:59Z"}), false, Information),
            (json!({"IsActive": true, "ValidUntil": "2026-11-25T10:00:01.1234567Z"}), true, Warning),
            (json!({"IsActive": true, "ValidFrom": "2027-01-01T00:00:00Z"}), false, Information),
            // The old one.
            (json!({"Active": true, "Action": "alert", "ConfidenceScore": 5}), true, High),
            (json!({"Active": true, "Action": "Block"}), true, High),
            (json!({"Active": true, "Action": "allow", "ConfidenceScore": 50.5}), true, Warning),
            (json!({"Active": false, "Action": "block"}), false, Information),
            (json!({"Active": 1, "ExpirationDateTime": "2020-01-01T00:00:00"}), false, Information),
        ] {
            let judged = judged(json!([row]));
            assert_eq!((judged.result, judged.severity), (result, severity), "{row}");
            assert_eq!(judged.provider, SENTINEL);
            assert_eq!(judged.details.contains_key("NotCounted"), !result, "{row}");
        }
        let none = judged(json!([]));
        assert_eq!((none.status, none.result, none.severity), ("not found", false, Information));
    }

    #[test]
    fn the_worst_decides_and_what_does_not_count_is_mentioned() {
        let row = judged(json!([
            {"Id": "a", "IsActive": true, "Confidence": 20},
            {"Id": "b", "IsActive": false, "Confidence": 99},
            {"Id": "c", "IsActive": true, "Confidence": "90", "Data": "{\"name\":\"C2 server\",\"description\":\"</script>\",\"indicator_types\":[\"malicious-activity\"]}"},
        ]));
        assert_eq!((row.severity, row.raw_result.as_array().unwrap().len()), (Severity::High, 2));
        assert_eq!(
            Value::Object(row.details),
            json!({"Id": "c", "Description": "</script>", "Name": "C2 server", "ThreatType": ["malicious-activity"], "Confidence": 90.0,
                "Indicators": 2, "NotCounted": ["b: switched off"]})
        );
    }

    #[test]
    fn every_type_has_a_column_in_both_tables() {
        for kind in IocType::ALL {
            let tables: std::collections::BTreeSet<_> =
                sentinel_columns(kind).iter().map(|(table, _)| *table).collect();
            assert_eq!(tables.len(), 2, "{kind}");
        }
    }
}
