//! URLs and file paths.

use kql::{Error, KqlType};
use serde_json::{Map, Value};

use super::encoding::url_decode;
use super::parse::texts;
use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "parse_url",
        aliases: &["parseurl"],
        signature: "parse_url(url)",
        doc: "A bag of the parts of an absolute URL: Scheme, Host, Port, Path, Username, Password, Query Parameters, Fragment.",
        args: (1, 1),
        pure: true,
        bind: parse_url,
    },
    Function {
        name: "parse_urlquery",
        aliases: &["parseurlquery"],
        signature: "parse_urlquery(query)",
        doc: "A bag with the parameters of the query part of a URL.",
        args: (1, 1),
        pure: true,
        bind: parse_urlquery,
    },
    Function {
        name: "parse_path",
        aliases: &[],
        signature: "parse_path(path)",
        doc: "A bag of the parts of a file path: Scheme, RootPath, DirectoryPath, DirectoryName, Filename, Extension, AlternateDataStreamName.",
        args: (1, 1),
        pure: true,
        bind: parse_path,
    },
];

fn bag(call: &Call<'_>, f: fn(&str) -> Option<Value>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, move |row| f(row.text(0)?));
    call.result(expr, KqlType::Dynamic)
}

fn parse_url(call: &Call<'_>) -> Result<Typed, Error> {
    bag(call, |url| Some(url_parts(url)))
}

fn url_parts(url: &str) -> Value {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (scheme, rest) = match rest.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        // `mailto:someone` and the like have no authority.
        None => match rest.split_once(':') {
            Some((scheme, path)) => {
                return url_bag([scheme, "", "", path, "", ""], query, fragment);
            }
            None => return url_bag(["", "", "", rest, "", ""], query, fragment),
        },
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (username, password) = user.split_once(':').unwrap_or((user, ""));
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => (name, port),
        _ => (host, ""),
    };
    url_bag([scheme, host, port, path, username, password], query, fragment)
}

fn url_bag([scheme, host, port, path, username, password]: [&str; 6], query: &str, fragment: &str) -> Value {
    let mut parts = texts([
        ("Scheme", scheme),
        ("Host", host),
        ("Port", port),
        ("Path", path),
        ("Username", username),
        ("Password", password),
    ]);
    if let Value::Object(bag) = &mut parts {
        bag.insert("Query Parameters".to_owned(), Value::Object(query_parameters(query)));
        bag.insert("Fragment".to_owned(), fragment.into());
    }
    parts
}

/// `k1=v1&k2=v2`, decoded. The first of equal names counts.
fn query_parameters(query: &str) -> Map<String, Value> {
    let mut out = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.entry(url_decode(name)).or_insert_with(|| url_decode(value).into());
    }
    out
}

fn parse_urlquery(call: &Call<'_>) -> Result<Typed, Error> {
    bag(call, |query| {
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut out = Map::new();
        out.insert("Query Parameters".to_owned(), Value::Object(query_parameters(query)));
        Some(Value::Object(out))
    })
}

fn parse_path(call: &Call<'_>) -> Result<Typed, Error> {
    bag(call, |path| Some(path_parts(path)))
}

fn path_parts(path: &str) -> Value {
    let (scheme, rest) = path.split_once("://").unwrap_or(("", path));
    let separators = ['/', '\\'];
    let (directory, file) = match rest.rfind(separators) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => ("", rest),
    };
    let long = directory.strip_prefix(r"\\?\").unwrap_or(directory);
    let root = match long.as_bytes() {
        [drive, b':', ..] if drive.is_ascii_alphabetic() => &long[..2],
        _ => "",
    };
    let (filename, stream) = file.split_once(':').unwrap_or((file, ""));
    let extension = filename.rsplit_once('.').map_or("", |(_, extension)| extension);
    texts([
        ("Scheme", scheme),
        ("RootPath", root),
        ("DirectoryPath", directory),
        ("DirectoryName", directory.rsplit(separators).next().unwrap_or("")),
        ("Filename", filename),
        ("Extension", extension),
        ("AlternateDataStreamName", stream),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        insta::assert_snapshot!(
            url_parts("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v+2#fragment"),
            @r#"{"Scheme":"scheme","Host":"host","Port":"1234","Path":"/this/is/a/path","Username":"username","Password":"password","Query Parameters":{"k1":"v1","k2":"v 2"},"Fragment":"fragment"}"#
        );
        insta::assert_snapshot!(
            url_parts("http://[::1]:80"),
            @r#"{"Scheme":"http","Host":"[::1]","Port":"80","Path":"","Username":"","Password":"","Query Parameters":{},"Fragment":""}"#
        );
    }

    #[test]
    fn paths() {
        insta::assert_snapshot!(
            path_parts("file://C:/temp/file.txt:some.exe"),
            @r#"{"Scheme":"file","RootPath":"C:","DirectoryPath":"C:/temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"some.exe"}"#
        );
        insta::assert_snapshot!(
            path_parts(r"\\shared\users\temp\file.txt.gz"),
            @r#"{"Scheme":"","RootPath":"","DirectoryPath":"\\\\shared\\users\\temp","DirectoryName":"temp","Filename":"file.txt.gz","Extension":"gz","AlternateDataStreamName":""}"#
        );
    }
}
