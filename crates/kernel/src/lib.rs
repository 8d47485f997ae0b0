//! The evcxr Jupyter kernel as a library, so that one build gives the kernel too.

use std::process::ExitCode;

/// Runs this process as the kernel, or as one of the processes that the kernel starts from its own binary.
pub fn main() -> ExitCode {
    match evcxr_jupyter::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
