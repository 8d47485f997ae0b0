//! Timelines as plain text: a line of blocks per lane.

use unicode_width::UnicodeWidthStr;

use super::scale::Span;
use super::{Lane, Timeline};
use crate::cell::one_line;
use crate::format;
use crate::table::clip;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A timeline as lines of at most `width` terminal columns.
pub(crate) fn render(timeline: &Timeline, width: usize) -> String {
    let mut out = format!("{}: {}\n", one_line(&timeline.title, 200), timeline.summary());
    for note in &timeline.notes {
        out.push_str(&format!("! {}\n", one_line(note, 1_000)));
    }
    let Some(span) = span(timeline) else {
        out.push_str(&format!("{}\n", timeline.nothing()));
        return out;
    };
    let names: Vec<String> = timeline.lanes.iter().map(|lane| clip(&one_line(&lane.label.text(), 200), 30)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let counts: Vec<String> = timeline.lanes.iter().map(|lane| format::count(lane.times.len())).collect();
    let digits = counts.iter().map(String::len).max().unwrap_or(0);
    let cells = width.saturating_sub(widest + digits + 6).clamp(10, 100);
    let most = most(&timeline.lanes, span, cells);
    for ((lane, name), count) in timeline.lanes.iter().zip(&names).zip(&counts) {
        let pad = " ".repeat(widest - name.width());
        out.push_str(&format!("{name}{pad}  │{}│ {count:>digits$}\n", sparkline(lane, span, cells, most)));
    }
    let [start, end] = super::ends(span.start, span.end);
    let gap = (cells + 2).saturating_sub(start.len() + end.len()).max(1);
    out.push_str(&format!("{}{start}{}{end}\n", " ".repeat(widest + 2), " ".repeat(gap)));
    for marker in timeline.markers.iter().take(20) {
        out.push_str(&format!("{}  {}\n", format::datetime(marker.time), one_line(&marker.label, 200)));
    }
    out
}

/// The range of the events and of the window, without air: every column of text stands for a part of it.
pub(super) fn span(timeline: &Timeline) -> Option<Span> {
    let (first, last) = timeline.extent()?;
    let (start, end) = timeline.window.unwrap_or((first, last));
    Some(Span { start: start.min(first), end: end.max(last) })
}

/// The most events of one cell.
pub(super) fn most(lanes: &[Lane], span: Span, cells: usize) -> usize {
    lanes.iter().flat_map(|lane| counts(lane, span, cells)).max().unwrap_or(1)
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cell of a line"
)]
fn counts(lane: &Lane, span: Span, cells: usize) -> Vec<usize> {
    let mut counts = vec![0; cells.max(1)];
    let last = counts.len() - 1;
    for time in &lane.times {
        counts[((span.at(*time) * cells as f64) as usize).min(last)] += 1;
    }
    counts
}

/// A lane as `cells` characters, the height by the square root of the count, so that a single event is still seen.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "one of eight heights"
)]
pub(super) fn sparkline(lane: &Lane, span: Span, cells: usize, most: usize) -> String {
    let height = |count: usize| match count {
        0 => ' ',
        _ => BLOCKS[(((count as f64 / most.max(1) as f64).sqrt() * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    counts(lane, span, cells).into_iter().map(height).collect()
}
