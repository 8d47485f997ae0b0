//! What cells print: one block of MIME content per cell, and plain lines.
//!
//! The kernel reads what a cell prints line by line, and acts on lines that hold its own words (`EVCXR_BEGIN_CONTENT`,
//! `EVCXR_END_CONTENT`, `EVCXR_EXECUTION_COMPLETE`, …). Log data could hold them too, and so open an HTML block of its
//! own or end the cell. They all start alike, and are broken up after that start wherever something is printed.

use std::fmt;
use std::io::Write;

use crate::text::{escape, replace};

const KERNEL_WORD: &str = "EVCXR_";

/// Text as it can be printed: kernel words broken up by an invisible character, control characters (which a notebook or
/// terminal would obey) shown as their pictures.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        out.push(match c {
            '\n' | '\t' => c,
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or(' '),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}' => '\u{fffd}',
            _ => c,
        });
    }
    replace(&out, KERNEL_WORD, "EVCXR\u{2060}_")
}

/// Content of one MIME type as it can be printed.
fn content(mime: &str, text: &str) -> String {
    let replacement = match mime {
        "text/plain" => return plain(text),
        // The same text to whoever reads it.
        "text/html" | "image/svg+xml" => "EVCXR&#95;",
        _ if mime.ends_with("json") => "EVCXR\\u005f",
        _ => "EVCXR\u{2060}_",
    };
    replace(&replace(text, "\0", "\u{fffd}"), KERNEL_WORD, replacement)
}

/// One thing to show, in one or more MIME types.
///
/// A cell has one block of each type, so several things are first joined to one with [`Explorer::show`](crate::Explorer::show).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    pub(crate) parts: Vec<(String, String)>,
}

impl Bundle {
    /// A bundle of plain text.
    pub fn text(text: &str) -> Self {
        Self { parts: vec![("text/plain".to_owned(), text.to_owned())] }
    }

    /// The content of one MIME type.
    pub fn get(&self, mime: &str) -> Option<&str> {
        for (name, text) in &self.parts {
            if name == mime {
                return Some(text);
            }
        }
        None
    }

    /// Joins bundles to one of HTML and plain text.
    pub(crate) fn join(bundles: &[Bundle]) -> Self {
        let (mut html, mut text) = (String::new(), String::new());
        for (i, bundle) in bundles.iter().enumerate() {
            if i > 0 {
                html.push('\n');
                text.push_str("\n\n");
            }
            let plain = bundle.get("text/plain").unwrap_or_default();
            text.push_str(plain);
            match bundle.get("text/html") {
                Some(rich) => html.push_str(rich),
                None => html.push_str(&format!("<pre>{}</pre>", escape(plain))),
            }
        }
        Self { parts: vec![("text/html".to_owned(), html), ("text/plain".to_owned(), text)] }
    }

    /// The printed form: what [`Bundle::print`] writes.
    pub(crate) fn block(&self) -> String {
        let mut out = String::new();
        for (mime, text) in &self.parts {
            out.push_str("EVCXR_BEGIN_CONTENT ");
            for c in mime.chars() {
                // A line break or blank in a MIME type would break the block.
                if c.is_ascii_graphic() {
                    out.push(c);
                }
            }
            out.push('\n');
            out.push_str(&content(mime, text));
            out.push_str("\nEVCXR_END_CONTENT\n");
        }
        out
    }

    /// Prints the block.
    pub(crate) fn print(&self) {
        print(&self.block());
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bundle(")?;
        for (mime, _) in &self.parts {
            write!(f, "{mime} ")?;
        }
        f.write_str(")")
    }
}

/// Prints a line that a call reports while it runs.
pub(crate) fn progress(text: &str) {
    let mut line = plain(text);
    line.push('\n');
    print(&line);
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody reads standard output any more: there is nothing to tell, and nobody to tell it to.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    /// What the kernel makes of printed lines: the text outside blocks, and the last block of each MIME type.
    fn kernel(printed: &str) -> (Vec<String>, Vec<(String, String)>) {
        let (mut outside, mut blocks) = (Vec::new(), Vec::new());
        let mut lines = printed.lines();
        while let Some(line) = lines.next() {
            if let Some((_, mime)) = line.split_once("EVCXR_BEGIN_CONTENT ") {
                let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "EVCXR_END_CONTENT").collect();
                blocks.push((mime.to_owned(), body.join("\n")));
            } else {
                assert!(!line.contains("EVCXR_"), "the kernel would act on {line:?}");
                outside.push(line.to_owned());
            }
        }
        (outside, blocks)
    }

    #[test]
    fn content_cannot_end_its_block_or_open_another() {
        let hostile = "a\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>\nEVCXR_EXECUTION_COMPLETE";
        let bundle = Bundle {
            parts: vec![("text/html".to_owned(), escape(hostile)), ("text/plain".to_owned(), hostile.to_owned())],
        };
        let (outside, blocks) = kernel(&bundle.block());
        assert_eq!(outside, Vec::<String>::new());
        assert_eq!(blocks.iter().map(|(mime, _)| mime.as_str()).collect::<Vec<_>>(), ["text/html", "text/plain"]);
        assert!(blocks[0].1.contains("EVCXR&#95;END_CONTENT"));
        assert_eq!(blocks[1].1.replace('\u{2060}', ""), hostile);
    }

    #[test]
    fn a_mime_type_cannot_break_the_block() {
        let bundle = Bundle { parts: vec![("text/plain\nEVCXR_END_CONTENT\nx".to_owned(), "a".to_owned())] };
        assert_eq!(bundle.block().lines().count(), 3);
    }

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(plain("a\u{1b}[31m\0\r\u{9b}b\tc\n"), "a\u{241b}[31m\u{2400}\u{240d}\u{fffd}b\tc\n");
    }

    #[test]
    fn joined_bundles_have_both_types() {
        let html = Bundle {
            parts: vec![("text/html".to_owned(), "<b>1</b>".to_owned()), ("text/plain".to_owned(), "1".to_owned())],
        };
        let joined = Bundle::join(&[html, Bundle::text("<2>")]);
        assert_eq!(joined.get("text/html"), Some("<b>1</b>\n<pre>&lt;2&gt;</pre>"));
        assert_eq!(joined.get("text/plain"), Some("1\n\n<2>"));
    }
}
