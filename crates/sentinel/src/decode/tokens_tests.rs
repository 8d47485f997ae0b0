#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// The tokens of a text that comes in pieces of this many bytes, written as JSON again.
fn read(text: &[u8], piece: usize) -> Result<(String, bool), NotJson> {
    let mut tokens = Tokens::default();
    let mut out = String::new();
    for bytes in text.chunks(piece.max(1)) {
        tokens.push(bytes);
        while let Some(token) = tokens.next()? {
            let comma = |out: &mut String| {
                if !out.is_empty() && !out.ends_with(['[', '{', ':']) {
                    out.push(',');
                }
            };
            match token {
                Token::ObjectEnd => out.push('}'),
                Token::ArrayEnd => out.push(']'),
                other => {
                    comma(&mut out);
                    match other {
                        Token::ObjectStart => out.push('{'),
                        Token::ArrayStart => out.push('['),
                        Token::Key(text) => {
                            out.push_str(&Value::from(text).to_string());
                            out.push(':');
                        }
                        Token::String(text) => out.push_str(&Value::from(text).to_string()),
                        Token::Number(text) => out.push_str(text),
                        Token::Bool(value) => out.push_str(if value { "true" } else { "false" }),
                        _ => out.push_str("null"),
                    }
                }
            }
        }
    }
    Ok((out, tokens.is_done()))
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((".*", inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_in_any_pieces_is_read_as_serde_reads_it(value in json(), piece in 1..40usize) {
        let text = serde_json::to_string_pretty(&Value::from(vec![value.clone()])).unwrap();
        let (read, done) = read(text.as_bytes(), piece).unwrap();
        prop_assert!(done);
        prop_assert_eq!(serde_json::from_str::<Value>(&read).unwrap(), Value::from(vec![value]));
    }

    #[test]
    fn what_is_cut_is_never_complete(value in json(), cut in any::<proptest::sample::Index>()) {
        let text = Value::from(vec![value]).to_string();
        let cut = cut.index(text.len());
        if let Ok((_, done)) = read(&text.as_bytes()[..cut], 7) {
            prop_assert!(!done, "{} of {}", cut, text);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), piece in 1..20usize) {
        let _ = read(&bytes, piece);
    }

    #[test]
    fn what_serde_refuses_is_refused(text in r#"[\[\]{}",:0-9a-z\\ \-.eE]{0,12}"#) {
        let text = format!("[{text}]");
        let ours = matches!(read(text.as_bytes(), 3), Ok((_, true)));
        prop_assert_eq!(ours, serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
    }
}

#[test]
fn escapes_mean_what_they_say() {
    let text = r#"["\u00e9\ud83d\ude00\ud83d x\"\\\/\b\f\n\r\t", {"a\u0062": 1}]"#;
    let (read, _) = read(text.as_bytes(), 1).unwrap();
    assert_eq!(read, r#"["é😀�"#.to_owned() + " x" + r#"\"\\/\b\f\n\r\t",{"ab":1}]"#);
}

#[test]
fn a_byte_order_mark_is_no_text() {
    assert_eq!(read(b"\xef\xbb\xbf[1]", 1).unwrap().0, "[1]");
}

#[test]
fn mistakes_say_where() {
    for (text, problem, offset) in [
        ("<html>", "no value", 0),
        ("[1 2]", "a `,` is missing", 3),
        (r#"{"a" 1}"#, "a `:` is missing", 5),
        ("{1}", "a name in quotes is missing", 1),
        ("[01]", "a number that is none", 1),
        ("[]x", "more after the end", 2),
        (r#"["\x"]"#, "an escape that is none", 2),
    ] {
        assert_eq!(read(text.as_bytes(), 100).unwrap_err(), NotJson { offset, problem }, "{text}");
    }
    assert_eq!(read(&b"[".repeat(600), 100).unwrap_err().problem, "nested too deep");
    assert_eq!(read(b"[\"\xff\"]", 100).unwrap_err().problem, "text that is not UTF-8");
}
