//! When things happen.

use super::rng::Rng;

/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds of a day.
pub const DAY: i64 = 24 * HOUR;
/// 2024-05-23T18:00:00Z, a Thursday, in microseconds since 1970: the end of the demo.
pub const END: i64 = 1_716_487_200 * SECOND;
/// How long the demo lasts.
pub const DAYS: i64 = 14;
/// The beginning of the demo.
pub const START: i64 = END - DAYS * DAY;

/// How much people work at this time, of 1000, `zone` hours east of UTC.
pub fn rhythm(time: i64, zone: i64) -> u64 {
    let local = time + zone * HOUR;
    let hour = local.rem_euclid(DAY) / HOUR;
    let share: u64 = match hour {
        9..=11 | 13..=16 => 1000,
        8 | 12 | 17 => 700,
        7 | 18 => 350,
        19..=22 => 120,
        _ => 15,
    };
    // 1970-01-01 was a Thursday.
    match (local.div_euclid(DAY) + 3).rem_euclid(7) {
        5 | 6 => share / 9,
        _ => share,
    }
}

/// ISO 8601 with milliseconds.
pub fn iso(time: i64) -> String {
    let ticks = time * 10 + kql::time::UNIX_EPOCH_TICKS;
    let mut text = kql::time::format_datetime(ticks);
    text.truncate(23);
    text.push('Z');
    text
}

/// A time in `from..to`, in whole milliseconds.
pub fn moment(rng: &mut Rng, from: i64, to: i64) -> i64 {
    let span = ((to - from) / 1000).max(1);
    from + rng.below(span.unsigned_abs()).cast_signed() * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_ends_on_a_thursday() {
        assert_eq!(iso(END), "2024-05-23T18:00:00.000Z");
        assert_eq!(rhythm(END, -7), 1000);
        // Saturday morning.
        assert_eq!(rhythm(END + 2 * DAY, -7), 111);
    }
}
