//! Calendar arithmetic on ticks. Results outside years 1 to 9999 are `None`.

use kql::time::{
    MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE,
    TICKS_PER_SECOND, date_of_ticks, days_in_month, ticks_of_date,
};

/// A unit of time, as `datetime_add()`, `datetime_diff()` and `datetime_part()` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 12 months
    Year,
    /// 3 months
    Quarter,
    /// A calendar month
    Month,
    /// 7 days, from Sunday on
    Week,
    /// A unit of fixed length, in ticks
    Ticks(i64),
    /// 100 of which are a tick
    Nanosecond,
}

impl Unit {
    /// The unit of a name; case does not matter.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Ticks(TICKS_PER_DAY),
            "hour" => Self::Ticks(TICKS_PER_HOUR),
            "minute" => Self::Ticks(TICKS_PER_MINUTE),
            "second" => Self::Ticks(TICKS_PER_SECOND),
            "millisecond" => Self::Ticks(TICKS_PER_MILLISECOND),
            "microsecond" => Self::Ticks(TICKS_PER_MICROSECOND),
            "nanosecond" => Self::Nanosecond,
            _ => return None,
        })
    }

    /// The names that [`Unit::parse`] knows.
    pub const NAMES: &'static str =
        "year, quarter, month, week, day, hour, minute, second, millisecond, microsecond or nanosecond";
}

/// Ticks that are a datetime.
pub fn valid(ticks: i64) -> Option<i64> {
    (0..=MAX_DATETIME_TICKS).contains(&ticks).then_some(ticks)
}

/// The datetime `count` months later; the day of the month is lowered where the month is shorter.
pub fn add_months(ticks: i64, count: i64) -> Option<i64> {
    let (year, month, day) = date_of_ticks(ticks);
    let months = (i64::from(year) * 12 + i64::from(month) - 1).checked_add(count)?;
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    let month = u32::try_from(months.rem_euclid(12)).ok()? + 1;
    let date = ticks_of_date(year, month, day.min(days_in_month(year, month)))?;
    Some(date + ticks.rem_euclid(TICKS_PER_DAY))
}

/// `datetime_add(unit, count, ticks)`.
pub fn add(unit: Unit, count: i64, ticks: i64) -> Option<i64> {
    let by = match unit {
        Unit::Year => return add_months(ticks, count.checked_mul(12)?),
        Unit::Quarter => return add_months(ticks, count.checked_mul(3)?),
        Unit::Month => return add_months(ticks, count),
        Unit::Week => count.checked_mul(7 * TICKS_PER_DAY)?,
        Unit::Ticks(length) => count.checked_mul(length)?,
        Unit::Nanosecond => count / 100,
    };
    valid(ticks.checked_add(by)?)
}

/// `datetime_diff(unit, a, b)`: how many borders of the unit lie between.
pub fn difference(unit: Unit, a: i64, b: i64) -> i64 {
    let months = |t| {
        let (year, month, _) = date_of_ticks(t);
        i64::from(year) * 12 + i64::from(month) - 1
    };
    match unit {
        Unit::Year => i64::from(date_of_ticks(a).0) - i64::from(date_of_ticks(b).0),
        Unit::Quarter => months(a).div_euclid(3) - months(b).div_euclid(3),
        Unit::Month => months(a) - months(b),
        Unit::Week => week_number(a) - week_number(b),
        Unit::Ticks(length) => a.div_euclid(length) - b.div_euclid(length),
        Unit::Nanosecond => (a - b).saturating_mul(100),
    }
}

/// Number of the week that begins on a Sunday, counted from the Sunday before year 1 (whose first day is a Monday).
fn week_number(ticks: i64) -> i64 {
    (ticks.div_euclid(TICKS_PER_DAY) + 1).div_euclid(7)
}

/// First tick of the day `offset` days later.
pub fn start_of_day(ticks: i64, offset: i64) -> Option<i64> {
    valid(ticks.div_euclid(TICKS_PER_DAY).checked_add(offset)?.checked_mul(TICKS_PER_DAY)?)
}

/// First tick of the week (from Sunday on) `offset` weeks later.
pub fn start_of_week(ticks: i64, offset: i64) -> Option<i64> {
    let days = week_number(ticks).checked_add(offset)?.checked_mul(7)? - 1;
    valid(days.checked_mul(TICKS_PER_DAY)?)
}

/// First tick of the month `offset` months later.
pub fn start_of_month(ticks: i64, offset: i64) -> Option<i64> {
    let (year, month, _) = date_of_ticks(ticks);
    add_months(ticks_of_date(year, month, 1)?, offset)
}

/// First tick of the year `offset` years later.
pub fn start_of_year(ticks: i64, offset: i64) -> Option<i64> {
    let year = i64::from(date_of_ticks(ticks).0).checked_add(offset)?;
    ticks_of_date(i32::try_from(year).ok()?, 1, 1)
}

/// Days since the Sunday before.
pub fn day_of_week(ticks: i64) -> i64 {
    (ticks.div_euclid(TICKS_PER_DAY) + 1).rem_euclid(7)
}

/// 1 on January 1.
pub fn day_of_year(ticks: i64) -> i64 {
    let start = ticks_of_date(date_of_ticks(ticks).0, 1, 1).unwrap_or_default();
    (ticks - start).div_euclid(TICKS_PER_DAY) + 1
}

/// The week by ISO 8601: from Monday on; the first week of a year is the one with its first Thursday.
pub fn iso_week(ticks: i64) -> i64 {
    let day = ticks.div_euclid(TICKS_PER_DAY);
    let thursday = day - day.rem_euclid(7) + 3;
    let thursday_ticks = thursday * TICKS_PER_DAY;
    (day_of_year(thursday_ticks) - 1) / 7 + 1
}

/// A datetime of its parts, seconds with a fraction; `None` where there is no such day or time.
pub fn from_parts(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: f64) -> Option<i64> {
    let date = ticks_of_date(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    Some(date + time_of_day(hour, minute, second)?)
}

/// Ticks since midnight; `None` where there is no such time.
pub fn time_of_day(hour: i64, minute: i64, second: f64) -> Option<i64> {
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0.0..60.0).contains(&second) {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "below 60 s in ticks")]
    let seconds = (second * TICKS_PER_SECOND as f64).round() as i64;
    Some(hour * TICKS_PER_HOUR + minute * TICKS_PER_MINUTE + seconds)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use kql::time::parse_datetime;
    use proptest::prelude::*;

    use super::*;

    fn t(text: &str) -> i64 {
        parse_datetime(text).unwrap()
    }

    fn diff(unit: &str, a: &str, b: &str) -> i64 {
        difference(Unit::parse(unit).unwrap(), t(a), t(b))
    }

    #[test]
    fn documented_differences() {
        assert_eq!(diff("Year", "2017-01-01", "2000-12-31"), 17);
        assert_eq!(diff("quarter", "2017-07-01", "2017-03-30"), 2);
        assert_eq!(diff("month", "2017-01-01", "2015-12-30"), 13);
        assert_eq!(diff("week", "2017-10-29 00:00", "2017-09-30 23:59"), 5);
        assert_eq!(diff("day", "2017-10-29 00:00", "2017-09-30 23:59"), 29);
        assert_eq!(diff("hour", "2017-10-31 01:00", "2017-10-30 23:59"), 2);
        assert_eq!(diff("minute", "2017-10-30 23:05:01", "2017-10-30 23:00:59"), 5);
        assert_eq!(diff("second", "2017-10-30 23:00:10.100", "2017-10-30 23:00:00.900"), 10);
        assert_eq!(diff("millisecond", "2017-10-30 23:00:00.200100", "2017-10-30 23:00:00.100900"), 100);
        assert_eq!(diff("microsecond", "2017-10-30 23:00:00.1009001", "2017-10-30 23:00:00.1008009"), 100);
        assert_eq!(diff("nanosecond", "2017-10-30 23:00:00.0000000", "2017-10-30 23:00:00.0000007"), -700);
    }

    #[test]
    fn months_are_clamped() {
        assert_eq!(add(Unit::Month, 1, t("2024-01-31 10:00")), Some(t("2024-02-29 10:00")));
        assert_eq!(add(Unit::Year, 1, t("2024-02-29")), Some(t("2025-02-28")));
        assert_eq!(add(Unit::Month, -15, t("2017-01-01")), Some(t("2015-10-01")));
        assert_eq!(add(Unit::Year, 9000, t("2017-01-01")), None);
        assert_eq!(add(Unit::Ticks(TICKS_PER_DAY), i64::MAX, t("2017-01-01")), None);
        assert_eq!(add(Unit::Nanosecond, 250, 0), Some(2));
    }

    #[test]
    fn weeks() {
        assert_eq!(start_of_week(t("2017-01-01 10:10:17"), -1), Some(t("2016-12-25")));
        assert_eq!(start_of_week(t("2017-01-07 10:10:17"), 0), Some(t("2017-01-01")));
        assert_eq!(start_of_week(t("0001-01-01"), 0), None);
        for (date, week) in
            [("2017-10-30", 44), ("2020-12-31", 53), ("2021-01-03", 53), ("2021-01-04", 1), ("2018-12-31", 1)]
        {
            assert_eq!(iso_week(t(date)), week, "{date}");
        }
        assert_eq!(day_of_week(t("1947-11-30 10:00:05")), 0);
        assert_eq!(day_of_week(t("1970-05-11")), 1);
        assert_eq!(day_of_year(t("2015-12-14 23:59")), 348);
    }

    #[test]
    fn parts() {
        assert_eq!(from_parts(2017, 10, 1, 12, 11, 0.123_456_7), Some(t("2017-10-01 12:11:00.1234567")));
        assert_eq!(from_parts(2017, 2, 29, 0, 0, 0.0), None);
        assert_eq!(from_parts(2017, 1, 1, 24, 0, 0.0), None);
        assert_eq!(from_parts(2017, 1, 1, 0, 0, f64::NAN), None);
    }

    proptest! {
        #[test]
        fn starts_are_at_or_before(ticks in 7 * TICKS_PER_DAY..MAX_DATETIME_TICKS) {
            for start in [start_of_day, start_of_week, start_of_month, start_of_year] {
                let at = start(ticks, 0).unwrap();
                prop_assert!(at <= ticks);
                prop_assert_eq!(start(at, 0), Some(at));
                if let Some(next) = start(ticks, 1) {
                    prop_assert!(next > ticks);
                }
            }
        }
    }
}
