//! IPv6 addresses, and IPv4 ones as their IPv6 form `::ffff:a.b.c.d`.

use std::net::{Ipv4Addr, Ipv6Addr};

use kql::{Error, KqlType};

use super::{any_text, list_args, masked, pair_args, prefix_at, shortest};
use crate::functions::{Call, Function};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

const WIDTH: u32 = 128;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry("parse_ipv6", "parse_ipv6(ip)", "The address in full notation; empty for other text.", (1, 1), parse),
    entry(
        "parse_ipv6_mask",
        "parse_ipv6_mask(ip, prefix)",
        "The network part of an address in full notation; empty for other text.",
        (2, 2),
        parse_mask,
    ),
    entry(
        "ipv6_compare",
        "ipv6_compare(ip1, ip2 [, prefix])",
        "-1, 0 or 1: how the network part of one address stands to that of another; null for other text.",
        (2, 3),
        compare,
    ),
    entry(
        "ipv6_is_match",
        "ipv6_is_match(ip1, ip2 [, prefix])",
        "Whether the network parts of two addresses are equal; null for other text.",
        (2, 3),
        is_match,
    ),
    entry(
        "ipv6_is_in_range",
        "ipv6_is_in_range(ip_address, ip_range)",
        "Whether an address is in a range; null for other text.",
        (2, 2),
        is_in_range,
    ),
    entry(
        "ipv6_is_in_any_range",
        "ipv6_is_in_any_range(ip_address, ip_range [, …])",
        "Whether an address is in any of several ranges; null if it is none.",
        (2, 64),
        is_in_any_range,
    ),
];

const fn entry(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    args: (usize, usize),
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases: &[], signature, doc, args, pure: true, bind }
}

/// An address and its prefix length (128 if it has none). The prefix of an address that is written as IPv4 counts IPv4's bits.
pub(crate) fn parse_text(text: &str) -> Option<(u128, u32)> {
    let text = text.trim();
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (text, None),
    };
    // ::a.b.c.d, too, is an IPv4 address.
    if let Ok(v4) = address.strip_prefix("::").unwrap_or(address).parse::<Ipv4Addr>() {
        let prefix = prefix.unwrap_or(32);
        return (prefix <= 32).then(|| (v4.to_ipv6_mapped().to_bits(), 96 + prefix));
    }
    let prefix = prefix.unwrap_or(WIDTH);
    let address: Ipv6Addr = address.parse().ok()?;
    (prefix <= WIDTH).then(|| (address.to_bits(), prefix))
}

/// All eight groups with four digits each.
fn full(bits: u128) -> String {
    Ipv6Addr::from_bits(bits).segments().map(|group| format!("{group:04x}")).join(":")
}

fn parse(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::String, |row| {
        let (bits, prefix) = parse_text(row.text(0)?)?;
        Some(full(masked(bits, prefix, WIDTH)))
    });
    call.result(expr, KqlType::String)
}

fn parse_mask(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_long(1)?;
    let args = [call.text_arg(0), call.long_arg(1)];
    let expr = map_rows(&args, KqlType::String, |row| {
        let (bits, prefix) = parse_text(row.text(0)?)?;
        Some(full(masked(bits, prefix.min(prefix_at(row, 1, WIDTH)?), WIDTH)))
    });
    call.result(expr, KqlType::String)
}

/// The network parts of the first two arguments under the shortest prefix.
fn networks(row: &Row<'_>) -> Option<(u128, u128)> {
    Some(shortest(parse_text(row.text(0)?)?, parse_text(row.text(1)?)?, prefix_at(row, 2, WIDTH)?, WIDTH))
}

fn compare(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&pair_args(call)?, KqlType::Long, |row| networks(row).map(|(a, b)| a.cmp(&b) as i64));
    call.result(expr, KqlType::Long)
}

fn is_match(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&pair_args(call)?, KqlType::Bool, |row| networks(row).map(|(a, b)| a == b));
    call.result(expr, KqlType::Bool)
}

fn in_range(address: (u128, u32), range: (u128, u32)) -> bool {
    let (a, b) = shortest(address, range, range.1, WIDTH);
    a == b
}

fn is_in_range(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&pair_args(call)?, KqlType::Bool, |row| {
        Some(in_range(parse_text(row.text(0)?)?, parse_text(row.text(1)?)?))
    });
    call.result(expr, KqlType::Bool)
}

fn is_in_any_range(call: &Call<'_>) -> Result<Typed, Error> {
    let args = list_args(call)?;
    let types: Vec<KqlType> = args.iter().map(|a| a.ty).collect();
    let expr = map_rows(&args, KqlType::Bool, move |row| {
        let address = parse_text(row.text(0)?)?;
        Some(any_text(row, &types, |range| parse_text(range).is_some_and(|range| in_range(address, range))))
    });
    call.result(expr, KqlType::Bool)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn documented_forms() {
        let network = |text: &str| parse_text(text).map(|(bits, prefix)| full(masked(bits, prefix, WIDTH)));
        for (text, want) in [
            ("192.168.255.255", "0000:0000:0000:0000:0000:ffff:c0a8:ffff"),
            ("192.168.255.255/24", "0000:0000:0000:0000:0000:ffff:c0a8:ff00"),
            ("::192.168.255.255/24", "0000:0000:0000:0000:0000:ffff:c0a8:ff00"),
            ("fe80::85d:e82c:9446:7994/120", "fe80:0000:0000:0000:085d:e82c:9446:7900"),
        ] {
            assert_eq!(network(text).as_deref(), Some(want), "{text}");
        }
        for wrong in ["", "x", "192.168.1.1/33", "::1/129", "::1/", "192.168.1"] {
            assert_eq!(network(wrong), None, "{wrong}");
        }
    }
}
