//! `msticpy`: how requests are sent.

use std::time::Duration;

use url::Url;

use crate::config::problem::shown;
use crate::config::section::Section;
use crate::config::{HttpSettings, ProxySettings};

/// Reads `msticpy`.
pub(super) fn section(section: &Section<'_>) -> HttpSettings {
    let reader = section.reader;
    let mut http = HttpSettings::default();
    if let Some((_, node)) = section.entry(&["http_timeout"]) {
        let seconds = node.text().and_then(|text| text.trim().parse::<f64>().ok());
        http.timeout = seconds.filter(|s| *s > 0.0).and_then(|s| Duration::try_from_secs_f64(s).ok());
        if http.timeout.is_none() {
            reader.error(
                node.at,
                "msticpy.http_timeout is no number of seconds",
                "write a number above 0: http_timeout: 30",
            );
        }
    }
    if let Some(proxies) = section.section(&["Proxies"]) {
        for (key, node) in proxies.all() {
            let scheme = key.name.trim().to_ascii_lowercase();
            let path = proxies.child_path(&key.name);
            let scheme = scheme.trim_end_matches("://");
            if !matches!(scheme, "http" | "https") {
                reader.error(key.at, format!("{} is no scheme", shown(&path)), "write http: or https:");
                continue;
            }
            if let Some(proxy) = Section::of(reader, path, node, key.at) {
                http.proxies.extend(proxy_of(&proxy, scheme));
            }
        }
    }
    if let Some((text, at)) = section.text(&["ca_file"]) {
        let path = reader.surroundings.path(&text, reader.base);
        if path.is_file() {
            http.ca_file = Some(path);
        } else {
            let message = format!("msticpy.ca_file does not exist: {}", shown(&path.display().to_string()));
            reader.error(at, message, "give a PEM file with the certificates of your authority");
        }
    }
    section.entry(&["FriendlyExceptions"]);
    section.entry(&["QueryDefinitions"]);
    section.finish(&["http_timeout", "Proxies", "ca_file", "FriendlyExceptions", "QueryDefinitions"]);
    http
}

fn proxy_of(proxy: &Section<'_>, scheme: &str) -> Option<ProxySettings> {
    let url = proxy.text(&["Url"]);
    let user_name = proxy.setting(&["UserName"]);
    let password = proxy.setting(&["Password"]);
    proxy.finish(&["Url", "UserName", "Password"]);
    let Some((text, at)) = url else {
        proxy.reader.error(proxy.at, format!("{} has no Url", shown(&proxy.path)), "add it: Url: http://proxy:8080");
        return None;
    };
    let whole = if text.contains("://") { text } else { format!("http://{text}") };
    match Url::parse(&whole) {
        Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => {
            Some(ProxySettings { scheme: scheme.to_owned(), url, user_name, password })
        }
        _ => {
            let path = shown(&proxy.child_path("Url"));
            proxy.reader.error(at, format!("{path} is no URL of a proxy"), "write it as http://proxy:8080");
            None
        }
    }
}
