//! A time range of the caller, made definite.

use entity_explorer::TimeSpan;

/// Start and end of a span of time in ticks; "the last …" ends at `now`, the workspace's present.
///
/// ```
/// use entity_explorer::TimeSpan;
/// let now = kql::time::UNIX_EPOCH_TICKS;
/// assert_eq!(engine::timespan::resolve(&TimeSpan::last_hours(1)?, now), (now - kql::time::TICKS_PER_HOUR, now));
/// # Ok::<(), entity_explorer::Error>(())
/// ```
pub fn resolve(span: &TimeSpan, now: i64) -> (i64, i64) {
    match span.bounds() {
        Some((start, end)) => (start.ticks(), end.ticks()),
        None => (now.saturating_sub(span.duration().ticks()).max(0), now),
    }
}
