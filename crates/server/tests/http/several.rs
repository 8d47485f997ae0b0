//! Several workspaces.

use std::sync::Arc;

use serde_json::json;
use server::{Hosted, Options, Workspaces};

use crate::{Test, any, ok, tables};

fn start() -> Test {
    let hosted =
        |id: &str, name: &str, query: &str| Hosted::new(id, name, Arc::new(tables(&[("T", query), (name, "print 1")])));
    let all = Workspaces::named(vec![
        hosted("11111111-1111-1111-1111-111111111111", "One", "print w = 'one', n = 1, a = 'x'"),
        hosted("22222222-2222-2222-2222-222222222222", "Two", "print n = 2, w = 'two', t = 1d"),
        hosted("33333333-3333-3333-3333-333333333333", "Three", "print n = 'three'"),
    ]);
    Test::of(server::start(all, Options::default()).unwrap())
}

#[tokio::test]
async fn the_rows_of_all_workspaces_that_are_asked() {
    let test = start();
    let one = "/v1/workspaces/11111111-1111-1111-1111-111111111111/query";
    let query = "T | sort by n asc | project w, n, a, t";
    let both = ok(test.post(one).json(&json!({"query": query, "workspaces": ["two", "One"]}))).await;
    assert_eq!(both["tables"][0]["rows"], json!([["one", 1, "x", null], ["two", 2, "", "1.00:00:00"]]));
    let by_get =
        test.get(one).query(&[("query", "T | count"), ("workspaces", "22222222-2222-2222-2222-222222222222,One")]);
    assert_eq!(ok(by_get).await["tables"][0]["rows"], json!([[2]]));
    // A table that one of them has.
    let two = ok(test.post(one).json(&json!({"query": "Two", "workspaces": ["Two"]}))).await;
    assert_eq!(two["tables"][0]["rows"], json!([[1]]));
    let (status, body) = any(test.post(one).json(&json!({"query": "T", "workspaces": ["Three"]}))).await;
    assert_eq!(status, 400);
    let message = body["error"]["innererror"]["innererror"]["message"].as_str().unwrap();
    assert!(
        message.contains("the column n of the table T is long in one workspace and string in another"),
        "{message}"
    );
    let (status, body) = any(test.post(one).json(&json!({"query": "T", "workspaces": ["Four"]}))).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("WorkspaceNotFoundError")));
    assert_eq!(any(test.post("/v1/workspaces/four/query").json(&json!({"query": "T"}))).await.0, 404);
}

#[tokio::test]
async fn databases_are_told_apart() {
    let test = start();
    let count = async |db: &str| {
        let (status, body) = any(test.post("/v2/rest/query").json(&json!({"db": db, "csl": "T | project w"}))).await;
        (status, body[2]["Rows"][0][0].clone())
    };
    assert_eq!(count("Two").await, (200, json!("two")));
    assert_eq!(count("").await, (200, json!("one")));
    assert_eq!(count("Four").await.0, 400);
    let body = json!({"db": "Two", "csl": ".show databases | project DatabaseName, IsCurrent"});
    let shown = ok(test.post("/v1/rest/mgmt").json(&body)).await;
    assert_eq!(shown["Tables"][0]["Rows"], json!([["One", false], ["Two", true], ["Three", false]]));
}
