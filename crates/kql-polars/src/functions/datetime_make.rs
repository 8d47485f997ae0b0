//! Datetimes and timespans from numbers, and between time zones.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#datetimetimespan-functions>

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use kql::time::{TICKS_PER_DAY, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_SECOND, UNIX_EPOCH_TICKS};
use kql::{Error, KqlType, Value};

use super::{Call, Function};
use crate::calendar;
use crate::convert::convert;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "make_datetime",
        aliases: &[],
        signature: "make_datetime(year, month, day [, hour, minute [, second]])",
        doc: "The datetime of these parts; null where there is none. With one argument, as todatetime().",
        args: (1, 6),
        pure: true,
        bind: make_datetime,
    },
    Function {
        name: "make_timespan",
        aliases: &[],
        signature: "make_timespan([day,] hour, minute [, second])",
        doc: "The timespan of these parts; null where there is none. With one argument, as totimespan().",
        args: (1, 4),
        pure: true,
        bind: make_timespan,
    },
    unix(
        "unixtime_seconds_todatetime",
        "unixtime_seconds_todatetime(timestamp)",
        "The datetime so many seconds after 1970-01-01.",
        |c| from_unix(c, TICKS_PER_SECOND, 1),
    ),
    unix(
        "unixtime_milliseconds_todatetime",
        "unixtime_milliseconds_todatetime(timestamp)",
        "The datetime so many milliseconds after 1970-01-01.",
        |c| from_unix(c, TICKS_PER_MILLISECOND, 1),
    ),
    unix(
        "unixtime_microseconds_todatetime",
        "unixtime_microseconds_todatetime(timestamp)",
        "The datetime so many microseconds after 1970-01-01.",
        |c| from_unix(c, TICKS_PER_MICROSECOND, 1),
    ),
    unix(
        "unixtime_nanoseconds_todatetime",
        "unixtime_nanoseconds_todatetime(timestamp)",
        "The datetime so many nanoseconds after 1970-01-01.",
        |c| from_unix(c, 1, 100),
    ),
    Function {
        name: "datetime_utc_to_local",
        aliases: &[],
        signature: "datetime_utc_to_local(from, timezone)",
        doc: "The wall-clock time of a zone (such as 'Europe/Paris') at a UTC datetime.",
        args: (2, 2),
        pure: true,
        bind: |c| zone(c, utc_to_local),
    },
    Function {
        name: "datetime_local_to_utc",
        aliases: &[],
        signature: "datetime_local_to_utc(from, timezone)",
        doc: "The UTC datetime at a wall-clock time of a zone (such as 'Europe/Paris').",
        args: (2, 2),
        pure: true,
        bind: |c| zone(c, local_to_utc),
    },
    Function {
        name: "datetime_list_timezones",
        aliases: &[],
        signature: "datetime_list_timezones()",
        doc: "The names of all time zones, as an array.",
        args: (0, 0),
        pure: true,
        bind: |c| {
            let names = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name().into()).collect();
            Ok(Typed::constant(Value::Dynamic(serde_json::Value::Array(names)), c.span))
        },
    },
];

const fn unix(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases: &[], signature, doc, args: (1, 1), pure: true, bind }
}

/// A number as a long: a fraction is cut off.
fn whole(value: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    (value.abs() < 9e18).then_some(value as i64)
}

fn make_datetime(call: &Call<'_>) -> Result<Typed, Error> {
    if call.args.len() == 1 {
        return Ok(convert(&call.args[0], KqlType::DateTime));
    }
    if call.args.len() == 2 {
        return Err(call.argument_error(1, "a day is needed: make_datetime(year, month, day)"));
    }
    let expr = map_rows(&call.reals()?, KqlType::DateTime, |row| {
        let part = |i| {
            if i < row.len() { whole(row.real(i)?) } else { Some(0) }
        };
        let second = if row.len() > 5 { row.real(5)? } else { 0.0 };
        calendar::from_parts(part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, second)
    });
    call.result(expr, KqlType::DateTime)
}

fn make_timespan(call: &Call<'_>) -> Result<Typed, Error> {
    if call.args.len() == 1 {
        return Ok(convert(&call.args[0], KqlType::TimeSpan));
    }
    let days = usize::from(call.args.len() == 4);
    let expr = map_rows(&call.reals()?, KqlType::TimeSpan, move |row| {
        let day = if days == 1 { whole(row.real(0)?)? } else { 0 };
        let second = if row.len() > 2 { row.real(days + 2)? } else { 0.0 };
        let time = calendar::time_of_day(whole(row.real(days)?)?, whole(row.real(days + 1)?)?, second)?;
        day.checked_mul(TICKS_PER_DAY)?.checked_add(time)
    });
    call.result(expr, KqlType::TimeSpan)
}

/// `per_tick` units are `ticks` ticks.
fn from_unix(call: &Call<'_>, ticks: i64, per_tick: i64) -> Result<Typed, Error> {
    let arg = &call.args[0];
    let expr = match arg.ty {
        KqlType::Int | KqlType::Long => {
            crate::kernels::i64_to_i64(call.long(0)?, move |v| unix_ticks(v.checked_mul(ticks)?.div_euclid(per_tick)))
        }
        _ => map_rows(&call.reals()?, KqlType::DateTime, move |row| {
            #[allow(clippy::cast_precision_loss, reason = "small constants")]
            let scaled = row.real(0)? * ticks as f64 / per_tick as f64;
            unix_ticks(whole(scaled.floor())?)
        }),
    };
    call.result(expr, KqlType::DateTime)
}

fn unix_ticks(since_epoch: i64) -> Option<i64> {
    calendar::valid(UNIX_EPOCH_TICKS.checked_add(since_epoch)?)
}

fn zone(call: &Call<'_>, f: fn(i64, Tz) -> Option<i64>) -> Result<Typed, Error> {
    let date = call.datetime(0)?;
    let expr = if call.args[1].constant.is_some() {
        let name = call.args[1].constant_str("the time zone")?;
        let tz = find_zone(name).ok_or_else(|| {
            call.argument_error(
                1,
                format!("unknown time zone '{name}': datetime_list_timezones() lists them, such as 'Europe/Paris'"),
            )
        })?;
        crate::kernels::i64_to_i64(date.expr, move |t| f(t, tz))
    } else {
        let name = Typed::new(call.string(1)?, KqlType::String, call.args[1].span);
        map_rows(&[date, name], KqlType::DateTime, move |row| f(row.long(0)?, find_zone(row.text(1)?)?))
    };
    call.result(expr, KqlType::DateTime)
}

fn find_zone(name: &str) -> Option<Tz> {
    name.parse().ok().or_else(|| {
        let ignoring_case = chrono_tz::TZ_VARIANTS.iter().find(|tz| tz.name().eq_ignore_ascii_case(name));
        ignoring_case.copied()
    })
}

/// The datetime at whole seconds, and the ticks beyond them.
fn split(ticks: i64) -> Option<(NaiveDateTime, i64)> {
    let seconds = (ticks - UNIX_EPOCH_TICKS).div_euclid(TICKS_PER_SECOND);
    Some((DateTime::<Utc>::from_timestamp(seconds, 0)?.naive_utc(), ticks.rem_euclid(TICKS_PER_SECOND)))
}

fn join(date: NaiveDateTime, rest: i64) -> Option<i64> {
    unix_ticks(date.and_utc().timestamp().checked_mul(TICKS_PER_SECOND)?.checked_add(rest)?)
}

fn utc_to_local(ticks: i64, tz: Tz) -> Option<i64> {
    let (utc, rest) = split(ticks)?;
    join(tz.from_utc_datetime(&utc).naive_local(), rest)
}

/// A time that the clock skipped is read with the offset after the change, and one that it showed twice is the later (standard) one.
fn local_to_utc(ticks: i64, tz: Tz) -> Option<i64> {
    let (local, rest) = split(ticks)?;
    let utc = match tz.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(_, at) => at.naive_utc(),
        MappedLocalTime::None => {
            let later = local.checked_add_signed(chrono::Duration::days(1))?;
            let after = tz.from_local_datetime(&later).latest()?;
            let offset = after.naive_local() - after.naive_utc();
            local.checked_sub_signed(offset)?
        }
    };
    join(utc, rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use kql::time::{MAX_DATETIME_TICKS, parse_datetime};

    use super::*;

    fn t(text: &str) -> i64 {
        parse_datetime(text).unwrap()
    }

    #[test]
    fn zones() {
        let brussels = find_zone("Europe/Brussels").unwrap();
        for (local, utc) in [
            ("2022-03-27 01:00", "2022-03-27 00:00"),
            ("2022-03-27 02:00", "2022-03-27 00:00"),
            ("2022-03-27 02:59:59.9999999", "2022-03-27 00:59:59.9999999"),
            ("2022-03-27 03:00", "2022-03-27 01:00"),
            ("2022-10-30 02:30", "2022-10-30 01:30"),
            ("2022-07-01 00:00", "2022-06-30 22:00"),
        ] {
            assert_eq!(local_to_utc(t(local), brussels), Some(t(utc)), "{local}");
        }
        assert_eq!(utc_to_local(t("2022-03-27 01:00"), brussels), Some(t("2022-03-27 03:00")));
        assert_eq!(utc_to_local(MAX_DATETIME_TICKS, brussels), None);
        assert_eq!(find_zone("us/pacific"), find_zone("US/Pacific"));
        assert_eq!(find_zone("Mars/Olympus"), None);
    }
}
