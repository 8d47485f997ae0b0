//! IP addresses as logs write them.
//!
//! ```
//! use enrich::ip::{IpKind, parse};
//!
//! let address = parse("[2a02:8084::1]:51234").unwrap();
//! assert_eq!(address.to_string(), "2a02:8084::1");
//! assert_eq!(IpKind::of(address), IpKind::Public);
//! ```

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What kind of address it is, by the registries of special addresses:
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>,
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpKind {
    /// Anyone on the internet.
    Public,
    /// A private network: 10/8, 172.16/12, 192.168/16, fc00::/7.
    Private,
    /// The host itself: 127/8, ::1.
    Loopback,
    /// The same link: 169.254/16, fe80::/10.
    LinkLocal,
    /// A group: 224/4, ff00::/8.
    Multicast,
    /// Reserved for other purposes: 0/8, 192.0.0/24, 198.18/15, 240/4, 100::/64, …
    Reserved,
    /// Shared by the customers of a provider: 100.64/10.
    Cgnat,
    /// No address: 0.0.0.0, ::
    Unspecified,
    /// Examples in texts: 192.0.2/24, 198.51.100/24, 203.0.113/24, 2001:db8::/32, 3fff::/20.
    Documentation,
    /// 255.255.255.255
    Broadcast,
}

impl IpKind {
    /// The kind of an address. An IPv4 address in IPv6 form (`::ffff:10.0.0.1`) is judged as IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => of_v4(v4),
            IpAddr::V6(v6) => of_v6(v6),
        }
    }

    /// The name, as tables show it: `Public`, `Link local`, `CGNAT`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::Private => "Private",
            Self::Loopback => "Loopback",
            Self::LinkLocal => "Link local",
            Self::Multicast => "Multicast",
            Self::Reserved => "Reserved",
            Self::Cgnat => "CGNAT",
            Self::Unspecified => "Unspecified",
            Self::Documentation => "Documentation",
            Self::Broadcast => "Broadcast",
        }
    }
}

impl fmt::Display for IpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

fn of_v4(address: Ipv4Addr) -> IpKind {
    const RESERVED: [Ipv4Net; 5] =
        [v4(0, 0, 0, 0, 8), v4(192, 0, 0, 0, 24), v4(192, 88, 99, 0, 24), v4(198, 18, 0, 0, 15), v4(240, 0, 0, 0, 4)];
    // Inside 192.0.0.0/24, but anycast on the internet.
    const ANYCAST: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 0, 9), Ipv4Addr::new(192, 0, 0, 10)];
    if address.is_unspecified() {
        IpKind::Unspecified
    } else if address.is_broadcast() {
        IpKind::Broadcast
    } else if address.is_loopback() {
        IpKind::Loopback
    } else if address.is_private() {
        IpKind::Private
    } else if address.is_link_local() {
        IpKind::LinkLocal
    } else if address.is_multicast() {
        IpKind::Multicast
    } else if address.is_documentation() {
        IpKind::Documentation
    } else if v4(100, 64, 0, 0, 10).contains(&address) {
        IpKind::Cgnat
    } else if RESERVED.iter().any(|net| net.contains(&address)) && !ANYCAST.contains(&address) {
        IpKind::Reserved
    } else {
        IpKind::Public
    }
}

fn of_v6(address: Ipv6Addr) -> IpKind {
    if address.is_unspecified() {
        IpKind::Unspecified
    } else if address.is_loopback() {
        IpKind::Loopback
    } else if address.is_multicast() {
        IpKind::Multicast
    } else if v6(0xFE80, 0, 0, 10).contains(&address) {
        IpKind::LinkLocal
    } else if v6(0xFC00, 0, 0, 7).contains(&address) {
        IpKind::Private
    } else if v6(0x2001, 0xDB8, 0, 32).contains(&address) || v6(0x3FFF, 0, 0, 20).contains(&address) {
        IpKind::Documentation
    } else if v6(0x2000, 0, 0, 3).contains(&address) && !v6(0x2001, 2, 0, 48).contains(&address) {
        IpKind::Public
    } else if v6(0x64, 0xFF9B, 0, 96).contains(&address) {
        // An IPv4 address behind NAT64 (RFC 6052).
        let [.., a, b, c, d] = address.octets();
        of_v4(Ipv4Addr::new(a, b, c, d))
    } else {
        // All else is not given out.
        IpKind::Reserved
    }
}

/// The address in a cell: with a port (`1.2.3.4:51234`, `[::1]:80`, `1.2.3.4#53`), in brackets, with a zone (`fe80::1%eth0`), as IPv4 in IPv6
/// (`::ffff:1.2.3.4`, which becomes `1.2.3.4`), with a prefix length (`10.0.0.1/32`), with blanks and quotes around. Of a list the first. `None` if there is
/// no address, as in `-`.
pub fn parse(cell: &str) -> Option<IpAddr> {
    parse_all(cell).next()
}

/// All addresses of a cell that lists several, separated by commas, semicolons, bars or blanks.
///
/// ```
/// let all: Vec<String> = enrich::ip::parse_all("10.0.0.4, 52.168.138.145|::1").map(|a| a.to_string()).collect();
/// assert_eq!(all, ["10.0.0.4", "52.168.138.145", "::1"]);
/// ```
pub fn parse_all(cell: &str) -> impl Iterator<Item = IpAddr> {
    cell.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace()).filter_map(parse_one)
}

/// The canonical text of the address in a cell, as [`parse`] finds it.
pub fn normalize(cell: &str) -> Option<String> {
    parse(cell).map(|address| address.to_string())
}

fn parse_one(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches(['"', '\'', '(', ')', '<', '>', '{', '}']);
    // JSON lists, such as ["10.0.0.4","::1"], and bracketed addresses.
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let text = match bracketed {
        Some((inner, after)) if after.is_empty() || is_port(after) => inner,
        Some(_) => return None,
        None => text.trim_start_matches('[').trim_end_matches(']'),
    };
    let text = text.trim_matches(['"', '\'']);
    plain(text).or_else(|| {
        // Only IPv4 has its port without brackets: in IPv6 it would be one more group.
        let (address, port) = text.rsplit_once([':', '#'])?;
        is_port(&format!(":{port}")).then(|| address.parse::<Ipv4Addr>().ok().map(IpAddr::V4))?
    })
}

fn is_port(text: &str) -> bool {
    let port = text.strip_prefix([':', '#']);
    port.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok())
}

fn plain(text: &str) -> Option<IpAddr> {
    let text = match text.split_once('/') {
        Some((address, length)) => {
            let length: u8 = length.parse().ok()?;
            (length <= if address.contains(':') { 128 } else { 32 }).then_some(address)?
        }
        None => text,
    };
    let text = match text.split_once('%') {
        Some((address, zone)) => (!zone.is_empty() && address.contains(':')).then_some(address)?,
        None => text,
    };
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_logs() {
        for (cell, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            ("  1.2.3.4\t", "1.2.3.4"),
            ("1.2.3.4:51234", "1.2.3.4"),
            ("[1.2.3.4]:51234", "1.2.3.4"),
            ("[::1]:80", "::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:443", "1.2.3.4"),
            ("::FFFF:0102:0304", "1.2.3.4"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%12]:445", "fe80::1"),
            ("2A02:8084:0:0::1", "2a02:8084::1"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("10.0.0.4, 52.168.138.145", "10.0.0.4"),
            ("-, 52.168.138.145", "52.168.138.145"),
            ("[\"10.0.0.4\",\"::1\"]", "10.0.0.4"),
            ("\"1.2.3.4\"", "1.2.3.4"),
            ("1.2.3.4#53", "1.2.3.4"),
        ] {
            assert_eq!(normalize(cell).as_deref(), Some(expected), "{cell}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for cell in [
            "",
            "-",
            " ",
            "localhost",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.4:99999",
            "1.2.3.4:",
            "[::1]x",
            "::1%",
            "1.2.3.4%1",
            "01.2.3.4",
            "12345",
            "1.2.3.4/33",
        ] {
            assert_eq!(normalize(cell), None, "{cell}");
        }
    }

    #[test]
    fn kinds() {
        use IpKind as K;
        for (address, kind) in [
            ("8.8.8.8", K::Public),
            ("172.15.255.255", K::Public),
            ("172.16.0.0", K::Private),
            ("172.32.0.0", K::Public),
            ("10.0.0.1", K::Private),
            ("192.168.1.1", K::Private),
            ("fd12::1", K::Private),
            ("127.8.9.10", K::Loopback),
            ("::1", K::Loopback),
            ("169.254.169.254", K::LinkLocal),
            ("fe80::1", K::LinkLocal),
            ("febf::1", K::LinkLocal),
            ("224.0.0.251", K::Multicast),
            ("ff02::1", K::Multicast),
            ("100.63.255.255", K::Public),
            ("100.64.0.0", K::Cgnat),
            ("100.127.255.255", K::Cgnat),
            ("100.128.0.0", K::Public),
            ("0.0.0.0", K::Unspecified),
            ("::", K::Unspecified),
            ("0.1.2.3", K::Reserved),
            ("198.18.0.1", K::Reserved),
            ("240.0.0.1", K::Reserved),
            ("255.255.255.254", K::Reserved),
            ("255.255.255.255", K::Broadcast),
            ("203.0.113.7", K::Documentation),
            ("2001:db8::1", K::Documentation),
            ("2a02:8084::1", K::Public),
            ("::ffff:10.0.0.1", K::Private),
            ("64:ff9b::808:808", K::Public),
            ("64:ff9b::a00:1", K::Private),
            ("100::1", K::Reserved),
            ("4000::1", K::Reserved),
        ] {
            assert_eq!(IpKind::of(address.parse().unwrap()), kind, "{address}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = parse_all(&text).count();
        }

        #[test]
        fn any_address_is_read_with_and_without_a_port(bits in any::<u128>(), port in any::<u16>()) {
            for address in [IpAddr::V6(Ipv6Addr::from(bits)), IpAddr::V4(Ipv4Addr::from(bits as u32))] {
                let expected = address.to_canonical();
                prop_assert_eq!(parse(&address.to_string()), Some(expected));
                prop_assert_eq!(parse(&std::net::SocketAddr::new(address, port).to_string()), Some(expected));
                prop_assert_eq!(IpKind::of(address), IpKind::of(expected));
            }
        }
    }
}
