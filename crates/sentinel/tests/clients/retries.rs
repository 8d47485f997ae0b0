//! What is sent again, how often, and what is not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sentinel::http::{Call, JsonBody, Throttle};
use sentinel::log_analytics::{LogAnalytics, Scope};
use sentinel::{FaultKind, Query};
use serde_json::json;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::common::{Signer, WORKSPACE, numbers, ok, service, workspace};

async fn first(server: &MockServer, response: ResponseTemplate, times: u64) {
    Mock::given(method("POST")).respond_with(response).up_to_n_times(times).with_priority(1).mount(server).await;
    Mock::given(method("POST")).respond_with(ok(&numbers(&[1]))).with_priority(2).mount(server).await;
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn whoever_is_told_to_wait_waits() {
    let server = MockServer::start().await;
    first(&server, ResponseTemplate::new(429).insert_header("retry-after", "1"), 1).await;
    let started = Instant::now();
    workspace(&server.uri()).query(&Query::new("T")).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn the_others_of_the_same_user_wait_too() {
    let server = MockServer::start().await;
    first(&server, ResponseTemplate::new(503).insert_header("retry-after", "1"), 1).await;
    let mut service = service(&server.uri());
    service.throttle = Arc::new(Throttle::new(1));
    let client = LogAnalytics::new(service, Scope::workspace(WORKSPACE).unwrap());
    let started = Instant::now();
    let (a, b) = (Query::new("A"), Query::new("B"));
    let (a, b) = futures::join!(client.query(&a), client.query(&b));
    assert!(a.is_ok() && b.is_ok());
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn nothing_is_retried_for_ever() {
    for status in [429, 500, 502, 503] {
        let server = MockServer::start().await;
        first(&server, ResponseTemplate::new(status), 100).await;
        let fault = workspace(&server.uri()).query(&Query::new("T")).await.unwrap_err();
        assert!(fault.message.ends_with("(tried 3 times)"), "{}", fault.message);
        assert_eq!(requests(&server).await, 3, "{status}");
    }
}

#[tokio::test]
async fn what_would_fail_again_is_not_retried() {
    for (status, kind) in [
        (400, FaultKind::Query),
        (403, FaultKind::Denied),
        (404, FaultKind::NotFound),
        (413, FaultKind::Limit),
        (504, FaultKind::Timeout),
    ] {
        let server = MockServer::start().await;
        first(&server, ResponseTemplate::new(status), 100).await;
        let fault = workspace(&server.uri()).query(&Query { whole: true, ..Query::new("T") }).await.unwrap_err();
        assert_eq!(fault.kind, kind);
        assert_eq!(requests(&server).await, 1, "{status}");
    }
    let server = MockServer::start().await;
    let permanent = json!({"error": {"code": "X", "message": "m", "@permanent": true}});
    first(&server, ResponseTemplate::new(500).set_body_json(permanent), 100).await;
    workspace(&server.uri()).query(&Query::new("T")).await.unwrap_err();
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again() {
    let server = MockServer::start().await;
    first(&server, ResponseTemplate::new(503), 100).await;
    let call = |repeatable| Call {
        path: "x".into(),
        body: Some(json!({})),
        headers: Default::default(),
        timeout: Duration::from_secs(20),
        repeatable,
    };
    service(&server.uri()).send::<JsonBody>(&call(false)).await.unwrap_err();
    assert_eq!(requests(&server).await, 1);
    service(&server.uri()).send::<JsonBody>(&call(true)).await.unwrap_err();
    assert_eq!(requests(&server).await, 4);
}

#[tokio::test]
async fn a_wait_longer_than_the_query_may_take_is_not_waited() {
    let server = MockServer::start().await;
    first(&server, ResponseTemplate::new(429).insert_header("retry-after", "3600"), 1).await;
    let started = Instant::now();
    let fault = workspace(&server.uri()).query(&Query::new("T")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Throttled);
    assert!(fault.message.contains("it asks to wait 3600 s"), "{}", fault.message);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer token-1"))
        .respond_with(ok(&numbers(&[1])))
        .with_priority(1)
        .mount(&server)
        .await;
    let expired =
        json!({"error": {"code": "AuthorizationRequiredError", "message": "Valid authentication was not provided"}});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401).set_body_json(&expired))
        .with_priority(2)
        .mount(&server)
        .await;
    workspace(&server.uri()).query(&Query::new("T")).await.unwrap();
    assert_eq!(requests(&server).await, 2);

    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401).set_body_json(&expired)).mount(&server).await;
    let signer = Arc::new(Signer::default());
    let mut service = service(&server.uri());
    service.credential = signer.clone();
    let fault =
        LogAnalytics::new(service, Scope::workspace(WORKSPACE).unwrap()).query(&Query::new("T")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::SignIn);
    assert_eq!(fault.message, "the workspace Test does not take the token: Valid authentication was not provided");
    assert_eq!((requests(&server).await, signer.renewed.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn a_token_that_is_refused_with_403_is_renewed_too_and_a_missing_role_is_not() {
    for (code, renewed, kind) in [
        ("InvalidAuthenticationToken", 1, FaultKind::SignIn),
        ("InvalidAuthenticationTokenAudience", 1, FaultKind::SignIn),
        ("InsufficientAccessError", 0, FaultKind::Denied),
    ] {
        let server = MockServer::start().await;
        let refusal = json!({"error": {"code": code, "message": "The access token is invalid."}});
        let response = ResponseTemplate::new(403).set_body_json(&refusal);
        Mock::given(method("POST")).respond_with(response).mount(&server).await;
        let signer = Arc::new(Signer::default());
        let mut service = service(&server.uri());
        service.credential = signer.clone();
        let client = LogAnalytics::new(service, Scope::workspace(WORKSPACE).unwrap());
        assert_eq!(client.query(&Query::new("T")).await.unwrap_err().kind, kind, "{code}");
        assert_eq!(signer.renewed.load(Ordering::SeqCst), renewed, "{code}");
    }
}

#[tokio::test]
async fn a_query_takes_no_longer_than_it_may() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ok(&numbers(&[1])).set_delay(Duration::from_secs(30)))
        .mount(&server)
        .await;
    let query = Query { timeout: Some(Duration::from_millis(200)), whole: true, ..Query::new("T") };
    let fault = workspace(&server.uri()).query(&query).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout);
    assert_eq!(fault.message, "the workspace Test did not answer within 0.2 s");
}

#[tokio::test]
async fn no_more_than_the_limit_are_sent_at_the_same_time() {
    use std::sync::atomic::AtomicUsize;
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (now, peak) = (under_way.clone(), most.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (now, peak) = (now.clone(), peak.clone());
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut bytes = vec![0; 65536];
                let _ = stream.read(&mut bytes).await;
                peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                let body = numbers(&[1]).to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            });
        }
    });
    let client = workspace(&endpoint);
    let queries: Vec<Query> = (0..12).map(|n| Query::new(format!("T{n}"))).collect();
    let results = futures::future::join_all(queries.iter().map(|query| client.query(query))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(most.load(Ordering::SeqCst), 5);
}
