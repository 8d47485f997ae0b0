//! Names that a mistyped name may have meant.

/// The nearest names, best first, at most three; empty when nothing is near.
///
/// ```
/// use kql_polars::suggest::nearest;
/// assert_eq!(nearest("SigninLog", ["SigninLogs", "Heartbeat"]), ["SigninLogs"]);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).take(64).collect();
    let limit = (wanted.len() / 3).clamp(1, 4);
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.chars().flat_map(char::to_lowercase).take(64).collect();
            let distance = distance(&wanted, &other, limit);
            (distance <= limit).then_some((distance, candidate))
        })
        .collect();
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

/// ``did you mean `A` or `B`?``, or nothing when no name is near.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = nearest(name, candidates).iter().map(|n| format!("`{n}`")).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

/// Edit distance with swaps of neighbors as one step; anything above `limit` when it is above.
fn distance(a: &[char], b: &[char], limit: usize) -> usize {
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j - 1] + cost).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typing_mistakes() {
        let names = ["TimeGenerated", "UserPrincipalName", "IPAddress"];
        assert_eq!(nearest("TimeGeneratd", names), ["TimeGenerated"]);
        assert_eq!(nearest("timegenerated", names), ["TimeGenerated"]);
        assert_eq!(nearest("IPAdrdess", names), ["IPAddress"]);
        assert!(nearest("Computer", names).is_empty());
    }

    #[test]
    fn says_what_was_meant() {
        assert_eq!(did_you_mean("x1", ["x2", "x3"]).as_deref(), Some("did you mean `x2` or `x3`?"));
        assert_eq!(did_you_mean("abc", []), None);
    }
}
