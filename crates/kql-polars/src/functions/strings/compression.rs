//! Compressed text.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/gzip-base64-compress>,
//! <https://learn.microsoft.com/kusto/query/zlib-base64-compress-function>

use std::io::Read;

use base64::Engine;
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder};

use super::encoding::{BASE64, on_text, text};
use crate::functions::Function;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    text(
        "gzip_compress_to_base64_string",
        &[],
        "gzip_compress_to_base64_string(string)",
        "The Base64 text of the gzip-compressed text.",
        |call| on_text(call, gzip),
    ),
    text(
        "gzip_decompress_from_base64_string",
        &[],
        "gzip_decompress_from_base64_string(string)",
        "The text of which this is the gzip-compressed Base64 text; empty if it is none.",
        |call| on_text(call, |t| decompressed(t, GzDecoder::new)),
    ),
    text(
        "zlib_compress_to_base64_string",
        &[],
        "zlib_compress_to_base64_string(string)",
        "The Base64 text of the zlib-compressed text.",
        |call| on_text(call, zlib),
    ),
    text(
        "zlib_decompress_from_base64_string",
        &[],
        "zlib_decompress_from_base64_string(string)",
        "The text of which this is the zlib-compressed Base64 text; empty if it is none.",
        |call| on_text(call, |t| decompressed(t, ZlibDecoder::new)),
    ),
];

/// Decoded text may be this long: compressed text of an attacker's making can grow a thousandfold.
const MAX_DECOMPRESSED: u64 = 16 << 20;

/// Text that compression would not make smaller is stored as it is, as in the documented results.
fn best(text: &str, compress: impl Fn(Compression) -> Option<Vec<u8>>, frame: usize) -> Option<Vec<u8>> {
    let packed = compress(Compression::default())?;
    if packed.len() < text.len() + frame { Some(packed) } else { compress(Compression::none()) }
}

fn gzip(text: &str) -> Option<String> {
    let compress = |level| {
        let mut bytes = read(GzEncoder::new(text.as_bytes(), level))?;
        // The byte that only hints at the level: 0, whatever the level is.
        *bytes.get_mut(8)? = 0;
        Some(bytes)
    };
    // Header, checksum and length.
    Some(BASE64.encode(best(text, compress, 18)?))
}

fn zlib(text: &str) -> Option<String> {
    let compress = |level| read(ZlibEncoder::new(text.as_bytes(), level));
    // Header and checksum.
    Some(BASE64.encode(best(text, compress, 6)?))
}

fn read(mut encoder: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    encoder.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn decompressed<R: Read>(text: &str, decoder: impl Fn(std::io::Cursor<Vec<u8>>) -> R) -> Option<String> {
    let bytes = std::io::Cursor::new(BASE64.decode(text).ok()?);
    let mut out = Vec::new();
    decoder(bytes).take(MAX_DECOMPRESSED + 1).read_to_end(&mut out).ok()?;
    if u64::try_from(out.len()).ok()? > MAX_DECOMPRESSED {
        return None;
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["", "a", "1234567890qwertyuiop", &"repeated ".repeat(500), "ünï€"] {
            let packed = gzip(text).unwrap_or_default();
            assert_eq!(decompressed(&packed, GzDecoder::new).as_deref(), Some(text));
            let packed = zlib(text).unwrap_or_default();
            assert_eq!(decompressed(&packed, ZlibDecoder::new).as_deref(), Some(text));
        }
        assert!(gzip(&"repeated ".repeat(500)).is_some_and(|t| t.len() < 200));
        assert_eq!(decompressed("no", GzDecoder::new), None);
    }
}
