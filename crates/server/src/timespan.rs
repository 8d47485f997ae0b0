//! The `timespan` of a request: an ISO 8601 duration or interval.

use kql::time::{
    MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, parse_datetime,
};

/// First and last time, in ticks, of a `timespan`: a duration that ends at `now`, or two of start, end and duration between a slash.
/// A month is 30 days and a year 365, as .NET reads durations.
///
/// ```
/// use kql::time::{TICKS_PER_DAY, UNIX_EPOCH_TICKS};
/// let now = UNIX_EPOCH_TICKS + 3 * TICKS_PER_DAY;
/// assert_eq!(server::timespan::parse("P1DT24H", now), Ok((now - 2 * TICKS_PER_DAY, now)));
/// assert_eq!(server::timespan::parse("1970-01-01/P2D", now), Ok((UNIX_EPOCH_TICKS, now - TICKS_PER_DAY)));
/// assert!(server::timespan::parse("yesterday", now).is_err());
/// ```
///
/// Source: <https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format>
///
/// # Errors
/// What is wrong with the text, for the message of the answer.
pub fn parse(text: &str, now: i64) -> Result<(i64, i64), String> {
    let text = text.trim();
    let wrong = |part: &str| {
        format!(
            "the timespan {text:?} is not ISO 8601: {part:?} is neither a duration such as PT12H nor a time such as 2024-01-01T00:00:00Z"
        )
    };
    let within = |ticks: i64| ticks.clamp(0, MAX_DATETIME_TICKS);
    let Some((first, second)) = text.split_once('/') else {
        let length = duration(text).ok_or_else(|| wrong(text))?;
        return Ok((within(now.saturating_sub(length)), now));
    };
    let (first, second) = (first.trim(), second.trim());
    let (start, end) = match (duration(first), duration(second)) {
        (Some(_), Some(_)) => {
            return Err(format!("the timespan {text:?} has two durations, but neither start nor end"));
        }
        (Some(length), None) => {
            let end = parse_datetime(second).ok_or_else(|| wrong(second))?;
            (within(end.saturating_sub(length)), end)
        }
        (None, Some(length)) => {
            let start = parse_datetime(first).ok_or_else(|| wrong(first))?;
            (start, within(start.saturating_add(length)))
        }
        (None, None) => {
            let start = parse_datetime(first).ok_or_else(|| wrong(first))?;
            (start, parse_datetime(second).ok_or_else(|| wrong(second))?)
        }
    };
    if start > end {
        return Err(format!("the timespan {text:?} ends before it starts"));
    }
    Ok((start, end))
}

/// Ticks of a duration such as `P1DT2H3M4.5S`.
fn duration(text: &str) -> Option<i64> {
    let rest = text.strip_prefix(['P', 'p'])?;
    let (date, time) = match rest.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let day = [('Y', 365 * TICKS_PER_DAY), ('M', 30 * TICKS_PER_DAY), ('W', 7 * TICKS_PER_DAY), ('D', TICKS_PER_DAY)];
    let clock = [('H', TICKS_PER_HOUR), ('M', TICKS_PER_MINUTE), ('S', TICKS_PER_SECOND)];
    fields(date, &day)?.checked_add(fields(time, &clock)?)
}

/// The sum of `1D`, `2.5H`, …; each unit once, in this order.
fn fields(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0i64;
    let mut from = 0;
    while !text.is_empty() {
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))?;
        let unit = text[digits..].chars().next()?.to_ascii_uppercase();
        let at = units[from..].iter().position(|(name, _)| *name == unit)? + from;
        sum = sum.checked_add(scaled(&text[..digits], units[at].1)?)?;
        from = at + 1;
        text = &text[digits + 1..];
    }
    Some(sum)
}

/// A decimal number of units in ticks, rounded down.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || whole.len() > 15 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(12)];
    let power = 10i128.pow(u32::try_from(fraction.len()).ok()?);
    let value: i128 = format!("{whole}{fraction}").parse().ok()?;
    i64::try_from(value * i128::from(unit) / power).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kql::time::UNIX_EPOCH_TICKS as EPOCH;

    #[test]
    fn durations() {
        assert_eq!(duration("PT86400.0S"), Some(TICKS_PER_DAY));
        assert_eq!(duration("P1W"), Some(7 * TICKS_PER_DAY));
        assert_eq!(
            duration("P1Y2M3DT4H5M6.7S"),
            Some((365 + 60 + 3) * TICKS_PER_DAY + 4 * TICKS_PER_HOUR + 5 * TICKS_PER_MINUTE + 67_000_000)
        );
        assert_eq!(duration("P0.5D"), Some(TICKS_PER_DAY / 2));
        for wrong in [
            "",
            "P",
            "PT",
            "1D",
            "P1",
            "PD",
            "P1H",
            "PT1D",
            "PT1M1H",
            "P1DT",
            "P-1D",
            "PT1..5S",
            "P99999999999999999999D",
            "P9999999999999D",
            "Pé1D",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn intervals() {
        let now = EPOCH + 10 * TICKS_PER_DAY;
        assert_eq!(
            parse("1970-01-02/1970-01-03T12:00:00Z", now),
            Ok((EPOCH + TICKS_PER_DAY, EPOCH + 5 * TICKS_PER_DAY / 2))
        );
        assert_eq!(parse(" P1D / 1970-01-03 ", now), Ok((EPOCH + TICKS_PER_DAY, EPOCH + 2 * TICKS_PER_DAY)));
        assert_eq!(parse("P9000Y", now), Ok((0, now)));
        for wrong in ["1970-01-02/1970-01-01", "P1D/P1D", "1970-01-01/", "/", "1970-01-01", "a/b", ""] {
            assert!(parse(wrong, now).is_err(), "{wrong}");
        }
    }
}
