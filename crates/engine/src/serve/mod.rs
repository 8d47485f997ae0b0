//! The engine as a child process of a notebook's kernel: requests come on standard input, replies go to standard output,
//! as [`entity_explorer::protocol`] says.
//!
//! ```text
//! serve ── reads frames ──> a thread per request ── dispatch ──> a method of a group (explorer, workspace, table, account)
//!                                                                    └── its results stay in the session, under handles
//! ```
//!
//! The end of input ends the engine at once, also in the middle of a query: the notebook is gone, or the process of its cells was stopped. An interrupt ends
//! the requests that run, with an error, and nothing else.

mod account;
mod call;
mod describe;
mod dispatch;
mod enrich;
mod entity;
mod explorer;
mod ip;
mod output;
mod pivot;
mod query;
mod reply;
mod session;
mod table;
mod values;
mod workspace;

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use entity_explorer::protocol::{self, Side};
use entity_explorer::wire::{self, Value};

use call::Call;
use output::Output;
use session::Session;

use crate::error::{Error, ErrorCode};
use crate::interrupt;

/// Requests run on threads of this stack: syntax trees and plans are walked recursively. Only what is touched is used.
const STACK: usize = 64 << 20;

/// Serves requests on standard input and output, and ends the process with the end of input.
///
/// # Errors
/// When standard input or output cannot be used, or the other side does not fit.
pub fn serve_stdio() -> io::Result<()> {
    // The notebook shows the engine's last words when it ends by itself: one line says more there than a backtrace.
    std::panic::set_hook(Box::new(|info| eprintln!("internal error: {info}")));
    interrupt::listen()?;
    serve(io::stdin().lock(), io::stdout())?;
    // Requests may still run on other threads. Nobody waits for them any more, and nobody has to answer them.
    crate::workspace::give_up();
    std::process::exit(0);
}

/// Serves requests until the end of input. Requests that still run then go on until they end or the process does.
///
/// # Errors
/// When the input cannot be read or is not what a notebook sends, or the other side does not fit.
pub fn serve(mut input: impl Read, output: impl Write + Send + 'static) -> io::Result<()> {
    let output = Arc::new(Output::new(output));
    output.send(&protocol::hello(Side::Engine))?;
    let Some(hello) = wire::read_frame(&mut input, protocol::MAX_HELLO)? else {
        return Ok(());
    };
    protocol::check_hello(&hello, Side::Client).map_err(io::Error::other)?;
    let session = Arc::new(Session::default());
    while let Some(frame) = wire::read_frame(&mut input, wire::MAX_FRAME)? {
        let Some(id) = frame.get("id").and_then(Value::as_i64) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a request without an id"));
        };
        for handle in frame.get("free").and_then(Value::as_list).unwrap_or_default() {
            if let Some(handle) = handle.as_i64() {
                session.free(handle);
            }
        }
        let (session, replies) = (Arc::clone(&session), Arc::clone(&output));
        let started = std::thread::Builder::new().name("request".to_owned()).stack_size(STACK).spawn(move || {
            let running = interrupt::begin();
            let told = Arc::clone(&replies);
            let listening = crate::workspace::listen(move |text| told.progress(id, text));
            let reply = answer(&session, &replies, id, frame);
            drop(listening);
            // Results that lack what was stopped would pass for whole ones.
            let reply = if interrupt::is_set() { Err(interrupt::error()) } else { reply };
            drop(running);
            send(&replies, id, reply);
        });
        if let Err(error) = started {
            send(
                &output,
                id,
                Err(Error::new(ErrorCode::Limit, format!("no thread could be started for the request: {error}"))),
            );
        }
    }
    Ok(())
}

fn answer(session: &Session, output: &Output, id: i64, frame: Value) -> Result<Value, Error> {
    let method = frame.get("method").and_then(Value::as_str).unwrap_or_default().to_owned();
    let params = frame.take("params").unwrap_or(Value::Null);
    let call = Call::new(session, output, id, params);
    catch_unwind(AssertUnwindSafe(|| dispatch::run(&method, &call))).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no reason was given");
        Err(Error::new(ErrorCode::Internal, format!("`{method}` failed by a defect of the engine: {what}"))
            .with_help("other calls still work; please report this with the cell that caused it"))
    })
}

fn send(output: &Output, id: i64, reply: Result<Value, Error>) {
    let frame = match reply {
        Ok(value) => Value::map().with("id", Value::Int(id)).with("ok", value),
        Err(error) => failure(id, &error),
    };
    match output.send(&frame) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            let error = Error::new(ErrorCode::Limit, format!("the answer cannot be sent: {error}")).with_help(
                "ask for less at a time, such as with `.head(1000)?`, or write it to a file with `.to_parquet(…)?`",
            );
            let _ = output.send(&failure(id, &error));
        }
        // Any other failure: the notebook is gone, which the end of input is about to tell.
        _ => {}
    }
}

fn failure(id: i64, error: &Error) -> Value {
    let help = error.help.as_deref().map_or(Value::Null, Value::str);
    let error = Value::map()
        .with("code", Value::str(error.code.as_str()))
        .with("message", Value::str(&error.message))
        .with("help", help);
    Value::map().with("id", Value::Int(id)).with("error", error)
}
