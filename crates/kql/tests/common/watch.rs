//! Runs something for many numbers on all cores, and tells the number that panics, overflows the stack or does not come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs, dead_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The number that a worker is at, and since when.
type Current = Arc<Mutex<Option<(u64, Instant)>>>;

/// How many: `KQL_FUZZ`, or else this.
pub fn count(default: u64) -> u64 {
    variable("KQL_FUZZ").unwrap_or(default)
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.replace('_', "").parse().expect("a number"))
}

/// Runs `test` for the numbers from `KQL_FUZZ_FROM` (or 0) on. It gives the text of the number and runs it.
///
/// A number that takes more than a minute ends the process; one that overflows the stack does so by itself: its number is the
/// greatest that was announced, or one of the next thousand.
pub fn run(count: u64, make: impl Fn(u64) -> String + Sync, test: impl Fn(&str) + Sync) {
    let from = variable("KQL_FUZZ_FROM").unwrap_or(0);
    let workers = variable("KQL_FUZZ_THREADS").map_or(1, |n| n as usize);
    let next = AtomicU64::new(from);
    let done = AtomicU64::new(0);
    let failed: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let current: Vec<Current> = (0..workers).map(|_| Arc::default()).collect();
    let slowest: Mutex<(Duration, u64)> = Mutex::new((Duration::ZERO, 0));
    std::thread::scope(|scope| {
        let handles: Vec<_> = current
            .iter()
            .map(|current| {
                let work = || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= from + count {
                            return;
                        }
                        if number.is_multiple_of(100_000) {
                            eprintln!("{number}");
                        }
                        let text = make(number);
                        let start = Instant::now();
                        *current.lock().unwrap() = Some((number, start));
                        if catch_unwind(AssertUnwindSafe(|| test(&text))).is_err() {
                            let mut failed = failed.lock().unwrap();
                            failed.push(format!("{number}: {text}"));
                            assert!(failed.len() < 20, "too many failures");
                        }
                        let took = start.elapsed();
                        let mut slowest = slowest.lock().unwrap();
                        if took > slowest.0 {
                            *slowest = (took, number);
                        }
                        drop(slowest);
                        *current.lock().unwrap() = None;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                };
                // Small, so that a text that nests too deep for the smallest stack of a thread is found.
                std::thread::Builder::new().stack_size(8 << 20).spawn_scoped(scope, work).unwrap()
            })
            .collect();
        while !handles.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(50));
            for current in &current {
                if let Some((number, since)) = *current.lock().unwrap()
                    && since.elapsed() > Duration::from_secs(60)
                {
                    eprintln!("{number} does not come back: {}", make(number));
                    std::process::exit(1);
                }
            }
        }
    });
    let (took, number) = *slowest.lock().unwrap();
    eprintln!("{} texts; the slowest, {number}, took {took:?}", done.load(Ordering::Relaxed));
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n\n"));
}
