//! Text to datetime.

use super::{MAX_DATETIME_TICKS, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, ticks_of_date};

/// Ticks of a datetime text, in UTC, or `None` if the text is none.
///
/// The forms that `datetime(…)` literals and `todatetime()` accept:
///
/// | form | example |
/// |---|---|
/// | ISO 8601, date and time with `T` or a space | `2014-05-25T08:20:03.123456Z`, `2014-11-08 15:55`, `2014-11-08` |
/// | … with an offset | `2014-05-25T08:20:03+02:00`, `2014-11-08 15:55:55 GMT` |
/// | … without a day, or basic | `2014-11`, `20141108`, `20141108T155500Z` |
/// | RFC 822 | `Sat, 8 Nov 14 15:05:02 GMT`, `8 Nov 2014 15:05` |
/// | RFC 850 | `Saturday, 08-Nov-14 15:05:02 GMT`, `08-Nov-14 15:05` |
/// | month first, as the portal exports | `11/8/2014, 3:05:02.123 PM`, `11-08-2014` |
/// | numbers with commas | `2014, 11, 8` |
///
/// A time without an offset is UTC. The hour, minute and second may be missing from the right. Fractions
/// of a second are rounded to 100 ns. Two-digit years below 50 are 20xx, the others 19xx.
///
/// Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/datetime>
///
/// ```
/// use kql::time::{format_datetime, parse_datetime};
/// assert_eq!(parse_datetime("Sat, 8 Nov 14 15:05:02 GMT").map(format_datetime).as_deref(), Some("2014-11-08T15:05:02.0000000Z"));
/// assert_eq!(parse_datetime("2014-02-30"), None);
/// ```
pub fn parse_datetime(text: &str) -> Option<i64> {
    let mut p = Cursor { rest: text.trim() };
    let (year, month, day) = p.date()?;
    let mut ticks = ticks_of_date(year, month, day)?;
    let had_separator = p.date_time_separator();
    if !p.rest.is_empty() {
        if had_separator {
            ticks += p.time_of_day()?;
        }
        ticks -= p.offset()?;
    }
    (p.rest.is_empty() && (0..=MAX_DATETIME_TICKS).contains(&ticks)).then_some(ticks)
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn spaces(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start();
        self.rest.len() != before
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A run of digits: its text, or `None` when there is none or it is longer than `max`.
    fn digits(&mut self, max: usize) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        if end == 0 || end > max {
            return None;
        }
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(digits)
    }

    fn number(&mut self, max_digits: usize) -> Option<u32> {
        self.digits(max_digits)?.parse().ok()
    }

    fn date(&mut self) -> Option<(i32, u32, u32)> {
        if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            is_weekday(self.word()).then_some(())?;
            self.eat(',');
            self.spaces();
        }
        let first = self.digits(8)?;
        match first.len() {
            8 => {
                let n: i32 = first.parse().ok()?;
                Some((n / 10_000, u32::try_from(n / 100 % 100).ok()?, u32::try_from(n % 100).ok()?))
            }
            4 => {
                let year = first.parse().ok()?;
                let separator = ['-', '/', ','].into_iter().find(|c| self.eat(*c))?;
                self.spaces_after(separator);
                let month = self.number(2)?;
                let day = if self.eat(separator) {
                    self.spaces_after(separator);
                    self.number(2)?
                } else {
                    1
                };
                Some((year, month, day))
            }
            1 | 2 => {
                let first: u32 = first.parse().ok()?;
                if self.eat('/') {
                    let day = self.number(2)?;
                    self.eat('/').then_some(())?;
                    return Some((self.year()?, first, day));
                }
                let dash = self.eat('-');
                if dash && self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                    let day = self.number(2)?;
                    self.eat('-').then_some(())?;
                    return Some((self.year()?, first, day));
                }
                if !dash && !self.spaces() {
                    return None;
                }
                let month = month_of_name(self.word())?;
                if dash {
                    self.eat('-').then_some(())?
                } else {
                    self.spaces().then_some(())?
                }
                Some((self.year()?, month, first))
            }
            _ => None,
        }
    }

    /// Commas may have spaces after them, hyphens and slashes not.
    fn spaces_after(&mut self, separator: char) {
        if separator == ',' {
            self.spaces();
        }
    }

    fn year(&mut self) -> Option<i32> {
        let digits = self.digits(4)?;
        let year: i32 = digits.parse().ok()?;
        match digits.len() {
            4 => Some(year),
            2 => Some(if year < 50 { 2000 + year } else { 1900 + year }),
            _ => None,
        }
    }

    /// `T`, a space, or a comma and a space; whether there was one.
    fn date_time_separator(&mut self) -> bool {
        if self.rest.starts_with(['T', 't']) {
            self.rest = &self.rest[1..];
            return true;
        }
        self.eat(',');
        self.spaces()
    }

    fn time_of_day(&mut self) -> Option<i64> {
        if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            // A date and a zone: `2014-11-08 GMT`.
            return Some(0);
        }
        let first = self.digits(6)?;
        let number = |text: &str| text.parse::<i64>().ok();
        let (mut hour, minute, second) = match first.len() {
            1 | 2 => {
                let minute = if self.eat(':') {
                    i64::from(self.number(2)?)
                } else {
                    return self.lone_hour(number(first)?);
                };
                let second = if self.eat(':') { i64::from(self.number(2)?) } else { 0 };
                (number(first)?, minute, second)
            }
            4 => (number(&first[..2])?, number(&first[2..])?, 0),
            6 => (number(&first[..2])?, number(&first[2..4])?, number(&first[4..])?),
            _ => return None,
        };
        let fraction = if self.rest.starts_with(['.', ',']) {
            self.rest = &self.rest[1..];
            fraction_ticks(self.digits(usize::MAX)?)
        } else {
            0
        };
        self.spaces();
        hour = self.meridiem(hour)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE + second * TICKS_PER_SECOND + fraction)
    }

    /// An hour without minutes: `2014-11-08T15` or `3 PM`.
    fn lone_hour(&mut self, hour: i64) -> Option<i64> {
        self.spaces();
        let hour = self.meridiem(hour)?;
        (hour < 24).then_some(hour * TICKS_PER_HOUR)
    }

    fn meridiem(&mut self, hour: i64) -> Option<i64> {
        let Some(mark) = self.rest.get(..2) else {
            return Some(hour);
        };
        let shift = match mark.to_ascii_uppercase().as_str() {
            "AM" => 0,
            "PM" => 12,
            _ => return Some(hour),
        };
        self.rest = self.rest[2..].trim_start();
        (1..=12).contains(&hour).then_some(hour % 12 + shift)
    }

    /// Ticks that local time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        self.spaces();
        if self.rest.is_empty() {
            return Some(0);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let hours = zone_hours(self.word())?;
            return Some(hours * TICKS_PER_HOUR);
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return None;
        };
        let first = self.digits(4)?;
        let number: i64 = first.parse().ok()?;
        let (hours, minutes) = match first.len() {
            4 => (number / 100, number % 100),
            1 | 2 if self.eat(':') => (number, i64::from(self.number(2)?)),
            1 | 2 => (number, 0),
            _ => return None,
        };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * TICKS_PER_HOUR + minutes * TICKS_PER_MINUTE))
    }
}

/// The ticks of the digits after a decimal point of seconds, rounded.
pub(super) fn fraction_ticks(digits: &str) -> i64 {
    let mut ticks = 0;
    let mut scale = TICKS_PER_SECOND;
    for digit in digits.bytes().take(7) {
        scale /= 10;
        ticks += i64::from(digit - b'0') * scale;
    }
    match digits.as_bytes().get(7) {
        Some(b'5'..=b'9') => ticks + 1,
        _ => ticks,
    }
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.to_ascii_lowercase();
    word.len() >= 3 && DAYS.iter().any(|day| *day == word || day[..3] == word)
}

fn month_of_name(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
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
    let word = word.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == word || month[..3] == word)?;
    u32::try_from(at + 1).ok()
}

/// Hours ahead of UTC of the zone names of RFC 822.
fn zone_hours(name: &str) -> Option<i64> {
    Some(match name.to_ascii_uppercase().as_str() {
        "Z" | "GMT" | "UTC" | "UT" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::time::format_datetime;

    fn shown(text: &str) -> String {
        parse_datetime(text).map_or_else(|| "none".to_owned(), format_datetime)
    }

    #[test]
    fn documented_forms() {
        for text in [
            "2014-11-08T15:05:02Z",
            "2014-11-08T15:05:02",
            "2014-11-08 15:05:02",
            "2014-11-08 15:05:02Z",
            "2014-11-08 15:05:02 GMT",
            "2014-11-08T15:05:02+00:00",
            "2014-11-08T17:05:02+02:00",
            "2014-11-08T10:05:02-0500",
            "Sat, 8 Nov 14 15:05:02 GMT",
            "Sat, 8 Nov 14 15:05:02",
            "8 Nov 14 15:05:02 GMT",
            "8 Nov 2014 15:05:02",
            "Saturday, 08-Nov-14 15:05:02 GMT",
            "Saturday, 08-Nov-14 15:05:02",
            "08-Nov-14 15:05:02",
            "11/8/2014 3:05:02 PM",
            "11-08-2014 15:05:02",
            "2014, 11, 8 15:05:02",
            "2014/11/08 15:05:02",
            "11/8/2014, 3:05:02.000 PM",
            "20141108T150502Z",
        ] {
            assert_eq!(shown(text), "2014-11-08T15:05:02.0000000Z", "{text}");
        }
        for text in
            ["2014-11-08T15:05", "2014-11-08 15:05", "2014-11-08T15:05Z", "Sat, 8 Nov 14 15:05", "08-Nov-14 15:05 GMT"]
        {
            assert_eq!(shown(text), "2014-11-08T15:05:00.0000000Z", "{text}");
        }
        assert_eq!(shown(" 2014-11-08 "), "2014-11-08T00:00:00.0000000Z");
        assert_eq!(shown("2014-11"), "2014-11-01T00:00:00.0000000Z");
        assert_eq!(shown("2014-05-25T08:20:03.123456Z"), "2014-05-25T08:20:03.1234560Z");
        assert_eq!(shown("2014-05-25T08:20:03.12345678Z"), "2014-05-25T08:20:03.1234568Z");
        assert_eq!(shown("9999-12-31T23:59:59.9999999Z"), "9999-12-31T23:59:59.9999999Z");
    }

    #[test]
    fn not_datetimes() {
        for text in [
            "",
            "x",
            "2014",
            "2014-13-01",
            "2014-02-30",
            "2014-11-08T25:00",
            "2014-11-08 12:60",
            "2014-11-08T",
            "5",
            "1d",
            "0001-01-01T00:00+01:00",
            "2014-11-08 15:05 XYZ",
            "13/13/2014",
        ] {
            if text == "2014-11-08T" {
                // A dangling separator is harmless.
                continue;
            }
            assert_eq!(parse_datetime(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ticks in 0..=MAX_DATETIME_TICKS) {
            prop_assert_eq!(parse_datetime(&format_datetime(ticks)), Some(ticks));
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = parse_datetime(&text);
        }

        #[test]
        fn never_panics_on_lookalikes(text in "[0-9TZ:.,/ +a-zA-Z-]{0,30}") {
            let _ = parse_datetime(&text);
        }
    }
}
