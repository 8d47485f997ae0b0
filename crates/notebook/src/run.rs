//! Running a notebook: its code cells one by one, until the end or the first that fails.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jupyter_protocol::{ExecuteRequest, ExecutionState, JupyterMessage, JupyterMessageContent, MediaType, ReplyStatus};
use nbformat::v4::Cell;
use tokio::time::{Instant, sleep, timeout};

use crate::document::{first_line, last_heading, source};
use crate::kernel::{Incoming, Kernel};
use crate::outcome::{Event, Failure, FailureKind, Options, Outcome};
use crate::outputs::Outputs;
use crate::{Document, Error, marker};

/// How long to wait for outputs that come after a cell's end: evcxr passes standard error on in a thread of its own.
const QUIET: Duration = Duration::from_millis(15);
/// The same, after a failure: its text is worth waiting for.
const QUIET_AFTER_FAILURE: Duration = Duration::from_millis(400);
/// How long a kernel gets to stop a cell when told to.
const STOP: Duration = Duration::from_secs(10);

/// Runs all code cells of a document in a kernel, and puts their outputs into the document.
///
/// Ends at the first cell that fails, and when `interrupted` completes. The outputs so far are kept in both cases.
pub async fn run(
    document: &mut Document,
    kernel: &mut Kernel,
    options: &Options,
    progress: &mut (dyn FnMut(Event<'_>) + Send),
    interrupted: impl Future<Output = ()>,
) -> Outcome {
    document.clear_outputs();
    let started = Instant::now();
    let cells = code_cells(document);
    let total = cells.len();
    let mut run = Run { kernel, options, progress, interrupted: Box::pin(interrupted), outputs: Outputs::default() };
    let mut failure = None;
    let mut completed = 0;
    for (at, cell) in cells.iter().enumerate() {
        let number = at + 1;
        let line = first_line(&cell.code).to_owned();
        let section = cell.section.as_str();
        (run.progress)(Event::Started { number, total, section, line: &line });
        let began = Instant::now();
        let slot = run.outputs.begin();
        let result = run.cell(slot, &cell.code).await;
        let ok = result.is_ok();
        let took = began.elapsed();
        (run.progress)(Event::Finished { number, total, section, line: &line, took, ok });
        match result {
            Ok(()) => completed += 1,
            Err((kind, message)) => {
                failure = Some(Failure { number, line, kind, message });
                break;
            }
        }
    }
    let outputs = run.outputs;
    let attempted = completed + usize::from(failure.is_some());
    for (slot, cell) in cells.iter().enumerate().take(attempted) {
        if let Some(Cell::Code { outputs: kept, execution_count, .. }) = document.notebook.cells.get_mut(cell.index) {
            *execution_count = i32::try_from(slot + 1).ok();
            *kept = outputs.of(slot).to_vec();
            for output in kept {
                if let nbformat::v4::Output::ExecuteResult(result) = output {
                    result.execution_count = (slot + 1).into();
                }
            }
        }
    }
    Outcome { total, completed, failure, took: started.elapsed() }
}

struct CodeCell {
    index: usize,
    section: String,
    code: String,
}

fn code_cells(document: &Document) -> Vec<CodeCell> {
    let mut section = String::new();
    let mut cells = Vec::new();
    for (index, cell) in document.notebook.cells.iter().enumerate() {
        match cell {
            Cell::Markdown { .. } => {
                if let Some(heading) = last_heading(&source(cell), false) {
                    section = heading;
                }
            }
            Cell::Code { .. } => {
                let code = source(cell);
                if !code.trim().is_empty() {
                    cells.push(CodeCell { index, section: section.clone(), code });
                }
            }
            Cell::Raw { .. } => {}
        }
    }
    cells
}

type Problem = (FailureKind, String);

fn lost(error: Error) -> Problem {
    (FailureKind::KernelEnded, error.to_string())
}

struct Run<'a, I> {
    kernel: &'a mut Kernel,
    options: &'a Options,
    progress: &'a mut (dyn FnMut(Event<'_>) + Send),
    interrupted: Pin<Box<I>>,
    outputs: Outputs,
}

impl<I: Future<Output = ()>> Run<'_, I> {
    async fn cell(&mut self, slot: usize, code: &str) -> Result<(), Problem> {
        let result = self.execute(slot, code).await;
        if let Err((kind, message)) = &result {
            let name = match kind {
                FailureKind::Error if self.outputs.first_error(slot).is_some() => return result,
                FailureKind::EndedEarly | FailureKind::Panicked => {
                    let how = match kind {
                        FailureKind::Panicked => "panicked",
                        _ => "ended early, at a `?`, with the error above",
                    };
                    let text = format!("The cell {how}. The cells after it were not run.");
                    self.outputs.error(slot, "CellEndedEarly", &text);
                    return result;
                }
                FailureKind::Error => "Error",
                FailureKind::TimedOut => "TimedOut",
                FailureKind::Interrupted => "Interrupted",
                FailureKind::KernelEnded => "KernelEnded",
            };
            self.outputs.error(slot, name, message);
        }
        result
    }

    async fn execute(&mut self, slot: usize, code: &str) -> Result<(), Problem> {
        let rewritten = self.options.rewrite.as_ref().map(|rewrite| rewrite(code));
        let code = rewritten.as_deref().unwrap_or(code);
        let marked = match self.kernel.is_evcxr() {
            true => marker::mark(code),
            false => None,
        };
        let mut check = marked.is_some();
        let mut status = self.request(slot, marked.as_deref().unwrap_or(code)).await?;
        if status != ReplyStatus::Ok && check && self.mentions_marker(slot) {
            // Code that does not compile did not run. Its error should show the cell as it was written.
            self.outputs.clear(slot);
            check = false;
            status = self.request(slot, code).await?;
        }
        if status != ReplyStatus::Ok {
            self.settle(slot, QUIET_AFTER_FAILURE).await;
            let message = self.outputs.first_error(slot).unwrap_or_else(|| match self.outputs.stderr(slot).trim() {
                "" => "the kernel gives no reason".to_owned(),
                text => text.to_owned(),
            });
            return Err((FailureKind::Error, message));
        }
        self.settle(slot, QUIET).await;
        if check && !self.ran_to_its_end(slot).await? {
            self.settle(slot, QUIET_AFTER_FAILURE).await;
            return Err(early_end(&self.outputs.stderr(slot)));
        }
        Ok(())
    }

    /// Sends code and gathers its outputs until the kernel is done with it.
    async fn request(&mut self, slot: usize, code: &str) -> Result<ReplyStatus, Problem> {
        let request = ExecuteRequest::new(code.to_owned());
        let id = self.kernel.send(request).await.map_err(lost)?;
        let limit = self.options.timeout;
        let deadline = sleep(limit.unwrap_or(Duration::MAX / 4));
        tokio::pin!(deadline);
        let mut stopping: Option<Problem> = None;
        let (mut reply, mut idle) = (None, false);
        while reply.is_none() || !idle {
            tokio::select! {
                biased;
                () = &mut self.interrupted, if stopping.is_none() => {
                    stopping = Some((FailureKind::Interrupted, "the run was interrupted".to_owned()));
                }
                () = &mut deadline => {
                    if let Some(problem) = stopping {
                        return Err(problem);
                    }
                    let limit = limit.unwrap_or_default().as_secs_f64();
                    stopping = Some((FailureKind::TimedOut, format!("it ran for longer than {limit} s (--timeout)")));
                }
                incoming = self.kernel.next() => {
                    match incoming {
                        Incoming::Iopub(message) => idle |= self.published(slot, &message, &id),
                        Incoming::Shell(message) => reply = status_of(&message, &id).or(reply),
                        Incoming::Ended(how) => {
                            return Err(stopping.unwrap_or_else(|| (FailureKind::KernelEnded, format!("{how}{}", self.kernel.log()))));
                        }
                    }
                    continue;
                }
            }
            self.kernel.interrupt().await.map_err(lost)?;
            deadline.as_mut().reset(Instant::now() + STOP);
        }
        match stopping {
            Some(problem) => Err(problem),
            None => Ok(reply.unwrap_or_default()),
        }
    }

    /// Takes in a published message; whether it says that the kernel is done with request `id`.
    fn published(&mut self, slot: usize, message: &JupyterMessage, id: &str) -> bool {
        let ours = is_reply_to(message, id);
        match &message.content {
            JupyterMessageContent::Status(status) => ours && status.execution_state == ExecutionState::Idle,
            // Standard error of the last cell may arrive while the kernel answers the next request.
            JupyterMessageContent::StreamContent(stream) => {
                let name = match stream.name {
                    jupyter_protocol::Stdio::Stdout => "stdout",
                    jupyter_protocol::Stdio::Stderr => "stderr",
                };
                (self.progress)(Event::Printed { stream: name, text: &stream.text });
                self.outputs.add(slot, &message.content);
                false
            }
            content if ours => {
                self.outputs.add(slot, content);
                false
            }
            _ => false,
        }
    }

    /// Gathers what still arrives until nothing has for a while.
    async fn settle(&mut self, slot: usize, quiet: Duration) {
        while let Ok(Incoming::Iopub(message)) = timeout(quiet, self.kernel.next()).await {
            self.published(slot, &message, "");
        }
    }

    /// Asks the kernel whether the last cell's marker is there.
    async fn ran_to_its_end(&mut self, slot: usize) -> Result<bool, Problem> {
        let mut request = ExecuteRequest::new(marker::QUESTION.to_owned());
        request.silent = true;
        request.store_history = false;
        let id = self.kernel.send(request).await.map_err(lost)?;
        let (mut replied, mut idle, mut found) = (false, false, false);
        while !(replied && idle) {
            match self.kernel.next().await {
                Incoming::Shell(message) => replied |= status_of(&message, &id).is_some(),
                Incoming::Ended(how) => {
                    return Err((FailureKind::KernelEnded, format!("{how}{}", self.kernel.log())));
                }
                Incoming::Iopub(message) => match &message.content {
                    JupyterMessageContent::ExecuteResult(result) if is_reply_to(&message, &id) => {
                        found |= result.data.content.iter().any(|media| match media {
                            MediaType::Plain(text) => marker::is_set(text),
                            _ => false,
                        });
                    }
                    JupyterMessageContent::StreamContent(_) | JupyterMessageContent::Status(_) => {
                        idle |= self.published(slot, &message, &id);
                    }
                    _ => {}
                },
            }
        }
        Ok(found)
    }

    fn mentions_marker(&self, slot: usize) -> bool {
        self.outputs.of(slot).iter().any(|output| match output {
            nbformat::v4::Output::Error(error) => {
                let traceback = error.traceback.join("\n");
                [&error.evalue, &traceback]
                    .into_iter()
                    .any(|text| marker::is_mentioned(&crate::export::ansi::strip(text)))
            }
            _ => false,
        })
    }
}

fn is_reply_to(message: &JupyterMessage, id: &str) -> bool {
    message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == id)
}

fn status_of(message: &JupyterMessage, id: &str) -> Option<ReplyStatus> {
    match &message.content {
        JupyterMessageContent::ExecuteReply(reply) if is_reply_to(message, id) => Some(reply.status.clone()),
        _ => None,
    }
}

/// What a cell that ended early wrote to standard error says about why.
fn early_end(stderr: &str) -> Problem {
    // evcxr switches backtraces on; they show its own frames and the notebook keeps them.
    let text = stderr.split("\nstack backtrace:").next().unwrap_or_default();
    let panicked = text.lines().any(|line| line.contains("' panicked at ") || line.contains(") panicked at "));
    let kind = match panicked {
        true => FailureKind::Panicked,
        false => FailureKind::EndedEarly,
    };
    let message = match text.trim() {
        "" => "it gives no reason".to_owned(),
        text => text.to_owned(),
    };
    (kind, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn an_early_end_is_told_from_a_panic() {
        let (kind, message) = early_end("note\nNotFound { name: \"x\" }\n");
        assert_eq!((kind, message.as_str()), (FailureKind::EndedEarly, "note\nNotFound { name: \"x\" }"));
        let panic = "\nthread '<unnamed>' (77) panicked at src/lib.rs:1:2:\nboom\nstack backtrace:\n  0: x";
        let (kind, message) = early_end(panic);
        assert_eq!(kind, FailureKind::Panicked);
        assert!(message.ends_with("boom"));
        assert_eq!(early_end("  ").1, "it gives no reason");
    }

    #[test]
    fn code_cells_know_their_section_and_empty_ones_are_left_out() {
        let text = r###"{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[
            {"cell_type":"markdown","id":"a","metadata":{},"source":["# A\n","## B"]},
            {"cell_type":"code","id":"b","metadata":{},"execution_count":null,"source":" \n","outputs":[]},
            {"cell_type":"code","id":"c","metadata":{},"execution_count":null,"source":"1","outputs":[]}]}"###;
        let cells = code_cells(&Document::parse(text).unwrap());
        assert_eq!(cells.len(), 1);
        assert_eq!((cells[0].index, cells[0].section.as_str()), (2, "B"));
    }
}
