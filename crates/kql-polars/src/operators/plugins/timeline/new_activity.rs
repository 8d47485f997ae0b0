//! `new_activity_metrics`: what became of those who were first seen in a period.
//!
//! Source: <https://learn.microsoft.com/kusto/query/new-activity-metrics-plugin>

use std::collections::{BTreeMap, HashMap, HashSet};

use kql::{Error, KqlType};
use polars::prelude::*;

use super::super::{Call, polars_error};
use super::{Arguments, Bins, Cells, Dims, Timeline, long, ratio};
use crate::rel::Rel;

/// A cohort of new IDs: its period, and for each period from then on who of it was there and who was there for the first time.
struct Outcome {
    from: usize,
    to: usize,
    group: usize,
    new: usize,
    retained: usize,
    cohort: usize,
}

pub(in super::super) fn apply(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    let usage =
        "evaluate new_activity_metrics(Id, Time, start, end, window [, cohort] [, dimensions] [, lookback table])";
    let mut args = Arguments::new(call, rel, &[3, 4], usage)?;
    let start = args.point(call, args.constants[0], "the start")?;
    let end = args.point(call, args.constants[1], "the end")?;
    let step = args.step(call, args.constants[2], "the window")?;
    let bins = Bins::new(call, start, end, step)?;
    let only = match args.constants.get(3) {
        Some(cohort) => {
            let at = args.point(call, cohort, "the cohort")?;
            Some(bins.of(at).ok_or_else(|| call.error("the cohort is not between the start and the end"))?)
        }
        None => None,
    };
    let known = match args.table.take() {
        Some(lookback) => args.known(call, lookback)?,
        None => HashSet::new(),
    };
    let line = args.timeline(call)?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for group in 0..line.groups.len() {
        outcomes.extend(follow(&line, group, &bins, only, &known));
    }
    outcomes.sort_by_key(|o| (o.from, o.to, o.group));
    let at = |bin: usize| bins.starts[bin];
    let long_of = |f: fn(&Outcome) -> usize| Cells::Long(outcomes.iter().map(|o| long(f(o))).collect());
    let real_of =
        |f: fn(&Outcome) -> usize| Cells::Real(outcomes.iter().map(|o| ratio(long(f(o)), long(o.cohort))).collect());
    let time = args.time.name.as_str();
    let cells = vec![
        (format!("to_{time}"), Cells::Time(outcomes.iter().map(|o| at(o.to)).collect())),
        ("dcount_new_values".to_owned(), long_of(|o| o.new)),
        ("dcount_retained_values".to_owned(), long_of(|o| o.retained)),
        ("dcount_churn_values".to_owned(), long_of(|o| o.cohort - o.retained)),
        ("retention_rate".to_owned(), real_of(|o| o.retained)),
        ("churn_rate".to_owned(), real_of(|o| o.cohort - o.retained)),
    ];
    let from = outcomes.iter().map(|o| at(o.from)).collect();
    let groups = outcomes.iter().map(|o| o.group).collect();
    let mut rel = line.result(call, from, groups, Dims::Last, cells)?;
    let (old, new) = (args.time.name.clone(), format!("from_{time}"));
    rel.frame = rel.frame.rename([old.as_str()], [new.as_str()], true);
    if let Some(first) = rel.columns.first_mut() {
        first.name = new;
    }
    Ok(rel)
}

fn follow(line: &Timeline, group: usize, bins: &Bins, only: Option<usize>, known: &HashSet<IdxSize>) -> Vec<Outcome> {
    let mut periods: BTreeMap<usize, HashSet<IdxSize>> = BTreeMap::new();
    let mut first: HashMap<IdxSize, usize> = HashMap::new();
    for event in &line.groups[group] {
        if let (Some(bin), Some(id)) = (bins.of(event.time), event.id) {
            periods.entry(bin).or_default().insert(id);
            first.entry(id).or_insert(bin);
        }
    }
    let mut cohorts: BTreeMap<usize, HashSet<IdxSize>> = BTreeMap::new();
    for (id, bin) in first.iter().filter(|(id, _)| !known.contains(id)) {
        cohorts.entry(*bin).or_default().insert(*id);
    }
    let nobody = HashSet::new();
    let mut outcomes = Vec::new();
    for (from, cohort) in cohorts.iter().filter(|(from, _)| only.is_none_or(|only| only == **from)) {
        for to in *from..bins.starts.len() {
            let there = periods.get(&to).unwrap_or(&nobody);
            // New is who is seen after the period of the cohort for the first time; in that period, the cohort itself.
            let new = match to == *from {
                true => cohort.len(),
                false => {
                    there.iter().filter(|id| !known.contains(*id) && first.get(*id).is_some_and(|f| f > from)).count()
                }
            };
            let retained = there.intersection(cohort).count();
            outcomes.push(Outcome { from: *from, to, group, new, retained, cohort: cohort.len() });
        }
    }
    outcomes
}

impl Arguments<'_> {
    /// The IDs of a table of those who are not new, by the row in which [`Arguments::timeline`] sees them first.
    fn known(&self, call: &Call<'_>, lookback: Rel) -> Result<HashSet<IdxSize>, Error> {
        let failed = |e| polars_error(call.span, e);
        let name = self.id.name.as_str();
        let column = match lookback.columns.as_slice() {
            [only] => only.clone(),
            _ => lookback.column(name).cloned().ok_or_else(|| {
                call.error(format!("the lookback table needs one column, or a column `{name}` with the IDs"))
            })?,
        };
        let same = column.ty == self.id.ty || (column.ty == KqlType::Int && self.id.ty == KqlType::Long);
        if !same {
            return Err(call.error(format!(
                "the IDs of the lookback table are {}, and those of the rows {}",
                column.ty, self.id.ty
            )));
        }
        let row = crate::rel::hidden("row", 0);
        let ids = lookback.keep(vec![column.clone()]).canonical();
        let ids = ids
            .frame
            .select([crate::rel::column(&column.name).cast(crate::typed::polars_type(self.id.ty)).alias(name)]);
        let rel = self.rel.clone().canonical();
        let first = rel
            .frame
            .with_row_index(row.as_str(), None)
            .group_by([crate::rel::column(name)])
            .agg([crate::rel::column(&row).min()]);
        let key = [crate::rel::column(name)];
        let found = first.join(ids, key.clone(), key, JoinArgs::new(JoinType::Semi)).select([crate::rel::column(&row)]);
        let found = crate::run::collect(found).map_err(|e| Error::from(e).at(call.span))?;
        Ok(found.column(&row).and_then(Column::idx).map_err(failed)?.iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(t: long, u: long) [1, 0, 1, 2, 1, 3, 1, 4, 2, 0, 2, 1, 2, 3, 2, 4, 2, 5, 3, 0, 3, 2, 3, 4, 3, 5];";

    #[test]
    fn cohorts() {
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate new_activity_metrics(u, t, 1, 4, 1)")), @r#"
from_t | to_t | dcount_new_values | dcount_retained_values | dcount_churn_values | retention_rate | churn_rate
1 | 1 | 4 | 4 | 0 | 1.0 | 0.0
1 | 2 | 2 | 3 | 1 | 0.75 | 0.25
1 | 3 | 1 | 3 | 1 | 0.75 | 0.25
1 | 4 | 0 | 0 | 4 | 0.0 | 1.0
2 | 2 | 2 | 2 | 0 | 1.0 | 0.0
2 | 3 | 0 | 1 | 1 | 0.5 | 0.5
2 | 4 | 0 | 0 | 2 | 0.0 | 1.0
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate new_activity_metrics(u, t, 1, 3, 1, 2) | project-away dcount_churn_values")), @r#"
from_t | to_t | dcount_new_values | dcount_retained_values | retention_rate | churn_rate
2 | 2 | 2 | 2 | 1.0 | 0.0
2 | 3 | 0 | 1 | 0.5 | 0.5
"#);
        insta::assert_snapshot!(rows(&format!("{T} let before = print u = 1; T | evaluate new_activity_metrics(u, t, 1, 3, 1, 2, before) | project from_t, to_t, retention_rate")), @r#"
from_t | to_t | retention_rate
2 | 2 | 1.0
2 | 3 | 1.0
"#);
        insta::assert_snapshot!(error(&format!("{T} T | evaluate new_activity_metrics(u, t, 1, 3, 1, 9)")), @"new_activity_metrics: the cohort is not between the start and the end");
        insta::assert_snapshot!(error(&format!("{T} T | evaluate new_activity_metrics(u, t, 1, 3, 1, (print u = 'x'))")), @"new_activity_metrics: the IDs of the lookback table are string, and those of the rows long");
    }
}
