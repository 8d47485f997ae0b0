//! Each threat intelligence service over HTTP on loopback, against answers of the service.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::time::Duration;

use enrich::Ioc;
use enrich::ti::{ProviderSettings, Severity, ThreatIntel, TiOptions, TiRow};
use serde_json::{Value, json};
use wiremock::matchers::{any, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "k3y-0123456789abcdef";
const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn sample(name: &str) -> Value {
    let file = format!("{}/../../tests/data/api/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&file).expect(&file)).expect(&file)
}

fn settings(name: &str, server: &MockServer) -> ProviderSettings {
    ProviderSettings {
        id: Some("user-id-1234".into()),
        endpoint: Some(server.uri()),
        per_minute: Some(0),
        timeout: Some(Duration::from_secs(10)),
        ..ProviderSettings::new(name, KEY)
    }
}

async fn ask(name: &str, server: &MockServer, iocs: &str, query: &str) -> Vec<TiRow> {
    let intel = ThreatIntel::new(&[settings(name, server)]);
    let options = TiOptions { query: query.to_owned(), ..TiOptions::default() };
    intel.lookup(&Ioc::detect_all(iocs), &options).await.unwrap().rows
}

fn summary(row: &TiRow) -> (&'static str, bool, Severity) {
    (row.status, row.result, row.severity)
}

/// Serves `body` at the path only, and asks for one indicator.
async fn one(name: &str, ioc: &str, query: &str, at: &str, body: &Value) -> TiRow {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&server).await;
    let mut rows = ask(name, &server, ioc, query).await;
    assert_eq!(rows.len(), 1, "{name}");
    let row = rows.remove(0);
    assert!(!format!("{row:?}").contains(KEY), "{name} shows its key: {row:?}");
    row
}

#[tokio::test]
async fn severities_of_the_samples() {
    use Severity::{High, Information, Unknown, Warning};
    let pulses = |count: usize| json!({"pulse_info": {"pulses": vec![json!({"name": "n", "tags": ["t"]}); count]}});
    let vt = |name: &str| json!({"data": sample(name)});
    let abuse = |score: Value| json!({"data": {"abuseConfidenceScore": score}});
    let crowd = |total: i32| json!({"scores": {"overall": {"total": total}}});
    let id = "aHR0cDovLzIxOC41NC40Ny43Ny8";
    let noise = |class: &str| json!({"noise": true, "riot": false, "classification": class});
    for (name, ioc, query, at, body, expected) in [
        ("OTX", "8.8.8.8", "", "/api/v1/indicators/IPv4/8.8.8.8/general", sample("otx.mock"), Warning),
        ("OTX", "2a02:8084::1", "", "/api/v1/indicators/IPv6/2a02:8084::1/general", pulses(0), Information),
        ("OTX", "evil.com", "", "/api/v1/indicators/domain/evil.com/general", pulses(2), High),
        ("OTX", MD5, "", &format!("/api/v1/indicators/file/{MD5}/general"), json!({"x": 1}), Information),
        (
            "OTX",
            "http://evil.com/a?b=c",
            "",
            "/api/v1/indicators/url/http:%2F%2Fevil.com%2Fa%3Fb=c/general",
            pulses(1),
            Warning,
        ),
        ("XForce", "8.8.8.8", "", "/ipr/8.8.8.8", sample("xforce.mock"), Information),
        ("XForce", MD5, "", &format!("/malware/{MD5}"), sample("xforce.mock"), High),
        ("XForce", "8.8.8.8", "malware", "/ipr/malware/8.8.8.8", sample("xforce.mock"), High),
        ("XForce", "8.8.8.8", "whois", "/whois/8.8.8.8", sample("xforce.mock"), Information),
        ("XForce", "evil.com", "", "/url/evil.com", json!({"result": {"score": 2}}), Warning),
        ("XForce", "evil.com", "", "/url/evil.com", json!({"result": {"score": "5.5"}}), High),
        ("XForce", "evil.com", "", "/url/evil.com", json!({"result": {"score": null}}), Unknown),
        ("GreyNoise", "8.8.8.8", "", "/v3/community/8.8.8.8", sample("greynoise.mock"), High),
        ("GreyNoise", "8.8.8.8", "", "/v3/community/8.8.8.8", noise("benign"), Information),
        ("GreyNoise", "8.8.8.8", "quick", "/v2/noise/quick/8.8.8.8", json!({"noise": true}), Information),
        ("GreyNoise", "8.8.8.8", "full", "/v2/noise/context/8.8.8.8", noise("Malicious"), High),
        ("AbuseIPDB", "8.8.8.8", "", "/api/v2/check", sample("abuseipdb.mock"), Information),
        ("AbuseIPDB", "8.8.8.8", "", "/api/v2/check", abuse(json!(1)), Warning),
        ("AbuseIPDB", "8.8.8.8", "", "/api/v2/check", abuse(json!("50")), Warning),
        ("AbuseIPDB", "8.8.8.8", "", "/api/v2/check", abuse(json!(51)), High),
        ("IPQualityScore", "8.8.8.8", "", &format!("/ip/{KEY}/8.8.8.8"), sample("ipqualityscore.mock"), High),
        ("IPQualityScore", "8.8.8.8", "", &format!("/ip/{KEY}/8.8.8.8"), json!({"fraud_score": 79}), Warning),
        ("IPQualityScore", "8.8.8.8", "", &format!("/ip/{KEY}/8.8.8.8"), json!({"fraud_score": 50}), Information),
        ("IntSights", "8.8.8.8", "", "/public/v3/iocs/ioc-by-value", sample("intsights.mock"), Warning),
        ("IntSights", "evil.com", "", "/public/v3/iocs/ioc-by-value", json!({"severity": "HIGH"}), High),
        ("IntSights", "evil.com", "", "/public/v3/iocs/ioc-by-value", json!({"severity": "new"}), Unknown),
        ("CrowdSec", "8.8.8.8", "", "/v2/smoke/8.8.8.8", sample("crowdsec.mock"), Warning),
        ("CrowdSec", "8.8.8.8", "", "/v2/smoke/8.8.8.8", crowd(2), Information),
        ("CrowdSec", "8.8.8.8", "", "/v2/smoke/8.8.8.8", crowd(4), High),
        ("BinaryEdge", "8.8.8.8", "", "/v2/query/ip/8.8.8.8", sample("binaryedge.mock"), Information),
        ("Pulsedive", "pulsedive.com", "", "/info.php", sample("pulsedive_indicator.mock"), High),
        ("Pulsedive", "8.8.8.8", "", "/info.php", json!({"risk": "medium"}), Warning),
        ("Pulsedive", "8.8.8.8", "", "/info.php", json!({"risk": "none"}), Unknown),
        ("VirusTotal", "http://218.54.47.77/", "", &format!("/urls/{id}"), vt("virustotal_v3_url_0"), Information),
        ("VirusTotal", "http://218.54.47.77/", "", &format!("/urls/{id}"), vt("virustotal_v3_url_1"), Warning),
        ("VirusTotal", SHA256, "", &format!("/files/{SHA256}"), vt("virustotal_v3_file"), High),
        (
            "VirusTotal",
            "2a02:8084::1",
            "",
            "/ip_addresses/2a02:8084::1",
            json!({"data": {"attributes": {"last_analysis_stats": {"malicious": 0, "suspicious": 1}}}}),
            Warning,
        ),
    ] {
        let row = one(name, ioc, query, at, &body).await;
        assert_eq!(summary(&row), ("ok", true, expected), "{name} {ioc} {query}: {row:?}");
        assert_eq!(row.provider, name);
        assert!(row.reference.starts_with("https://"), "{name}: {}", row.reference);
        assert_eq!(row.raw_result, body, "{name}");
    }
}

#[tokio::test]
async fn details_say_what_matters() {
    let row =
        one("VirusTotal", SHA256, "", &format!("/files/{SHA256}"), &json!({"data": sample("virustotal_v3_file")}))
            .await;
    assert_eq!(row.details["Malicious"], 40);
    assert_eq!(row.details["Detections"].as_array().unwrap().len(), 40);
    let row = one("OTX", "8.8.8.8", "", "/api/v1/indicators/IPv4/8.8.8.8/general", &sample("otx.mock")).await;
    assert_eq!(row.details["Tags"], json!(["bad", "good", "ugly"]));
    let row = one("BinaryEdge", "8.8.8.8", "", "/v2/query/ip/8.8.8.8", &sample("binaryedge.mock")).await;
    assert_eq!(row.details["Ports"], json!([443, 80]));
    assert_eq!(row.details["Services"], json!(["ssl/http (nginx)", "http (nginx)"]));
    let row = one("CrowdSec", "8.8.8.8", "", "/v2/smoke/8.8.8.8", &sample("crowdsec.mock")).await;
    assert_eq!(row.details["Behaviors"], json!(["SIP Bruteforce", "TCP Scan"]));
    assert_eq!(row.details["Attacks"], json!(["SIP Bruteforce", "Port Scanner"]));
    let row = one("IPQualityScore", "8.8.8.8", "", &format!("/ip/{KEY}/8.8.8.8"), &sample("ipqualityscore.mock")).await;
    assert_eq!((&row.details["Region"], &row.details["City"]), (&json!("New York"), &json!("Long Island City")));
}

#[tokio::test]
async fn keys_are_sent_where_they_belong() {
    for (name, ioc, check) in [
        ("OTX", "8.8.8.8", Some(("x-otx-api-key", KEY))),
        ("VirusTotal", "8.8.8.8", Some(("x-apikey", KEY))),
        ("AbuseIPDB", "8.8.8.8", Some(("key", KEY))),
        ("GreyNoise", "8.8.8.8", Some(("key", KEY))),
        ("CrowdSec", "8.8.8.8", Some(("x-api-key", KEY))),
        ("BinaryEdge", "8.8.8.8", Some(("x-key", KEY))),
        ("OPR", "evil.com", Some(("api-opr", KEY))),
        ("XForce", "8.8.8.8", Some(("authorization", "Basic dXNlci1pZC0xMjM0OmszeS0wMTIzNDU2Nzg5YWJjZGVm"))),
        ("IntSights", "8.8.8.8", Some(("authorization", "Basic dXNlci1pZC0xMjM0OmszeS0wMTIzNDU2Nzg5YWJjZGVm"))),
        ("Pulsedive", "8.8.8.8", None),
    ] {
        let server = MockServer::start().await;
        let found = ResponseTemplate::new(418);
        match check {
            Some((field, value)) => Mock::given(header(field, value)).respond_with(found).mount(&server).await,
            None => Mock::given(query_param("key", KEY)).respond_with(found).mount(&server).await,
        }
        let rows = ask(name, &server, ioc, "").await;
        assert_eq!(rows[0].details["Message"], "the service answered with status 418", "{name}");
        let agent = &server.received_requests().await.unwrap()[0].headers["user-agent"];
        assert_eq!(agent, enrich::USER_AGENT);
    }
}

/// All services that ask for one indicator at a time.
const SINGLE: [&str; 10] = [
    "OTX",
    "XForce",
    "GreyNoise",
    "AbuseIPDB",
    "IPQualityScore",
    "IntSights",
    "CrowdSec",
    "BinaryEdge",
    "Pulsedive",
    "VirusTotal",
];

#[tokio::test]
async fn statuses_and_shapes() {
    for name in SINGLE {
        for (answer, status, severity, message) in [
            (ResponseTemplate::new(404), "not found", Severity::Information, "Not found."),
            (ResponseTemplate::new(200), "not found", Severity::Information, "Not found."),
            (ResponseTemplate::new(200).set_body_string("{}"), "not found", Severity::Information, "Not found."),
            (ResponseTemplate::new(401), "not authorized", Severity::Unknown, "the key is not accepted (401)"),
            (ResponseTemplate::new(403), "not authorized", Severity::Unknown, "not allowed with this key"),
            (
                ResponseTemplate::new(429).insert_header("Retry-After", "7200"),
                "rate limited",
                Severity::Unknown,
                "it asks for a pause of 120 minutes",
            ),
            (ResponseTemplate::new(418), "failed", Severity::Unknown, "status 418"),
            (ResponseTemplate::new(200).set_body_string("<html>"), "unexpected answer", Severity::Unknown, "not JSON"),
            (ResponseTemplate::new(200).set_body_string("[1]"), "unexpected answer", Severity::Unknown, "object"),
            (ResponseTemplate::new(200).set_body_string("17"), "unexpected answer", Severity::Unknown, "object"),
        ] {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(answer).mount(&server).await;
            let rows = ask(name, &server, "8.8.8.8", "").await;
            assert_eq!(summary(&rows[0]), (status, false, severity), "{name}: {:?}", rows[0]);
            let said = rows[0].details["Message"].as_str().unwrap();
            assert!(said.contains(message), "{name}: {said}");
            assert!(!format!("{rows:?}").contains(KEY));
        }
    }
}

#[tokio::test]
async fn a_changed_shape_is_said_and_not_taken_for_harmless() {
    for (name, body) in [
        ("OTX", json!({"pulse_info": {"pulses": "none"}})),
        ("XForce", json!({"rating": 9})),
        ("GreyNoise", json!({"message": "new format"})),
        ("AbuseIPDB", json!({"data": {"score": 99}})),
        ("IPQualityScore", json!({"success": true, "score": 99})),
        ("CrowdSec", json!({"scores": {"overall": {"total": "bad"}}})),
        ("BinaryEdge", json!({"events": 3})),
        ("Pulsedive", json!({"results": {"risk": "high"}})),
        ("VirusTotal", json!({"data": {"attributes": {}}})),
        ("VirusTotal", json!({"response_code": 1, "positives": 12})),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(&body)).mount(&server).await;
        let rows = ask(name, &server, "8.8.8.8", "").await;
        assert_eq!(summary(&rows[0]), ("unexpected answer", false, Severity::Unknown), "{name}");
    }
}

#[tokio::test]
async fn errors_that_come_with_status_200() {
    for (name, body, status) in [
        ("IPQualityScore", json!({"success": false, "message": "Invalid or unauthorized key."}), "not authorized"),
        (
            "IPQualityScore",
            json!({"success": false, "message": "You have exceeded your request quota"}),
            "rate limited",
        ),
        ("Pulsedive", json!({"error": "Indicator not found."}), "not found"),
        ("Pulsedive", json!({"error": "Invalid key."}), "unexpected answer"),
        ("IntSights", json!({"whitelisted": true, "severity": "High"}), "not found"),
        ("GreyNoise", json!({"noise": false, "riot": false, "message": "x"}), "not found"),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(&body)).mount(&server).await;
        let rows = ask(name, &server, "8.8.8.8", "").await;
        assert_eq!((rows[0].status, rows[0].result), (status, false), "{name}: {:?}", rows[0]);
    }
}

#[tokio::test]
async fn hostile_texts_stay_texts() {
    let hostile = "</script><script>alert(1)</script>\u{202e}\u{0}=cmd|'/c calc'!A1";
    let body = json!({"pulse_info": {"pulses": [{"name": hostile, "tags": [hostile, {"a": [hostile]}], "references": hostile}]}});
    let row = one("OTX", "8.8.8.8", "", "/api/v1/indicators/IPv4/8.8.8.8/general", &body).await;
    assert_eq!(row.severity, Severity::Warning);
    assert_eq!(row.details["Names"], json!([hostile]));
    assert_eq!(row.details["References"], json!([hostile]));
}

#[tokio::test]
async fn open_page_rank_takes_many_in_one_request() {
    let server = MockServer::start().await;
    Mock::given(path("/api/v1.0/getPageRank"))
        .and(query_param("domains[0]", "unknowndomain.com"))
        .and(query_param("domains[3]", "other.org"))
        .respond_with(ResponseTemplate::new(200).set_body_json(sample("opr.mock")))
        .expect(1)
        .mount(&server)
        .await;
    let rows = ask("OPR", &server, "unknowndomain.com Google.com microsoft.com other.org", "").await;
    let all: Vec<_> = rows.iter().map(|row| (row.ioc.as_str(), row.status, row.severity)).collect();
    assert_eq!(
        all,
        [
            ("unknowndomain.com", "ok", Severity::Warning),
            ("google.com", "ok", Severity::Information),
            ("microsoft.com", "ok", Severity::Information),
            ("other.org", "not found", Severity::Information),
        ]
    );
    assert_eq!(rows[1].details["Rank"], "6");
}

#[tokio::test]
async fn the_list_of_tor_is_fetched_once() {
    let server = MockServer::start().await;
    let list = "ExitNode AB12\nPublished 2026-11-24 01:00:00\nExitAddress 185.220.101.34 2026-11-24 02:05:00\n";
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(list)).expect(1).mount(&server).await;
    let intel = ThreatIntel::new(&[settings("tor", &server)]);
    for _ in 0..2 {
        let iocs = Ioc::detect_all("185.220.101.34 8.8.8.8");
        let rows = intel.lookup(&iocs, &TiOptions::default()).await.unwrap().rows;
        assert_eq!(summary(&rows[0]), ("ok", true, Severity::Warning));
        assert_eq!(summary(&rows[1]), ("not found", false, Severity::Information));
        assert_eq!(rows[0].details["NodeId"], "AB12");
    }
    // A page that is not the list does not make every address harmless.
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("<html>")).mount(&server).await;
    let rows = ask("Tor", &server, "185.220.101.34", "").await;
    assert_eq!(summary(&rows[0]), ("unexpected answer", false, Severity::Unknown));
}
