//! Datetimes and timespans as KQL has them: 100 ns ticks, datetimes counted from 0001-01-01T00:00:00Z (as .NET does).

mod datetime;
mod timespan;

pub use datetime::parse_datetime;
pub use timespan::parse_timespan;
pub(crate) use timespan::timespan_of;

/// Ticks of one microsecond.
pub const TICKS_PER_MICROSECOND: i64 = 10;
/// Ticks of one millisecond.
pub const TICKS_PER_MILLISECOND: i64 = 10_000;
/// Ticks of one second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
/// Ticks of one minute.
pub const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;
/// Ticks of one hour.
pub const TICKS_PER_HOUR: i64 = 60 * TICKS_PER_MINUTE;
/// Ticks of one day.
pub const TICKS_PER_DAY: i64 = 24 * TICKS_PER_HOUR;
/// Ticks at 1970-01-01T00:00:00Z.
pub const UNIX_EPOCH_TICKS: i64 = 621_355_968_000_000_000;
/// Ticks at 9999-12-31T23:59:59.9999999Z, the last datetime.
pub const MAX_DATETIME_TICKS: i64 = 3_155_378_975_999_999_999;

/// Ticks at 00:00 UTC of a day of the proleptic Gregorian calendar, or `None` if there is no such day in years 1 to 9999.
pub fn ticks_of_date(year: i32, month: u32, day: u32) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    // Days from civil, Howard Hinnant's algorithm.
    let y = i64::from(if month <= 2 { year - 1 } else { year });
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let m = i64::from(month);
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let unix_days = era * 146_097 + doe - 719_468;
    Some(unix_days * TICKS_PER_DAY + UNIX_EPOCH_TICKS)
}

/// Year, month and day (UTC) of a datetime. Ticks outside years 1 to 9999 give years outside too.
pub fn date_of_ticks(ticks: i64) -> (i32, u32, u32) {
    let z = (ticks - UNIX_EPOCH_TICKS).div_euclid(TICKS_PER_DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "calendar numbers are small")]
    (year as i32, month as u32, day as u32)
}

/// Number of days of a month.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2020-01-31T12:34:56.1234567Z`, always with seven decimals, as the query APIs write a datetime.
pub fn format_datetime(ticks: i64) -> String {
    let (y, m, d) = date_of_ticks(ticks);
    let t = ticks.rem_euclid(TICKS_PER_DAY);
    format!(
        "{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}.{:07}Z",
        t / TICKS_PER_HOUR,
        t / TICKS_PER_MINUTE % 60,
        t / TICKS_PER_SECOND % 60,
        t % TICKS_PER_SECOND
    )
}

/// `[-][d.]hh:mm:ss[.fffffff]`, as KQL writes a timespan.
pub fn format_timespan(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let t = ticks.unsigned_abs();
    let day = TICKS_PER_DAY.unsigned_abs();
    let (hour, minute, second) =
        (TICKS_PER_HOUR.unsigned_abs(), TICKS_PER_MINUTE.unsigned_abs(), TICKS_PER_SECOND.unsigned_abs());
    let days = if t >= day { format!("{}.", t / day) } else { String::new() };
    let fraction = if t.is_multiple_of(second) { String::new() } else { format!(".{:07}", t % second) };
    format!("{sign}{days}{:02}:{:02}:{:02}{fraction}", t % day / hour, t / minute % 60, t / second % 60)
}

/// The current time.
pub fn now_ticks() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    let ticks = |d: std::time::Duration| i64::try_from(d.as_nanos() / 100).unwrap_or(i64::MAX);
    let unix = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => ticks(after),
        Err(before) => -ticks(before.duration()),
    };
    unix.saturating_add(UNIX_EPOCH_TICKS)
}
