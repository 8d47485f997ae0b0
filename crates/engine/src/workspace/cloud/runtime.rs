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
    let runtime = runtime()?;
    if Handle::try_current().is_err() {
        return runtime.block_on(request);
    }
    // A thread of a runtime may not wait for another one.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| runtime.block_on(request));
        waiting.join().unwrap_or_else(|_| Err(Fault::new(FaultKind::Service, "a request ended in a panic")))
    })
}
