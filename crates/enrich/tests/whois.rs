//! RDAP and Team Cymru on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use enrich::whois::{WhoIs, WhoIsError, WhoIsOptions, WhoIsSettings};
use enrich::{Cache, Limits};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use wiremock::matchers::{any, headers, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Answers bulk requests; its address, and how many connections there were.
async fn cymru(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let (read, mut write) = stream.split();
            let mut lines = BufReader::new(read).lines();
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("begin"));
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("verbose"));
            write.write_all(b"Bulk mode; whois.cymru.com [2026-11-25 10:00:00 +0000]\n").await.unwrap();
            while let Some(line) = lines.next_line().await.unwrap().filter(|line| line != "end") {
                write.write_all(answer(&line).as_bytes()).await.unwrap();
            }
        }
    });
    (address, connections)
}

fn routed(address: &str) -> String {
    format!("64496   | {address}  | {address}/24 | IE | ripencc  | 2001-02-14 | EXAMPLE, IE\n")
}

fn settings(rdap: &MockServer, cymru: &str) -> WhoIsSettings {
    WhoIsSettings {
        bootstrap: None,
        rdap: Some(rdap.uri()),
        cymru: cymru.to_owned(),
        limits: Limits {
            timeout: Duration::from_millis(500),
            backoff: Duration::from_millis(1),
            parallel: 10,
            ..Limits::DEFAULT
        },
        cache: None,
        http: Default::default(),
    }
}

fn ips(text: &str) -> Vec<IpAddr> {
    enrich::ip::parse_all(text).collect()
}

fn network(name: &str) -> Value {
    json!({"handle": name, "name": name, "startAddress": "8.8.8.0", "endAddress": "8.8.8.255"})
}

#[tokio::test]
async fn registry_and_router_of_a_column() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/api/rdap_arin_ip.json");
    let answer: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let server = MockServer::start().await;
    Mock::given(path("/ip/13.107.4.50"))
        .and(headers("accept", vec!["application/rdap+json", "application/json;q=0.9"]))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    let (cymru, connections) =
        cymru(|address| if address == "9.9.9.9" { String::new() } else { routed(address) }).await;
    let whois = WhoIs::new(settings(&server, &cymru));
    let list = ips("13.107.4.50 9.9.9.9 10.0.0.4 ::ffff:13.107.4.50 2001:db8::1 169.254.1.1");
    let report = whois.lookup(&list, &WhoIsOptions::default()).await.unwrap();
    let rows: Vec<_> =
        report.rows.iter().map(|r| (r.address.to_string(), r.status.as_str(), r.source.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("13.107.4.50".to_owned(), "ok", "Team Cymru, RDAP"),
            ("9.9.9.9".to_owned(), "not found", ""),
            ("10.0.0.4".to_owned(), "not public", ""),
            ("2001:db8::1".to_owned(), "not public", ""),
            ("169.254.1.1".to_owned(), "not public", ""),
        ]
    );
    assert_eq!(report.rows[0].nets[0].name, "MSFT");
    assert_eq!(report.rows[0].origin.description, "EXAMPLE, IE");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[tokio::test]
async fn redirects_are_followed_and_circles_are_not() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    let to = |url: String| ResponseTemplate::new(302).insert_header("Location", url.as_str());
    let moved = to(format!("{}/rdap/ip/8.8.8.8", second.uri()));
    Mock::given(path("/ip/8.8.8.8")).respond_with(moved).mount(&first).await;
    Mock::given(path("/rdap/ip/8.8.8.8"))
        .respond_with(ResponseTemplate::new(200).set_body_json(network("MOVED")))
        .mount(&second)
        .await;
    Mock::given(path("/ip/8.8.4.4")).respond_with(to(format!("{}/x", second.uri()))).mount(&first).await;
    Mock::given(path("/x")).respond_with(to(format!("{}/ip/8.8.4.4", first.uri()))).mount(&second).await;
    Mock::given(path("/ip/9.9.9.9")).respond_with(to("file:///etc/passwd".to_owned())).mount(&first).await;
    for i in 0..20 {
        let next = to(format!("/step{}", i + 1));
        Mock::given(path(if i == 0 { "/ip/1.1.1.1".to_owned() } else { format!("/step{i}") }))
            .respond_with(next)
            .mount(&first)
            .await;
    }
    let (cymru, _) = cymru(routed).await;
    let whois = WhoIs::new(settings(&first, &cymru));
    let report = whois.lookup(&ips("8.8.8.8 8.8.4.4 9.9.9.9 1.1.1.1"), &WhoIsOptions::default()).await.unwrap();
    assert_eq!(report.rows[0].nets[0].name, "MOVED");
    assert_eq!(report.rows[1].status, "failed: unexpected answer: the registries redirect in a circle");
    assert_eq!(report.rows[2].status, "failed: unexpected answer: a redirect leads to null");
    assert_eq!(report.rows[3].status, "failed: unexpected answer: more than 8 redirects");
    // What is known all the same.
    assert!(report.rows.iter().all(|row| row.origin.asn == "64496"));
    assert_eq!(report.notes.len(), 1);
}

#[tokio::test]
async fn networks_around_are_asked_for_once() {
    let server = MockServer::start().await;
    let with_up = |name: &str, up: &str| {
        let mut body = network(name);
        body["links"] = json!([{"rel": "self", "href": "x"}, {"rel": "up", "href": format!("{}{up}", server.uri())}]);
        ResponseTemplate::new(200).set_body_json(body)
    };
    Mock::given(path("/outer")).respond_with(with_up("OUTER", "/outer")).expect(1).mount(&server).await;
    Mock::given(any()).respond_with(with_up("INNER", "/outer")).mount(&server).await;
    let (cymru, _) = cymru(routed).await;
    let whois = WhoIs::new(settings(&server, &cymru));
    let list: Vec<IpAddr> = (0..30).map(|i| format!("8.8.8.{i}").parse().unwrap()).collect();
    let report = whois.lookup(&list, &WhoIsOptions::default()).await.unwrap();
    for row in &report.rows {
        assert_eq!(row.nets.iter().map(|net| net.name.as_str()).collect::<Vec<_>>(), ["INNER", "OUTER"]);
    }
    let without = WhoIsOptions { parents: false, ..WhoIsOptions::default() };
    assert_eq!(whois.lookup(&list[..1], &without).await.unwrap().rows[0].nets.len(), 1);
    assert_eq!(server.received_requests().await.unwrap().len(), 32);
}

#[tokio::test]
async fn a_second_run_makes_no_request() {
    let server = MockServer::start().await;
    Mock::given(path("/ip/9.9.9.9")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(network("N"))).mount(&server).await;
    let (cymru, connections) = cymru(routed).await;
    let dir = tempfile::tempdir().unwrap();
    let cached =
        || WhoIsSettings { cache: Some(Cache::new(dir.path(), Duration::from_secs(60))), ..settings(&server, &cymru) };
    let mut runs = Vec::new();
    for _ in 0..2 {
        runs.push(WhoIs::new(cached()).lookup(&ips("8.8.8.8 9.9.9.9"), &WhoIsOptions::default()).await.unwrap().rows);
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    // Off: asked again.
    WhoIs::new(settings(&server, &cymru)).lookup(&ips("8.8.8.8"), &WhoIsOptions::default()).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn pauses_are_kept_and_silence_is_left() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(429).insert_header("Retry-After", "0"))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(network("N"))).mount(&server).await;
    // Nobody listens at port 9.
    let whois = WhoIs::new(settings(&server, "127.0.0.1:9"));
    let report = whois.lookup(&ips("8.8.8.8"), &WhoIsOptions::default()).await.unwrap();
    assert_eq!((report.rows[0].status.as_str(), report.rows[0].source.as_str()), ("ok", "RDAP"));
    assert!(report.notes[0].starts_with("the autonomous systems are not known: 127.0.0.1:9"), "{:?}", report.notes);

    let silent = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(any()).respond_with(answer).mount(&silent).await;
    let (cymru, _) = cymru(routed).await;
    let list: Vec<IpAddr> = (0..50).map(|i| format!("8.8.8.{i}").parse().unwrap()).collect();
    let report = WhoIs::new(settings(&silent, &cymru)).lookup(&list, &WhoIsOptions::default()).await.unwrap();
    assert!(report.rows.iter().all(|row| row.status.contains("no answer within 0.5 s")), "{:?}", report.rows[0]);
    assert!(silent.received_requests().await.unwrap().len() < 50);
}

#[tokio::test]
async fn the_files_of_iana_decide_who_is_asked() {
    let server = MockServer::start().await;
    let file = |services: Value| ResponseTemplate::new(200).set_body_json(json!({"services": services}));
    let registry = format!("{}/registry/", server.uri());
    Mock::given(path("/b/ipv4.json")).respond_with(file(json!([[["8.0.0.0/8"], [registry]]]))).mount(&server).await;
    Mock::given(path("/b/asn.json")).respond_with(file(json!([[["64496"], [registry]]]))).mount(&server).await;
    Mock::given(path("/b/ipv6.json")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    Mock::given(path("/registry/ip/8.8.8.8"))
        .respond_with(ResponseTemplate::new(200).set_body_json(network("N")))
        .mount(&server)
        .await;
    Mock::given(path("/registry/autnum/64496"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"handle": "AS64496", "name": "EXAMPLE", "country": "IE"})),
        )
        .mount(&server)
        .await;
    let (cymru, _) = cymru(routed).await;
    let whois = WhoIs::new(WhoIsSettings {
        rdap: None,
        bootstrap: Some(format!("{}/b/", server.uri())),
        ..settings(&server, &cymru)
    });
    let report = whois.lookup(&ips("8.8.8.8"), &WhoIsOptions::default()).await.unwrap();
    assert_eq!(report.rows[0].nets[0].name, "N");
    assert_eq!(
        report.notes,
        [
            "ipv6.json of IANA cannot be fetched (the service answered with status 500): the copy in this program is used"
        ]
    );
    let system = whois.system("AS64496").await.unwrap();
    assert_eq!((system.asn, system.name.as_str(), system.registration.country.as_str()), (64496, "EXAMPLE", "IE"));
    assert_eq!(whois.system("google").await.unwrap_err(), WhoIsError::NoSystem("google".to_owned()));
    assert!(matches!(whois.system("as64511").await, Err(WhoIsError::Failed(64511, _))));
}

#[tokio::test]
async fn many_need_a_limit_and_the_router_alone_is_one_request() {
    let server = MockServer::start().await;
    let (cymru, connections) = cymru(routed).await;
    let whois = WhoIs::new(settings(&server, &cymru));
    let many: Vec<IpAddr> = (0..100_000u32).map(|i| std::net::Ipv4Addr::from(0x0800_0000 + i).into()).collect();
    let error = whois.lookup(&many, &WhoIsOptions::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "WhoIs for 100000 different addresses would be about 100000 requests and take about 67 min: say how many to ask for with a limit \
         (a limit of 100000 asks for all), or ask for the ASN only, which is one request"
    );
    let report =
        whois.lookup(&many[..6000], &WhoIsOptions { asn_only: true, ..WhoIsOptions::default() }).await.unwrap();
    assert!(report.rows.iter().all(|row| row.status == "ok" && row.nets.is_empty() && row.origin.asn == "64496"));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn hostile_answers_stay_texts() {
    let server = MockServer::start().await;
    let hostile = "</td><script>alert(1)</script>\u{1b}[2J=HYPERLINK(\"http://x\")";
    let mut body = network(hostile);
    body["remarks"] = json!([{"description": [hostile, hostile.repeat(1000)]}]);
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let (cymru, _) = cymru(move |address| format!("1 | {address} | x | y | z | d | {hostile} | more\n")).await;
    let row = WhoIs::new(settings(&server, &cymru))
        .lookup(&ips("8.8.8.8"), &WhoIsOptions::default())
        .await
        .unwrap()
        .rows
        .remove(0);
    assert_eq!(row.nets[0].name, hostile);
    assert!(row.nets[0].description.chars().count() <= 4001);
    assert_eq!(row.origin.description, format!("{hostile} | more"));
}
