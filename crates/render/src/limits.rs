//! How large an output may get, and how it is cut.

/// The most bytes one output may have. Notebook front ends get slow well before this, and notebooks are kept in version
/// control.
pub const MAX_OUTPUT: usize = 2_000_000;

/// How much of long things is shown. A block is drawn with the first of [`Limits::STEPS`] that fits its share of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Characters of one value.
    pub value: usize,
    /// Entries of one list.
    pub items: usize,
}

impl Limits {
    /// From generous to tight.
    pub const STEPS: [Self; 6] = [
        Self { value: 16_384, items: 200 },
        Self { value: 4_096, items: 100 },
        Self { value: 1_024, items: 50 },
        Self { value: 256, items: 25 },
        Self { value: 64, items: 10 },
        Self { value: 24, items: 5 },
    ];
}

/// The first drawing that fits, or `None` when even the tightest does not.
pub(crate) fn fit(budget: usize, draw: impl Fn(Limits) -> Option<String>) -> Option<String> {
    Limits::STEPS.into_iter().filter_map(draw).find(|drawn| drawn.len() <= budget)
}

/// The start of a text, at most `limit` characters, and whether something was left out.
pub(crate) fn head(text: &str, limit: usize) -> (&str, bool) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (&text[..at], true),
        None => (text, false),
    }
}

/// A text of at most `limit` characters, the last of which is `…` when something was left out.
pub(crate) fn ellipsis(text: &str, limit: usize) -> std::borrow::Cow<'_, str> {
    match head(text, limit) {
        (all, false) => all.into(),
        _ => format!("{}…", head(text, limit.saturating_sub(1)).0).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_characters() {
        assert_eq!(head("añb", 2), ("añ", true));
        assert_eq!(head("añ", 2), ("añ", false));
        assert_eq!(ellipsis("añbc", 3), "añ…");
        assert_eq!(ellipsis("añb", 3), "añb");
        assert_eq!(ellipsis("ab", 0), "…");
    }

    #[test]
    fn the_most_generous_drawing_that_fits_is_taken() {
        let draw = |limits: Limits| Some("x".repeat(limits.value));
        assert_eq!(fit(1_500, draw).map(|s| s.len()), Some(1_024));
        assert_eq!(fit(10, draw), None);
    }
}
