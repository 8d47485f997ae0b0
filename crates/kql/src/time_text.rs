//! Datetimes and timespans from text, as literals and conversions (`todatetime`, `totimespan`) read them.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/scalar-data-types/datetime#supported-formats>,
//! <https://learn.microsoft.com/kusto/query/scalar-data-types/timespan>

use crate::time::{
    MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND,
    TICKS_PER_MILLISECOND, TICKS_PER_MINUTE, TICKS_PER_SECOND, ticks_of_date,
};

/// The ticks of a datetime in one of the documented formats, or `None` if the text is in none of them.
///
/// * ISO 8601: `2014-05-25T08:20:03.123456Z`, `2014-11-08 15:55`, `2014-11-08`, `2014-11`, with `Z`, `GMT`, `UTC` or an offset (`+02:00`)
/// * RFC 822: `Sat, 8 Nov 14 15:05:02 GMT`, `8 Nov 2014`
/// * RFC 850: `Saturday, 08-Nov-14 15:05:02 GMT`
/// * month first: `11/08/2014 3:05:02 PM`
///
/// Without a zone the text is UTC. Digits past 100 ns are dropped.
///
/// ```
/// assert_eq!(kql::time_text::parse_datetime("1970-01-01 01:00+01:00"), Some(kql::time::UNIX_EPOCH_TICKS));
/// ```
pub fn parse_datetime(text: &str) -> Option<i64> {
    let mut scan = Scan::new(text.trim());
    let date = scan.date()?;
    let time = if scan.done() {
        0
    } else {
        if !(scan.byte(b'T') || scan.byte(b't') || scan.spaces()) {
            return None;
        }
        scan.spaces();
        scan.time_of_day()?
    };
    let offset = scan.zone()?;
    let ticks = date + time - offset;
    (scan.done() && (0..=MAX_DATETIME_TICKS).contains(&ticks)).then_some(ticks)
}

/// The ticks of a timespan: `[-][d.]hh:mm[:ss[.fffffff]]`, a number with a unit (`1.5h`, `10 seconds`, `3ms`), or a whole number of days. `None`
/// if the text is none of these.
///
/// ```
/// assert_eq!(kql::time_text::parse_timespan("1.00:00:01"), kql::time_text::parse_timespan("86401s"));
/// ```
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let ticks = if text.contains(':') {
        let mut scan = Scan::new(text);
        let ticks = scan.clock()?;
        scan.done().then_some(ticks)?
    } else {
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = timespan_unit(unit.trim_start())?;
        scaled(number, unit)?
    };
    Some(if negative { -ticks } else { ticks })
}

/// The ticks of a timespan unit: `d`, `hours`, `min`, `s`, `ms`, `microsecond`, `tick`, … Empty text is days.
pub fn timespan_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "" | "d" | "day" | "days" => TICKS_PER_DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => TICKS_PER_HOUR,
        "m" | "min" | "minute" | "minutes" => TICKS_PER_MINUTE,
        "s" | "sec" | "second" | "seconds" => TICKS_PER_SECOND,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => TICKS_PER_MILLISECOND,
        "micro" | "micros" | "microsecond" | "microseconds" => TICKS_PER_MICROSECOND,
        "tick" | "ticks" => 1,
        _ => return None,
    })
}

/// `number` (digits, perhaps with a decimal point) times `unit` ticks, exactly.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut ticks = whole.checked_mul(i128::from(unit))?;
    // 18 digits are more than any unit has ticks.
    let fraction = &fraction[..fraction.len().min(18)];
    if !fraction.is_empty() {
        let digits: i128 = fraction.parse().ok()?;
        ticks += digits * i128::from(unit) / 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    }
    i64::try_from(ticks).ok()
}

/// A position in ASCII-oriented text.
struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest }
    }

    fn done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Skips one byte if it is `want`.
    fn byte(&mut self, want: u8) -> bool {
        let found = self.rest.as_bytes().first() == Some(&want);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Skips white space; whether there was any.
    fn spaces(&mut self) -> bool {
        let rest = self.rest.trim_start();
        let any = rest.len() < self.rest.len();
        self.rest = rest;
        any
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// A number of `min` to `max` digits, and how many digits it had.
    fn digits(&mut self, min: usize, max: usize) -> Option<(i64, usize)> {
        let taken = self.take_while(|c| c.is_ascii_digit());
        if taken.len() < min || taken.len() > max {
            return None;
        }
        Some((taken.parse().ok()?, taken.len()))
    }

    /// `.123` as ticks of a second; nothing is 0.
    fn fraction(&mut self) -> Option<i64> {
        if !self.byte(b'.') {
            return Some(0);
        }
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            return None;
        }
        let seven = &digits[..digits.len().min(7)];
        let power = u32::try_from(7 - seven.len()).ok()?;
        Some(seven.parse::<i64>().ok()? * 10_i64.pow(power))
    }

    /// Ticks at the start of a day.
    fn date(&mut self) -> Option<i64> {
        if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            // A day name says nothing that the date does not.
            self.take_while(|c| c.is_ascii_alphabetic());
            self.byte(b',');
            self.spaces();
        }
        let (first, length) = self.digits(1, 4)?;
        let (year, month, day) = if length == 4 {
            if self.done() {
                (first, 1, 1)
            } else {
                let separator = if self.byte(b'/') {
                    b'/'
                } else {
                    self.byte(b'-').then_some(b'-')?
                };
                let (month, _) = self.digits(1, 2)?;
                let day = if self.byte(separator) {
                    self.digits(1, 2)?.0
                } else {
                    1
                };
                (first, month, day)
            }
        } else if self.byte(b'/') {
            let (day, _) = self.digits(1, 2)?;
            self.byte(b'/').then_some(())?;
            (self.digits(4, 4)?.0, first, day)
        } else {
            let hyphen = self.byte(b'-');
            if !hyphen && !self.spaces() {
                return None;
            }
            let month = month_number(self.take_while(|c| c.is_ascii_alphabetic()))?;
            if hyphen {
                self.byte(b'-').then_some(())?;
            } else {
                self.spaces().then_some(())?;
            }
            let (year, length) = self.digits(2, 4)?;
            (full_year(year, length), month, first)
        };
        ticks_of_date(
            i32::try_from(year).ok()?,
            u32::try_from(month).ok()?,
            u32::try_from(day).ok()?,
        )
    }

    /// `hh:mm[:ss[.fffffff]][ AM|PM]`, less than a day.
    fn time_of_day(&mut self) -> Option<i64> {
        let (mut hour, _) = self.digits(1, 2)?;
        self.byte(b':').then_some(())?;
        let (minute, _) = self.digits(2, 2)?;
        let mut ticks = minute * TICKS_PER_MINUTE;
        if minute > 59 {
            return None;
        }
        if self.byte(b':') {
            let (second, _) = self.digits(2, 2)?;
            if second > 59 {
                return None;
            }
            ticks += second * TICKS_PER_SECOND + self.fraction()?;
        }
        let trimmed = self.rest.trim_start();
        let half = trimmed.get(..2).map(str::to_ascii_uppercase);
        if let Some(half @ ("AM" | "PM")) = half.as_deref() {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if half == "PM" { 12 } else { 0 };
            self.rest = &trimmed[2..];
        }
        (hour < 24).then_some(hour * TICKS_PER_HOUR + ticks)
    }

    /// The offset from UTC: `Z`, `GMT`, `UTC`, `+02:00`, `+0200`, `-5`, or nothing.
    fn zone(&mut self) -> Option<i64> {
        self.spaces();
        if self.done() {
            return Some(0);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = self
                .take_while(|c| c.is_ascii_alphabetic())
                .to_ascii_uppercase();
            return matches!(name.as_str(), "Z" | "GMT" | "UTC").then_some(0);
        }
        let sign = if self.byte(b'+') {
            1
        } else {
            self.byte(b'-').then_some(-1)?
        };
        let (number, length) = self.digits(1, 4)?;
        let (hour, minute) = match length {
            1 | 2 if self.byte(b':') => (number, self.digits(2, 2)?.0),
            1 | 2 => (number, 0),
            _ => (number / 100, number % 100),
        };
        (hour <= 14 && minute < 60)
            .then_some(sign * (hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE))
    }

    /// `[d.]hh:mm[:ss[.fffffff]]`
    fn clock(&mut self) -> Option<i64> {
        let (first, _) = self.digits(1, 10)?;
        let (days, hours) = if self.byte(b'.') {
            (first, self.digits(1, 2)?.0)
        } else {
            (0, first)
        };
        self.byte(b':').then_some(())?;
        let (minutes, _) = self.digits(1, 2)?;
        let (seconds, fraction) = if self.byte(b':') {
            (self.digits(1, 2)?.0, self.fraction()?)
        } else {
            (0, 0)
        };
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let clock = hours * TICKS_PER_HOUR
            + minutes * TICKS_PER_MINUTE
            + seconds * TICKS_PER_SECOND
            + fraction;
        days.checked_mul(TICKS_PER_DAY)?.checked_add(clock)
    }
}

/// 1 to 12 of an English month name or its first three letters.
fn month_number(name: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_ascii_lowercase();
    let at = NAMES
        .iter()
        .position(|full| *full == name || (name.len() == 3 && full.starts_with(&name)))?;
    i64::try_from(at + 1).ok()
}

/// Two-digit years are 1950 to 2049, as in .NET's invariant calendar.
fn full_year(year: i64, digits: usize) -> i64 {
    match digits {
        2 if year < 50 => 2000 + year,
        2 => 1900 + year,
        _ => year,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::time::{format_datetime, format_timespan};

    fn date(text: &str) -> Option<String> {
        parse_datetime(text).map(format_datetime)
    }

    #[test]
    fn documented_datetime_formats() {
        for text in [
            "2014-11-08 15:05:02",
            "2014-11-08T15:05:02Z",
            "2014-11-08T16:05:02+01:00",
            "2014-11-08T10:05:02.0-0500",
            "Sat, 8 Nov 14 15:05:02 GMT",
            "8 Nov 2014 15:05:02",
            "Saturday, 08-Nov-14 15:05:02 GMT",
            "11/08/2014 3:05:02 PM",
            "2014/11/08 15:05:02",
            " 2014-11-08 15:05:02 UTC ",
        ] {
            assert_eq!(
                date(text).as_deref(),
                Some("2014-11-08T15:05:02.0000000Z"),
                "{text}"
            );
        }
        assert_eq!(
            date("2014-05-25T08:20:03.12345678").as_deref(),
            Some("2014-05-25T08:20:03.1234567Z")
        );
        assert_eq!(
            date("2014-11").as_deref(),
            Some("2014-11-01T00:00:00.0000000Z")
        );
        assert_eq!(
            date("2014").as_deref(),
            Some("2014-01-01T00:00:00.0000000Z")
        );
        assert_eq!(
            date("9999-12-31 23:59:59.9999999").as_deref(),
            Some("9999-12-31T23:59:59.9999999Z")
        );
    }

    #[test]
    fn other_text_is_no_datetime() {
        for text in [
            "",
            "x",
            "2014-13-01",
            "2014-02-30",
            "2014-11-08 24:00",
            "2014-11-08x",
            "2014-11-08T",
            "10:00",
            "-1",
            "2014-11-08 1",
            "0001-01-01T00:00+01:00",
            "9999-12-31T23:59-01:00",
            "é",
            "8 é 2014",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn timespans() {
        for (text, want) in [
            ("00:00:10", "00:00:10"),
            ("1.02:03:04.5", "1.02:03:04.5000000"),
            ("-0.00:01:00", "-00:01:00"),
            ("02:30", "02:30:00"),
            ("2", "2.00:00:00"),
            ("1.5h", "01:30:00"),
            ("10 seconds", "00:00:10"),
            ("100ms", "00:00:00.1000000"),
            ("1microsecond", "00:00:00.0000010"),
            ("3ticks", "00:00:00.0000003"),
            ("-1d", "-1.00:00:00"),
            ("0.1s", "00:00:00.1000000"),
        ] {
            assert_eq!(
                parse_timespan(text).map(format_timespan).as_deref(),
                Some(want),
                "{text}"
            );
        }
        for text in [
            "",
            "x",
            "1x",
            "25:00",
            "00:60",
            "1.2.3s",
            ":",
            "99999999999999999999d",
            "1:2:3:4",
            ".",
        ] {
            assert_eq!(parse_timespan(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn formatted_datetimes_come_back(ticks in 0..=MAX_DATETIME_TICKS) {
            proptest::prop_assert_eq!(parse_datetime(&format_datetime(ticks)), Some(ticks));
        }

        #[test]
        fn formatted_timespans_come_back(ticks in -MAX_DATETIME_TICKS..=MAX_DATETIME_TICKS) {
            proptest::prop_assert_eq!(parse_timespan(&format_timespan(ticks)), Some(ticks));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (parse_datetime(&text), parse_timespan(&text));
        }
    }
}
