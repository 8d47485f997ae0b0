//! A code cell's text with its parts marked, for the style sheet to color.

use maud::{Markup, PreEscaped, html};

use crate::rust_tokens::{Kind, tokens};

/// Rust code as HTML.
pub fn to_html(code: &str) -> Markup {
    let mut markup = String::with_capacity(code.len() * 2);
    for token in tokens(code) {
        let class = match token.kind {
            Kind::Space | Kind::Word | Kind::Other => None,
            Kind::Comment => Some("c"),
            Kind::Text => Some("s"),
            Kind::Number => Some("n"),
            Kind::Keyword => Some("k"),
            Kind::Lifetime => Some("l"),
            Kind::Command => Some("m"),
        };
        let piece = match class {
            Some(class) => html! { span class=(class) { (token.text) } },
            None => html! { (token.text) },
        };
        markup.push_str(&piece.0);
    }
    PreEscaped(markup)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn code_is_marked_and_escaped() {
        assert_eq!(
            to_html("let a = \"<b>\"; // x & y").0,
            "<span class=\"k\">let</span> a = <span class=\"s\">&quot;&lt;b&gt;&quot;</span>; <span class=\"c\">// x &amp; y</span>"
        );
    }
}
