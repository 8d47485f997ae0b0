//! The HTTP client, and what its failures mean.

use std::error::Error as _;

use url::Url;

use crate::config::HttpSettings;
use crate::fault::{Fault, FaultKind};
use crate::secret::Secret;

/// Who signs in to a proxy.
#[derive(Debug, Clone)]
pub struct ProxyLogin {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// A client by these settings: proxies, further certificate authorities. `logins` are those of the proxies, in their order.
///
/// Redirects are not followed: a query service has none, and a token belongs to the host that it was asked for.
///
/// # Errors
/// A certificate file or a proxy that cannot be used.
pub fn client(settings: &HttpSettings, logins: &[Option<ProxyLogin>]) -> Result<reqwest::Client, Fault> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("entity-explorer/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(20));
    if let Some(file) = &settings.ca_file {
        let wrong = |why: String| {
            Fault::new(FaultKind::BadInput, format!("the certificate file {} cannot be used: {why}", file.display()))
                .with_help("it has to be a PEM file with the certificate of the authority")
        };
        let pem = std::fs::read(file).map_err(|e| wrong(e.to_string()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| wrong(e.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    for (index, proxy) in settings.proxies.iter().enumerate() {
        let wrong = |why: &str| {
            Fault::new(FaultKind::BadInput, format!("the proxy for {} cannot be used: {why}", proxy.scheme))
                .with_help("give it as http://HOST:PORT")
        };
        let made = match proxy.scheme.as_str() {
            "http" => reqwest::Proxy::http(proxy.url.clone()),
            "https" => reqwest::Proxy::https(proxy.url.clone()),
            _ => return Err(wrong("only http and https have proxies")),
        };
        let mut made = made.map_err(|_| wrong("its address cannot be read"))?.no_proxy(reqwest::NoProxy::from_env());
        if let Some(Some(login)) = logins.get(index) {
            made = made.basic_auth(&login.user, login.password.expose());
        }
        builder = builder.proxy(made);
    }
    builder.build().map_err(|e| Fault::new(FaultKind::Network, format!("no HTTP client could be made: {}", reason(&e))))
}

/// Whether a token may be sent there: over TLS, or on this machine.
///
/// # Errors
/// When it may not.
pub fn check_endpoint(endpoint: &Url) -> Result<(), Fault> {
    let local = match endpoint.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    };
    if endpoint.scheme() == "https" || (endpoint.scheme() == "http" && local) {
        return Ok(());
    }
    Err(Fault::new(FaultKind::BadInput, format!("the endpoint {} is not https", shown(endpoint)))
        .with_help("a token would cross the network unencrypted: give the endpoint with https://"))
}

/// An endpoint for messages: without user, password and query.
pub fn shown(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// The innermost reason of a failure.
fn reason(error: &reqwest::Error) -> String {
    let mut reason = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        reason = Some(inner.to_string());
        cause = inner.source();
    }
    crate::text::start_of(&reason.unwrap_or_else(|| "the connection failed".to_owned()), 300)
}

/// What the failure of a request means, and whether sending it again may help.
pub fn network_fault(error: &reqwest::Error, endpoint: &Url) -> (Fault, bool) {
    let mut chain = String::new();
    let mut cause: Option<&dyn std::error::Error> = error.source();
    while let Some(inner) = cause {
        chain.push_str(&inner.to_string().to_ascii_lowercase());
        chain.push('\n');
        cause = inner.source();
    }
    let (host, why) = (shown(endpoint), reason(error));
    let has = |words: &[&str]| words.iter().any(|word| chain.contains(word));
    let fault = |message: String, help: &str| Fault::new(FaultKind::Network, message).with_help(help);
    if has(&["tunnel", "proxy"]) {
        return (
            fault(
                format!("the proxy does not connect to {host}: {why}"),
                "check HTTPS_PROXY and NO_PROXY, or the proxy in the configuration, its user and password",
            ),
            false,
        );
    }
    if has(&["dns error", "failed to lookup address", "name or service not known", "no such host"]) {
        return (
            fault(
                format!("the name of {host} cannot be resolved: {why}"),
                "check the endpoint and the cloud in the configuration, and the network; behind a proxy, set HTTPS_PROXY",
            ),
            false,
        );
    }
    if has(&["certificate", "tls", "handshake", "corrupt message", "unknownissuer"]) {
        return (
            fault(
                format!("no secure connection to {host}: {why}"),
                "if a proxy of your organization opens connections, give the certificate of its authority in the configuration (msticpy.ca_file); do not \
                 turn the check off",
            ),
            false,
        );
    }
    if error.is_timeout() {
        return (
            Fault::new(FaultKind::Network, format!("{host} does not answer"))
                .with_help("check the network and the endpoint"),
            true,
        );
    }
    if error.is_connect() {
        return (
            fault(
                format!("no connection to {host}: {why}"),
                "check the network and the endpoint; behind a proxy, set HTTPS_PROXY",
            ),
            true,
        );
    }
    (fault(format!("the connection to {host} broke: {why}"), "run it again; if it stays so, check the network"), true)
}
