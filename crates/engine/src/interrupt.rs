//! Interrupts of a notebook's cell: what the engine does at that moment ends with an error, and everything that the notebook has stays.
//!
//! The kernel passes SIGINT on to the engine. Queries of the local engine look at [`flag`], waiting for services ends by [`interrupted`], and the request is answered with
//! [`error`], whatever came of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::error::{Error, ErrorCode};

/// What runs, and whether it was interrupted.
#[derive(Debug, Default)]
struct Requests {
    running: usize,
    flag: Arc<AtomicBool>,
    told: watch::Sender<bool>,
}

impl Requests {
    /// An interrupt holds until no request runs that it was meant for.
    fn begin(&mut self) {
        if self.running == 0 && self.is_interrupted() {
            self.flag = Arc::default();
            self.told.send_replace(false);
        }
        self.running += 1;
    }

    /// Without any that run, nothing happens.
    fn interrupt(&self) {
        if self.running > 0 {
            self.flag.store(true, Ordering::SeqCst);
            self.told.send_replace(true);
        }
    }

    fn is_interrupted(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }
}

/// The requests of the process.
fn requests() -> MutexGuard<'static, Requests> {
    static REQUESTS: LazyLock<Mutex<Requests>> = LazyLock::new(Mutex::default);
    REQUESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request that runs; until it is dropped.
#[derive(Debug)]
pub struct Running(());

/// Tells that a request runs.
pub fn begin() -> Running {
    requests().begin();
    Running(())
}

impl Drop for Running {
    fn drop(&mut self) {
        requests().running -= 1;
    }
}

/// Interrupts the requests that run.
pub fn interrupt() {
    requests().interrupt();
}

/// What the queries of the requests that run look at: true once they are interrupted.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&requests().flag)
}

/// Whether the requests that run were interrupted.
pub fn is_set() -> bool {
    requests().is_interrupted()
}

/// Completes when the requests that run are interrupted.
pub async fn interrupted() {
    let mut told = requests().told.subscribe();
    if told.wait_for(|told| *told).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The answer to a request that was interrupted.
pub fn error() -> Error {
    Error::new(ErrorCode::Interrupted, "the cell was interrupted, and its query was stopped")
        .with_help("variables and results of other cells are still there; run the cell again when it is wanted")
}

static LISTENING: AtomicBool = AtomicBool::new(false);

/// Whether interrupts come here.
pub fn is_listening() -> bool {
    LISTENING.load(Ordering::SeqCst)
}

/// From now on SIGINT interrupts the requests that run, and does not end the process.
///
/// # Errors
/// When no thread can be started.
#[cfg(unix)]
pub fn listen() -> std::io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT])?;
    LISTENING.store(true, Ordering::SeqCst);
    let listening = move || signals.forever().for_each(|_| interrupt());
    std::thread::Builder::new().name("interrupts".to_owned()).spawn(listening)?;
    Ok(())
}

/// Elsewhere a kernel has no way to interrupt a cell but to end its process.
#[cfg(not(unix))]
pub fn listen() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_holds_until_its_requests_have_ended() {
        let mut requests = Requests::default();
        requests.interrupt();
        assert!(!requests.is_interrupted(), "nothing runs");
        requests.begin();
        let of_first = Arc::clone(&requests.flag);
        requests.interrupt();
        requests.begin();
        assert!(requests.is_interrupted(), "the first still runs");
        requests.running -= 2;
        requests.begin();
        assert!(!requests.is_interrupted());
        assert!(of_first.load(Ordering::SeqCst), "what still runs of the first has to end all the same");
    }
}
