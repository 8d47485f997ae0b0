//! `format_datetime()` and `format_timespan()`.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/format-datetime-function>,
//! <https://learn.microsoft.com/kusto/query/format-timespan-function>

use std::fmt::Write as _;

use kql::time::{TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, date_of_ticks};
use kql::{Error, ErrorKind, KqlType};

use super::{Call, Function};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "format_datetime",
        aliases: &[],
        signature: "format_datetime(date, format)",
        doc: "The datetime as text, in a format such as 'yyyy-MM-dd HH:mm:ss.fff'.",
        args: (2, 2),
        pure: true,
        bind: |c| format(c, c.datetime(0)?, DATETIME),
    },
    Function {
        name: "format_timespan",
        aliases: &[],
        signature: "format_timespan(timespan, format)",
        doc: "The timespan as text, in a format such as 'dd.hh:mm:ss [FF]'.",
        args: (2, 2),
        pure: true,
        bind: |c| format(c, c.timespan(0)?, TIMESPAN),
    },
];

/// The letters of a kind of format, with the longest run of each.
type Letters = &'static [(char, usize)];

const DATETIME: Letters =
    &[('y', 4), ('M', 2), ('d', 2), ('h', 2), ('H', 2), ('m', 2), ('s', 2), ('f', 7), ('F', 7), ('t', 2)];
const TIMESPAN: Letters = &[('d', 8), ('h', 2), ('H', 2), ('m', 2), ('s', 2), ('f', 7), ('F', 7)];
const DELIMITERS: &str = " /-:,._[]";

/// One piece of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// A letter and how often it is repeated.
    Field(char, usize),
    Text(char),
}

fn format(call: &Call<'_>, arg: Typed, letters: Letters) -> Result<Typed, Error> {
    let text = call.args[1].constant_str("the format")?;
    let pieces = pieces(text, letters)
        .map_err(|why| Error::new(ErrorKind::Type, call.args[1].span, format!("{}(): {why}", call.name)))?;
    let dates = letters == DATETIME;
    let expr = crate::kernels::i64_to_str(arg.expr, move |t| {
        Some(if dates { datetime_text(t, &pieces) } else { timespan_text(t, &pieces) })
    });
    call.result(expr.fill_null(polars::prelude::lit("")), KqlType::String)
}

fn pieces(format: &str, letters: Letters) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|x| *x == c).count();
        if DELIMITERS.contains(c) {
            pieces.push(Piece::Text(c));
            rest = &rest[1..];
            continue;
        }
        match letters.iter().find(|(letter, _)| *letter == c) {
            Some((_, most)) if run <= *most && !(c == 'y' && run == 3) && !(c == 't' && run == 1) => {
                pieces.push(Piece::Field(c, run))
            }
            _ => {
                let known: Vec<String> =
                    letters.iter().map(|(letter, most)| letter.to_string().repeat(*most)).collect();
                return Err(format!(
                    "'{}' is not part of a format: use {}, and the delimiters {}",
                    c.to_string().repeat(run),
                    known.join(", "),
                    DELIMITERS.trim()
                ));
            }
        }
        rest = &rest[run * c.len_utf8()..];
    }
    Ok(pieces)
}

fn datetime_text(t: i64, pieces: &[Piece]) -> String {
    let (year, month, day) = date_of_ticks(t);
    let time = t.rem_euclid(TICKS_PER_DAY);
    let hour = time / TICKS_PER_HOUR;
    let mut out = String::new();
    for piece in pieces {
        let (value, width) = match *piece {
            Piece::Text(c) => {
                out.push(c);
                continue;
            }
            Piece::Field('f' | 'F', _) => {
                fraction(&mut out, time, *piece);
                continue;
            }
            Piece::Field('t', _) => {
                out.push_str(if hour < 12 { "AM" } else { "PM" });
                continue;
            }
            Piece::Field('y', 4) => (i64::from(year), 4),
            Piece::Field('y', n) => (i64::from(year) % 100, n),
            Piece::Field('M', n) => (i64::from(month), n),
            Piece::Field('d', n) => (i64::from(day), n),
            Piece::Field('h', n) => ((hour + 11) % 12 + 1, n),
            Piece::Field('H', n) => (hour, n),
            Piece::Field('m', n) => (time / TICKS_PER_MINUTE % 60, n),
            Piece::Field(_, n) => (time / TICKS_PER_SECOND % 60, n),
        };
        // Writing to a String cannot fail.
        let _ = write!(out, "{value:0width$}");
    }
    out
}

fn timespan_text(t: i64, pieces: &[Piece]) -> String {
    let mut out = String::from(if t < 0 { "-" } else { "" });
    let size = i128::from(t).abs();
    let unit = |ticks: i64| size / i128::from(ticks);
    for piece in pieces {
        let (value, width) = match *piece {
            Piece::Text(c) => {
                out.push(c);
                continue;
            }
            Piece::Field('f' | 'F', _) => {
                fraction(&mut out, i64::try_from(size % i128::from(TICKS_PER_SECOND)).unwrap_or_default(), *piece);
                continue;
            }
            Piece::Field('d', n) => (unit(TICKS_PER_DAY), n),
            Piece::Field('h' | 'H', n) => (unit(TICKS_PER_HOUR) % 24, n),
            Piece::Field('m', n) => (unit(TICKS_PER_MINUTE) % 60, n),
            Piece::Field(_, n) => (unit(TICKS_PER_SECOND) % 60, n),
        };
        let _ = write!(out, "{value:0width$}");
    }
    out
}

/// The fraction of a second: `f` with all digits asked for, `F` without the zeros at the end.
fn fraction(out: &mut String, ticks: i64, piece: Piece) {
    let Piece::Field(letter, digits) = piece else {
        return;
    };
    let all = format!("{:07}", ticks.rem_euclid(TICKS_PER_SECOND));
    let cut = &all[..digits.min(7)];
    out.push_str(if letter == 'F' { cut.trim_end_matches('0') } else { cut });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use kql::time::{parse_datetime, parse_timespan};

    use super::*;

    fn date(text: &str, format: &str) -> String {
        datetime_text(parse_datetime(text).unwrap(), &pieces(format, DATETIME).unwrap())
    }

    fn span(text: &str, format: &str) -> String {
        timespan_text(parse_timespan(text).unwrap(), &pieces(format, TIMESPAN).unwrap())
    }

    #[test]
    fn datetimes() {
        let dt = "2017-01-29 09:00:05";
        // The documented examples.
        assert_eq!(date(dt, "yy-MM-dd [HH:mm:ss]"), "17-01-29 [09:00:05]");
        assert_eq!(date(dt, "yyyy-M-dd [H:mm:ss]"), "2017-1-29 [9:00:05]");
        assert_eq!(date(dt, "yy-MM-dd [hh:mm:ss tt]"), "17-01-29 [09:00:05 AM]");
        assert_eq!(date("2021-07-05 10:04:03.1230000", "s.fffffff"), "3.1230000");
        assert_eq!(date("2021-07-05 10:04:03.1230000", "s.FFFFFFF"), "3.123");
        assert_eq!(date("2021-07-05 10:04:03.0500000", "ss.ff_F"), "03.05_");
        assert_eq!(date("2001-07-05 00:04:03", "y/d/h tt"), "1/5/12 AM");
        assert_eq!(date("2001-07-05 12:04:03", "hh tt"), "12 PM");
        assert_eq!(date("2001-07-05 13:04:03", "h H m"), "1 13 4");
    }

    #[test]
    fn timespans() {
        assert_eq!(span("29.09:00:05.12345", "dd.hh:mm:ss:FF"), "29.09:00:05:12");
        assert_eq!(span("29.09:00:05.12345", "ddd.h:mm:ss [fffffff]"), "029.9:00:05 [1234500]");
        assert_eq!(span("-1:02:03", "d.hh:mm:ss"), "-0.01:02:03");
        assert_eq!(timespan_text(i64::MIN, &pieces("d", TIMESPAN).unwrap()), "-10675199");
    }

    #[test]
    fn unknown_letters() {
        assert!(pieces("yyyyy", DATETIME).is_err());
        assert!(pieces("yyy", DATETIME).is_err());
        assert!(pieces("Q", DATETIME).unwrap_err().starts_with("'Q' is not part of a format"));
        assert!(pieces("ddé", TIMESPAN).is_err());
        assert!(pieces("MM", TIMESPAN).is_err());
    }
}
