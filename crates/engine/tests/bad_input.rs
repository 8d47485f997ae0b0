//! What people get wrong: each is an error that says what failed, on what, and what to do next, the same from a shell and in a notebook.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{ENGINE, explorer, file};
use entity_explorer::Error;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo");

/// Runs the program in a folder, with nothing to read.
fn run_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(ENGINE)
        .args(args)
        .current_dir(folder)
        .env_remove("ENTITY_EXPLORER_WORKSPACES")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a run that has to fail says, from `error: ` on.
fn fails_in(folder: &Path, args: &[&str]) -> String {
    let output = run_in(folder, args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{args:?} {said}");
    assert!(!said.contains("panicked"), "{said}");
    let at = said.find("error: ").unwrap_or_else(|| panic!("{args:?} says no error: {said}"));
    said[at..].trim_end().to_owned()
}

fn fails(args: &[&str]) -> String {
    fails_in(Path::new("/"), args)
}

/// What is printed by a run that has to succeed.
fn prints(folder: &Path, args: &[&str]) -> String {
    let output = run_in(folder, args);
    assert!(output.status.success(), "{args:?} {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(file(&folder, name), content).unwrap();
    }
    folder
}

/// Syslog with these lines below its title line.
fn syslog(title: &str, lines: &[&str]) -> tempfile::TempDir {
    folder(&[("Syslog.csv", format!("{title}\n{}\n", lines.join("\n")).as_bytes())])
}

const TITLE: &str = "TimeGenerated,Computer,Facility,SeverityLevel,ProcessName,SyslogMessage,HostName,HostIP,ProcessID";

/// The error of an account summary of a folder, in a notebook.
fn notebook(folder: &Path) -> Error {
    let explorer = explorer();
    let workspace = explorer.connect(folder.to_str().unwrap()).unwrap();
    workspace.account_summary("alice").timespan("2d").run().unwrap_err()
}

#[test]
fn account_names() {
    let explorer = explorer();
    let workspace = explorer.connect("Demo").unwrap();
    let long = "x".repeat(10_000);
    for (name, expected) in [
        ("", "the account name is empty\n  help: give a name such as alice, alice@contoso.com or CONTOSO\\alice"),
        (" \t ", "the account name is empty\n  help: give a name such as alice, alice@contoso.com or CONTOSO\\alice"),
        (
            "@contoso.com",
            "the account name \"@contoso.com\" has no name in it\n  help: give a name such as alice, alice@contoso.com or CONTOSO\\alice",
        ),
        (
            "a\u{7}b",
            "the account name \"a\\u{7}b\" has the control character \\u{7}\n  help: type the name again: text that was copied can hold characters that are not seen",
        ),
        (
            &long,
            "the account name has 10000 characters, and no account name has more than 1024\n  help: give only the name, such as alice, alice@contoso.com or CONTOSO\\alice",
        ),
    ] {
        assert_eq!(fails(&["account", name]), format!("error: {expected}"));
        let error = workspace.account_summary(name).timespan("2d").run().unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("bad_input", expected));
    }
}

#[test]
fn names_that_look_like_a_query_find_nobody_and_say_why() {
    for (name, odd) in [("bob\" | union * //", "\" * / |"), ("x' or '1'=='1", "' ="), ("alice; print 1", ";")] {
        let text = prints(Path::new("/"), &["account", name]);
        assert!(text.contains("! No match:") && text.contains("--last 14d"), "{text}");
        let why = format!("The name has characters that account names do not have: {odd}");
        assert!(text.contains(&why), "{text}");
    }
}

#[test]
fn time_ranges() {
    let explorer = explorer();
    let workspace = explorer.connect("Demo").unwrap();
    let write = "  help: write `last 2 days`, `last 36 hours`, `90m`, or two moments as `2026-01-01T00:00Z .. 2026-01-03T00:00Z`";
    for (span, expected) in [
        ("tomorrow", format!("`tomorrow` is not a span of time: `tomorrow` is no unit of time\n{write}")),
        ("", format!("`` is not a span of time: there is nothing in it\n{write}")),
        ("0d", format!("`0d` is not a span of time: it is not above 0\n{write}")),
        (
            "2026-01-03 .. 2026-01-01",
            "the start 2026-01-03T00:00:00Z is after the end 2026-01-01T00:00:00Z\n  help: give the earlier moment as the start, and the later one as the end".to_owned(),
        ),
    ] {
        assert_eq!(fails(&["account", "alice", "--last", span]), format!("error: {expected}"));
        let error = workspace.account_summary("alice").timespan(span).run().unwrap_err();
        assert_eq!((error.code(), error.to_string()), ("invalid_timespan", expected));
    }
    let said = fails(&["account", "alice", "--start", "2026-01-03", "--end", "2026-01-01"]);
    assert!(said.contains("is after the end") && said.contains("give the earlier moment as the start"), "{said}");
    let said = fails(&["account", "alice", "--start", "soon", "--end", "2026-01-01"]);
    assert!(said.starts_with("error: `soon` is not a date and time\n  help: write it as 2026-01-31"), "{said}");
}

#[test]
fn unknown_names_get_the_nearest() {
    let explorer = explorer();
    let workspace = explorer.connect("Demo").unwrap();
    let account = workspace.account_summary("alice").timespan("2d").run().unwrap().select_newest().unwrap();
    let table = workspace.kql("SigninLogs | take 1").unwrap();
    let query = workspace.query("Azure.list_aad_signins_for_account").timespan("2d");
    for (error, what, near) in [
        (explorer.connect("Dmo").unwrap_err(), "there is no workspace \"Dmo\"", "did you mean Demo?"),
        (explorer.connect(" ").unwrap_err(), "the workspace name is empty", "give one of Demo"),
        (account.table("azure_activty").unwrap_err(), "\"azure_activty\"", "azure_activity"),
        (table.sort_by("UserPrincipalNam").unwrap_err(), "UserPrincipalNam", "UserPrincipalName"),
        (table.view_events(&["IPAdress"]).unwrap_err(), "there is no column \"IPAdress\"", "did you mean IPAddress?"),
        (
            workspace.query("Azure.find_aad_acounts").run().unwrap_err(),
            "there is no query \"Azure.find_aad_acounts\"",
            "did you mean Azure.find_aad_accounts?",
        ),
        (query.clone().param("acount_name", "x").run().unwrap_err(), "\"acount_name\"", "account_name"),
        (query.run().unwrap_err(), "needs a value for its parameter account_name", ".param(\"account_name\", …)"),
        (account.select("alic@contoso.com", "All").unwrap_err(), "\"alic@contoso.com\"", "alice@contoso.com"),
        (
            workspace.account_summary("alice").types("Windos").unwrap_err(),
            "`Windos` is not an account type",
            "did you mean `Windows`?",
        ),
    ] {
        assert!(error.message().contains(what), "{error}");
        assert!(error.help().is_some_and(|help| help.contains(near)), "{error}");
    }
    let types = "AzureActiveDirectory, AzureActivity, Office365, Windows, Linux";
    for (args, what, near) in [
        (&["account", "alice", "-w", "Dmo"][..], "there is no workspace \"Dmo\"", "did you mean Demo? A folder"),
        (&["account", "alice", "-w", ""], "the workspace name is empty", "give one of Demo"),
        (&["account", "alice", "--types", "Windos"], "there is no account type \"Windos\"", "did you mean Windows?"),
        (&["account", "alice", "--types", ","], "no account type was given", types),
        (&["account", "alice", "--select", "alic@contoso.com"], "\"alic@contoso.com\"", "alice@contoso.com"),
        (&["account", "alice", "--select", "alice"], "in several sources: Linux, Windows", "--select NAME:Windows"),
        (&["queries", "Azure.find_aad_acounts"], "\"Azure.find_aad_acounts\"", "did you mean Azure.find_aad_accounts?"),
        (
            &["kql", "-w", "Demo", "SigninLog"],
            "there is no table or variable `SigninLog`",
            "did you mean `SigninLogs`?",
        ),
        (&["kql", "SigninLogs"], "there is no table or variable `SigninLogs`", "--workspace Demo"),
        (
            &["kql", "-w", "Demo", "SigninLogs | where UserPrincipalNam == 1"],
            "1:20: there is no column",
            "UserPrincipalName",
        ),
        (&["kql", "-w", "Demo", "SigninLogs | wher x"], "1:14: there is no operator `wher`", "did you mean `where`?"),
        (&["kql", "-p", "a", "print 1"], "--param \"a\" is not NAME=VALUE", "such as --param account_name=alice"),
        (
            &["kql", "-p", "b=1", "declare query_parameters(a: string); print a"],
            "has no parameter `b`",
            "did you mean `a`?",
        ),
        (&["kql", "-p", "n=x", "declare query_parameters(n: int); print n"], "parameter `n` is not of type int", "^"),
        (&["kql", ""], "the query is empty", "SigninLogs | take 10"),
    ] {
        let said = fails(args);
        assert!(said.starts_with("error: ") && said.contains(what) && said.contains(near), "{args:?} {said}");
    }
    let wrong = run_in(Path::new("/"), &["kql", "--format", "xml", "print 1"]);
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("'xml'") && said.contains("table, json, csv, ndjson, parquet"), "{said}");
}

#[test]
fn folders_that_are_no_workspaces() {
    let empty = folder(&[]);
    let said = fails_in(empty.path(), &["account", "alice", "-w", "."]);
    assert!(said.contains("there are no tables in ") && said.contains("such as SigninLogs.parquet"), "{said}");
    let office = folder(&[("SigninLogs.xlsx", b"PK")]);
    let said = fails_in(office.path(), &["kql", "-w", ".", "SigninLogs"]);
    assert!(said.contains("SigninLogs.xlsx is no table: its name does not end as one of Parquet, CSV"), "{said}");
    assert_eq!(explorer().connect(office.path().to_str().unwrap()).unwrap_err().code(), "io");
    let said = fails_in(office.path(), &["account", "alice", "-w", "./none"]);
    assert!(said.contains("none does not exist; give the path of a folder"), "{said}");
    let said = fails_in(office.path(), &["account", "alice", "-w", "./SigninLogs.xlsx"]);
    assert!(said.contains("is a file; a local workspace is the folder that holds the table files"), "{said}");
}

#[test]
fn a_workspace_without_the_tables_that_are_read() {
    let other = folder(&[("Custom_CL.csv", b"TimeGenerated,User\n2026-01-01T00:00:00Z,alice\n")]);
    let said = fails_in(other.path(), &["account", "alice", "-w", "."]);
    for error in [said, notebook(other.path()).to_string()] {
        assert!(error.contains("\"alice\" cannot be looked for in the workspace "), "{error}");
        assert!(error.contains("it has none of the tables that are searched: SigninLogs, "), "{error}");
        assert!(error.contains("help: it has Custom_CL; a file or folder of a table has to have"), "{error}");
    }
}

#[test]
fn tables_without_times() {
    let message = "h1,auth,info,sshd,Accepted password for alice from 10.0.0.1 port 22,h1,10.0.0.9,1";
    let missing = syslog(TITLE.strip_prefix("TimeGenerated,").unwrap(), &[message]);
    let text = syslog(TITLE, &[&format!("yesterday,{message}"), &format!("soon,{message}")]);
    for (folder, what) in [
        (&missing, "the table Syslog has no column TimeGenerated"),
        (&text, "the column TimeGenerated of the table Syslog holds no times: its type is string"),
    ] {
        let said = fails_in(folder.path(), &["account", "alice", "-w", "."]);
        for error in [said, notebook(folder.path()).to_string()] {
            assert!(
                error.contains("no table could be searched\n  Syslog: failed: ") && error.contains(what),
                "{error}"
            );
            assert!(error.contains("help: a table that is searched needs a column TimeGenerated"), "{error}");
        }
    }
}

#[test]
fn a_damaged_table_is_named_and_does_not_stop_the_others() {
    let parquet = fs::read(Path::new(DEMO).join("Syslog.parquet")).unwrap();
    let office = fs::read(Path::new(DEMO).join("OfficeActivity.parquet")).unwrap();
    let damaged = folder(&[
        ("Syslog.parquet", &parquet[..3000]),
        ("SigninLogs.parquet", b"PAR1garbagePAR1"),
        ("SecurityEvent.parquet", b""),
        ("OfficeActivity.parquet", &office),
    ]);
    let text = prints(damaged.path(), &["account", "alice", "-w", "."]);
    assert!(text.contains("! These sources could not be searched:") && text.contains("matching account"), "{text}");
    let explorer = explorer();
    let workspace = explorer.connect(damaged.path().to_str().unwrap()).unwrap();
    let account = workspace.account_summary("alice").timespan("2d").run().unwrap();
    assert!(!account.account_activity().unwrap().is_empty());
    for table in ["Syslog", "SigninLogs", "SecurityEvent"] {
        let said = format!("{table}: failed: the table {table} cannot be read: ");
        assert!(text.contains(&said), "{table} {text}");
        let query = fails_in(damaged.path(), &["kql", "-w", ".", table]);
        assert!(query.contains(&format!("{table}.parquet cannot be read as Parquet: ")), "{query}");
        assert_eq!(workspace.kql(table).unwrap_err().code(), "query");
    }
    assert!(text.contains("it is damaged or incomplete, export or copy it again"), "{text}");
}

#[test]
fn ragged_rows_are_kept_and_counted_in_what_an_analyst_sees() {
    let ragged = syslog(
        TITLE,
        &[
            "2026-01-01T00:00:00Z,h1,auth,info,sshd,Accepted password for alice from 10.0.0.1 port 22,h1,10.0.0.9,1",
            "2026-01-01T00:01:00Z,h1,auth,info,sshd,Accepted password for alice from 10.0.0.2 port 23",
            "2026-01-01T00:02:00Z,h1,auth,info,sshd,Accepted password for alice from 10.0.0.3 port 24,h1,10.0.0.9,1,more,cells",
        ],
    );
    let notes = ["1 row has fewer cells than the title line", "1 row has more cells than the title line"];
    let summary = prints(ragged.path(), &["account", "alice", "-w", "."]);
    let query = prints(ragged.path(), &["kql", "-w", ".", "Syslog"]);
    let explorer = explorer();
    let workspace = explorer.connect(ragged.path().to_str().unwrap()).unwrap();
    let account = workspace.account_summary("alice").timespan("2d").run().unwrap();
    let additional = account.get_additional_data().unwrap();
    let logons = account.host_logons().unwrap();
    assert_eq!(logons.len(), 3, "no row is lost");
    for note in notes {
        assert!(summary.contains(note) && query.contains(note), "{summary} {query}");
        assert_eq!(query.matches(note).count(), 1, "said once: {query}");
        assert!(additional.as_text().contains(note), "{additional}");
        assert!(logons.notes().iter().any(|said| said.contains(note)), "{:?}", logons.notes());
    }
    // A standard column that the export lacks is empty, and that is said too.
    assert!(additional.as_text().contains("Syslog has no column TenantId: it is taken as empty"), "{additional}");
    assert_eq!(logons.rows().unwrap()[0].get("TenantId").unwrap().as_str(), Some(""));
    assert_eq!(logons.rows().unwrap()[0].get("Type").unwrap().as_str(), Some("Syslog"));
}

#[test]
fn files_that_cannot_be_written() {
    let help = "check that its folder exists and may be written to";
    let folder = folder(&[("plain", b"")]);
    let said = fails_in(folder.path(), &["account", "alice", "--html", "plain/x.html"]);
    assert!(said.contains("error: plain/x.html cannot be written: ") && said.contains(help), "{said}");
    let said = fails_in(folder.path(), &["demo", "generate", "plain/x", "--rows", "1000"]);
    assert!(said.contains("plain/x cannot be written: "), "{said}");
    let explorer = explorer();
    let table = explorer.connect("Demo").unwrap().kql("print 1").unwrap();
    for written in [table.to_csv("/proc/x.csv"), table.to_json("/proc/x.json"), table.to_parquet("/proc/x.parquet")] {
        let error = written.unwrap_err();
        assert!(error.message().contains("/proc/x.") && error.help() == Some(help), "{error}");
    }
}

#[test]
fn messages_that_nobody_reads_are_no_failure() {
    let mut child =
        Command::new(ENGINE).args(["account", "alice"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("matching accounts"));
}
