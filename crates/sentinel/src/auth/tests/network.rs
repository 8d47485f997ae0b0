//! What is between here and the sign-in service.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::Case;
use super::mock::Service;
use crate::config::{AuthMethod, HttpSettings};

async fn case(authority: &str) -> Case {
    let service = Service::start().await;
    let mut case =
        Case::new(&[AuthMethod::ClientSecret, AuthMethod::DeviceCode], &service).application("app", "s3cret");
    case.cloud.endpoints.authority = authority.parse().ok();
    case
}

#[derive(Debug)]
struct NoNames;

impl reqwest::dns::Resolve for NoNames {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async {
            Err(std::io::Error::other("failed to lookup address information: Name or service not known").into())
        })
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_said() {
    let mut case = case("https://login.nowhere.invalid").await;
    case.http = reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(NoNames)).build().unwrap();
    let said = case.token().await.unwrap_err();
    for method in ["clientsecret", "devicecode"] {
        assert!(
            said.contains(&format!("{method}: the name of https://login.nowhere.invalid cannot be resolved")),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let mut case = case("https://login.nowhere.invalid").await;
    case.http = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy).unwrap()).build().unwrap();
    let said = case.token().await.unwrap_err();
    assert!(said.contains("clientsecret: the proxy does not connect to https://login.nowhere.invalid"), "{said}");
    assert!(said.contains("devicecode: the proxy does not connect to"), "{said}");
    assert!(said.contains("HTTPS_PROXY"), "{said}");
}

/// A service with a certificate that nobody knows; gives its URL and the certificate.
async fn unknown_certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut buffer = [0; 4096];
                    let _ = stream.read(&mut buffer).await;
                    let body =
                        r#"{"access_token":"over-tls","expires_in":3600,"ext_expires_in":3600,"token_type":"Bearer"}"#;
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    let der = made.cert.der();
    use base64::Engine as _;
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        base64::engine::general_purpose::STANDARD.encode(der)
    );
    (format!("https://localhost:{port}"), pem)
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_refused_and_one_that_is_configured_taken() {
    let (url, pem) = unknown_certificate().await;
    let mut case = case(&url).await;
    let said = case.token().await.unwrap_err();
    assert!(said.contains(&format!("clientsecret: no secure connection to {url}")), "{said}");
    assert!(said.contains("devicecode: no secure connection to"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, pem).unwrap();
    case.http = crate::http::client(&HttpSettings { ca_file: Some(ca_file), ..HttpSettings::default() }, &[]).unwrap();
    assert_eq!(case.token().await, Ok("over-tls".to_owned()));
}

#[tokio::test]
async fn where_nothing_is_reached_it_is_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let case = case(&url).await;
    let fault = case.sign_in().token(super::SCOPE, false).await.unwrap_err();
    assert_eq!(fault.kind, crate::fault::FaultKind::Network, "{fault}");
    assert!(fault.message.contains("no connection to"), "{fault}");
}
