//! Which file is the configuration.

use std::fs;
use std::path::Path;

use super::super::{Config, Severity};
use super::surroundings;

const WORKSPACE: &str = "{WorkspaceId: 11111111-1111-4000-8000-000000000001, TenantId: contoso.com}";

fn write(path: &Path, name: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("AzureSentinel: {{Workspaces: {{{name}: {WORKSPACE}}}}}\n")).unwrap();
}

fn name(config: &Config) -> Option<&str> {
    config.settings.workspaces.first().map(|w| w.name.as_str())
}

#[test]
fn the_variable_then_the_folder_and_its_parents_then_the_home_folder() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    let around = |variables: &[(&str, &str)]| {
        let mut around = surroundings(folder.path(), variables);
        around.folder = deep.clone();
        around
    };
    write(&folder.path().join("home/.msticpy/msticpyconfig.yaml"), "Home");
    assert_eq!(name(&Config::of(around(&[]))), Some("Home"));
    write(&folder.path().join("msticpyconfig.yaml"), "Top");
    assert_eq!(name(&Config::of(around(&[]))), Some("Top"));
    write(&deep.join("msticpyconfig.yaml"), "Deep");
    assert_eq!(name(&Config::of(around(&[]))), Some("Deep"));
    write(&folder.path().join("elsewhere/my.yaml"), "Named");
    let named = folder.path().join("elsewhere/my.yaml").display().to_string();
    assert_eq!(name(&Config::of(around(&[("MSTICPYCONFIG", &named)]))), Some("Named"));
    assert_eq!(name(&Config::of(around(&[("MSTICPYCONFIG", "../../elsewhere/my.yaml")]))), Some("Named"));
    // Set and blank is not set.
    assert_eq!(name(&Config::of(around(&[("MSTICPYCONFIG", " ")]))), Some("Deep"));
}

#[test]
fn a_variable_that_names_no_file_is_an_error_and_nothing_else_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("msticpyconfig.yaml"), "Here");
    let config = Config::of(surroundings(folder.path(), &[("MSTICPYCONFIG", "gone.yaml")]));
    assert_eq!(name(&config), None);
    let said = config.problems[0].to_string();
    assert!(said.starts_with("MSTICPYCONFIG: error: ") && said.contains("gone.yaml does not exist"), "{said}");
}

#[test]
fn azure_mls_file_gives_the_workspace_where_there_is_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a");
    fs::create_dir_all(deep.join("below")).unwrap();
    let json = |id: &str| {
        format!(
            "{{\"tenant_id\": \"22222222-2222-4000-8000-000000000001\", \"subscription_id\": \"33333333-3333-4000-8000-000000000001\",\n \"resource_group\": \"soc\", \"workspace_id\": \"{id}\", \"workspace_name\": \"Ml\"}}"
        )
    };
    // Some other program's file is passed over, and one in a folder below is not looked at.
    fs::write(deep.join("config.json"), "{\"editor\": {\"tabs\": 4}}").unwrap();
    fs::write(deep.join("below/config.json"), json("11111111-1111-4000-8000-000000000007")).unwrap();
    fs::write(folder.path().join("config.json"), json("11111111-1111-4000-8000-000000000008")).unwrap();
    let mut around = surroundings(folder.path(), &[]);
    around.folder = deep.clone();
    let config = Config::of(around.clone());
    assert!(config.problems.is_empty(), "{:?}", config.problems);
    let workspace = &config.settings.workspaces[0];
    assert_eq!(
        (workspace.name.as_str(), workspace.workspace_id.as_str()),
        ("Ml", "11111111-1111-4000-8000-000000000008")
    );
    assert!(workspace.resource_id().is_some());
    assert_eq!(workspace.from.file, folder.path().join("config.json"));
    // msticpy's file comes first.
    write(&folder.path().join("msticpyconfig.yaml"), "Yaml");
    assert_eq!(name(&Config::of(around.clone())), Some("Yaml"));
    // One that names no workspace leaves that to Azure ML's file.
    fs::write(folder.path().join("msticpyconfig.yaml"), "TIProviders:\n").unwrap();
    assert_eq!(name(&Config::of(around.clone())), Some("Ml"));
    // A wrong id is said.
    fs::write(folder.path().join("config.json"), json("nonsense")).unwrap();
    let config = Config::of(around.clone());
    assert_eq!(config.problems[0].at.line, 2);
    assert!(config.problems[0].message.contains("is no GUID"), "{:?}", config.problems);
    // What is no JSON may be some other program's: a warning.
    fs::write(deep.join("config.json"), "{ oops").unwrap();
    assert_eq!(Config::of(around).problems[0].severity, Severity::Warning);
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("msticpyconfig.yaml");
    fs::write(&path, b"a: 1\nb: \xff\n").unwrap();
    let config = Config::of(surroundings(folder.path(), &[]));
    assert_eq!((config.problems[0].at.line, config.problems[0].message.as_str()), (2, "the file is not UTF-8 text"));
    fs::write(&path, vec![b'#'; 5 << 20]).unwrap();
    let config = Config::of(surroundings(folder.path(), &[]));
    assert!(config.problems[0].message.contains("bytes: a configuration has at most"), "{:?}", config.problems);
}
