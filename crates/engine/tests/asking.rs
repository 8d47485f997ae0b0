//! How a served workspace is asked: together, in parts, again, of other workspaces, and no longer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod served;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use served::{PROGRAM, Served, text};

/// The bodies of the queries that came with this text in them.
fn bodies(served: &Served, with: &str) -> Vec<String> {
    let seen = served.server.seen();
    seen.into_iter().map(|seen| seen.body).filter(|body| body.contains(with)).collect()
}

fn eventually(what: impl Fn() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_search_asks_no_more_than_the_service_answers_at_once() {
    let served = Served::new();
    let (_engine, workspace) = served.connect("Served");
    let before = served.queries();
    let found = workspace.account_summary("alice").timespan("2000-01-01 .. 2100-01-01").run().unwrap();
    assert!(found.account_activity().unwrap().len() > 1);
    assert_eq!(served.queries() - before, 5);
    let both = bodies(&served, "let Search1");
    assert_eq!(both.len(), 1);
    // The time range of the queries is told to the service, too.
    assert_eq!(bodies(&served, "\"timespan\":\"2000-01-01T00:00:00.0000000Z/2100-01-01T00:00:00.0000001Z\"").len(), 5);
    assert!(both[0].contains("SigninLogs") && both[0].contains("AADNonInteractiveUserSignInLogs"));
}

#[test]
fn the_searches_are_told_apart_and_fail_apart() {
    let served = Served::new();
    let local = served.account("Demo", &[]);
    let lines = |text: &str| {
        let reports = text.lines().filter(|line| line.contains("(Azure.find_aad"));
        let mut reports: Vec<String> = reports.map(|line| line.split(" in ").next().unwrap().to_owned()).collect();
        reports.sort();
        reports
    };
    assert_eq!(lines(&local).len(), 2, "{local}");
    assert_eq!(lines(&served.account("Served", &[])), lines(&local));
    // The query of both tables fails: each is asked alone.
    served.faults(&["error-page=100,match=let Search1"]);
    assert_eq!(lines(&served.account("Served", &[])), lines(&local));
}

#[test]
fn a_query_is_asked_in_parts_again_and_of_other_workspaces() {
    let served = Served::new();
    let (_engine, workspace) = served.connect("Served");
    let all = "SigninLogs | project TimeGenerated, CorrelationId | sort by TimeGenerated asc, CorrelationId asc";
    let expected = workspace.kql(all).unwrap();
    let ask = || workspace.exec_query(all);

    // The same question is not sent twice, unless it has to be.
    let before = served.queries();
    assert_eq!(ask().run().unwrap().len(), expected.len());
    assert_eq!(served.queries(), before);
    assert_eq!(ask().fresh().run().unwrap().len(), expected.len());
    assert_eq!(served.queries(), before + 1);

    let parts = ask().split_by("1d").run().unwrap();
    assert_eq!(parts.to_text().unwrap(), expected.to_text().unwrap());
    assert!(served.queries() > before + 3, "{}", served.queries() - before);
    let error = workspace.exec_query("SigninLogs | summarize count()").split_by("1d").run().unwrap_err().to_string();
    assert!(error.contains("cannot be split by time: it has summarize"), "{error}");

    // A time range goes with the request, and is another question.
    let times = workspace.kql("SigninLogs | summarize Start = min(TimeGenerated), End = max(TimeGenerated)").unwrap();
    let end = times.rows().unwrap()[0].get("End").unwrap().to_string();
    let day = workspace.exec_query(all).timespan("1d").run().unwrap();
    assert!(!day.is_empty() && day.len() < expected.len(), "{} of {} until {end}", day.len(), expected.len());
    assert_eq!(bodies(&served, "\"timespan\":\"").len(), 1);

    let (other, resource) = ("2f3f0d3e-7b1f-4f3c-9f7e-0c1d2e3f4a5b", "/subscriptions/s/resourceGroups/r");
    let _ = ask().workspaces([other]).run();
    assert!(bodies(&served, &format!("\"workspaces\":[\"{other}\"]")).len() == 1);
    let _ = ask().resource(resource).run();
    assert!(served.server.seen().iter().any(|seen| seen.path.contains(&format!("/v1{resource}/query"))));
    let error = ask().resource("../x").run().unwrap_err().to_string();
    assert!(error.contains("is no resource id"), "{error}");
}

#[test]
fn parameters_of_a_text_get_their_values() {
    let served = Served::new();
    for name in ["Served", "Cluster", "Demo"] {
        let (_engine, workspace) = served.connect(name);
        let text =
            "declare query_parameters(x: long, start: datetime = datetime(null)); print a = x + 1, b = isnull(start)";
        let row = |query: entity_explorer::Query| query.run().unwrap().rows().unwrap()[0].to_string();
        let plain = workspace.exec_query(text).param("x", 41);
        assert!(row(plain.clone()).contains("42") && row(plain.clone()).contains("true"), "{name}");
        assert!(row(plain.timespan("1d")).contains("false"), "{name}");
        let error = workspace.exec_query(text).run().unwrap_err().to_string();
        assert!(error.contains("needs a value for its parameter x"), "{name}: {error}");
    }
}

#[test]
fn what_a_folder_or_a_cluster_cannot_be_asked_is_said() {
    let served = Served::new();
    for (name, workspaces, resource) in [
        ("Demo", "cannot be asked of other workspaces", "cannot be asked of a resource"),
        ("Cluster", "a cluster has no workspaces", "a cluster has no logs of Azure resources"),
    ] {
        let (_engine, workspace) = served.connect(name);
        let query = || workspace.exec_query("SigninLogs | count");
        for (asked, says) in [
            (query().workspaces(["w"]).run(), workspaces),
            (query().resource("/subscriptions/s").run(), resource),
            (query().timeout("soon").run(), "`soon` is not a span of time"),
        ] {
            let error = asked.unwrap_err().to_string();
            assert!(error.contains(says), "{name}: {error}");
        }
        // What has no meaning there does no harm.
        assert_eq!(query().split_by("1d").fresh().run().is_ok(), name == "Demo");
        let some = workspace.exec_query("SigninLogs").timespan("1d").run().unwrap().len();
        assert!(some > 0 && some < workspace.kql("SigninLogs").unwrap().len(), "{name}: {some}");
    }
}

#[test]
fn what_is_asked_together_is_replayed_together() {
    let served = Served::new();
    let record = |workspace: &str, args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["account", "alice", "-w", workspace]).args(args).current_dir(served.folder.path());
        command.env("ENTITY_EXPLORER_RECORD", "case").output().unwrap()
    };
    let output = record("Served", &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let about = std::fs::read_to_string(served.folder.path().join("case/_recording.json")).unwrap();
    assert!(about.contains("\"parallel\": 5"), "{about}");
    let asked = served.queries();
    let output = served.run(&["account", "alice", "-w", "replay:case"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(served.queries(), asked);
}

#[test]
fn a_query_that_takes_too_long_is_stopped_in_the_cluster() {
    let served = Served::new();
    let (_engine, workspace) = served.connect("Cluster");
    served.faults(&["latency=60s,match=SigninLogs"]);
    // A cluster keeps the limit itself; this one does not.
    let error = workspace.exec_query("SigninLogs | count").timeout("1s").run().unwrap_err().to_string();
    assert!(error.contains("did not answer within"), "{error}");
    assert!(eventually(|| !bodies(&served, ".cancel query").is_empty()));
}

#[test]
fn the_end_of_a_notebook_stops_its_queries_in_the_cluster() {
    let served = Served::new();
    let (engine, workspace) = served.connect("Cluster");
    served.faults(&["latency=60s,match=SigninLogs"]);
    let asked = workspace.clone();
    let waiting = std::thread::spawn(move || asked.kql("SigninLogs | count").map(|_| ()));
    assert!(eventually(|| !bodies(&served, "SigninLogs | count").is_empty()));
    let started = Instant::now();
    // As an interrupted cell: the pipes of the engine are closed.
    engine.restart().unwrap();
    assert_eq!(waiting.join().unwrap().unwrap_err().code(), "engine_stopped");
    let cancelled = bodies(&served, ".cancel query");
    assert_eq!(cancelled.len(), 1, "{:?}", served.server.seen());
    let asked = bodies(&served, "SigninLogs | count");
    let id = cancelled[0].split("\\\"").nth(1).unwrap();
    assert!(asked[0].contains(id), "{id} of {asked:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[cfg(unix)]
#[test]
fn an_interrupted_cell_stops_its_query_in_the_cluster_and_keeps_the_workspace() {
    let served = Served::new();
    let (engine, workspace) = served.connect("Cluster");
    let before = workspace.kql("SecurityEvent | count").unwrap();
    served.faults(&["latency=60s,match=SigninLogs"]);
    let asked = workspace.clone();
    let waiting = std::thread::spawn(move || asked.kql("SigninLogs | count").map(|_| ()));
    assert!(eventually(|| !bodies(&served, "SigninLogs | count").is_empty()));
    let process = engine.engine_process_id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
    assert_eq!(waiting.join().unwrap().unwrap_err().code(), "interrupted");
    assert!(eventually(|| bodies(&served, ".cancel query").len() == 1), "{:?}", served.server.seen());
    assert_eq!(before.len(), 1);
    assert_eq!(workspace.kql("SecurityAlert | count").unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_a_terminal_stops_the_query_in_the_cluster() {
    let served = Served::new();
    served.faults(&["latency=60s,match=SigninLogs"]);
    let mut command = Command::new(PROGRAM);
    command.args(["account", "alice", "-w", "Cluster"]).current_dir(served.folder.path());
    let mut program = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(eventually(|| !bodies(&served, "SigninLogs").is_empty()));
    assert!(Command::new("kill").args(["-INT", &program.id().to_string()]).status().unwrap().success());
    assert_eq!(program.wait().unwrap().code(), Some(130));
    assert!(!bodies(&served, ".cancel query").is_empty());
}

#[test]
fn a_cluster_lists_its_tables_and_names_the_near_ones() {
    let served = Served::new();
    let (_local_engine, local) = served.connect("Demo");
    let (_engine, cluster) = served.connect("Cluster");
    let names = |workspace: &entity_explorer::Workspace| {
        workspace.tables().unwrap().select(&["Table", "Columns"]).unwrap().to_text().unwrap()
    };
    assert_eq!(names(&cluster), names(&local));
    let error = cluster.kql("SigninLog | count").unwrap_err().to_string();
    assert!(error.contains("SigninLog") && error.contains("did you mean `SigninLogs`?"), "{error}");
}
