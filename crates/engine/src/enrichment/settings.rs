//! `TIProviders` and `OtherProviders` of msticpyconfig.yaml as the settings of the services.
//!
//! Beside msticpy's arguments (`AuthKey`, `ApiID`, `AccountID`, `DBFolder`) an entry can have `Endpoint`, `Parallel`, `RequestsPerMinute` and `Timeout`
//! (seconds). The entry `WhoIs` of `OtherProviders` can have `Rdap`, `Bootstrap`, `Cymru`, `Parallel`, `Timeout`, `Cache` (false: nothing is kept) and
//! `CacheDays`.

use std::path::PathBuf;
use std::time::Duration;

use enrich::ti::ProviderSettings;
use enrich::{Cache, EnrichSettings, GeoSettings};
use secret::Secret;
use sentinel::config::{self, Config, Setting, Source};

/// Days that answers of registries count.
const WHOIS_DAYS: u64 = 7;
/// Days that answers of threat intelligence services count.
const TI_DAYS: u64 = 1;

/// The settings, and what of them cannot be used; for people.
pub(super) fn read(config: &Config) -> (EnrichSettings, Vec<String>) {
    let mut reader = Reader { config, notes: Vec::new() };
    let mut settings = EnrichSettings::default();
    let mut keep = (true, WHOIS_DAYS);
    // Those marked as primary first.
    let mut others: Vec<&config::ProviderSettings> = config.settings.other_providers.iter().collect();
    others.sort_by_key(|entry| !entry.primary);
    for entry in others {
        match entry.provider.to_ascii_lowercase().as_str() {
            "geolitelookup" | "geoiplite" => settings.geo.push(GeoSettings::MaxMind {
                folder: reader.folder(entry),
                account: reader.secret(entry, "AccountID"),
                key: reader.secret(entry, "AuthKey"),
                endpoint: reader.text(entry, "Endpoint"),
            }),
            "ipstacklookup" | "ipstack" => {
                let endpoint = reader.text(entry, "Endpoint");
                match reader.secret(entry, "AuthKey") {
                    Some(key) => settings.geo.push(GeoSettings::IpStack { key, endpoint }),
                    None => reader
                        .notes
                        .push(format!("{}: no AuthKey is set, it is not asked ({})", entry.name, entry.from)),
                }
            }
            "whois" => {
                let whois = &mut settings.whois;
                whois.rdap = reader.text(entry, "Rdap");
                if let Some(bootstrap) = reader.text(entry, "Bootstrap") {
                    whois.bootstrap = Some(bootstrap);
                }
                if let Some(cymru) = reader.text(entry, "Cymru") {
                    whois.cymru = cymru;
                }
                if let Some(parallel) = reader.number(entry, "Parallel") {
                    whois.limits.parallel = parallel.max(1);
                }
                if let Some(seconds) = reader.number(entry, "Timeout") {
                    whois.limits.timeout = Duration::from_secs(seconds.max(1) as u64);
                }
                keep.0 = !reader.text(entry, "Cache").is_some_and(|text| text.eq_ignore_ascii_case("false"));
                keep.1 = reader.number(entry, "CacheDays").map_or(WHOIS_DAYS, |days| days as u64);
            }
            // Of other parts of the program, or of msticpy's.
            _ => {}
        }
    }
    for entry in &config.settings.ti_providers {
        settings.threat_intel.push(ProviderSettings {
            name: entry.provider.clone(),
            id: reader.secret(entry, "ApiID"),
            key: reader.secret(entry, "AuthKey"),
            primary: entry.primary,
            endpoint: reader.text(entry, "Endpoint"),
            parallel: reader.number(entry, "Parallel"),
            per_minute: reader.number(entry, "RequestsPerMinute").map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            timeout: reader.number(entry, "Timeout").map(|seconds| Duration::from_secs(seconds.max(1) as u64)),
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
    notes: Vec<String>,
}

impl Reader<'_> {
    /// An argument that may be a key.
    fn secret(&mut self, entry: &config::ProviderSettings, name: &str) -> Option<Secret> {
        let setting = entry.arg(name)?;
        match self.value(setting) {
            Ok(secret) => Some(secret).filter(|secret| !secret.expose().trim().is_empty()),
            Err(why) => {
                self.notes.push(why);
                None
            }
        }
    }

    fn value(&self, setting: &Setting) -> Result<Secret, String> {
        match &setting.source {
            Source::Plain(secret) => Ok(Secret::new(secret.expose())),
            Source::Environment(variable) => {
                self.config.surroundings.variables.get(variable).map(Secret::new).ok_or_else(|| {
                    format!("the environment variable {variable} of {} is not set ({})", setting.path, setting.from)
                })
            }
            Source::KeyVault { .. } => Err(format!(
                "{} is in a key vault, which is not asked for the keys of services: give it as EnvironmentVar ({})",
                setting.path, setting.from
            )),
        }
    }

    fn text(&mut self, entry: &config::ProviderSettings, name: &str) -> Option<String> {
        self.secret(entry, name).map(|value| value.expose().trim().to_owned())
    }

    fn number(&mut self, entry: &config::ProviderSettings, name: &str) -> Option<usize> {
        let text = self.text(entry, name)?;
        match text.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                self.notes
                    .push(format!("{}: {name} is no whole number, the usual one is used ({})", entry.name, entry.from));
                None
            }
        }
    }

    fn folder(&mut self, entry: &config::ProviderSettings) -> PathBuf {
        let around = &self.config.surroundings;
        // msticpy's own folder, so that its databases are found.
        let text = self.text(entry, "DBFolder").unwrap_or_else(|| "~/.msticpy/GeoLite2".to_owned());
        let base = entry.from.file.parent().unwrap_or(&around.folder).to_owned();
        around.path(&text, &base)
    }
}
