//! Runs Jupyter notebooks without Jupyter, and writes them as web pages.
//!
//! - [`Document`] reads and writes `.ipynb` files;
//! - [`parameters`] sets values from outside, as papermill does;
//! - [`run`](run::run) executes a document cell by cell in a [`Kernel`];
//! - [`export::html`] writes an executed document as one self-contained page;
//! - [`kernelspec`] finds, installs and removes kernels where Jupyter looks for them.
//!
//! A kernel for Rust (evcxr) reports a cell that ended by `?` or by a panic as successful. The runner finds
//! out all the same: see [`marker`].

pub mod document;
pub mod error;
pub mod export;
pub mod kernel;
pub mod kernelspec;
pub mod marker;
pub mod outcome;
pub mod outputs;
pub mod parameters;
pub mod run;
pub mod rust_tokens;

pub use document::Document;
pub use error::Error;
pub use kernel::{Kernel, Launch};
pub use outcome::{Event, Failure, FailureKind, Options, Outcome};
