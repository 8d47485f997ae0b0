//! Whatever is sent: an answer, and the server goes on.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};
use server::Options;

use crate::{Test, ok};

/// JSON of any shape, with the names that the APIs know in it.
fn any_json() -> impl Strategy<Value = Json> {
    let names = prop::sample::select(vec![
        "query",
        "timespan",
        "workspaces",
        "csl",
        "db",
        "properties",
        "Options",
        "Parameters",
        "requests",
        "id",
        "workspace",
        "path",
        "method",
        "body",
        "headers",
        "servertimeout",
        "x",
    ]);
    let words = prop::sample::select(vec![
        "print 1",
        "Events | take 1",
        "P1D",
        "2020-01-01/P1D",
        "/query",
        "POST",
        "Local",
        "1;1",
        ".show tables",
        ".show [",
        "set x = 1; print 1",
        "declare query_parameters(x: datetime); print x",
        "datetime(",
        "{\"Options\": {}}",
        "",
        "\u{0}",
        "😀",
        "é",
        "x | y | z",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        words.prop_map(Json::from),
        ".{0,20}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let object = prop::collection::vec((names.clone(), inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Json::from),
            object
                .prop_map(|all| Json::Object(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

#[test]
fn no_request_ends_the_server() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let test = Test::start(Options { control: true, ..Options::default() });
    let paths = prop::sample::select(vec![
        "/v1/workspaces/w/query",
        "/v1/workspaces/w/metadata",
        "/v1/subscriptions/s/query",
        "/v1/$batch",
        "/v1/rest/query",
        "/v2/rest/query",
        "/v1/rest/mgmt",
        "/control/requests?x=%ff",
        "/v1/workspaces/%ff/query",
        "/v1/workspaces/w/query?query=%ff&timespan=%",
        "/v2/rest/query?csl=print%201&properties=%7B",
    ]);
    let body =
        prop_oneof![any_json().prop_map(|j| j.to_string().into_bytes()), prop::collection::vec(any::<u8>(), 0..100)];
    let header = prop::sample::select(vec!["", "wait=x", "wait=99999999999999999999", "include-render=true,,=;"]);
    let mut runner = TestRunner::new(Config { cases: 300, ..Config::default() });
    runner
        .run(&(paths, body, header, any::<bool>()), |(path, body, prefer, get)| {
            let request = if get { test.get(path) } else { test.post(path).body(body.clone()) };
            let request = request.header("content-type", "application/json").header("prefer", prefer);
            let (status, text) = runtime.block_on(async {
                let response = request.send().await.unwrap();
                (response.status().as_u16(), response.text().await.unwrap())
            });
            prop_assert!(
                (200..500).contains(&status) || status == 504,
                "{status} {path} {:?}: {text}",
                String::from_utf8_lossy(&body)
            );
            prop_assert!(!text.contains("internal error"), "{path} {:?}: {text}", String::from_utf8_lossy(&body));
            Ok(())
        })
        .unwrap();
    let still = runtime.block_on(ok(test.post("/v1/workspaces/w/query").json(&json!({"query": "print 1"}))));
    assert_eq!(still["tables"][0]["rows"], json!([[1]]));
}
