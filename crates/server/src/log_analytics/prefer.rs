//! The `Prefer` header.
//!
//! Source: <https://learn.microsoft.com/azure/azure-monitor/logs/api/prefer-options>

use std::time::Duration;

use super::answer::Extras;

/// What a client prefers.
#[derive(Debug, Clone, Copy)]
pub struct Prefer {
    /// How long a query may take: 3 minutes when nothing is said, 10 at most.
    pub wait: Duration,
    /// What the answer tells.
    pub extras: Extras,
}

/// The longest time, in seconds. Source: <https://learn.microsoft.com/azure/azure-monitor/logs/api/timeouts>
const LONGEST: u64 = 600;

impl Prefer {
    /// The preferences of a header's text; those that are not known are ignored, as RFC 7240 says.
    pub fn parse(text: &str) -> Self {
        let mut prefer = Self { wait: Duration::from_secs(180), extras: Extras::default() };
        for preference in text.split([',', ';']) {
            let (name, value) = preference.split_once('=').unwrap_or((preference, "true"));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
            match name.as_str() {
                "wait" => {
                    if let Ok(seconds) = value.parse::<u64>() {
                        prefer.wait = Duration::from_secs(seconds.min(LONGEST));
                    }
                }
                "include-statistics" => prefer.extras.statistics = value.eq_ignore_ascii_case("true"),
                "include-render" => prefer.extras.render = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        prefer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_read() {
        let prefer = Prefer::parse("wait=60, Include-Statistics=true,include-render, other");
        assert_eq!(prefer.wait, Duration::from_secs(60));
        assert!(prefer.extras.statistics && prefer.extras.render);
        assert_eq!(Prefer::parse("wait=100000").wait, Duration::from_secs(600));
        let nothing = Prefer::parse("wait=soon, include-render=false");
        assert_eq!(nothing.wait, Duration::from_secs(180));
        assert!(!nothing.extras.statistics && !nothing.extras.render);
    }
}
