//! `entity-explorer lab`: opens the notebooks in JupyterLab with everything in place.

use std::path::{Path, PathBuf};
use std::process::Command;

use notebook::Error;
use notebook::kernelspec::Places;

use super::{Failure, Outcome, kernel, notebook as notebooks};

/// Open the notebooks in JupyterLab.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder, or the notebook, to open. Without one: the account notebook.
    path: Option<PathBuf>,
    /// What else to tell JupyterLab, after `--`: such as `-- --no-browser`.
    #[arg(last = true)]
    more: Vec<String>,
}

/// Runs the command.
pub fn run(args: Args) -> Outcome {
    let path = match args.path {
        Some(path) => path,
        None => notebooks::account_notebook()?,
    };
    let path = path.canonicalize().map_err(|error| Failure::new(format!("cannot open {}: {error}", path.display())))?;
    let mut command = jupyter_lab()?;
    ::kernel::toolchain().map_err(Failure::new)?;

    let data = Places::from_environment().user.ok_or(Error::NoDataDir)?;
    kernel::install(&data, kernel::NAME)?;
    command.env("ENTITY_EXPLORER_ENGINE", std::env::current_exe()?);
    // The notebooks ask for the kernel `rust`, by its stock name. Where none is installed, this session has one.
    if Places::from_environment().find("rust").is_err() {
        let session = data.join("entity-explorer");
        kernel::install(&session, "rust")?;
        command.env("JUPYTER_PATH", ::kernel::jupyter_path_shield(&session));
    }
    command.args(&args.more).arg(&path);
    start(command)
}

/// JupyterLab, as a program or as a module of Python.
fn jupyter_lab() -> Result<Command, Failure> {
    if let Some(program) = super::programs::find("jupyter-lab") {
        return Ok(Command::new(program));
    }
    let mut python_found = None;
    for python in ["python3", "python"] {
        let Some(python) = super::programs::find(python) else {
            continue;
        };
        if has_jupyterlab(&python) {
            let mut command = Command::new(python);
            command.args(["-m", "jupyterlab"]);
            return Ok(command);
        }
        python_found.get_or_insert(python);
    }
    Err(Failure::new(match python_found {
        Some(python) => format!(
            "JupyterLab was not found: neither `jupyter-lab` on PATH nor the module `jupyterlab` of {}. \
             Install it with `{} -m pip install jupyterlab`, or run the notebook without it: entity-explorer notebook",
            python.display(),
            python.display()
        ),
        None => "JupyterLab was not found, and neither was Python, which it needs. Install Python 3 from https://www.python.org or your \
                 system's packages, then `python3 -m pip install jupyterlab`. To run the notebook without them: entity-explorer notebook"
            .to_owned(),
    }))
}

fn has_jupyterlab(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('jupyterlab') is None)"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Becomes JupyterLab, so that Ctrl-C and its question are JupyterLab's own.
#[cfg(unix)]
fn start(mut command: Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(Failure::new(format!("cannot start JupyterLab ({command:?}): {error}")))
}

#[cfg(not(unix))]
fn start(mut command: Command) -> Outcome {
    let status = command.status()?;
    Ok(if status.success() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE })
}
