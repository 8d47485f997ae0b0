//! What WhoIs, threat intelligence and GeoIP take for a column of 1,000 addresses, against servers on loopback that answer after 100 ms:
//! `cargo run --release -p enrich --example columns`. With `serve` it only runs the servers and prints their addresses, for benches/enrich.py to measure
//! another program against them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use enrich::geo::Geo;
use enrich::ti::{ProviderSettings, ThreatIntel, TiOptions};
use enrich::whois::{WhoIs, WhoIsOptions, WhoIsSettings};
use enrich::{CountryDb, Ioc};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const LATENCY: Duration = Duration::from_millis(100);
const ADDRESSES: u32 = 1000;

/// Answers every GET after the latency, on as many connections as there are.
async fn http(port: u16) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&count)));
        }
    });
    (url, requests)
}

async fn serve(mut stream: TcpStream, count: Arc<AtomicUsize>) {
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        head.extend_from_slice(&buffer[..read]);
        while let Some(end) = head.windows(4).position(|w| w == b"\r\n\r\n") {
            let request = String::from_utf8_lossy(&head[..end]).into_owned();
            head.drain(..end + 4);
            count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(LATENCY).await;
            let body = if request.contains("/ip/") {
                r#"{"handle":"NET","name":"EXAMPLE","startAddress":"8.0.0.0","endAddress":"8.255.255.255","country":"IE","events":[],"entities":[],"links":[]}"#
            } else if request.contains("getPageRank") {
                r#"{"response":[]}"#
            } else {
                r#"{"pulse_info":{"pulses":[]},"sections":["general"],"data":{"abuseConfidenceScore":3,"attributes":{"last_analysis_stats":{"malicious":0}}},"score":1}"#
            };
            let reply = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.write_all(reply.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Answers whois after the latency: bulk requests, and single lines.
async fn cymru(port: u16) -> String {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = stream.split();
                let mut lines = BufReader::new(read).lines();
                let mut out = String::from(
                    "AS      | IP               | BGP Prefix          | CC | Registry | Allocated  | AS Name\n",
                );
                while let Ok(Some(line)) = lines.next_line().await {
                    match line.trim().trim_start_matches("-v").trim() {
                        "begin" | "verbose" => {}
                        "end" => break,
                        ip => {
                            out.push_str(&format!(
                                "64496 | {ip} | 8.0.0.0/8 | IE | ripencc | 2001-02-14 | EXAMPLE, IE\n"
                            ));
                            if line.contains("-v") {
                                break;
                            }
                        }
                    }
                }
                tokio::time::sleep(LATENCY).await;
                let _ = write.write_all(out.as_bytes()).await;
            });
        }
    });
    address
}

fn judged(what: &str, took: Duration, requests: usize, parallel: usize) {
    let ideal = LATENCY * u32::try_from(requests.div_ceil(parallel)).unwrap();
    let factor = took.as_secs_f64() / ideal.as_secs_f64();
    println!(
        "{what}: {requests} requests, {parallel} at a time: {:.2} s, {factor:.2} times the least possible",
        took.as_secs_f64()
    );
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|arg| arg == "serve") {
        let (url, requests) = http(8801).await;
        println!("{url} {}", cymru(8843).await);
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            println!("{} requests", requests.load(Ordering::Relaxed));
        }
    }
    let addresses: Vec<IpAddr> = (0..ADDRESSES).map(|i| Ipv4Addr::from(0x0808_0000 + i).into()).collect();

    let (url, requests) = http(0).await;
    let settings = WhoIsSettings { rdap: Some(url), cymru: cymru(0).await, ..WhoIsSettings::default() };
    let parallel = settings.limits.parallel;
    let start = Instant::now();
    let report = WhoIs::new(settings).lookup(&addresses, &WhoIsOptions::default()).await.unwrap();
    assert!(report.rows.iter().all(|row| row.status == "ok" && row.origin.asn == "64496"));
    judged("WhoIs", start.elapsed(), requests.load(Ordering::Relaxed), parallel);

    let names = ["OTX", "AbuseIPDB", "VirusTotal", "XForce"];
    let mut settings = Vec::new();
    let mut counts = Vec::new();
    for name in names {
        let (url, requests) = http(0).await;
        let id = Some("id-123456".into());
        settings.push(ProviderSettings {
            endpoint: Some(url),
            per_minute: Some(0),
            parallel: Some(8),
            id,
            ..ProviderSettings::new(name, "key-123456")
        });
        counts.push(requests);
    }
    let iocs: Vec<Ioc> = addresses.iter().filter_map(|address| Ioc::detect(&address.to_string())).collect();
    let start = Instant::now();
    let report = ThreatIntel::new(&settings).lookup(&iocs, &TiOptions::default()).await.unwrap();
    assert!(report.rows.iter().all(|row| row.status == "ok"), "{:?}", report.notes);
    let took = start.elapsed();
    let most = counts.iter().map(|count| count.load(Ordering::Relaxed)).max().unwrap();
    judged(&format!("threat intelligence, {} services at once, each", names.len()), took, most, 8);

    let db = CountryDb::embedded().unwrap();
    let many: Vec<IpAddr> = (0..4_000_000u32)
        .map(|i| Ipv4Addr::from(0x0100_0000u32.wrapping_add(i.wrapping_mul(2_654_435_761))).into())
        .collect();
    let start = cpu();
    let found = many.iter().filter(|address| db.lookup(**address).is_some()).count();
    let took = cpu() - start;
    println!(
        "country database: {:.2} million random addresses a second of one core ({found} of {} found)",
        many.len() as f64 / took / 1e6,
        many.len()
    );
    let start = cpu();
    let rows = Geo::default().locate(&many[..1_000_000]).await;
    println!("GeoIP of {} distinct addresses, rows included: {:.2} s of one core", rows.len(), cpu() - start);
}

/// Seconds of processor time of this process, so that what else the machine does plays no part.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // Fields 14 and 15 of proc(5): user and system, in hundredths of a second.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}
