//! URL, Base64 and Punycode text.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use kql::{Error, KqlType};
use serde_json::Value;

use crate::convert::{convert, parse_guid};
use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    text("url_encode", &[], "url_encode(url)", "The text percent-encoded, a space as +.", |call| {
        on_text(call, |t| Some(url_encode(t, "+")))
    }),
    text(
        "url_encode_component",
        &[],
        "url_encode_component(url)",
        "The text percent-encoded, a space as %20.",
        |call| on_text(call, |t| Some(url_encode(t, "%20"))),
    ),
    text("url_decode", &[], "url_decode(encoded_url)", "The text of a percent-encoded one.", |call| {
        on_text(call, |t| Some(url_decode(t)))
    }),
    text(
        "base64_encode_tostring",
        &["base64_encodestring"],
        "base64_encode_tostring(string)",
        "The Base64 text of the UTF-8 bytes.",
        |call| on_text(call, |t| Some(BASE64.encode(t))),
    ),
    text(
        "base64_decode_tostring",
        &["base64_decodestring"],
        "base64_decode_tostring(base64_string)",
        "The text of which this is the Base64 text; empty if it is none.",
        |call| on_text(call, |t| String::from_utf8(BASE64.decode(t).ok()?).ok()),
    ),
    text(
        "base64_decode_toarray",
        &[],
        "base64_decode_toarray(base64_string)",
        "An array of the bytes of which this is the Base64 text.",
        decode_toarray,
    ),
    text(
        "base64_encode_fromarray",
        &[],
        "base64_encode_fromarray(base64_string_decoded_as_a_byte_array)",
        "The Base64 text of an array of the bytes of UTF-8 text; empty for other bytes.",
        encode_fromarray,
    ),
    text(
        "base64_encode_fromguid",
        &[],
        "base64_encode_fromguid(guid)",
        "The Base64 text of the 16 bytes of a GUID.",
        encode_fromguid,
    ),
    text(
        "base64_decode_toguid",
        &[],
        "base64_decode_toguid(base64_string)",
        "The GUID of which this is the Base64 text.",
        decode_toguid,
    ),
    text(
        "punycode_from_string",
        &[],
        "punycode_from_string(input_string)",
        "The Punycode text, without a prefix.",
        |call| on_text(call, idna::punycode::encode_str),
    ),
    text(
        "punycode_to_string",
        &[],
        "punycode_to_string(input_string)",
        "The text of a Punycode text without a prefix; empty if it is none.",
        |call| on_text(call, idna::punycode::decode_to_string),
    ),
    text(
        "punycode_domain_from_string",
        &[],
        "punycode_domain_from_string(encoded)",
        "The domain name of one whose labels are Punycode after xn--; empty if it is none.",
        |call| on_text(call, domain_from),
    ),
    text(
        "punycode_domain_to_string",
        &[],
        "punycode_domain_to_string(domain)",
        "The domain name with labels that are not ASCII as Punycode after xn--.",
        |call| on_text(call, domain_to),
    ),
];

/// Standard Base64, with padding written and not insisted on.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An entry of one argument.
pub(super) const fn text(
    name: &'static str,
    aliases: &'static [&'static str],
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases, signature, doc, args: (1, 1), pure: true, bind }
}

/// The text that `f` makes of one argument; empty where it makes none.
pub(super) fn on_text(call: &Call<'_>, f: fn(&str) -> Option<String>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::String, move |row| f(row.text(0)?));
    call.result(expr, KqlType::String)
}

/// Percent-encodes all but letters, digits and `-_.!*()`, in lower case, as .NET does.
fn url_encode(text: &str, space: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

/// Undoes percent-encoding; what is not an encoded byte stays, and bytes that are not UTF-8 are replacement characters.
pub(super) fn url_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let encoded = bytes.get(at + 1..at + 3).filter(|hex| *byte == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        match encoded.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn decode_toarray(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr =
        map_rows(&[call.text_arg(0)], KqlType::Dynamic, |row| Some(Value::from(BASE64.decode(row.text(0)?).ok()?)));
    call.result(expr, KqlType::Dynamic)
}

fn encode_fromarray(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_dynamic(0)?;
    let expr = map_rows(&[call.args[0].clone()], KqlType::String, |row| {
        let bytes: Option<Vec<u8>> = row.array(0)?.iter().map(|v| u8::try_from(v.as_i64()?).ok()).collect();
        // Documented: bytes that are no text give nothing.
        Some(BASE64.encode(String::from_utf8(bytes?).ok()?))
    });
    call.result(expr, KqlType::String)
}

/// The bytes of a GUID as .NET stores them: the first three fields are little-endian. Its own inverse.
fn swap_fields(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

fn encode_fromguid(call: &Call<'_>) -> Result<Typed, Error> {
    if !matches!(call.args[0].ty, KqlType::Guid | KqlType::String | KqlType::Dynamic) {
        return Err(call.type_error(0, "a guid"));
    }
    let expr = map_rows(&[convert(&call.args[0], KqlType::Guid)], KqlType::String, |row| {
        let guid = uuid::Uuid::parse_str(row.text(0)?).ok()?;
        Some(BASE64.encode(swap_fields(guid.into_bytes())))
    });
    call.result(expr, KqlType::String)
}

fn decode_toguid(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Guid, |row| {
        let bytes: [u8; 16] = BASE64.decode(row.text(0)?).ok()?.try_into().ok()?;
        parse_guid(&uuid::Uuid::from_bytes(swap_fields(bytes)).to_string())
    });
    call.result(expr, KqlType::Guid)
}

fn domain_from(domain: &str) -> Option<String> {
    let label = |label: &str| match label.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("xn--") => idna::punycode::decode_to_string(&label[4..]),
        _ => Some(label.to_owned()),
    };
    Some(labels(domain).map(label).collect::<Option<Vec<_>>>()?.join("."))
}

/// The parts of a domain name. Full stops of East Asian scripts separate them as well.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc3490#section-3.1>
fn labels(domain: &str) -> impl Iterator<Item = &str> {
    domain.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
}

fn domain_to(domain: &str) -> Option<String> {
    let label = |label: &str| {
        if label.is_ascii() {
            Some(label.to_owned())
        } else {
            Some(format!("xn--{}", idna::punycode::encode_str(label)?))
        }
    };
    Some(labels(domain).map(label).collect::<Option<Vec<_>>>()?.join("."))
}
