//! The time axis: which range it shows, where its ticks are and what they say, how wide the bins are.

use kql::time::{
    MAX_DATETIME_TICKS, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_MINUTE,
    TICKS_PER_SECOND, date_of_ticks, ticks_of_date,
};

/// The range of a time axis, in ticks; `end` is after `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: i64,
    pub end: i64,
}

impl Span {
    /// The range of all these times with a little air around it, so that nothing is drawn on the edge.
    pub fn around(times: impl IntoIterator<Item = i64>) -> Option<Self> {
        let mut range: Option<(i64, i64)> = None;
        for time in times {
            let time = time.clamp(0, MAX_DATETIME_TICKS);
            range = Some(range.map_or((time, time), |(a, b)| (a.min(time), b.max(time))));
        }
        let (start, end) = range?;
        let air = if start == end { 30 * TICKS_PER_SECOND } else { (end - start) / 50 + 1 };
        Some(Self { start: start.saturating_sub(air), end: end.saturating_add(air) })
    }

    pub fn length(self) -> i64 {
        self.end.saturating_sub(self.start).max(1)
    }

    /// Where a time lies, 0 at the start and 1 at the end.
    #[allow(clippy::cast_precision_loss, reason = "a position on a screen")]
    pub fn at(self, time: i64) -> f64 {
        ((i128::from(time) - i128::from(self.start)) as f64 / self.length() as f64).clamp(0.0, 1.0)
    }
}

/// A tick of the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    pub time: i64,
    /// The smaller part: the time of day, or the day, month or year.
    pub label: String,
    /// The larger part, where it changes: the day of a time of day, the year of a month.
    pub context: Option<String>,
}

/// Steps people count in, shorter than a day.
const STEPS: &[i64] = &[
    TICKS_PER_SECOND,
    2 * TICKS_PER_SECOND,
    5 * TICKS_PER_SECOND,
    10 * TICKS_PER_SECOND,
    15 * TICKS_PER_SECOND,
    30 * TICKS_PER_SECOND,
    TICKS_PER_MINUTE,
    2 * TICKS_PER_MINUTE,
    5 * TICKS_PER_MINUTE,
    10 * TICKS_PER_MINUTE,
    15 * TICKS_PER_MINUTE,
    30 * TICKS_PER_MINUTE,
    TICKS_PER_HOUR,
    2 * TICKS_PER_HOUR,
    3 * TICKS_PER_HOUR,
    6 * TICKS_PER_HOUR,
    12 * TICKS_PER_HOUR,
];

/// The bin width that cuts the range into at most `bins` bins (a few more at the ends), a width people count in.
pub(super) fn bin_width(span: Span, bins: i64) -> i64 {
    let least = span.length() / bins.max(1) + 1;
    let tiny = (0..7).flat_map(|power| [1, 2, 5].map(|n: i64| n * 10_i64.pow(power)));
    let days = [1, 2, 7, 14, 28, 91, 182, 365, 730, 1_826, 3_652, 7_305, 18_262, 36_525, 73_050];
    tiny.chain(STEPS.iter().copied())
        .chain(days.map(|n| n * TICKS_PER_DAY))
        .find(|width| *width >= least)
        .unwrap_or(least)
}

/// Ticks for a range, about `about` of them, at round times in UTC.
pub(super) fn ticks(span: Span, about: usize) -> Vec<Tick> {
    let least = span.length() / i64::try_from(about.max(1)).unwrap_or(i64::MAX);
    let day = TICKS_PER_DAY;
    let month = 30 * day;
    let times = if least <= 12 * TICKS_PER_HOUR {
        let tiny = (0..7).flat_map(|power| [1, 2, 5].map(|n: i64| n * 10_i64.pow(power)));
        let step = tiny.chain(STEPS.iter().copied()).find(|step| *step >= least).unwrap_or(day);
        every(span, step)
    } else if least <= 14 * day {
        let step = [1, 2, 7, 14].into_iter().find(|n| n * day >= least).unwrap_or(14);
        every(span, step * day)
    } else if least <= 6 * month {
        let months = [1, 2, 3, 6].into_iter().find(|n| n * month >= least).unwrap_or(6);
        calendar(span, months)
    } else {
        let years = (0..5).flat_map(|power| [1, 2, 5].map(|n: i64| n * 10_i64.pow(power)));
        calendar(span, 12 * years.into_iter().find(|n| n * 365 * day >= least).unwrap_or(5_000))
    };
    let step = times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(TICKS_PER_SECOND);
    let mut context = None;
    times
        .into_iter()
        .map(|time| {
            let (label, around) = label(time, step);
            let changed = around.is_some() && around != context;
            context = around.clone();
            Tick { time, label, context: around.filter(|_| changed) }
        })
        .collect()
}

/// Multiples of a step.
fn every(span: Span, step: i64) -> Vec<i64> {
    let mut time = span.start.max(0).div_euclid(step) * step;
    if time < span.start {
        time += step;
    }
    let mut out = Vec::new();
    while time <= span.end.min(MAX_DATETIME_TICKS) && out.len() < 100 {
        out.push(time);
        time += step;
    }
    out
}

/// The first days of months that are `step` months apart, counted from the year 0.
fn calendar(span: Span, step: i64) -> Vec<i64> {
    let (year, month, _) = date_of_ticks(span.start.max(0));
    let mut at = (i64::from(year) * 12 + i64::from(month) - 1).div_euclid(step) * step;
    let mut out = Vec::new();
    while out.len() < 100 {
        let year = i32::try_from(at.div_euclid(12)).unwrap_or(i32::MAX);
        let month = u32::try_from(at.rem_euclid(12) + 1).unwrap_or(1);
        if year > 9999 {
            break;
        }
        // There is no year 0; multiples of a century begin there all the same.
        if let Some(time) = ticks_of_date(year, month, 1) {
            if time > span.end {
                break;
            }
            if time >= span.start {
                out.push(time);
            }
        }
        at += step;
    }
    out
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What a tick says, and what it is part of.
fn label(time: i64, step: i64) -> (String, Option<String>) {
    let (year, month, day) = date_of_ticks(time);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let name = MONTHS[(month.clamp(1, 12) - 1) as usize];
    let t = time.rem_euclid(TICKS_PER_DAY);
    let clock = format!("{:02}:{:02}", t / TICKS_PER_HOUR, t / TICKS_PER_MINUTE % 60);
    let second = t / TICKS_PER_SECOND % 60;
    let fraction = t % TICKS_PER_SECOND;
    if step >= 360 * TICKS_PER_DAY {
        (format!("{year:04}"), None)
    } else if step >= 28 * TICKS_PER_DAY {
        (name.to_owned(), Some(format!("{year:04}")))
    } else if step >= TICKS_PER_DAY {
        (format!("{day} {name}"), Some(format!("{year:04}")))
    } else if step >= TICKS_PER_MINUTE {
        (clock, Some(date))
    } else if step >= TICKS_PER_SECOND {
        (format!("{clock}:{second:02}"), Some(date))
    } else if step >= TICKS_PER_MILLISECOND {
        (format!("{second:02}.{:03}", fraction / TICKS_PER_MILLISECOND), Some(format!("{date} {clock}")))
    } else if step >= TICKS_PER_MICROSECOND {
        (format!(".{:06}", fraction / TICKS_PER_MICROSECOND), Some(format!("{date} {clock}:{second:02}")))
    } else {
        (format!(".{fraction:07}"), Some(format!("{date} {clock}:{second:02}")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> i64 {
        ticks_of_date(year, month, day).unwrap()
    }

    fn shown(start: i64, end: i64) -> String {
        let ticks = ticks(Span { start, end }, 8);
        let text = |t: &Tick| match &t.context {
            Some(context) => format!("{} [{context}]", t.label),
            None => t.label.clone(),
        };
        ticks.iter().map(text).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn ticks_are_where_people_look_for_them() {
        let noon = day(2026, 1, 2) + 12 * TICKS_PER_HOUR;
        insta::assert_snapshot!(shown(noon, noon + TICKS_PER_DAY), @"12:00 [2026-01-02] | 15:00 | 18:00 | 21:00 | 00:00 [2026-01-03] | 03:00 | 06:00 | 09:00 | 12:00");
        insta::assert_snapshot!(shown(day(2025, 12, 29), day(2026, 1, 5)), @"29 Dec [2025] | 30 Dec | 31 Dec | 1 Jan [2026] | 2 Jan | 3 Jan | 4 Jan | 5 Jan");
        insta::assert_snapshot!(shown(day(2025, 9, 14), day(2026, 3, 5)), @r#"Oct [2025] | Nov | Dec | Jan [2026] | Feb | Mar"#);
        insta::assert_snapshot!(shown(day(2019, 9, 14), day(2026, 3, 5)), @r#"2020 | 2021 | 2022 | 2023 | 2024 | 2025 | 2026"#);
        insta::assert_snapshot!(shown(day(1601, 1, 1), MAX_DATETIME_TICKS), @r#"2000 | 4000 | 6000 | 8000"#);
        insta::assert_snapshot!(shown(noon, noon + 40_000), @r#".000000 [2026-01-02 12:00:00] | .000500 | .001000 | .001500 | .002000 | .002500 | .003000 | .003500 | .004000"#);
        insta::assert_snapshot!(shown(noon, noon + 30), @r#".0000000 [2026-01-02 12:00:00] | .0000005 | .0000010 | .0000015 | .0000020 | .0000025 | .0000030"#);
        insta::assert_snapshot!(shown(noon, noon + 1), @r#".0000000 [2026-01-02 12:00:00] | .0000001"#);
    }

    #[test]
    fn one_time_has_a_range_around_it() {
        let noon = day(2026, 1, 2);
        assert_eq!(Span::around([noon]).unwrap().length(), TICKS_PER_MINUTE);
        assert_eq!(Span::around([]), None);
    }

    proptest! {
        #[test]
        fn any_range_has_ordered_ticks_within_it(a in 0..=MAX_DATETIME_TICKS, b in 0..=MAX_DATETIME_TICKS, power in 0_u32..19) {
            let b = a.saturating_add(b / 10_i64.pow(power)).min(MAX_DATETIME_TICKS);
            let span = Span::around([a, b]).unwrap();
            let ticks = ticks(span, 8);
            prop_assert!(ticks.len() <= 20, "{} ticks", ticks.len());
            prop_assert!(ticks.windows(2).all(|pair| pair[0].time < pair[1].time));
            prop_assert!(ticks.iter().all(|tick| span.start <= tick.time && tick.time <= span.end));
        }

        #[test]
        fn any_range_has_few_bins(a in any::<i64>(), b in any::<i64>()) {
            let span = Span::around([a, b]).unwrap();
            prop_assert!(span.length() / bin_width(span, 120) <= 120);
        }
    }
}
