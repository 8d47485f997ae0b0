//! Documents as plain text.

use super::{Block, Document, Header, Notes, Section};
use crate::card::text as card;
use crate::cell::one_line;
use crate::escape::finish_text;
use crate::limits::{MAX_OUTPUT, head};
use crate::{format, map, table, timeline};

/// Characters of one text that are shown.
const LONGEST: usize = 16_384;
/// Notes that are shown.
const NOTES: usize = 100;

pub(super) fn document(document: &Document, width: usize) -> String {
    let mut out = String::new();
    blocks(&document.blocks, 0, width, &mut out);
    let mut text = finish_text(&out);
    if text.len() > MAX_OUTPUT {
        let mut end = MAX_OUTPUT - 100;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str("…\n! The output is full: the rest is not shown.\n");
    }
    text
}

fn blocks(blocks: &[Block], depth: usize, width: usize, out: &mut String) {
    for part in blocks {
        let mut text = String::new();
        block(part, depth, width, &mut text);
        if text.is_empty() {
            continue;
        }
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
        out.push_str(&text);
        if !out.ends_with('\n') {
            out.push('\n');
        }
        if out.len() > MAX_OUTPUT {
            return;
        }
    }
}

fn block(block: &Block, depth: usize, width: usize, out: &mut String) {
    match block {
        Block::Header(part) => header(part, out),
        Block::Section(part) => section(part, depth, width, out),
        Block::Table(part) => out.push_str(&table::text(part, depth > 0, width)),
        Block::Timeline(part) => out.push_str(&timeline::text(part, width)),
        Block::Map(part) => out.push_str(&map::text(part, width)),
        Block::Entity(part) => card::entity(part, 0, width, out),
        Block::Alert(part) => card::alert(part, width, out),
        Block::Notes(part) => notes(part, out),
        Block::Text(part) => out.push_str(&cut(part)),
    }
}

fn header(header: &Header, out: &mut String) {
    let title = match &header.subject {
        Some(subject) => format!("{}: {}", one_line(&header.title, 300), one_line(subject, 300)),
        None => one_line(&header.title, 300),
    };
    underlined(&title, '═', out);
    for (name, value) in &header.facts {
        out.push_str(&format!("{}: {}\n", one_line(name, 100), one_line(value, 1_000)));
    }
}

fn section(section: &Section, depth: usize, width: usize, out: &mut String) {
    underlined(&one_line(&section.title, 300), if depth == 0 { '─' } else { '┄' }, out);
    if let Some(intro) = section.intro.as_deref().filter(|text| !text.is_empty()) {
        out.push_str(&cut(intro));
        out.push('\n');
    }
    if depth < 16 {
        let mut inner = String::new();
        blocks(&section.blocks, depth + 1, width, &mut inner);
        out.push_str(&inner);
    }
}

fn underlined(title: &str, line: char, out: &mut String) {
    use unicode_width::UnicodeWidthStr;
    out.push_str(title);
    out.push('\n');
    out.extend(std::iter::repeat_n(line, title.width()));
    out.push('\n');
}

fn notes(notes: &Notes, out: &mut String) {
    let title = notes.title.as_deref().unwrap_or(notes.level.word());
    let title = one_line(title, 300);
    match notes.items.as_slice() {
        [] => {}
        [one] => out.push_str(&format!("! {title}: {}\n", one_line(one, LONGEST))),
        items => {
            out.push_str(&format!("! {title}:\n"));
            for item in items.iter().take(NOTES) {
                out.push_str(&format!("  - {}\n", one_line(item, LONGEST)));
            }
            if items.len() > NOTES {
                out.push_str(&format!("  and {}\n", format::counted(items.len() - NOTES, "more note", "more notes")));
            }
        }
    }
}

fn cut(text: &str) -> String {
    match head(text, LONGEST) {
        (all, false) => all.to_owned(),
        (start, true) => format!("{start}…\n(the first {} characters)", format::count(LONGEST)),
    }
}
