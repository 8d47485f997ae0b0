//! Whether the engine and a pipeline by hand gave the same rows.

use kql_polars::KqlTable;
use polars::prelude::*;
use serde_json::Value as Json;

use crate::Failure;

/// Ticks of 100 ns from year 1 to 1970.
const EPOCH: i64 = 621_355_968_000_000_000;

/// Compares the rows, in any order, with all their columns.
///
/// # Errors
/// The first row that only one of them has; other columns.
pub fn check(name: &str, ours: &KqlTable, by_hand: &DataFrame) -> Result<(), Failure> {
    let mut names: Vec<&str> = ours.columns.iter().map(|c| c.name.as_str()).collect();
    let mut theirs: Vec<&str> = by_hand.columns().iter().map(|c| c.name().as_str()).collect();
    names.sort_unstable();
    theirs.sort_unstable();
    if names != theirs {
        return Err(format!("{name}: the engine gives the columns {names:?}, the pipeline by hand {theirs:?}").into());
    }
    let (a, b) = (rows(&ours.frame, &names)?, rows(by_hand, &names)?);
    let different = a.iter().zip(&b).find(|(a, b)| a != b);
    if a.len() != b.len() || different.is_some() {
        let counts = (a.len(), b.len());
        return Err(
            format!("{name}: the engine and the pipeline by hand differ: {counts:?} rows, {different:?}").into()
        );
    }
    Ok(())
}

/// The rows as text, sorted.
fn rows(frame: &DataFrame, names: &[&str]) -> Result<Vec<String>, Failure> {
    let mut rows = vec![String::new(); frame.height()];
    for name in names {
        let column = frame.column(name)?.rechunk();
        for (i, row) in rows.iter_mut().enumerate() {
            row.push_str(&cell(&column.get(i)?));
            row.push('\t');
        }
    }
    rows.sort_unstable();
    Ok(rows)
}

/// A value in the form that the engine has it: times as ticks, no null texts, lists as JSON. Sets have no order, so lists are sorted.
fn cell(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::Datetime(v, TimeUnit::Microseconds, _) => (v * 10 + EPOCH).to_string(),
        AnyValue::List(items) => sorted(items.iter().map(|v| Json::String(cell(&v))).collect()),
        AnyValue::String(text) if text.starts_with('[') => match serde_json::from_str(text) {
            Ok(Json::Array(items)) => sorted(items),
            _ => (*text).to_owned(),
        },
        AnyValue::String(text) => (*text).to_owned(),
        other => other.to_string(),
    }
}

fn sorted(mut items: Vec<Json>) -> String {
    items.sort_by_key(Json::to_string);
    Json::Array(items).to_string()
}
