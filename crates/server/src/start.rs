//! Starting and stopping a server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::{App, Seen};
use crate::faults::Fault;
use crate::options::Options;
use crate::routes;
use crate::workspaces::Workspaces;

/// How long open requests get to end when a server is stopped.
const GRACE: Duration = Duration::from_secs(10);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is not this machine's own.
    #[error(
        "{0} can be reached from other machines, and whoever reaches it can read the data: to allow that, say so (--allow-remote)"
    )]
    Remote(SocketAddr),
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// A token that is empty lets nobody in.
    #[error("the token is empty")]
    EmptyToken,
    /// Its threads cannot be started.
    #[error("the server could not be started: {0}")]
    System(#[from] std::io::Error),
}

/// How a running server is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Not,
    /// After the requests that are open.
    Gracefully,
    Now,
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    app: Arc<App>,
    ending: watch::Sender<Ending>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a server on threads of its own, and returns when it listens.
///
/// ```
/// use std::io::{Read, Write};
/// let server = server::start(kql_polars::NoTables, server::Options::default())?;
/// let mut connection = std::net::TcpStream::connect(server.address())?;
/// write!(connection, "GET /v1/rest/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// connection.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An address that may not, or cannot, be listened on.
pub fn start(workspaces: impl Into<Workspaces>, options: Options) -> Result<Handle, StartError> {
    let asked = options.listen;
    if !asked.ip().is_loopback() && !options.allow_remote {
        return Err(StartError::Remote(asked));
    }
    if options.token.as_ref().is_some_and(crate::options::Token::is_empty) {
        return Err(StartError::EmptyToken);
    }
    let failed = |e: std::io::Error| StartError::Listen { address: asked, reason: e.to_string() };
    let listener = TcpListener::bind(asked).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let app = Arc::new(App::new(workspaces.into(), options));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("server").enable_all().build()?;
    let (ending, told) = watch::channel(Ending::Not);
    let shared = Arc::clone(&app);
    let thread = std::thread::Builder::new().name("server".into()).spawn(move || {
        runtime.block_on(serve(listener, shared, told));
        // A query that still computes does not hold up the end.
        runtime.shutdown_background();
    })?;
    Ok(Handle { address, app, ending, thread: Some(thread) })
}

async fn serve(listener: TcpListener, app: Arc<App>, told: watch::Receiver<Ending>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the server could not be started");
            return;
        }
    };
    let (mut gracefully, mut now) = (told.clone(), told);
    let told_to_end = async move {
        let _ = gracefully.wait_for(|ending| *ending != Ending::Not).await;
    };
    let told_to_end_now = async move {
        let _ = now.wait_for(|ending| *ending == Ending::Now).await;
    };
    tokio::select! {
        result = axum::serve(listener, routes::router(app)).with_graceful_shutdown(told_to_end) => {
            if let Err(error) = result {
                tracing::error!(%error, "the server ended");
            }
        }
        () = told_to_end_now => {}
    }
}

impl Handle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Queries that were run or tried, each of a batch counted.
    pub fn queries(&self) -> u64 {
        self.app.log.queries()
    }

    /// The latest requests, in the order in which they came.
    pub fn seen(&self) -> Vec<Seen> {
        self.app.log.seen()
    }

    /// Switches these faults on, and all others off.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.app.faults.set(faults);
    }

    /// Runs until the process is told to end (Ctrl-C, on Unix also SIGTERM), then lets open requests end.
    ///
    /// # Errors
    /// When the signal cannot be waited for.
    pub fn run_until_interrupted(self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(interrupted())?;
        self.stop();
        Ok(())
    }

    /// Stops it: no new requests, and ten seconds for those that are open.
    pub fn stop(mut self) {
        let _ = self.ending.send(Ending::Gracefully);
        let Some(thread) = self.thread.take() else {
            return;
        };
        let deadline = std::time::Instant::now() + GRACE;
        while !thread.is_finished() && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.ending.send(Ending::Now);
        let _ = thread.join();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let _ = self.ending.send(Ending::Now);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
