//! How far the clock of this machine is from that of the sign-in service.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// A difference of more seconds than this makes tokens and certificates invalid.
const TOLERANCE: i64 = 300;

/// What the answers of services said about the time.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Seconds that this machine is behind.
    behind: AtomicI64,
}

impl Clock {
    /// Takes the `Date` of an answer that has just arrived.
    pub fn heard(&self, date: &str) {
        if let Ok(there) = DateTime::parse_from_rfc2822(date) {
            self.behind.store(there.timestamp() - Utc::now().timestamp(), Ordering::Relaxed);
        }
    }

    /// The time as the service has it, in seconds since 1970.
    pub fn now(&self) -> i64 {
        let behind = self.behind.load(Ordering::Relaxed);
        Utc::now().timestamp() + if behind.abs() > TOLERANCE { behind } else { 0 }
    }

    /// What to say about this machine's clock, if it is wrong.
    pub fn complaint(&self) -> Option<String> {
        let behind = self.behind.load(Ordering::Relaxed);
        if behind.abs() <= TOLERANCE {
            return None;
        }
        let (minutes, way) = (behind.abs() / 60, if behind > 0 { "behind" } else { "ahead of" });
        Some(format!("the clock of this machine is {minutes} minutes {way} the service's: set it right"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_said() {
        let clock = Clock::default();
        assert_eq!(clock.complaint(), None);
        let date = |seconds| (Utc::now() + chrono::Duration::seconds(seconds)).to_rfc2822();
        clock.heard(&date(200));
        assert_eq!(clock.complaint(), None);
        clock.heard(&date(3630));
        assert!(clock.complaint().is_some_and(|c| c.contains("is 60 minutes behind")), "{:?}", clock.complaint());
        assert!((clock.now() - Utc::now().timestamp() - 3630).abs() <= 2);
        clock.heard(&date(-7230));
        assert!(clock.complaint().is_some_and(|c| c.contains("is 120 minutes ahead of")), "{:?}", clock.complaint());
        clock.heard("no date");
        assert!(clock.complaint().is_some());
    }
}
