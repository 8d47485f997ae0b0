//! `sliding_window_counts`, `active_users_count`, `session_count`.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/sliding-window-counts-plugin>,
//! <https://learn.microsoft.com/kusto/query/active-users-count-plugin>, <https://learn.microsoft.com/kusto/query/session-count-plugin>

use std::collections::{HashMap, HashSet};

use kql::Error;
use polars::prelude::IdxSize;

use super::super::Call;
use super::{Arguments, Bins, Cells, Dims, Event, Rows, long};
use crate::rel::Rel;

/// How many rows and how many IDs there were from some time before each period to its end.
pub(in super::super) fn sliding_window_counts(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage = "evaluate sliding_window_counts(Id, Time, start, end, lookback, bin [, dimensions])";
    let args = Arguments::new(call, rel, &[4], usage)?.without_table(call)?;
    let start = args.point(call, args.constants[0], "the start")?;
    let end = args.point(call, args.constants[1], "the end")?;
    let lookback = args.distance(call, args.constants[2], "the lookback window")?;
    let step = args.step(call, args.constants[3], "the bin")?;
    let bins = Bins::new(call, start, end, step)?;
    let line = args.timeline(call)?;
    let mut rows: Rows<2> = Rows(Vec::new());
    for (number, events) in line.groups.iter().enumerate() {
        // A period sees the events of the periods that start after its start less the lookback.
        let floors: Vec<(i64, Event)> =
            events.iter().filter(|e| e.time <= end).filter_map(|e| Some((step.floor(e.time, start)?, *e))).collect();
        let mut present: HashMap<IdxSize, usize> = HashMap::new();
        let (mut first, mut next) = (0, 0);
        for (bin, at) in bins.starts.iter().enumerate() {
            while let Some((_, event)) = floors.get(next).filter(|(floor, _)| floor <= at) {
                if let Some(id) = event.id {
                    *present.entry(id).or_default() += 1;
                }
                next += 1;
            }
            let border = at.saturating_sub(lookback);
            while let Some((_, event)) = floors.get(first).filter(|(floor, _)| first < next && *floor <= border) {
                if let Some(id) = event.id {
                    leave(&mut present, id);
                }
                first += 1;
            }
            if first < next {
                rows.0.push((bin, number, [long(next - first), long(present.len())]));
            }
        }
    }
    let (times, groups, [count, dcount]) = rows.columns(&bins);
    let cells = vec![("Count".to_owned(), Cells::Long(count)), ("Dcount".to_owned(), Cells::Long(dcount))];
    line.result(call, times, groups, Dims::First, cells)
}

/// One less of an ID.
pub(super) fn leave(present: &mut HashMap<IdxSize, usize>, id: IdxSize) {
    if let Some(count) = present.get_mut(&id) {
        *count -= 1;
        if *count == 0 {
            present.remove(&id);
        }
    }
}

/// The events of each ID, in the order of time.
fn by_id(events: &[Event]) -> HashMap<IdxSize, Vec<i64>> {
    let mut by_id: HashMap<IdxSize, Vec<i64>> = HashMap::new();
    for event in events {
        if let Some(id) = event.id {
            by_id.entry(id).or_default().push(event.time);
        }
    }
    by_id
}

/// How many IDs appeared in each period that had been there in enough of the sub-periods of the lookback window before.
pub(in super::super) fn active_users_count(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage =
        "evaluate active_users_count(Id, Time, start, end, lookback, period, active_periods, bin [, dimensions])";
    let args = Arguments::new(call, rel, &[6], usage)?.without_table(call)?;
    let start = args.point(call, args.constants[0], "the start")?;
    let end = args.point(call, args.constants[1], "the end")?;
    let lookback = args.distance(call, args.constants[2], "the lookback window")?;
    let period = args.step(call, args.constants[3], "the period")?;
    let enough = call.cx.binder().count(args.constants[4], "the number of active periods")?;
    let step = args.step(call, args.constants[5], "the bin")?;
    let bins = Bins::new(call, start, end, step)?;
    let line = args.timeline(call)?;
    let mut rows: Rows<1> = Rows(Vec::new());
    for (number, events) in line.groups.iter().enumerate() {
        let mut active: HashMap<usize, i64> = HashMap::new();
        for times in by_id(events).values() {
            let mut counted: HashSet<usize> = HashSet::new();
            let mut periods: HashMap<i64, usize> = HashMap::new();
            let mut first = 0;
            for at in times.iter().copied() {
                if let Some(period) = period.floor(at, start) {
                    *periods.entry(period).or_default() += 1;
                }
                let border = at.saturating_sub(lookback);
                while times[first] <= border {
                    if let Some(period) = period.floor(times[first], start)
                        && let Some(count) = periods.get_mut(&period)
                    {
                        *count -= 1;
                        if *count == 0 {
                            periods.remove(&period);
                        }
                    }
                    first += 1;
                }
                if periods.len() >= enough as usize
                    && let Some(bin) = bins.of(at)
                    && counted.insert(bin)
                {
                    *active.entry(bin).or_default() += 1;
                }
            }
        }
        rows.0.extend(active.into_iter().map(|(bin, count)| (bin, number, [count])));
    }
    let (times, groups, [dcount]) = rows.columns(&bins);
    line.result(call, times, groups, Dims::First, vec![("dcount".to_owned(), Cells::Long(dcount))])
}

/// How many sessions were active in each period: appearances of an ID at most the lookback window apart are one session.
pub(in super::super) fn session_count(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage = "evaluate session_count(Id, Time, start, end, bin, lookback [, dimensions])";
    let args = Arguments::new(call, rel, &[4], usage)?.without_table(call)?;
    let start = args.point(call, args.constants[0], "the start")?;
    let end = args.point(call, args.constants[1], "the end")?;
    let step = args.step(call, args.constants[2], "the bin")?;
    let lookback = args.distance(call, args.constants[3], "the lookback window")?;
    let bins = Bins::new(call, start, end, step)?;
    let line = args.timeline(call)?;
    let mut rows: Rows<1> = Rows(Vec::new());
    for (number, events) in line.groups.iter().enumerate() {
        let mut sessions: HashMap<usize, i64> = HashMap::new();
        for times in by_id(events).values() {
            let mut before: Option<i64> = None;
            let mut last_bin = None;
            for at in times.iter().copied() {
                if before.is_none_or(|before| at.saturating_sub(before) > lookback) {
                    last_bin = None;
                }
                before = Some(at);
                if let Some(bin) = bins.of(at)
                    && last_bin.replace(bin) != Some(bin)
                {
                    *sessions.entry(bin).or_default() += 1;
                }
            }
        }
        rows.0.extend(sessions.into_iter().map(|(bin, count)| (bin, number, [count])));
    }
    let (times, groups, [count]) = rows.columns(&bins);
    line.result(call, times, groups, Dims::First, vec![("count_sessions".to_owned(), Cells::Long(count))])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(u: string, t: datetime, d: string) [
        'A', datetime(2017-08-01), 'x', 'B', datetime(2017-08-01), 'x', 'A', datetime(2017-08-01), 'y', 'C', datetime(2017-08-02), 'x',
        'A', datetime(2017-08-04), 'y', 'A', datetime(null), 'x'];";

    #[test]
    fn windows() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate sliding_window_counts(u, t, datetime(2017-08-01), datetime(2017-08-05), 2d, 1d)")), @r#"
t | Count | Dcount
2017-08-01T00:00:00.0000000Z | 3 | 2
2017-08-02T00:00:00.0000000Z | 4 | 3
2017-08-03T00:00:00.0000000Z | 1 | 1
2017-08-04T00:00:00.0000000Z | 1 | 1
2017-08-05T00:00:00.0000000Z | 1 | 1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate sliding_window_counts(u, t, datetime(2017-08-02), datetime(2017-08-05), 2d, 1d, d)")), @r#"
t | d | Count | Dcount
2017-08-02T00:00:00.0000000Z | x | 3 | 3
2017-08-02T00:00:00.0000000Z | y | 1 | 1
2017-08-03T00:00:00.0000000Z | x | 1 | 1
2017-08-04T00:00:00.0000000Z | y | 1 | 1
2017-08-05T00:00:00.0000000Z | y | 1 | 1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate sliding_window_counts(u, t, datetime(2017-08-03), datetime(2017-09-05), 40d, 'month')")), @r#"
t | Count | Dcount
2017-08-01T00:00:00.0000000Z | 5 | 3
2017-09-01T00:00:00.0000000Z | 5 | 3
"#);
    }

    #[test]
    fn sessions() {
        insta::assert_snapshot!(rows("range t from 1 to 9 step 1 | extend u = t % 3 | evaluate session_count(u, t, 1, 9, 4, 2)"), @r#"
t | count_sessions
1 | 4
5 | 4
9 | 1
"#);
        insta::assert_snapshot!(rows("range t from 1 to 9 step 1 | extend u = t % 3 | evaluate session_count(u, t, 1, 9, 4, 3)"), @r#"
t | count_sessions
1 | 3
5 | 3
9 | 1
"#);
    }

    #[test]
    fn active_ids() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate active_users_count(u, t, datetime(2017-08-01), datetime(2017-08-05), 4d, 1d, 2, 2d)")), @r#"
t | dcount
2017-08-03T00:00:00.0000000Z | 1
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | evaluate session_count(u, d, 1, 2, 3, 4)")), @"session_count: the timeline has to be a datetime, a timespan, an int or a long, and `d` is string");
        insta::assert_snapshot!(error(&format!("{T} T | evaluate session_count(u, t, now())")), @"session_count: it has 1 constant arguments (evaluate session_count(Id, Time, start, end, bin, lookback [, dimensions]))");
        insta::assert_snapshot!(error(&format!("{T} T | evaluate sliding_window_counts(u, t, datetime(2017-08-03), datetime(2017-09-05), 40d, 'day')")), @"the bin has to be a timespan, and this is a string");
        insta::assert_snapshot!(error(&format!("{T} T | evaluate sliding_window_counts(u, t, datetime(2017-08-03), datetime(2017-09-05), 40d, 1tick)")), @"sliding_window_counts: there are more than 1000000 periods from the start to the end (choose longer periods, or a later start)");
        insta::assert_snapshot!(error(&format!("{T} T | evaluate sliding_window_counts(u, t, datetime(2017-08-03), datetime(2017-09-05), 0d, 1d)")), @"the lookback window has to be greater than 0");
    }
}
