//! `activity_counts_metrics`, `activity_metrics`, `activity_engagement`.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/activity-counts-metrics-plugin>,
//! <https://learn.microsoft.com/kusto/query/activity-metrics-plugin>, <https://learn.microsoft.com/kusto/query/activity-engagement-plugin>

use std::collections::{BTreeMap, HashMap, HashSet};

use kql::Error;
use polars::prelude::IdxSize;

use super::super::Call;
use super::counts::leave;
use super::{Arguments, Bins, Cells, Dims, Event, Rows, Step, Timeline, long, ratio};
use crate::rel::Rel;

/// The start and the end of the analysis, and the arguments after them.
struct Extent<'a> {
    /// As given, or of the rows; `None` when there are none.
    ends: Option<(i64, i64)>,
    rest: Vec<&'a kql::ast::Expr>,
}

impl<'a> Extent<'a> {
    /// `without`: how many constants there are when no start and end are given.
    fn new(call: &Call<'_>, args: &Arguments<'a>, line: &Timeline, without: usize) -> Result<Self, Error> {
        if args.constants.len() == without {
            return Ok(Self { ends: line.extent(), rest: args.constants.clone() });
        }
        let start = args.point(call, args.constants[0], "the start")?;
        let end = args.point(call, args.constants[1], "the end")?;
        Ok(Self { ends: Some((start, end)), rest: args.constants[2..].to_vec() })
    }

    fn bins(&self, call: &Call<'_>, step: Step) -> Result<Bins, Error> {
        match self.ends {
            Some((start, end)) => Bins::new(call, start, end, step),
            None => Ok(Bins { starts: Vec::new(), end: 0 }),
        }
    }
}

/// The IDs and the number of rows of each period in which there were any.
fn by_period(events: &[Event], bins: &Bins) -> BTreeMap<usize, (i64, HashSet<IdxSize>)> {
    let mut periods: BTreeMap<usize, (i64, HashSet<IdxSize>)> = BTreeMap::new();
    for event in events {
        if let Some(bin) = bins.of(event.time) {
            let (count, ids) = periods.entry(bin).or_default();
            *count += 1;
            ids.extend(event.id);
        }
    }
    periods
}

/// Rows, IDs, IDs never seen before, and all IDs up to then, for each period.
pub(in super::super) fn activity_counts_metrics(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage = "evaluate activity_counts_metrics(Id, Time, start, end, window [, dimensions])";
    let args = Arguments::new(call, rel, &[3], usage)?.without_table(call)?;
    let start = args.point(call, args.constants[0], "the start")?;
    let end = args.point(call, args.constants[1], "the end")?;
    let step = args.step(call, args.constants[2], "the window")?;
    let bins = Bins::new(call, start, end, step)?;
    let line = args.timeline(call)?;
    let mut rows: Rows<4> = Rows(Vec::new());
    for (number, events) in line.groups.iter().enumerate() {
        let mut seen: HashSet<IdxSize> = HashSet::new();
        for (bin, (count, ids)) in by_period(events, &bins) {
            let before = seen.len();
            seen.extend(&ids);
            rows.0.push((bin, number, [count, long(ids.len()), long(seen.len() - before), long(seen.len())]));
        }
    }
    let (times, groups, [count, dcount, new, all]) = rows.columns(&bins);
    let cells = vec![
        ("count".to_owned(), Cells::Long(count)),
        ("dcount".to_owned(), Cells::Long(dcount)),
        ("new_dcount".to_owned(), Cells::Long(new)),
        ("aggregated_dcount".to_owned(), Cells::Long(all)),
    ];
    line.result(call, times, groups, Dims::First, cells)
}

/// IDs, IDs that were not there in the period before, and which part of those that were stayed or left.
pub(in super::super) fn activity_metrics(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage = "evaluate activity_metrics(Id, Time [, start, end], window [, dimensions])";
    let args = Arguments::new(call, rel, &[1, 3], usage)?.without_table(call)?;
    let line = args.timeline(call)?;
    let extent = Extent::new(call, &args, &line, 1)?;
    let step = args.step(call, extent.rest[0], "the window")?;
    let bins = extent.bins(call, step)?;
    let mut rows: Rows<4> = Rows(Vec::new());
    for (number, events) in line.groups.iter().enumerate() {
        let mut before: Option<(usize, HashSet<IdxSize>)> = None;
        for (bin, (_, ids)) in by_period(events, &bins) {
            let (all, stayed) = match &before {
                Some((last, there)) if *last + 1 == bin => (there.len(), there.intersection(&ids).count()),
                _ => (0, 0),
            };
            rows.0.push((bin, number, [long(ids.len()), long(ids.len() - stayed), long(stayed), long(all)]));
            before = Some((bin, ids));
        }
    }
    let (times, groups, [values, new, stayed, all]) = rows.columns(&bins);
    let retention: Vec<f64> = stayed.iter().zip(&all).map(|(stayed, all)| ratio(*stayed, *all)).collect();
    let churn = stayed.iter().zip(&all).map(|(stayed, all)| ratio(all - stayed, *all)).collect();
    let cells = vec![
        ("dcount_values".to_owned(), Cells::Long(values)),
        ("dcount_newvalues".to_owned(), Cells::Long(new)),
        ("retention_rate".to_owned(), Cells::Real(retention)),
        ("churn_rate".to_owned(), Cells::Real(churn)),
    ];
    line.result(call, times, groups, Dims::Last, cells)
}

/// IDs of each inner window and of the outer window that ends with it.
pub(in super::super) fn activity_engagement(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage = "evaluate activity_engagement(Id, Time [, start, end], inner_window, outer_window [, dimensions])";
    let args = Arguments::new(call, rel, &[2, 4], usage)?.without_table(call)?;
    let line = args.timeline(call)?;
    let extent = Extent::new(call, &args, &line, 2)?;
    let inner = args.distance(call, extent.rest[0], "the inner window")?;
    let outer = args.distance(call, extent.rest[1], "the outer window")?;
    let bins = extent.bins(call, Step::Fixed(inner))?;
    let mut rows: Rows<2> = Rows(Vec::new());
    for (number, events) in line.groups.iter().enumerate() {
        let events: Vec<Event> = events.iter().filter(|e| e.time <= bins.end).copied().collect();
        let mut present: HashMap<IdxSize, usize> = HashMap::new();
        let (mut first, mut next) = (0, 0);
        for (bin, (_, ids)) in by_period(&events, &bins) {
            let after = bins.starts[bin].saturating_add(inner);
            while let Some(event) = events.get(next).filter(|e| e.time < after) {
                if let Some(id) = event.id {
                    *present.entry(id).or_default() += 1;
                }
                next += 1;
            }
            let border = after.saturating_sub(outer);
            while let Some(event) = events.get(first).filter(|e| first < next && e.time < border) {
                if let Some(id) = event.id {
                    leave(&mut present, id);
                }
                first += 1;
            }
            rows.0.push((bin, number, [long(ids.len()), long(present.len())]));
        }
    }
    let (times, groups, [inner, outer]) = rows.columns(&bins);
    let ratio = inner.iter().zip(&outer).map(|(inner, outer)| ratio(*inner, *outer)).collect();
    let cells = vec![
        ("dcount_activities_inner".to_owned(), Cells::Long(inner)),
        ("dcount_activities_outer".to_owned(), Cells::Long(outer)),
        ("activity_ratio".to_owned(), Cells::Real(ratio)),
    ];
    line.result(call, times, groups, Dims::Last, cells)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(u: string, t: datetime, d: string) [
        'A', datetime(2017-08-01), 'x', 'B', datetime(2017-08-01), 'x', 'A', datetime(2017-08-02 10:00), 'x', 'C', datetime(2017-08-02), 'x',
        'A', datetime(2017-08-04), 'y', 'A', datetime(2017-08-04), 'x'];";

    #[test]
    fn counts() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate activity_counts_metrics(u, t, datetime(2017-08-01), datetime(2017-08-04), 1d)")), @r#"
t | count | dcount | new_dcount | aggregated_dcount
2017-08-01T00:00:00.0000000Z | 2 | 2 | 2 | 2
2017-08-02T00:00:00.0000000Z | 2 | 2 | 1 | 3
2017-08-04T00:00:00.0000000Z | 2 | 1 | 0 | 3
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate activity_counts_metrics(u, t, datetime(2017-08-01), datetime(2017-08-04), 1d, d)")), @r#"
t | d | count | dcount | new_dcount | aggregated_dcount
2017-08-01T00:00:00.0000000Z | x | 2 | 2 | 2 | 2
2017-08-02T00:00:00.0000000Z | x | 2 | 2 | 1 | 3
2017-08-04T00:00:00.0000000Z | x | 1 | 1 | 0 | 3
2017-08-04T00:00:00.0000000Z | y | 1 | 1 | 1 | 1
"#);
    }

    #[test]
    fn who_stays() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate activity_metrics(u, t, datetime(2017-08-01), datetime(2017-08-04), 1d)")), @r#"
t | dcount_values | dcount_newvalues | retention_rate | churn_rate
2017-08-01T00:00:00.0000000Z | 2 | 2 | NaN | NaN
2017-08-02T00:00:00.0000000Z | 2 | 1 | 0.5 | 0.5
2017-08-04T00:00:00.0000000Z | 1 | 1 | NaN | NaN
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate activity_metrics(u, t, 'month')")), @r#"
t | dcount_values | dcount_newvalues | retention_rate | churn_rate
2017-08-01T00:00:00.0000000Z | 3 | 3 | NaN | NaN
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | take 0 | evaluate activity_metrics(u, t, 1d)")), @"t | dcount_values | dcount_newvalues | retention_rate | churn_rate");
    }

    #[test]
    fn inner_and_outer() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate activity_engagement(u, t, datetime(2017-08-01), datetime(2017-08-04), 1d, 2d, d)")), @r#"
t | dcount_activities_inner | dcount_activities_outer | activity_ratio | d
2017-08-01T00:00:00.0000000Z | 2 | 2 | 1.0 | x
2017-08-02T00:00:00.0000000Z | 2 | 3 | 0.6666666666666666 | x
2017-08-04T00:00:00.0000000Z | 1 | 1 | 1.0 | x
2017-08-04T00:00:00.0000000Z | 1 | 1 | 1.0 | y
"#);
        insta::assert_snapshot!(error(&format!("{T} T | evaluate activity_engagement(u, t, 1d)")), @"activity_engagement: it has 1 constant arguments (evaluate activity_engagement(Id, Time [, start, end], inner_window, outer_window [, dimensions]))");
    }
}
