//! All threat intelligence services together: failures of one are no failures of the others.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use enrich::ti::{ProviderSettings, Severity, ThreatIntel, TiError, TiOptions, TiRow};
use enrich::{Cache, Ioc};
use serde_json::json;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn settings(name: &str, server: &MockServer) -> ProviderSettings {
    ProviderSettings {
        endpoint: Some(server.uri()),
        per_minute: Some(0),
        timeout: Some(Duration::from_millis(300)),
        ..ProviderSettings::new(name, "k3y-0123456789abcdef")
    }
}

async fn serving(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn abuse(score: u8) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"data": {"abuseConfidenceScore": score}}))
}

fn addresses(count: usize) -> Vec<Ioc> {
    (0..count).map(|i| Ioc::detect(&format!("8.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255)).unwrap()).collect()
}

fn of<'a>(rows: &'a [TiRow], provider: &str) -> Vec<&'a TiRow> {
    rows.iter().filter(|row| row.provider == provider).collect()
}

#[tokio::test]
async fn each_failure_is_a_row_and_the_others_answer() {
    let good = serving(abuse(90)).await;
    let hanging = serving(abuse(0).set_delay(Duration::from_secs(60))).await;
    let wrong_key = serving(ResponseTemplate::new(401)).await;
    let nobody = ProviderSettings { endpoint: Some("http://127.0.0.1:9/".to_owned()), ..settings("CrowdSec", &good) };
    let no_key = ProviderSettings { key: None, ..settings("XForce", &good) };
    let no_address = ProviderSettings { endpoint: Some("nowhere".to_owned()), ..settings("BinaryEdge", &good) };
    let intel = ThreatIntel::new(&[
        settings("AbuseIPDB", &good),
        settings("OTX", &hanging),
        settings("VirusTotal", &wrong_key),
        nobody,
        no_key,
        no_address,
    ]);
    let report = intel.lookup(&addresses(20), &TiOptions::default()).await.unwrap();
    assert_eq!(report.rows.len(), 120);
    assert!(of(&report.rows, "AbuseIPDB").iter().all(|row| row.severity == Severity::High && row.status == "ok"));
    for (provider, first, message) in [
        ("OTX", "timed out", "no answer within"),
        ("VirusTotal", "not authorized", "the key is not accepted (401): check it in msticpyconfig.yaml"),
        ("CrowdSec", "failed", "it cannot be reached"),
        ("XForce", "failed", "no ApiID is set: add it under TIProviders, XForce in msticpyconfig.yaml"),
        ("BinaryEdge", "failed", "the endpoint nowhere is no web address"),
    ] {
        let rows = of(&report.rows, provider);
        assert!(rows.iter().all(|row| !row.result && row.severity == Severity::Unknown), "{provider}");
        assert!(rows.iter().all(|row| row.status == first || row.status == "not asked"), "{provider}");
        assert!(rows.iter().any(|row| row.status == first), "{provider}");
        let all_say = rows.iter().all(|row| row.details["Message"].as_str().unwrap().contains(message));
        assert!(all_say, "{provider}: {:?}", rows[0].details);
        assert!(report.notes.iter().any(|note| note.starts_with(provider)), "{provider}: {:?}", report.notes);
    }
    // A wrong key is not tried for every indicator.
    assert!(wrong_key.received_requests().await.unwrap().len() <= 4);
    assert!(!format!("{report:?}{intel:?}").contains("k3y-"));
}

#[tokio::test]
async fn order_subtypes_and_providers() {
    let server = serving(abuse(1)).await;
    let secondary = ProviderSettings { primary: false, ..settings("CrowdSec", &server) };
    let intel = ThreatIntel::new(&[settings("AbuseIPDB", &server), secondary, settings("RiskIQ", &server)]);
    assert_eq!(intel.providers().collect::<Vec<_>>(), [("AbuseIPDB", true), ("CrowdSec", false)]);
    assert_eq!(intel.notes(), ["threat intelligence service RiskIQ: this program does not know it"]);

    let iocs = Ioc::detect_all("9.9.9.9 evil.com 8.8.8.8 9.9.9.9");
    let report = intel.lookup(&iocs, &TiOptions::default()).await.unwrap();
    let rows: Vec<_> = report.rows.iter().map(|row| (row.ioc.as_str(), row.provider.as_str(), row.status)).collect();
    assert_eq!(
        rows,
        [("9.9.9.9", "AbuseIPDB", "ok"), ("evil.com", "", "not supported"), ("8.8.8.8", "AbuseIPDB", "ok")]
    );
    let named = TiOptions { providers: vec!["crowdsec".into()], show_not_supported: true, ..TiOptions::default() };
    let rows = intel.lookup(&iocs, &named).await.unwrap().rows;
    let rows: Vec<_> = rows.iter().map(|row| (row.ioc.as_str(), row.provider.as_str(), row.status)).collect();
    assert_eq!(rows[1], ("evil.com", "CrowdSec", "not supported"));
    let unknown = TiOptions { providers: vec!["Nobody".into()], ..TiOptions::default() };
    let error = intel.lookup(&iocs, &unknown).await.unwrap_err().to_string();
    assert_eq!(error, "there is no threat intelligence service Nobody; there are AbuseIPDB, CrowdSec");
    assert_eq!(ThreatIntel::new(&[]).lookup(&iocs, &TiOptions::default()).await.unwrap_err(), TiError::NoProvider);
}

#[tokio::test]
async fn what_is_not_public_is_not_sent() {
    let server = serving(abuse(1)).await;
    let intel = ThreatIntel::new(&[settings("AbuseIPDB", &server), settings("OTX", &server)]);
    let iocs = Ioc::detect_all("10.0.0.4 fe80::1 http://192.168.1.1/x printer.local 100.64.0.1 203.0.113.9");
    assert_eq!(iocs.len(), 6);
    let rows = intel.lookup(&iocs, &TiOptions::default()).await.unwrap().rows;
    assert!(rows.iter().all(|row| row.status == "not public" && row.severity == Severity::Information));
    assert_eq!(rows[0].details["Message"], "Private address: not sent to any service");
    assert_eq!(rows.len(), 6);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn many_need_a_limit() {
    let server = serving(abuse(1)).await;
    let free = ProviderSettings { per_minute: Some(4), ..settings("AbuseIPDB", &server) };
    let intel = ThreatIntel::new(&[free]);
    let many = addresses(100_000);
    let error = intel.lookup(&many, &TiOptions::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "100000 different indicators would be about 100000 requests and take about 416 h 40 min: say how many to ask for with a limit \
         (a limit of 100000 asks for all), or name fewer services"
    );
    let limited = TiOptions { limit: Some(3), ..TiOptions::default() };
    let report = intel.lookup(&many, &limited).await.unwrap();
    assert_eq!(report.rows.len(), 3);
    assert_eq!(report.notes, ["99997 of 100000 indicators were not asked for: the limit is 3"]);
}

#[tokio::test]
async fn a_second_run_makes_no_request() {
    let server = MockServer::start().await;
    Mock::given(path("/v2/smoke/8.0.0.0")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    Mock::given(path("/v2/smoke/8.0.0.1")).respond_with(ResponseTemplate::new(418)).mount(&server).await;
    let found = ResponseTemplate::new(200).set_body_json(json!({"scores": {"overall": {"total": 5}}}));
    Mock::given(any()).respond_with(found).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::new(dir.path(), Duration::from_secs(60));
    let mut runs = Vec::new();
    for _ in 0..2 {
        let intel = ThreatIntel::new(&[settings("CrowdSec", &server)]).with_cache(Some(cache.clone()));
        runs.push(intel.lookup(&addresses(4), &TiOptions::default()).await.unwrap().rows);
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0].iter().map(|row| row.status).collect::<Vec<_>>(), ["not found", "failed", "ok", "ok"]);
    // Only the failure is asked for again.
    assert_eq!(server.received_requests().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_time_limit_ends_it_with_rows_that_say_so() {
    let server = serving(abuse(1)).await;
    let slow = ProviderSettings { per_minute: Some(2), ..settings("AbuseIPDB", &server) };
    let options = TiOptions { deadline: Some(Duration::from_secs(1)), ..TiOptions::default() };
    let rows = ThreatIntel::new(&[slow]).lookup(&addresses(5), &options).await.unwrap().rows;
    let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
    assert_eq!(statuses, ["ok", "ok", "not asked", "not asked", "not asked"]);
    assert!(rows[2].details["Message"].as_str().unwrap().contains("the time limit of 1 s is used up"));
}

#[tokio::test]
async fn progress_counts_every_answer() {
    let server = serving(abuse(1)).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let progress = Arc::new(move |done, total| tell.lock().unwrap().push((done, total)));
    let options = TiOptions { progress: Some(progress), ..TiOptions::default() };
    let intel = ThreatIntel::new(&[settings("AbuseIPDB", &server), settings("OTX", &server)]);
    intel.lookup(&addresses(10), &options).await.unwrap();
    let mut told = told.lock().unwrap().clone();
    told.sort_unstable();
    assert_eq!(told, (1..=20).map(|done| (done, 20)).collect::<Vec<_>>());
}
