//! The people, hosts and places of the made-up company Contoso.

use std::collections::HashMap;

use super::rng::Rng;

/// The tenant of Azure AD.
pub const TENANT: &str = "4b2462a4-bbee-495a-a0e1-f23ae524cc9c";
/// The Log Analytics workspace.
pub const WORKSPACE: &str = "8ecf8077-cf51-4820-aadd-14040956f35d";
/// The Azure subscription.
pub const SUBSCRIPTION: &str = "d1d8779d-38d7-4f06-91db-9cbc8de0176f";
/// The account whose compromise the demo tells.
pub const VICTIM: usize = 0;
const DOMAIN_SID: &str = "S-1-5-21-1004336348-1177238915-682003330";

/// A place from which people work.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// As in `LocationDetails`.
    pub city: &'static str,
    /// As in `LocationDetails`.
    pub state: &'static str,
    /// ISO 3166 code.
    pub country: &'static str,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Hours east of UTC.
    pub zone: i64,
    /// The first two numbers of addresses of homes and phones.
    pub network: &'static str,
    /// The address that the office shows to the internet.
    pub office: &'static str,
    /// Prefix of host names.
    pub code: &'static str,
}

/// The three sites, then places that people travel to.
pub const PLACES: &[Place] = &[
    place("Seattle", "Washington", "US", 47.6062, -122.3321, -7, "73.109", "50.206.94.18", "SEA"),
    place("Dublin", "Dublin", "IE", 53.3498, -6.2603, 1, "86.41", "87.232.1.40", "DUB"),
    place("Singapore", "Central Singapore", "SG", 1.2897, 103.8501, 8, "119.74", "203.127.19.6", "SIN"),
    place("London", "London", "GB", 51.5074, -0.1278, 1, "86.130", "", ""),
    place("Toronto", "Ontario", "CA", 43.6532, -79.3832, -4, "99.226", "", ""),
    place("Amsterdam", "North Holland", "NL", 52.3676, 4.9041, 2, "84.106", "", ""),
    place("Tokyo", "Tokyo", "JP", 35.6762, 139.6503, 9, "126.72", "", ""),
];

#[allow(clippy::too_many_arguments)]
const fn place(
    city: &'static str,
    state: &'static str,
    country: &'static str,
    latitude: f64,
    longitude: f64,
    zone: i64,
    network: &'static str,
    office: &'static str,
    code: &'static str,
) -> Place {
    Place { city, state, country, latitude, longitude, zone, network, office, code }
}

/// The addresses that the company's VPN shows to the internet, by site.
pub const VPN_EGRESS: [&str; 3] = ["50.206.94.30", "87.232.1.41", "203.127.19.9"];

/// What a sign-in tells of the device.
#[derive(Debug, Clone, Copy)]
pub struct Device {
    /// As in `DeviceDetail`.
    pub system: &'static str,
    /// As in `DeviceDetail`.
    pub browser: &'static str,
    /// The whole user agent.
    pub agent: &'static str,
}

/// Devices of the staff by weight.
pub const DEVICES: &[(u64, Device)] = &[
    (
        44,
        Device {
            system: "Windows 10",
            browser: "Edge 124.0.0",
            agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
        },
    ),
    (
        22,
        Device {
            system: "Windows 10",
            browser: "Chrome 124.0.0",
            agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        },
    ),
    (
        12,
        Device {
            system: "MacOs",
            browser: "Chrome 124.0.0",
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        },
    ),
    (
        8,
        Device {
            system: "MacOs",
            browser: "Safari 17.4",
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
        },
    ),
    (
        6,
        Device {
            system: "Windows 10",
            browser: "Firefox 125.0",
            agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0",
        },
    ),
];

/// Phones of the staff.
pub const PHONES: [Device; 2] = [
    Device {
        system: "Ios 17.4.1",
        browser: "Mobile Safari",
        agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    },
    Device {
        system: "Android 14",
        browser: "Chrome Mobile 124.0.6367",
        agent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.113 Mobile Safari/537.36",
    },
];

/// What someone's work is, which decides what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Mail and files.
    Staff,
    /// Also Azure, Linux hosts.
    Developer,
    /// Also Azure and all servers.
    Admin,
}

/// Someone who works at Contoso.
#[derive(Debug, Clone)]
pub struct Person {
    /// The part before the `@`, also the Windows and Linux account name.
    pub login: String,
    /// `login@contoso.com`.
    pub upn: String,
    /// First and last name.
    pub display: String,
    /// Object id in Azure AD.
    pub id: String,
    /// Windows SID.
    pub sid: String,
    /// Index of [`PLACES`], one of the first three.
    pub site: usize,
    /// What they do.
    pub role: Role,
    /// Public address of their home.
    pub home: String,
    /// Their computer.
    pub device: Device,
    /// Their phone.
    pub phone: Device,
    /// Index of their workstation in [`World::hosts`].
    pub workstation: usize,
    /// How active they are, 1 to 1000.
    pub weight: u64,
    /// Where they are and from when (day of the demo), if they travel: place, first day, last day.
    pub trip: Option<(usize, i64, i64)>,
}

/// What a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Windows, of one person or two.
    Workstation,
    /// Windows.
    Server,
    /// Linux.
    Linux,
}

/// A computer.
#[derive(Debug, Clone)]
pub struct Host {
    /// `SEA-WKS-001`.
    pub name: String,
    /// `SEA-WKS-001.contoso.com`; Linux hosts have only the short name.
    pub fqdn: String,
    /// What it is.
    pub kind: Kind,
    /// Index of [`PLACES`].
    pub site: usize,
    /// Private address.
    pub address: String,
    /// GUID of its agent.
    pub agent: String,
    /// GUID of the virtual machine.
    pub vm: String,
    /// Azure resource id in lower case; empty for what is no Azure machine.
    pub resource: String,
}

/// Everyone and everything.
#[derive(Debug)]
pub struct World {
    /// The staff; the first is the victim.
    pub people: Vec<Person>,
    /// All computers.
    pub hosts: Vec<Host>,
    /// Indexes of the servers in `hosts`.
    pub servers: Vec<usize>,
    /// Indexes of the Linux hosts in `hosts`.
    pub linux: Vec<usize>,
    by_name: HashMap<String, usize>,
}

const FIRST: [&str; 48] = [
    "alice", "bob", "carol", "david", "emma", "frank", "grace", "henry", "isabel", "jack", "karen", "liam", "maria",
    "noah", "olivia", "peter", "quinn", "rosa", "samuel", "tara", "umar", "victor", "wendy", "xavier", "yuki", "zoe",
    "anita", "brian", "chen", "diana", "erik", "fatima", "george", "hannah", "ivan", "julia", "kwame", "lena", "marco",
    "nadia", "oscar", "priya", "rahul", "sofia", "tomas", "uma", "walter", "mei",
];
const LAST: [&str; 41] = [
    "moreau", "okafor", "tanaka", "smith", "jones", "garcia", "murphy", "walsh", "kelly", "byrne", "tan", "lim", "lee",
    "wong", "goh", "johnson", "brown", "davis", "miller", "wilson", "anderson", "taylor", "thomas", "moore", "martin",
    "thompson", "white", "lopez", "clark", "lewis", "robinson", "young", "allen", "king", "wright", "scott", "hill",
    "green", "adams", "nelson", "baker",
];
/// The staff of the demo.
pub const STAFF: usize = 150;
/// Their workstations.
const WORKSTATIONS: usize = 36;

impl World {
    /// The company of a seed, with so many people. Everything that the demo knows is there whatever its size.
    pub fn new(seed: u64, staff: usize) -> Self {
        let mut rng = Rng::new(seed, "world", 0);
        let mut hosts = Vec::new();
        let servers = [
            "SEA-DC01",
            "DUB-DC01",
            "SIN-DC01",
            "SEA-SQL01",
            "SEA-FS01",
            "DUB-FS01",
            "SIN-FS01",
            "SEA-APP01",
            "SEA-APP02",
            "DUB-APP01",
            "SEA-WSUS01",
            "SEA-CA01",
        ];
        let linux = [
            "jump01", "web01", "web02", "web03", "api01", "api02", "build01", "git01", "db01", "db02", "log01",
            "proxy01",
        ];
        for name in servers {
            hosts.push(host(&mut rng, name, Kind::Server));
        }
        for name in linux {
            hosts.push(host(&mut rng, name, Kind::Linux));
        }
        for i in 1..=staff * WORKSTATIONS / STAFF {
            let code = PLACES[[0, 0, 1, 0, 2, 1][i % 6]].code;
            hosts.push(host(&mut rng, &format!("{code}-WKS-{i:03}"), Kind::Workstation));
        }
        let at_site: [Vec<usize>; 3] = std::array::from_fn(|site| {
            let own = |h: &Host| h.kind == Kind::Workstation && h.site == site;
            hosts.iter().enumerate().filter(|(_, h)| own(h)).map(|(i, _)| i).collect()
        });
        let people = (0..staff).map(|i| person(&mut rng, i, &at_site)).collect();
        let of = |kind| hosts.iter().enumerate().filter(|(_, h)| h.kind == kind).map(|(i, _)| i).collect();
        let by_name = hosts.iter().enumerate().map(|(i, h)| (h.name.clone(), i)).collect();
        Self { people, servers: of(Kind::Server), linux: of(Kind::Linux), hosts, by_name }
    }

    /// The host of this short name.
    pub fn host(&self, name: &str) -> &Host {
        &self.hosts[self.by_name.get(name).copied().unwrap_or(0)]
    }

    /// Someone, the active ones more often.
    pub fn someone(&self, rng: &mut Rng) -> &Person {
        loop {
            let person = rng.pick(&self.people);
            if rng.below(1000) < person.weight {
                return person;
            }
        }
    }
}

fn host(rng: &mut Rng, name: &str, kind: Kind) -> Host {
    let site = PLACES[..3].iter().position(|p| name.starts_with(p.code)).unwrap_or(0);
    let net = match kind {
        Kind::Workstation => 20,
        Kind::Server => 10,
        Kind::Linux => 30,
    };
    let group = if kind == Kind::Linux { "rg-web" } else { "rg-core" };
    let lower = name.to_lowercase();
    Host {
        name: name.to_owned(),
        fqdn: if kind == Kind::Linux { name.to_owned() } else { format!("{name}.contoso.com") },
        kind,
        site,
        address: format!("10.{}.{net}.{}", 10 + site * 10, rng.between(4, 250)),
        agent: rng.guid(),
        vm: rng.guid(),
        resource: match kind {
            Kind::Workstation => String::new(),
            _ => format!(
                "/subscriptions/{SUBSCRIPTION}/resourcegroups/{group}/providers/microsoft.compute/virtualmachines/{lower}"
            ),
        },
    }
}

fn person(rng: &mut Rng, i: usize, workstations: &[Vec<usize>; 3]) -> Person {
    let (login, display) = if i == VICTIM {
        ("alice".to_owned(), "Alice Nguyen".to_owned())
    } else {
        // The pairs do not repeat before 48 × 41 people; then they get a number.
        let (first, last) = (FIRST[i % FIRST.len()], LAST[(i * 7 + i / FIRST.len() * 3) % LAST.len()]);
        let login = match i / (FIRST.len() * LAST.len()) {
            0 => format!("{first}.{last}"),
            again => format!("{first}.{last}{}", again + 1),
        };
        (login, format!("{} {}", capital(first), capital(last)))
    };
    let site = if i == VICTIM { 0 } else { [0, 0, 1, 2, 0, 1][i % 6] };
    let role = match i % 15 {
        5 => Role::Admin,
        2 | 7 | 11 => Role::Developer,
        // The victim may use Azure and the servers, which is what makes the account worth having.
        _ if i == VICTIM => Role::Admin,
        _ => Role::Staff,
    };
    let own = &workstations[site];
    Person {
        upn: format!("{login}@contoso.com"),
        login,
        display,
        id: rng.guid(),
        sid: format!("{DOMAIN_SID}-{}", 1104 + i),
        site,
        role,
        home: format!("{}.{}.{}", PLACES[site].network, rng.between(1, 250), rng.between(1, 254)),
        device: *rng.weighted(DEVICES),
        phone: *rng.pick(&PHONES),
        workstation: own[i % own.len()],
        // A few people make most of the noise.
        weight: if i == VICTIM { 500 } else { 1000 / (1 + rng.below(12)) },
        trip: (i != VICTIM && i % 19 == 4).then(|| (3 + i % 4, rng.between(1, 5), rng.between(6, 12))),
    }
}

fn capital(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_several_share_the_first_name_of_the_victim() {
        let world = World::new(7, STAFF);
        let mut names: Vec<_> = world.people.iter().map(|p| p.upn.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STAFF);
        assert_eq!(world.people[VICTIM].upn, "alice@contoso.com");
        assert!(names.iter().filter(|n| n.starts_with("alice.")).count() >= 2);
        assert_eq!(world.hosts.len(), 60);
    }

    #[test]
    fn a_larger_company_has_different_names_too() {
        let world = World::new(7, 5000);
        let mut names: Vec<_> = world.people.iter().map(|p| p.upn.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 5000);
        assert_eq!(world.people[VICTIM].upn, "alice@contoso.com");
        assert_eq!(world.host("jump01").name, "jump01");
        assert_eq!(world.hosts.iter().filter(|h| h.kind == Kind::Workstation).count(), 1200);
    }
}
