//! `entity-explorer notebook` and `entity-explorer kernel`, as they are used in a shell.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_entity-explorer");

fn small_notebook(folder: &Path, last: &str) -> std::path::PathBuf {
    let notebook = serde_json::json!({
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"display_name": "Rust", "language": "rust", "name": "rust"}},
        "cells": [
            {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A small <notebook>\n\n## Part one"},
            {"cell_type": "code", "id": "b", "metadata": {"tags": ["parameters"]}, "execution_count": null, "outputs": [],
             "source": "let who = \"nobody\";\nlet days = 2;"},
            {"cell_type": "code", "id": "c", "metadata": {}, "execution_count": null, "outputs": [],
             "source": "println!(\"{who} for {days} days\");"},
            {"cell_type": "code", "id": "d", "metadata": {}, "execution_count": null, "outputs": [], "source": last},
        ]
    });
    let file = folder.join("small.ipynb");
    std::fs::write(&file, notebook.to_string()).unwrap();
    file
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_notebook_is_run_with_parameters_and_written_twice() {
    let folder = tempfile::tempdir().unwrap();
    small_notebook(folder.path(), "who.len()");
    let output = run(folder.path(), &["notebook", "small.ipynb", "-p", "who=<b>\"x\"</b>", "-p", "days=14"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert_eq!(out, "output/small.ipynb\noutput/small.html\n");
    assert!(err.contains("[ 3/4] ok") && err.contains("Part one: println!"), "{err}");
    assert!(err.contains("4 of 4 code cells"), "{err}");
    let page = std::fs::read_to_string(folder.path().join("output/small.html")).unwrap();
    assert!(page.contains("&lt;b&gt;&quot;x&quot;&lt;/b&gt; for 14 days"), "{page}");
    assert!(page.contains("All 4 code cells ran to their end"));
    let saved = std::fs::read_to_string(folder.path().join("output/small.ipynb")).unwrap();
    let saved: serde_json::Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved["nbformat_minor"], 5);
    assert_eq!(saved["cells"][2]["metadata"]["tags"][0], "injected-parameters");
    assert_eq!(saved["cells"][3]["outputs"][0]["text"][0], "<b>\"x\"</b> for 14 days\n");
    assert_eq!(saved["cells"][4]["execution_count"], 4);
}

#[test]
fn a_failing_cell_is_named_and_what_ran_before_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    small_notebook(folder.path(), "\"x\".parse::<i32>()?;");
    let output = run(folder.path(), &["notebook", "small.ipynb", "--output", "results"]);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(
        err.contains("error: cell 3 (`\"x\".parse::<i32>()?;`) ended with an error: invalid digit found in string"),
        "{err}"
    );
    let page = std::fs::read_to_string(folder.path().join("results/small.html")).unwrap();
    assert!(page.contains("nobody for 2 days") && page.contains("code cell 3 of 3"), "{page}");
    assert!(folder.path().join("results/small.ipynb").is_file());
}

#[test]
fn mistakes_are_told_before_anything_is_run() {
    let folder = tempfile::tempdir().unwrap();
    small_notebook(folder.path(), "1");
    let fails = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
        assert!(!output.status.success(), "{arguments:?}");
        text(&output.stderr)
    };
    let unknown = fails(&["notebook", "small.ipynb", "-p", "whom=x"]);
    assert!(unknown.contains("no parameter `whom`") && unknown.contains("who = \"nobody\", days = 2"), "{unknown}");
    assert!(fails(&["notebook", "small.ipynb", "-p", "days=many"]).contains("a whole number"));
    assert!(fails(&["notebook", "other.ipynb"]).contains("cannot read other.ipynb"));
    assert!(fails(&["notebook", "small.ipynb", "--timeout", "0"]).contains("above 0"));
    assert!(fails(&["notebook", "small.ipynb", "--output", "."]).contains("overwrite the notebook itself"));
    assert!(fails(&["notebook", "small.ipynb", "--kernel", "cobol"]).contains("no Jupyter kernel is called `cobol`"));
    std::fs::write(folder.path().join("file"), "").unwrap();
    let place = fails(&["notebook", "small.ipynb", "--output", "file/results"]);
    assert!(place.contains("cannot write results to the folder file/results") && place.contains("--output"), "{place}");
    std::fs::write(folder.path().join("text.ipynb"), "hello").unwrap();
    assert!(fails(&["notebook", "text.ipynb"]).contains("text.ipynb is not a notebook"));
}

#[test]
fn the_kernel_is_installed_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let kernel = |arguments: &[&str]| {
        Command::new(PROGRAM)
            .arg("kernel")
            .args(arguments)
            .env("JUPYTER_DATA_DIR", &data)
            .env_remove("JUPYTER_PATH")
            .output()
            .unwrap()
    };
    let installed = kernel(&["install"]);
    assert!(installed.status.success(), "{}", text(&installed.stderr));
    let spec = std::fs::read_to_string(data.join("kernels/entity-explorer/kernel.json")).unwrap();
    let spec: serde_json::Value = serde_json::from_str(&spec).unwrap();
    assert_eq!(spec["display_name"], "Rust (Entity Explorer)");
    assert_eq!(spec["language"], "rust");
    assert_eq!(spec["argv"][1], "--control_file");
    assert_eq!(spec["env"]["ENTITY_EXPLORER_ENGINE"], spec["argv"][0]);
    assert!(text(&kernel(&["list"]).stdout).contains("entity-explorer  Rust (Entity Explorer)"));
    assert!(kernel(&["uninstall"]).status.success());
    let again = kernel(&["uninstall"]);
    assert!(!again.status.success() && text(&again.stderr).contains("there is no kernel `entity-explorer`"));
    assert!(!kernel(&["install", "--name", "../x"]).status.success());
    let prefix = folder.path().join("venv");
    assert!(kernel(&["install", "--name", "mine", "--prefix", prefix.to_str().unwrap()]).status.success());
    assert!(prefix.join("share/jupyter/kernels/mine/kernel.json").is_file());
}
