//! The drawing of a timeline.

use maud::{Markup, PreEscaped, html};
use unicode_width::UnicodeWidthChar;

use super::scale::{Span, bin_width, ticks};
use super::{Label, Lane, Timeline};
use crate::cell::one_line;
use crate::format::{self, Precision};
use crate::limits::ellipsis;
use crate::style::{LANE_COLORS, svg_style};

const WIDTH: f64 = 1000.0;
/// Where the lanes begin: left of it are their names.
const LEFT: f64 = 196.0;
/// Where the lanes end: right of it are their counts.
const RIGHT: f64 = 930.0;
/// Pixels a lane's name may take.
const NAME: f64 = 180.0;
/// Events closer than this many pixels are drawn as one mark.
const NEAR: f64 = 7.0;
/// Bins of a timeline with many events.
const BINS: i64 = 110;
/// Markers that are drawn.
const MARKERS: usize = 30;

/// One shape of a lane.
struct Mark {
    /// Left edge and width, in pixels.
    x: f64,
    width: f64,
    count: usize,
    hover: String,
}

/// A drawing as SVG markup without any style, at home in a document.
pub(super) struct Drawing {
    pub svg: Markup,
    /// How to read it, in a sentence.
    pub legend: String,
}

/// The drawing as a file of its own.
pub(super) fn file(timeline: &Timeline) -> Option<Markup> {
    fitted(timeline, true, crate::MAX_OUTPUT / 2).map(|drawing| drawing.svg)
}

/// The drawing with as much to show on hovering as there is room for; `None` when there is nothing to draw.
pub(super) fn fitted(timeline: &Timeline, alone: bool, budget: usize) -> Option<Drawing> {
    let mut drawing = None;
    for hover in [300_000, 100_000, 0] {
        drawing = draw(timeline, alone, hover);
        if drawing.as_ref().is_none_or(|drawing| drawing.svg.0.len() <= budget) {
            break;
        }
    }
    drawing
}

/// Draws a timeline. All hover texts together take about `hover_bytes` at most.
fn draw(timeline: &Timeline, alone: bool, hover_bytes: usize) -> Option<Drawing> {
    let (first, last) = timeline.extent()?;
    let window = timeline.window.map(|(a, b)| [a, b]);
    let marked = timeline.markers.iter().take(MARKERS).map(|m| m.time);
    let mut span = Span::around([first, last].into_iter().chain(window.into_iter().flatten()).chain(marked))?;
    let single = timeline.lanes.iter().all(|lane| lane.details.len() == lane.times.len());
    let bin = bin_width(span, BINS);
    if !single {
        // Whole bins, so that none is cut in two by the edge.
        span.start = span.start.max(0).div_euclid(bin) * bin;
        span.end = span.end.div_euclid(bin).saturating_add(1).saturating_mul(bin);
    }
    let lanes: Vec<Vec<Mark>> =
        timeline.lanes.iter().map(|lane| if single { clusters(lane, span) } else { bins(lane, span, bin) }).collect();
    let most = lanes.iter().flatten().map(|mark| mark.count).max().unwrap_or(1);
    let legend = legend(single, bin, most, timeline);
    let hover_limit = hover_bytes / lanes.iter().map(Vec::len).sum::<usize>().max(1);

    let height = if single { 22.0 } else { 28.0 };
    let top = if alone { 46.0 } else { 8.0 } + if timeline.markers.is_empty() { 0.0 } else { 26.0 };
    let bottom = top + height * usize_f64(lanes.len());
    let total = bottom + if alone { 62.0 } else { 36.0 };
    let axis = axis(span, top, bottom);
    let svg = html! {
        svg class="tl" xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {total}"))
            width=[alone.then_some("1000")] role="img" aria-label=(aria(timeline))
            font-family=[alone.then_some("system-ui, sans-serif")] font-size="11" fill="currentColor" {
            @if alone {
                style { (PreEscaped(svg_style())) }
                rect class="bg" x="0" y="0" width="1000" height=(total) {}
                text x="10" y="20" font-size="14" font-weight="600" { (one_line(&timeline.title, 110)) }
                text x="10" y="37" opacity=".7" { (one_line(&timeline.summary(), 160)) }
                text x="10" y=(total - 8.0) opacity=".7" { (legend) }
            }
            @for (i, (lane, marks)) in timeline.lanes.iter().zip(&lanes).enumerate() {
                @let y = top + height * usize_f64(i);
                @if i % 2 == 0 {
                    rect x=(px(LEFT)) y=(px(y)) width=(px(RIGHT - LEFT)) height=(px(height)) opacity=".045" {}
                }
                (name(lane, y + height / 2.0))
                text x=(px(RIGHT + 8.0)) y=(px(y + height / 2.0 + 4.0)) opacity=".7" { (format::count(lane.times.len())) }
                @let color = if matches!(lane.label, Label::None | Label::Rest(_)) { LANE_COLORS.len() - 1 } else { i % (LANE_COLORS.len() - 1) };
                g class=(format!("lane c{color}")) fill=(LANE_COLORS[color].0) {
                    @for mark in marks { (shape(mark, single, most, y, height, hover_limit)) }
                }
            }
            (axis)
            @for (i, marker) in timeline.markers.iter().take(MARKERS).enumerate() {
                @let x = LEFT + span.at(marker.time) * (RIGHT - LEFT);
                @let y = top - if i % 2 == 0 { 16.0 } else { 4.0 };
                g.mk {
                    title { (format::datetime(marker.time)) "\n" (one_line(&marker.label, 300)) }
                    line x1=(px(x)) x2=(px(x)) y1=(px(y)) y2=(px(bottom)) stroke="#b93a08" stroke-width="1.4" stroke-dasharray="4 3" {}
                    text x=(px(if x > 700.0 { x - 4.0 } else { x + 4.0 })) y=(px(y + 3.0))
                        text-anchor=[(x > 700.0).then_some("end")] fill="#b93a08" { (one_line(&marker.label, 40)) }
                }
            }
        }
    };
    Some(Drawing { svg, legend })
}

fn aria(timeline: &Timeline) -> String {
    format!("Timeline: {}. {}.", one_line(&timeline.title, 200), timeline.summary())
}

fn name(lane: &Lane, middle: f64) -> Markup {
    let full = one_line(&lane.label.text(), 300);
    let short = fitting(&full, NAME);
    let plain = matches!(lane.label, Label::Group(_) | Label::All);
    html! {
        text x=(px(LEFT - 8.0)) y=(px(middle + 4.0)) text-anchor="end" font-style=[(!plain).then_some("italic")] {
            @if short != full { title { (full) } }
            (short)
        }
    }
}

/// A text of about `room` pixels at most, by the widths that letters have in common fonts.
fn fitting(text: &str, room: f64) -> String {
    let pixels = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '[' | ']'
        | '/' => 3.9,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 10.0,
        'A'..='Z' => 7.6,
        c if c.width().unwrap_or(0) > 1 => 12.0,
        c if c.width() == Some(0) => 0.0,
        _ => 6.4,
    };
    if text.chars().map(pixels).sum::<f64>() <= room {
        return text.to_owned();
    }
    let mut used = 11.0;
    let start: String = text
        .chars()
        .take_while(|c| {
            used += pixels(*c);
            used <= room
        })
        .collect();
    format!("{start}…")
}

/// Grid lines with their times.
fn axis(span: Span, top: f64, bottom: f64) -> Markup {
    let ticks = ticks(span, 11);
    html! {
        g.ax {
            @for tick in &ticks {
                @let x = LEFT + span.at(tick.time) * (RIGHT - LEFT);
                line x1=(px(x)) x2=(px(x)) y1=(px(top)) y2=(px(bottom + 4.0)) stroke="currentColor" stroke-opacity=".16" {}
                text x=(px(x)) y=(px(bottom + 16.0)) text-anchor="middle" { (tick.label) }
                @if let Some(context) = &tick.context {
                    text x=(px(x)) y=(px(bottom + 30.0)) text-anchor="middle" opacity=".7" { (context) }
                }
            }
            line x1=(px(LEFT)) x2=(px(RIGHT)) y1=(px(bottom)) y2=(px(bottom)) stroke="currentColor" stroke-opacity=".45" {}
            text x="10" y=(px(bottom + 16.0)) opacity=".7" { "UTC" }
        }
    }
}

fn shape(mark: &Mark, single: bool, most: usize, y: f64, height: f64, hover_limit: usize) -> Markup {
    let hover = html! { @if hover_limit > 0 { title { (ellipsis(&mark.hover, hover_limit.max(120))) } } };
    if single {
        let radius = if mark.count == 1 { 4.0 } else { (4.0 + usize_f64(mark.count).ln()).min(height / 2.0 - 1.0) };
        html! {
            circle cx=(px(mark.x + mark.width / 2.0)) cy=(px(y + height / 2.0)) r=(px(radius)) fill-opacity=".85" { (hover) }
        }
    } else {
        let tall = ((usize_f64(mark.count) / usize_f64(most.max(1))).sqrt() * (height - 4.0)).max(2.0);
        html! {
            rect x=(px(mark.x)) y=(px(y + height - 1.0 - tall)) width=(px(mark.width)) height=(px(tall)) { (hover) }
        }
    }
}

/// Events one by one; those too close to be told apart as one mark.
fn clusters(lane: &Lane, span: Span) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let x = |i: usize| LEFT + span.at(lane.times[i]) * (RIGHT - LEFT);
    for i in 0..lane.times.len() {
        if open.first().is_some_and(|first| x(i) - x(*first) >= NEAR) {
            marks.push(cluster(lane, &open, &x));
            open.clear();
        }
        open.push(i);
    }
    if !open.is_empty() {
        marks.push(cluster(lane, &open, &x));
    }
    marks
}

fn cluster(lane: &Lane, events: &[usize], x: &impl Fn(usize) -> f64) -> Mark {
    const NAMED: usize = 4;
    let precision = Precision { days: false, ..Precision::of(events.iter().map(|i| lane.times[*i])) };
    let mut parts: Vec<String> = Vec::new();
    if events.len() > 1 {
        parts.push(format::counted(events.len(), "event", "events"));
    }
    for i in events.iter().take(NAMED) {
        let time = format::datetime_at(lane.times[*i], precision);
        let details = lane.details.get(*i).map_or("", String::as_str);
        parts.push(if details.is_empty() { time } else { format!("{time}\n{details}") });
    }
    if events.len() > NAMED {
        parts.push(format!("and {} more", format::count(events.len() - NAMED)));
    }
    let (from, to) = (x(events[0]), x(events[events.len() - 1]));
    Mark { x: from, width: to - from, count: events.len(), hover: parts.join("\n") }
}

/// How many events each bin has, with the first and the last.
fn bins(lane: &Lane, span: Span, bin: i64) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut rest = lane.times.as_slice();
    while let Some(first) = rest.first() {
        let start = first.div_euclid(bin) * bin;
        let end = start.saturating_add(bin);
        let (here, later) = rest.split_at(rest.partition_point(|time| *time < end).max(1));
        let (from, to) = (span.at(start), span.at(end));
        let last = here[here.len() - 1];
        let times = if here.len() == 1 {
            format::datetime(*first)
        } else {
            format!("first {}\nlast {}", format::datetime(*first), format::datetime(last))
        };
        let hover =
            format!("{} from {} on\n{times}", format::counted(here.len(), "event", "events"), format::datetime(start),);
        let x = LEFT + from * (RIGHT - LEFT);
        marks.push(Mark { x, width: ((to - from) * (RIGHT - LEFT) - 0.6).max(1.0), count: here.len(), hover });
        rest = later;
    }
    marks
}

fn legend(single: bool, bin: i64, most: usize, timeline: &Timeline) -> String {
    let mut out = if single && most == 1 {
        "Each dot is one event; point at it for details.".to_owned()
    } else if single {
        "A small dot is one event, a larger one several close together; point at one for details.".to_owned()
    } else {
        format!(
            "Each bar counts the events of {}; the tallest is {}, heights go by the square root. Point at one for details.",
            format::duration(bin),
            format::count(most)
        )
    };
    if let Some(Label::Rest(groups)) = timeline.lanes.last().map(|lane| &lane.label) {
        out.push_str(&format!(
            " {} with fewer events share the last lane.",
            format::counted(*groups, "group", "groups")
        ));
    }
    if timeline.markers.len() > MARKERS {
        out.push_str(&format!(" Only {MARKERS} of {} markers are drawn.", format::count(timeline.markers.len())));
    }
    out
}

#[allow(clippy::cast_precision_loss, reason = "a size on a screen")]
fn usize_f64(n: usize) -> f64 {
    n as f64
}

/// A coordinate with one decimal: enough for a screen, and the same on every machine.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
