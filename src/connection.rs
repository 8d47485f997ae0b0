//! The engine as a child process: started, spoken to, and what is said when it ends.
//!
//! This code is compiled in the first cell of every notebook, so it makes do with a lock, a condition variable, one
//! thread and a temporary file. Channels, hash maps and a second thread would double the time that takes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::protocol::{self, Side};
use crate::wire::{self, Value};
use crate::{Error, output};

/// How long a program may take to greet. A large program on a cold disk takes seconds.
const HELLO_PATIENCE: Duration = Duration::from_secs(60);
/// How long an engine may take to end once its input has ended.
const END_PATIENCE: Duration = Duration::from_secs(2);
/// So much of the engine's last words is shown.
const LAST_WORDS: u64 = 4096;

/// A running engine. It ends when the last value that refers to it is dropped.
pub(crate) struct Connection {
    /// `None` once the engine has been told to end.
    stdin: Mutex<Option<ChildStdin>>,
    shared: Arc<Shared>,
    pub(crate) path: PathBuf,
    pub(crate) version: String,
    pub(crate) process_id: u32,
}

/// What the thread that reads from the engine shares with the callers.
struct Shared {
    state: Mutex<State>,
    /// Notified when `state` changes.
    changed: Condvar,
    child: Mutex<Child>,
    /// What the engine writes to standard error.
    stderr: Mutex<Option<File>>,
    show_progress: AtomicBool,
}

#[derive(Default)]
struct State {
    last_id: i64,
    hello: Option<Value>,
    calls: Vec<Call>,
    /// Handles that nothing refers to any more; they go with the next request.
    unused: Vec<i64>,
    stopping: bool,
    ended: Option<Ended>,
}

struct Call {
    id: i64,
    reply: Option<Result<Value, Error>>,
}

/// How the engine ended.
enum Ended {
    /// It was told to.
    Stopped,
    /// By itself; the sentence goes on "it …".
    Crashed(String),
}

impl Ended {
    fn error(&self) -> Error {
        match self {
            Self::Stopped => {
                Error::new("engine_stopped", "this value belongs to an engine that was stopped or restarted".to_owned())
                    .with_help("run the cells again that made it, from the one with `connect` on".to_owned())
            }
            Self::Crashed(how) => Error::new("engine_stopped", format!("the engine has stopped: it {how}")).with_help(
                "`explorer.restart()?` starts it again; then run the cells again from the one with `connect` on"
                    .to_owned(),
            ),
        }
    }
}

/// A lock, also after a panic elsewhere: nothing is ever left half done under one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    /// Starts the engine at `path` and exchanges greetings.
    ///
    /// # Errors
    /// When it cannot be started, is no engine, or speaks another protocol.
    pub(crate) fn start(path: &Path) -> Result<Self, Error> {
        let failed = |what: &str| Error::new("engine_start", format!("{} cannot be used: {what}", path.display()));
        let mut command = command(path);
        let stderr = redirect_stderr(&mut command);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Err(failed(&error.to_string())),
        };
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it has no standard input and output"));
        };
        let process_id = child.id();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
            child: Mutex::new(child),
            stderr: Mutex::new(stderr),
            show_progress: AtomicBool::new(true),
        });
        let reader = Arc::clone(&shared);
        std::thread::spawn(move || reader.read(stdout));
        // A program that ends at once cannot be written to; why it ended says more than that.
        let _ = wire::write_frame(&mut stdin, &protocol::hello(Side::Client));
        match shared.greeting() {
            Ok(version) => {
                Ok(Self { stdin: Mutex::new(Some(stdin)), shared, path: path.to_owned(), version, process_id })
            }
            Err(error) => {
                drop(stdin);
                // It may be any program, and need not end when its input does.
                let _ = lock(&shared.child).kill();
                let failure = failed(error.message());
                Err(match error.help() {
                    Some(help) => failure.with_help(help.to_owned()),
                    None => failure,
                })
            }
        }
    }

    /// Sends a request and waits for its reply; progress is printed as it arrives.
    ///
    /// # Errors
    /// What the engine answers, or that it has ended.
    pub(crate) fn call(&self, method: &str, params: Value) -> Result<Value, Error> {
        let mut state = lock(&self.shared.state);
        if let Some(ended) = &state.ended {
            return Err(ended.error());
        }
        state.last_id += 1;
        let id = state.last_id;
        state.calls.push(Call { id, reply: None });
        let mut free = Vec::new();
        for handle in &state.unused {
            free.push(Value::Int(*handle));
        }
        let freed = free.len();
        drop(state);
        let request = Value::map()
            .with("id", Value::Int(id))
            .with("method", Value::str(method))
            .with("params", params)
            .with("free", Value::List(free));
        match self.send(&request) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                lock(&self.shared.state).forget(id);
                Err(Error::new("too_large", format!("`{method}` was not sent: {error}")))
            }
            // When the pipe is broken, the reading thread is about to see the end, and to say why.
            sent => {
                if sent.is_ok() {
                    lock(&self.shared.state).unused.drain(..freed);
                }
                self.shared.wait(id)
            }
        }
    }

    fn send(&self, frame: &Value) -> io::Result<()> {
        match lock(&self.stdin).as_mut() {
            Some(stdin) => wire::write_frame(stdin, frame),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Notes that nothing refers to a handle any more. It neither waits nor fails: values are dropped at any time, also
    /// during a panic, and also when the engine is gone.
    pub(crate) fn release(&self, handle: i64) {
        lock(&self.shared.state).unused.push(handle);
    }

    /// Whether progress lines are printed.
    pub(crate) fn set_progress(&self, show: bool) {
        self.shared.show_progress.store(show, Ordering::Relaxed);
    }

    /// Ends the engine, whatever it is doing. Calls that wait, and later ones, get an error.
    pub(crate) fn stop(&self) {
        let mut state = lock(&self.shared.state);
        state.stopping = true;
        drop(lock(&self.stdin).take());
        let deadline = Instant::now() + END_PATIENCE;
        while state.ended.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let _ = lock(&self.shared.child).kill();
                return;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The command that starts the engine.
fn command(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.arg("serve-stdio").stdin(Stdio::piped()).stdout(Stdio::piped());
    // With these set, a program that is also the kernel would think that it has to run cells or wrap the compiler.
    for (name, _) in std::env::vars_os() {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"EVCXR_") || bytes.starts_with(b"RUSTC") {
            command.env_remove(&name);
        }
    }
    // An interrupt from the terminal is for the kernel; the engine ends with it, not before.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Has standard error go to a temporary file that nobody else can see, so that a crash can be explained. Without such a
/// file the crash is reported all the same.
fn redirect_stderr(command: &mut Command) -> Option<File> {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
    let path = std::env::temp_dir().join(format!("entity-explorer-{}-{now}.log", std::process::id()));
    let file = File::options().read(true).append(true).create_new(true).open(&path).ok();
    // An open file needs no name. Where the system does not allow that, it stays until the folder is cleaned.
    let _ = std::fs::remove_file(&path);
    match file.as_ref().and_then(|file| file.try_clone().ok()) {
        Some(end) => command.stderr(end),
        None => command.stderr(Stdio::null()),
    };
    file
}

impl State {
    fn forget(&mut self, id: i64) -> Option<Call> {
        let mut at = 0;
        while at < self.calls.len() {
            if self.calls[at].id == id {
                return Some(self.calls.swap_remove(at));
            }
            at += 1;
        }
        None
    }
}

impl Shared {
    /// Waits for the greeting, and gives the version in it.
    fn greeting(&self) -> Result<String, Error> {
        let deadline = Instant::now() + HELLO_PATIENCE;
        let mut state = lock(&self.state);
        loop {
            if let Some(hello) = &state.hello {
                return protocol::check_hello(hello, Side::Engine);
            }
            if let Some(Ended::Crashed(how)) = &state.ended {
                return Err(Error::new("engine_start", format!("it {how}")));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::new(
                    "engine_start",
                    format!("it does not answer within {} seconds", HELLO_PATIENCE.as_secs()),
                ));
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the reply to a call.
    fn wait(&self, id: i64) -> Result<Value, Error> {
        let mut state = lock(&self.state);
        loop {
            for call in &mut state.calls {
                if call.id == id
                    && let Some(reply) = call.reply.take()
                {
                    state.forget(id);
                    return reply;
                }
            }
            if let Some(ended) = &state.ended {
                return Err(ended.error());
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reads what the engine says until it ends.
    fn read(&self, mut stdout: ChildStdout) {
        let mut max = protocol::MAX_HELLO;
        let problem = loop {
            match wire::read_frame(&mut stdout, max) {
                Ok(Some(frame)) => self.take_in(frame),
                Ok(None) => break None,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break None,
                Err(error) => break Some(error.to_string()),
            }
            max = wire::MAX_FRAME;
        };
        // Whatever still runs behind a broken conversation is of no use.
        drop(stdout);
        let status = self.wait_for_exit();
        let story = self.story(status, problem);
        let mut state = lock(&self.state);
        state.ended = Some(if state.stopping { Ended::Stopped } else { Ended::Crashed(story) });
        self.changed.notify_all();
    }

    fn take_in(&self, frame: Value) {
        let id = frame.get("id").and_then(Value::as_i64);
        if let Some(text) = frame.get("progress").and_then(Value::as_str) {
            if self.show_progress.load(Ordering::Relaxed) {
                output::progress(text);
            }
            return;
        }
        let mut state = lock(&self.state);
        match id {
            None => state.hello = Some(frame),
            Some(id) => {
                let reply = match frame.get("error") {
                    Some(error) => Err(Error::from_value(error)),
                    None => frame.take("ok").ok_or_else(|| Error::protocol("a reply without content")),
                };
                for call in &mut state.calls {
                    if call.id == id {
                        call.reply = Some(reply);
                        break;
                    }
                }
            }
        }
        self.changed.notify_all();
    }

    fn wait_for_exit(&self) -> Option<ExitStatus> {
        let deadline = Instant::now() + END_PATIENCE;
        loop {
            let mut child = lock(&self.child);
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() > deadline => {
                    let _ = child.kill();
                    return child.wait().ok();
                }
                Ok(None) => {}
                Err(_) => return None,
            }
            drop(child);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What happened, after "it ".
    fn story(&self, status: Option<ExitStatus>, problem: Option<String>) -> String {
        let mut story = match status {
            Some(status) => describe(status),
            None => "ended".to_owned(),
        };
        if let Some(problem) = problem {
            story.push_str(&format!(", and what it said was not to be understood: {problem}"));
        }
        let words = self.last_words().unwrap_or_default();
        if !words.is_empty() {
            story.push_str("\n  its last words: ");
            story.push_str(&words);
        }
        story
    }

    fn last_words(&self) -> io::Result<String> {
        let mut words = Vec::new();
        if let Some(mut file) = lock(&self.stderr).take() {
            let length = file.seek(SeekFrom::End(0))?;
            file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
            file.read_to_end(&mut words)?;
        }
        Ok(String::from_utf8_lossy(&words).trim().to_owned())
    }
}

/// "ended with exit code 1", "was ended by signal 9 …"
fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let meaning = match signal {
            6 => " (it aborted)",
            9 => " (killed: by someone, or by the system when memory ran out)",
            11 => " (it crashed)",
            15 => " (asked to end)",
            _ => "",
        };
        return format!("was ended by signal {signal}{meaning}");
    }
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "ended".to_owned(),
    }
}
