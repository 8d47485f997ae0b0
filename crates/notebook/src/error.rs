//! What can go wrong around a notebook, as opposed to inside one of its cells.

use std::path::PathBuf;

/// An error of the runner itself. A cell that fails is not one of these: see [`Failure`](crate::Failure).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}. Choose another folder with --output DIR")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not a notebook.
    #[error("{path} is not a notebook that can be read: {reason}")]
    NotANotebook {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A notebook could not be turned into JSON.
    #[error("the notebook cannot be written as JSON: {0}")]
    Serialize(String),
    /// A parameter could not be set.
    #[error("{0}")]
    Parameter(String),
    /// The kernel's program could not be started.
    #[error("cannot start the kernel `{program}`: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// The kernel ended, or said nothing, before it was ready.
    #[error("the kernel `{program}` did not start: {reason}{log}")]
    NotReady {
        /// The program.
        program: String,
        /// What was seen.
        reason: String,
        /// The last lines the kernel wrote, each on a line of its own.
        log: String,
    },
    /// A message could not be sent to the kernel, or understood.
    #[error("talking to the kernel failed: {0}")]
    Wire(String),
    /// No kernel of this name is installed.
    #[error("no Jupyter kernel is called `{name}`. Found: {found}. Looked in: {searched}")]
    NoKernel {
        /// The name asked for.
        name: String,
        /// The names there are.
        found: String,
        /// The folders searched.
        searched: String,
    },
    /// Where Jupyter keeps its data could not be determined.
    #[error(
        "cannot tell where Jupyter keeps its kernels: neither JUPYTER_DATA_DIR nor a home folder is set. \
         Set JUPYTER_DATA_DIR, or pass --prefix DIR"
    )]
    NoDataDir,
    /// A kernelspec is broken.
    #[error("{path} is not a kernelspec that can be used: {reason}")]
    BadKernelspec {
        /// The `kernel.json`.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
