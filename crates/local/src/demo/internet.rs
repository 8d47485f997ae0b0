//! Places on the internet that people and machines go to, and those that come uninvited.

use super::rng::Rng;
use super::world::PLACES;

/// The name that the attacker's server has in DNS (a name that RFC 2606 reserves).
pub const ATTACKER_NAME: &str = "files.contoso-share.example";

/// A service on the internet.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Its name.
    pub name: &'static str,
    /// One of its addresses.
    pub address: &'static str,
    /// What a firewall calls the application.
    pub application: &'static str,
}

const fn service(name: &'static str, address: &'static str, application: &'static str) -> Service {
    Service { name, address, application }
}

/// What the staff uses, by weight.
pub const SERVICES: &[(u64, Service)] = &[
    (30, service("outlook.office365.com", "52.96.165.18", "ms-exchange")),
    (24, service("contoso.sharepoint.com", "13.107.136.10", "sharepoint-online")),
    (22, service("teams.microsoft.com", "52.113.194.132", "ms-teams")),
    (16, service("login.microsoftonline.com", "20.190.159.2", "ms-office365")),
    (10, service("www.google.com", "142.250.72.196", "google-base")),
    (8, service("github.com", "140.82.112.4", "github")),
    (5, service("stackoverflow.com", "151.101.1.69", "ssl")),
    (5, service("www.wikipedia.org", "198.35.26.96", "ssl")),
    (3, service("archive.ubuntu.com", "91.189.91.39", "apt-get")),
];

/// A service, the frequent ones more often.
pub fn service_of(rng: &mut Rng) -> Service {
    *rng.weighted(SERVICES)
}

/// An address that scans whatever it can reach.
pub fn scanner(rng: &mut Rng) -> String {
    format!("{}.{}", rng.pick(&["92.255.85", "193.32.162", "113.160.1"]), rng.between(1, 60))
}

/// The address of somebody who visits the company's web sites.
pub fn visitor(rng: &mut Rng) -> String {
    format!("{}.{}.{}", rng.pick(PLACES).network, rng.between(1, 250), rng.between(1, 254))
}

/// A port that the system picks for an outgoing connection.
pub fn source_port(rng: &mut Rng) -> i64 {
    rng.between(49_152, 65_535)
}
