//! How many requests are under way at the same time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// The service's limit of parallel queries of one user.
///
/// Source: <https://learn.microsoft.com/azure/azure-monitor/service-limits#query-api>
pub const PARALLEL_REQUESTS: usize = 5;

/// Lets a number of requests through at the same time; the others wait. Whoever uses the same service as the same user shares one.
#[derive(Debug)]
pub struct Throttle {
    parallel: usize,
    permits: Arc<Semaphore>,
    /// No request starts before this: the service said so.
    not_before: Mutex<Option<Instant>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(PARALLEL_REQUESTS)
    }
}

impl Throttle {
    /// At most this many at the same time, at least one.
    pub fn new(parallel: usize) -> Self {
        let parallel = parallel.clamp(1, 1000);
        Self { parallel, permits: Arc::new(Semaphore::new(parallel)), not_before: Mutex::new(None) }
    }

    /// How many may be under way at the same time.
    pub fn parallel(&self) -> usize {
        self.parallel
    }

    /// Waits until a request may start. It is under way until the permit is dropped.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        loop {
            let until = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return permit,
            }
        }
    }

    /// Lets nothing start for this long.
    pub fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(until, |before| before.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn no_more_than_allowed_are_under_way() {
        let throttle = Throttle::new(3);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let one = || async {
            let _permit = throttle.enter().await;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        };
        futures::future::join_all((0..12).map(|_| one())).await;
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }
}
