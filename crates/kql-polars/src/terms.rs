//! Searching text: whole terms, prefixes, parts, with and without case. No allocation per row for ASCII needles.
//!
//! A term is a longest run of letters and digits.
//! Source: <https://learn.microsoft.com/kusto/query/datatypes-string-operators#what-is-a-term>

use memchr::{memchr2_iter, memmem};

/// Where a needle has to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The whole text.
    Equals,
    /// Anywhere.
    Contains,
    /// At the start.
    Starts,
    /// At the end.
    Ends,
    /// As whole terms.
    Has,
    /// At the start of a term.
    HasPrefix,
    /// At the end of a term.
    HasSuffix,
}

/// A needle, prepared once for many texts.
#[derive(Debug, Clone)]
pub struct Needle {
    place: Place,
    /// Lower case when case does not matter.
    text: String,
    ignore_case: bool,
    finder: memmem::Finder<'static>,
    /// Position of the byte of the needle that is looked for first: the rarest.
    rare: usize,
    starts_alphanumeric: bool,
    ends_alphanumeric: bool,
}

impl Needle {
    /// Prepares a needle.
    pub fn new(text: &str, place: Place, ignore_case: bool) -> Self {
        let text = if ignore_case { lower(text) } else { text.to_owned() };
        let finder = memmem::Finder::new(&text).into_owned();
        let rare = text.bytes().enumerate().min_by_key(|(_, b)| commonness(*b)).map_or(0, |(i, _)| i);
        Self {
            place,
            starts_alphanumeric: text.chars().next().is_some_and(char::is_alphanumeric),
            ends_alphanumeric: text.chars().next_back().is_some_and(char::is_alphanumeric),
            finder,
            rare,
            ignore_case,
            text,
        }
    }

    /// Whether a text has the needle where it has to stand.
    pub fn is_in(&self, text: &str) -> bool {
        if !self.ignore_case {
            return self.exact(text);
        }
        if self.text.is_ascii() {
            return self.ascii(text);
        }
        // An ASCII text cannot have a needle that is not ASCII.
        !text.is_ascii() && self.exact(&lower(text))
    }

    fn exact(&self, text: &str) -> bool {
        let needle = self.text.as_str();
        match self.place {
            Place::Equals => text == needle,
            Place::Contains => self.finder.find(text.as_bytes()).is_some(),
            Place::Starts => text.starts_with(needle),
            Place::Ends => text.ends_with(needle),
            _ => {
                if needle.is_empty() {
                    return true;
                }
                let mut from = 0;
                while let Some(at) = self.finder.find(&text.as_bytes()[from..]) {
                    let at = from + at;
                    if self.is_bounded(text, at) {
                        return true;
                    }
                    from = at + 1;
                }
                false
            }
        }
    }

    /// An ASCII needle, without case.
    fn ascii(&self, text: &str) -> bool {
        let (hay, needle) = (text.as_bytes(), self.text.as_bytes());
        if needle.len() > hay.len() {
            return false;
        }
        match self.place {
            Place::Equals => hay.eq_ignore_ascii_case(needle),
            Place::Starts => hay[..needle.len()].eq_ignore_ascii_case(needle),
            Place::Ends => hay[hay.len() - needle.len()..].eq_ignore_ascii_case(needle),
            _ if needle.is_empty() => true,
            _ => {
                let byte = needle[self.rare];
                let last = hay.len() - needle.len();
                memchr2_iter(byte, byte.to_ascii_uppercase(), hay).any(|i| {
                    let Some(at) = i.checked_sub(self.rare) else {
                        return false;
                    };
                    at <= last
                        && hay[at..at + needle.len()].eq_ignore_ascii_case(needle)
                        && (self.place == Place::Contains || self.is_bounded(text, at))
                })
            }
        }
    }

    /// Whether the needle at a byte position stands at the borders of terms that its place asks for.
    fn is_bounded(&self, text: &str, at: usize) -> bool {
        let left = self.place == Place::HasSuffix || !self.starts_alphanumeric || !ends_alphanumeric(&text[..at]);
        left && (self.place == Place::HasPrefix
            || !self.ends_alphanumeric
            || !starts_alphanumeric(&text[at + self.text.len()..]))
    }
}

fn ends_alphanumeric(text: &str) -> bool {
    match text.as_bytes().last() {
        None => false,
        Some(b) if b.is_ascii() => b.is_ascii_alphanumeric(),
        _ => text.chars().next_back().is_some_and(char::is_alphanumeric),
    }
}

fn starts_alphanumeric(text: &str) -> bool {
    match text.as_bytes().first() {
        None => false,
        Some(b) if b.is_ascii() => b.is_ascii_alphanumeric(),
        _ => text.chars().next().is_some_and(char::is_alphanumeric),
    }
}

/// Lower case by single characters, so that no character becomes several.
pub fn lower(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut folded = c.to_lowercase();
            match (folded.next(), folded.next()) {
                (Some(lower), None) => lower,
                _ => c,
            }
        })
        .collect()
}

/// A rough order of the bytes of log data, the most frequent highest.
fn commonness(byte: u8) -> u8 {
    match byte {
        b'e' | b' ' | b'0' | b'1' | b'2' => 9,
        b'a' | b'i' | b'n' | b'o' | b't' | b's' | b'r' => 8,
        b'3'..=b'9' | b'c' | b'd' | b'l' | b'm' | b'.' | b'-' | b'"' => 7,
        b'b' | b'f' | b'g' | b'h' | b'p' | b'u' => 5,
        b'a'..=b'z' => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has(text: &str, needle: &str) -> bool {
        Needle::new(needle, Place::Has, true).is_in(text)
    }

    #[test]
    fn has_is_for_whole_terms() {
        assert!(has("ANONYMOUS LOGON", "anonymous"));
        assert!(has("bob.smith@contoso.com", "Smith"));
        assert!(!has("bobsmith", "bob"));
        assert!(has("a-bob-b bobby", "bob"));
        assert!(has("bobby bob", "bob"));
        assert!(!has("bobby bobo", "bob"));
        assert!(has("C:\\Windows\\cmd.exe", "cmd.exe"));
        assert!(!has("xcmd.exe", "cmd.exe"));
        assert!(has("xcmd.exe", ".exe"));
        assert!(has("anything", ""));
        assert!(!has("", "x"));
        assert!(!has("žluťoučký", "lu"));
        assert!(has("kůň ŽLUŤOUČKÝ", "žluťoučký"));
        assert!(has("snake_case", "case"));
    }

    #[test]
    fn prefixes_and_suffixes_of_terms() {
        let prefix = |t: &str, n: &str| Needle::new(n, Place::HasPrefix, true).is_in(t);
        let suffix = |t: &str, n: &str| Needle::new(n, Place::HasSuffix, true).is_in(t);
        assert!(prefix("North America", "ame"));
        assert!(!prefix("North America", "mer"));
        assert!(suffix("North America", "ICA"));
        assert!(!suffix("North America", "Nor"));
    }

    /// What the documentation says, without any of the shortcuts.
    fn plain(text: &str, needle: &str, place: Place) -> bool {
        let (text, needle) = (lower(text), lower(needle));
        match place {
            Place::Equals => text == needle,
            Place::Contains => text.contains(&needle),
            Place::Starts => text.starts_with(&needle),
            Place::Ends => text.ends_with(&needle),
            _ => {
                let t: Vec<char> = text.chars().collect();
                let n: Vec<char> = needle.chars().collect();
                let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
                n.is_empty()
                    || (0..t.len()).any(|i| {
                        let left = place == Place::HasSuffix || !word(n.first()) || i == 0 || !word(t.get(i - 1));
                        let right = place == Place::HasPrefix || !word(n.last()) || !word(t.get(i + n.len()));
                        t[i..].starts_with(&n) && left && right
                    })
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(text in "[aAbB.é É-]{0,12}", needle in "[aAbB.éÉ-]{0,3}") {
            for place in [Place::Equals, Place::Contains, Place::Starts, Place::Ends, Place::Has, Place::HasPrefix, Place::HasSuffix] {
                prop_assert_eq!(Needle::new(&needle, place, true).is_in(&text), plain(&text, &needle, place), "{:?}", place);
            }
        }
    }
}
