//! The download of MaxMind's databases: <https://dev.maxmind.com/geoip/updating-databases#directly-downloading-databases>.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use secret::Secret;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::maxmind::check;
use crate::failure::Failure;
use crate::http::{Channel, Http, Request};
use crate::limit::Limits;

/// What to download, and from where.
#[derive(Debug, Clone)]
pub struct Download {
    /// The account, `AccountID`.
    pub account: Secret,
    /// The license key, `AuthKey`.
    pub key: Secret,
    /// The folder, `DBFolder`.
    pub folder: PathBuf,
    /// The databases.
    pub editions: Vec<String>,
    /// Older files are renewed.
    pub max_age: Duration,
    /// Where the databases are.
    pub endpoint: String,
    /// What requests go through.
    pub http: Http,
}

/// A database that could not be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{edition} cannot be downloaded: {why}")]
pub struct DownloadError {
    /// The database.
    pub edition: String,
    /// What is wrong, and what to do.
    pub why: String,
}

/// The City database is 60 MB, packed half of that.
const MAX_PACKED: usize = 512 << 20;
const MAX_UNPACKED: u64 = 2 << 30;

impl Download {
    /// City and ASN from MaxMind, renewed after 30 days.
    pub fn new(account: Secret, key: Secret, folder: impl Into<PathBuf>) -> Self {
        Self {
            account,
            key,
            folder: folder.into(),
            editions: vec!["GeoLite2-City".to_owned(), "GeoLite2-ASN".to_owned()],
            max_age: Duration::from_secs(30 * 86_400),
            endpoint: "https://download.maxmind.com/".to_owned(),
            http: Http::default(),
        }
    }

    /// Brings the databases up to date: those that are absent or old are fetched, checked and put in place in one step, so that a reader never sees
    /// half a file. A failure leaves what was there.
    pub async fn update(&self) -> Vec<DownloadError> {
        let mut errors = Vec::new();
        for edition in &self.editions {
            let path = self.folder.join(format!("{edition}.mmdb"));
            if is_fresh(&path, self.max_age) {
                continue;
            }
            if let Err(why) = self.fetch(edition, &path).await {
                let kept = if path.is_file() { "; the old one is used" } else { "" };
                errors.push(DownloadError { edition: edition.clone(), why: format!("{why}{kept}") });
            }
        }
        errors
    }

    async fn fetch(&self, edition: &str, path: &Path) -> Result<(), String> {
        let limits = Limits { timeout: Duration::from_secs(600), parallel: 1, ..Limits::DEFAULT };
        let channel = Channel::new(&self.http, limits, vec![self.account.clone(), self.key.clone()])
            .map_err(|e| e.to_string())?
            .with_max_body(MAX_PACKED);
        let get = async |suffix: &str| self.get(&channel, edition, suffix).await.map_err(|e| self.explain(&e));
        let sums = get("tar.gz.sha256").await?;
        let sums = String::from_utf8_lossy(&sums);
        let expected = sums.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if expected.len() != 64 || !expected.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("the checksum beside it is none".to_owned());
        }
        let packed = get("tar.gz").await?;
        let sum: String = Sha256::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
        if sum != expected {
            return Err("its checksum is wrong: the download was damaged or changed on the way; try again".to_owned());
        }
        let path = path.to_owned();
        let file = format!("{edition}.mmdb");
        tokio::task::spawn_blocking(move || install(&packed, &file, &path)).await.map_err(|e| e.to_string())?
    }

    async fn get(&self, channel: &Channel, edition: &str, suffix: &str) -> Result<Vec<u8>, Failure> {
        let mut url = Url::parse(&self.endpoint)
            .and_then(|base| base.join(&format!("geoip/databases/{edition}/download")))
            .map_err(|e| Failure::Request(format!("the endpoint {} is no web address: {e}", self.endpoint)))?;
        url.query_pairs_mut().append_pair("suffix", suffix);
        let mut request = Request::get(url.clone()).header("accept", "*/*").basic(&self.account, &self.key)?;
        // The files are on another host, which must not see the key.
        for _ in 0..5 {
            let reply = channel.send(&request).await?;
            match (reply.status, &reply.location) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    let target =
                        url.join(location).map_err(|_| Failure::Shape("a redirect leads nowhere".to_owned()))?;
                    if target.scheme() != url.scheme() {
                        return Err(Failure::Shape("a redirect leads away from https".to_owned()));
                    }
                    request = Request::get(target.clone()).header("accept", "*/*");
                    if target.origin() == url.origin() {
                        request = request.basic(&self.account, &self.key)?;
                    }
                    url = target;
                }
                _ => return reply.good(),
            }
        }
        Err(Failure::Shape("it redirects in a circle".to_owned()))
    }

    fn explain(&self, failure: &Failure) -> String {
        match failure {
            Failure::Unauthorized(status) => format!(
                "MaxMind does not accept AccountID and AuthKey ({status}): check them under OtherProviders, GeoIPLite in msticpyconfig.yaml"
            ),
            Failure::NotFound => "MaxMind has no database of this name".to_owned(),
            other => other.to_string(),
        }
    }
}

fn is_fresh(path: &Path, max_age: Duration) -> bool {
    let modified = std::fs::metadata(path).and_then(|m| m.modified());
    // A file from the future is as good as new.
    modified.is_ok_and(|at| SystemTime::now().duration_since(at).unwrap_or_default() <= max_age)
}

/// Takes `file` out of the archive and puts it at `path`.
fn install(packed: &[u8], file: &str, path: &Path) -> Result<(), String> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let damaged = |e: std::io::Error| format!("the archive is damaged: {e}");
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let named = entry.path().ok().and_then(|p| p.file_name().map(|n| n == file)).unwrap_or_default();
        if !named || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut bytes = Vec::new();
        entry.take(MAX_UNPACKED).read_to_end(&mut bytes).map_err(damaged)?;
        check(bytes.clone()).map_err(|why| format!("what was downloaded is no database: {why}"))?;
        return put(&bytes, path).map_err(|e| format!("{} cannot be written: {e}", path.display()));
    }
    Err(format!("there is no {file} in the archive"))
}

fn put(bytes: &[u8], path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let result = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, path));
    if result.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    result
}
