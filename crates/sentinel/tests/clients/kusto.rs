//! What is sent to Kusto, and what its frames become.

use std::time::Duration;

use kql::Value;
use sentinel::kusto::Kusto;
use sentinel::{FaultKind, Query};
use serde_json::{Value as Json, json};
use wiremock::matchers::{body_partial_json, header_regex, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::common::{ok, service};

fn frames(rows: &[Json], completion: &Json) -> Json {
    json!([
        {"FrameType": "DataSetHeader", "IsProgressive": false, "Version": "v2.0"},
        {"FrameType": "DataTable", "TableId": 0, "TableKind": "QueryProperties", "TableName": "@ExtendedProperties",
         "Columns": [{"ColumnName": "TableId", "ColumnType": "int"}, {"ColumnName": "Key", "ColumnType": "string"}, {"ColumnName": "Value", "ColumnType": "dynamic"}],
         "Rows": [[1, "Visualization", "{\"Visualization\":\"timechart\",\"Title\":\"t\"}"]]},
        {"FrameType": "DataTable", "TableId": 1, "TableKind": "PrimaryResult", "TableName": "PrimaryResult",
         "Columns": [{"ColumnName": "n", "ColumnType": "long"}], "Rows": rows},
        completion,
    ])
}

fn done() -> Json {
    json!({"FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": false})
}

fn cluster(server: &MockServer) -> Kusto {
    let mut service = service(&server.uri());
    service.name = "the cluster Test".into();
    Kusto::new(service, "Security").with_timeout(Duration::from_secs(10))
}

#[tokio::test]
async fn parameters_go_as_parameters() {
    let server = MockServer::start().await;
    let text = "declare query_parameters(name: string);\nT | where a has name";
    Mock::given(method("POST"))
        .and(path("/v2/rest/query"))
        .and(header_regex("x-ms-client-request-id", "^EntityExplorer.query;"))
        .and(body_partial_json(json!({"db": "Security", "csl": text, "properties": {
            "Options": {"servertimeout": "00:00:10", "request_readonly": true, "results_progressive_enabled": false},
            "Parameters": {"name": "\"bob\\\" | union *\""}}})))
        .respond_with(ok(&frames(&[json!([1]), json!([2])], &done())))
        .expect(1)
        .mount(&server)
        .await;
    let query =
        Query { params: [("name".to_owned(), Value::String("bob\" | union *".into()))].into(), ..Query::new(text) };
    let table = cluster(&server).query(&query).await.unwrap();
    assert_eq!(table.rows(), 2);
    let render = table.render.unwrap();
    assert_eq!(
        (render.visualization.as_str(), render.properties),
        ("timechart", vec![("title".to_owned(), "t".to_owned())])
    );
}

#[tokio::test]
async fn errors_within_a_good_answer_are_errors() {
    let error = json!({"error": {"code": "General_BadRequest", "message": "Request is invalid.", "@type": "Kusto.X", "@permanent": true,
        "@message": "Semantic error: SEM0100: 'where' operator: Failed to resolve column named 'x'"}});
    for (answer, kind, says) in [
        (
            frames(
                &[json!({"OneApiErrors": [error]})],
                &json!({"FrameType": "DataSetCompletion", "HasErrors": true, "Cancelled": false, "OneApiErrors": [error]}),
            ),
            FaultKind::Query,
            "Failed to resolve column named 'x'",
        ),
        (
            frames(&[], &json!({"FrameType": "DataSetCompletion", "HasErrors": false, "Cancelled": true})),
            FaultKind::Cancelled,
            "the query was cancelled",
        ),
        (
            json!({"Tables": [], "Exceptions": ["Query execution has exceeded the allowed limits (80DA0001): ."]}),
            FaultKind::Limit,
            "exceeded the allowed limits",
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ok(&answer)).mount(&server).await;
        let fault = cluster(&server).query(&Query { whole: true, ..Query::new("T") }).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(says), "{fault}");
    }
}

#[tokio::test]
async fn rows_before_an_error_are_a_partial_result() {
    let limit = json!({"error": {"code": "LimitsExceeded", "message": "Query result set has exceeded the internal record count limit 2 (E_QUERY_RESULT_SET_TOO_LARGE; see https://aka.ms/kustoquerylimits)"}});
    let server = MockServer::start().await;
    let answer = frames(&[json!([1]), json!([2]), json!({"OneApiErrors": [limit]})], &done());
    Mock::given(method("POST")).respond_with(ok(&answer)).mount(&server).await;
    let table = cluster(&server).query(&Query::new("T | distinct n")).await.unwrap();
    assert_eq!(table.rows(), 2);
    assert!(
        table.notes[0].starts_with("not all rows are here: a limit of the cluster Test was reached"),
        "{:?}",
        table.notes
    );
}

#[tokio::test]
async fn the_tables_of_a_database() {
    let server = MockServer::start().await;
    let schema =
        json!({"Databases": {"Security": {"Tables": {"T": {"OrderedColumns": [{"Name": "a", "CslType": "long"}]}}}}})
            .to_string();
    Mock::given(path("/v1/rest/mgmt"))
        .and(body_partial_json(json!({"db": "Security", "csl": ".show database schema as json"})))
        .respond_with(ok(&json!({"Tables": [{"TableName": "Table_0", "Columns": [{"ColumnName": "DatabaseSchema", "DataType": "String"}], "Rows": [[schema]]}]})))
        .mount(&server)
        .await;
    assert_eq!(cluster(&server).schema().await.unwrap().tables[0].name, "T");
}

#[tokio::test]
async fn commands_are_not_sent() {
    let server = MockServer::start().await;
    let fault = cluster(&server).query(&Query::new(" .drop table T")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::BadInput);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_query_that_nobody_waits_for_is_cancelled_in_the_cluster() {
    let server = MockServer::start().await;
    Mock::given(path("/v2/rest/query"))
        .respond_with(ok(&frames(&[], &done())).set_delay(Duration::from_secs(30)))
        .mount(&server)
        .await;
    Mock::given(path("/v1/rest/mgmt")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let client = cluster(&server);
    let query = Query::new("T");
    // Given up on after it was sent.
    let _ = tokio::time::timeout(Duration::from_millis(300), client.query(&query)).await.unwrap_err();
    let mut cancelled = None;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let requests = server.received_requests().await.unwrap();
        cancelled = requests.iter().find(|request| request.url.path() == "/v1/rest/mgmt").map(|request| {
            let body: Json = serde_json::from_slice(&request.body).unwrap();
            (
                body["csl"].as_str().unwrap().to_owned(),
                requests[0].headers["x-ms-client-request-id"].to_str().unwrap().to_owned(),
            )
        });
        if cancelled.is_some() {
            break;
        }
    }
    let (command, id) = cancelled.expect("a cancel command");
    assert_eq!(command, format!(".cancel query \"{id}\""));
}
