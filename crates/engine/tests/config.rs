//! The configuration, from the shell and in a notebook.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::ENGINE;
use entity_explorer::Explorer;

const CONFIG: &str = "AzureSentinel:
  Workspaces:
    Soc:
      WorkspaceId: 11111111-1111-4000-8000-000000000001
      TenantId: 22222222-2222-4000-8000-000000000001
      Args: {ClientId: app, ClientSecret: s3cret-app}
TIProviders:
  OTX:
    Args: {AuthKey: s3cret-otx}
    Primary: true
  VirusTotal:
    Args: {AuthKey: {EnvironmentVar: VT_KEY}}
KeyVault: {VaultName: soc-vault, TenantId: 22222222-2222-4000-8000-000000000001}
OtherProviders:
  GeoIPLite:
    Args: {AuthKey: {KeyVault: geo}}
QueryDefinitions:
  Custom: [queries]
DataProviders:
  LocalData:
    Workspaces:
      Case: {path: data}
";

const TEMPLATES: &str = "metadata: {data_environments: [MSSentinel], data_families: [Team]}
sources:
  by_user:
    description: Rows of a user
    args:
      query: |
        {table}
        | where User == \"{user}\"
        | where Event in ({events})
        | project User, Event
    parameters:
      table: {type: str, default: Rows}
      user: {type: str}
      events: {type: list, default: [1, 2]}
";

/// A folder with a configuration, a query file and a table.
fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("msticpyconfig.yaml", config);
    write("queries/team.yaml", TEMPLATES);
    write("data/Rows.csv", "User,Event\nalice,1\nalice,3\nbob,2\n");
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(ENGINE)
        .args(args)
        .current_dir(folder)
        .env_remove("ENTITY_EXPLORER_WORKSPACES")
        .env_remove("MSTICPYCONFIG")
        .env("HOME", folder)
        .env("VT_KEY", "s3cret-vt")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Exit code and output, the folder's name left out. Nothing secret is in it.
fn said(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = run(folder, args);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("s3cret"), "{text}");
    let folder = fs::canonicalize(folder).unwrap();
    (output.status.code().unwrap(), text.replace(&folder.display().to_string(), "DIR"))
}

#[test]
fn a_configuration_that_is_right_is_counted() {
    let folder = folder(CONFIG);
    let (code, text) = said(folder.path(), &["config", "check"]);
    insta::assert_snapshot!(text, @"");
    assert_eq!(code, 0);
}

#[test]
fn each_mistake_is_explained_and_the_exit_code_says_so() {
    let config = CONFIG
        .replace("11111111-1111-4000-8000-000000000001", "my-workspace")
        .replace("VT_KEY", "VT_KEY_2")
        .replace("Primary", "Primery")
        .replace("path: data", "path: gone");
    let folder = folder(&config);
    fs::write(folder.path().join("queries/broken.kql"), "Rows\n| tkae 1").unwrap();
    let (code, text) = said(folder.path(), &["config", "check"]);
    insta::assert_snapshot!(text, @"");
    assert_eq!(code, 1);
    // Warnings alone are no failure.
    let folder = self::folder("TIProviderz:\n");
    assert_eq!(said(folder.path(), &["config", "check"]).0, 0);
}

#[test]
fn a_file_can_be_named_and_one_that_is_not_there_is_said() {
    let folder = folder("a: [");
    let (code, text) = said(folder.path(), &["config", "check", "--file", "msticpyconfig.yaml"]);
    assert_eq!(code, 1);
    assert!(text.contains("msticpyconfig.yaml:1:4: error: "), "{text}");
    let (code, text) = said(folder.path(), &["config", "check", "--file", "gone.yaml"]);
    assert_eq!((code, text.as_str()), (1, "error: there is no file gone.yaml\n"));
    let empty = tempfile::tempdir().unwrap();
    let (code, text) = said(empty.path(), &["config", "check"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("There is no configuration: no msticpyconfig.yaml in DIR"), "{text}");
}

#[test]
fn secrets_are_shown_as_stars() {
    let folder = folder(CONFIG);
    let (code, text) = said(folder.path(), &["config", "show"]);
    insta::assert_snapshot!(text, @"");
    assert_eq!(code, 0);
}

#[test]
fn queries_of_the_folders_are_in_the_library() {
    let folder = folder(CONFIG);
    let (_, text) = said(folder.path(), &["queries", "by_user"]);
    assert_eq!(text, "Team.by_user(user: string, events: dynamic)\n    Rows of a user Here table is Rows.\n");
}

/// An engine that has this folder's configuration.
fn explorer(folder: &Path) -> Explorer {
    let script = folder.join("engine");
    let config = folder.join("msticpyconfig.yaml");
    fs::write(&script, format!("#!/bin/sh\nMSTICPYCONFIG='{}' exec '{ENGINE}' \"$@\"\n", config.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let explorer = Explorer::start_at(&script).unwrap();
    explorer.show_progress(false);
    explorer
}

#[test]
fn a_template_runs_and_a_value_stays_a_value() {
    let folder = folder(CONFIG);
    let explorer = explorer(folder.path());
    let workspace = explorer.connect(folder.path().join("data").to_str().unwrap()).unwrap();
    let rows = |user: &str| workspace.query("Team.by_user").param("user", user).run().unwrap().height();
    assert_eq!(rows("alice"), 1);
    assert_eq!(rows("bob"), 1);
    // What would have been pasted by msticpy finds nobody.
    assert_eq!(rows("x\" or true //"), 0);
    assert_eq!(rows("alice\\"), 0);
    let events = workspace.query("Team.by_user").param("user", "alice").param("events", "[3]").run().unwrap();
    assert_eq!(events.height(), 1);
}

#[test]
fn a_connection_string_that_is_none_says_what_to_write() {
    let folder = folder(CONFIG);
    let explorer = explorer(folder.path());
    let error = explorer.connect_str("Soc").unwrap_err();
    assert!(error.to_string().contains("this is no connection string"), "{error}");
    assert!(error.to_string().contains("loganalytics://code()"), "{error}");
}
