//! What all requests of a server share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::faults::Faults;
use crate::options::Options;
use crate::query::{Answer, Cancel, Failure, Question, Turns};
use crate::workspaces::Workspaces;

/// The shared state of a server.
#[derive(Debug)]
pub struct App {
    /// The workspaces.
    pub workspaces: Workspaces,
    /// What the server was told.
    pub options: Options,
    /// The faults that are on.
    pub faults: Faults,
    /// What was asked.
    pub log: Log,
    turns: Turns,
    running: Mutex<HashMap<String, Vec<Cancel>>>,
}

impl App {
    /// The state of a server that starts.
    pub fn new(workspaces: Workspaces, options: Options) -> Self {
        let faults = Faults::default();
        faults.set(options.faults.clone());
        let turns = Turns::new(options.concurrent, options.queue);
        Self { workspaces, options, faults, log: Log::default(), turns, running: Mutex::default() }
    }

    /// Runs a query. `id` is the client's name for it, by which it can be cancelled.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask(&self, question: Question, id: Option<&str>) -> Result<Answer, Failure> {
        self.log.count_query();
        let cancel = Cancel::default();
        let _registered = id.map(|id| Registered::new(&self.running, id, &cancel));
        self.turns.run(question, cancel.clone()).await
    }

    /// Cancels the queries of an id: how many there were.
    pub fn cancel(&self, id: &str) -> usize {
        let running = lock(&self.running);
        let found = running.get(id).map_or(&[][..], Vec::as_slice);
        for cancel in found {
            cancel.cancel();
        }
        found.len()
    }
}

/// A query in the list of those that run, until this is dropped.
struct Registered<'a> {
    running: &'a Mutex<HashMap<String, Vec<Cancel>>>,
    id: String,
}

impl<'a> Registered<'a> {
    fn new(running: &'a Mutex<HashMap<String, Vec<Cancel>>>, id: &str, cancel: &Cancel) -> Self {
        lock(running).entry(id.to_owned()).or_default().push(cancel.clone());
        Self { running, id: id.to_owned() }
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let mut running = lock(self.running);
        if let Some(cancels) = running.get_mut(&self.id) {
            // Which of several of one id it was does not matter: all are cancelled together.
            cancels.pop();
            if cancels.is_empty() {
                running.remove(&self.id);
            }
        }
    }
}

/// A request as a test wants to see it. Its token is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// `GET`, `POST`.
    pub method: String,
    /// The path with its query string.
    pub path: String,
    /// The body.
    pub body: String,
    /// The `Prefer` header.
    pub prefer: Option<String>,
    /// The `x-ms-client-request-id` header.
    pub client_request_id: Option<String>,
    /// The status of the answer; 0 while there is none.
    pub status: u16,
}

/// Requests that are kept.
const KEPT: usize = 10_000;
/// Bytes of a body that are kept.
const KEPT_BODY: usize = 64 << 10;

/// What was asked of a server.
#[derive(Debug, Default)]
pub struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    queries: u64,
    requests: u64,
    seen: VecDeque<(u64, Seen)>,
}

impl Log {
    fn count_query(&self) {
        lock(&self.inner).queries += 1;
    }

    /// Notes a request; its number is what [`Self::answered`] wants.
    pub fn note(&self, mut seen: Seen) -> u64 {
        let cut = (0..=KEPT_BODY.min(seen.body.len())).rev().find(|at| seen.body.is_char_boundary(*at));
        seen.body.truncate(cut.unwrap_or(0));
        let mut inner = lock(&self.inner);
        inner.requests += 1;
        let number = inner.requests;
        inner.seen.push_back((number, seen));
        if inner.seen.len() > KEPT {
            inner.seen.pop_front();
        }
        number
    }

    /// Notes how a request was answered.
    pub fn answered(&self, number: u64, status: u16) {
        let mut inner = lock(&self.inner);
        if let Some((_, seen)) = inner.seen.iter_mut().rev().find(|(n, _)| *n == number) {
            seen.status = status;
        }
    }

    /// Queries that were run or tried, each of a batch counted.
    pub fn queries(&self) -> u64 {
        lock(&self.inner).queries
    }

    /// Requests that came.
    pub fn requests(&self) -> u64 {
        lock(&self.inner).requests
    }

    /// The latest requests (10,000 at most), in the order in which they came.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.inner).seen.iter().map(|(_, seen)| seen.clone()).collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *lock(&self.inner) = Inner::default();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
