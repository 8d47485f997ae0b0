//! A folder of tables behind the query APIs, and a configuration that leads there.
#![allow(dead_code, reason = "not every test file uses all of it")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use entity_explorer::{Explorer, Workspace};
use server::{Handle, Options};

/// The engine of this build.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_entity-explorer");
/// The id of the workspace.
pub const ID: &str = "8ecf8077-cf51-4820-aadd-14040956f35d";

/// The demo workspace, served, and a configuration that has it as the workspace `Served` and the cluster `Cluster`.
pub struct Served {
    pub server: Handle,
    pub folder: tempfile::TempDir,
}

impl Served {
    /// The demo.
    pub fn new() -> Self {
        Self::of(&local::demo_path().unwrap())
    }

    /// A folder.
    pub fn of(folder: &Path) -> Self {
        let server = server::start(local::Workspace::open(folder).unwrap(), Options::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = server.url();
        let config = format!(
            "AzureSentinel:\n  Workspaces:\n    Served:\n      WorkspaceId: {ID}\n      TenantId: {ID}\nAzure:\n  endpoints:\n    log_analytics: {url}\n\
             KustoClusters:\n  Cluster:\n    Args:\n      Cluster: {url}\n      Database: Security\n\
             OtherProviders:\n  WhoIs:\n    Args: {{Rdap: 'http://127.0.0.1:9/', Cymru: '127.0.0.1:9', Cache: false}}\n    Provider: WhoIs\n"
        );
        std::fs::write(folder.path().join("msticpyconfig.yaml"), config).unwrap();
        Self { server, folder }
    }

    /// These faults and no others.
    pub fn faults(&self, faults: &[&str]) {
        self.server.set_faults(faults.iter().map(|fault| fault.parse().unwrap()).collect());
    }

    /// The program, in the folder of the configuration.
    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(self.folder.path());
        for variable in
            ["MSTICPYCONFIG", "ENTITY_EXPLORER_RECORD", "ENTITY_EXPLORER_DEMO", "ENTITY_EXPLORER_WORKSPACES"]
        {
            command.env_remove(variable);
        }
        command.output().unwrap()
    }

    /// A summary of an account of the demo, as a terminal shows it.
    pub fn account(&self, workspace: &str, more: &[&str]) -> String {
        let args = [
            "account",
            "alice",
            "--select",
            "alice@contoso.com:Office365",
            "--start",
            "2000-01-01",
            "--end",
            "2100-01-01",
            "-w",
            workspace,
        ];
        let output = self.run(&[&args, more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// An engine that finds the configuration in its folder.
    pub fn connect(&self, name: &str) -> (Explorer, Workspace) {
        // The engine starts in this process's folder, which is one for all tests.
        static FOLDER: Mutex<()> = Mutex::new(());
        let _alone: MutexGuard<'_, ()> = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
        std::env::set_current_dir(self.folder.path()).unwrap();
        let explorer = Explorer::start_at(PROGRAM).unwrap();
        explorer.show_progress(false);
        let workspace = explorer.connect(name).unwrap();
        (explorer, workspace)
    }

    /// How many queries came.
    pub fn queries(&self) -> u64 {
        self.server.queries()
    }
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
