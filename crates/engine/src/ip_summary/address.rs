//! The address that the analyst gives.

use std::net::IpAddr;

use enrich::IpKind;

use crate::error::{Error, quoted};

/// An IP address in its normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(pub IpAddr);

impl Address {
    /// Reads an address as logs and reports write it: with a port or in brackets (`[::1]:443`), as IPv4 in IPv6, defanged (`157.56.162[.]53`).
    ///
    /// # Errors
    /// Text that is no address, several addresses, a network.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let given = text.trim();
        let help = "give one address, such as 157.56.162.53 or 2001:db8::1";
        if given.is_empty() {
            return Err(Error::bad_input("the IP address is empty").with_help(help));
        }
        let plain = given.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("hxxp://", "");
        if let Some((_, length)) = plain.split_once('/')
            && !matches!(length.trim(), "32" | "128")
        {
            return Err(Error::bad_input(format!("{} is a network, not an address", quoted(given))).with_help(
                "for a network, use a query: workspace.kql(\"SigninLogs | where ipv4_is_in_range(IPAddress, '157.56.162.0/24')\")",
            ));
        }
        let mut found: Vec<IpAddr> = enrich::ip::parse_all(&plain).collect();
        let words = plain.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace()).filter(|w| !w.is_empty());
        if words.count() > found.len() {
            // In a cell of a table, what stands beside an address does not matter; what an analyst gives has to be one.
            found.clear();
        }
        found.dedup();
        match found[..] {
            [one] => Ok(Self(one)),
            [] => Err(Error::bad_input(format!("{} is not an IP address", quoted(given))).with_help(help)),
            _ => Err(Error::bad_input(format!("{} holds {} IP addresses", quoted(given), found.len()))
                .with_help("give one address; a column of addresses is looked up with table.pivot(…)")),
        }
    }

    /// What kind of address it is.
    pub fn kind(self) -> IpKind {
        IpKind::of(self.0)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_forms_of_logs_and_reports_are_read() {
        for (given, expected) in [
            (" 157.56.162.53 ", "157.56.162.53"),
            ("157.56.162[.]53", "157.56.162.53"),
            ("157.56.162.53:51234", "157.56.162.53"),
            ("[2a02:8084::1]:443", "2a02:8084::1"),
            ("::ffff:10.1.2.3", "10.1.2.3"),
            ("10.1.2.3/32", "10.1.2.3"),
        ] {
            assert_eq!(Address::parse(given).unwrap().to_string(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        let message = |text: &str| Address::parse(text).unwrap_err().message;
        assert_eq!(message(" "), "the IP address is empty");
        assert_eq!(message("contoso.com"), "\"contoso.com\" is not an IP address");
        assert_eq!(message("10.0.0.0/24"), "\"10.0.0.0/24\" is a network, not an address");
        assert_eq!(message("10.0.0.1, 10.0.0.2"), "\"10.0.0.1, 10.0.0.2\" holds 2 IP addresses");
        assert_eq!(message("10.0.0.1\" | union *"), "\"10.0.0.1\\\" | union *\" is not an IP address");
    }
}
