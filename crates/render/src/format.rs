//! How values of each KQL type are written for people: UTC times, timespans, numbers, counts.

use kql::Value;
use kql::time::{TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, date_of_ticks};

/// How exactly the datetimes or timespans of one column are written, so that they line up and can be compared by eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    /// Digits after the second, 0 to 7.
    pub digits: usize,
    /// Whether all datetimes are midnights, so that the time of day says nothing.
    pub days: bool,
}

impl Precision {
    /// The least precision that shows all of these tick counts without loss.
    pub fn of(ticks: impl IntoIterator<Item = i64>) -> Self {
        let mut precision = Self { digits: 0, days: true };
        let mut any = false;
        for tick in ticks {
            any = true;
            precision.days &= tick.rem_euclid(TICKS_PER_DAY) == 0;
            let mut fraction = tick.rem_euclid(TICKS_PER_SECOND);
            let mut digits = 7;
            while digits > 0 && fraction % 10 == 0 {
                fraction /= 10;
                digits -= 1;
            }
            precision.digits = precision.digits.max(digits);
        }
        precision.days &= any;
        precision
    }
}

/// A datetime in UTC with as many decimals as it needs.
///
/// ```
/// assert_eq!(render::format::datetime(639_029_198_456_780_000), "2026-01-02 03:04:05.678Z");
/// ```
pub fn datetime(ticks: i64) -> String {
    let exact = Precision::of([ticks]);
    datetime_at(ticks, Precision { days: false, ..exact })
}

/// A datetime in UTC with the precision of its column.
pub fn datetime_at(ticks: i64, precision: Precision) -> String {
    let (year, month, day) = date_of_ticks(ticks);
    let mut out = format!("{year:04}-{month:02}-{day:02}");
    if !precision.days {
        let t = ticks.rem_euclid(TICKS_PER_DAY);
        out.push_str(&format!(
            " {:02}:{:02}:{:02}{}Z",
            t / TICKS_PER_HOUR,
            t / TICKS_PER_MINUTE % 60,
            t / TICKS_PER_SECOND % 60,
            decimals(t % TICKS_PER_SECOND, precision.digits)
        ));
    }
    out
}

/// A timespan as KQL writes it, `[-][d.]hh:mm:ss[.fffffff]`, with as many decimals as it needs.
///
/// ```
/// assert_eq!(render::format::timespan(-15_000_000), "-00:00:01.5");
/// ```
pub fn timespan(ticks: i64) -> String {
    timespan_at(ticks, Precision::of([ticks]))
}

/// A timespan with the precision of its column.
pub fn timespan_at(ticks: i64, precision: Precision) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let t = i128::from(ticks).unsigned_abs();
    let unit = |ticks: i64| u128::from(ticks.unsigned_abs());
    let days = t / unit(TICKS_PER_DAY);
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    let fraction = i64::try_from(t % unit(TICKS_PER_SECOND)).unwrap_or(0);
    format!(
        "{sign}{days}{:02}:{:02}:{:02}{}",
        t % unit(TICKS_PER_DAY) / unit(TICKS_PER_HOUR),
        t / unit(TICKS_PER_MINUTE) % 60,
        t / unit(TICKS_PER_SECOND) % 60,
        decimals(fraction, precision.digits)
    )
}

fn decimals(fraction: i64, digits: usize) -> String {
    if digits == 0 { String::new() } else { format!(".{}", &format!("{fraction:07}")[..digits.min(7)]) }
}

/// A duration in words short enough for a legend: `1 h`, `15 min`, `2.5 s`, `3 d 12 h`.
///
/// ```
/// assert_eq!(render::format::duration(36_000_000_000), "1 h");
/// ```
pub fn duration(ticks: i64) -> String {
    let ticks = ticks.max(0);
    for (unit, name, next, next_name) in [
        (TICKS_PER_DAY, "d", TICKS_PER_HOUR, "h"),
        (TICKS_PER_HOUR, "h", TICKS_PER_MINUTE, "min"),
        (TICKS_PER_MINUTE, "min", TICKS_PER_SECOND, "s"),
    ] {
        if ticks >= unit {
            let rest = ticks % unit / next;
            let whole = count_i64(ticks / unit);
            return if rest == 0 || ticks / unit >= 100 {
                format!("{whole} {name}")
            } else {
                format!("{whole} {name} {rest} {next_name}")
            };
        }
    }
    for (unit, name) in [(TICKS_PER_SECOND, "s"), (kql::time::TICKS_PER_MILLISECOND, "ms"), (10, "µs")] {
        if ticks >= unit {
            let tenths = ticks * 10 / unit;
            return if tenths % 10 == 0 {
                format!("{} {name}", tenths / 10)
            } else {
                format!("{}.{} {name}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{} ns", ticks * 100)
}

/// A count with thousands separators.
///
/// ```
/// assert_eq!(render::format::count(1_234_567), "1,234,567");
/// ```
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn count_i64(n: i64) -> String {
    count(usize::try_from(n).unwrap_or(0))
}

/// A count with its noun: `1 row`, `1,234 rows`.
///
/// ```
/// assert_eq!(render::format::counted(2, "row", "rows"), "2 rows");
/// ```
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A real number: the shortest text that reads back as the same number.
pub fn real(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if value != 0.0 && !(1e-5..1e17).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// Any value on its own, outside a table. A null is `null`, dynamic values are compact JSON (a JSON string is its text).
pub fn value(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => real(*v),
        Value::Decimal(v) | Value::String(v) | Value::Guid(v) => v.clone(),
        Value::DateTime(v) => datetime(*v),
        Value::TimeSpan(v) => timespan(*v),
        Value::Dynamic(serde_json::Value::String(v)) => v.clone(),
        Value::Dynamic(v) => v.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use kql::time::{MAX_DATETIME_TICKS, UNIX_EPOCH_TICKS};

    #[test]
    fn a_column_has_one_precision() {
        let midnight = UNIX_EPOCH_TICKS;
        assert_eq!(datetime_at(midnight, Precision::of([midnight])), "1970-01-01");
        assert_eq!(datetime(midnight), "1970-01-01 00:00:00Z");
        let both = Precision::of([midnight, midnight + 1_230_000]);
        assert_eq!(datetime_at(midnight, both), "1970-01-01 00:00:00.000Z");
        assert_eq!(datetime_at(midnight + 1_230_000, both), "1970-01-01 00:00:00.123Z");
        assert_eq!(datetime(MAX_DATETIME_TICKS), "9999-12-31 23:59:59.9999999Z");
        assert_eq!(Precision::of([]), Precision { digits: 0, days: false });
    }

    #[test]
    fn timespans() {
        assert_eq!(timespan(0), "00:00:00");
        assert_eq!(timespan(TICKS_PER_DAY * 3 + 1), "3.00:00:00.0000001");
        assert_eq!(timespan(i64::MIN), "-10675199.02:48:05.4775808");
    }

    #[test]
    fn durations() {
        assert_eq!(duration(TICKS_PER_DAY * 7), "7 d");
        assert_eq!(duration(TICKS_PER_DAY + TICKS_PER_HOUR * 12), "1 d 12 h");
        assert_eq!(duration(TICKS_PER_SECOND * 5 / 2), "2.5 s");
        assert_eq!(duration(3), "300 ns");
        assert_eq!(duration(TICKS_PER_DAY * 36_525), "36,525 d");
    }

    #[test]
    fn numbers() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(real(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(real(1e300), "1e300");
        assert_eq!(real(-0.0), "-0");
        assert_eq!(real(f64::NEG_INFINITY), "-Infinity");
    }
}
