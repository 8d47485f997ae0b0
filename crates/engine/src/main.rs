//! `entity-explorer`: the engine that notebooks start, the Rust Jupyter kernel, and the command line, in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    if is_kernel() {
        return kernel::main();
    }
    engine::cli::main()
}

/// Whether this process has to be the kernel, or one of the processes that the kernel starts from its own binary: the one that
/// runs the cells, and the wrapper around rustc.
///
/// The engine is never one of them, even if it inherits their environment.
fn is_kernel() -> bool {
    let first = std::env::args_os().nth(1);
    if first.as_deref() == Some("serve-stdio".as_ref()) {
        return false;
    }
    std::env::var_os("EVCXR_IS_RUNTIME").is_some()
        || std::env::var_os("EVCXR_RUSTC_WRAPPER").is_some()
        || first.as_deref() == Some("--control_file".as_ref())
}
