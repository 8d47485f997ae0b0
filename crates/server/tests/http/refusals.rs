//! Who may ask, and what is refused before it is read.

use std::net::SocketAddr;

use serde_json::json;
use server::{Options, StartError, Token};

use crate::{Test, any, ok};

#[tokio::test]
async fn a_token_is_needed_and_compared() {
    let test = Test::start(Options { token: Some(Token::new("right")), ..Options::default() });
    let client = reqwest::Client::new();
    let send = |auth: Option<&str>| {
        let request =
            client.post(format!("{}/v1/workspaces/w/query", test.server.url())).json(&json!({"query": "print 1"}));
        match auth {
            Some(auth) => request.header("authorization", auth),
            None => request,
        }
    };
    for missing in [None, Some("right"), Some("Basic right"), Some("Bearer "), Some("Bearer")] {
        let (status, body) = any(send(missing)).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!("AuthenticationFailed")), "{missing:?}");
    }
    let (status, body) = any(send(Some("Bearer wrong"))).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("InvalidAuthenticationToken")));
    ok(send(Some("bearer right"))).await;
    let kusto = client.post(format!("{}/v2/rest/query", test.server.url())).send().await.unwrap();
    assert_eq!((kusto.status().as_u16(), kusto.text().await.unwrap().as_str()), (401, ""));
    assert_eq!(test.server.queries(), 1);
}

#[tokio::test]
async fn pages_of_other_hosts_are_refused() {
    let test = Test::start(Options::default());
    let send = |host: &str| test.get("/v1/workspaces/w/metadata").header("host", host);
    assert_eq!(any(send("evil.example")).await.0, 403);
    assert_eq!(any(send("127.0.0.1.evil.example:80")).await.0, 403);
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:80"] {
        ok(send(host)).await;
    }
}

#[test]
fn other_machines_are_not_let_in_unasked() {
    let listen: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = server::start(kql_polars::NoTables, Options { listen, ..Options::default() });
    assert!(matches!(refused, Err(StartError::Remote(_))));
    assert!(server::start(kql_polars::NoTables, Options { listen, allow_remote: true, ..Options::default() }).is_ok());
    let taken = server::start(kql_polars::NoTables, Options::default()).unwrap();
    let error = server::start(kql_polars::NoTables, Options { listen: taken.address(), ..Options::default() });
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} cannot be listened on: ", taken.address())), "{error}");
    let empty = Options { token: Some(Token::new(" \n")), ..Options::default() };
    assert!(matches!(server::start(kql_polars::NoTables, empty), Err(StartError::EmptyToken)));
}

#[tokio::test]
async fn paths_methods_and_bodies_that_there_are_none_of() {
    let test = Test::start(Options { max_body: 1000, ..Options::default() });
    for path in
        ["/", "/v1/workspaces", "/v1/workspaces/w/other", "/v1/subscriptions/s", "/v3/rest/query", "/v1/apps/a/query"]
    {
        let (status, body) = any(test.get(path)).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("PathNotFoundError")), "{path}");
    }
    let (status, body) = any(test.get("/v1/rest/mgmt")).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("NotFound")));
    let (status, body) = any(test.post("/v1/workspaces/w/query").body(vec![b'x'; 1001])).await;
    assert_eq!((status, &body["error"]["code"]), (413, &json!("PayloadTooLarge")));
    let zipped = test.post("/v1/workspaces/w/query").header("content-encoding", "gzip").body("x");
    assert_eq!(any(zipped).await.0, 415);
}
