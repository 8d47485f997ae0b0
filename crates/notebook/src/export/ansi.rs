//! Terminal colors in the text that a kernel prints: taken out, or turned into HTML.

use maud::{Markup, PreEscaped, html};

/// One run of text in one style.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Style {
    color: Option<u8>,
    background: Option<u8>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

/// Text without its escape sequences.
pub fn strip(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    walk(text, |piece, _| plain.push_str(piece));
    plain
}

/// Text as HTML, with a `<span>` for each run in a style: class `ansi-1` to `ansi-15` for the colors, `ansi-b1` … for
/// backgrounds. Colors beyond the sixteen are left out; other control characters are shown as their pictures.
pub fn to_html(text: &str) -> Markup {
    let mut markup = String::with_capacity(text.len());
    walk(text, |piece, style| {
        let piece = pictures(piece);
        let span = match style.classes() {
            classes if classes.is_empty() => html! { (piece) },
            classes => html! { span class=(classes) { (piece) } },
        };
        markup.push_str(&span.0);
    });
    PreEscaped(markup)
}

/// Control characters as pictures, line ends and tabs as they are.
fn pictures(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\u{7f}' => '␡',
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(c),
            _ => c,
        })
        .collect()
}

impl Style {
    fn classes(&self) -> String {
        let mut classes = Vec::new();
        if let Some(color) = self.color {
            classes.push(format!("ansi-{color}"));
        }
        if let Some(color) = self.background {
            classes.push(format!("ansi-b{color}"));
        }
        for (on, name) in [
            (self.bold, "ansi-bold"),
            (self.dim, "ansi-dim"),
            (self.italic, "ansi-italic"),
            (self.underline, "ansi-underline"),
        ] {
            if on {
                classes.push(name.to_owned());
            }
        }
        classes.join(" ")
    }

    /// Applies the numbers of a `ESC [ … m` sequence.
    fn apply(&mut self, numbers: &str) {
        let mut codes = numbers.split([';', ':']).map(|code| match code {
            "" => Some(0u16),
            code => code.parse().ok(),
        });
        while let Some(code) = codes.next() {
            let Some(code) = code else { continue };
            let small = |base: u16| u8::try_from(code - base).ok();
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underline = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                30..=37 => self.color = small(30),
                39 => self.color = None,
                40..=47 => self.background = small(40),
                49 => self.background = None,
                90..=97 => self.color = small(82),
                100..=107 => self.background = small(92),
                38 | 48 => {
                    let color = extended(&mut codes);
                    if code == 38 {
                        self.color = color;
                    } else {
                        self.background = color;
                    }
                }
                _ => {}
            }
        }
    }
}

/// The color of `38;5;N` (one of the sixteen, or of the 6×6×6 cube's nearest), or none for `38;2;R;G;B`.
fn extended(codes: &mut impl Iterator<Item = Option<u16>>) -> Option<u8> {
    match codes.next().flatten() {
        Some(5) => codes.next().flatten().and_then(|n| match n {
            0..=15 => u8::try_from(n).ok(),
            16..=231 => {
                let n = n - 16;
                let (r, g, b) = (n / 36, n / 6 % 6, n % 6);
                let strong = r.max(g).max(b);
                let bit = |part: u16| u8::from(part * 2 > strong);
                let bright = if strong > 3 { 8 } else { 0 };
                Some(bright + bit(r) + 2 * bit(g) + 4 * bit(b))
            }
            _ => None,
        }),
        Some(2) => {
            codes.nth(2);
            None
        }
        _ => None,
    }
}

/// Calls `each` for every run of text, with its style. Other escape sequences are left out.
fn walk<'a>(text: &'a str, mut each: impl FnMut(&'a str, &Style)) {
    let mut style = Style::default();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let (before, sequence) = rest.split_at(at);
        if !before.is_empty() {
            each(before, &style);
        }
        let sequence = &sequence[1..];
        rest = match sequence.strip_prefix('[') {
            Some(body) => {
                // Parameters, then one letter or symbol: ECMA-48, 5.4.
                let end = body.find(|c: char| ('@'..='~').contains(&c) || c < ' ' || !c.is_ascii());
                match end {
                    Some(end) if body[end..].starts_with('m') => {
                        style.apply(&body[..end]);
                        &body[end + 1..]
                    }
                    Some(end) if body[end..].starts_with(|c: char| ('@'..='~').contains(&c)) => &body[end + 1..],
                    Some(end) => &body[end..],
                    None => "",
                }
            }
            None => match sequence.strip_prefix(']') {
                // An operating system command, such as a window title or a link: up to BEL or ESC \.
                Some(body) => match body.find(['\u{7}', '\u{1b}']) {
                    Some(end) => {
                        body[end..].strip_prefix("\u{1b}\\").unwrap_or(body[end..].trim_start_matches('\u{7}'))
                    }
                    None => "",
                },
                None => sequence,
            },
        };
    }
    if !rest.is_empty() {
        each(rest, &style);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colors_become_classes_and_text_is_escaped() {
        assert_eq!(
            to_html("\u{1b}[1;31m<b>\u{1b}[0m & \u{1b}[38;5;9mx\u{1b}[39my\u{1b}[94mz").0,
            "<span class=\"ansi-1 ansi-bold\">&lt;b&gt;</span> &amp; <span class=\"ansi-9\">x</span>y<span class=\"ansi-12\">z</span>"
        );
        assert_eq!(to_html("\u{1b}[38;2;1;2;3mrgb\u{1b}[m\u{1b}[48;5;1mb").0, "rgb<span class=\"ansi-b1\">b</span>");
    }

    #[test]
    fn other_sequences_are_left_out() {
        assert_eq!(strip("a\u{1b}[2Jb\u{1b}]0;title\u{7}c\u{1b}]8;;http://x\u{1b}\\d\u{1b}[31"), "abcd");
        assert_eq!(to_html("bell\u{7}").0, "bell␇");
    }

    proptest! {
        #[test]
        fn no_escape_is_left(text in any::<String>(), codes in "(\u{1b}[\\[\\]]?[0-9;:m]{0,6}[a-z<é]?){0,5}") {
            let text = format!("{codes}{text}{codes}");
            let escape = '\u{1b}';
            let html = to_html(&text).0;
            let tags = html.replace("<span class=\"ansi-", "").replace("</span>", "").contains('<');
            prop_assert!(!strip(&text).contains(escape) && !html.contains(escape) && !tags, "{html}");
        }
    }
}
