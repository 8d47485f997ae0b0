//! Limits of a run: how much memory and time it may take, and being told to stop.
//!
//! A thread watches each run. To stop it, it uses what Polars has for Ctrl-C: a flag of the process that Polars' tasks look at between two batches. It is one
//! flag, so runs that happen to be going on at the same time stop too: they begin again.
//!
//! Memory is that of the whole process, without pages of files that are only mapped: the system can take these back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kql::{Error, ErrorKind};
use polars::error::abort::{catch_polars_abort, polars_abort_ooc_out_of_disk};

use crate::run::Options;

/// How often a run is looked at.
const INTERVAL: Duration = Duration::from_millis(10);
/// How long a run that is being stopped may go on before [`Options::on_stuck`] is called.
const GRACE: Duration = Duration::from_secs(2);
/// Memory that a run which is being stopped may still take, above a quarter of its limit.
const SLACK: u64 = 256 << 20;

/// The error of a run that was cancelled.
pub(crate) fn cancelled() -> Error {
    Error::bare(ErrorKind::Runtime, "the query was cancelled")
}

/// The memory that this machine, or the container, has, in bytes.
pub fn total_memory() -> u64 {
    polars::polars_utils::sys::total_memory()
}

/// Three quarters of [`total_memory`]: the limit of [`Options::default`].
pub fn default_max_memory() -> u64 {
    total_memory() / 4 * 3
}

/// Memory of this process in bytes, without mapped files; `None` where the system does not tell.
pub fn used_memory() -> Option<u64> {
    if cfg!(target_os = "linux") {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
        return line.trim().trim_end_matches("kB").trim_end().parse::<u64>().ok()?.checked_mul(1024);
    }
    let id = sysinfo::get_current_pid().ok()?;
    let mut system = sysinfo::System::new();
    system.refresh_processes_specifics(
        sysinfo::ProcessesToUpdate::Some(&[id]),
        false,
        sysinfo::ProcessRefreshKind::nothing().with_memory(),
    );
    system.process(id).map(sysinfo::Process::memory)
}

/// Bytes as people write them: `1.5 GiB`.
pub fn bytes_text(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "it is rounded to a digit")]
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib >= 1024.0 { format!("{:.1} GiB", mib / 1024.0) } else { format!("{mib:.0} MiB") }
}

/// Why a run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Cancelled,
    Memory { used: u64, max: u64 },
    Time(Duration),
}

impl Reason {
    fn error(self) -> Error {
        match self {
            Self::Cancelled => cancelled(),
            Self::Memory { used, max } => Error::bare(
                ErrorKind::Limit,
                format!(
                    "the query was stopped, because the process took {} of memory and may take {}",
                    bytes_text(used),
                    bytes_text(max)
                ),
            )
            .with_help("filter by time first, keep fewer columns, or summarize; or raise the limit"),
            Self::Time(limit) => Error::bare(
                ErrorKind::Limit,
                format!("the query was stopped after {} s, the time that it may take", limit.as_secs_f64()),
            )
            .with_help("filter by time first, or raise the limit"),
        }
    }
}

/// What the watching thread shares with the run.
#[derive(Default)]
struct Watched {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ended: bool,
    reason: Option<Reason>,
}

/// Runs `work` within the limits.
///
/// # Errors
/// Those of `work`; the limit that was reached.
pub(crate) fn within<T>(options: &Options, work: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    if is_cancelled(options) {
        return Err(cancelled());
    }
    let watched = Arc::new(Watched::default());
    let watcher = {
        let (watched, options) = (Arc::clone(&watched), options.clone());
        std::thread::Builder::new().name("kql".into()).spawn(move || watch(&watched, &options))
    };
    let outcome = loop {
        let outcome = catch_polars_abort(AssertUnwindSafe(&work));
        if outcome.is_ok() || watched.lock().reason.is_some() {
            break outcome.ok();
        }
        // It was another run that had to stop. This one begins again, as soon as that one has ended.
        std::thread::sleep(INTERVAL);
    };
    let reason = {
        let mut state = watched.lock();
        state.ended = true;
        watched.changed.notify_all();
        state.reason
    };
    if let Ok(thread) = watcher {
        let _ = thread.join();
    }
    match (outcome, reason) {
        // It ended by itself before it was stopped.
        (Some(Ok(done)), Some(Reason::Memory { .. }) | None) => Ok(done),
        (_, Some(reason)) => Err(reason.error()),
        (Some(Err(error)), None) => Err(error),
        // Not reached: without a reason it goes on until there is an outcome.
        (None, None) => Err(cancelled()),
    }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_cancelled(options: &Options) -> bool {
    options.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed))
}

fn watch(watched: &Watched, options: &Options) {
    let begun = Instant::now();
    let mut stopping = None;
    let mut state = watched.lock();
    loop {
        state = watched.changed.wait_timeout(state, INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        if state.ended {
            return;
        }
        let used = options.max_memory.zip(used_memory());
        let over = |quarters: u64, slack: u64| {
            used.filter(|(max, used)| *used > (max / 4).saturating_mul(quarters).saturating_add(slack))
        };
        if state.reason.is_none() {
            state.reason = if is_cancelled(options) {
                Some(Reason::Cancelled)
            } else if let Some((max, used)) = over(4, 0) {
                Some(Reason::Memory { used, max })
            } else {
                options.timeout.filter(|limit| begun.elapsed() >= *limit).map(Reason::Time)
            };
        }
        let Some(reason) = state.reason else { continue };
        raise();
        if let (Some(give_up), true) = (options.on_stuck, stopping.get_or_insert_with(Instant::now).elapsed() > GRACE) {
            tracing::error!(?reason, "a query could not be stopped in time");
            give_up(&reason.error());
        }
        if let (Some((max, used)), Some(give_up)) = (over(5, SLACK), options.on_overrun) {
            tracing::error!(used, max, ?reason, "a query could not be stopped in time");
            give_up(&Reason::Memory { used, max }.error());
        }
    }
}

/// Sets the flag that Polars' tasks look at.
fn raise() {
    // The flag cannot be set alone: what sets it for a full disk then panics, here.
    let _ = catch_unwind(|| polars_abort_ooc_out_of_disk());
}

/// Whether a panic is the one by which a task of Polars stops when it sees the flag.
pub(crate) fn is_stop(panic: &(dyn std::any::Any + Send)) -> bool {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.is_some_and(|text| text.contains("__POLARS_ABORT"))
}
