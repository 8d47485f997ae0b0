//! From what is configured to a client that can ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use azure_core::credentials::TokenCredential;
use sentinel::auth::{DeviceCode, Secrets, SignIn, SignInOptions, Vaults};
use sentinel::cloud::Cloud;
use sentinel::config::{ClusterSettings, Config, HttpSettings, SignInSettings, Variables, WorkspaceSettings};
use sentinel::http::{AnyToken, PARALLEL_REQUESTS, ProxyLogin, Service, Throttle, client};
use sentinel::kusto::Kusto;
use sentinel::log_analytics::{LogAnalytics, Scope};
use sentinel::retry::RetryPolicy;
use sentinel::{Fault, FaultKind};
use url::{Host, Url};

use super::{Client, CloudProvider, error, runtime};
use crate::error::{Error, quoted};
use crate::workspace::announce::announce;

/// The environment variable with the number of queries that are sent at the same time.
const PARALLEL_VAR: &str = "ENTITY_EXPLORER_PARALLEL_QUERIES";

/// An answer of more bytes is refused. The services give 100 MB at most.
const MAX_ANSWER: u64 = 1 << 30;

/// A client of a configured workspace. Nothing is sent yet, but for what is needed to know how to send it.
///
/// # Errors
/// A configuration that cannot be used.
pub fn workspace(settings: &WorkspaceSettings, config: &Config) -> Result<CloudProvider, Error> {
    let endpoint = settings.cloud.log_analytics();
    let name = format!("the workspace {}", settings.name);
    let scope = Scope::workspace(&settings.workspace_id).map_err(|fault| error(&fault))?;
    let sign_in = Access { cloud: &settings.cloud, sign_in: &settings.sign_in, http: &settings.http, config };
    let service = sign_in.service(endpoint, settings.cloud.log_analytics_scope(), name)?;
    // `http.timeout` is for services that answer at once: a query may take as long as the service lets it.
    Ok(CloudProvider::new(Client::LogAnalytics(LogAnalytics::new(service, scope))))
}

/// A client of a configured cluster.
///
/// # Errors
/// A configuration that cannot be used.
pub fn cluster(settings: &ClusterSettings, config: &Config) -> Result<CloudProvider, Error> {
    let Some(database) = &settings.database else {
        return Err(Error::bad_input(format!(
            "the cluster {} is configured without a database",
            quoted(&settings.name)
        ))
        .with_help(format!("give its Database ({})", settings.from)));
    };
    let scope = settings.cloud.kusto_scope(&settings.cluster);
    let sign_in = Access { cloud: &settings.cloud, sign_in: &settings.sign_in, http: &settings.http, config };
    let service = sign_in.service(settings.cluster.clone(), scope, format!("the cluster {}", settings.name))?;
    Ok(CloudProvider::new(Client::Kusto(Kusto::new(service, database.clone()))))
}

/// The values of settings, also of those in a key vault: it is signed in to when the first of them is asked for.
///
/// # Errors
/// A configuration that cannot be used.
pub fn secrets(config: &Config) -> Result<Arc<Secrets>, Error> {
    let vault = &config.settings.key_vault;
    let access = Access { cloud: &vault.cloud, sign_in: &vault.sign_in, http: &config.settings.http, config };
    let http = access.http_client().map_err(|fault| error(&fault))?;
    Ok(access.secrets(&http))
}

/// What requests to services go through: the proxies and certificate authorities of the configuration.
///
/// # Errors
/// A configuration that cannot be used.
pub fn http_client(config: &Config) -> Result<reqwest::Client, Error> {
    let vault = &config.settings.key_vault;
    let access = Access { cloud: &vault.cloud, sign_in: &vault.sign_in, http: &config.settings.http, config };
    access.http_client().map_err(|fault| error(&fault))
}

/// How a service is reached, and as whom.
struct Access<'a> {
    cloud: &'a Cloud,
    sign_in: &'a SignInSettings,
    http: &'a HttpSettings,
    config: &'a Config,
}

impl Access<'_> {
    fn service(&self, endpoint: Url, scope: String, name: String) -> Result<Service, Error> {
        let http = self.http_client().map_err(|fault| error(&fault))?;
        // A server on this machine that nobody configured a sign-in for takes any token.
        let credential: Arc<dyn TokenCredential> = if is_here(&endpoint) && nothing_configured(self.sign_in) {
            Arc::new(AnyToken)
        } else {
            self.credential(&http)
        };
        let user =
            format!("{:?} {:?}", self.sign_in.tenant, self.sign_in.client_id.as_ref().map(|setting| &setting.path));
        Ok(Service {
            client: http,
            throttle: throttle(&format!("{endpoint} {user}"))?,
            endpoint,
            credential,
            scope,
            retry: RetryPolicy::default(),
            max_answer: MAX_ANSWER,
            name,
        })
    }

    fn http_client(&self) -> Result<reqwest::Client, Fault> {
        if self.http.proxies.iter().all(|proxy| proxy.user_name.is_none()) {
            return client(self.http, &[]);
        }
        // The key vault may be behind the same proxy: its sign-in cannot be needed for that.
        let secrets = Secrets { variables: self.variables(), vaults: None };
        let logins = runtime::wait(async {
            let mut logins = Vec::new();
            for proxy in &self.http.proxies {
                logins.push(match (&proxy.user_name, &proxy.password) {
                    (Some(user), Some(password)) => Some(ProxyLogin {
                        user: secrets.get(user).await?.expose().to_owned(),
                        password: secrets.get(password).await?,
                    }),
                    (Some(_), None) => {
                        return Err(Fault::new(FaultKind::BadInput, "the proxy has a user, but no password")
                            .with_help("give the Password beside the UserName of the proxy"));
                    }
                    (None, _) => None,
                });
            }
            Ok(logins)
        })?;
        client(self.http, &logins)
    }

    fn variables(&self) -> Variables {
        self.config.surroundings.variables.clone()
    }

    fn credential(&self, http: &reqwest::Client) -> Arc<dyn TokenCredential> {
        let options = SignInOptions { http: http.clone(), secrets: self.secrets(http), prompt: prompt(), path: None };
        SignIn::new(self.sign_in.clone(), self.cloud.clone(), options)
    }

    fn secrets(&self, http: &reqwest::Client) -> Arc<Secrets> {
        let vault = &self.config.settings.key_vault;
        let plain = SignInOptions {
            http: http.clone(),
            secrets: Arc::new(Secrets { variables: self.variables(), vaults: None }),
            prompt: prompt(),
            path: None,
        };
        let vault_sign_in = SignIn::new(vault.sign_in.clone(), vault.cloud.clone(), plain);
        let vaults = Vaults::new(http.clone(), vault.cloud.clone(), vault.vault.clone(), vault_sign_in);
        Arc::new(Secrets { variables: self.variables(), vaults: Some(Arc::new(vaults)) })
    }
}

fn prompt() -> sentinel::auth::Prompt {
    Arc::new(|code: &DeviceCode| announce(&code.to_string()))
}

fn is_here(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

fn nothing_configured(sign_in: &SignInSettings) -> bool {
    sign_in.methods.is_empty()
        && sign_in.client_id.is_none()
        && sign_in.client_secret.is_none()
        && sign_in.certificate.is_none()
}

/// The limit of parallel queries of a user of a service, whichever workspaces they are for.
fn throttle(key: &str) -> Result<Arc<Throttle>, Error> {
    static THROTTLES: OnceLock<Mutex<HashMap<String, Arc<Throttle>>>> = OnceLock::new();
    let parallel = match std::env::var(PARALLEL_VAR) {
        Err(_) => PARALLEL_REQUESTS,
        Ok(text) => text.trim().parse().ok().filter(|n| (1..=1000).contains(n)).ok_or_else(|| {
            Error::bad_input(format!("{PARALLEL_VAR} is {}, which is no number from 1 to 1000", quoted(&text)))
        })?,
    };
    let mut throttles = THROTTLES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let throttle = throttles.entry(key.to_owned()).or_insert_with(|| Arc::new(Throttle::new(parallel)));
    Ok(Arc::clone(throttle))
}
