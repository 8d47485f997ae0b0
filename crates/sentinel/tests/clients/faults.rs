//! Answers that are none.

use sentinel::log_analytics::{LogAnalytics, Scope};
use sentinel::{FaultKind, Query};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::common::{WORKSPACE, numbers, service, workspace};

async fn answered(response: ResponseTemplate) -> sentinel::Fault {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(response).mount(&server).await;
    workspace(&server.uri()).query(&Query { whole: true, ..Query::new("T") }).await.unwrap_err()
}

#[tokio::test]
async fn a_page_instead_of_json() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>\n<h1>Sign in to the proxy</h1>", "text/html");
    let fault = answered(page).await;
    assert_eq!(fault.kind, FaultKind::Service);
    assert!(
        fault.message.contains("answers with text/html, not with JSON: <html> <h1>Sign in to the proxy</h1>"),
        "{fault}"
    );
    let fault = answered(ResponseTemplate::new(200)).await;
    assert!(fault.message.contains("something of no type"), "{fault}");
}

#[tokio::test]
async fn an_error_page_of_ten_megabytes() {
    for status in [500, 400, 200] {
        let page = ResponseTemplate::new(status).set_body_raw("<p>oops</p>\n".repeat(900_000), "text/html");
        let fault = answered(page).await;
        assert!(fault.message.len() < 600, "{}", fault.message.len());
        assert!(fault.message.contains("oops"), "{fault}");
    }
}

#[tokio::test]
async fn malformed_json_says_where() {
    for (body, says) in [
        ("{\"tables\": [}", "it is not JSON: no value at byte 12"),
        ("[1]", "there is something else than tables among its tables"),
        ("{}", "the answer of the workspace Test has no table"),
        ("{\"tables\":[]}", "the answer of the workspace Test has no table"),
    ] {
        let fault = answered(ResponseTemplate::new(200).set_body_raw(body, "application/json")).await;
        assert_eq!(fault.kind, FaultKind::Service);
        assert!(fault.message.contains(says), "{body}: {fault}");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_refused() {
    let body = numbers(&vec![1_000_000_000_000_000_000; 200_000]).to_string();
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let mut service = service(&server.uri());
    service.max_answer = 2 << 20;
    let client = LogAnalytics::new(service, Scope::workspace(WORKSPACE).unwrap());
    let fault = client.query(&Query { whole: true, ..Query::new("T") }).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Limit);
    assert!(fault.message.starts_with("the answer of the workspace Test is longer than 2 MB"), "{fault}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = ResponseTemplate::new(307).insert_header("location", "http://127.0.0.1:9/");
    let fault = answered(elsewhere).await;
    assert!(fault.message.contains("sends elsewhere (status 307)"), "{fault}");
}

#[tokio::test]
async fn nothing_of_the_token_is_in_a_fault() {
    for status in [200, 400, 401, 403, 500] {
        let fault = answered(ResponseTemplate::new(status).set_body_raw("x", "text/plain")).await;
        assert!(!format!("{fault:?}").contains("token-"), "{fault:?}");
    }
}
