//! Runs `az` and `azd`. They end with the wait for them, and cannot ask anything of a terminal that nobody looks at.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Output, Stdio};

use azure_identity::Executor;

/// Runs commands; with another `PATH` than this process has, if one is given.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pub path: Option<OsString>,
}

#[async_trait::async_trait]
impl Executor for Commands {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = tokio::process::Command::new(program);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command.output().await
    }
}
