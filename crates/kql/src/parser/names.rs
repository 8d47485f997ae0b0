//! The names of the operators, and what a misspelt one may have meant.

/// Operators that are parsed.
pub(super) const OPERATORS: &[&str] = &[
    "as",
    "consume",
    "count",
    "distinct",
    "evaluate",
    "extend",
    "facet",
    "filter",
    "find",
    "fork",
    "getschema",
    "invoke",
    "join",
    "limit",
    "lookup",
    "make-series",
    "mv-apply",
    "mv-expand",
    "mvapply",
    "mvexpand",
    "order",
    "parse",
    "parse-kv",
    "parse-where",
    "partition",
    "print",
    "project",
    "project-away",
    "project-by-names",
    "project-keep",
    "project-rename",
    "project-reorder",
    "range",
    "reduce",
    "render",
    "sample",
    "sample-distinct",
    "scan",
    "search",
    "serialize",
    "sort",
    "summarize",
    "take",
    "top",
    "top-hitters",
    "top-nested",
    "union",
    "where",
];

/// Operators of the language that the engine does not have: known by name only.
pub(super) const UNSUPPORTED: &[&str] = &[
    "assert-schema",
    "execute-and-cache",
    "graph-mark-components",
    "graph-match",
    "graph-merge",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "macro-expand",
    "make-graph",
    "partition-by",
    "__partitionby",
    "__executeAndCache",
];

/// What words of other languages are called here.
const ALIASES: &[(&str, &str)] = &[
    ("select", "project"),
    ("groupby", "summarize"),
    ("group", "summarize"),
    ("aggregate", "summarize"),
    ("stats", "summarize"),
    ("having", "where"),
    ("eval", "extend"),
    ("head", "take"),
    ("fields", "project"),
    ("rename", "project-rename"),
    ("drop", "project-away"),
    ("keep", "project-keep"),
    ("unique", "distinct"),
    ("dedup", "distinct"),
    ("orderby", "order by"),
    ("sortby", "sort by"),
    ("rex", "parse"),
    ("append", "union"),
    ("pivot", "evaluate pivot(…)"),
    ("bag_unpack", "evaluate bag_unpack(…)"),
    ("explode", "mv-expand"),
    ("tail", "sort by … | take"),
];

/// The nearest operator to a name that is none.
pub(super) fn nearest_operator(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let known = ALIASES.iter().map(|(alias, _)| *alias);
    let found = nearest(&lower, OPERATORS.iter().copied().chain(known))?;
    let meant = ALIASES.iter().find(|(alias, _)| *alias == found);
    Some(meant.map_or(found, |(_, operator)| *operator))
}

/// The candidate with the fewest edits, if they are few for its length.
pub(super) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let name: Vec<char> = name.chars().take(64).collect();
    let allowed = match name.len() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= allowed && *edits < candidate.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap neighbors) from one text to the other.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_operators() {
        for (name, operator) in [
            ("summarise", "summarize"),
            ("sumarize", "summarize"),
            ("Where", "where"),
            ("wehre", "where"),
            ("select", "project"),
            ("selct", "project"),
            ("mv-exapnd", "mv-expand"),
            ("projectaway", "project-away"),
            ("GROUP", "summarize"),
        ] {
            assert_eq!(nearest_operator(name), Some(operator), "{name}");
        }
        assert_eq!(nearest_operator("frobnicate"), None);
        assert_eq!(nearest_operator(""), None);
    }
}
