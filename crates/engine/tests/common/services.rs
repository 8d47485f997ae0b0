//! Services on loopback that addresses are looked up with.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entity_explorer::Explorer;

/// The key that services are asked with; it must be seen nowhere.
pub const KEY: &str = "k3y-0123456789abcdef";

/// The name of the network of every address.
pub const NET: &str = "</td><script>alert(1)</script>";

/// Services on loopback, and what they were asked.
pub struct Services {
    /// Everything that is asked by HTTP.
    pub http: String,
    /// Team Cymru.
    pub cymru: String,
    /// Paths, in order.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Services {
    /// Started on ports of their own.
    pub fn start() -> Self {
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
                        let moved = if status == 302 { format!("Location: {body}\r\n") } else { String::new() };
                        let reply =
                            format!("HTTP/1.1 {status} X\r\n{moved}Content-Length: {}\r\n\r\n{body}", body.len());
                        if stream.get_mut().write_all(reply.as_bytes()).is_err() {
                            return;
                        }
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

    /// How often they were asked.
    pub fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// An engine with a configuration of its own, and nothing else of this machine.
    pub fn explorer(&self, folder: &Path) -> Explorer {
        let (http, cymru) = (&self.http, &self.cymru);
        self.configured(
            folder,
            &format!(
                "TIProviders:\n  AbuseIPDB:\n    Args: {{AuthKey: {KEY}, Endpoint: '{http}'}}\n    Primary: true\n    Provider: AbuseIPDB\n\
                 \x20 OTX:\n    Args: {{AuthKey: {{EnvironmentVar: OTX_KEY}}, Endpoint: '{http}'}}\n    Primary: true\n    Provider: OTX\n\
                 OtherProviders:\n  WhoIs:\n    Args: {{Rdap: '{http}', Cymru: '{cymru}'}}\n    Provider: WhoIs\n"
            ),
        )
    }

    /// The same with this configuration.
    pub fn configured(&self, folder: &Path, config: &str) -> Explorer {
        let script = self.engine(folder, config);
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

    /// A program that is the engine with this configuration.
    pub fn engine(&self, folder: &Path, config: &str) -> PathBuf {
        fs::write(folder.join("msticpyconfig.yaml"), config).unwrap();
        let script = folder.join("engine");
        let text = format!(
            "#!/bin/sh\nexec env MSTICPYCONFIG='{0}/msticpyconfig.yaml' XDG_CACHE_HOME='{0}/cache' OTX_KEY={KEY} '{1}' \"$@\"\n",
            folder.display(),
            super::ENGINE
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        script
    }
}

fn answer(target: &str) -> (u16, String) {
    // A proxy is asked with the whole address.
    let path = target.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(target);
    if path.starts_with("/hang/") {
        std::thread::sleep(Duration::from_secs(20));
        (200, "{}".to_owned())
    } else if path.starts_with("/loop/") {
        // A registry that sends the one who asks to itself.
        (302, target.to_owned())
    } else if path.starts_with("/ip/") {
        let body = r#"{"handle":"N","name":"</td><script>alert(1)</script>","startAddress":"8.0.0.0","endAddress":"8.255.255.255"}"#;
        (200, body.to_owned())
    } else if path.starts_with("/api/v2/check?ipAddress=8.8.8.8") {
        (200, r#"{"data":{"abuseConfidenceScore":90,"isp":"</script><script>alert(1)</script>"}}"#.to_owned())
    } else if path.starts_with("/api/v2/check") {
        (200, r#"{"data":{"abuseConfidenceScore":0}}"#.to_owned())
    } else {
        (401, format!("{{\"you sent\":\"{KEY}\"}}"))
    }
}
