//! Where the clients' requests run: one runtime for the process, and threads that wait for it.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sentinel::{Fault, FaultKind};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::interrupt;

/// So long the end of the process waits for clusters to be told. A notebook waits two seconds for its engine.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// How many requests are waited for.
static WAITED_FOR: AtomicUsize = AtomicUsize::new(0);

/// Tells all requests that the process ends.
fn ending() -> &'static watch::Sender<bool> {
    static ENDING: OnceLock<watch::Sender<bool>> = OnceLock::new();
    ENDING.get_or_init(|| watch::Sender::new(false))
}

/// Gives up everything that is under way, before the process ends: clusters are told to stop their queries, connections are closed. Returns when
/// that is done, or after a moment.
pub fn give_up() {
    ending().send_replace(true);
    let until = Instant::now() + PATIENCE;
    let busy = || WAITED_FOR.load(Ordering::SeqCst) > 0 || sentinel::kusto::cancelling() > 0;
    while busy() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Ctrl-C in a terminal gives up what is under way, and then ends the process. For a notebook, [`interrupt`] listens.
async fn end_by_interrupt() {
    if interrupt::is_listening() {
        return;
    }
    if tokio::signal::ctrl_c().await.is_ok() {
        let _ = tokio::task::spawn_blocking(give_up).await;
        std::process::exit(INTERRUPTED);
    }
}

fn runtime() -> Result<&'static Runtime, Fault> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("cloud")
            .enable_all()
            .build()
            .inspect(|runtime| drop(runtime.spawn(end_by_interrupt())))
            .map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|why| {
        Fault::new(FaultKind::Network, format!("nothing can be sent: no thread could be started: {why}"))
    })
}

/// Waits for a request.
///
/// # Errors
/// As the request fails.
pub fn wait<T: Send>(request: impl Future<Output = Result<T, Fault>> + Send) -> Result<T, Fault> {
    wait_for(request)?
}

/// Waits for anything that is done on the runtime.
///
/// # Errors
/// When there can be no runtime, or the work panics.
pub fn wait_for<T: Send>(work: impl Future<Output = T> + Send) -> Result<T, Fault> {
    let runtime = runtime()?;
    WAITED_FOR.fetch_add(1, Ordering::SeqCst);
    let result = on(runtime, async {
        let mut ended = ending().subscribe();
        // What is dropped here may have to say so to its service.
        tokio::select! {
            done = work => Waited::Done(done),
            _ = ended.wait_for(|ended| *ended) => Waited::Ending,
            () = interrupt::interrupted() => Waited::Interrupted,
        }
    });
    WAITED_FOR.fetch_sub(1, Ordering::SeqCst);
    match result? {
        Waited::Done(done) => Ok(done),
        Waited::Interrupted => Err(Fault::new(FaultKind::Cancelled, "the cell was interrupted")),
        // The process is about to end: a failure that is no failure would be the last that is said.
        Waited::Ending => loop {
            std::thread::park();
        },
    }
}

/// How waiting ended.
enum Waited<T> {
    Done(T),
    Interrupted,
    Ending,
}

fn on<T: Send>(runtime: &Runtime, work: impl Future<Output = T> + Send) -> Result<T, Fault> {
    if Handle::try_current().is_err() {
        return Ok(runtime.block_on(work));
    }
    // A thread of a runtime may not wait for another one.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| runtime.block_on(work));
        waiting.join().map_err(|_| Fault::new(FaultKind::Service, "a request ended in a panic"))
    })
}
