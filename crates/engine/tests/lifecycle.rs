//! How the engine starts, ends, and is told apart from others.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use common::{ENGINE, HOSTILE, eventually, explorer, long_query, runs, workspace};
use entity_explorer::prelude::*;
use entity_explorer::protocol::{self, Side};
use entity_explorer::wire::{MAX_FRAME, Value, read_frame, write_frame};

/// The engine without the crate in front of it.
fn bare() -> Child {
    Command::new(ENGINE)
        .arg("serve-stdio")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn last_words(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_engine_says_what_it_is() {
    let explorer = explorer();
    let status = explorer.status().unwrap();
    assert!(status.as_text().contains(&explorer.engine_process_id().to_string()), "{status}");
    assert!(status.as_text().contains(ENGINE), "{status}");
    assert!(format!("{explorer:?}").contains(ENGINE));
}

#[test]
fn an_unknown_workspace_is_an_error_with_the_known_ones() {
    let explorer = explorer();
    let error = explorer.connect("Dmo").unwrap_err();
    assert_eq!(error.code(), "not_found");
    assert!(error.help().unwrap().contains("Demo"), "{error}");
    let error = explorer.connect(HOSTILE).unwrap_err();
    assert!(!error.to_string().contains("EVCXR_"), "{error}");
    assert!(explorer.connect("").is_err());
}

#[test]
fn dropped_results_are_freed() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let results = |explorer: &Explorer| explorer.status().unwrap().as_text().to_owned();
    let table = workspace.kql("Events").unwrap();
    let (clone, head) = (table.clone(), table.head(1).unwrap());
    assert!(results(&explorer).contains("3 (2 tables)"), "{}", results(&explorer));
    drop(table);
    assert!(results(&explorer).contains("3 (2 tables)"), "{}", results(&explorer));
    drop((clone, head));
    assert!(results(&explorer).contains("1 (0 tables)"), "{}", results(&explorer));
}

#[test]
fn the_end_of_input_ends_the_engine_while_a_query_runs() {
    let mut engine = bare();
    let (mut stdin, mut stdout) = (engine.stdin.take().unwrap(), engine.stdout.take().unwrap());
    write_frame(&mut stdin, &protocol::hello(Side::Client)).unwrap();
    let hello = read_frame(&mut stdout, protocol::MAX_HELLO).unwrap().unwrap();
    protocol::check_hello(&hello, Side::Engine).unwrap();
    let (folder, _opened) = workspace(&explorer());
    let request = |id: i64, method: &str, params: Value| {
        Value::map().with("id", Value::Int(id)).with("method", Value::str(method)).with("params", params)
    };
    let name = Value::map().with("name", Value::str(folder.path().to_str().unwrap()));
    write_frame(&mut stdin, &request(1, "explorer.connect", name)).unwrap();
    let handle = loop {
        let frame = read_frame(&mut stdout, MAX_FRAME).unwrap().unwrap();
        if let Some(reply) = frame.get("ok") {
            break reply.get("handle").cloned().unwrap();
        }
        assert!(frame.get("progress").is_some(), "{frame:?}");
    };
    let query = Value::map().with("handle", handle.clone()).with("text", Value::str(&long_query()));
    write_frame(&mut stdin, &request(2, "workspace.kql", query)).unwrap();
    // Other requests are answered meanwhile, so the query has been read.
    write_frame(&mut stdin, &request(3, "explorer.info", Value::map())).unwrap();
    let frame = read_frame(&mut stdout, MAX_FRAME).unwrap().unwrap();
    assert_eq!(frame.get("id"), Some(&Value::Int(3)), "the long query was not long");
    assert!(engine.try_wait().unwrap().is_none());
    drop(stdin);
    assert!(eventually(|| engine.try_wait().unwrap().is_some()), "the engine goes on without its notebook");
    assert!(engine.wait().unwrap().success());
}

#[test]
fn dropping_everything_ends_the_engine() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let process = explorer.engine_process_id();
    drop(explorer);
    // A table still needs it.
    assert_eq!(workspace.kql("Events | count").unwrap().len(), 1);
    assert!(runs(process));
    drop(workspace);
    assert!(eventually(|| !runs(process)));
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_the_query_and_nothing_else() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Events").unwrap();
    let interrupt = || {
        let process = explorer.engine_process_id().to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
    };
    // With nothing to stop, nothing is stopped.
    interrupt();
    assert_eq!(table.head(1).unwrap().len(), 1);
    for _ in 0..2 {
        let waiting = workspace.clone();
        let call = std::thread::spawn(move || waiting.kql(&long_query()));
        std::thread::sleep(std::time::Duration::from_millis(300));
        interrupt();
        let error = call.join().unwrap().unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            ("interrupted", "the cell was interrupted, and its query was stopped")
        );
        assert_eq!(table.kql("count").unwrap().len(), 1);
    }
}

#[test]
fn a_killed_engine_is_an_error_that_says_how_to_go_on() {
    let explorer = explorer();
    let (folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Events").unwrap();
    let process = explorer.engine_process_id();
    let waiting = workspace.clone();
    let call = std::thread::spawn(move || waiting.kql(&long_query()));
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
    let error = call.join().unwrap().unwrap_err();
    assert_eq!(error.code(), "engine_stopped");
    assert!(error.message().contains("signal 9"), "{error}");
    assert!(error.help().unwrap().contains("explorer.restart()?"), "{error}");
    assert_eq!(table.head(1).unwrap_err().code(), "engine_stopped");
    explorer.restart().unwrap();
    assert_ne!(explorer.engine_process_id(), process);
    // What the old engine had is gone, and dropping it does no harm.
    assert_eq!(workspace.tables().unwrap_err().code(), "engine_stopped");
    drop((table, workspace));
    let again = explorer.connect(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(again.kql("Events").unwrap().len(), 100);
}

#[test]
fn restarting_ends_a_call_that_runs() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let process = explorer.engine_process_id();
    let waiting = workspace.clone();
    let call = std::thread::spawn(move || waiting.kql(&long_query()));
    std::thread::sleep(std::time::Duration::from_millis(200));
    explorer.restart().unwrap();
    let error = call.join().unwrap().unwrap_err();
    assert!(error.message().contains("stopped or restarted"), "{error}");
    assert!(eventually(|| !runs(process)));
}

#[test]
fn an_older_notebook_is_told_what_to_renew() {
    let mut engine = bare();
    let hello = Value::map()
        .with("hello", Value::str("client"))
        .with("protocol", Value::Int(protocol::PROTOCOL - 1))
        .with("version", Value::str("0.0.1"));
    write_frame(engine.stdin.as_mut().unwrap(), &hello).unwrap();
    assert!(!engine.wait().unwrap().success());
    let words = last_words(&mut engine);
    assert!(words.contains("version 0.0.1, protocol 0"), "{words}");
}

#[test]
fn nonsense_ends_the_engine_with_a_message() {
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], &[1, 0, 0, 0, 0]] {
        let mut engine = bare();
        engine.stdin.take().unwrap().write_all(nonsense).unwrap();
        assert!(!engine.wait().unwrap().success(), "{nonsense:?}");
        assert!(last_words(&mut engine).contains("error: "), "{nonsense:?}");
    }
}

#[test]
fn input_that_ends_at_once_is_no_error() {
    let mut engine = bare();
    drop(engine.stdin.take());
    assert!(engine.wait().unwrap().success());
    assert_eq!(last_words(&mut engine), "");
}

#[test]
fn unknown_requests_and_wrong_parameters_are_errors() {
    let mut engine = bare();
    let (mut stdin, mut stdout) = (engine.stdin.take().unwrap(), engine.stdout.take().unwrap());
    write_frame(&mut stdin, &protocol::hello(Side::Client)).unwrap();
    read_frame(&mut stdout, MAX_FRAME).unwrap().unwrap();
    let requests = [
        ("explorer.conect", Value::map()),
        ("explorer.connect", Value::Null),
        ("table.head", Value::map().with("handle", Value::Int(77))),
        ("table.head", Value::map().with("handle", Value::str("x"))),
    ];
    for (id, (method, params)) in (1..).zip(requests) {
        let request = Value::map().with("id", Value::Int(id)).with("method", Value::str(method)).with("params", params);
        write_frame(&mut stdin, &request).unwrap();
        let reply = read_frame(&mut stdout, MAX_FRAME).unwrap().unwrap();
        assert_eq!(reply.get("id"), Some(&Value::Int(id)));
        assert!(reply.get("error").is_some_and(|error| error.get("message").is_some()), "{reply:?}");
    }
    drop(stdin);
    engine.wait().unwrap();
}

#[test]
fn calls_from_several_threads_run_side_by_side() {
    let explorer = explorer();
    let (_folder, workspace) = workspace(&explorer);
    let threads: Vec<_> = (0..8)
        .map(|i: usize| {
            let workspace = workspace.clone();
            std::thread::spawn(move || workspace.kql(&format!("Events | take {i}")).unwrap().len())
        })
        .collect();
    let lengths: Vec<usize> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(lengths, (0..8).collect::<Vec<_>>());
}

#[test]
fn what_a_cell_prints_is_one_block_that_log_data_cannot_leave() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cell_for_the_printing_test", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let kernel_words: Vec<&str> = printed.lines().filter(|line| line.contains("EVCXR_")).collect();
    let block = |mime| [format!("EVCXR_BEGIN_CONTENT {mime}"), "EVCXR_END_CONTENT".to_owned()];
    let expected: Vec<String> = [block("text/html"), block("text/plain")].concat();
    // One display, and one of two displays together.
    assert_eq!(kernel_words, [expected.clone(), expected].concat());
    assert!(!printed.contains('\u{1b}') && !printed.contains('\0'), "control characters are sent on");
}

#[test]
#[ignore = "started by what_a_cell_prints_is_one_block_that_log_data_cannot_leave"]
fn cell_for_the_printing_test() {
    let explorer = Explorer::start_at(ENGINE).unwrap();
    let (_folder, workspace) = workspace(&explorer);
    let table = workspace.kql("Hostile").unwrap();
    table.evcxr_display();
    explorer.show(&[&table, &workspace]).unwrap();
    explorer.connect(HOSTILE).evcxr_display();
}
