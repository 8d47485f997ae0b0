//! What is sent to Log Analytics, and what its answers become.

use kql::Value;
use kql::time::{TICKS_PER_DAY, UNIX_EPOCH_TICKS};
use sentinel::log_analytics::{LogAnalytics, Scope};
use sentinel::{FaultKind, Query};
use serde_json::{Value as Json, json};
use wiremock::matchers::{body_partial_json, header, header_regex, headers, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::common::{WORKSPACE, numbers, ok, service, workspace};

#[tokio::test]
async fn a_query_is_posted_with_its_range_its_parameters_and_its_wishes() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(format!("/v1/workspaces/{WORKSPACE}/query")))
        .and(header("authorization", "Bearer token-0"))
        .and(headers("prefer", vec!["wait=20", "include-statistics=true", "include-render=true"]))
        .and(header_regex("accept-encoding", "gzip"))
        .and(body_partial_json(json!({
            "query": "let name = \"bob\\\" | union *\";\nT | where a has name",
            "timespan": "1970-01-01T00:00:00.0000000Z/1970-01-02T00:00:00.0000001Z",
            "workspaces": ["Other"],
        })))
        .respond_with(ok(&numbers(&[1, 2])))
        .expect(1)
        .mount(&server)
        .await;
    let query = Query {
        text: "declare query_parameters(name: string);\nT | where a has name".into(),
        params: [("name".to_owned(), Value::String("bob\" | union *".into()))].into(),
        range: Some((UNIX_EPOCH_TICKS, UNIX_EPOCH_TICKS + TICKS_PER_DAY)),
        workspaces: vec!["Other".into()],
        ..Query::default()
    };
    let table = workspace(&server.uri()).query(&query).await.unwrap();
    assert_eq!(table.rows(), 2);
}

#[tokio::test]
async fn the_same_question_is_sent_once_unless_it_has_to_be_fresh() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ok(&numbers(&[1]))).expect(3).mount(&server).await;
    let client = workspace(&server.uri());
    let query = Query::new("T");
    client.query(&query).await.unwrap();
    client.query(&query).await.unwrap();
    client.query(&Query { fresh: true, ..query.clone() }).await.unwrap();
    client.query(&Query { range: Some((UNIX_EPOCH_TICKS, UNIX_EPOCH_TICKS)), ..query }).await.unwrap();
}

#[tokio::test]
async fn compressed_answers_are_read() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let many: Vec<i64> = (0..50_000).collect();
    packed.write_all(numbers(&many).to_string().as_bytes()).unwrap();
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_raw(packed.finish().unwrap(), "application/json; charset=utf-8");
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let table = workspace(&server.uri()).query(&Query::new("T")).await.unwrap();
    assert_eq!((table.rows(), table.value(49_999, 0).unwrap()), (50_000, Value::Long(49_999)));
}

#[tokio::test]
async fn a_resource_is_asked_by_its_id() {
    let id = "/subscriptions/52b1ab41-869e-4138-9e40-2a4457f09bf0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm";
    let server = MockServer::start().await;
    Mock::given(path(format!("/v1{id}/query"))).respond_with(ok(&numbers(&[1]))).expect(1).mount(&server).await;
    let client = LogAnalytics::new(service(&server.uri()), Scope::resource(&format!("{id}/")).unwrap());
    client.query(&Query::new("T")).await.unwrap();
    for wrong in ["", "subscriptions/x", "/subscriptions/../../x", "/subscriptions/x?y=z", "/subscriptions/x#y"] {
        assert_eq!(Scope::resource(wrong).unwrap_err().kind, FaultKind::BadInput, "{wrong}");
    }
}

#[test]
fn a_workspace_id_is_a_guid() {
    let fault = Scope::workspace("Contoso").unwrap_err();
    assert_eq!(fault.message, "the workspace id \"Contoso\" is no GUID");
    assert_eq!(Scope::workspace(&WORKSPACE.to_uppercase()).unwrap(), Scope::Workspace(WORKSPACE.into()));
}

#[tokio::test]
async fn tables_come_from_the_metadata() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(format!("/v1/workspaces/{WORKSPACE}/metadata")))
        .respond_with(ok(&json!({"tables": [{"name": "Syslog", "columns": [{"name": "Computer", "type": "string"}]}]})))
        .expect(1)
        .mount(&server)
        .await;
    let schema = workspace(&server.uri()).schema().await.unwrap();
    assert_eq!(schema.table("Syslog").unwrap().columns.len(), 1);
}

/// What the service says of a result with too many rows.
fn truncated(rows: &[i64]) -> Json {
    let mut answer = numbers(rows);
    answer["error"] = json!({"code": "PartialError", "message": "There were some errors when processing your query.", "details": [{
        "code": "EngineError", "message": "Something went wrong processing your query on the server.",
        "innererror": {"code": "-2133196797", "severity": 2, "severityName": "Error",
            "message": "The results of this query exceed the set limit of 2 records, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003)."}}]});
    answer
}

#[tokio::test]
async fn too_many_rows_are_fetched_in_halves() {
    let server = MockServer::start().await;
    // The first half, the second half, the whole: the filters tell them apart.
    Mock::given(method("POST"))
        .respond_with(|request: &wiremock::Request| {
            let body: Json = serde_json::from_slice(&request.body).unwrap();
            let text = body["query"].as_str().unwrap();
            match (text.contains(" < datetime(1970-01-01T12:00"), text.contains(">= datetime(1970-01-01T12:00")) {
                (true, _) => ok(&numbers(&[1, 2])),
                (_, true) => ok(&numbers(&[3, 4])),
                _ => ok(&truncated(&[1, 2])),
            }
        })
        .expect(3)
        .mount(&server)
        .await;
    let query = Query {
        known_range: Some((UNIX_EPOCH_TICKS, UNIX_EPOCH_TICKS + TICKS_PER_DAY)),
        ..Query::new("T | where a == 1")
    };
    let table = workspace(&server.uri()).query(&query).await.unwrap();
    let values: Vec<Value> = (0..table.rows()).map(|row| table.value(row, 0).unwrap()).collect();
    assert_eq!(values, [1, 2, 3, 4].map(Value::Long));
    assert!(table.notes.is_empty(), "{:?}", table.notes);
}

#[tokio::test]
async fn what_stays_partial_says_so_in_the_words_of_the_service() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ok(&truncated(&[1, 2]))).expect(1).mount(&server).await;
    let table = workspace(&server.uri()).query(&Query::new("T | summarize count() by a")).await.unwrap();
    assert_eq!(table.rows(), 2);
    let [note] = &table.notes[..] else { panic!("{:?}", table.notes) };
    assert!(
        note.starts_with(
            "not all rows are here: a limit of the workspace Test was reached: The results of this query exceed the set limit"
        ),
        "{note}"
    );
    assert!(note.ends_with("the query cannot be split by time: it has summarize"), "{note}");
}

#[tokio::test]
async fn warnings_are_notes_and_errors_without_a_limit_are_partial() {
    let server = MockServer::start().await;
    let mut warned = numbers(&[1]);
    warned["error"] = json!({"code": "PartialError", "message": "m", "details": [{"code": "EngineError",
        "innererror": {"code": "-2133196790", "message": "Failed to analyze expression", "severity": 3, "severityName": "Warning"}}]});
    Mock::given(body_partial_json(json!({"query": "Warned"}))).respond_with(ok(&warned)).mount(&server).await;
    let mut failed = numbers(&[1]);
    failed["error"] = json!({"code": "PartialError", "message": "a workspace could not be read"});
    Mock::given(body_partial_json(json!({"query": "Failed"}))).respond_with(ok(&failed)).mount(&server).await;
    let client = workspace(&server.uri());
    let table = client.query(&Query::new("Warned")).await.unwrap();
    assert_eq!(table.notes, ["the workspace Test warns: Failed to analyze expression; m"]);
    let table = client.query(&Query::new("Failed")).await.unwrap();
    assert_eq!(
        table.notes,
        ["not all rows are here: the workspace Test could not read all of it: a workspace could not be read"]
    );
}

#[tokio::test]
async fn errors_of_the_text_are_those_of_the_service() {
    let server = MockServer::start().await;
    let semantic = |message: &str| {
        json!({"error": {"message": "The request had some invalid properties", "code": "BadArgumentError", "innererror":
            {"code": "SemanticError", "message": "A semantic error occurred.", "innererror": {"code": "SEM0100", "message": message}}}})
    };
    Mock::given(body_partial_json(json!({"query": "Nope"})))
        .respond_with(
            ResponseTemplate::new(400)
                .set_body_json(semantic("Failed to resolve table or column expression named 'Nope'")),
        )
        .mount(&server)
        .await;
    Mock::given(body_partial_json(json!({"query": "T | where"})))
        .respond_with(
            ResponseTemplate::new(400).set_body_json(json!({"error": {"code": "BadArgumentError", "message": "m",
            "innererror": {"code": "SyntaxError", "message": "A recognition error occurred.", "line": 1, "pos": 9}}})),
        )
        .mount(&server)
        .await;
    let client = workspace(&server.uri());
    let fault = client.query(&Query::new("Nope")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NoTable("Nope".into()));
    let fault = client.query(&Query::new("T | where")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Query);
    assert_eq!(fault.message, "the workspace Test refuses the query: A recognition error occurred; m");
}
