//! XML as dynamic values.
//!
//! Source: <https://learn.microsoft.com/kusto/query/parse-xml-function>

use kql::{Error, KqlType};
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Number, Value};

use crate::functions::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[Function {
    name: "parse_xml",
    aliases: &["parsexml"],
    signature: "parse_xml(xml)",
    doc: "The elements of an XML document as nested bags, attributes under @name; null for text that is no XML.",
    args: (1, 1),
    pure: true,
    bind: parse_xml,
}];

/// The documented limit, in bytes.
const MAX_LENGTH: usize = 1 << 20;
/// Elements nested deeper than this make the result null, and never a stack overflow.
const MAX_DEPTH: usize = 128;

fn parse_xml(call: &Call<'_>) -> Result<Typed, Error> {
    call.check_string(0)?;
    let expr = map_rows(&[call.text_arg(0)], KqlType::Dynamic, |row| document(row.text(0)?));
    call.result(expr, KqlType::Dynamic)
}

fn document(text: &str) -> Option<Value> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    // Entities of a document type can grow without bounds: it is refused with them.
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_start(), options).ok()?;
    let root = document.root_element();
    let mut out = Map::new();
    out.insert(name(&root), element(&root, 0)?);
    Some(Value::Object(out))
}

/// The name as written, with its prefix.
fn name(node: &Node<'_, '_>) -> String {
    let local = node.tag_name().name();
    match node.tag_name().namespace().and_then(|uri| node.lookup_prefix(uri)) {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{local}"),
        _ => local.to_owned(),
    }
}

/// A number stays one, with the digits it has.
fn scalar(text: &str) -> Value {
    match serde_json::from_str::<Number>(text) {
        Ok(number) => Value::Number(number),
        Err(_) => Value::from(text),
    }
}

/// `None` for elements that are nested too deep.
fn element(node: &Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut out = Map::new();
    for attribute in node.attributes() {
        out.insert(format!("@{}", attribute.name()), Value::from(attribute.value()));
    }
    let text: String = node.children().filter(Node::is_text).filter_map(|n| n.text()).collect();
    let text = text.trim();
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    if out.is_empty() && children.is_empty() {
        return Some(if text.is_empty() { Value::Null } else { scalar(text) });
    }
    if !text.is_empty() {
        out.insert("#text".to_owned(), scalar(text));
    }
    for child in children {
        let value = element(&child, depth + 1)?;
        match out.get_mut(&name(&child)) {
            // Elements of one name become an array.
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::from(vec![first.take(), value]),
            None => drop(out.insert(name(&child), value)),
        }
    }
    Some(Value::Object(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_conversions() {
        for (xml, json) in [
            ("<e/>", r#"{"e":null}"#),
            ("<e>text</e>", r#"{"e":"text"}"#),
            (r#"<e name="value" />"#, r#"{"e":{"@name":"value"}}"#),
            (r#"<e name="value">text</e>"#, r##"{"e":{"@name":"value","#text":"text"}}"##),
            ("<e> <a>text</a> <b>text</b> </e>", r#"{"e":{"a":"text","b":"text"}}"#),
            ("<e> <a>text</a> <a>text</a> </e>", r#"{"e":{"a":["text","text"]}}"#),
            ("<e> text <a>text</a> </e>", r##"{"e":{"#text":"text","a":"text"}}"##),
            ("<?xml version=\"1.0\"?>\n<d><value>118.0</value></d>", r#"{"d":{"value":118.0}}"#),
        ] {
            assert_eq!(document(xml).map(|v| v.to_string()).as_deref(), Some(json), "{xml}");
        }
        assert_eq!(document("<e>"), None);
        assert_eq!(document(""), None);
        let deep = "<a>".repeat(500) + &"</a>".repeat(500);
        assert_eq!(document(&deep), None);
    }
}
