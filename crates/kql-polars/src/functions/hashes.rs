//! Hash functions.
//!
//! Text is hashed as its UTF-8 bytes, whole numbers, datetimes and timespans by `hash()` as their bytes in little-endian order, and by the
//! `hash_md5()` family as text. Source: the documented values of
//! <https://learn.microsoft.com/kusto/query/hash-function> and <https://learn.microsoft.com/kusto/query/hash-sha1-function>

use kql::{Error, KqlType};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

use super::{Call, Function};
use crate::rows::{Row, map_rows};
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "hash",
        aliases: &["hash_xxhash64"],
        signature: "hash(source [, mod])",
        doc: "The xxHash64 of a value, or its remainder.",
        args: (1, 2),
        pure: true,
        bind: hash,
    },
    Function {
        name: "hash_many",
        aliases: &[],
        signature: "hash_many(s1, s2 [, s3 …])",
        doc: "A hash of several values; Kusto's documentation does not say how it combines them, so numbers differ from Kusto's.",
        args: (2, 64),
        pure: true,
        bind: hash_many,
    },
    Function {
        name: "hash_combine",
        aliases: &[],
        signature: "hash_combine(h1, h2 [, h3 …])",
        doc: "A hash of several hashes; Kusto's documentation does not say how it combines them, so numbers differ from Kusto's.",
        args: (2, 64),
        pure: true,
        bind: hash_combine,
    },
    Function {
        name: "hash_md5",
        aliases: &[],
        signature: "hash_md5(source)",
        doc: "The MD5 hash of the text, as hexadecimal digits.",
        args: (1, 1),
        pure: true,
        bind: |call| digest(call, hex_of::<Md5>),
    },
    Function {
        name: "hash_sha1",
        aliases: &[],
        signature: "hash_sha1(source)",
        doc: "The SHA-1 hash of the text, as hexadecimal digits.",
        args: (1, 1),
        pure: true,
        bind: |call| digest(call, hex_of::<Sha1>),
    },
    Function {
        name: "hash_sha256",
        aliases: &[],
        signature: "hash_sha256(source)",
        doc: "The SHA-256 hash of the text, as hexadecimal digits.",
        args: (1, 1),
        pure: true,
        bind: |call| digest(call, hex_of::<Sha256>),
    },
];

fn hex_of<D: Digest>(text: &str) -> String {
    D::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(call: &Call<'_>, f: fn(&str) -> String) -> Result<Typed, Error> {
    if call.args[0].ty == KqlType::Dynamic {
        return Err(call.type_error(0, "a scalar other than dynamic (convert it with tostring())"));
    }
    let expr = map_rows(&[call.text_arg(0)], KqlType::String, move |row| Some(f(row.text(0)?)));
    call.result(expr, KqlType::String)
}

/// The xxHash64 of argument `i`, of type `ty`.
fn xxhash(row: &Row<'_>, i: usize, ty: KqlType) -> Option<i64> {
    let hash = match ty {
        KqlType::Bool => XxHash64::oneshot(0, &[u8::from(row.bool(i)?)]),
        KqlType::Int => XxHash64::oneshot(0, &i32::try_from(row.long(i)?).ok()?.to_le_bytes()),
        KqlType::Long | KqlType::DateTime | KqlType::TimeSpan => XxHash64::oneshot(0, &row.long(i)?.to_le_bytes()),
        KqlType::Real => XxHash64::oneshot(0, &row.real(i)?.to_le_bytes()),
        KqlType::String | KqlType::Dynamic | KqlType::Guid | KqlType::Decimal => {
            XxHash64::oneshot(0, row.text(i)?.as_bytes())
        }
    };
    Some(signed(hash))
}

/// The same 64 bits as a long.
fn signed(hash: u64) -> i64 {
    i64::from_le_bytes(hash.to_le_bytes())
}

fn hash(call: &Call<'_>) -> Result<Typed, Error> {
    let ty = call.args[0].ty;
    let mut args = vec![call.args[0].clone()];
    if call.has(1) {
        call.check_long(1)?;
        args.push(call.long_arg(1));
    }
    let expr = map_rows(&args, KqlType::Long, move |row| {
        let hash = xxhash(row, 0, ty)?;
        match row.len() {
            1 => Some(hash),
            _ => hash.checked_rem_euclid(row.long(1)?),
        }
    });
    call.result(expr, KqlType::Long)
}

/// The next hash, mixed into those before.
fn combine(seed: i64, hash: i64) -> i64 {
    let (seed, hash) = (seed.cast_unsigned(), hash.cast_unsigned());
    let mixed = hash.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_add(seed << 6).wrapping_add(seed >> 2);
    signed(seed ^ mixed)
}

fn hash_many(call: &Call<'_>) -> Result<Typed, Error> {
    let types: Vec<KqlType> = call.args.iter().map(|a| a.ty).collect();
    let expr = map_rows(&call.args, KqlType::Long, move |row| {
        let mut hashes = types.iter().enumerate().map(|(i, ty)| xxhash(row, i, *ty));
        let first = hashes.next()??;
        hashes.try_fold(first, |seed, hash| Some(combine(seed, hash?)))
    });
    call.result(expr, KqlType::Long)
}

fn hash_combine(call: &Call<'_>) -> Result<Typed, Error> {
    let mut args = Vec::new();
    for i in 0..call.args.len() {
        call.check_long(i)?;
        args.push(call.long_arg(i));
    }
    let expr = map_rows(&args, KqlType::Long, |row| {
        (1..row.len()).try_fold(row.long(0)?, |seed, i| Some(combine(seed, row.long(i)?)))
    });
    call.result(expr, KqlType::Long)
}
