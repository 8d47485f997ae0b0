//! IP addresses.
//!
//! An address may carry a prefix length (`192.168.1.0/24`); only its network part counts then. Source:
//! <https://learn.microsoft.com/kusto/query/ipv4-is-in-range-function#ip-prefix-notation>

pub(super) mod ipv4;
pub(super) mod ipv6;
pub(super) mod text;

use kql::{Error, KqlType};

use super::Call;
use crate::rows::Row;
use crate::typed::Typed;

/// The bits of an address that a prefix keeps, of `width` bits in all.
fn masked(bits: u128, prefix: u32, width: u32) -> u128 {
    let drop = width.saturating_sub(prefix);
    if drop >= 128 { 0 } else { bits >> drop << drop }
}

/// Two addresses with their prefixes, and the shortest of the prefixes.
fn shortest(a: (u128, u32), b: (u128, u32), prefix: u32, width: u32) -> (u128, u128) {
    let prefix = a.1.min(b.1).min(prefix);
    (masked(a.0, prefix, width), masked(b.0, prefix, width))
}

/// Checks arguments `text, text [, prefix]` and gives them for the row kernel.
fn pair_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    call.check_string(0)?;
    call.check_string(1)?;
    let mut args = vec![call.text_arg(0), call.text_arg(1)];
    if call.has(2) {
        call.check_long(2)?;
        args.push(call.long_arg(2));
    }
    Ok(args)
}

/// The optional prefix argument at `i`: `width` if there is none, `None` if it is null or not a prefix length.
fn prefix_at(row: &Row<'_>, i: usize, width: u32) -> Option<u32> {
    if row.len() <= i {
        return Some(width);
    }
    u32::try_from(row.long(i)?).ok().filter(|p| *p <= width)
}

/// Checks arguments `text, text or dynamic, …`: a value and then texts or arrays of texts.
fn list_args(call: &Call<'_>) -> Result<Vec<Typed>, Error> {
    call.check_string(0)?;
    let mut args = vec![call.text_arg(0)];
    for i in 1..call.args.len() {
        call.check_string(i)?;
        args.push(call.args[i].clone());
    }
    Ok(args)
}

/// Whether `test` holds for any of the texts that arguments 1 and on are or, for dynamics, contain.
fn any_text(row: &Row<'_>, types: &[KqlType], mut test: impl FnMut(&str) -> bool) -> bool {
    (1..row.len()).any(|i| {
        if types.get(i) != Some(&KqlType::Dynamic) {
            return row.text(i).is_some_and(&mut test);
        }
        match row.json(i).as_ref() {
            serde_json::Value::Array(items) => items.iter().any(|v| v.as_str().is_some_and(&mut test)),
            serde_json::Value::String(text) => test(text),
            _ => false,
        }
    })
}
