//! From settings to services.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secret::Secret;
use url::Url;

use super::abuseipdb::AbuseIpDb;
use super::binaryedge::BinaryEdge;
use super::crowdsec::CrowdSec;
use super::greynoise::GreyNoise;
use super::intsights::IntSights;
use super::ipqualityscore::IpQualityScore;
use super::opr::OpenPageRank;
use super::otx::Otx;
use super::provider::{Api, Provider, Service, Verdict};
use super::pulsedive::Pulsedive;
use super::tor::Tor;
use super::virustotal::VirusTotal;
use super::xforce::XForce;
use crate::failure::Failure;
use crate::http::Http;
use crate::ioc::{Ioc, IocType};
use crate::limit::{Limits, Rate};

/// The settings of one service, as `TIProviders` in msticpyconfig.yaml has them.
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// `VirusTotal`, `OTX`, `XForce`, `OPR`, `AbuseIPDB`, `GreyNoise`, `Tor`, `Pulsedive`, `CrowdSec`, `IPQualityScore`, `BinaryEdge`, `IntSights`, in
    /// any case.
    pub name: String,
    /// `ApiID`.
    pub id: Option<Secret>,
    /// `AuthKey`.
    pub key: Option<Secret>,
    /// Asked by default.
    pub primary: bool,
    /// Where it is, if not at its usual address.
    pub endpoint: Option<String>,
    /// Requests at a time.
    pub parallel: Option<usize>,
    /// Requests in a minute; 0: as many as it answers.
    pub per_minute: Option<u32>,
    /// For one request.
    pub timeout: Option<Duration>,
    /// What requests go through.
    pub http: Http,
}

impl ProviderSettings {
    /// A service with its key.
    pub fn new(name: &str, key: impl Into<Secret>) -> Self {
        Self { name: name.to_owned(), key: Some(key.into()), primary: true, ..Self::default() }
    }

    fn limits(&self, usual: Limits) -> Limits {
        Limits {
            parallel: self.parallel.unwrap_or(usual.parallel),
            rate: match self.per_minute {
                None => usual.rate,
                Some(0) => None,
                Some(requests) => Some(Rate::per_minute(requests)),
            },
            timeout: self.timeout.unwrap_or(usual.timeout),
            ..usual
        }
    }

    fn base(&self, usual: &str) -> Result<Url, Failure> {
        let text = self.endpoint.as_deref().unwrap_or(usual);
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| Failure::Request(format!("the endpoint {text} is no web address")))
    }

    fn secret(&self, value: &Option<Secret>, field: &str) -> Result<Secret, Failure> {
        value.clone().filter(|secret| !secret.is_empty()).ok_or_else(|| {
            Failure::Request(format!(
                "no {field} is set: add it under TIProviders, {} in msticpyconfig.yaml",
                self.name
            ))
        })
    }
}

/// What settings lead to.
#[derive(Debug)]
pub(crate) enum Setup {
    /// A service.
    Provider(Arc<dyn Provider>),
    /// Another part of the program asks it: the workspace's own indicators.
    Elsewhere,
    /// There is no such service here.
    Unknown(String),
}

/// Why a service is not asked with these settings; nothing is sent.
///
/// ```
/// use enrich::ti::{Unusable, check};
/// use enrich::ti::ProviderSettings;
///
/// assert_eq!(check(&ProviderSettings::new("OTX", "a key")), None);
/// let without = ProviderSettings { name: "OTX".to_owned(), ..ProviderSettings::default() };
/// assert_eq!(
///     check(&without),
///     Some(Unusable::Settings("no AuthKey is set: add it under TIProviders, OTX in msticpyconfig.yaml".to_owned()))
/// );
/// assert!(matches!(check(&ProviderSettings::new("RiskIQ", "a key")), Some(Unusable::Unknown(_))));
/// ```
pub fn check(settings: &ProviderSettings) -> Option<Unusable> {
    match build(settings) {
        Build::Provider(Ok(_)) | Build::Elsewhere => None,
        Build::Provider(Err(why)) => Some(Unusable::Settings(why.to_string())),
        Build::Unknown(why) => Some(Unusable::Unknown(why)),
    }
}

/// Why a service is not asked; for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// There is no such service here.
    Unknown(String),
    /// Something is missing or wrong in the settings.
    Settings(String),
}

enum Build {
    Provider(Result<Arc<dyn Provider>, Failure>),
    Elsewhere,
    Unknown(String),
}

pub(crate) fn set_up(settings: &ProviderSettings) -> Setup {
    match build(settings) {
        Build::Provider(built) => {
            Setup::Provider(built.unwrap_or_else(|why| Arc::new(Broken { name: settings.name.clone(), why })))
        }
        Build::Elsewhere => Setup::Elsewhere,
        Build::Unknown(why) => Setup::Unknown(why),
    }
}

fn build(settings: &ProviderSettings) -> Build {
    let name = settings.name.trim().to_ascii_lowercase();
    let built = match name.as_str() {
        "virustotal" => keyed(settings, |key| VirusTotal { key }),
        "otx" => keyed(settings, |key| Otx { key }),
        "xforce" => id_and_key(settings, |id, key| XForce { id, key }),
        "abuseipdb" => keyed(settings, |key| AbuseIpDb { key }),
        "greynoise" => keyed(settings, |key| GreyNoise { key }),
        "pulsedive" => keyed(settings, |key| Pulsedive { key }),
        "crowdsec" => keyed(settings, |key| CrowdSec { key }),
        "ipqualityscore" => keyed(settings, |key| IpQualityScore { key }),
        "binaryedge" => keyed(settings, |key| BinaryEdge { key }),
        "intsights" => id_and_key(settings, |id, key| IntSights { id, key }),
        "opr" => opr(settings),
        "tor" => tor(settings),
        "azsti" | "azuresentinel" | "microsoftsentinel" => return Build::Elsewhere,
        _ => {
            return Build::Unknown(format!(
                "threat intelligence service {}: this program does not know it",
                settings.name
            ));
        }
    };
    Build::Provider(built)
}

fn keyed<A: Api + 'static>(s: &ProviderSettings, api: impl FnOnce(Secret) -> A) -> Result<Arc<dyn Provider>, Failure> {
    let key = s.secret(&s.key, "AuthKey")?;
    let secrets = vec![key.clone()];
    Ok(Arc::new(Service::new(api(key), s.base(A::BASE)?, &s.http, s.limits(A::LIMITS), secrets)?))
}

fn id_and_key<A: Api + 'static>(
    s: &ProviderSettings,
    api: impl FnOnce(Secret, Secret) -> A,
) -> Result<Arc<dyn Provider>, Failure> {
    let (id, key) = (s.secret(&s.id, "ApiID")?, s.secret(&s.key, "AuthKey")?);
    let secrets = vec![id.clone(), key.clone()];
    Ok(Arc::new(Service::new(api(id, key), s.base(A::BASE)?, &s.http, s.limits(A::LIMITS), secrets)?))
}

fn opr(s: &ProviderSettings) -> Result<Arc<dyn Provider>, Failure> {
    let (key, base) = (s.secret(&s.key, "AuthKey")?, s.base(OpenPageRank::BASE)?);
    Ok(Arc::new(OpenPageRank::new(key, base, &s.http, s.limits(Limits::DEFAULT))?))
}

fn tor(s: &ProviderSettings) -> Result<Arc<dyn Provider>, Failure> {
    Ok(Arc::new(Tor::new(s.base(Tor::BASE)?, &s.http, s.limits(Limits::DEFAULT))?))
}

/// A service whose settings are wrong.
#[derive(Debug)]
struct Broken {
    name: String,
    why: Failure,
}

#[async_trait]
impl Provider for Broken {
    fn name(&self) -> &str {
        &self.name
    }

    fn queries(&self, _kind: IocType) -> &'static [&'static str] {
        &[""]
    }

    fn limits(&self) -> Limits {
        Limits::DEFAULT
    }

    fn reference(&self, _ioc: &Ioc) -> String {
        String::new()
    }

    async fn lookup(&self, _iocs: &[Ioc], _query: &str) -> Result<Vec<Verdict>, Failure> {
        Err(self.why.clone())
    }
}
