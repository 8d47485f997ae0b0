//! The crate against programs that are no engine, or an engine that misbehaves: shell scripts with recorded greetings.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use entity_explorer::protocol::{self, Side};
use entity_explorer::wire::{Value, write_frame};
use entity_explorer::{Error, Explorer};

/// A folder with a program `engine` in it, and the files that the program needs.
struct Fake(PathBuf);

impl Fake {
    /// An engine that runs this script after it has sent the hello.
    fn new(name: &str, script: &str) -> Self {
        Self::with_hello(name, &protocol::hello(Side::Engine), &format!("cat hello\n{script}"))
    }

    fn with_hello(name: &str, hello: &Value, script: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("entity-explorer-test-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut frame = Vec::new();
        write_frame(&mut frame, hello).unwrap();
        fs::write(folder.join("hello"), frame).unwrap();
        let engine = folder.join("engine");
        fs::write(&engine, format!("#!/bin/sh\ncd '{}' || exit\n{script}\n", folder.display())).unwrap();
        fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn start(&self) -> Result<Explorer, Error> {
        // On a busy machine a script that was just written may still be open in a child of another test.
        for _ in 0..50 {
            match Explorer::start_at(self.file("engine")) {
                Err(error) if error.message().contains("Text file busy") => {
                    std::thread::sleep(Duration::from_millis(20))
                }
                started => return started,
            }
        }
        panic!("the script stays busy");
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn appears(file: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !file.exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    file.exists()
}

#[test]
fn a_program_that_is_not_there() {
    let error = Explorer::start_at("/no/such/engine").unwrap_err();
    assert_eq!(error.code(), "engine_start");
    assert!(error.message().starts_with("/no/such/engine cannot be used: "), "{error}");
}

#[test]
fn an_older_engine_is_to_be_built_again() {
    let hello = Value::map()
        .with("hello", Value::str("engine"))
        .with("protocol", Value::Int(protocol::PROTOCOL - 1))
        .with("version", Value::str("0.0.9"));
    let error = Fake::with_hello("older", &hello, "cat hello; cat > rest").start().unwrap_err();
    assert!(error.message().contains("the engine (version 0.0.9, protocol 0) and the notebook's crate"), "{error}");
    assert!(error.help().unwrap().contains("cargo build --release"), "{error}");
}

#[test]
fn a_newer_engine_asks_for_a_new_kernel() {
    let hello = Value::map()
        .with("hello", Value::str("engine"))
        .with("protocol", Value::Int(protocol::PROTOCOL + 1))
        .with("version", Value::str("9.0.0"));
    let error = Fake::with_hello("newer", &hello, "cat hello; cat > rest").start().unwrap_err();
    assert!(error.help().unwrap().contains("restart the kernel"), "{error}");
}

#[test]
fn an_echo_is_no_engine() {
    let error = Fake::with_hello("echo", &Value::Null, "exec cat").start().unwrap_err();
    assert!(error.message().contains("did not greet as the engine"), "{error}");
}

#[test]
fn a_program_that_prints_text_is_no_engine() {
    let error =
        Fake::with_hello("text", &Value::Null, "echo 'Usage: something else [OPTIONS]'; sleep 60").start().unwrap_err();
    assert!(error.message().contains("not to be understood"), "{error}");
}

#[test]
fn a_program_that_ends_at_once_has_last_words() {
    let error = Fake::with_hello("ends", &Value::Null, "echo 'libfoo.so is missing' >&2; exit 7").start().unwrap_err();
    assert!(error.message().contains("ended with exit code 7"), "{error}");
    assert!(error.message().contains("libfoo.so is missing"), "{error}");
}

#[test]
fn a_killed_engine_ends_the_call_and_says_how_to_go_on() {
    let fake = Fake::new("killed", "head -c 1 > first; echo 'out of something' >&2; kill -9 $$");
    let explorer = fake.start().unwrap();
    let error = explorer.workspaces().unwrap_err();
    assert_eq!(error.code(), "engine_stopped");
    assert!(error.message().contains("signal 9 (killed"), "{error}");
    assert!(error.message().contains("out of something"), "{error}");
    assert!(error.help().unwrap().contains("explorer.restart()?"), "{error}");
    // Later calls do not wait for anything.
    assert_eq!(explorer.connect("Demo").unwrap_err(), error);
}

#[test]
fn nonsense_instead_of_a_reply_ends_the_conversation() {
    let fake = Fake::new("nonsense", "head -c 1 > first; printf '\\003\\000\\000\\000abc'; cat > rest");
    let explorer = fake.start().unwrap();
    let error = explorer.workspaces().unwrap_err();
    assert_eq!(error.code(), "engine_stopped");
    assert!(error.message().contains("unknown kind of value"), "{error}");
}

#[test]
fn dropping_the_explorer_ends_the_engine() {
    let fake = Fake::new("dropped", "cat > rest; touch ended");
    drop(fake.start().unwrap());
    assert!(appears(&fake.file("ended")));
}

#[test]
fn stopping_ends_an_engine_that_is_busy() {
    // It never looks at its input again.
    let fake = Fake::new("busy", "exec sleep 20");
    let explorer = std::sync::Arc::new(fake.start().unwrap());
    let waiting = std::sync::Arc::clone(&explorer);
    let call = std::thread::spawn(move || waiting.workspaces().map(|_| ()));
    std::thread::sleep(Duration::from_millis(100));
    // The script greets again, and then does not answer: only the stopping is looked at here.
    let restarting = std::thread::spawn(move || explorer.restart());
    let error = call.join().unwrap().unwrap_err();
    assert!(error.message().contains("stopped or restarted"), "{error}");
    drop(restarting);
}

#[test]
fn the_kernels_variables_do_not_reach_the_engine() {
    let fake = Fake::new("variables", "env > variables.part; mv variables.part variables; cat > rest");
    // Set for a child process of this test only: this one's own environment stays as it is.
    let test = std::env::current_exe().unwrap();
    let status = std::process::Command::new(test)
        .args(["--exact", "start_for_the_variables_test", "--ignored"])
        .env("FAKE_ENGINE", fake.file("engine"))
        .env("EVCXR_IS_RUNTIME", "1")
        .env("EVCXR_RUSTC_WRAPPER", "1")
        .env("RUSTC_WRAPPER", "something")
        .env("KEPT", "yes")
        .status()
        .unwrap();
    assert!(status.success());
    let variables = fs::read_to_string(fake.file("variables")).unwrap();
    assert!(variables.contains("KEPT=yes"), "{variables}");
    assert!(!variables.contains("EVCXR_") && !variables.contains("RUSTC"), "{variables}");
}

#[test]
#[ignore = "started by the_kernels_variables_do_not_reach_the_engine, with variables set"]
fn start_for_the_variables_test() {
    let engine = PathBuf::from(std::env::var_os("FAKE_ENGINE").unwrap());
    let explorer = Explorer::start_at(&engine).unwrap();
    assert!(appears(&engine.with_file_name("variables")));
    drop(explorer);
}
