//! The span of time that an investigation looks at.

use std::fmt;
use std::str::FromStr;

use crate::text::find;
use crate::timestamp::{DAY, SECOND, Timestamp};
use crate::wire::Value;
use crate::{Duration, Error};

/// A span of time: "the last …", or from one moment to another.
///
/// "The last 2 days" end with the workspace's present: now, for a cloud workspace; a demo or exported workspace can say what
/// its present is.
///
/// ```
/// use entity_explorer::TimeSpan;
///
/// assert_eq!(TimeSpan::parse("last 2 days")?, TimeSpan::last_days(2)?);
/// assert_eq!(TimeSpan::parse("36h")?, TimeSpan::last_hours(36)?);
/// let span = TimeSpan::between("2026-01-01T00:00Z", "2026-01-03")?;
/// assert_eq!(span.to_string(), "2026-01-01T00:00:00Z .. 2026-01-03T00:00:00Z");
/// assert_eq!(TimeSpan::parse("2026-01-01 .. 2026-01-03")?, span);
/// # Ok::<(), entity_explorer::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeSpan(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Ticks before the present.
    Last(i64),
    Between(Timestamp, Timestamp),
}

/// Ticks of a unit of time.
fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => 60 * SECOND,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600 * SECOND,
        "d" | "day" | "days" => DAY,
        "w" | "wk" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    })
}

/// The longest span: more than any workspace keeps.
const LONGEST: i64 = 200 * 366 * DAY;

impl TimeSpan {
    /// Reads `last 2 days`, `last 36 hours`, `last week`, `2d`, `90 min`, or two moments as `2026-01-01T00:00Z .. 2026-01-03T00:00Z`
    /// (` to ` and `/` do as well; see [`Timestamp::parse`] for what a moment can look like).
    ///
    /// # Errors
    /// When the text is none of these, the length is not above 0, or the start is not before the end.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        for separator in ["..", " to ", "/"] {
            if let Some(at) = find(text, separator) {
                return Self::between(&text[..at], &text[at + separator.len()..]);
            }
        }
        match length(text) {
            Ok(ticks) => Ok(Self(Kind::Last(ticks))),
            Err(problem) => {
                Err(Error::new("invalid_timespan", format!("`{text}` is not a span of time: {problem}")).with_help(
                    "write `last 2 days`, `last 36 hours`, `90m`, or two moments as `2026-01-01T00:00Z .. 2026-01-03T00:00Z`".to_owned(),
                ))
            }
        }
    }

    /// From `start` to `end`, each a [`Timestamp`] or text as [`Timestamp::parse`] reads it.
    ///
    /// # Errors
    /// When one of them is no moment, or the start is not before the end.
    pub fn between(start: impl IntoTimestamp, end: impl IntoTimestamp) -> Result<Self, Error> {
        Self::of(start.into_timestamp()?, end.into_timestamp()?)
    }

    fn of(start: Timestamp, end: Timestamp) -> Result<Self, Error> {
        if start < end {
            return Ok(Self(Kind::Between(start, end)));
        }
        let (problem, help) = if start == end {
            (
                format!("the span of time from {start} to {end} is empty"),
                "a date is its first moment: to take in a whole day, end with the day after it",
            )
        } else {
            (
                format!("the start {start} is after the end {end}"),
                "give the earlier moment as the start, and the later one as the end",
            )
        };
        Err(Error::new("invalid_timespan", problem).with_help(help.to_owned()))
    }

    /// The last `days` days.
    ///
    /// # Errors
    /// When that is not above 0, or longer than 200 years.
    pub fn last_days(days: u32) -> Result<Self, Error> {
        Self::last(i64::from(days) * DAY)
    }

    /// The last `hours` hours.
    ///
    /// # Errors
    /// When that is not above 0, or longer than 200 years.
    pub fn last_hours(hours: u32) -> Result<Self, Error> {
        Self::last(i64::from(hours) * 3600 * SECOND)
    }

    fn last(ticks: i64) -> Result<Self, Error> {
        match checked(ticks as f64) {
            Ok(_) => Ok(Self(Kind::Last(ticks))),
            Err(problem) => Err(Error::new("invalid_timespan", format!("this is not a span of time: {problem}"))),
        }
    }

    /// The start and end, where they do not depend on the workspace.
    pub fn bounds(&self) -> Option<(Timestamp, Timestamp)> {
        match self.0 {
            Kind::Last(_) => None,
            Kind::Between(start, end) => Some((start, end)),
        }
    }

    /// How long it is.
    pub fn duration(&self) -> Duration {
        Duration::from_ticks(match self.0 {
            Kind::Last(ticks) => ticks,
            Kind::Between(start, end) => end.ticks() - start.ticks(),
        })
    }

    /// As it is sent.
    #[doc(hidden)]
    pub fn to_value(&self) -> Value {
        match self.0 {
            Kind::Last(ticks) => Value::map().with("last", Value::Int(ticks)),
            Kind::Between(start, end) => {
                Value::map().with("start", Value::Int(start.ticks())).with("end", Value::Int(end.ticks()))
            }
        }
    }
}

/// `last 2 days` and the like as ticks, or what is wrong with it.
fn length(text: &str) -> Result<i64, String> {
    let lower = text.to_lowercase();
    let words = lower.strip_prefix("last ").or_else(|| lower.strip_prefix("past ")).unwrap_or(&lower).trim();
    let mut split = 0;
    while let Some(b'0'..=b'9' | b'.') = words.as_bytes().get(split) {
        split += 1;
    }
    let (number, name) = (&words[..split], words[split..].trim());
    let Some(ticks) = unit(name) else {
        return Err(match name {
            "" if number.is_empty() => "there is nothing in it".to_owned(),
            "" => "it has no unit".to_owned(),
            "mon" | "month" | "months" | "mo" | "y" | "yr" | "year" | "years" => {
                format!("the length of `{name}` varies; count days instead")
            }
            _ => format!("`{name}` is no unit of time"),
        });
    };
    // "last week" is one week, but a bare "d" is more likely a slip.
    if number.is_empty() && words.len() == lower.len() {
        return Err("it has no number".to_owned());
    }
    match if number.is_empty() { Ok(1.0) } else { number.parse::<f64>() } {
        Ok(count) => checked(count * ticks as f64),
        Err(_) => Err(format!("`{number}` is no number")),
    }
}

fn checked(ticks: f64) -> Result<i64, String> {
    if ticks < 1.0 {
        Err("it is not above 0".to_owned())
    } else if ticks > LONGEST as f64 {
        Err("it is longer than 200 years".to_owned())
    } else {
        Ok(ticks.round() as i64)
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Between(start, end) => write!(f, "{start} .. {end}"),
            Kind::Last(ticks) => {
                for (unit, size) in [("day", DAY), ("hour", 3600 * SECOND), ("minute", 60 * SECOND), ("second", SECOND)]
                {
                    if ticks == size {
                        return write!(f, "last {unit}");
                    }
                    if ticks % size == 0 {
                        return write!(f, "last {} {unit}s", ticks / size);
                    }
                }
                write!(f, "last {}", Duration::from_ticks(ticks))
            }
        }
    }
}

impl fmt::Debug for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeSpan({self})")
    }
}

impl FromStr for TimeSpan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// What can stand for a moment: a [`Timestamp`], or text.
pub trait IntoTimestamp {
    /// The moment.
    ///
    /// # Errors
    /// When text is no moment.
    fn into_timestamp(self) -> Result<Timestamp, Error>;
}

impl IntoTimestamp for Timestamp {
    fn into_timestamp(self) -> Result<Timestamp, Error> {
        Ok(self)
    }
}

impl<S: AsRef<str> + ?Sized> IntoTimestamp for &S {
    fn into_timestamp(self) -> Result<Timestamp, Error> {
        Timestamp::parse(self.as_ref())
    }
}

/// What can stand for a span of time: a [`TimeSpan`], or text as [`TimeSpan::parse`] reads it.
pub trait IntoTimeSpan {
    /// The span.
    ///
    /// # Errors
    /// When text is no span of time.
    fn into_timespan(self) -> Result<TimeSpan, Error>;
}

impl IntoTimeSpan for TimeSpan {
    fn into_timespan(self) -> Result<TimeSpan, Error> {
        Ok(self)
    }
}

impl<S: AsRef<str> + ?Sized> IntoTimeSpan for &S {
    fn into_timespan(self) -> Result<TimeSpan, Error> {
        TimeSpan::parse(self.as_ref())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn shown(text: &str) -> String {
        TimeSpan::parse(text).map_or_else(|e| e.message().to_owned(), |span| span.to_string())
    }

    #[test]
    fn reads_lengths() {
        for (text, expected) in [
            ("last 2 days", "last 2 days"),
            ("Last 36 Hours", "last 36 hours"),
            ("past week", "last 7 days"),
            ("last day", "last day"),
            ("2d", "last 2 days"),
            (" 1.5 days ", "last 36 hours"),
            ("90m", "last 90 minutes"),
            ("1 w", "last 7 days"),
            ("45 sec", "last 45 seconds"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn reads_two_moments() {
        let expected = "2026-01-01T00:00:00Z .. 2026-01-03T12:30:00Z";
        for text in [
            "2026-01-01T00:00Z .. 2026-01-03T12:30Z",
            "2026-01-01..2026-01-03T12:30",
            "2026-01-01 to 2026-01-03 12:30",
            "2026-01-01/2026-01-03T14:30+02:00",
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, expected) in [
            ("", "`` is not a span of time: there is nothing in it"),
            ("2", "`2` is not a span of time: it has no unit"),
            ("d", "`d` is not a span of time: it has no number"),
            ("0 days", "`0 days` is not a span of time: it is not above 0"),
            ("-2d", "`-2d` is not a span of time: `-2d` is no unit of time"),
            ("2 months", "`2 months` is not a span of time: the length of `months` varies; count days instead"),
            ("1.2.3 days", "`1.2.3 days` is not a span of time: `1.2.3` is no number"),
            ("99999999 days", "`99999999 days` is not a span of time: it is longer than 200 years"),
            ("2026-01-03 .. 2026-01-01", "the start 2026-01-03T00:00:00Z is after the end 2026-01-01T00:00:00Z"),
            ("2026-01-01 .. 2026-01-01", "the span of time from 2026-01-01T00:00:00Z to 2026-01-01T00:00:00Z is empty"),
            ("2026-01-01 .. soon", "`soon` is not a date and time"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert!(TimeSpan::last_days(0).is_err());
        assert!(TimeSpan::last_days(u32::MAX).is_err());
    }
}
