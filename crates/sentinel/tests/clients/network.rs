//! Faults of the line: names, certificates, proxies, connections that end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sentinel::config::{HttpSettings, ProxySettings};
use sentinel::http::client;
use sentinel::log_analytics::{LogAnalytics, Scope};
use sentinel::{FaultKind, Query};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::common::{WORKSPACE, numbers, service, workspace};

/// A server that answers every connection with these bytes, and ends it. How often it was asked.
async fn raw(answers: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 65536];
            let _ = stream.read(&mut bytes).await;
            let answer = answers(counter.fetch_add(1, Ordering::SeqCst));
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, count)
}

fn whole() -> Vec<u8> {
    let body = numbers(&[1, 2, 3]).to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_asked_for_again() {
    let length = whole().len();
    for cut in (0..length).step_by(7) {
        let (address, count) = raw(move |n| if n == 0 { whole()[..cut].to_vec() } else { whole() }).await;
        let table = workspace(&format!("http://{address}")).query(&Query::new("T")).await.unwrap();
        assert_eq!((table.rows(), count.load(Ordering::SeqCst)), (3, 2), "{cut}");
    }
}

#[tokio::test]
async fn an_answer_that_is_always_cut_is_a_fault() {
    let (address, count) = raw(|_| whole()[..whole().len() - 10].to_vec()).await;
    let fault = workspace(&format!("http://{address}")).query(&Query::new("T")).await.unwrap_err();
    assert!(fault.message.contains("was cut off after") && fault.message.ends_with("(tried 3 times)"), "{fault}");
    assert_eq!(count.load(Ordering::SeqCst), 3);
    // Cut, though the length says that it is whole.
    let (address, _) = raw(|_| {
        let body = numbers(&[1, 2, 3]).to_string();
        let body = &body[..body.len() - 3];
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    })
    .await;
    let fault = workspace(&format!("http://{address}")).query(&Query::new("T")).await.unwrap_err();
    assert!(fault.message.contains("was cut off after"), "{fault}");
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fault = workspace(&format!("http://{address}")).query(&Query::new("T")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.starts_with(&format!("no connection to http://{address}")), "{fault}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    // `.invalid` never resolves (RFC 6761).
    let fault = workspace("https://log-analytics.invalid").query(&Query::new("T")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.starts_with("the name of https://log-analytics.invalid cannot be resolved"), "{fault}");
    assert!(!fault.message.contains("tried"), "{fault}");
}

#[tokio::test]
async fn no_tls_on_the_other_side() {
    let (address, _) = raw(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
    let fault = workspace(&format!("https://{address}")).query(&Query::new("T")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.starts_with(&format!("no secure connection to https://{address}")), "{fault}");
}

#[tokio::test]
async fn a_proxy_that_refuses() {
    let (address, _) =
        raw(|_| b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let settings = HttpSettings {
        proxies: vec![ProxySettings {
            scheme: "https".into(),
            url: format!("http://{address}").parse().unwrap(),
            user_name: None,
            password: None,
        }],
        ..HttpSettings::default()
    };
    let mut service = service("https://log-analytics.invalid");
    service.client = client(&settings, &[None]).unwrap();
    let client = LogAnalytics::new(service, Scope::workspace(WORKSPACE).unwrap());
    let fault = client.query(&Query::new("T")).await.unwrap_err();
    assert!(fault.message.starts_with("the proxy does not connect to https://log-analytics.invalid"), "{fault}");
    assert!(!fault.message.contains("tried"), "{fault}");
}

#[tokio::test]
async fn a_token_is_not_sent_in_the_clear() {
    let fault = workspace("http://10.0.0.1").query(&Query::new("T")).await.unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (FaultKind::BadInput, "the endpoint http://10.0.0.1 is not https")
    );
}

#[test]
fn a_certificate_file_that_is_none() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "no certificate").unwrap();
    let settings = HttpSettings { ca_file: Some(file.path().to_owned()), ..HttpSettings::default() };
    let fault = client(&settings, &[]).unwrap_err();
    assert!(fault.message.contains("there is no certificate in it"), "{fault}");
    let settings = HttpSettings { ca_file: Some("/nowhere/ca.pem".into()), ..HttpSettings::default() };
    assert_eq!(client(&settings, &[]).unwrap_err().kind, FaultKind::BadInput);
}
