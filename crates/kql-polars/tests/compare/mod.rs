//! Expected cell text against the cells of a result, as `tests/data/kql/README.md` says.

use kql::time::{parse_datetime, parse_timespan};
use serde_json::Value as Json;

/// Compares rows: in order, or as a multiset.
pub fn rows(
    wanted: &[Vec<&str>],
    rows: &[Vec<Json>],
    ordered: bool,
    as_set: &[bool],
    decimals: bool,
) -> Result<(), String> {
    if wanted.len() != rows.len() {
        return Err(format!("{} rows expected, {} found: {}", wanted.len(), rows.len(), show(rows)));
    }
    let equal = |w: &[&str], r: &[Json]| {
        w.len() == r.len() && w.iter().zip(r).zip(as_set).all(|((w, r), set)| cell(w, r, *set, decimals))
    };
    if ordered {
        for (i, (w, r)) in wanted.iter().zip(rows).enumerate() {
            if !equal(w, r) {
                return Err(format!("row {i}: {w:?} expected, {} found", Json::from(r.clone())));
            }
        }
        return Ok(());
    }
    if pairs_up(wanted.len(), |i, j| equal(&wanted[i], &rows[j])) {
        return Ok(());
    }
    let missing = wanted.iter().find(|w| !rows.iter().any(|r| equal(w, r)));
    Err(format!("the row {missing:?} is missing in {}", show(rows)))
}

fn show(rows: &[Vec<Json>]) -> String {
    let text = Json::from(rows.iter().map(|r| Json::from(r.clone())).collect::<Vec<_>>()).to_string();
    text.chars().take(600).collect()
}

/// Whether a one-to-one assignment of two lists of `n` exists under `equal`.
fn pairs_up(n: usize, equal: impl Fn(usize, usize) -> bool) -> bool {
    fn place(
        i: usize,
        n: usize,
        equal: &dyn Fn(usize, usize) -> bool,
        owner: &mut [Option<usize>],
        tried: &mut [bool],
    ) -> bool {
        for j in 0..n {
            if !tried[j] && equal(i, j) {
                tried[j] = true;
                if owner[j].is_none_or(|o| place(o, n, equal, owner, tried)) {
                    owner[j] = Some(i);
                    return true;
                }
            }
        }
        false
    }
    let mut owner = vec![None; n];
    (0..n).all(|i| place(i, n, &equal, &mut owner, &mut vec![false; n]))
}

fn special(text: &str) -> Option<&'static str> {
    match text.trim().to_lowercase().as_str() {
        "nan" => Some("nan"),
        "∞" | "+∞" | "inf" | "infinity" | "+infinity" => Some("inf"),
        "-∞" | "-inf" | "-infinity" => Some("-inf"),
        _ => None,
    }
}

fn cell(wanted: &str, found: &Json, as_set: bool, decimals: bool) -> bool {
    match found {
        Json::Null => wanted.is_empty(),
        Json::Bool(b) => wanted.trim().eq_ignore_ascii_case(&b.to_string()),
        Json::Number(n) => numbers(wanted, &n.to_string()),
        Json::String(text) => {
            if special(wanted).is_some() || special(text).is_some() {
                return special(wanted) == special(text);
            }
            texts(wanted, text)
                || (matches!(wanted.trim().to_lowercase().as_str(), "true" | "false")
                    && text.trim().eq_ignore_ascii_case(wanted.trim()))
                || (decimals && is_number(text) && numbers(wanted, text))
                || matches!((container(wanted), container(text)), (Some(w), Some(f)) if deep(&w, &f, as_set))
        }
        Json::Array(_) | Json::Object(_) => container(wanted).is_some_and(|w| deep(&w, found, as_set)),
    }
}

fn container(text: &str) -> Option<Json> {
    serde_json::from_str::<Json>(text.trim()).ok().filter(|v| v.is_array() || v.is_object())
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

fn numbers(wanted: &str, found: &str) -> bool {
    let (w, f) = (wanted.trim(), found.trim());
    if let (Ok(w), Ok(f)) = (w.parse::<i128>(), f.parse::<i128>()) {
        return w == f;
    }
    let (Ok(w), Ok(f)) = (w.parse::<f64>(), f.parse::<f64>()) else {
        return false;
    };
    if w == 0.0 || f == 0.0 {
        return (w - f).abs() <= 1e-12;
    }
    w.is_finite() && f.is_finite() && (w - f).abs() <= 1e-9 * w.abs().max(f.abs())
}

fn texts(wanted: &str, found: &str) -> bool {
    let looks_like_date = |t: &str| t.len() >= 10 && t.as_bytes()[4] == b'-';
    let datetime = |t: &str| looks_like_date(t.trim()).then(|| parse_datetime(t.trim())).flatten();
    let timespan = |t: &str| t.contains(':').then(|| parse_timespan(t.trim())).flatten();
    wanted == found
        || matches!((datetime(wanted), datetime(found)), (Some(w), Some(f)) if w == f)
        || matches!((timespan(wanted), timespan(found)), (Some(w), Some(f)) if w == f)
}

fn deep(wanted: &Json, found: &Json, as_set: bool) -> bool {
    match (wanted, found) {
        (Json::Object(w), Json::Object(f)) => {
            w.len() == f.len() && w.iter().all(|(k, v)| f.get(k).is_some_and(|o| deep(v, o, false)))
        }
        (Json::Array(w), Json::Array(f)) if as_set => {
            w.len() == f.len() && pairs_up(w.len(), |i, j| deep(&w[i], &f[j], false))
        }
        (Json::Array(w), Json::Array(f)) => w.len() == f.len() && w.iter().zip(f).all(|(w, f)| deep(w, f, false)),
        (Json::Number(w), Json::Number(f)) => numbers(&w.to_string(), &f.to_string()),
        (Json::String(w), Json::String(f)) => special(w).is_some() && special(w) == special(f) || texts(w, f),
        _ => wanted == found,
    }
}
