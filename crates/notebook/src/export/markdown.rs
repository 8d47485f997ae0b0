//! Markdown as HTML that cannot do more than show text.
//!
//! Raw HTML in Markdown is a notebook author's, and a few plain tags of it are kept; everything else is shown as text. Links lead to
//! web pages, mail addresses and places in the page; pictures are those that the notebook itself holds.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A heading of the notebook, for its table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text, without markup.
    pub text: String,
    /// The `id` of its element.
    pub id: String,
}

/// Tags whose bare form (no attributes) is kept.
const PLAIN_TAGS: &[&str] = &[
    "abbr",
    "b",
    "blockquote",
    "br",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
];

/// Renders Markdown. `headings` gets the headings found; their ids are unique within it.
pub fn to_html(markdown: &str, headings: &mut Vec<Heading>) -> Markup {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).collect();
    let mut safe = Vec::with_capacity(events.len());
    let mut skipped_images = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                let heading = heading(*level, &events[at + 1..], headings);
                safe.push(Event::Start(Tag::Heading {
                    level: *level,
                    id: Some(heading.id.clone().into()),
                    classes: classes.clone(),
                    attrs: attrs.clone(),
                }));
                headings.push(heading);
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = if is_safe_link(dest_url) { dest_url.clone() } else { CowStr::Borrowed("#") };
                safe.push(Event::Start(Tag::Link {
                    link_type: *link_type,
                    dest_url,
                    title: title.clone(),
                    id: id.clone(),
                }));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                // A picture from elsewhere would be a request: its description stays.
                let own = is_own_image(dest_url);
                skipped_images.push(!own);
                if own {
                    safe.push(event.clone());
                }
            }
            Event::End(TagEnd::Image) => {
                if !skipped_images.pop().unwrap_or(false) {
                    safe.push(event.clone());
                }
            }
            Event::Html(raw) => safe.push(Event::Html(clean(raw).into())),
            Event::InlineHtml(raw) => safe.push(Event::InlineHtml(clean(raw).into())),
            other => safe.push(other.clone()),
        }
    }
    let mut markup = String::new();
    html::push_html(&mut markup, safe.into_iter());
    PreEscaped(markup)
}

fn heading(level: HeadingLevel, after: &[Event<'_>], known: &[Heading]) -> Heading {
    let text: String = after
        .iter()
        .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            Event::SoftBreak | Event::HardBreak => Some(" "),
            _ => None,
        })
        .collect();
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let base = match words.join("-") {
        empty if empty.is_empty() => "section".to_owned(),
        base => base,
    };
    let taken = |id: &String| known.iter().any(|heading| heading.id == *id);
    let id =
        std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}-{n}"))).find(|id| !taken(id)).unwrap_or(base);
    Heading { level: level as u8, text, id }
}

fn is_safe_link(url: &str) -> bool {
    let lower = url.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:", "#"].iter().any(|start| lower.starts_with(start))
}

fn is_own_image(url: &str) -> bool {
    ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,"]
        .iter()
        .any(|start| url.starts_with(start))
}

/// Keeps the bare tags of [`PLAIN_TAGS`] and comments' absence; shows everything else as text.
fn clean(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('<') {
        out.push_str(&escape(&rest[..at]));
        let tag = &rest[at..];
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        match tag.find('>').filter(|&end| is_plain(&tag[1..end])) {
            Some(end) => {
                out.push_str(&tag[..=end]);
                rest = &tag[end + 1..];
            }
            None => {
                out.push_str("&lt;");
                rest = &tag[1..];
            }
        }
    }
    out.push_str(&escape(rest));
    out
}

fn is_plain(inside: &str) -> bool {
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let name = name.strip_suffix('/').unwrap_or(name).trim_end();
    PLAIN_TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}

fn escape(text: &str) -> String {
    // Entities that the author wrote stay: only what could open a tag or an attribute is replaced.
    text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn render(markdown: &str) -> String {
        to_html(markdown, &mut Vec::new()).0
    }

    #[test]
    fn markdown_is_rendered() {
        let html =
            render("# A `b` & c\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n```rust\nlet a = 1 < 2;\n```");
        assert!(html.contains("<h1 id=\"a-b-c\">A <code>b</code> &amp; c</h1>"), "{html}");
        assert!(html.contains("<table>") && html.contains("<td>1</td>"), "{html}");
        assert!(html.contains("1 &lt; 2"), "{html}");
    }

    #[test]
    fn headings_get_ids_of_their_own() {
        let mut headings = Vec::new();
        to_html("# Same\n## Same\n# \u{2603}", &mut headings);
        let ids: Vec<_> = headings.iter().map(|heading| (heading.level, heading.id.as_str())).collect();
        assert_eq!(ids, [(1, "same"), (2, "same-2"), (1, "section")]);
    }

    #[test]
    fn html_that_acts_is_shown_as_text() {
        for (raw, unwanted) in [
            ("<script>alert(1)</script>", "<script"),
            ("a <img src=x onerror=alert(1)> b", "<img"),
            ("<b onclick=alert(1)>x</b>", "<b onclick"),
            ("<iframe src='https://x'></iframe>", "<iframe"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a"),
            ("[x](javascript:alert(1))", "javascript"),
            ("[x](data:text/html,x)", "data:text"),
            ("![alt text](https://example.com/x.png)", "<img"),
            ("<svg><style>@import 'x'</style></svg>", "<style"),
            ("<!-- <script> -->", "script"),
        ] {
            let html = render(raw);
            assert!(!html.contains(unwanted), "{raw} gave {html}");
        }
        assert!(render("![alt text](https://example.com/x.png)").contains("alt text"));
        assert!(render("a<br/>b <kbd>Shift</kbd>").contains("<br/>b <kbd>Shift</kbd>"));
        assert!(render("[x](https://example.com/?a=1&b=2)").contains("href=\"https://example.com/?a=1&amp;b=2\""));
        assert!(render("<details>\n<summary>More</summary>\n\ntext\n</details>").contains("<details>"));
    }

    proptest! {
        #[test]
        fn no_tag_gets_an_attribute_from_raw_html(raw in "(<|>|/|\"|'|=|on|img|b|script|!|-| |\n|[a-z]){0,30}") {
            let cleaned = clean(&raw);
            for part in cleaned.split('<').skip(1) {
                let tag = part.split('>').next().unwrap_or_default();
                prop_assert!(is_plain(tag), "{cleaned}");
            }
        }
    }
}
