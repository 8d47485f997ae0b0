//! A kernel process and the conversation with it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jupyter_protocol::connection_info::Transport;
use jupyter_protocol::{
    ConnectionInfo, InterruptRequest, JupyterMessage, JupyterMessageContent, KernelInfoReply, KernelInfoRequest,
    ShutdownRequest,
};
use jupyter_zmq_client::{ClientControlConnection, DealerSendConnection, RuntimeError};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::Error;

/// How many of the kernel's own last lines are kept for error messages.
const LOG_LINES: usize = 30;
/// How long a kernel may take to answer the first question. evcxr takes 3 to 5 s on two cores, more on a busy machine.
const READY: Duration = Duration::from_secs(120);
/// How long a kernel gets to end by itself.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// How to start a kernel.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program and its arguments; `{connection_file}` stands for the file with the ports.
    pub command: Vec<OsString>,
    /// Environment variables in addition to this process' own.
    pub env: Vec<(OsString, OsString)>,
    /// The folder the kernel works in: relative paths in cells start there.
    pub folder: PathBuf,
}

/// What arrives from a kernel.
#[derive(Debug)]
pub enum Incoming {
    /// A reply to a request.
    Shell(Box<JupyterMessage>),
    /// Something published: output, status.
    Iopub(Box<JupyterMessage>),
    /// The process has ended; how.
    Ended(String),
}

/// A running kernel. Dropping it kills the process and those that it started; [`Kernel::shut_down`] is kinder.
#[derive(Debug)]
pub struct Kernel {
    program: String,
    process: Process,
    shell: SendHalf,
    control: ControlHalf,
    incoming: mpsc::UnboundedReceiver<Incoming>,
    log: Log,
    info: KernelInfoReply,
    ended: Option<String>,
    _files: tempfile::TempDir,
}

type Log = Arc<Mutex<VecDeque<String>>>;

struct SendHalf(DealerSendConnection);
struct ControlHalf(ClientControlConnection);

impl std::fmt::Debug for SendHalf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("shell")
    }
}

impl std::fmt::Debug for ControlHalf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("control")
    }
}

/// The process group of a kernel. Killed when dropped.
#[derive(Debug)]
struct Process {
    /// The process id, which is also its group's.
    id: Option<u32>,
    /// Told to kill the process: its task owns it.
    kill: mpsc::UnboundedSender<()>,
}

impl Process {
    /// Kills the kernel and whatever it started: the process that runs the cells, a compiler, an engine.
    fn kill(&mut self) {
        let _ = self.kill.send(());
        // The whole process group, so that nothing the cells started is left.
        #[cfg(unix)]
        if let Some(group) = self.id.take() {
            // When nothing is left it says so, which nobody needs to read.
            let _ = std::process::Command::new("kill")
                .args(["-KILL", "--", &format!("-{group}")])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn wire(error: RuntimeError) -> Error {
    Error::Wire(error.to_string())
}

impl Kernel {
    /// Starts a kernel and waits until it answers.
    ///
    /// # Errors
    /// [`Error::Spawn`] where the program cannot be started, [`Error::NotReady`] where it ends or stays silent.
    pub async fn start(launch: &Launch) -> Result<Self, Error> {
        let program = launch.command.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
        // Ports are free when they are chosen, not necessarily when the kernel takes them.
        let mut attempts = 3;
        loop {
            attempts -= 1;
            match Self::try_start(launch, &program).await {
                Err(Error::NotReady { log, .. }) if attempts > 0 && log.contains("in use") => {}
                result => return result,
            }
        }
    }

    async fn try_start(launch: &Launch, program: &str) -> Result<Self, Error> {
        let files = tempfile::Builder::new()
            .prefix("entity-explorer-kernel-")
            .tempdir()
            .map_err(|source| Error::Write { path: std::env::temp_dir(), source })?;
        let connection_file = files.path().join("connection.json");
        let (connection, reserved) = connection().await?;
        let text = serde_json::to_string(&connection).map_err(|error| Error::Wire(error.to_string()))?;
        std::fs::write(&connection_file, text)
            .map_err(|source| Error::Write { path: connection_file.clone(), source })?;

        let arguments = launch.command.iter().skip(1).map(|argument| match argument.to_str() {
            Some(text) => text.replace("{connection_file}", &connection_file.to_string_lossy()).into(),
            None => argument.clone(),
        });
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&launch.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: Ctrl-C in the terminal is for the runner, which then ends the kernel in order.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|source| Error::Spawn { program: program.to_owned(), source })?;
        drop(reserved);

        let log = Log::default();
        keep_lines(child.stdout.take(), &log);
        keep_lines(child.stderr.take(), &log);
        let (sender, incoming) = mpsc::unbounded_channel();
        let process = watch(child, sender.clone());

        // Until the kernel listens, a port may be somebody else's for a moment: a refused or broken connection is tried again.
        let connected = async {
            loop {
                match connect(&connection, sender.clone()).await {
                    Ok(sockets) => break sockets,
                    Err(error) => tracing::debug!(%error, "not connected yet"),
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let mut starting = Starting { process, incoming, log };
        let (shell, control) = tokio::select! {
            connected = connected => connected,
            error = starting.ended(program) => return Err(error),
        };
        starting.ready(program, shell, control, files).await
    }

    /// What the kernel said about itself.
    pub fn info(&self) -> &KernelInfoReply {
        &self.info
    }

    /// Whether this is evcxr, in which a failing cell has status `ok`.
    pub fn is_evcxr(&self) -> bool {
        self.info.implementation.contains("evcxr")
    }

    /// The program that was started.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Sends a request on the shell channel; gives its id.
    ///
    /// # Errors
    /// [`Error::Wire`].
    pub async fn send(&mut self, content: impl Into<JupyterMessageContent>) -> Result<String, Error> {
        let message = JupyterMessage::new(content, None);
        let id = message.header.msg_id.clone();
        self.shell.0.send(message).await.map_err(wire)?;
        Ok(id)
    }

    /// The next thing that arrives; the end of the process, once it has ended.
    pub async fn next(&mut self) -> Incoming {
        if let Some(how) = &self.ended {
            return Incoming::Ended(how.clone());
        }
        let next = self.incoming.recv().await.unwrap_or_else(|| Incoming::Ended("the connection was lost".to_owned()));
        if let Incoming::Ended(how) = &next {
            self.ended = Some(how.clone());
        }
        next
    }

    /// Asks the kernel to stop what it is doing. evcxr ends the process that runs the cells: all variables are lost.
    ///
    /// # Errors
    /// [`Error::Wire`].
    pub async fn interrupt(&mut self) -> Result<(), Error> {
        let message = JupyterMessage::new(InterruptRequest {}, None);
        self.control.0.send(message).await.map_err(wire)
    }

    /// Ends the kernel: asks it to, waits a few seconds, then kills what is left of it.
    pub async fn shut_down(mut self) {
        if self.ended.is_none() {
            let request = JupyterMessage::new(ShutdownRequest { restart: false }, None);
            if self.control.0.send(request).await.is_ok() {
                let until = Instant::now() + SHUTDOWN;
                while let Ok(next) = tokio::time::timeout_at(until, self.next()).await {
                    if matches!(next, Incoming::Ended(_)) {
                        break;
                    }
                }
            }
        }
        self.process.kill();
    }

    /// The last lines the kernel process itself wrote, for messages: empty, or beginning with a line end.
    pub fn log(&self) -> String {
        log_text(&self.log)
    }
}

/// A kernel between its start and its first answer.
struct Starting {
    process: Process,
    incoming: mpsc::UnboundedReceiver<Incoming>,
    log: Log,
}

impl Starting {
    /// Waits for the end of the process; anything else that arrives before the sockets are connected cannot be.
    async fn ended(&mut self, program: &str) -> Error {
        let patience = tokio::time::sleep(READY);
        tokio::pin!(patience);
        loop {
            let reason = tokio::select! {
                () = &mut patience => "it opened no ports".to_owned(),
                next = self.incoming.recv() => match next {
                    Some(Incoming::Ended(how)) => how,
                    Some(_) => continue,
                    None => "the connection was lost".to_owned(),
                },
            };
            return self.not_ready(program, reason);
        }
    }

    fn not_ready(&self, program: &str, reason: String) -> Error {
        Error::NotReady { program: program.to_owned(), reason, log: log_text(&self.log) }
    }

    /// Asks for the kernel's information until both the answer and a published status have arrived: before the kernel knows of
    /// the subscription, what it publishes is lost.
    async fn ready(
        mut self,
        program: &str,
        mut shell: DealerSendConnection,
        control: ClientControlConnection,
        files: tempfile::TempDir,
    ) -> Result<Kernel, Error> {
        let until = Instant::now() + READY;
        let mut info = None;
        let mut subscribed = false;
        let mut ask = true;
        while info.is_none() || !subscribed {
            if Instant::now() > until {
                return Err(self.not_ready(program, format!("no answer within {} s", READY.as_secs())));
            }
            if ask {
                let request = JupyterMessage::new(KernelInfoRequest {}, None);
                shell.send(request).await.map_err(wire)?;
            }
            // A kernel answers in order, when it is up: only after an answer without a published status is there a need to ask again.
            ask = match timeout(Duration::from_millis(500), self.incoming.recv()).await {
                Ok(Some(Incoming::Shell(message))) => {
                    if let JupyterMessageContent::KernelInfoReply(reply) = message.content {
                        info = Some(*reply);
                    }
                    false
                }
                Ok(Some(Incoming::Iopub(_))) => {
                    subscribed = true;
                    false
                }
                Ok(Some(Incoming::Ended(how))) => return Err(self.not_ready(program, how)),
                Ok(None) => {
                    return Err(self.not_ready(program, "the connection was lost".to_owned()));
                }
                Err(_) => info.is_some(),
            };
        }
        let info = info.ok_or_else(|| self.not_ready(program, "no answer".to_owned()))?;
        Ok(Kernel {
            program: program.to_owned(),
            process: self.process,
            shell: SendHalf(shell),
            control: ControlHalf(control),
            incoming: self.incoming,
            log: self.log,
            info,
            ended: None,
            _files: files,
        })
    }
}

/// Free ports on the loopback interface, held until the second value is dropped.
async fn connection() -> Result<(ConnectionInfo, Vec<tokio::net::TcpListener>), Error> {
    let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (ports, reserved) = jupyter_zmq_client::peek_ports_with_listeners(ip, 5).await.map_err(wire)?;
    let [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports[..] else {
        return Err(Error::Wire("no free ports".to_owned()));
    };
    let info = ConnectionInfo {
        ip: ip.to_string(),
        transport: Transport::TCP,
        shell_port,
        iopub_port,
        stdin_port,
        control_port,
        hb_port,
        key: uuid::Uuid::new_v4().to_string(),
        signature_scheme: "hmac-sha256".to_owned(),
        kernel_name: None,
    };
    Ok((info, reserved))
}

/// Opens the sockets and sends on what arrives at them. Waits for as long as the kernel does not listen.
async fn connect(
    connection: &ConnectionInfo,
    sender: mpsc::UnboundedSender<Incoming>,
) -> Result<(DealerSendConnection, ClientControlConnection), Error> {
    let session = uuid::Uuid::new_v4().to_string();
    let identity = jupyter_zmq_client::peer_identity_for_session(&session).map_err(wire)?;
    let mut iopub = jupyter_zmq_client::create_client_iopub_connection(connection, "", &session).await.map_err(wire)?;
    let shell = jupyter_zmq_client::create_client_shell_connection_with_identity(connection, &session, identity)
        .await
        .map_err(wire)?;
    let control = jupyter_zmq_client::create_client_control_connection(connection, &session).await.map_err(wire)?;
    let (shell, mut replies) = shell.split();

    let published = sender.clone();
    tokio::spawn(async move {
        loop {
            let message = iopub.read().await;
            if !pass_on(message, &published, Incoming::Iopub) {
                break;
            }
        }
    });
    tokio::spawn(async move {
        loop {
            let message = replies.read().await;
            if !pass_on(message, &sender, Incoming::Shell) {
                break;
            }
        }
    });
    Ok((shell, control))
}

/// Sends a message on. Whether there may be more: a message that cannot be understood is skipped, a broken socket is the end.
fn pass_on(
    message: Result<JupyterMessage, RuntimeError>,
    sender: &mpsc::UnboundedSender<Incoming>,
    wrap: fn(Box<JupyterMessage>) -> Incoming,
) -> bool {
    match message {
        Ok(message) => sender.send(wrap(Box::new(message))).is_ok(),
        Err(RuntimeError::ZmqError(error)) => {
            tracing::debug!(%error, "socket closed");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a message of the kernel was not understood");
            !sender.is_closed()
        }
    }
}

/// Owns the process: reports its end, and kills it when told to or when nobody is there to tell.
fn watch(mut child: Child, sender: mpsc::UnboundedSender<Incoming>) -> Process {
    let (kill, mut killed) = mpsc::unbounded_channel();
    let id = child.id();
    tokio::spawn(async move {
        let status = tokio::select! {
            status = child.wait() => status,
            _ = killed.recv() => {
                let _ = child.start_kill();
                child.wait().await
            }
        };
        let how = match status {
            Ok(status) => format!("the kernel process ended ({status})"),
            Err(error) => format!("the kernel process was lost ({error})"),
        };
        let _ = sender.send(Incoming::Ended(how));
    });
    Process { id, kill }
}

/// Keeps the last lines of a stream.
fn keep_lines(stream: Option<impl AsyncRead + Unpin + Send + 'static>, log: &Log) {
    let Some(stream) = stream else { return };
    let log = Arc::clone(log);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tracing::debug!(kernel = %line);
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() == LOG_LINES {
                log.pop_front();
            }
            log.push_back(line);
        }
    });
}

fn log_text(log: &Log) -> String {
    let log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().map(|line| format!("\n  {line}")).collect()
}
