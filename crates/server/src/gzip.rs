//! Compressed answers.

use std::io::{self, Write};

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use futures::stream;

/// Whether a client reads gzip: `Accept-Encoding` names it, or `*`, and not with `q=0`.
pub fn accepted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING);
    let listed = values.iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let mut wildcard = false;
    for entry in listed {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|p| p.strip_prefix("q=").is_some_and(|q| q.parse().is_ok_and(|q: f32| q <= 0.0)));
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return !refused;
        }
        wildcard |= name == "*" && !refused;
    }
    wildcard
}

/// The same response with its body compressed as it is sent.
pub fn compress(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Response::from_parts(parts, body);
    }
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    parts.headers.remove(header::CONTENT_LENGTH);
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let compressed = stream::unfold(Some((body.into_data_stream(), encoder)), step);
    Response::from_parts(parts, Body::from_stream(compressed))
}

/// What is left to compress; nothing at the end.
type Left = Option<(BodyDataStream, GzEncoder<Vec<u8>>)>;

async fn step(left: Left) -> Option<(io::Result<Bytes>, Left)> {
    let (mut body, mut encoder) = left?;
    loop {
        match body.next().await {
            None => return Some((encoder.finish().map(Bytes::from), None)),
            Some(Err(error)) => return Some((Err(io::Error::other(error)), None)),
            Some(Ok(chunk)) => {
                if let Err(error) = encoder.write_all(&chunk) {
                    return Some((Err(error), None));
                }
                if !encoder.get_ref().is_empty() {
                    let ready = std::mem::take(encoder.get_mut());
                    return Some((Ok(ready.into()), Some((body, encoder))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_accept() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepted(&headers)
        };
        assert!(accepts("gzip"));
        assert!(accepts("deflate, GZIP;q=0.5"));
        assert!(accepts("*"));
        assert!(!accepts("identity"));
        assert!(!accepts("gzip;q=0, *"));
        assert!(!accepts(""));
        assert!(!accepted(&HeaderMap::new()));
    }
}
