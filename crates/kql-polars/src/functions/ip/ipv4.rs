//! IPv4 addresses.

use std::net::Ipv4Addr;

use kql::{Error, KqlType};
use serde_json::Value;

use super::{any_text, list_args, masked, pair_args, prefix_at, shortest};
use crate::functions::{Call, Function};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

const WIDTH: u32 = 32;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "parse_ipv4",
        "parse_ipv4(ip)",
        "The address as a number, in big-endian order; null for other text.",
        (1, 1),
        parse,
    ),
    entry(
        "parse_ipv4_mask",
        "parse_ipv4_mask(ip, prefix)",
        "The network part of an address as a number; null for other text.",
        (2, 2),
        parse_mask,
    ),
    entry(
        "format_ipv4",
        "format_ipv4(ip [, prefix])",
        "The network part of an address (text or number) as text; empty if it is none.",
        (1, 2),
        |c| format(c, false),
    ),
    entry(
        "format_ipv4_mask",
        "format_ipv4_mask(ip [, prefix])",
        "The network part of an address (text or number) in CIDR notation; empty if it is none.",
        (1, 2),
        |c| format(c, true),
    ),
    entry(
        "ipv4_compare",
        "ipv4_compare(ip1, ip2 [, prefix])",
        "-1, 0 or 1: how the network part of one address stands to that of another; null for other text.",
        (2, 3),
        compare,
    ),
    entry(
        "ipv4_is_match",
        "ipv4_is_match(ip1, ip2 [, prefix])",
        "Whether the network parts of two addresses are equal; null for other text.",
        (2, 3),
        is_match,
    ),
    entry(
        "ipv4_is_in_range",
        "ipv4_is_in_range(ip_address, ip_range)",
        "Whether an address is in a range in CIDR notation; null for other text.",
        (2, 2),
        is_in_range,
    ),
    entry(
        "ipv4_is_in_any_range",
        "ipv4_is_in_any_range(ip_address, ip_range [, …])",
        "Whether an address is in any of several ranges in CIDR notation; null if it is none.",
        (2, 64),
        is_in_any_range,
    ),
    entry(
        "ipv4_is_private",
        "ipv4_is_private(ip)",
        "Whether an address is in one of the private ranges of RFC 1918; null for other text.",
        (1, 1),
        is_private,
    ),
    entry(
        "ipv4_netmask_suffix",
        "ipv4_netmask_suffix(ip)",
        "The prefix length of an address, 32 if it has none; null for other text.",
        (1, 1),
        netmask_suffix,
    ),
    entry(
        "ipv4_range_to_cidr_list",
        "ipv4_range_to_cidr_list(StartAddress, EndAddress)",
        "An array of the CIDR ranges that cover the addresses from one to another.",
        (2, 2),
        range_to_cidr_list,
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

/// An address and its prefix length (32 if it has none).
fn parse_text(text: &str) -> Option<(u128, u32)> {
    let text = text.trim();
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, prefix.parse().ok().filter(|p| *p <= WIDTH)?),
        None => (text, WIDTH),
    };
    let address: Ipv4Addr = address.parse().ok()?;
    Some((u128::from(address.to_bits()), prefix))
}

fn to_text(bits: u128) -> Option<String> {
    u32::try_from(bits).ok().map(|bits| Ipv4Addr::from_bits(bits).to_string())
}

fn parse(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Long, |row| {
        let (bits, prefix) = parse_text(row.text(0)?)?;
        i64::try_from(masked(bits, prefix, WIDTH)).ok()
    });
    call.result(expr, KqlType::Long)
}

fn parse_mask(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    call.check_long(1)?;
    let args = [call.text_arg(0), call.long_arg(1)];
    let expr = map_rows(&args, KqlType::Long, |row| {
        let (bits, prefix) = parse_text(row.text(0)?)?;
        i64::try_from(masked(bits, prefix.min(prefix_at(row, 1, WIDTH)?), WIDTH)).ok()
    });
    call.result(expr, KqlType::Long)
}

fn format(call: &Call<'_>, cidr: bool) -> Result<Typed, Error> {
    let number = matches!(call.args[0].ty, KqlType::Int | KqlType::Long);
    let first = if number { call.long_arg(0) } else { call.text_arg(0) };
    if !number {
        call.check_string(0)?;
    }
    let mut args = vec![first];
    if call.has(1) {
        call.check_long(1)?;
        args.push(call.long_arg(1));
    }
    let expr = map_rows(&args, KqlType::String, move |row| {
        let (bits, own) =
            if number { (u128::from(u32::try_from(row.long(0)?).ok()?), WIDTH) } else { parse_text(row.text(0)?)? };
        let prefix = own.min(prefix_at(row, 1, WIDTH)?);
        let text = to_text(masked(bits, prefix, WIDTH))?;
        Some(if cidr { format!("{text}/{prefix}") } else { text })
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

/// Whether the network of `address` lies in `range`.
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

fn is_private(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Bool, |row| {
        let (bits, prefix) = parse_text(row.text(0)?)?;
        let within = |network: [u8; 4], length: u32| {
            let network = u128::from(Ipv4Addr::from(network).to_bits());
            prefix >= length && masked(bits, length, WIDTH) == network
        };
        Some(within([10, 0, 0, 0], 8) || within([172, 16, 0, 0], 12) || within([192, 168, 0, 0], 16))
    });
    call.result(expr, KqlType::Bool)
}

fn netmask_suffix(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Long, |row| {
        parse_text(row.text(0)?).map(|(_, prefix)| i64::from(prefix))
    });
    call.result(expr, KqlType::Long)
}

fn range_to_cidr_list(call: &Call<'_>) -> Result<Typed, Error> {
    let expr = map_rows(&pair_args(call)?, KqlType::Dynamic, |row| {
        let (start, end) = (parse_text(row.text(0)?)?.0, parse_text(row.text(1)?)?.0);
        let subnets = ipnet::Ipv4Subnets::new(
            Ipv4Addr::from_bits(u32::try_from(start).ok()?),
            Ipv4Addr::from_bits(u32::try_from(end).ok()?),
            0,
        );
        (start <= end).then(|| Value::from(subnets.map(|net| net.to_string()).collect::<Vec<_>>()))
    });
    call.result(expr, KqlType::Dynamic)
}
