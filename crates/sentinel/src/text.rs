//! Small things about text in messages.

/// `1 row`, `2 rows`.
pub fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The start of a text for a message: one line, no control characters, at most `length` characters.
pub fn start_of(text: &str, length: usize) -> String {
    let words = text.split_whitespace();
    let mut out = String::new();
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().filter(|c| !c.is_control()).take(length + 1));
        if out.chars().count() > length {
            break;
        }
    }
    if out.chars().count() > length {
        out = out.chars().take(length).collect();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(start_of("a\n\tb\u{1b}c   d", 10), "a bc d");
        assert_eq!(start_of(&"x".repeat(1 << 20), 3), "xxx…");
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(0, "row"), "0 rows");
    }
}
