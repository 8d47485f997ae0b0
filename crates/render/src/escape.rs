//! Making log data harmless, in one place.
//!
//! HTML escaping itself is maud's. This module does what no template engine does: characters that change how *other*
//! text looks (terminal escapes, text-direction overrides, invisible characters), the kernel's markers, links, and cells that a
//! spreadsheet would run.

use std::borrow::Cow;

/// What every line of the kernel's own protocol begins with: `EVCXR_BEGIN_CONTENT`, `EVCXR_END_CONTENT`,
/// `EVCXR_PANIC_NOTIFICATION`, `EVCXR_INPUT_REQUEST`, … (evcxr 0.22, `eval_context.rs`). A log value with such text could
/// otherwise end an output early, open one of its own, or ask the analyst for a password.
const MARKER_PREFIX: &str = "EVCXR_";

/// Breaks up the kernel's markers with a zero-width space, so that the kernel prints them instead of acting on them.
///
/// ```
/// assert_eq!(render::escape::break_markers("EVCXR_END_CONTENT"), "EVCXR\u{200b}_END_CONTENT");
/// ```
pub fn break_markers(text: &str) -> Cow<'_, str> {
    if text.contains(MARKER_PREFIX) {
        Cow::Owned(text.replace(MARKER_PREFIX, "EVCXR\u{200b}_"))
    } else {
        Cow::Borrowed(text)
    }
}

/// [`break_markers`] for finished HTML or SVG, where a character reference leaves the text as it was.
fn break_markers_markup(markup: String) -> String {
    if markup.contains(MARKER_PREFIX) { markup.replace(MARKER_PREFIX, "EVCXR&#95;") } else { markup }
}

/// The last step of HTML and SVG: nothing invisible or directional is left, and no marker.
pub(crate) fn finish_markup(markup: String) -> String {
    let markup = match visible(&markup) {
        Cow::Borrowed(_) => markup,
        Cow::Owned(changed) => changed,
    };
    break_markers_markup(markup)
}

/// The last step of plain text, likewise.
pub(crate) fn finish_text(text: &str) -> String {
    break_markers(&visible(text)).into_owned()
}

/// Text with everything visible that would otherwise act: control characters (so also terminal escape sequences) become
/// their pictures (`␛`), text-direction overrides and invisible characters their code points (`⟨U+202E⟩`). Line feeds and
/// tabs stay; CR LF becomes LF.
///
/// ```
/// assert_eq!(render::escape::visible("\u{1b}[31mred\u{202e}"), "␛[31mred⟨U+202E⟩");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    replace(text, |c| c != '\n' && c != '\t' && acts(c))
}

/// [`visible`] on one line: a line feed becomes `↵`, a tab `⇥`.
///
/// ```
/// assert_eq!(render::escape::visible_line("a\r\nb\tc"), "a↵b⇥c");
/// ```
pub fn visible_line(text: &str) -> Cow<'_, str> {
    replace(text, acts)
}

fn replace(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find(&hidden) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    let mut rest = text[first..].chars().peekable();
    while let Some(c) = rest.next() {
        if !hidden(c) {
            out.push(c);
            continue;
        }
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' => out.push('↵'),
            '\t' => out.push('⇥'),
            '\u{7f}' => out.push('␡'),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            _ => out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

/// Whether a character does something else than show itself. Joiners and variation selectors are left alone, since scripts
/// and emoji need them.
fn acts(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        // Non-characters: not allowed in XML, so not in SVG either.
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Hosts a reference may link to: documentation, portals and threat intelligence services.
const LINK_HOSTS: &[&str] = &[
    "abuseipdb.com",
    "app.crowdsec.net",
    "attack.mitre.org",
    "exchange.xforce.ibmcloud.com",
    "learn.microsoft.com",
    "microsoft.com",
    "otx.alienvault.com",
    "portal.azure.com",
    "pulsedive.com",
    "rdap.org",
    "security.microsoft.com",
    "urlhaus.abuse.ch",
    "viz.greynoise.io",
    "www.abuseipdb.com",
    "www.microsoft.com",
    "www.virustotal.com",
];

/// The address if it may become a link: http or https, plain ASCII, and a host of a short list. Anything else is shown as
/// text.
///
/// ```
/// use render::escape::safe_link;
/// assert!(safe_link("https://learn.microsoft.com/kusto/").is_some());
/// assert!(safe_link("javascript:alert(1)").is_none());
/// assert!(safe_link("https://learn.microsoft.com@evil.example/").is_none());
/// ```
pub fn safe_link(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>`\\{}|^".contains(&b));
    let host = rest.split(['/', '?', '#']).next()?;
    (plain && url.len() <= 2000 && LINK_HOSTS.contains(&host.to_ascii_lowercase().as_str())).then_some(url)
}

/// Whether a spreadsheet would take a cell with this text for a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). Leading spaces do not protect: some programs trim them.
///
/// ```
/// use render::escape::is_formula;
/// assert!(is_formula("=HYPERLINK(\"http://evil.example\")") && is_formula("\t=1") && is_formula("@SUM(1)"));
/// assert!(!is_formula("alice@contoso.com"));
/// ```
pub fn is_formula(text: &str) -> bool {
    matches!(
        text.trim_start_matches([' ', '\u{a0}']).chars().next(),
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(visible("plain\ttext\n日本語 👩‍💻 עברית"), Cow::Borrowed(_)));
        assert!(matches!(break_markers("EVCXR BEGIN"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(
            visible("a\0b\u{7f}\u{85}\u{feff}\u{e0041}\u{2066}x\u{2069}"),
            "a␀b␡⟨U+0085⟩⟨U+FEFF⟩⟨U+E0041⟩⟨U+2066⟩x⟨U+2069⟩"
        );
        assert_eq!(visible("one\r\ntwo\rthree"), "one\ntwo␍three");
    }

    #[test]
    fn markers_are_broken_in_text_and_markup() {
        assert!(!finish_text("x\nEVCXR_PANIC_NOTIFICATION\n").contains("EVCXR_"));
        assert_eq!(
            finish_markup("<b>EVCXR_BEGIN_CONTENT text/html</b>".into()),
            "<b>EVCXR&#95;BEGIN_CONTENT text/html</b>"
        );
    }

    #[test]
    fn only_known_hosts_become_links() {
        for bad in [
            "javascript:alert(1)",
            "https://evil.example/",
            "https://learn.microsoft.com.evil.example/",
            "https://learn.microsoft.com:8443/",
            "https://learn.microsoft.com\\@evil.example/",
            "//learn.microsoft.com/",
            "https://learn.microsoft.com/\"onload=",
            "https://learn.microsoft.com/\u{202e}",
            " https://learn.microsoft.com/",
            "",
        ] {
            assert_eq!(safe_link(bad), None, "{bad:?}");
        }
        assert!(safe_link("https://www.virustotal.com/gui/ip-address/203.0.113.5").is_some());
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left(text in "(?s).*") {
            let shown = visible(&text);
            prop_assert!(!shown.contains(|c: char| c != '\n' && c != '\t' && acts(c)));
            prop_assert!(!visible_line(&text).contains(acts));
            // Showing is final: what it produces needs no second pass.
            prop_assert_eq!(visible(&shown), shown.as_ref());
        }

        #[test]
        fn no_marker_is_left(before in ".*", after in ".*") {
            let text = format!("{before}EVCXR_{after}");
            prop_assert!(!break_markers(&text).contains(MARKER_PREFIX));
        }
    }
}
