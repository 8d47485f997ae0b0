//! Turns, cancelling and stopping.

use std::time::Duration;

use serde_json::json;
use server::{Fault, Options};

use crate::{Test, any, ok};

#[tokio::test]
async fn too_many_queries_at_once_are_refused() {
    let test = Test::start(Options { concurrent: 1, queue: 0, ..Options::default() });
    // Many queries, one turn, nobody may wait: some are refused, the others answered.
    let sent: Vec<_> = (0..20)
        .map(|_| {
            test.post("/v1/workspaces/w/query")
                .json(&json!({"query": "range x from 1 to 200000 step 1 | summarize sum(x)"}))
        })
        .map(|request| tokio::spawn(async move { any(request).await.0 }))
        .collect();
    let mut statuses = Vec::new();
    for task in sent {
        statuses.push(task.await.unwrap());
    }
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|s| [200, 429].contains(s)), "{statuses:?}");
    // The turn was given back.
    ok(test.post("/v1/workspaces/w/query").json(&json!({"query": "print 1"}))).await;
}

#[tokio::test]
async fn a_kusto_query_is_cancelled_by_its_name() {
    // One query holds the only turn; the other waits for it, and is cancelled while it does.
    let test = Test::start(Options { concurrent: 1, ..Options::default() });
    let long = "range x from 1 to 3000000 step 1 | extend s = strcat('x', x) | summarize dcount(s), count() by substring(s, 0, 3)";
    let send = |csl: &str, id: &str| {
        let request = test.post("/v2/rest/query").header("x-ms-client-request-id", id);
        let request = request.json(&json!({"db": "Local", "csl": csl}));
        tokio::spawn(async move { any(request).await })
    };
    let first = send(long, "a;1");
    while test.server.queries() < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let second = send(long, "a;2");
    while test.server.queries() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let cancelled = test.manage(".cancel query 'a;2'").await.json::<serde_json::Value>().await.unwrap();
    let (status, body) = second.await.unwrap();
    if cancelled["Tables"][0]["Rows"][0][2] == true {
        assert_eq!((status, &body["error"]["code"]), (400, &json!("QueryCancelled")));
    } else {
        // It was over before.
        assert_eq!(status, 200);
    }
    assert_eq!(first.await.unwrap().0, 200);
}

#[tokio::test]
async fn a_client_that_goes_away_gives_its_turn_back() {
    let test = Test::start(Options { concurrent: 1, ..Options::default() });
    let query = json!({"query": "range x from 1 to 1000000 step 1 | summarize dcount(strcat('x', x))"});
    for _ in 0..5 {
        let request = test.post("/v1/workspaces/w/query").timeout(Duration::from_millis(1)).json(&query);
        let _ = request.send().await;
    }
    ok(test.post("/v1/workspaces/w/query").json(&json!({"query": "print 1"}))).await;
}

#[tokio::test]
async fn stopping_lets_open_requests_end_and_dropping_does_not() {
    let faults = vec!["latency=300ms".parse::<Fault>().unwrap()];
    let test = Test::start(Options { faults: faults.clone(), ..Options::default() });
    let open = tokio::spawn(ok(test.post("/v1/workspaces/w/query").json(&json!({"query": "print 1"}))));
    while test.server.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let address = test.server.address();
    tokio::task::spawn_blocking(move || test.server.stop()).await.unwrap();
    assert_eq!(open.await.unwrap()["tables"][0]["rows"], json!([[1]]));
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it still listens");

    let test = Test::start(Options { faults: vec!["latency=600s".parse().unwrap()], ..Options::default() });
    let open = test.post("/v1/workspaces/w/query").json(&json!({"query": "print 1"}));
    let open = tokio::spawn(open.send());
    while test.server.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(test);
    assert!(open.await.unwrap().is_err());
}
