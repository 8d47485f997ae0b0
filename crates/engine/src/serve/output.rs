//! The engine's standard output: frames, whole ones, from several threads.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use entity_explorer::wire::{self, Value};

/// Where replies and progress go.
pub struct Output(Mutex<Box<dyn Write + Send>>);

impl Output {
    /// Frames go to `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(out)))
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`], with nothing sent, when it is too large; otherwise when nobody reads any more.
    pub fn send(&self, frame: &Value) -> io::Result<()> {
        wire::write_frame(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), frame)
    }

    /// Sends a line that the notebook shows while a request runs.
    pub fn progress(&self, id: i64, text: &str) {
        // When nobody reads any more, the end of input is about to tell.
        let _ = self.send(&Value::map().with("id", Value::Int(id)).with("progress", Value::str(text)));
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}
