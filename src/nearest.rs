//! "Did you mean …?"

/// The candidate that is most like `wanted`, if one is alike enough to be meant.
pub(crate) fn nearest<'a>(wanted: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut best = (wanted.len() / 3).max(1) + 1;
    let mut found = None;
    for candidate in candidates {
        let distance = distance(wanted.as_bytes(), candidate.to_lowercase().as_bytes());
        if distance < best {
            best = distance;
            found = Some(*candidate);
        }
    }
    found
}

/// Number of bytes to insert, delete or replace to make one text the other (Levenshtein).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for (j, cell) in row.iter_mut().enumerate() {
        *cell = j;
    }
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(nearest("windws", &["Linux", "Windows"]), Some("Windows"));
        assert_eq!(nearest("IPADDRESS", &["IPAddress", "Address"]), Some("IPAddress"));
        assert_eq!(nearest("quite different", &["Linux", "Windows"]), None);
    }
}
