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
    Args: {AccountID: '123456', AuthKey: {KeyVault: geo}}
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
    insta::assert_snapshot!(text, @r"
    Configuration: DIR/msticpyconfig.yaml
    1 Sentinel workspace, 0 Kusto clusters, 1 local workspace, 3 providers, 1 query of your own
    0 errors, 0 warnings
    ");
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
    insta::assert_snapshot!(text, @r"
    Configuration: DIR/msticpyconfig.yaml
    DIR/msticpyconfig.yaml:4:20: error: AzureSentinel.Workspaces.Soc.WorkspaceId is no GUID: my-workspace
      fix: a GUID looks like 8ecf8077-cf51-4820-aadd-14040956f35d; the portal shows it on the overview page
    DIR/msticpyconfig.yaml:10:5: warning: unknown key Primery in TIProviders.OTX
      fix: did you mean `Primary`?
    DIR/msticpyconfig.yaml:12:38: warning: the environment variable VT_KEY_2 of TIProviders.VirusTotal.Args.AuthKey is not set
      fix: set it before the notebook or program is started: export VT_KEY_2=…
    DIR/msticpyconfig.yaml:22:20: error: the folder of the workspace Case does not exist: DIR/gone
      fix: a relative path starts at the folder of this file
    DIR/queries/broken.kql:2:3: error: there is no operator `tkae`
      fix: did you mean `take`?
    0 Sentinel workspaces, 0 Kusto clusters, 0 local workspaces, 3 providers, 1 query of your own
    3 errors, 2 warnings
    ");
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
    insta::assert_snapshot!(text, @r"
    Configuration: DIR/msticpyconfig.yaml

    Cloud global: https://api.loganalytics.io/
    Sign-in by whatever is there

    Sentinel workspaces
      Soc: 11111111-1111-4000-8000-000000000001, tenant 22222222-2222-4000-8000-000000000001, client secret *** (DIR/msticpyconfig.yaml:3:5)

    Local workspaces
      Case: DIR/data (DIR/msticpyconfig.yaml:22:20)

    Threat intelligence
      OTX, primary: AuthKey *** (DIR/msticpyconfig.yaml:8:3)
      VirusTotal: AuthKey from the variable VT_KEY (set) (DIR/msticpyconfig.yaml:11:3)

    Other providers
      GeoIPLite: AccountID ***, AuthKey from the key vault soc-vault: geo (DIR/msticpyconfig.yaml:15:3)

    Folders of queries
      DIR/queries (DIR/msticpyconfig.yaml:18:12)

    Key vault: soc-vault
    ");
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
    let rows = |user: &str| workspace.query("Team.by_user").param("user", user).run().unwrap().len();
    assert_eq!(rows("alice"), 1);
    assert_eq!(rows("bob"), 1);
    // What would have been pasted by msticpy finds nobody.
    assert_eq!(rows("x\" or true //"), 0);
    assert_eq!(rows("alice\\"), 0);
    let events = workspace.query("Team.by_user").param("user", "alice").param("events", "[3]").run().unwrap();
    assert_eq!(events.len(), 1);
}

#[test]
fn a_connection_string_that_is_none_says_what_to_write() {
    let folder = folder(CONFIG);
    let explorer = explorer(folder.path());
    let error = explorer.connect_str("Soc").unwrap_err();
    assert!(error.to_string().contains("this is no connection string"), "{error}");
    assert!(error.to_string().contains("loganalytics://code()"), "{error}");
}
