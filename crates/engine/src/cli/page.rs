//! A document as a page of its own, and the width of the terminal.

use maud::{DOCTYPE, PreEscaped, html};
use render::Document;

/// A self-contained page: no script, no request to anywhere.
pub fn html(title: &str, document: &Document) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { "body{margin:1.5rem auto;max-width:80rem;padding:0 1rem;font-family:system-ui,sans-serif}" }
            }
            // The document escapes what it shows.
            body { (PreEscaped(document.html())) }
        }
    }
    .into_string()
}

/// Columns of the terminal: `COLUMNS` if set, otherwise what the terminal says; at least 60.
pub fn terminal_width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or_else(|| usize::from(console::Term::stdout().size().1))
        .max(60)
}
