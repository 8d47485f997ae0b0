//! Searching a text for any of many needles: `has_any`, and long chains of `x has "a" or x has "b" or …`.

use std::collections::HashSet;

use crate::terms::{Needle, Place, lower};

/// From this many needles on that are one term each, the terms of a text are looked up among them.
const MANY: usize = 8;

/// Needles that have to stand in the same place.
#[derive(Debug, Default)]
pub struct Needles {
    /// Whole texts, in lower case where case does not matter.
    texts: HashSet<String>,
    /// Whole terms, in lower case.
    terms: HashSet<String>,
    /// The others are looked for one by one.
    others: Vec<Needle>,
    ignore_case: bool,
    longest: usize,
}

impl Needles {
    /// Prepares needles.
    pub fn new<'t>(needles: impl IntoIterator<Item = &'t str>, place: Place, ignore_case: bool) -> Self {
        let mut all = Self { ignore_case, ..Self::default() };
        let mut single = Vec::new();
        for needle in needles {
            match place {
                Place::Equals => {
                    let text = if ignore_case { lower(needle) } else { needle.to_owned() };
                    all.longest = all.longest.max(text.len());
                    all.texts.insert(text);
                }
                Place::Has if ignore_case && !needle.is_empty() && needle.chars().all(char::is_alphanumeric) => {
                    single.push(needle);
                }
                _ => all.others.push(Needle::new(needle, place, ignore_case)),
            }
        }
        if single.len() > MANY {
            all.terms = single.into_iter().map(lower).collect();
        } else {
            all.others.extend(single.into_iter().map(|needle| Needle::new(needle, place, ignore_case)));
        }
        all
    }

    /// Whether a text has one of the needles, or is one.
    pub fn any(&self, text: &str) -> bool {
        if !self.texts.is_empty() {
            // Lower case changes the length of a text by a factor of three at most.
            let found = match self.ignore_case {
                true => text.len() <= self.longest.saturating_mul(3) && self.texts.contains(lower(text).as_str()),
                false => self.texts.contains(text),
            };
            if found {
                return true;
            }
        }
        self.others.iter().any(|needle| needle.is_in(text))
            || (!self.terms.is_empty() && terms(text).any(|term| self.terms.contains(lower(term).as_str())))
    }

    /// Whether a text has all of the needles.
    pub fn all(&self, text: &str) -> bool {
        self.others.iter().all(|needle| needle.is_in(text))
            && (self.terms.is_empty() || {
                let found: HashSet<String> = terms(text).map(lower).filter(|t| self.terms.contains(t)).collect();
                found.len() == self.terms.len()
            })
    }
}

fn terms(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_is_one_of_them(needles in prop::collection::vec("[aAbB. éÉ]{0,2}", 0..30), text in "[aAbB. éÉ]{0,8}") {
            for place in [Place::Equals, Place::Contains, Place::Starts, Place::Ends, Place::Has, Place::HasPrefix, Place::HasSuffix] {
                for ignore_case in [true, false] {
                    let all = Needles::new(needles.iter().map(String::as_str), place, ignore_case);
                    let one = needles.iter().any(|n| Needle::new(n, place, ignore_case).is_in(&text));
                    prop_assert_eq!(all.any(&text), one, "{:?} {}", place, ignore_case);
                }
            }
            let all = Needles::new(needles.iter().map(String::as_str), Place::Has, true);
            prop_assert_eq!(all.all(&text), needles.iter().all(|n| Needle::new(n, Place::Has, true).is_in(&text)));
        }
    }
}
