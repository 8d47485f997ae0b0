//! The kinds of entity that queries are about, and how a value of each is read.

use std::fmt;

use serde_json::Value as Json;

use crate::account::AccountName;
use crate::error::{Error, quoted};
use crate::ip_summary::Address;

/// A kind of entity.
///
/// Source: <https://learn.microsoft.com/azure/sentinel/entities-reference>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityKind {
    /// A user account.
    Account,
    /// An IP address.
    IpAddress,
    /// A computer.
    Host,
    /// A URL.
    Url,
    /// A domain name.
    Dns,
    /// The hash of a file.
    FileHash,
    /// An alert.
    SecurityAlert,
}

/// The longest value of any kind: longer than any URL that a log keeps.
const MAX_CHARS: usize = 8_192;

impl EntityKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Account, Self::IpAddress, Self::Host, Self::Url, Self::Dns, Self::FileHash, Self::SecurityAlert];

    /// Its name, as in the headers of query files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::IpAddress => "IpAddress",
            Self::Host => "Host",
            Self::Url => "Url",
            Self::Dns => "Dns",
            Self::FileHash => "FileHash",
            Self::SecurityAlert => "SecurityAlert",
        }
    }

    /// The kind of this name, case ignored; also by the names that msticpy has for some.
    ///
    /// # Errors
    /// When there is none, with the nearest names.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let wanted = match name.trim().to_ascii_lowercase().as_str() {
            "ip" => "ipaddress".to_owned(),
            "file" | "hash" => "filehash".to_owned(),
            "domain" => "dns".to_owned(),
            "alert" => "securityalert".to_owned(),
            other => other.to_owned(),
        };
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(&wanted))
            .ok_or_else(|| Error::unknown("kind of entity", name, Self::ALL.iter().map(|kind| kind.name())))
    }

    /// The parameters of queries that take a value of this kind, the preferred one first.
    pub fn params(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["account_name", "entity_name"],
            Self::IpAddress => &["ip_addresses", "ip_address", "entity_name"],
            Self::Host => &["host_name", "entity_name"],
            Self::Url => &["urls", "url"],
            Self::Dns => &["domain_names", "domain_name"],
            Self::FileHash => &["file_hashes", "file_hash"],
            Self::SecurityAlert => &["system_alert_id"],
        }
    }

    /// What an analyst would call a value: `IP address`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::IpAddress => "IP address",
            Self::Host => "host",
            Self::Url => "URL",
            Self::Dns => "domain name",
            Self::FileHash => "file hash",
            Self::SecurityAlert => "alert",
        }
    }

    /// A value for examples.
    pub fn example(self) -> &'static str {
        match self {
            Self::Account => "alice@contoso.com",
            Self::IpAddress => "157.56.162.53",
            Self::Host => "SEA-FS01",
            Self::Url => "https://contoso.com/x",
            Self::Dns => "contoso.com",
            Self::FileHash => "44d88612fea8a8f36de82e1278abb02f",
            Self::SecurityAlert => "2517550d-7d9c-4b2a-8fdd-9c2ab8c6c1f0",
        }
    }

    /// A value in its normal form, as queries compare it. Defanged addresses, names and URLs are accepted.
    ///
    /// # Errors
    /// Text that is no value of this kind, with the reason.
    pub fn normal(self, text: &str) -> Result<String, Error> {
        let given = text.trim();
        let refuse = |why: &str| {
            Err(Error::bad_input(format!("{} is no {}: {why}", quoted(given), self.noun()))
                .with_help(format!("give one such as {}", self.example())))
        };
        match self {
            Self::Account => return AccountName::parse(given).map(|name| name.given),
            Self::IpAddress => return Address::parse(given).map(|address| address.to_string()),
            _ => {}
        }
        if given.is_empty() {
            return refuse("it is empty");
        }
        if given.chars().count() > MAX_CHARS {
            return refuse("it is too long");
        }
        if given.chars().any(char::is_control) {
            return refuse("it has control characters");
        }
        let fanged = given.replace("[.]", ".").replace("(.)", ".");
        match self {
            Self::Host => {
                let name = fanged.trim_end_matches('.');
                if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_whitespace) {
                    return refuse("a host name has at most 255 characters and no blanks");
                }
                Ok(name.to_owned())
            }
            Self::Dns => {
                let name = fanged.trim_end_matches('.').to_lowercase();
                let label = |label: &str| {
                    !label.is_empty()
                        && label.chars().count() <= 63
                        && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                };
                if !name.contains('.') || name.len() > 253 || !name.split('.').all(label) {
                    return refuse("a domain name is labels of letters, digits and hyphens between dots");
                }
                Ok(name)
            }
            Self::Url => {
                let url = match fanged.get(..4) {
                    Some(scheme) if scheme.eq_ignore_ascii_case("hxxp") => format!("http{}", &fanged[4..]),
                    _ => fanged.replace("[:]", ":"),
                };
                match url.split_once("://") {
                    Some((scheme, rest))
                        if !rest.is_empty()
                            && !scheme.is_empty()
                            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
                    {
                        Ok(url)
                    }
                    _ => refuse("a URL begins with a scheme, such as https://"),
                }
            }
            Self::FileHash => {
                let hash = given.to_ascii_lowercase();
                if !matches!(hash.len(), 32 | 40 | 64 | 128) || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return refuse("MD5, SHA-1, SHA-256 and SHA-512 have 32, 40, 64 or 128 hexadecimal digits");
                }
                Ok(hash)
            }
            _ => Ok(given.to_owned()),
        }
    }

    /// All values in a cell: of addresses a cell can list several. Empty where the cell has none.
    pub fn values(self, cell: &str) -> Vec<String> {
        match self {
            Self::IpAddress => {
                let mut found: Vec<String> = enrich::ip::parse_all(cell).map(|a| a.to_string()).collect();
                found.dedup();
                found
            }
            _ => self.normal(cell).map(|value| vec![self.key(&value)]).unwrap_or_default(),
        }
    }

    /// A normal value as rows are matched by it: without case.
    pub fn key(self, value: &str) -> String {
        match self {
            Self::IpAddress => enrich::ip::normalize(value).unwrap_or_else(|| value.to_lowercase()),
            // Paths of URLs differ by case, and so do accounts of Linux; what the query finds decides.
            Self::Url | Self::Account => value.to_owned(),
            _ => value.to_lowercase(),
        }
    }

    /// What the value itself says, as fields of the entity: names as in Microsoft Sentinel.
    pub fn fields(self, value: &str) -> Vec<(String, Json)> {
        let mut fields: Vec<(&str, Json)> = Vec::new();
        match self {
            Self::Account => {
                let (domain, rest) = value.rsplit_once('\\').map_or(("", value), |(d, r)| (d, r));
                let (name, suffix) = rest.split_once('@').unwrap_or((rest, ""));
                fields.push(("Name", name.into()));
                fields.extend(
                    [("NTDomain", domain), ("UPNSuffix", suffix)]
                        .iter()
                        .filter(|f| !f.1.is_empty())
                        .map(|f| (f.0, f.1.into())),
                );
            }
            Self::IpAddress => {
                fields.push(("Address", value.into()));
                if let Some(address) = enrich::ip::parse(value) {
                    fields.push(("Type", enrich::IpKind::of(address).name().into()));
                    let country = enrich::CountryDb::embedded().ok().and_then(|db| db.lookup(address));
                    fields.extend(country.map(|c| ("Country", format!("{} ({})", c.name, c.code).into())));
                }
            }
            Self::Host => {
                let (name, domain) = value.split_once('.').unwrap_or((value, ""));
                fields.push(("HostName", name.into()));
                if !domain.is_empty() {
                    fields.push(("DnsDomain", domain.into()));
                }
            }
            Self::Url => {
                fields.push(("Url", value.into()));
                let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                let host = authority.rsplit('@').next().unwrap_or_default();
                fields.push(("Host", host.into()));
            }
            Self::Dns => fields.push(("DomainName", value.into())),
            Self::FileHash => {
                let algorithm = match value.len() {
                    32 => "MD5",
                    40 => "SHA1",
                    64 => "SHA256",
                    _ => "SHA512",
                };
                fields.extend([("Algorithm", algorithm.into()), ("Value", value.into())]);
            }
            Self::SecurityAlert => fields.push(("SystemAlertId", value.into())),
        }
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_brought_into_their_normal_form() {
        for (kind, given, normal) in [
            (EntityKind::IpAddress, "[2001:DB8::1]:443", "2001:db8::1"),
            (EntityKind::Host, " sea-fs01.contoso.com. ", "sea-fs01.contoso.com"),
            (EntityKind::Dns, "Evil[.]Example.", "evil.example"),
            (EntityKind::Url, "hxxps://evil[.]example/Path?q=1", "https://evil.example/Path?q=1"),
            (EntityKind::FileHash, "44D88612FEA8A8F36DE82E1278ABB02F", "44d88612fea8a8f36de82e1278abb02f"),
            (EntityKind::Account, "CONTOSO\\alice", "CONTOSO\\alice"),
        ] {
            assert_eq!(kind.normal(given).unwrap(), normal);
        }
        assert_eq!(EntityKind::IpAddress.values("10.0.0.4, 10.0.0.5:80"), ["10.0.0.4", "10.0.0.5"]);
        assert!(EntityKind::IpAddress.values("-").is_empty());
    }

    #[test]
    fn what_is_no_value_is_refused_with_the_reason() {
        for (kind, given) in [
            (EntityKind::Dns, "no dots"),
            (EntityKind::Dns, "a..b"),
            (EntityKind::Url, "contoso.com/x"),
            (EntityKind::FileHash, "abc"),
            (EntityKind::Host, "two words"),
            (EntityKind::SecurityAlert, ""),
            (EntityKind::Host, "a\u{7}b"),
        ] {
            assert!(kind.normal(given).unwrap_err().help.is_some(), "{kind} {given}");
        }
        assert_eq!(EntityKind::parse("ip").unwrap(), EntityKind::IpAddress);
        assert_eq!(EntityKind::parse("Hosst").unwrap_err().help.as_deref(), Some("did you mean Host?"));
    }

    #[test]
    fn the_value_itself_says_something() {
        let names = |kind: EntityKind, value: &str| {
            kind.fields(value)
                .into_iter()
                .map(|(n, v)| format!("{n}={}", v.as_str().unwrap()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(names(EntityKind::Account, "CONTOSO\\alice"), "Name=alice NTDomain=CONTOSO");
        assert_eq!(names(EntityKind::Account, "alice@contoso.com"), "Name=alice UPNSuffix=contoso.com");
        assert_eq!(names(EntityKind::IpAddress, "86.41.3.4"), "Address=86.41.3.4 Type=Public Country=Ireland (IE)");
        assert_eq!(
            names(EntityKind::Url, "https://a@contoso.com:8443/x"),
            "Url=https://a@contoso.com:8443/x Host=contoso.com:8443"
        );
    }
}
