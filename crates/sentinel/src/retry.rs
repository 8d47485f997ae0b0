//! When a request is sent again, and how long that waits.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How often and how soon a request that may be repeated is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most, the first time included.
    pub attempts: u32,
    /// What the first wait is drawn from: between half of it and all of it. Each further one is drawn from twice as much.
    pub first_wait: Duration,
    /// The longest wait that is drawn. What the service asks for may be longer.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 5, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// How long to wait after the attempt of this number, from 1: what the service asks for, or a random time that doubles. Random, so that the
    /// queries of a summary that were refused together do not come back together.
    pub fn wait(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(self.longest_wait);
        let drawn = doubled.mul_f64(0.5 + fastrand::f64() / 2.0);
        // A little later than asked for: a service counts its seconds its own way.
        asked.map_or(drawn, |asked| asked + self.first_wait.mul_f64(fastrand::f64() / 10.0))
    }
}

/// The wait that a header `Retry-After` asks for: seconds, or a date.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(header).ok()?;
    Some((until.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2021-01-01T00:00:00Z").unwrap().with_timezone(&Utc);
        assert_eq!(retry_after(" 7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Fri, 01 Jan 2021 00:00:10 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after("Thu, 31 Dec 2020 23:59:50 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_never_shorter_than_asked() {
        let policy = RetryPolicy::default();
        for attempt in 1..40 {
            let limit = Duration::from_secs(1 << (attempt - 1).min(20)).min(policy.longest_wait);
            for _ in 0..20 {
                let wait = policy.wait(attempt, None);
                assert!(wait <= limit && wait * 2 >= limit, "{attempt}: {wait:?}");
                assert!(policy.wait(attempt, Some(Duration::from_secs(90))) >= Duration::from_secs(90));
            }
        }
    }
}
