//! An executed notebook as one HTML file that needs nothing else.
//!
//! The page makes no request of any kind, and its content security policy has the browser hold it to that. Scripts run only if the
//! caller knows their text beforehand ([`Page::scripts`]): the policy names their SHA-256 hashes, so a script in a
//! log value that slipped through would still not run.

pub mod ansi;
mod highlight;
pub mod markdown;

use data_encoding::BASE64;
use jupyter_protocol::{Media, MediaType};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use nbformat::v4::{Cell, Output};
use sha2::{Digest, Sha256};

use crate::Document;
use crate::Outcome;
use crate::document::{has_tag, source};
use crate::parameters::{INJECTED, PARAMETERS};
use markdown::Heading;

const STYLE: &str = include_str!("style.css");

/// What a page needs to know apart from the notebook.
#[derive(Debug, Clone, Default)]
pub struct Page<'a> {
    /// The title, where the notebook has none.
    pub title: &'a str,
    /// The exact texts of the scripts that outputs may bring along.
    pub scripts: &'a [&'a str],
    /// How the run ended, shown on top; `None` for a notebook that was not run just now.
    pub outcome: Option<&'a Outcome>,
    /// A line under the title, such as when the run was.
    pub subtitle: Option<&'a str>,
}

/// Writes a notebook as a page.
pub fn html(document: &Document, page: &Page<'_>) -> String {
    let mut headings = Vec::new();
    let mut number = 0;
    let cells: Vec<Markup> = document
        .notebook
        .cells
        .iter()
        .map(|cell| match cell {
            Cell::Markdown { .. } => html! {
                section.markdown { (markdown::to_html(&source(cell), &mut headings)) }
            },
            Cell::Code { outputs, .. } => {
                let code = source(cell);
                if code.trim().is_empty() {
                    return PreEscaped(String::new());
                }
                number += 1;
                code_cell(number, &code, outputs, cell)
            }
            Cell::Raw { .. } => html! { section.raw { pre { (source(cell)) } } },
        })
        .collect();
    let title = document.title().unwrap_or_else(|| page.title.to_owned());
    let policy = policy(page.scripts);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (contents(&headings))
                main {
                    @if let Some(subtitle) = page.subtitle { p.subtitle { (subtitle) } }
                    @if let Some(outcome) = page.outcome { (status(outcome)) }
                    @for cell in &cells { (cell) }
                }
            }
        }
    }
    .into_string()
}

fn policy(scripts: &[&str]) -> String {
    let hashes: String = scripts
        .iter()
        .map(|script| format!(" 'sha256-{}'", BASE64.encode(&Sha256::digest(script.as_bytes()))))
        .collect();
    let scripts = if hashes.is_empty() { " 'none'".to_owned() } else { hashes };
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src{scripts}; \
         base-uri 'none'; form-action 'none'"
    )
}

fn contents(headings: &[Heading]) -> Markup {
    let shown: Vec<&Heading> = headings.iter().filter(|heading| heading.level <= 3).collect();
    html! {
        @if shown.len() > 1 {
            nav aria-label="Contents" {
                p { "Contents" }
                ol {
                    @for heading in shown {
                        li class={ "level" (heading.level) } { a href={ "#" (heading.id) } { (heading.text) } }
                    }
                }
            }
        }
    }
}

fn status(outcome: &Outcome) -> Markup {
    let seconds = outcome.took.as_secs_f64();
    match &outcome.failure {
        None => html! {
            p.status.ok { "All " (outcome.total) " code cells ran to their end, in " (format!("{seconds:.1}")) " s." }
        },
        Some(failure) => html! {
            div.status.failed {
                p {
                    strong { "The run ended at code cell " (failure.number) " of " (outcome.total) "." }
                    " " a href={ "#cell-" (failure.number) } { "Go to the cell" }
                }
                pre { (failure.to_string()) }
            }
        },
    }
}

fn code_cell(number: usize, code: &str, outputs: &[Output], cell: &Cell) -> Markup {
    let label = if has_tag(cell, INJECTED) {
        Some("Parameters of this run")
    } else if has_tag(cell, PARAMETERS) {
        Some("Parameters")
    } else {
        None
    };
    let failed = outputs.iter().any(|output| matches!(output, Output::Error(_)));
    html! {
        section.cell.failed[failed] id={ "cell-" (number) } {
            @if let Some(label) = label { p.label { (label) } }
            div.code {
                span.number aria-hidden="true" { (number) }
                pre { code { (highlight::to_html(code)) } }
            }
            @for output in outputs { (self::output(output)) }
        }
    }
}

fn output(output: &Output) -> Markup {
    match output {
        Output::Stream { name, text } => html! {
            pre.stream.stderr[name == "stderr"] { (ansi::to_html(&text.0)) }
        },
        Output::DisplayData(display) => media(&display.data),
        Output::ExecuteResult(result) => media(&result.data),
        Output::Error(error) => {
            let trace = match error.traceback.is_empty() {
                true => format!("{}: {}", error.ename, error.evalue),
                false => error.traceback.join("\n"),
            };
            html! { pre.stream.error role="alert" { (ansi::to_html(&trace)) } }
        }
    }
}

/// The richest form of a value that a page without scripts of its own can show.
fn media(data: &Media) -> Markup {
    let rank = |media: &MediaType| match media {
        MediaType::Html(_) => 7,
        MediaType::Svg(_) => 6,
        MediaType::Png(_) | MediaType::Jpeg(_) | MediaType::Gif(_) => 5,
        MediaType::Markdown(_) => 4,
        MediaType::Plain(_) => 3,
        MediaType::Json(_) => 2,
        _ => 0,
    };
    match data.richest(rank) {
        // The renderer escapes what comes from logs; this is for the case that it did not.
        Some(MediaType::Html(text)) => {
            html! { div.output { (PreEscaped(without_reaching_out(text))) } }
        }
        // As a picture, an SVG can neither run scripts nor load anything.
        Some(MediaType::Svg(text)) => picture("image/svg+xml", &BASE64.encode(text.as_bytes())),
        Some(MediaType::Png(text)) => picture("image/png", text),
        Some(MediaType::Jpeg(text)) => picture("image/jpeg", text),
        Some(MediaType::Gif(text)) => picture("image/gif", text),
        Some(MediaType::Markdown(text)) => {
            html! { div.output { (markdown::to_html(text, &mut Vec::new())) } }
        }
        Some(MediaType::Plain(text)) => html! { pre.stream { (ansi::to_html(text)) } },
        Some(MediaType::Json(value)) => html! { pre.stream { (format!("{value:#}")) } },
        _ => {
            let types: Vec<&str> = data.content.iter().map(MediaType::mime_type).collect();
            html! { p.missing { "An output of type " (types.join(", ")) " is not shown here." } }
        }
    }
}

/// Elements that make a browser connect or go elsewhere in spite of a content security policy (a frame's host is connected to
/// before the policy is asked; a refresh is not asked about at all), or that send what is typed.
const REACHING_OUT: &[&str] = &[
    "applet",
    "base",
    "embed",
    "fencedframe",
    "form",
    "frame",
    "frameset",
    "iframe",
    "link",
    "meta",
    "object",
    "portal",
];

/// HTML in which the tags of [`REACHING_OUT`] are text. A tag begins with `<` and its name, nothing between, so no parser is needed
/// to find them all; that such text in a comment or an attribute is changed too does no harm.
fn without_reaching_out(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name: &str = tag[1..]
            .split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '<'))
            .next()
            .unwrap_or_default();
        let reaches = REACHING_OUT.iter().any(|known| known.eq_ignore_ascii_case(name));
        out.push_str(if reaches { "&lt;" } else { "<" });
        rest = &tag[1..];
    }
    out.push_str(rest);
    out
}

fn picture(kind: &str, base64: &str) -> Markup {
    let data: String = base64.chars().filter(|c| !c.is_whitespace()).collect();
    html! { div.output { img alt="Output" src={ "data:" (kind) ";base64," (data) }; } }
}

#[cfg(test)]
mod tests;
