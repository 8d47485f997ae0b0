//! Text to timespan.

use super::datetime::fraction_ticks;
use super::{
    TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE, TICKS_PER_SECOND,
};

/// Ticks of a timespan text, or `None` if the text is none.
///
/// The forms that `timespan(…)` literals and `totimespan()` accept: `[-][d.]hh:mm[:ss[.fffffff]]`, a number and a
/// unit (`1.5h`, `15 seconds`), and a bare number of days.
///
/// Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/timespan>
///
/// ```
/// use kql::time::{TICKS_PER_DAY, TICKS_PER_HOUR, parse_timespan};
/// assert_eq!(parse_timespan("1.12:00:00"), Some(TICKS_PER_DAY + 12 * TICKS_PER_HOUR));
/// assert_eq!(parse_timespan("36h"), parse_timespan("1.12:00:00"));
/// ```
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let ticks = if text.contains(':') { clock(text)? } else { quantity(text)? };
    Some(if negative { -ticks } else { ticks })
}

/// `[d.]hh:mm[:ss[.fffffff]]`, also `d:hh:mm:ss`.
fn clock(text: &str) -> Option<i64> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let mut days = "0";
    if parts.len() == 4 {
        days = parts.remove(0);
    } else if let Some((d, h)) = parts[0].split_once('.') {
        days = d;
        parts[0] = h;
    }
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let (seconds, fraction) = match parts.get(2) {
        Some(last) => last.split_once('.').map_or((*last, ""), |(s, f)| (s, f)),
        None => ("0", ""),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || (fraction.is_empty() && text.ends_with('.')) {
        return None;
    }
    let days = number(days, 10_675_199)?;
    let ticks = number(parts[0], 23)? * TICKS_PER_HOUR
        + number(parts[1], 59)? * TICKS_PER_MINUTE
        + number(seconds, 59)? * TICKS_PER_SECOND
        + fraction_ticks(fraction);
    days.checked_mul(TICKS_PER_DAY)?.checked_add(ticks)
}

fn number(text: &str, max: i64) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| *n <= max)
}

fn quantity(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = text[end..].trim();
    if unit.is_empty() { scaled(&text[..end], TICKS_PER_DAY, 1) } else { timespan_of(&text[..end], unit) }
}

/// Ticks of `1.5` and `h`: the number and the unit of a timespan literal.
pub(crate) fn timespan_of(number: &str, unit: &str) -> Option<i64> {
    let (ticks, divisor) = unit_ticks(unit)?;
    scaled(number, ticks, divisor)
}

/// `number * ticks / divisor`, cut towards zero.
fn scaled(number: &str, ticks: i64, divisor: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // More than 18 digits of a fraction cannot change a tick.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let value =
        whole.checked_mul(scale)?.checked_add(fraction)?.checked_mul(i128::from(ticks))? / scale / i128::from(divisor);
    i64::try_from(value).ok()
}

/// Ticks of a unit, and what to divide by for units below a tick.
fn unit_ticks(unit: &str) -> Option<(i64, i64)> {
    Some(match unit {
        "d" | "day" | "days" => (TICKS_PER_DAY, 1),
        "h" | "hr" | "hrs" | "hour" | "hours" => (TICKS_PER_HOUR, 1),
        "m" | "min" | "minute" | "minutes" => (TICKS_PER_MINUTE, 1),
        "s" | "sec" | "second" | "seconds" => (TICKS_PER_SECOND, 1),
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => (TICKS_PER_MILLISECOND, 1),
        "us" | "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => (TICKS_PER_MICROSECOND, 1),
        "ns" | "nano" | "nanos" | "nanosec" | "nanosecond" | "nanoseconds" => (1, 100),
        "tick" | "ticks" => (1, 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::time::format_timespan;

    #[test]
    fn documented_forms() {
        let s = TICKS_PER_SECOND;
        for (text, ticks) in [
            ("2d", 2 * TICKS_PER_DAY),
            ("1.5h", 5400 * s),
            ("30m", 1800 * s),
            ("10s", 10 * s),
            ("15 seconds", 15 * s),
            ("0.1s", s / 10),
            ("100ms", s / 10),
            ("10microsecond", 100),
            ("1tick", 1),
            ("100nanoseconds", 1),
            ("2", 2 * TICKS_PER_DAY),
            ("0.12:34:56.7", (12 * 3600 + 34 * 60 + 56) * s + 7 * s / 10),
            ("12:34:56.7", (12 * 3600 + 34 * 60 + 56) * s + 7 * s / 10),
            ("1:30", 5400 * s),
            ("-1.00:00:00", -TICKS_PER_DAY),
            ("1:02:03:04", TICKS_PER_DAY + 7384 * s),
        ] {
            assert_eq!(parse_timespan(text), Some(ticks), "{text}");
        }
    }

    #[test]
    fn not_timespans() {
        for text in [
            "",
            "-",
            "x",
            "1x",
            "24:00:00",
            "1:60:00",
            "1:2:3:4:5",
            ".",
            "1.:00",
            ":",
            "1:00:00.x",
            "99999999999d",
            "1e5s",
        ] {
            assert_eq!(parse_timespan(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ticks in -i64::MAX..=i64::MAX) {
            prop_assert_eq!(parse_timespan(&format_timespan(ticks)), Some(ticks));
        }

        #[test]
        fn never_panics(text in "[0-9a-z:. +-]{0,30}") {
            let _ = parse_timespan(&text);
        }
    }
}
