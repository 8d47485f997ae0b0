//! Text as a value of a KQL type.

use std::borrow::Cow;

use kql::time::{MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, ticks_of_date};

/// `true`, `false` in any case, `1`, `0`.
pub fn parse_bool(text: &str) -> Option<bool> {
    let text = text.trim();
    if text == "1" || text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text == "0" || text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A whole number; also one with a decimal part of zeros (`4624.0`), as spreadsheets and data frames with gaps write it.
pub fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let (whole, zeros) = text.split_once('.')?;
        (!zeros.is_empty() && zeros.bytes().all(|b| b == b'0')).then(|| whole.parse().ok())?
    })
}

/// A number; `NaN`, `Infinity`, `-Infinity` as the exports write them.
pub fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.bytes().last()? {
        b'0'..=b'9' | b'.' => text.parse().ok(),
        _ => match text {
            "NaN" | "nan" => Some(f64::NAN),
            "Infinity" | "inf" | "∞" => Some(f64::INFINITY),
            "-Infinity" | "-inf" | "-∞" => Some(f64::NEG_INFINITY),
            _ => None,
        },
    }
}

/// Decimal digits without exponent or needless zeros.
pub fn parse_decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let valid = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !valid(whole) || !valid(fraction) || exponent.abs() > 64 {
        return None;
    }
    let mut all = format!("{whole}{fraction}");
    let mut point = i32::try_from(whole.len()).ok()? + exponent;
    while point < 0 {
        all.insert(0, '0');
        point += 1;
    }
    let mut point = usize::try_from(point).ok()?;
    while all.len() < point {
        all.push('0');
    }
    let zeros = all.len() - all.trim_start_matches('0').len();
    let drop = zeros.min(point);
    all.drain(..drop);
    point -= drop;
    let (whole, fraction) = all.split_at(point);
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// 8-4-4-4-12 hexadecimal digits, with or without braces or hyphens, to lower case with hyphens.
pub fn parse_guid(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    let hex: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// `[-][d.]hh:mm:ss[.fffffff]`, to ticks.
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (head, tail) = rest.split_once(':')?;
    let (days, hours) = head.split_once('.').unwrap_or(("0", head));
    let (minutes, seconds) = tail.split_once(':').unwrap_or((tail, "0"));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let number = |s: &str, max: i64| s.parse::<i64>().ok().filter(|n| (0..=max).contains(n));
    let ticks = number(days, 10_675_199)? * TICKS_PER_DAY
        + number(hours, 23)? * TICKS_PER_HOUR
        + number(minutes, 59)? * TICKS_PER_MINUTE
        + number(seconds, 59)? * TICKS_PER_SECOND;
    Some(sign * (ticks + fraction_ticks(fraction)?))
}

/// Which of the first two numbers of `1/2/2024` is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// As in the United States, and by default in the Azure portal.
    MonthFirst,
    /// As in most other places.
    DayFirst,
}

/// A datetime to ticks: ISO 8601 (`2020-07-29T15:54:23.9812345Z`, with a blank for the `T`, an offset, or only the date), and the form of
/// the Azure portal (`7/29/2020, 3:54:23.981 PM`). Without an offset the time is UTC. Decimals after the seventh are cut.
pub fn parse_datetime(text: &str, order: DateOrder) -> Option<i64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes[4] == b'-' { parse_iso(text) } else { parse_slashed(text, order) }
}

/// `true` if the text can only be read with the day first.
pub fn needs_day_first(text: &str) -> bool {
    text.contains('/')
        && parse_datetime(text, DateOrder::MonthFirst).is_none()
        && parse_datetime(text, DateOrder::DayFirst).is_some()
}

fn parse_iso(text: &str) -> Option<i64> {
    let day = ticks_of_date(digits(text.get(0..4)?)?, digits(text.get(5..7)?)?, digits(text.get(8..10)?)?)?;
    if text.as_bytes()[7] != b'-' {
        return None;
    }
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(day);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = split_offset(rest)?;
    in_range(day + parse_clock(clock)? - offset)
}

/// Splits `15:54:23 +02:00` into the clock and the offset in ticks.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock.trim_end(), 0));
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
    let offset: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match offset.len() {
        _ if !offset.is_ascii() => return None,
        2 => (digits::<i64>(&offset)?, 0),
        4 => (digits::<i64>(&offset[..2])?, digits::<i64>(&offset[2..])?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60)
        .then(|| (text[..at].trim_end(), sign * (hours * TICKS_PER_HOUR + minutes * TICKS_PER_MINUTE)))
}

/// `3:54`, `15:54:23`, `15:54:23.1234567` to ticks of the day.
fn parse_clock(text: &str) -> Option<i64> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let number = |s: &str, max: i64| digits::<i64>(s).filter(|n| s.len() <= 2 && *n <= max);
    Some(
        number(hours, 23)? * TICKS_PER_HOUR
            + number(minutes, 59)? * TICKS_PER_MINUTE
            + number(seconds, 59)? * TICKS_PER_SECOND
            + fraction_ticks(fraction)?,
    )
}

fn parse_slashed(text: &str, order: DateOrder) -> Option<i64> {
    let mut parts = text.splitn(3, '/');
    let (first, second, rest) = (digits::<u32>(parts.next()?)?, digits::<u32>(parts.next()?)?, parts.next()?);
    let (month, day) = if order == DateOrder::MonthFirst { (first, second) } else { (second, first) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if end != 4 {
        return None;
    }
    let date = ticks_of_date(digits(&rest[..end])?, month, day)?;
    let rest = rest[end..].trim_start_matches(',').trim_start();
    if rest.is_empty() {
        return Some(date);
    }
    // The portal writes a narrow no-break space before AM and PM in some browsers.
    let half = rest.len().checked_sub(2).and_then(|at| rest.get(at..)).unwrap_or_default();
    let (am, pm) = (half.eq_ignore_ascii_case("AM"), half.eq_ignore_ascii_case("PM"));
    if !am && !pm {
        return in_range(date + parse_clock(rest)?);
    }
    let ticks = parse_clock(rest[..rest.len() - 2].trim_end())?;
    let (hour, rest) = (ticks / TICKS_PER_HOUR, ticks % TICKS_PER_HOUR);
    (1..=12).contains(&hour).then(|| date + (hour % 12 + if pm { 12 } else { 0 }) * TICKS_PER_HOUR + rest)
}

fn in_range(ticks: i64) -> Option<i64> {
    (0..=MAX_DATETIME_TICKS).contains(&ticks).then_some(ticks)
}

/// Digits only: `str::parse` would take a sign too.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The digits after the point to ticks; digits after the seventh are cut.
fn fraction_ticks(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut ticks = 0;
    for i in 0..7 {
        ticks = ticks * 10 + fraction.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
    }
    Some(ticks)
}

/// JSON text without blanks between its tokens; `None` if the text is not JSON. Numbers, key order and escapes stay as they are.
pub fn compact_json(text: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let blank = |b: u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    let mut out: Option<Vec<u8>> = None;
    let (mut in_string, mut escaped) = (false, false);
    for (i, b) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || b != b'"';
            escaped = !escaped && b == b'\\';
        } else if b == b'"' {
            in_string = true;
        } else if blank(b) {
            out.get_or_insert_with(|| text.as_bytes()[..i].to_vec());
            continue;
        }
        if let Some(out) = &mut out {
            out.push(b);
        }
    }
    match out {
        None => Some(Cow::Borrowed(text)),
        // Only ASCII blanks outside strings were left out, so this is UTF-8 still.
        Some(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// Text as a cell of a dynamic column: JSON compacted, `null` and nothing to `None`, other text to a JSON string.
pub fn dynamic_text(text: &str) -> Option<Cow<'_, str>> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == "null" {
        return None;
    }
    compact_json(trimmed).or_else(|| Some(Cow::Owned(serde_json::Value::from(text).to_string())))
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
