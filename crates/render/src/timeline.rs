//! Timelines: events over time, in a lane per group.
//!
//! A timeline is computed when it is made: up to a few hundred events keep the values that are shown on hovering; of more only the
//! times are kept, and they are drawn as bars that count the events of one span of time each. So a picture of a million events is
//! as large as one of a thousand.
//!
//! The SVG is written directly, through maud, and not with a chart library: those write fixed colors, which cannot be legible
//! on a light and on a dark page, and have no `<title>` per shape, which is what shows values on hovering without any script.

mod build;
mod html;
mod scale;
mod svg;
mod text;

pub(crate) use html::render as html;
pub(crate) use text::render as text;

/// What a timeline shows of a table.
///
/// ```
/// use render::TimelineSpec;
///
/// let spec = TimelineSpec::new("Azure account activity by provider", "TimeGenerated")
///     .group("Provider")
///     .hover(["Operation", "IPAddress", "AppResourceProvider"]);
/// # let _ = spec;
/// ```
#[derive(Debug, Clone, Default)]
pub struct TimelineSpec {
    /// What the timeline is.
    pub title: String,
    /// The datetime column.
    pub time: String,
    /// The column whose values become lanes; one lane without it.
    pub group: Option<String>,
    /// The columns that are shown on hovering.
    pub hover: Vec<String>,
    /// How many groups get a lane of their own, those with the most events. The rest shares one.
    pub lanes: usize,
    /// Points in time that are pointed out, such as an alert.
    pub markers: Vec<Marker>,
    /// The time range that was searched, in ticks. It is drawn in full, even where nothing happened.
    pub window: Option<(i64, i64)>,
}

impl TimelineSpec {
    /// A timeline of a datetime column.
    pub fn new(title: impl Into<String>, time: impl Into<String>) -> Self {
        Self { title: title.into(), time: time.into(), lanes: 20, ..Self::default() }
    }

    /// The column whose values become lanes.
    #[must_use]
    pub fn group(mut self, column: impl Into<String>) -> Self {
        self.group = Some(column.into());
        self
    }

    /// The columns that are shown on hovering. One that the table does not have is named in a note.
    #[must_use]
    pub fn hover<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        self.hover = columns.into_iter().map(Into::into).collect();
        self
    }

    /// How many groups get a lane of their own, 1 to 60.
    #[must_use]
    pub fn lanes(mut self, lanes: usize) -> Self {
        self.lanes = lanes;
        self
    }

    /// Points out a time, in ticks.
    #[must_use]
    pub fn marker(mut self, time: i64, label: impl Into<String>) -> Self {
        self.markers.push(Marker { time, label: label.into() });
        self
    }

    /// The time range that was searched, in ticks.
    #[must_use]
    pub fn window(mut self, start: i64, end: i64) -> Self {
        self.window = Some((start, end));
        self
    }
}

/// A point in time that is pointed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// When, in 100 ns ticks since 0001-01-01T00:00:00Z.
    pub time: i64,
    /// What happened.
    pub label: String,
}

/// Events over time, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Timeline {
    title: String,
    lanes: Vec<Lane>,
    /// Number of groups, also of those that share the last lane.
    groups: usize,
    /// The column the groups come from.
    group_column: Option<String>,
    events: usize,
    markers: Vec<Marker>,
    window: Option<(i64, i64)>,
    /// What the reader has to be told: events without a time, the table's own notes.
    notes: Vec<String>,
}

/// The events of one group, by time.
#[derive(Debug, Clone)]
struct Lane {
    label: Label,
    times: Vec<i64>,
    /// Per event what is shown on hovering, as lines; empty when there are too many events.
    details: Vec<String>,
}

/// What a lane stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    /// All events: there are no groups.
    All,
    /// A value of the group column.
    Group(String),
    /// No value.
    None,
    /// This many groups that have no lane of their own.
    Rest(usize),
}

impl Label {
    fn text(&self) -> String {
        match self {
            Self::All => "events".to_owned(),
            Self::Group(name) => name.clone(),
            Self::None => "(none)".to_owned(),
            Self::Rest(groups) => crate::format::counted(*groups, "more group", "more groups"),
        }
    }
}

impl Timeline {
    /// Number of events with a time.
    pub fn events(&self) -> usize {
        self.events
    }

    /// Number of groups, the events without a group being one.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// When the first and the last event happened, in ticks.
    pub fn extent(&self) -> Option<(i64, i64)> {
        let first = self.lanes.iter().filter_map(|lane| lane.times.first()).min()?;
        let last = self.lanes.iter().filter_map(|lane| lane.times.last()).max()?;
        Some((*first, *last))
    }

    /// The drawing as an SVG file of its own, or `None` when there are no events.
    pub fn svg(&self) -> Option<String> {
        svg::file(self).map(|svg| crate::escape::finish_markup(svg.into_string()))
    }

    /// `1,234 events in 6 groups, 2026-01-02 03:04:05Z to 2026-01-09 00:00:00Z`.
    fn summary(&self) -> String {
        let mut out = crate::format::counted(self.events, "event", "events");
        if self.group_column.is_some() && self.events > 0 {
            out.push_str(&format!(" in {}", crate::format::counted(self.groups, "group", "groups")));
        }
        match self.extent() {
            Some((first, last)) if first == last => out.push_str(&format!(", {}", crate::format::datetime(first))),
            Some((first, last)) => {
                let [first, last] = ends(first, last);
                out.push_str(&format!(", {first} to {last}"));
            }
            None => {}
        }
        out
    }

    /// The sentence that stands in for a drawing of nothing.
    fn nothing(&self) -> String {
        match self.window {
            Some((start, end)) => {
                format!("No events from {} to {}.", crate::format::datetime(start), crate::format::datetime(end))
            }
            None => "No events.".to_owned(),
        }
    }
}

/// The ends of a range as text. Fractions of a second only matter where there is little more than that.
fn ends(first: i64, last: i64) -> [String; 2] {
    use crate::format::{Precision, datetime_at};
    let exact = Precision::of([first, last]);
    let long = last.saturating_sub(first) >= 10 * kql::time::TICKS_PER_SECOND;
    let precision = Precision { digits: if long { 0 } else { exact.digits }, days: false };
    [datetime_at(first, precision), datetime_at(last, precision)]
}
