//! IPv4 addresses within other text, and what needs a database of places.

use std::net::{IpAddr, Ipv4Addr};

use kql::{Error, KqlType};

use super::{any_text, list_args};
use crate::functions::{Call, Function};
use crate::kernels::str_to_str;
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "has_ipv4",
        "has_ipv4(source, ip_address)",
        "Whether an IPv4 address stands in the text, with no letter or digit beside it.",
        (2, 2),
        |c| has(c, finds_address),
    ),
    entry(
        "has_any_ipv4",
        "has_any_ipv4(source, ip_address [, …])",
        "Whether any of several IPv4 addresses stands in the text.",
        (2, usize::MAX),
        |c| has(c, finds_address),
    ),
    entry(
        "has_ipv4_prefix",
        "has_ipv4_prefix(source, ip_address_prefix)",
        "Whether an IPv4 address that starts with a prefix such as 192.168. stands in the text.",
        (2, 2),
        |c| has(c, finds_prefix),
    ),
    entry(
        "has_any_ipv4_prefix",
        "has_any_ipv4_prefix(source, ip_address_prefix [, …])",
        "Whether an IPv4 address that starts with any of several prefixes stands in the text.",
        (2, usize::MAX),
        |c| has(c, finds_prefix),
    ),
    entry(
        "geo_info_from_ip_address",
        "geo_info_from_ip_address(ip_address)",
        "A bag of where an address is (country, state, city, latitude, longitude), as far as the database of the program knows it; null for others.",
        (1, 1),
        geo_info,
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

fn has(call: &Call<'_>, finds: fn(&str, &str) -> bool) -> Result<Typed, Error> {
    let args = list_args(call)?;
    let types: Vec<KqlType> = args.iter().map(|a| a.ty).collect();
    let expr = map_rows(&args, KqlType::Bool, move |row| {
        let text = row.text(0)?;
        Some(any_text(row, &types, |wanted| finds(text, wanted)))
    });
    call.result(expr, KqlType::Bool)
}

/// The IPv4 addresses in a text: runs of digits and dots between other characters than letters and digits.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|run| run.trim_matches('.'))
        .filter(|run| run.parse::<Ipv4Addr>().is_ok())
}

fn finds_address(text: &str, wanted: &str) -> bool {
    wanted.parse::<Ipv4Addr>().is_ok() && addresses(text).any(|address| address == wanted)
}

/// A prefix is a whole address, or one to three numbers that end in a dot.
fn finds_prefix(text: &str, prefix: &str) -> bool {
    let numbers: Vec<&str> = prefix.split('.').collect();
    let valid = match numbers.split_last() {
        Some((&"", numbers)) => (1..=3).contains(&numbers.len()) && numbers.iter().all(|n| n.parse::<u8>().is_ok()),
        _ => prefix.parse::<Ipv4Addr>().is_ok(),
    };
    valid
        && addresses(text).any(|address| {
            if numbers.len() == 4 && !prefix.ends_with('.') { address == prefix } else { address.starts_with(prefix) }
        })
}

fn geo_info(call: &Call<'_>) -> Result<Typed, Error> {
    let Some(places) = call.env.places.clone() else {
        return Err(
            call.unsupported("Here, queries have no database of places; look addresses up on the result instead")
        );
    };
    let expr = str_to_str(call.string(0)?, move |text| {
        let address = text.trim().parse::<IpAddr>().ok()?;
        Some(places.lookup(address)?.to_json())
    });
    call.result(expr, KqlType::Dynamic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_examples() {
        let log = "05:04:54 127.0.0.1 GET /favicon.ico 404";
        assert!(finds_address(log, "127.0.0.1"));
        assert!(!finds_address("05:04:54 127.0.0.256 GET /favicon.ico 404", "127.0.0.256"));
        assert!(!finds_address("05:04:54127.0.0.1 GET /favicon.ico 404", "127.0.0.1"));
        assert!(finds_prefix(log, "127.0."));
        assert!(finds_prefix(log, "127.0.0.1"));
        assert!(!finds_prefix(log, "127.0"));
        assert!(!finds_prefix("05:04:54 127.0.0.256 GET /favicon.ico 404", "127.0."));
        assert!(!finds_prefix("05:04:54127.0.0.1 GET /favicon.ico 404", "127.0."));
        assert!(!finds_prefix(log, "."));
    }
}
