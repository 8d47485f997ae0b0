//! The Rust Jupyter kernel, evcxr, inside this project's one binary.
//!
//! `entity-explorer --control_file FILE` is the kernel. For the cells it starts its own binary again, with
//! `EVCXR_IS_RUNTIME` set, and as a wrapper around rustc, with `EVCXR_RUSTC_WRAPPER` set: [`main`] serves all three.

#[cfg(unix)]
mod interrupts;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Runs the kernel, or the process of a kernel that this process was started as.
///
/// The command line is the process' own. Returns when the kernel is told to shut down.
pub fn main() -> ExitCode {
    if let Some(connection) = connection_file() {
        if let Err(missing) = toolchain() {
            eprintln!("error: {missing}");
            return ExitCode::FAILURE;
        }
        if let Err(error) = leave_other_kernels_alone(&connection) {
            eprintln!("warning: {error}");
        }
    }
    if let Err(error) = listen() {
        eprintln!("warning: an interrupt of a cell will end the kernel: {error}");
    }
    match evcxr_jupyter::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the kernel ended: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The FILE of `--control_file FILE`, when this process is to be the kernel itself.
fn connection_file() -> Option<PathBuf> {
    let child = ["EVCXR_IS_RUNTIME", "EVCXR_RUSTC_WRAPPER"];
    if child.iter().any(|name| std::env::var_os(name).is_some()) {
        return None;
    }
    let mut arguments = std::env::args_os().skip(1);
    (arguments.next()? == "--control_file").then(|| arguments.next().map(PathBuf::from))?
}

/// Has interrupts stop what a cell waits for, instead of this process.
#[cfg(unix)]
fn listen() -> std::io::Result<()> {
    if connection_file().is_some() {
        return interrupts::pass_on();
    }
    // The wrapper around rustc ends as rustc does.
    if std::env::var_os("EVCXR_IS_RUNTIME").is_some() { interrupts::end_at_second() } else { Ok(()) }
}

/// Interrupts are messages here, at which evcxr ends the process of the cells.
#[cfg(not(unix))]
fn listen() -> std::io::Result<()> {
    Ok(())
}

/// Checks that the programs which compile the cells are there.
///
/// # Errors
/// A sentence for people that says what is missing and how to get it.
pub fn toolchain() -> Result<(), String> {
    for program in ["cargo", "rustc"] {
        let works = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
        if !works {
            return Err(format!(
                "the kernel compiles every cell and needs `{program}`, which was not found or does not work. \
                 Install Rust from https://rustup.rs, or put its bin folder (usually ~/.cargo/bin) on PATH"
            ));
        }
    }
    Ok(())
}

/// At its start evcxr looks for an installed kernel called `rust` and, when that one's version differs, rewrites it to start
/// this binary. That kernel is somebody else's. evcxr looks only in the first folder that `JUPYTER_PATH` names: with a
/// folder without kernels in front there is nothing to rewrite.
///
/// The value to give `JUPYTER_PATH` in a kernel's environment; `empty` is a folder without a `kernels` folder.
pub fn jupyter_path_shield(empty: &Path) -> std::ffi::OsString {
    let mut value = empty.as_os_str().to_owned();
    if let Some(old) = std::env::var_os("JUPYTER_PATH") {
        value.push(if cfg!(windows) { ";" } else { ":" });
        value.push(old);
    }
    value
}

/// Where evcxr would look for a kernel to rewrite.
fn kernel_evcxr_would_update() -> Option<PathBuf> {
    let data = match std::env::var("JUPYTER_PATH") {
        Ok(path) => PathBuf::from(path),
        Err(_) => match std::env::var_os("XDG_DATA_HOME").map(PathBuf::from) {
            Some(xdg) if xdg.is_absolute() && cfg!(target_os = "linux") => xdg.join("jupyter"),
            _ if cfg!(target_os = "macos") => std::env::home_dir()?.join("Library/Jupyter"),
            _ if cfg!(windows) => PathBuf::from(std::env::var_os("APPDATA")?).join("jupyter"),
            _ => std::env::home_dir()?.join(".local/share/jupyter"),
        },
    };
    Some(data.join("kernels").join("rust"))
}

/// Starts this process again with [`jupyter_path_shield`] where evcxr would otherwise change another kernel's files.
///
/// Kernelspecs of this project and its notebook runner set the variable themselves: this is for kernels started by hand.
fn leave_other_kernels_alone(connection: &Path) -> Result<(), String> {
    if !kernel_evcxr_would_update().is_some_and(|kernel| kernel.exists()) {
        return Ok(());
    }
    let shield = jupyter_path_shield(&connection.with_extension("no-kernels"));
    start_again(&shield).map_err(|error| {
        format!("evcxr may update the installed kernel `rust`: this process could not be started again ({error})")
    })
}

#[cfg(unix)]
fn start_again(jupyter_path: &std::ffi::OsStr) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;
    // Replaces this process: the process id that Jupyter knows stays the kernel's.
    Err(Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env("JUPYTER_PATH", jupyter_path)
        .exec())
}

#[cfg(not(unix))]
fn start_again(_jupyter_path: &std::ffi::OsStr) -> std::io::Result<()> {
    // A process cannot be replaced here, and one in between would survive the kernel.
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_shield_comes_first() {
        let value = jupyter_path_shield(Path::new("/empty"));
        assert!(value.to_string_lossy().starts_with("/empty"));
    }

    #[test]
    fn cargo_runs_this_test_so_the_toolchain_is_there() {
        assert_eq!(toolchain(), Ok(()));
    }
}
