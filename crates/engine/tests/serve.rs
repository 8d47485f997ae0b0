//! `entity-explorer serve`: the real program, over HTTP on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value as Json, json};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample/workspace")
}

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entity-explorer"));
    command.args(args).stdin(Stdio::null()).env_remove("ENTITY_EXPLORER_WORKSPACES");
    command
}

/// A running server; it ends with this.
struct Server {
    child: Child,
    url: String,
    out: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, url, out }
    }

    async fn ask(&self, path: &str, body: Json) -> (u16, Json) {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url)).bearer_auth("token").json(&body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Json::Null))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn every_table_has_the_rows_that_the_command_line_reads() {
    let folder = sample();
    let folder = folder.to_str().unwrap();
    let server = Server::start(program(&["serve", "--workspace", folder]));
    let (status, schema) = server.ask("/v1/workspaces/any/metadata", json!(null)).await;
    assert_eq!(status, 200);
    let tables = schema["tables"].as_array().unwrap();
    assert!(tables.len() > 5, "{}", tables.len());
    for table in tables {
        let name = table["name"].as_str().unwrap();
        let (status, answer) = server.ask("/v1/workspaces/any/query", json!({ "query": name })).await;
        assert_eq!(status, 200, "{name}: {answer}");
        let output = program(&["kql", "--workspace", folder, "--format", "json", name]).output().unwrap();
        let local: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer == local, "{name} differs");
        assert_eq!(answer["tables"][0]["columns"], table["columns"], "{name}");
    }
    // A standard column that the export lacks is empty, as in the cloud; any other is an error.
    let signins = tables.iter().find(|t| t["name"] == "SigninLogs").unwrap();
    assert!(!signins["columns"].to_string().contains("FlaggedForReview"));
    let query = json!({"query": "SigninLogs | take 1 | project FlaggedForReview"});
    let (status, answer) = server.ask("/v1/workspaces/any/query", query).await;
    assert_eq!((status, &answer["tables"][0]["rows"]), (200, &json!([[null]])), "{answer}");
    let (status, _) =
        server.ask("/v1/workspaces/any/query", json!({"query": "SigninLogs | project NoSuchColumn"})).await;
    assert_eq!(status, 400);
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_in_order_when_it_is_told_to() {
    let mut server = Server::start(program(&["serve", "--workspace", "Demo"]));
    let (status, _) = server.ask("/v2/rest/query", json!({"db": "Demo", "csl": "print 1"})).await;
    assert_eq!(status, 200);
    let told = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(server.child.wait().unwrap().success());
    let mut rest = String::new();
    server.out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[tokio::test]
async fn tokens_faults_and_several_workspaces() {
    let folder = sample();
    let folder = folder.to_str().unwrap();
    let id = "11111111-1111-1111-1111-111111111111";
    let named = format!("{id}={folder}");
    let mut command = program(&[
        "serve",
        "--workspace",
        &named,
        "--workspace",
        "Demo",
        "--token-env",
        "SERVE_TOKEN",
        "--control",
        "--fault",
        "throttled=7,times=1",
    ]);
    command.env("SERVE_TOKEN", "token\n");
    let server = Server::start(command);
    let query = format!("/v1/workspaces/{id}/query");
    let body = json!({"query": "print 1"});
    assert_eq!(server.ask(&query, body.clone()).await.0, 429);
    assert_eq!(server.ask(&query, body.clone()).await.0, 200);
    assert_eq!(server.ask("/v1/workspaces/demo/query", body.clone()).await.0, 200);
    assert_eq!(server.ask("/v1/workspaces/other/query", body.clone()).await.0, 404);
    let unknown = reqwest::Client::new().post(format!("{}{query}", server.url)).bearer_auth("wrong").json(&body);
    assert_eq!(unknown.send().await.unwrap().status().as_u16(), 403);
    assert_eq!(server.ask("/control/faults", json!({"faults": ["expired"]})).await.0, 200);
    assert_eq!(server.ask(&query, body).await.0, 401);
}

#[test]
fn what_cannot_be_served_is_said() {
    let run = |args: &[&str]| program(args).output().unwrap();
    let remote = failed(&run(&["serve", "--listen", "0.0.0.0:0"]));
    assert!(remote.contains("--allow-remote"), "{remote}");
    let folder = failed(&run(&["serve", "--workspace", "/no/such/folder"]));
    assert!(folder.contains("/no/such/folder"), "{folder}");
    let token = failed(&run(&["serve", "--token-env", "NO_SUCH_VARIABLE_HERE"]));
    assert!(token.contains("NO_SUCH_VARIABLE_HERE"), "{token}");
    let twice = failed(&run(&["serve", "--workspace", "Demo", "--workspace", "Demo"]));
    assert!(twice.contains("two workspaces"), "{twice}");
    let fault = run(&["serve", "--fault", "nonsense"]);
    assert_eq!(fault.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&fault.stderr).contains("nonsense"));
}
