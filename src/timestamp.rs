//! Moments and lengths of time, in Kusto's 100 ns ticks.

use std::fmt;
use std::str::FromStr;

use crate::Error;

pub(crate) const SECOND: i64 = 10_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Ticks from 0001-01-01 to 1970-01-01.
const UNIX_EPOCH: i64 = 621_355_968_000_000_000;
/// Ticks of 9999-12-31T23:59:59.9999999Z.
const MAX: i64 = 3_155_378_975_999_999_999;

/// A moment (UTC), exact to 100 ns, in the years 1 to 9999.
///
/// ```
/// use entity_explorer::Timestamp;
///
/// let t: Timestamp = "2026-01-31T12:00:00.5+01:00".parse()?;
/// assert_eq!(t.to_string(), "2026-01-31T11:00:00.5Z");
/// # Ok::<(), entity_explorer::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From ticks: 100 ns each, since 0001-01-01T00:00:00Z. Ticks outside the years 1 to 9999 become the nearest moment within.
    pub fn from_ticks(ticks: i64) -> Self {
        Self(ticks.clamp(0, MAX))
    }

    /// Ticks: 100 ns each, since 0001-01-01T00:00:00Z.
    pub fn ticks(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_seconds(self) -> i64 {
        (self.0 - UNIX_EPOCH).div_euclid(SECOND)
    }

    /// Reads `2026-01-31`, `2026-01-31 12:00`, `2026-01-31T12:00:00.1234567Z`, `2026-01-31T12:00+02:00`. A date is its first
    /// moment; without `Z` or an offset the time is UTC.
    ///
    /// # Errors
    /// When the text is no such time, or there is no such day.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        match parse(text) {
            Some(ticks) => Ok(Self(ticks)),
            None => Err(Error::new("invalid_time", format!("`{text}` is not a date and time")).with_help(
                "write it as 2026-01-31, 2026-01-31T12:00 or 2026-01-31T12:00:00Z (UTC unless there is an offset such as +02:00)".to_owned(),
            )),
        }
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}T{}Z", clock(self.0 % DAY))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A length of time, exact to 100 ns; may be negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// From ticks of 100 ns.
    pub fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// Ticks of 100 ns.
    pub fn ticks(self) -> i64 {
        self.0
    }

    /// Seconds, with their fraction.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }
}

impl fmt::Display for Duration {
    /// `[-][d.]hh:mm:ss[.fffffff]`, as Kusto writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The most negative number has no positive counterpart in 64 bits.
        let ticks = i128::from(self.0).abs();
        let days = ticks / i128::from(DAY);
        let sign = if self.0 < 0 { "-" } else { "" };
        let days = if days > 0 { format!("{days}.") } else { String::new() };
        write!(f, "{sign}{days}{}", clock((ticks % i128::from(DAY)) as i64))
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `hh:mm:ss[.fffffff]` of less than a day, without closing zeros.
fn clock(ticks: i64) -> String {
    let mut out = format!("{:02}:{:02}:{:02}", ticks / HOUR, ticks / MINUTE % 60, ticks / SECOND % 60);
    if ticks % SECOND != 0 {
        out.push_str(&format!(".{:07}", ticks % SECOND));
        while out.ends_with('0') {
            out.pop();
        }
    }
    out
}

/// Year, month and day. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(ticks: i64) -> (i64, i64, i64) {
    let z = ticks / DAY + 306;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Days from 0001-01-01 to a day; `None` if there is no such day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let count = y.div_euclid(400) * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 306;
    // 31 February comes out as a day in March.
    (date(count * DAY) == (year, month, day)).then_some(count)
}

fn parse(text: &str) -> Option<i64> {
    let mut scanner = Scanner { rest: text.as_bytes() };
    let year = scanner.number(4)?;
    scanner.expect(b'-')?;
    let month = scanner.number(2)?;
    scanner.expect(b'-')?;
    let midnight = days(year, month, scanner.number(2)?)? * DAY;
    if scanner.rest.is_empty() {
        return Some(midnight);
    }
    if !(scanner.eat(b'T') || scanner.eat(b't') || scanner.eat(b' ')) {
        return None;
    }
    let moment = midnight + scanner.time_of_day()?;
    while scanner.eat(b' ') {}
    let moment = moment - scanner.offset()?;
    (scanner.rest.is_empty() && (0..=MAX).contains(&moment)).then_some(moment)
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl Scanner<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    fn digit(&mut self) -> Option<i64> {
        match self.rest {
            [digit @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Some(i64::from(digit - b'0'))
            }
            _ => None,
        }
    }

    /// Exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let mut number = 0;
        for _ in 0..digits {
            number = number * 10 + self.digit()?;
        }
        Some(number)
    }

    /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fffffff` as ticks. Digits beyond 100 ns are dropped.
    fn time_of_day(&mut self) -> Option<i64> {
        while self.eat(b' ') {}
        let hour = self.number(2)?;
        self.expect(b':')?;
        let minute = self.number(2)?;
        let second = if self.eat(b':') { self.number(2)? } else { 0 };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let mut fraction = 0;
        if self.eat(b'.') {
            let mut worth = SECOND / 10;
            fraction = self.digit()? * worth;
            while let Some(digit) = self.digit() {
                worth /= 10;
                fraction += digit * worth;
            }
        }
        Some(hour * HOUR + minute * MINUTE + second * SECOND + fraction)
    }

    /// Nothing, `Z`, `+hh:mm` or `+hhmm` as ticks.
    fn offset(&mut self) -> Option<i64> {
        if self.rest.is_empty() || self.eat(b'Z') || self.eat(b'z') {
            return Some(0);
        }
        let sign = if self.eat(b'-') { -1 } else { 1 };
        if sign == 1 {
            self.expect(b'+')?;
        }
        let hour = self.number(2)?;
        self.eat(b':');
        let minute = self.number(2)?;
        (hour <= 14 && minute < 60).then_some(sign * (hour * HOUR + minute * MINUTE))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn shown(text: &str) -> String {
        Timestamp::parse(text).map_or_else(|_| "error".to_owned(), |t| t.to_string())
    }

    #[test]
    fn reads_times() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31 12:00", "2026-01-31T12:00:00Z"),
            (" 2026-01-31T12:00:01Z ", "2026-01-31T12:00:01Z"),
            ("2026-01-31T12:00:00.1234567Z", "2026-01-31T12:00:00.1234567Z"),
            ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.1234567Z"),
            ("2026-01-31T12:00+02:00", "2026-01-31T10:00:00Z"),
            ("2026-01-01T00:30+0100", "2025-12-31T23:30:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("0001-01-01", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "2026",
            "2026-1-1",
            "2026-02-30",
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "0000-01-01",
            "2026-01-31T",
            "2026-01-31T24:00",
            "2026-01-31T12",
            "2026-01-31T12:60",
            "2026-01-31T12:00:00.",
            "2026-01-31T12:00Zulu",
            "2026-01-31T12:00+2",
            "2026-01-31T12:00+15:00",
            "0001-01-01T00:00+01:00",
            "2026-01-31T12:00:00.12a",
            "2026-01-31T12:00:00.1234567890123456789012x",
            "+026-01-31",
            "2026-01-3é",
            "éééééééééé",
        ] {
            assert_eq!(shown(text), "error", "{text}");
        }
    }

    #[test]
    fn lengths_read_as_kusto_writes_them() {
        assert_eq!(Duration::from_ticks(0).to_string(), "00:00:00");
        assert_eq!(Duration::from_ticks(-(DAY + HOUR + 5)).to_string(), "-1.01:00:00.0000005");
        assert_eq!(Duration::from_ticks(i64::MIN).to_string(), "-10675199.02:48:05.4775808");
        assert_eq!(Timestamp::from_ticks(UNIX_EPOCH + SECOND).unix_seconds(), 1);
    }
}
