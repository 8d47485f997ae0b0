//! Columns are looked up by services on loopback that msticpyconfig.yaml names, from a notebook's crate through the real engine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entity_explorer::{Explorer, Show as _, Table};

const KEY: &str = "k3y-0123456789abcdef";

/// Services on loopback, and what they were asked.
struct Services {
    http: String,
    cymru: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Services {
    fn start() -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let http = TcpListener::bind("127.0.0.1:0").unwrap();
        let cymru = TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self {
            http: format!("http://{}/", http.local_addr().unwrap()),
            cymru: cymru.local_addr().unwrap().to_string(),
            asked: Arc::clone(&asked),
        };
        let told = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in http.incoming() {
                let told = Arc::clone(&told);
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    let mut line = String::new();
                    while stream.read_line(&mut line).unwrap_or(0) > 0 {
                        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                        let mut header = String::new();
                        while stream.read_line(&mut header).unwrap() > 2 {
                            header.clear();
                        }
                        let (status, body) = answer(&path);
                        told.lock().unwrap().push(path);
                        let reply = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                        stream.get_mut().write_all(reply.as_bytes()).unwrap();
                        line.clear();
                    }
                });
            }
        });
        std::thread::spawn(move || {
            for stream in cymru.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\nend\n") && stream.read(&mut byte).unwrap() == 1 {
                    request.push(byte[0]);
                }
                let request = String::from_utf8(request).unwrap();
                asked.lock().unwrap().push("cymru".to_owned());
                for address in request.lines().filter(|line| line.contains('.')) {
                    writeln!(stream, "64496 | {address} | 8.0.0.0/8 | IE | ripencc | 2001-02-14 | EXAMPLE, IE")
                        .unwrap();
                }
            }
        });
        this
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// An engine with a configuration of its own, and nothing else of this machine.
    fn explorer(&self, folder: &Path) -> Explorer {
        let (http, cymru) = (&self.http, &self.cymru);
        let config = format!(
            "TIProviders:\n  AbuseIPDB:\n    Args: {{AuthKey: {KEY}, Endpoint: '{http}'}}\n    Primary: true\n    Provider: AbuseIPDB\n\
             \x20 OTX:\n    Args: {{AuthKey: {{EnvironmentVar: OTX_KEY}}, Endpoint: '{http}'}}\n    Primary: true\n    Provider: OTX\n\
             OtherProviders:\n  WhoIs:\n    Args: {{Rdap: '{http}', Cymru: '{cymru}'}}\n    Provider: WhoIs\n"
        );
        fs::write(folder.join("msticpyconfig.yaml"), config).unwrap();
        let script = folder.join("engine");
        let text = format!(
            "#!/bin/sh\nexec env MSTICPYCONFIG='{0}/msticpyconfig.yaml' XDG_CACHE_HOME='{0}/cache' OTX_KEY={KEY} '{1}' \"$@\"\n",
            folder.display(),
            common::ENGINE
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        for _ in 0..100 {
            match Explorer::start_at(&script) {
                // The script may still be open in a child of another test.
                Err(error) if error.message().contains("Text file busy") => {
                    std::thread::sleep(Duration::from_millis(20))
                }
                started => {
                    let explorer = started.unwrap();
                    explorer.show_progress(false);
                    return explorer;
                }
            }
        }
        panic!("the script stays busy");
    }
}

fn answer(path: &str) -> (u16, String) {
    if path.starts_with("/ip/") {
        let body = r#"{"handle":"N","name":"<b>NET</b>","startAddress":"8.0.0.0","endAddress":"8.255.255.255"}"#;
        (200, body.to_owned())
    } else if path.starts_with("/api/v2/check?ipAddress=8.8.8.8") {
        (200, r#"{"data":{"abuseConfidenceScore":90,"isp":"</script><script>alert(1)</script>"}}"#.to_owned())
    } else if path.starts_with("/api/v2/check") {
        (200, r#"{"data":{"abuseConfidenceScore":0}}"#.to_owned())
    } else {
        (401, format!("{{\"you sent\":\"{KEY}\"}}"))
    }
}

/// A workspace with addresses, and with indicators of its own.
fn workspace(folder: &Path) -> String {
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    fs::write(
        data.join("Signins.csv"),
        "TimeGenerated,IPAddress\n2026-01-01T00:00:00Z,8.8.8.8\n2026-01-01T01:00:00Z,\"10.0.0.4, 8.8.4.4\"\n2026-01-01T02:00:00Z,8.8.8.8:443\n2026-01-01T03:00:00Z,\n",
    )
    .unwrap();
    fs::write(
        data.join("ThreatIntelIndicators.json"),
        concat!(
            r#"{"TimeGenerated":"2026-01-01T00:00:00Z","Id":"a","ObservableKey":"ipv4-addr:value","ObservableValue":"8.8.4.4","Confidence":95,"IsActive":true,"IsDeleted":false,"ValidUntil":"2027-01-01T00:00:00Z","SourceSystem":"Feed"}"#,
            "\n",
            r#"{"TimeGenerated":"2025-12-01T00:00:00Z","Id":"b","ObservableKey":"ipv4-addr:value","ObservableValue":"8.8.8.8","Confidence":95,"IsActive":true,"IsDeleted":false,"ValidUntil":"2025-12-31T00:00:00Z","SourceSystem":"Feed"}"#,
            "\n"
        ),
    )
    .unwrap();
    data.to_str().unwrap().to_owned()
}

fn column(table: &Table, name: &str) -> Vec<String> {
    table.rows().unwrap().iter().map(|row| row.get(name).map(|cell| cell.to_string()).unwrap_or_default()).collect()
}

#[test]
fn a_chain_of_look_ups_and_a_second_run() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let data = workspace(folder.path());
    let mut asked = Vec::new();
    for _ in 0..2 {
        let explorer = services.explorer(folder.path());
        let signins = explorer.connect(&data).unwrap().kql("Signins | sort by TimeGenerated asc").unwrap();
        let owned = signins.whois("IPAddress").unwrap();
        assert_eq!(column(&owned, "asn"), ["64496", "64496", "64496", ""]);
        assert_eq!(column(&owned, "net_name"), ["<b>NET</b>", "<b>NET</b>", "<b>NET</b>", ""]);
        assert_eq!(column(&owned, "whois_status"), ["ok", "ok", "ok", ""]);
        let located = owned.geoip("IPAddress").unwrap();
        assert_eq!(column(&located, "CountryCode"), ["US", "US", "US", ""]);

        let judged = located.threat_intel("IPAddress").unwrap();
        let high = judged
            .kql("where Severity == 'high' | project TimeGenerated, Ioc, Provider | sort by TimeGenerated asc, Ioc asc")
            .unwrap();
        assert_eq!(column(&high, "Ioc"), ["8.8.8.8", "8.8.4.4", "8.8.8.8"]);
        assert_eq!(column(&high, "Provider"), ["AbuseIPDB", "Microsoft Sentinel", "AbuseIPDB"]);
        let expired = judged.kql("where Provider == 'Microsoft Sentinel' and Ioc == '8.8.8.8' | take 1 | project Severity, tostring(Details.NotCounted[0])").unwrap();
        assert_eq!(column(&expired, "Severity"), ["information"]);
        assert_eq!(column(&expired, "Details_NotCounted_0"), ["b: out of date since 2025-12-31 00:00"]);
        let refused =
            judged.kql("where Provider == 'OTX' | distinct Result, Severity, tostring(Details.Message)").unwrap();
        assert!(
            column(&refused, "Details_Message")[0]
                .contains("the key is not accepted (401): check it in msticpyconfig.yaml")
        );

        let shown = judged.browse_ti_results().unwrap().bundle().unwrap();
        let html = shown.get("text/html").unwrap();
        assert!(html.contains("8.8.8.8") && !html.contains("<script>alert"), "{html}");
        for table in [&owned, &located, &judged] {
            let text = format!("{:?} {:?} {}", table.notes(), table, table.to_text().unwrap());
            assert!(!text.contains(KEY), "{text}");
        }
        assert!(!html.contains(KEY));
        asked.push(services.asked());
    }
    // 2 addresses at the registry, one bulk request, 2 at AbuseIPDB, and OTX, which is given up after its first answers.
    assert!(asked[0] <= 7, "{:?}", services.asked.lock().unwrap());
    // Only the service that failed is asked again.
    let again = services.asked.lock().unwrap()[asked[0]..].to_vec();
    assert!(again.iter().all(|path| path.starts_with("/api/v1/indicators")), "{again:?}");
    // What is not public stays here.
    assert!(services.asked.lock().unwrap().iter().all(|path| !path.contains("10.0.0.4")));
}

#[test]
fn limits_names_and_columns() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let data = workspace(folder.path());
    let explorer = services.explorer(folder.path());
    let workspace = explorer.connect(&data).unwrap();
    let many = workspace
        .kql("range i from 1 to 6000 step 1 | extend IPAddress = strcat('8.1.', i / 250, '.', i % 250)")
        .unwrap();
    for (what, result) in [("WhoIs", many.whois("IPAddress")), ("threat intelligence", many.threat_intel("IPAddress"))]
    {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "limit", "{what}");
        assert!(error.message().contains("6000 different") && error.message().contains("requests"), "{what}: {error}");
        assert!(error.help().is_some_and(|help| help.contains("limit")), "{what}: {error}");
    }
    assert_eq!(services.asked(), 0);
    let two = many.lookup("IPAddress").limit(2).providers(&["AbuseIPDB"]).threat_intel().unwrap();
    assert_eq!(two.len(), 6000);
    assert!(
        two.notes().iter().any(|note| note.contains("5998 of 6000 indicators were not asked for")),
        "{:?}",
        two.notes()
    );
    assert_eq!(services.asked(), 2);
    let error = many.lookup("IPAddress").providers(&["Nobody"]).limit(1).threat_intel().unwrap_err();
    assert!(error.message().contains("there are AbuseIPDB, OTX"), "{error}");
    assert_eq!(many.whois("Adress").unwrap_err().code(), "not_found");
    assert_eq!(many.geoip("i").unwrap_err().code(), "bad_input");
    assert_eq!(many.browse_ti_results().unwrap_err().code(), "bad_input");
    // No request for locations: as many as there are.
    assert_eq!(column(&many.geoip("IPAddress").unwrap(), "CountryCode").len(), 6000);
}

#[test]
fn the_demo_asks_nobody() {
    let services = Services::start();
    let folder = tempfile::tempdir().unwrap();
    let demo = services.explorer(folder.path()).connect("Demo").unwrap();
    let signins = demo
        .kql("SigninLogs | where IPAddress in ('45.155.205.33', '185.220.101.34') | summarize count() by IPAddress")
        .unwrap();
    let found = signins.whois("IPAddress").unwrap().threat_intel("IPAddress").unwrap();
    assert!(found.notes().iter().any(|note| note.contains("made-up data")), "{:?}", found.notes());
    let providers = column(&found, "Provider");
    assert!(providers.iter().any(|name| name == "Demo (made-up data)"), "{providers:?}");
    assert_eq!(services.asked(), 0);
}
