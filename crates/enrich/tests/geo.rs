//! MaxMind's download and ipstack on loopback, and columns of cells.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use enrich::geo::{Download, GeoIp as _, IpStack, MaxMind};
use enrich::{EnrichSettings, Enricher, GeoError, GeoSettings, Http, IpKind, Limits};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use wiremock::matchers::{any, header, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn fixture(edition: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/data/geo/{edition}.mmdb", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// As MaxMind packs them: a folder with the date, a licence, the database.
fn packed(edition: &str, database: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in [("LICENSE.txt".to_owned(), &b"text"[..]), (format!("{edition}.mmdb"), database)] {
        let mut entry = tar::Header::new_gnu();
        entry.set_size(bytes.len() as u64);
        entry.set_mode(0o644);
        entry.set_cksum();
        archive.append_data(&mut entry, format!("{edition}_20261120/{name}"), bytes).unwrap();
    }
    let mut out = archive.into_inner().unwrap().finish().unwrap();
    out.flush().unwrap();
    out
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn serve(server: &MockServer, edition: &str, archive: Vec<u8>, sum: &str) {
    let at = format!("/geoip/databases/{edition}/download");
    // acc-12:key-345678
    let auth = "Basic YWNjLTEyOmtleS0zNDU2Nzg=";
    let sums = ResponseTemplate::new(200).set_body_string(format!("{sum}  {edition}_20261120.tar.gz\n"));
    let files = ResponseTemplate::new(302).insert_header("Location", format!("/files/{edition}?sig=1").as_str());
    for (suffix, answer) in [("tar.gz.sha256", sums), ("tar.gz", files)] {
        Mock::given(path(at.as_str()))
            .and(query_param("suffix", suffix))
            .and(header("authorization", auth))
            .respond_with(answer)
            .mount(server)
            .await;
    }
    let bytes = ResponseTemplate::new(200).set_body_bytes(archive);
    Mock::given(path(format!("/files/{edition}"))).respond_with(bytes).mount(server).await;
}

fn download(server: &MockServer, folder: &Path) -> Download {
    let mut download = Download::new("acc-12".into(), "key-345678".into(), folder);
    download.endpoint = server.uri();
    download
}

#[tokio::test]
async fn databases_are_downloaded_checked_and_kept_fresh() {
    let server = MockServer::start().await;
    for edition in ["GeoLite2-City", "GeoLite2-ASN"] {
        let archive = packed(edition, &fixture(edition));
        let sum = sum(&archive);
        serve(&server, edition, archive, &sum).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("new/GeoLite2");
    assert_eq!(download(&server, &folder).update().await, []);
    let db = MaxMind::open(&folder).unwrap();
    assert_eq!(db.lookup("81.2.69.163".parse().unwrap()).unwrap().unwrap().asn, Some(20712));
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
    // Fresh: not asked again. Nothing else is left in the folder.
    download(&server, &folder).update().await;
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    // Old: renewed.
    let mut strict = download(&server, &folder);
    let file = std::fs::File::options().write(true).open(folder.join("GeoLite2-City.mmdb")).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(31 * 86_400)).unwrap();
    strict.editions.truncate(1);
    assert_eq!(strict.update().await, []);
    assert_eq!(server.received_requests().await.unwrap().len(), 9);
}

#[tokio::test]
async fn a_bad_download_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("GeoLite2-City.mmdb");
    let whole = packed("GeoLite2-City", &fixture("GeoLite2-City"));
    let html = packed("GeoLite2-City", b"<html>");
    let other = packed("GeoLite2-Other", b"x");
    for (archive, sum, why) in [
        (whole.clone(), "0".repeat(64), "its checksum is wrong"),
        (whole.clone(), "<html>".to_owned(), "the checksum beside it is none"),
        (b"no archive".to_vec(), sum(b"no archive"), "the archive is damaged"),
        (whole[..whole.len() / 2].to_vec(), sum(&whole[..whole.len() / 2]), "the archive is damaged"),
        (html.clone(), sum(&html), "what was downloaded is no database"),
        (other.clone(), sum(&other), "there is no GeoLite2-City.mmdb in the archive"),
    ] {
        let server = MockServer::start().await;
        serve(&server, "GeoLite2-City", archive, &sum).await;
        let mut download = download(&server, dir.path());
        download.editions.truncate(1);
        download.max_age = Duration::ZERO;
        std::fs::write(&path, b"old").unwrap();
        let errors = download.update().await;
        assert_eq!(errors.len(), 1);
        let said = errors[0].to_string();
        assert!(said.contains(why) && said.ends_with("; the old one is used"), "{said}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn a_wrong_key_is_said_and_the_embedded_database_answers() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let maxmind = |account: Option<&str>| GeoSettings::MaxMind {
        folder: dir.path().to_owned(),
        account: account.map(Into::into),
        key: Some("key-345678".into()),
        endpoint: Some(server.uri()),
    };
    let settings = |geo| EnrichSettings { geo: vec![geo], ..EnrichSettings::default() };
    let enricher = Enricher::open(&settings(maxmind(Some("acc-12")))).await;
    let found = enricher.geoip(&["86.41.3.4"], None).await.unwrap();
    assert_eq!(found.rows[0].location.as_ref().unwrap().country_code, "IE");
    assert_eq!(found.rows[0].source, "embedded country database");
    assert!(found.notes[0].contains("MaxMind does not accept AccountID and AuthKey (401)"), "{:?}", found.notes);
    assert!(found.notes.last().unwrap().starts_with("there is no GeoLite2-City.mmdb"), "{:?}", found.notes);
    assert!(!format!("{:?} {enricher:?}", found.notes).contains("345678"));
    let enricher = Enricher::open(&settings(maxmind(None))).await;
    assert!(enricher.geo.notes()[0].contains("wants the AccountID"), "{:?}", enricher.geo.notes());
}

#[tokio::test]
async fn a_corrupt_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("GeoLite2-City.mmdb"), b"corrupt").unwrap();
    let geo = GeoSettings::MaxMind { folder: dir.path().to_owned(), account: None, key: None, endpoint: None };
    let enricher = Enricher::open(&EnrichSettings { geo: vec![geo], ..EnrichSettings::default() }).await;
    let note = &enricher.geo.notes()[0];
    assert!(
        note.contains("GeoLite2-City.mmdb is damaged or no MaxMind database") && note.contains("delete it"),
        "{note}"
    );
}

#[tokio::test]
async fn cells_of_a_column() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/geo");
    let geo = GeoSettings::MaxMind { folder, account: None, key: None, endpoint: None };
    let enricher = Enricher::open(&EnrichSettings { geo: vec![geo], ..EnrichSettings::default() }).await;
    let cells =
        ["10.0.0.4, 81.2.69.163:443", "", "[2001:218::1]:80", "81.2.69.163", "host", "::ffff:86.41.3.4", "127.0.0.1"];
    let found = enricher.geoip(&cells, None).await.unwrap();
    let name = |at: usize| {
        found.rows[at]
            .location
            .as_ref()
            .map_or("", |l| if l.city.is_empty() { l.country.as_ref() } else { l.city.as_ref() })
    };
    let names: Vec<Vec<&str>> = found.cells.iter().map(|rows| rows.iter().map(|at| name(*at)).collect()).collect();
    // The public address of a list comes first.
    assert_eq!(names, [vec!["London", ""], vec![], vec!["Japan"], vec!["London"], vec![], vec!["Ireland"], vec![""]]);
    assert_eq!(found.rows.len(), 5);
    assert_eq!(found.rows.iter().filter(|row| row.kind == IpKind::Loopback).count(), 1);
    assert_eq!(found.rows.iter().filter(|row| row.source == "embedded country database").count(), 1);
    let two = enricher.geoip(&cells, Some(2)).await.unwrap();
    assert_eq!(
        (two.rows.len(), two.notes.last().unwrap().as_str()),
        (2, "3 of 5 addresses were not asked for: the limit is 2")
    );
    assert_eq!(enricher.geoip(&[], None).await.unwrap().rows.len(), 0);
}

#[tokio::test]
async fn ipstack_answers_and_errors() {
    let server = MockServer::start().await;
    let body = json!({"country_code": "US", "country_name": "United States", "region_name": "California", "city": "Mountain View",
        "latitude": 37.4, "longitude": -122.1, "connection": {"asn": 15169, "isp": "Google LLC"}});
    Mock::given(path("/8.8.8.8"))
        .and(query_param("access_key", "stack-key-1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let unknown = json!({"country_code": null, "country_name": null, "city": null});
    Mock::given(path("/2001:4860::1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(unknown))
        .mount(&server)
        .await;
    let stack = IpStack::new("stack-key-1".into(), &server.uri(), Limits::DEFAULT, &Http::default()).unwrap();
    let answers = stack.locate(&["8.8.8.8".parse().unwrap(), "2001:4860::1".parse().unwrap()]).await;
    let place = answers[0].clone().unwrap().unwrap();
    assert_eq!((place.city.as_ref(), place.asn, place.longitude), ("Mountain View", Some(15169), Some(-122.1)));
    assert_eq!(answers[1], Ok(None));

    for (code, status, calls) in [
        (101, "not authorized", 8),
        (104, "rate limited", 8),
        (105, "not authorized", 20),
        (999, "unexpected answer", 20),
    ] {
        let server = MockServer::start().await;
        let body = json!({"success": false, "error": {"code": code, "info": "see stack-key-1"}});
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
        let stack = GeoSettings::IpStack { key: "stack-key-1".into(), endpoint: Some(server.uri()) };
        let enricher = Enricher::open(&EnrichSettings { geo: vec![stack], ..EnrichSettings::default() }).await;
        let cells: Vec<String> = (1..=20).map(|i| format!("8.8.8.{i}")).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let found = enricher.geoip(&cells, None).await.unwrap();
        assert!(found.rows.iter().all(|row| row.source == "embedded country database"), "{code}");
        assert!(found.rows[0].status.starts_with("ok; ipstack: "), "{status}: {}", found.rows[0].status);
        assert!(!format!("{found:?}").contains("stack-key-1"));
        assert!(server.received_requests().await.unwrap().len() <= calls, "{code}");
        let many: Vec<String> = (0..6000u32).map(|i| std::net::Ipv4Addr::from(0x0800_0000 + i).to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(matches!(enricher.geoip(&many, None).await, Err(GeoError::TooMany { count: 6000, .. })));
    }
}
