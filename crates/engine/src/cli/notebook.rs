//! `entity-explorer notebook`: runs a notebook from its first cell to its last, without Jupyter.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use notebook::export::{self, Page};
use notebook::kernelspec::{self, Places};
use notebook::{Document, FailureKind, Kernel, Launch, Options, parameters};

use super::{Failure, Outcome};

mod crate_path;
mod progress;

use progress::Progress;

/// The notebook that is run when none is named.
pub const ACCOUNT_NOTEBOOK: &str = "Entity Explorer - Account.ipynb";

/// Run a notebook and write what it shows, as a notebook and as a web page.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The notebook. Without one: `notebooks/Entity Explorer - Account.ipynb`, from here upwards or from the source folder.
    file: Option<PathBuf>,
    /// Set a parameter of the notebook (a value in its cell tagged `parameters`); may be given several times.
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = parameters::assignment)]
    parameters: Vec<(String, String)>,
    /// The folder for the results.
    #[arg(short, long, value_name = "DIR", default_value = "output")]
    output: PathBuf,
    /// Another kernel than the built-in one: `stock` for an installed evcxr_jupyter, or the name of a Jupyter kernel.
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// The longest a single cell may take, in seconds. No limit by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Keep the answers of the workspace in this folder, for replay:DIR.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("not a number of seconds above 0".to_owned()),
    }
}

/// Runs the command.
pub fn run(args: Args) -> Outcome {
    let file = match &args.file {
        Some(file) => file.clone(),
        None => account_notebook()?,
    };
    let mut document = Document::read(&file)?;
    parameters::inject(&mut document, &args.parameters)?;
    let results = Results::prepare(&file, &args.output)?;
    let folder = folder_of(&file)?;
    let mut launch = launch(args.kernel.as_deref(), &folder)?;
    if let Some(record) = &args.record {
        // The kernel works in the notebook's folder.
        launch.env.push((crate::workspace::RECORD_VAR.into(), std::path::absolute(record)?.into_os_string()));
    }
    let options = Options { timeout: args.timeout, rewrite: Some(Box::new(crate_path::rewriter(&folder))) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(execute(&mut document, &launch, &options))?;
    results.write(&document, &file, &outcome)?;
    println!("{}", results.notebook.display());
    println!("{}", results.page.display());
    match outcome.failure {
        None => Ok(ExitCode::SUCCESS),
        Some(failure) => {
            eprintln!("error: {failure}");
            Ok(match failure.kind {
                // What a shell reports for a program ended by Ctrl-C.
                FailureKind::Interrupted => ExitCode::from(130),
                _ => ExitCode::FAILURE,
            })
        }
    }
}

async fn execute(document: &mut Document, launch: &Launch, options: &Options) -> Result<notebook::Outcome, Failure> {
    let mut progress = Progress::new(std::io::stderr().is_terminal());
    progress.starting();
    let mut kernel = tokio::select! {
        kernel = Kernel::start(launch) => kernel?,
        () = interrupted() => return Err(Failure::new("interrupted before the kernel was ready")),
    };
    progress.ready(kernel.program());
    let outcome =
        notebook::run::run(document, &mut kernel, options, &mut |event| progress.show(&event), interrupted()).await;
    progress.ended(&outcome);
    kernel.shut_down().await;
    Ok(outcome)
}

/// Completes when the user, or the system, asks this process to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Where the results go.
struct Results {
    notebook: PathBuf,
    page: PathBuf,
}

impl Results {
    /// Makes the folder, and checks before the run that results can be written to it after the run.
    fn prepare(file: &Path, output: &Path) -> Result<Self, Failure> {
        let stem = file.file_stem().unwrap_or_default().to_os_string();
        let named = |extension: &str| {
            let mut name = stem.clone();
            name.push(extension);
            output.join(name)
        };
        let results = Self { notebook: named(".ipynb"), page: named(".html") };
        let cannot = |error: std::io::Error| {
            Failure::new(format!(
                "cannot write results to the folder {}: {error}. Choose another with --output DIR",
                output.display()
            ))
        };
        std::fs::create_dir_all(output).map_err(cannot)?;
        tempfile::tempfile_in(output).map_err(cannot)?;
        if results.notebook.exists() && same_file(&results.notebook, file) {
            return Err(Failure::new(format!(
                "the results would overwrite the notebook itself, {}. Choose another folder with --output DIR",
                file.display()
            )));
        }
        Ok(results)
    }

    fn write(&self, document: &Document, file: &Path, outcome: &notebook::Outcome) -> Result<(), Failure> {
        document.write(&self.notebook)?;
        let now = chrono::Utc::now().format("%Y-%m-%d %H:%M UTC");
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let page = Page {
            title: &name,
            scripts: SCRIPTS,
            outcome: Some(outcome),
            subtitle: Some(&format!("{name}, run on {now}")),
        };
        notebook::document::write_whole(&self.page, &export::html(document, &page))?;
        Ok(())
    }
}

/// The scripts that rendered outputs carry: the page's policy lets exactly these run.
const SCRIPTS: &[&str] = &[render::SCRIPT];

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The folder that a notebook lies in: its kernel works there, as Jupyter's do.
fn folder_of(file: &Path) -> Result<PathBuf, Failure> {
    let file = file.canonicalize()?;
    Ok(file.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf))
}

/// The account notebook of the folder this is run in, of one above it, or of the source folder.
///
/// # Errors
/// When there is none: where was looked.
pub fn account_notebook() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()?;
    let mut folders: Vec<PathBuf> = here.ancestors().map(Path::to_path_buf).collect();
    folders.extend(crate_path::source_folder());
    folders
        .iter()
        .map(|folder| folder.join("notebooks").join(ACCOUNT_NOTEBOOK))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            Failure::new(format!(
                "there is no `notebooks/{ACCOUNT_NOTEBOOK}` in {} or above. Name the notebook to run: entity-explorer notebook FILE",
                here.display()
            ))
        })
}

/// How to start the kernel that was asked for.
fn launch(name: Option<&str>, folder: &Path) -> Result<Launch, Failure> {
    let engine = std::env::current_exe()?;
    let mut launch = match name {
        None => own_kernel(&engine, folder),
        Some("stock") => stock_kernel(folder)?,
        Some(name) => {
            let (installed, spec) = Places::from_environment().find(name)?;
            kernelspec::launch(&spec, &installed.folder, folder)
        }
    };
    if name.is_none_or(|name| name == "stock") {
        kernel::toolchain().map_err(Failure::new)?;
    }
    let variable = std::ffi::OsString::from("ENTITY_EXPLORER_ENGINE");
    if std::env::var_os(&variable).is_none() {
        launch.env.push((variable, engine.into_os_string()));
    }
    Ok(launch)
}

fn own_kernel(program: &Path, folder: &Path) -> Launch {
    Launch {
        command: vec![program.into(), "--control_file".into(), "{connection_file}".into()],
        env: vec![("JUPYTER_PATH".into(), kernel::jupyter_path_shield(&folder.join(".no-kernels")))],
        folder: folder.to_path_buf(),
    }
}

/// An installed evcxr_jupyter: the kernel `rust`, or the program itself.
fn stock_kernel(folder: &Path) -> Result<Launch, Failure> {
    if let Ok((installed, spec)) = Places::from_environment().find("rust") {
        return Ok(kernelspec::launch(&spec, &installed.folder, folder));
    }
    let program = super::programs::find("evcxr_jupyter").ok_or_else(|| {
        Failure::new(
            "there is neither a Jupyter kernel called `rust` nor a program `evcxr_jupyter`. \
             Install it with `cargo install --locked evcxr_jupyter`, or leave --kernel out for the built-in kernel",
        )
    })?;
    Ok(own_kernel(&program, folder))
}
