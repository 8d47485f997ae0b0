//! Indicators of compromise: what a value is, and its normal form.
//!
//! ```
//! use enrich::ioc::{Ioc, IocType};
//!
//! let ioc = Ioc::detect("hxxps://evil[.]example[.]com/a").unwrap();
//! assert_eq!((ioc.kind, ioc.value.as_str()), (IocType::Url, "https://evil.example.com/a"));
//! assert_eq!(Ioc::detect("alice"), None);
//! ```

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::ip::{self, IpKind};

/// What an indicator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IocType {
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A domain or host name.
    Dns,
    /// A URL.
    Url,
    /// The MD5 hash of a file.
    Md5,
    /// The SHA-1 hash of a file.
    Sha1,
    /// The SHA-256 hash of a file.
    Sha256,
}

impl IocType {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Ipv4, Self::Ipv6, Self::Dns, Self::Url, Self::Md5, Self::Sha1, Self::Sha256];

    /// The name in tables: `ipv4`, `dns`, `sha256`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Dns => "dns",
            Self::Url => "url",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The type of a name, in any case.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Whether it is an address.
    pub fn is_ip(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6)
    }

    /// Whether it is the hash of a file.
    pub fn is_hash(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1 | Self::Sha256)
    }
}

impl fmt::Display for IocType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An indicator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ioc {
    /// What it is.
    pub kind: IocType,
    /// The normal form, in which it is sent: addresses without port, names and hashes in lower case, international names as `xn--`, URLs without
    /// user, password and fragment.
    pub value: String,
}

impl Ioc {
    /// What is in a cell, also in defanged forms: `hxxp://`, `1[.]2[.]3[.]4`, `evil(dot)example`. `None` if it is no indicator.
    ///
    /// A cell with several gives the first; [`Ioc::detect_all`] gives all.
    pub fn detect(cell: &str) -> Option<Self> {
        Self::detect_all(cell).into_iter().next()
    }

    /// All indicators of a cell, each once. They are separated by blanks, commas, semicolons or bars; a URL ends only at a blank.
    pub fn detect_all(cell: &str) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for word in cell.split_whitespace() {
            let plain = refang(word);
            let parts: Vec<&str> = if web_scheme(trimmed(&plain)) {
                vec![&plain]
            } else {
                plain.split([',', ';', '|']).filter(|part| !part.is_empty()).collect()
            };
            for ioc in parts.into_iter().filter_map(one) {
                if !found.contains(&ioc) {
                    found.push(ioc);
                }
            }
        }
        found
    }

    /// The indicator of a cell whose type is known; `None` if it is none of this type.
    pub fn of_type(cell: &str, kind: IocType) -> Option<Self> {
        if kind == IocType::Url {
            // Also without a scheme.
            return url(trimmed(&refang(cell.trim())), true);
        }
        Self::detect_all(cell).into_iter().find(|ioc| ioc.kind == kind)
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.kind.is_ip().then(|| self.value.parse().ok()).flatten()
    }

    /// Why it must not be sent to anyone outside, if so: private, reserved and other addresses that are not public, URLs on them, names that are only
    /// known inside a network.
    ///
    /// ```
    /// use enrich::ioc::Ioc;
    ///
    /// assert_eq!(Ioc::detect("10.0.0.4").unwrap().not_public().as_deref(), Some("Private address"));
    /// assert_eq!(Ioc::detect("http://printer.local/x").unwrap().not_public().as_deref(), Some("name of a local network"));
    /// assert_eq!(Ioc::detect("8.8.8.8").unwrap().not_public(), None);
    /// ```
    pub fn not_public(&self) -> Option<String> {
        let of_address = |address: IpAddr| match IpKind::of(address) {
            IpKind::Public => None,
            kind => Some(format!("{kind} address")),
        };
        let of_name = |name: &str| local_name(name).then(|| "name of a local network".to_owned());
        match self.kind {
            IocType::Ipv4 | IocType::Ipv6 => self.address().and_then(of_address),
            IocType::Dns => of_name(&self.value),
            IocType::Url => match Url::parse(&self.value).ok()?.host()? {
                Host::Ipv4(v4) => of_address(v4.into()),
                Host::Ipv6(v6) => of_address(v6.into()),
                Host::Domain(name) => of_name(name),
            },
            IocType::Md5 | IocType::Sha1 | IocType::Sha256 => None,
        }
    }
}

impl fmt::Display for Ioc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

/// Undoes the ways in which reports make indicators harmless: `hxxp`, `[.]`, `(dot)`, `[:]`, …
///
/// ```
/// assert_eq!(enrich::ioc::refang("hXXps[:]//a[dot]b(.)example"), "https://a.b.example");
/// ```
pub fn refang(text: &str) -> String {
    const FORMS: [(&str, &str); 12] = [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("[://]", "://"),
        ("[:]", ":"),
        ("(:)", ":"),
        ("\\.", "."),
        ("[/]", "/"),
        ("[.", "."),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'next: while let Some(first) = rest.chars().next() {
        if matches!(first, '[' | '(' | '{' | '\\') {
            for (form, plain) in FORMS {
                if let Some(head) = rest.get(..form.len())
                    && head.eq_ignore_ascii_case(form)
                {
                    out.push_str(plain);
                    rest = &rest[form.len()..];
                    continue 'next;
                }
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    // The scheme last: its colon may have been defanged too.
    let start = out.len() - out.trim_start_matches(['"', '\'', '<', '(', '[']).len();
    for (form, plain) in [("hxxps", "https"), ("hxxp", "http"), ("fxp", "ftp"), ("h**ps", "https"), ("h**p", "http")] {
        let tail = &out[start..];
        if tail.get(..form.len()).is_some_and(|head| head.eq_ignore_ascii_case(form))
            && tail[form.len()..].starts_with(':')
        {
            return format!("{}{plain}{}", &out[..start], &tail[form.len()..]);
        }
    }
    out
}

fn trimmed(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'', '<', '>', '`']).trim_end_matches([',', ';'])
}

fn web_scheme(text: &str) -> bool {
    ["http://", "https://", "ftp://"].iter().any(|s| text.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)))
}

/// One indicator that is the whole text.
fn one(text: &str) -> Option<Ioc> {
    let text = trimmed(text);
    if let Some(address) = ip::parse(text) {
        let kind = if address.is_ipv4() { IocType::Ipv4 } else { IocType::Ipv6 };
        return Some(Ioc { kind, value: address.to_string() });
    }
    if text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        let kind = match text.len() {
            32 => IocType::Md5,
            40 => IocType::Sha1,
            64 => IocType::Sha256,
            _ => return None,
        };
        return Some(Ioc { kind, value: text.to_ascii_lowercase() });
    }
    if let Some(found) = url(text, false) {
        return Some(found);
    }
    let text = text.trim_matches(['(', ')', '[', ']', '{', '}', '"', '\'']);
    domain(text).map(|value| Ioc { kind: IocType::Dns, value })
}

/// The longest that browsers and services take.
const MAX_URL: usize = 8192;

fn url(text: &str, any: bool) -> Option<Ioc> {
    if text.len() > MAX_URL {
        return None;
    }
    let mut parsed = if web_scheme(text) {
        Url::parse(text).ok()?
    } else if any || (text.contains('/') && !text.starts_with('/')) {
        // evil.example/path
        let host = text.split(['/', '?', '#']).next()?;
        let host =
            host.rsplit_once(':').map_or(host, |(host, port)| if port.parse::<u16>().is_ok() { host } else { "" });
        (domain(host).is_some() || host.parse::<std::net::Ipv4Addr>().is_ok()).then_some(())?;
        Url::parse(&format!("http://{text}")).ok()?
    } else {
        return None;
    };
    parsed.host_str().filter(|host| !host.is_empty())?;
    // Passwords are nobody's business; fragments are not sent to servers either.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.set_fragment(None);
    Some(Ioc { kind: IocType::Url, value: parsed.into() })
}

/// Ends of file names that are no top-level domains: `report.pdf` is not asked for as a host.
const FILE_ENDS: [&str; 45] = [
    "asp", "aspx", "bak", "bat", "bin", "cfg", "cmd", "conf", "csv", "dat", "db", "dll", "doc", "docx", "exe", "gif",
    "htm", "html", "ini", "iso", "jpg", "js", "json", "jsp", "lnk", "log", "msi", "pdf", "php", "png", "ppt", "pptx",
    "ps1", "psm1", "sys", "tmp", "txt", "vbs", "wsf", "xls", "xlsm", "xlsx", "xml", "yaml", "yml",
];

/// The name in its normal form, if it is one: two labels or more, the last one not a number and not the end of a file name.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() || text.len() > 253 || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    // Names with an underscore are in DNS (_dmarc.example.com), but not hosts.
    let Ok(Host::Domain(name)) = Host::parse(text) else { return None };
    let labels: Vec<&str> = name.split('.').collect();
    let (last, others) = labels.split_last()?;
    let plain = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = last.len() >= 2 && (last.bytes().all(|b| b.is_ascii_alphabetic()) || last.starts_with("xn--"));
    (!others.is_empty() && others.iter().all(plain) && plain(last) && top && !FILE_ENDS.contains(last)).then_some(name)
}

/// Names that the public DNS does not have: RFC 6761, RFC 6762, RFC 8375, and what routers and companies use.
fn local_name(name: &str) -> bool {
    const LOCAL: [&str; 14] = [
        "local",
        "localhost",
        "localdomain",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "test",
        "invalid",
        "example",
        "home.arpa",
        "in-addr.arpa",
    ];
    let name = name.trim_end_matches('.');
    !name.contains('.')
        || LOCAL.iter().any(|local| name.strip_suffix(local).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    fn found(cell: &str) -> String {
        Ioc::detect_all(cell).iter().map(|ioc| format!("{} {}", ioc.kind, ioc.value)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn types_and_normal_forms() {
        let sha256 = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        for (cell, expected) in [
            ("8.8.8.8", "ipv4 8.8.8.8"),
            ("8.8.8.8:53", "ipv4 8.8.8.8"),
            ("8[.]8[.]8[.]8", "ipv4 8.8.8.8"),
            ("8.8.8[.8", "ipv4 8.8.8.8"),
            ("::ffff:8.8.8.8", "ipv4 8.8.8.8"),
            ("[2A02:8084::1]:443", "ipv6 2a02:8084::1"),
            ("Evil.Example.COM.", "dns evil.example.com"),
            ("evil(dot)example[dot]com", "dns evil.example.com"),
            ("_dmarc.example.com", "dns _dmarc.example.com"),
            ("münchen.de", "dns xn--mnchen-3ya.de"),
            ("hxxp://evil[.]com/a,b;c|d", "url http://evil.com/a,b;c|d"),
            ("HXXPS[:]//EVIL.com/Path?q=1#top", "url https://evil.com/Path?q=1"),
            ("https://user:pass@evil.com/", "url https://evil.com/"),
            ("h**p://1.2.3.4:8080/x.exe", "url http://1.2.3.4:8080/x.exe"),
            ("evil.com/login.php", "url http://evil.com/login.php"),
            ("<https://evil.com/>", "url https://evil.com/"),
            ("D41D8CD98F00B204E9800998ECF8427E", "md5 d41d8cd98f00b204e9800998ecf8427e"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (sha256, "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("1.2.3.4, evil.com;::1", "ipv4 1.2.3.4; dns evil.com; ipv6 ::1"),
            ("1.2.3.4 1.2.3.4", "ipv4 1.2.3.4"),
            ("[\"1.2.3.4\",\"evil.com\"]", "ipv4 1.2.3.4; dns evil.com"),
        ] {
            assert_eq!(found(cell), expected, "{cell}");
        }
    }

    #[test]
    fn what_is_none() {
        for cell in [
            "",
            "-",
            "alice",
            "alice@contoso.com",
            "report.pdf",
            "cmd.exe",
            "C:\\Windows\\System32",
            "/etc/passwd",
            "1.2.3",
            "12345678901234567890123456789012x",
            "a..b.com",
            "-a.com",
            "http://",
            "javascript:alert(1)",
            "e3b0c44298fc1c149afbf4c8996fb924271",
            "2026-11-25T10:00:00Z",
        ] {
            assert_eq!(found(cell), "", "{cell}");
        }
    }

    #[test]
    fn a_known_type_is_checked() {
        assert_eq!(Ioc::of_type("evil.com", IocType::Url).unwrap().value, "http://evil.com/");
        assert_eq!(Ioc::of_type("evil.com", IocType::Ipv4), None);
        assert_eq!(Ioc::of_type("8.8.8.8, evil.com", IocType::Dns).unwrap().value, "evil.com");
        assert_eq!(IocType::of_name(" SHA256 "), Some(IocType::Sha256));
        assert_eq!(IocType::of_name("imphash"), None);
    }

    #[test]
    fn what_must_stay_inside() {
        for (cell, expected) in [
            ("192.168.0.1", Some("Private address")),
            ("100.64.0.1", Some("CGNAT address")),
            ("203.0.113.7", Some("Documentation address")),
            ("fe80::1", Some("Link local address")),
            ("http://169.254.169.254/latest", Some("Link local address")),
            ("http://[::1]/", Some("Loopback address")),
            ("http://localhost:8080/", Some("name of a local network")),
            ("dc01.corp", Some("name of a local network")),
            ("1.0.0.10.in-addr.arpa", Some("name of a local network")),
            ("notlocal.com", None),
            ("http://0x7f.1/", Some("Loopback address")),
            ("8.8.8.8", None),
        ] {
            assert_eq!(Ioc::detect(cell).unwrap().not_public().as_deref(), expected, "{cell}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            for ioc in Ioc::detect_all(&text) {
                prop_assert!(!ioc.value.is_empty());
                let _ = ioc.not_public();
            }
        }

        #[test]
        fn the_normal_form_is_its_own(text in "(hxxps?://)?[a-z0-9.\\[\\]-]{1,20}\\.(com|org|net)(/[a-z?=&%]{0,8})?") {
            for ioc in Ioc::detect_all(&text) {
                prop_assert_eq!(Ioc::detect(&ioc.value), Some(ioc));
            }
        }
    }
}
