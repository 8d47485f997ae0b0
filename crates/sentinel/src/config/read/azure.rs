//! `Azure` and `KeyVault`: the cloud, its endpoints, and how to sign in.

use url::Url;

use crate::cloud::CloudName;
use crate::config::problem::shown;
use crate::config::section::{Reader, Section, guid};
use crate::config::yaml::Place;
use crate::config::{AuthMethod, Certificate, KeyVaultSettings, Problem, Settings, SignInSettings};

/// Reads `Azure`.
pub(super) fn section(azure: &Section<'_>, settings: &mut Settings) {
    if let Some((name, at)) = azure.text(&["cloud"]) {
        settings.cloud.name = cloud_name(azure.reader, &name, at).unwrap_or_default();
    }
    if let Some(endpoints) = azure.section(&["endpoints"]) {
        let replaced = &mut settings.cloud.endpoints;
        replaced.authority = endpoint(&endpoints, "authority");
        replaced.log_analytics = endpoint(&endpoints, "log_analytics");
        replaced.management = endpoint(&endpoints, "management");
        replaced.key_vault = endpoint(&endpoints, "key_vault");
        replaced.instance_metadata = endpoint(&endpoints, "instance_metadata");
        endpoints.finish(&["authority", "log_analytics", "management", "key_vault", "instance_metadata"]);
    }
    if let Some(url) = endpoint(azure, "resource_manager_url") {
        settings.cloud.endpoints.management.get_or_insert(url);
    }
    settings.sign_in.methods = auth_methods(azure);
    settings.sign_in.tenant = tenant(azure);
    azure.finish(&["cloud", "auth_methods", "tenant_id", "resource_manager_url", "endpoints"]);
}

pub(super) fn cloud_name(reader: &Reader<'_>, name: &str, at: Place) -> Option<CloudName> {
    let cloud = CloudName::parse(name);
    if cloud.is_none() {
        let known = CloudName::ALL.map(CloudName::as_str).join(", ");
        reader.error(at, format!("there is no cloud {}", shown(name)), format!("the clouds are {known}"));
    }
    cloud
}

/// A URL to which requests with tokens are sent: encrypted, unless it is on this machine.
fn endpoint(section: &Section<'_>, key: &str) -> Option<Url> {
    let (text, at) = section.text(&[key])?;
    let path = section.child_path(key);
    match Url::parse(&text) {
        Ok(url) if url.has_host() && (url.scheme() == "https" || is_loopback(&url)) => {
            let at = section.reader.origin(at);
            let message =
                format!("{} sends requests to {} instead of the cloud's own service", shown(&path), host(&url));
            section
                .reader
                .report(Problem::warning(at, message).with_fix("nothing, if that host is yours: it gets your tokens"));
            // Paths are added to it.
            let text = format!("{}/", url.as_str().trim_end_matches('/'));
            Url::parse(&text).ok()
        }
        Ok(url) if url.scheme() == "http" => {
            let message = format!("{} is not encrypted, and tokens are sent to it", shown(&path));
            section.reader.error(at, message, "write https://; http:// is only for this machine (127.0.0.1)");
            None
        }
        _ => {
            section.reader.error(at, format!("{} is no URL", shown(&path)), "write it whole: https://host/");
            None
        }
    }
}

fn host(url: &Url) -> String {
    shown(url.host_str().unwrap_or_default())
}

/// Whether requests to a URL stay on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(super) fn auth_methods(section: &Section<'_>) -> Vec<AuthMethod> {
    let mut methods = Vec::new();
    for (name, at) in section.texts(&["auth_methods", "auth_types"]) {
        match AuthMethod::parse(&name) {
            Some(method) if !methods.contains(&method) => methods.push(method),
            Some(_) => {}
            None if is_pythons(&name) => {
                let message = format!("the sign-in method {} is passed over: it needs msticpy's Python", shown(&name));
                section.reader.warning(at, message, "use cli (az login) or devicecode in its place");
            }
            None => {
                let known = AuthMethod::ALL.map(AuthMethod::as_str).join(", ");
                let message = format!("there is no sign-in method {}", shown(&name));
                section.reader.error(at, message, format!("the methods are {known}"));
            }
        }
    }
    methods
}

/// Methods that msticpy has and that read what other programs keep; with azure-identity's names for them.
fn is_pythons(name: &str) -> bool {
    const NAMES: [&str; 7] =
        ["vscode", "visualstudiocode", "powershell", "azurepowershell", "cache", "sharedtokencache", "tokencache"];
    let name: String = name.to_ascii_lowercase().chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
    NAMES.contains(&name.as_str())
}

/// A tenant: its GUID, or one of its domains.
pub(super) fn tenant(section: &Section<'_>) -> Option<String> {
    let (text, at) = section.text(&["TenantId", "tenant_id"])?;
    let is_domain = text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let found = guid(&text).or_else(|| is_domain.then(|| text.to_ascii_lowercase()));
    if found.is_none() {
        section.reader.error(
            at,
            format!("{} is neither a GUID nor a domain: {}", shown(&section.child_path("TenantId")), shown(&text)),
            "`az account show --query tenantId` prints it, and the portal shows it under Microsoft Entra ID",
        );
    }
    found
}

/// What a workspace, cluster or vault says about signing in; what it does not say is as `default` has it.
pub(super) fn sign_in(section: &Section<'_>, args: Option<&Section<'_>>, default: &SignInSettings) -> SignInSettings {
    let mut sign_in = default.clone();
    if let Some(tenant) = tenant(section).or_else(|| args.and_then(tenant)) {
        sign_in.tenant = Some(tenant);
    }
    let Some(args) = args else {
        return sign_in;
    };
    let methods = auth_methods(args);
    if !methods.is_empty() {
        sign_in.methods = methods;
    }
    sign_in.client_id = args.setting(&["ClientId"]).or(sign_in.client_id);
    sign_in.client_secret = args.setting(&["ClientSecret"]).or(sign_in.client_secret);
    let file = args.setting(&["CertificatePath", "PrivateKey"]).map(Certificate::File);
    let text = args.setting(&["Certificate"]).map(Certificate::Text);
    sign_in.certificate = file.or(text).or(sign_in.certificate);
    if let Some((_, node)) = args.entry(&["CertificatePassword", "PrivateKeySecret"]) {
        args.reader.warning(
            node.at,
            format!(
                "{} is not used: private keys with a password cannot be read",
                shown(&args.child_path("CertificatePassword"))
            ),
            "write the key without one: openssl pkey -in key.pem -out open-key.pem, readable by you only",
        );
    }
    args.entry(&["SendCertificateChain", "IntegratedAuth"]);
    sign_in
}

pub(super) const SIGN_IN_ARGS: [&str; 9] = [
    "TenantId",
    "ClientId",
    "ClientSecret",
    "Certificate",
    "CertificatePath",
    "CertificatePassword",
    "SendCertificateChain",
    "auth_methods",
    "IntegratedAuth",
];

/// Reads `KeyVault`.
pub(super) fn key_vault(section: Option<Section<'_>>, settings: &Settings) -> KeyVaultSettings {
    let mut vault = KeyVaultSettings { vault: None, sign_in: settings.sign_in.clone(), cloud: settings.cloud.clone() };
    let Some(section) = section else {
        return vault;
    };
    if let Some((text, at)) = section.text(&["VaultName"]) {
        if settings.cloud.key_vault(&text).is_none() {
            let message = format!("no key vault can have the name {}", shown(&text));
            section.reader.error(at, message, "a name has 3 to 24 letters, digits and hyphens; it is no URL");
        } else {
            vault.vault = Some(text);
        }
    }
    if let Some(tenant) = tenant(&section) {
        vault.sign_in.tenant = Some(tenant);
    }
    if let Some((text, at)) = section.text(&["Authority"]) {
        match cloud_name(section.reader, &text, at) {
            Some(named) if named != vault.cloud.name => vault.cloud = named.into(),
            _ => {}
        }
    }
    for (text, at) in section.texts(&["AuthnType"]) {
        match AuthMethod::parse(&text) {
            Some(method) => vault.sign_in.methods = vec![method],
            None => section.reader.error(
                at,
                format!("there is no sign-in method {}", shown(&text)),
                "leave it out: then Azure.auth_methods count",
            ),
        }
    }
    section.entry(&["SubscriptionId", "ResourceGroup", "AzureRegion", "UseKeyring"]);
    section.finish(&[
        "TenantId",
        "VaultName",
        "Authority",
        "AuthnType",
        "SubscriptionId",
        "ResourceGroup",
        "AzureRegion",
        "UseKeyring",
    ]);
    vault
}
