//! `entity-explorer kernel`: the built-in kernel in Jupyter's list of kernels.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jupyter_protocol::JupyterKernelspec;
use notebook::Error;
use notebook::kernelspec::{self, Places};

use super::{Failure, Outcome};

/// The name under which the kernel is installed.
pub const NAME: &str = "entity-explorer";

const LOGO: &[u8] = include_bytes!("logo.svg");

/// Install the built-in Rust kernel for JupyterLab and other notebook programs.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add the kernel to Jupyter's list, or bring it up to date.
    Install(Place),
    /// Remove the kernel from Jupyter's list.
    Uninstall(Place),
    /// List the kernels that Jupyter can find.
    List,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The kernel's name.
    #[arg(long, default_value = NAME)]
    name: String,
    /// Use DIR/share/jupyter, such as for a virtual environment in DIR.
    #[arg(long, value_name = "DIR", conflicts_with = "user")]
    prefix: Option<PathBuf>,
    /// Use the Jupyter folder of this user; this is the default.
    #[arg(long)]
    user: bool,
}

impl Place {
    fn data(&self) -> Result<PathBuf, Failure> {
        match &self.prefix {
            Some(prefix) => Ok(prefix.join("share").join("jupyter")),
            None => Ok(Places::from_environment().user.ok_or(Error::NoDataDir)?),
        }
    }
}

/// Runs the command.
pub fn run(args: Args) -> Outcome {
    match args.action {
        Action::Install(place) => {
            let folder = install(&place.data()?, &place.name)?;
            println!("Installed the kernel `{}` in {}", place.name, folder.display());
            if let Err(missing) = kernel::toolchain() {
                eprintln!("warning: {missing}");
            }
        }
        Action::Uninstall(place) => {
            let data = place.data()?;
            if !kernelspec::uninstall(&data, &place.name)? {
                return Err(Failure::new(format!("there is no kernel `{}` in {}", place.name, data.display())));
            }
            println!("Removed the kernel `{}` from {}", place.name, data.display());
        }
        Action::List => list(),
    }
    Ok(ExitCode::SUCCESS)
}

/// Installs the built-in kernel into a Jupyter data folder.
pub fn install(data: &Path, name: &str) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let text = |path: &Path| match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Failure::new(format!("{} is not Unicode, which a kernelspec has to be", path.display()))),
    };
    let folder = data.join("kernels").join(name);
    let environment = [
        ("ENTITY_EXPLORER_ENGINE".to_owned(), text(&program)?),
        // evcxr would otherwise update another kernel: see the kernel crate.
        ("JUPYTER_PATH".to_owned(), text(&folder)?),
    ];
    let spec = JupyterKernelspec {
        argv: vec![text(&program)?, "--control_file".to_owned(), "{connection_file}".to_owned()],
        display_name: "Rust (Entity Explorer)".to_owned(),
        language: "rust".to_owned(),
        metadata: None,
        // See the kernel crate: a message would end the process of the cells.
        interrupt_mode: Some(if cfg!(unix) { "signal" } else { "message" }.to_owned()),
        env: Some(environment.into()),
    };
    Ok(kernelspec::install(data, name, &spec, &[("logo-svg.svg", LOGO)])?)
}

fn list() {
    let places = Places::from_environment();
    let kernels = places.list();
    let width = kernels.iter().map(|kernel| kernel.name.len()).max().unwrap_or(0);
    for kernel in &kernels {
        let what = match &kernel.spec {
            Ok(spec) => spec.display_name.clone(),
            Err(reason) => format!("cannot be used: {reason}"),
        };
        println!("{:width$}  {what}  ({})", kernel.name, kernel.folder.display());
    }
    if kernels.is_empty() {
        println!("No kernel is installed. Looked in:");
        for folder in &places.all {
            println!("  {}", folder.display());
        }
    }
}
