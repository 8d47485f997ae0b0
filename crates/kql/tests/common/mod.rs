//! Trees and errors as short text.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, dead_code)]

/// The tree of a query without positions, one statement or operator a line.
pub fn tree(text: &str) -> String {
    match kql::parse(text) {
        Ok(script) => {
            script.statements.iter().map(|statement| compact(&format!("{statement:?}"))).collect::<Vec<_>>().join("\n")
        }
        Err(error) => error.render(text),
    }
}

/// The error of a query as people see it.
pub fn error(text: &str) -> String {
    match kql::parse(text) {
        Ok(_) => format!("parses: {}", tree(text)),
        Err(error) => error.render(text),
    }
}

/// Debug text without spans, and with names bare.
fn compact(debug: &str) -> String {
    let mut out = debug.to_owned();
    for field in ["op_span", "span"] {
        while let Some(start) = out.find(&format!(", {field}: Span {{")) {
            let end = start + out[start..].find('}').unwrap() + 1;
            out.replace_range(start..end, "");
        }
    }
    while let Some(start) = out.find("Span {") {
        let end = start + out[start..].find('}').unwrap() + 1;
        out.replace_range(start..end, "_");
    }
    unwrap_all(out, "Ident { name: ", " }")
        .replace("Expr { kind: ", "{")
        .replace("Operator { kind: ", "\n  {")
        .replace("names: [], expr: ", "")
        .replace(" }", "}")
}

/// `Ident { name: "x" }` becomes `"x"`.
fn unwrap_all(mut text: String, open: &str, close: &str) -> String {
    while let Some(start) = text.find(open) {
        text.replace_range(start..start + open.len(), "");
        // The name is a quoted text; its end is the next quote that is not escaped.
        let mut end = start + 1;
        while text.as_bytes()[end] != b'"' {
            end += 1 + usize::from(text.as_bytes()[end] == b'\\');
        }
        end += 1;
        if text[end..].starts_with(close) {
            text.replace_range(end..end + close.len(), "");
        }
    }
    text
}
