//! Where the clients' requests run: one runtime for the process, and threads that wait for it.

use std::future::Future;
use std::sync::OnceLock;

use sentinel::{Fault, FaultKind};
use tokio::runtime::{Builder, Handle, Runtime};

fn runtime() -> Result<&'static Runtime, Fault> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("cloud")
            .enable_all()
            .build()
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
    if Handle::try_current().is_err() {
        return Ok(runtime.block_on(work));
    }
    // A thread of a runtime may not wait for another one.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| runtime.block_on(work));
        waiting.join().map_err(|_| Fault::new(FaultKind::Service, "a request ended in a panic"))
    })
}
