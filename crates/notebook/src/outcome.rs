//! What a run is given, what it tells while it goes on, and how it ended.

use std::time::Duration;

/// Changes a cell's code on its way to the kernel.
pub type Rewrite = Box<dyn Fn(&str) -> String>;

/// How to run.
#[derive(Default)]
pub struct Options {
    /// The longest a single cell may take; no limit when `None`.
    pub timeout: Option<Duration>,
    /// Changes a cell's code on its way to the kernel, not in the notebook.
    pub rewrite: Option<Rewrite>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("timeout", &self.timeout).field("rewrite", &self.rewrite.is_some()).finish()
    }
}

/// What happens during a run, for whoever shows its progress.
#[derive(Debug)]
pub enum Event<'a> {
    /// A cell begins.
    Started {
        /// Its number among the code cells, from 1.
        number: usize,
        /// How many code cells there are.
        total: usize,
        /// The heading it stands under.
        section: &'a str,
        /// Its first line.
        line: &'a str,
    },
    /// A cell printed something.
    Printed {
        /// `stdout` or `stderr`.
        stream: &'static str,
        /// The text, with its line ends.
        text: &'a str,
    },
    /// A cell has ended, one way or the other.
    Finished {
        /// Its number among the code cells, from 1.
        number: usize,
        /// How many code cells there are.
        total: usize,
        /// The heading it stands under.
        section: &'a str,
        /// Its first line.
        line: &'a str,
        /// How long it took.
        took: Duration,
        /// Whether it did what it should.
        ok: bool,
    },
}

/// How a cell failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The kernel reported an error: the code does not compile, or the process that runs the cells ended.
    Error,
    /// The cell ran, and ended early: by `?` on an error.
    EndedEarly,
    /// The cell ran, and panicked.
    Panicked,
    /// The cell took longer than [`Options::timeout`].
    TimedOut,
    /// The run was interrupted.
    Interrupted,
    /// The kernel is gone.
    KernelEnded,
}

/// The cell that ended a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its number among the code cells, from 1.
    pub number: usize,
    /// Its first line.
    pub line: String,
    /// How it failed.
    pub kind: FailureKind,
    /// The error, as the kernel gave it, without colors.
    pub message: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = match self.kind {
            FailureKind::Error => "failed",
            FailureKind::EndedEarly => "ended with an error",
            FailureKind::Panicked => "panicked",
            FailureKind::TimedOut => "took too long",
            FailureKind::Interrupted => "was interrupted",
            FailureKind::KernelEnded => "lost its kernel",
        };
        write!(f, "cell {} (`{}`) {how}: {}", self.number, self.line, self.message)
    }
}

/// How a run ended. The outputs are in the document.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How many code cells there are.
    pub total: usize,
    /// How many of them ran to their end.
    pub completed: usize,
    /// The cell that failed, after which no other was run.
    pub failure: Option<Failure>,
    /// How long all cells together took.
    pub took: Duration,
}
