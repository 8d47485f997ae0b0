//! From a table to lanes of events.

use std::borrow::Cow;
use std::collections::HashMap;

use kql::KqlType;
use kql_polars::KqlTable;

use super::{Label, Lane, Timeline, TimelineSpec};
use crate::cell::{Cell, one_line};
use crate::error::{Error, Result};
use crate::format;

/// Up to this many events are drawn one by one and keep their values.
pub(super) const SINGLE_EVENTS: usize = 600;
/// Columns that are shown on hovering at most.
const HOVER_COLUMNS: usize = 12;
/// Characters of a value that are shown on hovering.
const HOVER_CHARS: usize = 120;
/// Characters of a group name that are kept. Names that differ only after that share a lane.
const GROUP_CHARS: usize = 500;

impl Timeline {
    /// Sorts the rows of a table into lanes. Rows without a time are counted and named in a note.
    ///
    /// # Errors
    /// When there is no such time or group column, or the time column holds no datetimes.
    pub fn new(table: &KqlTable, spec: &TimelineSpec) -> Result<Self> {
        let time = column(table, &spec.time)?;
        let found = table.columns[time].ty;
        if found != KqlType::DateTime {
            return Err(Error::WrongType { column: spec.time.clone(), found, needed: "a datetime" });
        }
        let group = spec.group.as_deref().map(|name| column(table, name)).transpose()?;
        let mut notes = table.notes.clone();
        let (hover, missing): (Vec<&String>, Vec<&String>) =
            spec.hover.iter().partition(|name| table.position(name).is_some());
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
            notes.push(format!("not shown on hovering, since the table has no such column: {}", names.join(", ")));
        }

        let times = table.frame.columns()[time].i64()?;
        let mut groups = Groups::default();
        let mut untimed = 0;
        for (row, ticks) in times.iter().enumerate() {
            match ticks {
                Some(ticks) => groups.add(group_of(table, group, row), ticks, row),
                None => untimed += 1,
            }
        }
        if untimed > 0 {
            notes.push(format!(
                "{} no time and {} not drawn",
                format::counted(untimed, "event has", "events have"),
                if untimed == 1 { "is" } else { "are" }
            ));
        }

        let count = groups.lanes.len();
        let lanes = groups.into_lanes(spec.lanes.clamp(1, 60), group.is_some());
        let events = lanes.iter().map(|lane| lane.events.len()).sum();
        let hover: Vec<usize> = hover.into_iter().filter_map(|name| table.position(name)).take(HOVER_COLUMNS).collect();
        let lanes = lanes.into_iter().map(|lane| Lane {
            details: if events <= SINGLE_EVENTS {
                lane.events.iter().map(|(_, row)| details(table, &hover, *row)).collect()
            } else {
                Vec::new()
            },
            times: lane.events.into_iter().map(|(ticks, _)| ticks).collect(),
            label: lane.label,
        });
        Ok(Self {
            title: spec.title.clone(),
            lanes: lanes.collect(),
            groups: count,
            group_column: spec.group.clone(),
            events,
            markers: spec.markers.clone(),
            window: spec.window.map(|(a, b)| (a.min(b), a.max(b))),
            notes,
        })
    }
}

fn column(table: &KqlTable, name: &str) -> Result<usize> {
    table.position(name).ok_or_else(|| Error::NoColumn {
        column: name.to_owned(),
        known: table.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// The group of a row; `None` for null and for the empty string, which is how KQL writes "no text".
fn group_of(table: &KqlTable, group: Option<usize>, row: usize) -> Option<Cow<'_, str>> {
    let (index, series) = group.and_then(|index| Some((index, table.frame.columns().get(index)?)))?;
    match Cell::read(series, table.columns[index].ty, row) {
        Cell::Null => None,
        Cell::Text(Cow::Borrowed(text)) if text.len() <= GROUP_CHARS => {
            (!text.is_empty()).then_some(Cow::Borrowed(text))
        }
        other => Some(other.line(None, GROUP_CHARS).into()).filter(|text: &Cow<'_, str>| !text.is_empty()),
    }
}

/// What is shown on hovering, without the time: `Operation: Sign-in` per line.
fn details(table: &KqlTable, hover: &[usize], row: usize) -> String {
    let lines = hover.iter().filter_map(|i| {
        let (series, about) = (table.frame.columns().get(*i)?, table.columns.get(*i)?);
        Some(format!("{}: {}", one_line(&about.name, 60), Cell::read(series, about.ty, row).line(None, HOVER_CHARS)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Time and row of the events of one group.
type Events = Vec<(i64, usize)>;

/// Events by group, in the order the groups turned up.
#[derive(Default)]
struct Groups<'a> {
    index: HashMap<Option<Cow<'a, str>>, usize>,
    lanes: Vec<(Option<Cow<'a, str>>, Events)>,
}

struct RawLane {
    label: Label,
    events: Events,
}

impl<'a> Groups<'a> {
    fn add(&mut self, group: Option<Cow<'a, str>>, ticks: i64, row: usize) {
        let at = match self.index.get(&group) {
            Some(at) => *at,
            None => {
                self.index.insert(group.clone(), self.lanes.len());
                self.lanes.push((group, Vec::new()));
                self.lanes.len() - 1
            }
        };
        self.lanes[at].1.push((ticks, row));
    }

    /// The groups with the most events; the others together in one last lane. The events without a group always have their own,
    /// since that they have none is often the finding.
    fn into_lanes(mut self, limit: usize, grouped: bool) -> Vec<RawLane> {
        self.lanes.sort_by(|(a, x), (b, y)| y.len().cmp(&x.len()).then_with(|| a.cmp(b)));
        let none = self.lanes.iter().position(|(group, _)| group.is_none());
        if let Some(at) = none.filter(|at| *at >= limit) {
            let none = self.lanes.remove(at);
            self.lanes.insert(limit - 1, none);
        }
        let rest = self.lanes.split_off(limit.min(self.lanes.len()));
        let label = |group: Option<Cow<'a, str>>| match group {
            Some(name) => Label::Group(name.into_owned()),
            None if grouped => Label::None,
            None => Label::All,
        };
        let mut lanes: Vec<RawLane> =
            self.lanes.into_iter().map(|(group, events)| RawLane { label: label(group), events }).collect();
        if !rest.is_empty() {
            let label = Label::Rest(rest.len());
            lanes.push(RawLane { label, events: rest.into_iter().flat_map(|(_, events)| events).collect() });
        }
        for lane in &mut lanes {
            lane.events.sort_unstable();
        }
        lanes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::table::tests::table;
    use kql::Value;

    fn events(groups: &[&str]) -> KqlTable {
        let times: Vec<Value> = (0..groups.len()).map(|i| Value::DateTime(i as i64)).collect();
        let groups: Vec<Value> = groups.iter().map(|g| Value::String((*g).to_owned())).collect();
        table(&[("Time", KqlType::DateTime, &times), ("Group", KqlType::String, &groups)])
    }

    fn labels(timeline: &Timeline) -> Vec<(String, usize)> {
        timeline.lanes.iter().map(|lane| (lane.label.text(), lane.times.len())).collect()
    }

    #[test]
    fn lanes_are_by_number_of_events_and_the_rest_is_folded() {
        let table = events(&["b", "a", "c", "", "a", "d", "b", "a"]);
        let spec = TimelineSpec::new("t", "Time").group("Group").lanes(3);
        let timeline = Timeline::new(&table, &spec).unwrap();
        // "(none)" has a lane although c has as many events and d too.
        assert_eq!(
            labels(&timeline),
            [("a".into(), 3), ("b".into(), 2), ("(none)".into(), 1), ("2 more groups".into(), 2)]
        );
        assert_eq!((timeline.events(), timeline.groups()), (8, 5));
        assert_eq!(timeline.extent(), Some((0, 7)));
        let one = Timeline::new(&table, &TimelineSpec::new("t", "Time")).unwrap();
        assert_eq!(labels(&one), [("events".into(), 8)]);
    }

    #[test]
    fn errors_name_the_column() {
        let table = events(&["a"]);
        let error = |spec| Timeline::new(&table, &spec).unwrap_err().to_string();
        assert_eq!(
            error(TimelineSpec::new("t", "Tme")),
            "the table has no column \"Tme\"; its columns are: Time, Group"
        );
        assert_eq!(
            error(TimelineSpec::new("t", "Group")),
            "column \"Group\" is of type string; a datetime is needed here"
        );
    }

    #[test]
    fn events_without_a_time_and_columns_that_are_not_there_are_said() {
        let times = [Value::Null(KqlType::DateTime), Value::DateTime(5)];
        let table = table(&[("Time", KqlType::DateTime, &times)]);
        let timeline = Timeline::new(&table, &TimelineSpec::new("t", "Time").hover(["Host"])).unwrap();
        assert_eq!(
            timeline.notes,
            ["not shown on hovering, since the table has no such column: Host", "1 event has no time and is not drawn"]
        );
    }
}
