//! The account notebook on the demo workspace, unattended, in the real kernel.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_entity-explorer");

fn notebook() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notebooks/Entity Explorer - Account.ipynb")
}

/// Runs a notebook from an empty folder, without what the environment may configure.
fn run(notebook: &Path, folder: &Path, parameters: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("notebook").arg(notebook).current_dir(folder);
    for parameter in parameters {
        command.args(["-p", parameter]);
    }
    for variable in ["ENTITY_EXPLORER_ENGINE", "ENTITY_EXPLORER_DEMO", "ENTITY_EXPLORER_WORKSPACES"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

fn read(folder: &Path, ending: &str) -> String {
    std::fs::read_to_string(folder.join(format!("output/Entity Explorer - Account.{ending}"))).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The HTML of the output of the cell with this id.
fn html_of(notebook: &str, id: &str) -> String {
    let notebook: serde_json::Value = serde_json::from_str(notebook).unwrap();
    let cells = notebook["cells"].as_array().unwrap();
    let cell = cells.iter().find(|cell| cell["id"] == id).unwrap_or_else(|| panic!("no cell {id}"));
    let outputs = cell["outputs"].as_array().unwrap();
    let lines = outputs.iter().find_map(|output| output["data"]["text/html"].as_array());
    let lines = lines.unwrap_or_else(|| panic!("cell {id} shows nothing: {outputs:?}"));
    lines.iter().map(|line| line.as_str().unwrap()).collect()
}

#[test]
fn the_story_of_the_demo_from_top_to_bottom() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&notebook(), folder.path(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (saved, page) = (read(folder.path(), "ipynb"), read(folder.path(), "html"));

    assert!(html_of(&saved, "workspaces").contains("Demo"));
    let found = html_of(&saved, "run");
    assert!(found.contains("alice@contoso.com") && found.contains("alice.thomas@contoso.com"), "{found}");
    assert!(found.contains("account.select(&quot;alice@contoso.com&quot;, AccountType::Office365)"), "{found}");
    let selected = html_of(&saved, "select");
    assert!(selected.contains("alice@contoso.com") && selected.contains("Related alerts"), "{selected}");
    assert!(html_of(&saved, "additional").contains("<svg"), "the timelines are drawn");
    assert!(html_of(&saved, "alerts").contains("<details"));
    for table in ["azure_activity", "ip_summary", "related_alerts"] {
        assert!(html_of(&saved, "properties").contains(table), "{table}");
    }
    assert!(html_of(&saved, "pivot-kql").contains("CountryCode"));
    assert!(html_of(&saved, "pivot-queries").contains("Azure.list_aad_signins_for_account"));

    assert!(page.contains("All 26 code cells ran to their end"));
    assert!(page.contains("script-src 'sha256-"));
    // Nothing above 2 MB goes into a notebook's output, and a page is for reading.
    assert!(page.len() < 8_000_000, "{}", page.len());
}

#[test]
fn a_copy_elsewhere_with_an_account_that_is_not_there_ends_with_a_clear_word() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("Entity Explorer - Account.ipynb");
    std::fs::copy(notebook(), &copy).unwrap();
    let hostile = "nobody\" | union *; <script>alert(1)</script>";
    let output = run(&copy, folder.path(), &[&format!("account_name={hostile}")]);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("`let account = account.select_newest()?;`"), "{err}");
    assert!(err.contains("no account matches"), "{err}");
    let page = read(folder.path(), "html");
    assert!(page.contains("No match"), "the search itself ran, and says that nothing matched");
    assert!(!page.contains("<script>alert(1)"), "a parameter is text");
}
