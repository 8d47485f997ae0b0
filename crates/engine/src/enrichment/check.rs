//! What is wrong with the services of a configuration. Nothing is asked for it, no key is fetched.

use enrich::ti::{self, Unusable};
use secret::Secret;
use sentinel::config::{Config, Problem, ProviderSettings, Setting, Source};

/// Arguments of threat intelligence services. `Instance` is one of msticpy's.
const INTEL: [&str; 7] = ["AuthKey", "ApiID", "Instance", "Endpoint", "Parallel", "RequestsPerMinute", "Timeout"];
/// Arguments that are whole numbers.
const NUMBERS: [&str; 4] = ["Parallel", "RequestsPerMinute", "Timeout", "CacheDays"];

/// The problems of `TIProviders` and `OtherProviders`: services that this program does not have, keys that are missing, arguments that say nothing.
pub fn problems(config: &Config) -> Vec<Problem> {
    let settings = &config.settings;
    let intel = settings.ti_providers.iter().flat_map(threat_intel);
    intel.chain(settings.other_providers.iter().flat_map(other)).collect()
}

fn threat_intel(entry: &ProviderSettings) -> Vec<Problem> {
    let given = ti::ProviderSettings {
        name: entry.provider.clone(),
        id: placeholder(entry, "ApiID"),
        key: placeholder(entry, "AuthKey"),
        endpoint: entry.arg("Endpoint").and_then(plain).map(str::to_owned),
        ..ti::ProviderSettings::default()
    };
    match ti::check(&given) {
        Some(Unusable::Unknown(why)) => {
            let fix = "it is not asked; docs/enrichment.md lists the services";
            vec![Problem::warning(entry.from.clone(), why).with_fix(fix).about(&entry.name)]
        }
        unusable => {
            let broken = unusable.map(|unusable| match unusable {
                Unusable::Unknown(why) | Unusable::Settings(why) => {
                    Problem::error(entry.from.clone(), format!("{}: {why}", entry.name)).about(&entry.name)
                }
            });
            broken.into_iter().chain(arguments(entry, &INTEL)).collect()
        }
    }
}

fn other(entry: &ProviderSettings) -> Vec<Problem> {
    let missing = |name: &str| entry.arg(name).is_none();
    let mut problems = Vec::new();
    match entry.provider.to_ascii_lowercase().as_str() {
        "geolitelookup" | "geoiplite" => {
            if missing("AuthKey") != missing("AccountID") {
                let (given, absent) =
                    if missing("AuthKey") { ("AccountID", "AuthKey") } else { ("AuthKey", "AccountID") };
                let message = format!("{}: {given} is set, {absent} is not: nothing is downloaded", entry.name);
                let fix =
                    "MaxMind shows both under \"Manage License Keys\"; databases in DBFolder are used as they are";
                problems.push(Problem::warning(entry.from.clone(), message).with_fix(fix).about(&entry.name));
            }
            problems.extend(arguments(entry, &["AuthKey", "AccountID", "DBFolder", "Endpoint"]));
        }
        "ipstacklookup" | "ipstack" => {
            if missing("AuthKey") {
                let message = format!("{}: no AuthKey is set: it is not asked", entry.name);
                problems.push(Problem::error(entry.from.clone(), message).about(&entry.name));
            }
            problems.extend(arguments(entry, &["AuthKey", "Endpoint"]));
        }
        "whois" => problems
            .extend(arguments(entry, &["Rdap", "Bootstrap", "Cymru", "Parallel", "Timeout", "Cache", "CacheDays"])),
        // Of other parts of the program, or of msticpy's.
        _ => {}
    }
    problems
}

/// Arguments that say nothing, or are no numbers.
fn arguments(entry: &ProviderSettings, known: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, setting) in &entry.args {
        let is = |other: &&str| other.eq_ignore_ascii_case(name);
        if !known.iter().any(is) {
            let message = format!("{}: the argument {} says nothing", entry.name, name.escape_debug());
            problems.push(
                Problem::warning(setting.from.clone(), message).with_fix(format!("known are {}", known.join(", "))),
            );
        } else if NUMBERS.iter().any(is) && plain(setting).is_some_and(|text| text.trim().parse::<u32>().is_err()) {
            let message = format!("{}: {name} is no whole number: the usual one is used", entry.name);
            problems.push(Problem::warning(setting.from.clone(), message));
        }
    }
    problems
}

/// Something in the place of a key that is set, wherever it is.
fn placeholder(entry: &ProviderSettings, name: &str) -> Option<Secret> {
    match plain(entry.arg(name)?) {
        Some(text) if text.trim().is_empty() => None,
        _ => Some(Secret::new("set")),
    }
}

fn plain(setting: &Setting) -> Option<&str> {
    match &setting.source {
        Source::Plain(text) => Some(text.expose()),
        Source::Environment(_) | Source::KeyVault { .. } => None,
    }
}
