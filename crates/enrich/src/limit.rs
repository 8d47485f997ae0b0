//! How much a service may be asked: so many requests at a time, so many in a period, and a pause when it asks for one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

/// So many requests in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests, at least 1.
    pub requests: u32,
    /// In this time.
    pub per: Duration,
}

impl Rate {
    /// So many requests in any minute.
    pub const fn per_minute(requests: u32) -> Self {
        Self { requests, per: Duration::from_secs(60) }
    }
}

/// How a service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests at a time, at least 1.
    pub parallel: usize,
    /// Requests in a period; `None`: as many as it answers.
    pub rate: Option<Rate>,
    /// For one request, from the connection to the last byte of the answer.
    pub timeout: Duration,
    /// How often a request is sent again after "too many requests" or a passing failure of the service.
    pub retries: u32,
    /// The longest pause a service may ask for: beyond it the request has failed.
    pub patience: Duration,
    /// The pause before the first new attempt when the service does not name one; it doubles each time.
    pub backoff: Duration,
}

impl Limits {
    /// 8 at a time, 30 seconds for each, 3 new attempts, pauses of up to a minute.
    pub const DEFAULT: Self = Self {
        parallel: 8,
        rate: None,
        timeout: Duration::from_secs(30),
        retries: 3,
        patience: Duration::from_secs(61),
        backoff: Duration::from_secs(1),
    };

    /// The same with a rate.
    pub const fn with_rate(self, rate: Rate) -> Self {
        Self { rate: Some(rate), ..self }
    }

    /// About how long so many requests take when one takes `latency`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use enrich::limit::{Limits, Rate};
    ///
    /// let free = Limits::DEFAULT.with_rate(Rate::per_minute(4));
    /// assert_eq!(free.estimate(1000, Duration::from_millis(300)), Duration::from_secs(250 * 60));
    /// ```
    pub fn estimate(&self, requests: usize, latency: Duration) -> Duration {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let parallel = u32::try_from(self.parallel.max(1)).unwrap_or(u32::MAX);
        let by_latency = latency.saturating_mul(requests.div_ceil(parallel));
        let by_rate = self.rate.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(rate.per.as_secs_f64() * f64::from(requests) / f64::from(rate.requests.max(1)))
        });
        by_latency.max(by_rate)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// When requests may be sent.
#[derive(Debug)]
struct Window {
    rate: Option<Rate>,
    sent: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl Window {
    /// Takes the next free moment.
    fn reserve(&mut self, now: Instant) -> Instant {
        let mut at = self.paused_until.map_or(now, |until| until.max(now));
        if let Some(rate) = self.rate {
            let requests = rate.requests.max(1) as usize;
            if self.sent.len() >= requests {
                at = at.max(self.sent[self.sent.len() - requests] + rate.per);
            }
            self.sent.push_back(at);
            while self.sent.len() > requests {
                self.sent.pop_front();
            }
        }
        at
    }
}

/// Keeps to [`Limits`].
#[derive(Debug)]
pub struct Limiter {
    parallel: Semaphore,
    window: Mutex<Window>,
}

impl Limiter {
    /// For one service.
    pub fn new(limits: Limits) -> Self {
        Self {
            parallel: Semaphore::new(limits.parallel.clamp(1, Semaphore::MAX_PERMITS)),
            window: Mutex::new(Window { rate: limits.rate, sent: VecDeque::new(), paused_until: None }),
        }
    }

    /// Waits until a request may be sent. The request is over when the permit is dropped.
    pub async fn acquire(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.parallel.acquire().await.ok();
        let mut at = self.lock().reserve(Instant::now());
        loop {
            tokio::time::sleep_until(at.into()).await;
            // The service may have asked for a pause meanwhile.
            match self.lock().paused_until {
                Some(until) if until > Instant::now() => at = until,
                _ => return permit,
            }
        }
    }

    /// No request for this time.
    pub fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut window = self.lock();
        window.paused_until = Some(window.paused_until.map_or(until, |old| old.max(until)));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn any_period_has_at_most_so_many_requests() {
        let mut window = Window { rate: Some(Rate::per_minute(4)), sent: VecDeque::new(), paused_until: None };
        let start = Instant::now();
        let sent: Vec<u64> = (0..10).map(|_| (window.reserve(start) - start).as_secs()).collect();
        assert_eq!(sent, [0, 0, 0, 0, 60, 60, 60, 60, 120, 120]);
        // A late request does not make room for more than the rate.
        let sent: Vec<u64> = (0..5).map(|_| (window.reserve(start + SECOND * 150) - start).as_secs()).collect();
        assert_eq!(sent, [150, 150, 180, 180, 210]);
    }

    #[test]
    fn a_pause_holds_all_back() {
        let start = Instant::now();
        let mut window = Window { rate: None, sent: VecDeque::new(), paused_until: Some(start + SECOND * 5) };
        assert_eq!(window.reserve(start), start + SECOND * 5);
        assert_eq!(window.reserve(start + SECOND * 6), start + SECOND * 6);
    }

    #[tokio::test]
    async fn a_shorter_pause_does_not_end_a_longer_one() {
        let limiter = Limiter::new(Limits::DEFAULT);
        limiter.pause(SECOND * 100);
        limiter.pause(SECOND);
        assert!(limiter.lock().paused_until > Some(Instant::now() + SECOND * 50));
    }

    #[tokio::test]
    async fn no_more_at_a_time_than_allowed() {
        let limiter = Limiter::new(Limits { parallel: 2, ..Limits::DEFAULT });
        let first = limiter.acquire().await;
        let _second = limiter.acquire().await;
        assert_eq!(limiter.parallel.available_permits(), 0);
        drop(first);
        assert_eq!(limiter.parallel.available_permits(), 1);
    }

    #[test]
    fn estimates() {
        let limits = Limits { parallel: 10, ..Limits::DEFAULT };
        assert_eq!(limits.estimate(1000, SECOND / 10), SECOND * 10);
        assert_eq!(limits.estimate(0, SECOND), Duration::ZERO);
        assert_eq!(limits.with_rate(Rate::per_minute(60)).estimate(1000, SECOND / 10), SECOND * 1000);
    }
}
