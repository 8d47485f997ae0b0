//! Parts of datetimes, and datetimes from others.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#datetimetimespan-functions>

use kql::time::{
    TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE, TICKS_PER_SECOND,
    date_of_ticks,
};
use kql::{Error, KqlType, Value};
use polars::prelude::*;

use super::{Call, Function};
use crate::calendar::{self, Unit};
use crate::rows::{Cell, map_rows};
use crate::typed::{Typed, typed_lit};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "now",
        aliases: &[],
        signature: "now([offset])",
        doc: "The time of the query, the same in all of it, plus a timespan.",
        args: (0, 1),
        pure: true,
        bind: |c| relative(c, 1),
    },
    Function {
        name: "ago",
        aliases: &[],
        signature: "ago(timespan)",
        doc: "The time of the query minus a timespan.",
        args: (1, 1),
        pure: true,
        bind: |c| relative(c, -1),
    },
    Function {
        name: "datetime_add",
        aliases: &[],
        signature: "datetime_add(period, amount, datetime)",
        doc: "The datetime so many years, months, days, … later.",
        args: (3, 3),
        pure: true,
        bind: datetime_add,
    },
    Function {
        name: "datetime_diff",
        aliases: &[],
        signature: "datetime_diff(period, datetime1, datetime2)",
        doc: "How many borders of years, months, days, … lie between datetime2 and datetime1.",
        args: (3, 3),
        pure: true,
        bind: datetime_diff,
    },
    Function {
        name: "datetime_part",
        aliases: &["datepart"],
        signature: "datetime_part(part, datetime)",
        doc: "A part of a datetime as a number: year, quarter, month, week_of_year, day, dayofyear, hour, …",
        args: (2, 2),
        pure: true,
        bind: datetime_part,
    },
    Function {
        name: "around",
        aliases: &[],
        signature: "around(value, center, delta)",
        doc: "Whether the value is at most delta away from the center.",
        args: (3, 3),
        pure: true,
        bind: around,
    },
    starts("startofday", "startofday(date [, offset])", "The start of the day, or of one so many days later.", |c| {
        start(c, calendar::start_of_day)
    }),
    starts(
        "startofweek",
        "startofweek(date [, offset])",
        "The start of the week (Sunday), or of one so many weeks later.",
        |c| start(c, calendar::start_of_week),
    ),
    starts(
        "startofmonth",
        "startofmonth(date [, offset])",
        "The start of the month, or of one so many months later.",
        |c| start(c, calendar::start_of_month),
    ),
    starts(
        "startofyear",
        "startofyear(date [, offset])",
        "The start of the year, or of one so many years later.",
        |c| start(c, calendar::start_of_year),
    ),
    starts("endofday", "endofday(date [, offset])", "The last tick of the day, or of one so many days later.", |c| {
        end(c, calendar::start_of_day)
    }),
    starts(
        "endofweek",
        "endofweek(date [, offset])",
        "The last tick of the week (Saturday), or of one so many weeks later.",
        |c| end(c, calendar::start_of_week),
    ),
    starts(
        "endofmonth",
        "endofmonth(date [, offset])",
        "The last tick of the month, or of one so many months later.",
        |c| end(c, calendar::start_of_month),
    ),
    starts(
        "endofyear",
        "endofyear(date [, offset])",
        "The last tick of the year, or of one so many years later.",
        |c| end(c, calendar::start_of_year),
    ),
    Function {
        name: "dayofweek",
        aliases: &[],
        signature: "dayofweek(date)",
        doc: "The days since the Sunday before, as a timespan.",
        args: (1, 1),
        pure: true,
        bind: |c| {
            let expr =
                crate::kernels::i64_to_i64(c.datetime(0)?.expr, |t| Some(calendar::day_of_week(t) * TICKS_PER_DAY));
            c.result(expr, KqlType::TimeSpan)
        },
    },
    part("dayofmonth", &[], "dayofmonth(date)", "The day of the month, from 1 on.", |c| one_part(c, Part::Day)),
    part("dayofyear", &[], "dayofyear(date)", "The day of the year, from 1 on.", |c| one_part(c, Part::DayOfYear)),
    part("hourofday", &[], "hourofday(date)", "The hour of the day, 0 to 23.", |c| one_part(c, Part::Hour)),
    part("week_of_year", &["weekofyear"], "week_of_year(date)", "The week of the year by ISO 8601.", |c| {
        one_part(c, Part::Week)
    }),
    part("getmonth", &["monthofyear"], "getmonth(date)", "The month of the year, 1 to 12.", |c| {
        one_part(c, Part::Month)
    }),
    part("getyear", &[], "getyear(date)", "The year.", |c| one_part(c, Part::Year)),
];

const fn starts(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases: &[], signature, doc, args: (1, 2), pure: true, bind }
}

const fn part(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases, signature, doc, args: (1, 1), pure: true, bind }
}

/// `now(offset)` and `ago(offset)`: constants where the offset is one.
fn relative(call: &Call<'_>, sign: i64) -> Result<Typed, Error> {
    let now = call.env.now;
    if !call.has(0) {
        return Ok(Typed::constant(Value::DateTime(now), call.span));
    }
    let offset = call.timespan(0)?;
    if let Some(Value::TimeSpan(offset)) = offset.constant {
        let at = offset.checked_mul(sign).and_then(|by| now.checked_add(by)).and_then(calendar::valid);
        return Ok(Typed::constant(at.map_or(Value::Null(KqlType::DateTime), Value::DateTime), call.span));
    }
    call.result(typed_lit(now) + typed_lit(sign) * offset.expr, KqlType::DateTime)
}

fn around(call: &Call<'_>) -> Result<Typed, Error> {
    use KqlType::{DateTime, TimeSpan};
    let types = (call.args[0].ty, call.args[1].ty, call.args[2].ty);
    if !matches!(types, (DateTime, DateTime, TimeSpan) | (TimeSpan, TimeSpan, TimeSpan)) {
        let args = call.reals()?;
        let expr = map_rows(&args, KqlType::Bool, |row| Some((row.real(0)? - row.real(1)?).abs() <= row.real(2)?));
        return call.result(expr, KqlType::Bool);
    }
    let [value, center, delta] = [0, 1, 2].map(|i| call.args[i].expr.clone());
    // A range of the value itself, which can be pushed into a scan.
    let inside = value.clone().gt_eq(center.clone() - delta.clone()).and(value.lt_eq(center + delta));
    call.result(inside, KqlType::Bool)
}

fn unit(call: &Call<'_>) -> Result<Unit, Error> {
    let name = call.args[0].constant_str("the period")?;
    Unit::parse(name).ok_or_else(|| call.argument_error(0, format!("unknown period '{name}': use {}", Unit::NAMES)))
}

fn datetime_add(call: &Call<'_>) -> Result<Typed, Error> {
    let unit = unit(call)?;
    let args = [call.whole_arg(1)?, call.datetime(2)?];
    call.result(
        map_rows(&args, KqlType::DateTime, move |row| calendar::add(unit, row.long(0)?, row.long(1)?)),
        KqlType::DateTime,
    )
}

fn datetime_diff(call: &Call<'_>) -> Result<Typed, Error> {
    let unit = unit(call)?;
    let args = [call.datetime(1)?, call.datetime(2)?];
    call.result(
        map_rows(&args, KqlType::Long, move |row| Some(calendar::difference(unit, row.long(0)?, row.long(1)?))),
        KqlType::Long,
    )
}

fn start(call: &Call<'_>, f: fn(i64, i64) -> Option<i64>) -> Result<Typed, Error> {
    shifted(call, f)
}

fn end(call: &Call<'_>, next: fn(i64, i64) -> Option<i64>) -> Result<Typed, Error> {
    // The end of year 9999 has no start after it.
    shifted(call, move |t, offset| {
        let after = next(t, offset.checked_add(1)?);
        after.or_else(|| next(t, offset).map(|_| kql::time::MAX_DATETIME_TICKS + 1)).map(|at| at - 1)
    })
}

fn shifted(call: &Call<'_>, f: impl Fn(i64, i64) -> Option<i64> + Send + Sync + 'static) -> Result<Typed, Error> {
    let date = call.datetime(0)?;
    let offset = if call.has(1) { call.whole_arg(1)? } else { Typed::constant(Value::Long(0), call.span) };
    let expr = if let Some(Value::Long(offset)) = offset.constant {
        crate::kernels::i64_to_i64(date.expr, move |t| f(t, offset))
    } else {
        map_rows(&[date, offset], KqlType::DateTime, move |row| f(row.long(0)?, row.long(1)?))
    };
    call.result(expr, KqlType::DateTime)
}

/// What `datetime_part()` can give.
#[derive(Debug, Clone, Copy)]
enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Part {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week_of_year" | "weekofyear" => Self::Week,
            "day" => Self::Day,
            "dayofyear" => Self::DayOfYear,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "second" => Self::Second,
            "millisecond" => Self::Millisecond,
            "microsecond" => Self::Microsecond,
            "nanosecond" => Self::Nanosecond,
            _ => return None,
        })
    }

    fn of(self, t: i64) -> i64 {
        let second = t.rem_euclid(TICKS_PER_SECOND);
        match self {
            Self::Year => i64::from(date_of_ticks(t).0),
            Self::Quarter => (i64::from(date_of_ticks(t).1) + 2) / 3,
            Self::Month => i64::from(date_of_ticks(t).1),
            Self::Week => calendar::iso_week(t),
            Self::Day => i64::from(date_of_ticks(t).2),
            Self::DayOfYear => calendar::day_of_year(t),
            Self::Hour => t.rem_euclid(TICKS_PER_DAY) / TICKS_PER_HOUR,
            Self::Minute => t.rem_euclid(TICKS_PER_HOUR) / TICKS_PER_MINUTE,
            Self::Second => t.rem_euclid(TICKS_PER_MINUTE) / TICKS_PER_SECOND,
            Self::Millisecond => second / TICKS_PER_MILLISECOND,
            Self::Microsecond => second / TICKS_PER_MICROSECOND,
            Self::Nanosecond => second * 100,
        }
    }
}

fn datetime_part(call: &Call<'_>) -> Result<Typed, Error> {
    let name = call.args[0].constant_str("the part")?;
    let part = Part::parse(name).ok_or_else(|| {
        let known = "year, quarter, month, week_of_year, day, dayofyear, hour, minute, second, millisecond, microsecond or nanosecond";
        call.argument_error(0, format!("unknown part '{name}': use {known}"))
    })?;
    number(call, call.datetime(1)?.expr, part)
}

fn one_part(call: &Call<'_>, part: Part) -> Result<Typed, Error> {
    number(call, call.datetime(0)?.expr, part)
}

fn number(call: &Call<'_>, date: Expr, part: Part) -> Result<Typed, Error> {
    let expr = date.map(
        move |column| {
            let parts = column.i64()?.iter().map(|t| i32::try_from(part.of(t?)).ok());
            Ok(i32::column(column.name().clone(), parts))
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Int32)),
    );
    call.result(expr, KqlType::Int)
}
