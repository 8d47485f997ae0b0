//! The elements and properties of JSON text, as text.

/// The elements of an array, as JSON text; `None` when it is not one.
pub fn elements(text: &str) -> Option<impl Iterator<Item = &str>> {
    let mut rest = text.trim_start().strip_prefix('[')?;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        if rest.is_empty() || rest.starts_with(']') {
            return None;
        }
        let end = value_end(rest)?;
        let (value, after) = rest.split_at(end);
        rest = after;
        Some(value.trim_end())
    }))
}

/// The properties of an object: keys as they are written (with quotes) and JSON text; `None` when it is not one.
pub fn properties(text: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
    let mut rest = text.trim_start().strip_prefix('{')?;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        if !rest.starts_with('"') {
            return None;
        }
        let (key, after) = rest.split_at(string_end(rest)?);
        let after = after.trim_start().strip_prefix(':')?.trim_start();
        let (value, after) = after.split_at(value_end(after)?);
        rest = after;
        Some((key, value.trim_end()))
    }))
}

/// One past the closing quote of the string at the start.
fn string_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut i = 1;
    loop {
        let next = memchr::memchr2(b'"', b'\\', bytes.get(i..)?)? + i;
        if bytes[next] == b'"' {
            return Some(next + 1);
        }
        i = next + 2;
    }
}

/// One past the value at the start.
fn value_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'"' => string_end(text),
        b'{' | b'[' => {
            let mut depth = 0usize;
            let mut i = 0;
            while i < bytes.len() {
                match bytes[i] {
                    b'"' => {
                        i += string_end(&text[i..])?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(i + 1);
                        }
                    }
                    _ => {}
                }
                i += 1;
            }
            None
        }
        _ => Some(bytes.iter().position(|b| matches!(b, b',' | b']' | b'}')).unwrap_or(bytes.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_text_ends_early() {
        let all = |text| elements(text).map(Iterator::collect::<Vec<_>>);
        assert_eq!(all("[1, \"a,]\" , {\"b\":[2]}]"), Some(vec!["1", "\"a,]\"", "{\"b\":[2]}"]));
        assert_eq!(all("[1, {"), Some(vec!["1"]));
        assert_eq!(all("[\"a"), Some(vec![]));
        assert_eq!(all("{}"), None);
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i32>().prop_map(Into::into),
            "[ab\"\\\\,\\[\\]{}:é]{0,5}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec(("[ab\"\\\\]{0,3}", inner), 0..4)
                    .prop_map(|pairs| { serde_json::Value::Object(pairs.into_iter().collect()) }),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_parser(value in json()) {
            let parse = |t: &str| serde_json::from_str::<serde_json::Value>(t).unwrap_or_default();
            for text in [value.to_string(), format!("{value:#}")] {
                let items: Option<Vec<_>> = elements(&text).map(|items| items.map(parse).collect());
                prop_assert_eq!(items, value.as_array().cloned());
                let pairs: Option<Vec<_>> = properties(&text)
                    .map(|items| items.map(|(k, v)| (parse(k), parse(v))).collect());
                let expected = value.as_object().map(|o| {
                    o.iter().map(|(k, v)| (serde_json::Value::from(k.as_str()), v.clone())).collect()
                });
                prop_assert_eq!(pairs, expected);
            }
        }
    }
}
