//! A workspace that is served over HTTP: what a notebook gets from it is what it gets from the folder itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod served;

use std::path::Path;
use std::process::Command;

use entity_explorer::Workspace;
use served::{ID, PROGRAM, Served, text};

/// The lines that do not name the workspace, without how long queries took.
fn without_names(text: &str) -> String {
    let lines = text.lines().filter(|line| !["Demo", "Served", "Cluster"].iter().any(|name| line.contains(name)));
    let untimed = lines.map(|line| match (line.find(" in "), line.find(" s (")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 2..]),
        _ => line.to_owned(),
    });
    untimed.collect::<Vec<_>>().join("\n")
}

/// A table as text, whichever workspace it came from.
fn shown(workspace: &Workspace, query: &str) -> String {
    workspace.kql(query).unwrap_or_else(|error| panic!("{query}: {error}")).to_text().unwrap()
}

#[test]
fn an_account_summary_is_the_same_from_the_service_and_from_the_folder() {
    let served = Served::new();
    let local = served.account("Demo", &[]);
    assert!(local.lines().count() > 40, "{local}");
    for name in ["Served", "Cluster"] {
        let remote = served.account(name, &[]);
        assert_eq!(without_names(&remote), without_names(&local), "{name}");
    }
    assert!(served.queries() > 20);
}

#[test]
fn a_recorded_summary_is_replayed_without_the_service() {
    let served = Served::new();
    let first = served.account("Served", &["--record", "case"]);
    let asked = served.queries();
    let again = served.account("replay:case", &[]);
    assert_eq!(without_names(&again), without_names(&first));
    assert_eq!(served.queries(), asked);
    let other = served.run(&["account", "bob", "-w", "replay:case"]);
    assert!(!other.status.success());
    assert!(text(&other.stderr).contains("this query was recorded with other values in"), "{}", text(&other.stderr));
}

#[test]
fn tables_rows_and_types_are_those_of_the_folder() {
    let served = Served::new();
    let (_local_engine, local) = served.connect("Demo");
    for name in ["Served", "Cluster"] {
        let (_engine, remote) = served.connect(name);
        for query in [
            "SigninLogs | take 0 | getschema",
            "SigninLogs | sort by TimeGenerated asc, CorrelationId asc | take 50",
            "SecurityAlert | sort by TimeGenerated asc, SystemAlertId asc",
            "print a = dynamic({\"k\": [1, 2.5, null, \"x\"]}), b = timespan(1.02:03:04.5), c = decimal(1.25), d = guid(null), e = real(nan), f = \"a\\\"b\"",
            "union withsource=Source SigninLogs, OfficeActivity | summarize count() by Source, Type | sort by Source asc",
            "print now() > datetime(2000-01-01)",
        ] {
            assert_eq!(shown(&remote, query), shown(&local, query), "{name}: {query}");
        }
    }
    let (_engine, remote) = served.connect("Served");
    let names = |workspace: &Workspace| workspace.tables().unwrap().select(&["Table"]).unwrap().to_text().unwrap();
    assert_eq!(names(&remote), names(&local));
}

#[test]
fn a_standard_table_that_is_not_there_is_empty_and_another_name_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let one = "SigninLogs.parquet";
    std::fs::copy(local::demo_path().unwrap().join(one), folder.path().join(one)).unwrap();
    let served = Served::of(folder.path());
    let (_engine, workspace) = served.connect("Served");
    let table = workspace.kql("Heartbeat | where Computer has 'x' | summarize n = count()").unwrap();
    assert_eq!(table.notes(), ["the workspace Served has no table Heartbeat: it is taken as empty"]);
    assert_eq!(table.rows().unwrap()[0].get("n").unwrap().to_string(), "0");
    let error = workspace.kql("SigninLog | count").unwrap_err().to_string();
    assert!(
        error.contains("has no table or column SigninLog") && error.contains("did you mean `SigninLogs`?"),
        "{error}"
    );
}

#[test]
fn faults_of_the_service_do_not_change_the_answer() {
    let served = Served::new();
    let (_local_engine, local) = served.connect("Demo");
    let query = "SigninLogs | where TimeGenerated > ago(2d) | project TimeGenerated, CorrelationId, UserPrincipalName | sort by TimeGenerated asc, CorrelationId asc";
    let expected = shown(&local, query);
    for faults in [
        &["throttled=1,times=1,match=SigninLogs"][..],
        &["unavailable=1,times=1,match=SigninLogs"],
        &["cut=5000,times=2,match=SigninLogs"],
        &["slow=2000/1ms"],
        &["oversized=1000"],
        &["expired,times=1,match=SigninLogs"],
        &["malformed,times=1,match=SigninLogs"],
    ] {
        let (_engine, remote) = served.connect("Served");
        remote.tables().unwrap();
        served.faults(faults);
        let table = remote.kql(query).unwrap_or_else(|error| panic!("{faults:?}: {error}"));
        assert_eq!(table.to_text().unwrap(), expected, "{faults:?}");
        assert!(table.notes().is_empty(), "{faults:?}: {:?}", table.notes());
        served.faults(&[]);
    }
}

#[test]
fn what_stays_partial_is_said_on_the_result() {
    let served = Served::new();
    let (_engine, workspace) = served.connect("Served");
    served.faults(&["oversized=10"]);
    let table = workspace.kql("SigninLogs | distinct CorrelationId").unwrap();
    assert_eq!(table.len(), 10);
    let [note] = table.notes() else { panic!("{:?}", table.notes()) };
    assert!(
        note.starts_with("not all rows are here: ") && note.contains("cannot be split by time: it has distinct"),
        "{note}"
    );
}

#[test]
fn a_service_that_fails_is_named_and_what_to_do() {
    let served = Served::new();
    let (_engine, workspace) = served.connect("Served");
    for (fault, says) in [
        ("content-type=text/html", "answers with text/html"),
        ("error-page=10000000", "the workspace Served fails"),
        ("expired", "does not take the token"),
    ] {
        served.faults(&[fault]);
        let error = workspace.kql("SigninLogs | take 1").unwrap_err().to_string();
        assert!(error.contains(says), "{fault}: {error}");
        assert!(error.len() < 2_000, "{fault}");
    }
}

#[test]
fn a_workspace_that_is_not_there() {
    let served = Served::new();
    let output = served.run(&["account", "alice", "-w", "Servd"]);
    assert!(text(&output.stderr).contains("did you mean Served"), "{}", text(&output.stderr));
    let nobody = tempfile::tempdir().unwrap();
    let config = format!(
        "AzureSentinel:\n  Workspaces:\n    Served:\n      WorkspaceId: {ID}\n      TenantId: {ID}\nAzure:\n  endpoints:\n    log_analytics: http://127.0.0.1:9\n"
    );
    std::fs::write(nobody.path().join("msticpyconfig.yaml"), config).unwrap();
    let output =
        Command::new(PROGRAM).args(["account", "alice", "-w", "Served"]).current_dir(nobody.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no connection to http://127.0.0.1:9"), "{}", text(&output.stderr));
}

#[test]
fn the_account_notebook_runs_unchanged_on_a_served_workspace() {
    let served = Served::new();
    let notebook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../notebooks/Entity Explorer - Account.ipynb");
    // The kernel works in the notebook's folder: the configuration lies there, too.
    let copy = served.folder.path().join("Entity Explorer - Account.ipynb");
    std::fs::copy(notebook, &copy).unwrap();
    let output = served.run(&["notebook", copy.to_str().unwrap(), "-p", "ws_name=Served"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(served.folder.path().join("output/Entity Explorer - Account.html")).unwrap();
    assert!(page.contains(" code cells ran to their end"));
    assert!(served.queries() > 10);
}
