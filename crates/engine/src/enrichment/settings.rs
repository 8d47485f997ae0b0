//! `TIProviders` and `OtherProviders` of msticpyconfig.yaml as the settings of the services.
//!
//! Beside msticpy's arguments (`AuthKey`, `ApiID`, `AccountID`, `DBFolder`) an entry can have `Endpoint`, `Parallel`, `RequestsPerMinute` and `Timeout`
//! (seconds). The entry `WhoIs` of `OtherProviders` can have `Rdap`, `Bootstrap`, `Cymru`, `Parallel`, `Timeout`, `Cache` (false: nothing is kept) and
//! `CacheDays`.

use std::path::PathBuf;
use std::time::Duration;

use enrich::ti::ProviderSettings;
use enrich::{Cache, EnrichSettings, GeoSettings, Http};
use secret::Secret;
use sentinel::auth::Secrets;
use sentinel::config::{self, Config};

/// Days that answers of registries count.
const WHOIS_DAYS: u64 = 7;
/// Days that answers of threat intelligence services count.
const TI_DAYS: u64 = 1;

/// The settings, and what of them cannot be used; for people.
pub(super) async fn read(config: &Config, secrets: &Secrets, http: &Http) -> (EnrichSettings, Vec<String>) {
    let mut reader = Reader { config, secrets, notes: Vec::new() };
    let mut settings = EnrichSettings { http: http.clone(), ..EnrichSettings::default() };
    settings.whois.http.clone_from(http);
    let mut keep = (true, WHOIS_DAYS);
    // Those marked as primary first.
    let mut others: Vec<&config::ProviderSettings> = config.settings.other_providers.iter().collect();
    others.sort_by_key(|entry| !entry.primary);
    for entry in others {
        match entry.provider.to_ascii_lowercase().as_str() {
            "geolitelookup" | "geoiplite" => settings.geo.push(GeoSettings::MaxMind {
                folder: reader.folder(entry).await,
                account: reader.secret(entry, "AccountID").await,
                key: reader.secret(entry, "AuthKey").await,
                endpoint: reader.text(entry, "Endpoint").await,
            }),
            "ipstacklookup" | "ipstack" => {
                let endpoint = reader.text(entry, "Endpoint").await;
                match reader.secret(entry, "AuthKey").await {
                    Some(key) => settings.geo.push(GeoSettings::IpStack { key, endpoint }),
                    None => reader
                        .notes
                        .push(format!("{}: no AuthKey is set, it is not asked ({})", entry.name, entry.from)),
                }
            }
            "whois" => {
                let whois = &mut settings.whois;
                whois.rdap = reader.text(entry, "Rdap").await;
                if let Some(bootstrap) = reader.text(entry, "Bootstrap").await {
                    whois.bootstrap = Some(bootstrap);
                }
                if let Some(cymru) = reader.text(entry, "Cymru").await {
                    whois.cymru = cymru;
                }
                if let Some(parallel) = reader.number(entry, "Parallel").await {
                    whois.limits.parallel = parallel.max(1);
                }
                if let Some(seconds) = reader.number(entry, "Timeout").await {
                    whois.limits.timeout = Duration::from_secs(seconds.max(1) as u64);
                }
                keep.0 = !reader.text(entry, "Cache").await.is_some_and(|text| text.eq_ignore_ascii_case("false"));
                keep.1 = reader.number(entry, "CacheDays").await.map_or(WHOIS_DAYS, |days| days as u64);
            }
            // Of other parts of the program, or of msticpy's.
            _ => {}
        }
    }
    for entry in &config.settings.ti_providers {
        settings.threat_intel.push(ProviderSettings {
            name: entry.provider.clone(),
            id: reader.secret(entry, "ApiID").await,
            key: reader.secret(entry, "AuthKey").await,
            primary: entry.primary,
            endpoint: reader.text(entry, "Endpoint").await,
            parallel: reader.number(entry, "Parallel").await,
            per_minute: reader.number(entry, "RequestsPerMinute").await.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            timeout: reader.number(entry, "Timeout").await.map(|seconds| Duration::from_secs(seconds.max(1) as u64)),
            http: http.clone(),
        });
    }
    if keep.0
        && let Some(folder) = cache_folder(config)
    {
        settings.whois.cache = Some(Cache::new(&folder, days(keep.1)));
        settings.cache = Some(Cache::new(folder, days(TI_DAYS)));
    }
    (settings, reader.notes)
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(86_400))
}

/// Where programs keep what they can fetch again.
fn cache_folder(config: &Config) -> Option<PathBuf> {
    let around = &config.surroundings;
    let base = ["XDG_CACHE_HOME", "LOCALAPPDATA"].iter().find_map(|name| around.variables.get(name)).map(PathBuf::from);
    let base = base.filter(|path| path.is_absolute()).or_else(|| Some(around.home.as_ref()?.join(".cache")))?;
    Some(base.join("entity-explorer").join("enrichment"))
}

struct Reader<'a> {
    config: &'a Config,
    secrets: &'a Secrets,
    notes: Vec<String>,
}

impl Reader<'_> {
    /// An argument that may be a key.
    async fn secret(&mut self, entry: &config::ProviderSettings, name: &str) -> Option<Secret> {
        match self.secrets.get(entry.arg(name)?).await {
            Ok(secret) => Some(secret).filter(|secret| !secret.expose().trim().is_empty()),
            Err(fault) => {
                let help = fault.help.map(|help| format!(": {help}")).unwrap_or_default();
                self.notes.push(format!("{}{help}", fault.message));
                None
            }
        }
    }

    async fn text(&mut self, entry: &config::ProviderSettings, name: &str) -> Option<String> {
        self.secret(entry, name).await.map(|value| value.expose().trim().to_owned())
    }

    async fn number(&mut self, entry: &config::ProviderSettings, name: &str) -> Option<usize> {
        let text = self.text(entry, name).await?;
        match text.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                self.notes
                    .push(format!("{}: {name} is no whole number, the usual one is used ({})", entry.name, entry.from));
                None
            }
        }
    }

    async fn folder(&mut self, entry: &config::ProviderSettings) -> PathBuf {
        let around = &self.config.surroundings;
        // msticpy's own folder, so that its databases are found.
        let text = self.text(entry, "DBFolder").await.unwrap_or_else(|| "~/.msticpy/GeoLite2".to_owned());
        let base = entry.from.file.parent().unwrap_or(&around.folder).to_owned();
        around.path(&text, &base)
    }
}
