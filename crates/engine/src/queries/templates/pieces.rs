//! The text of a template in pieces: what is in braces, and what is around it.

use std::collections::BTreeMap;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// KQL as it is.
    Text(String),
    /// `{name}`.
    Param(String),
}

/// The pieces of a text in which `{name}` is a parameter, and `{{` and `}}` are braces.
///
/// # Errors
/// Braces that are neither.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        match after[name.len()..].strip_prefix('}') {
            Some(after) if brace == "{" && !name.is_empty() => {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Param(name.to_owned()));
                rest = after;
            }
            _ => {
                let near: String = rest[at..].chars().take(20).collect();
                return Err(format!(
                    "{} is no parameter: a brace that is meant as such is written twice",
                    crate::error::quoted(&near)
                ));
            }
        }
    }
    text.push_str(rest);
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

/// The text with each `$<name>$` replaced by the macro of that name. Macros of the file are text of the file.
///
/// # Errors
/// A macro that is not there, or that contains itself.
pub(super) fn expand(template: &str, macros: &BTreeMap<String, String>) -> Result<String, String> {
    let mut text = template.to_owned();
    for _ in 0..8 {
        let Some(start) = text.find("$<") else {
            return Ok(text);
        };
        let Some(length) = text[start..].find(">$") else {
            return Ok(text);
        };
        let name = text[start + 2..start + length].trim().to_owned();
        let Some(value) = macros.get(&name) else {
            return Err(format!("there is no macro {} in query_macros", crate::error::quoted(&name)));
        };
        text = text.replace(&text[start..start + length + 2], value);
    }
    if text.contains("$<") { Err("its macros contain each other".to_owned()) } else { Ok(text) }
}
