//! Faults that a test asks for.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use server::{Fault, Options};

use crate::{Test, any, ok};

fn query(test: &Test) -> reqwest::RequestBuilder {
    test.post("/v1/workspaces/w/query").json(&json!({"query": "Events | project n"}))
}

fn with(faults: &[&str]) -> Test {
    let faults = faults.iter().map(|f| f.parse::<Fault>().unwrap()).collect();
    Test::start(Options { faults, ..Options::default() })
}

#[tokio::test]
async fn throttled_and_unavailable_say_when_to_come_back() {
    let test = with(&["throttled=3,times=1", "unavailable=4,after=1,times=1"]);
    for (status, seconds) in [(429, "3"), (503, "4")] {
        let response = query(&test).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()),
            (status, seconds)
        );
        assert!(response.json::<Json>().await.unwrap()["error"]["code"].is_string());
    }
    ok(query(&test)).await;
    // What was refused never reached the engine.
    assert_eq!(test.server.queries(), 1);
    assert_eq!(test.server.seen().iter().map(|s| s.status).collect::<Vec<_>>(), [429, 503, 200]);
}

#[tokio::test]
async fn a_token_expires_after_some_requests() {
    let test = with(&["expired,after=2,times=1"]);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(query(&test).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 401, 200]);
}

#[tokio::test]
async fn late_and_slow_answers_are_complete() {
    let test = with(&["latency=200ms", "slow=200/1ms"]);
    let started = Instant::now();
    let answer = ok(query(&test)).await;
    assert!(started.elapsed() >= Duration::from_millis(200));
    assert_eq!(answer["tables"][0]["rows"].as_array().unwrap().len(), 72);
}

#[tokio::test]
async fn connections_end_after_any_byte() {
    let test = with(&[]);
    let whole = query(&test).send().await.unwrap().bytes().await.unwrap();
    for bytes in [0, 1, 17, whole.len() - 1] {
        test.server.set_faults(vec![format!("cut={bytes}").parse().unwrap()]);
        let mut response = match query(&test).send().await {
            Ok(response) => response,
            // Not even the head of the response arrived.
            Err(error) => {
                assert_eq!(bytes, 0, "{error}");
                continue;
            }
        };
        let mut got = Vec::new();
        let end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => got.extend_from_slice(&chunk),
                other => break other,
            }
        };
        assert!(end.is_err(), "{bytes} bytes looked like all");
        assert_eq!(got, whole[..bytes]);
    }
}

#[tokio::test]
async fn partial_and_oversized_results() {
    let test = with(&["partial=7"]);
    let answer = ok(query(&test)).await;
    assert_eq!(answer["tables"][0]["rows"].as_array().unwrap().len(), 7);
    assert_eq!(answer["error"]["code"], "PartialError");
    test.server.set_faults(vec!["oversized=10".parse().unwrap()]);
    let answer = ok(query(&test)).await;
    assert_eq!(answer["tables"][0]["rows"].as_array().unwrap().len(), 10);
    assert_eq!(answer["error"]["details"][0]["innererror"]["code"], "-2133196797");
    let answer = test.v2("Events", json!({})).await;
    assert_eq!(answer.as_array().unwrap().last().unwrap()["HasErrors"], true);
    // A result within the limit is whole.
    assert!(test.la("Events | take 10").await.get("error").is_none());
}

#[tokio::test]
async fn answers_that_are_none() {
    let test = with(&["malformed"]);
    let response = query(&test).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert!(serde_json::from_str::<Json>(&response.text().await.unwrap()).is_err());
    test.server.set_faults(vec!["content-type".parse().unwrap()]);
    assert_eq!(query(&test).send().await.unwrap().headers()["content-type"], "text/html");
    test.server.set_faults(vec!["error-page=100000".parse().unwrap()]);
    let response = query(&test).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.bytes().await.unwrap().len()), (500, 100_000));
}

#[tokio::test]
async fn a_fault_may_meet_some_requests_only() {
    let test = with(&["expired,match=Types"]);
    ok(query(&test)).await;
    let (status, _) = any(test.post("/v1/workspaces/w/query").json(&json!({"query": "Types"}))).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn another_process_controls_faults_and_reads_what_came() {
    let test = Test::start(Options { control: true, ..Options::default() });
    let set = ok(test.post("/control/faults").body("{\"faults\": [\"expired\"]}")).await;
    assert_eq!(set, json!({"faults": 1}));
    assert_eq!(any(query(&test)).await.0, 401);
    let (status, body) = any(test.post("/control/faults").body("{\"faults\": [\"nonsense\"]}")).await;
    assert_eq!(status, 400);
    assert!(body["error"]["message"].as_str().unwrap().contains("nonsense"), "{body}");
    let delete = reqwest::Client::new().delete(format!("{}/control/faults", test.server.url()));
    ok(delete).await;
    ok(query(&test).header("x-ms-client-request-id", "me")).await;
    let requests = ok(test.get("/control/requests")).await;
    assert_eq!((&requests["queries"], &requests["requests"]), (&json!(1), &json!(2)));
    let seen = &requests["seen"][1];
    assert_eq!(
        (&seen["method"], &seen["client_request_id"], &seen["status"]),
        (&json!("POST"), &json!("me"), &json!(200))
    );
    assert!(seen["body"].as_str().unwrap().contains("Events | project n"));
    assert!(!requests.to_string().contains("Bearer"), "tokens are not kept");

    let token = Some(server::Token::new("right"));
    let guarded = Test::start(Options { control: true, token, ..Options::default() });
    assert_eq!(any(guarded.get("/control/requests")).await.0, 403);

    let without = Test::start(Options::default());
    assert_eq!(any(without.get("/control/requests")).await.0, 404);
}
