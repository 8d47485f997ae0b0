//! Documents as HTML.

use maud::{Markup, PreEscaped, html};

use super::{Block, Document, Header, Notes, Section};
use crate::card::html as card;
use crate::cell::text_html;
use crate::escape::finish_markup;
use crate::limits::{Limits, MAX_OUTPUT, ellipsis, fit};
use crate::style::{SCRIPT, style};
use crate::{format, map, table, timeline};

/// What the frame around the blocks takes.
const FRAME: usize = 24_000;

pub(super) fn document(document: &Document) -> String {
    // Showing hidden characters makes text longer, up to four times, and that is the last step: should it not fit, the blocks
    // get less room.
    let mut budget = MAX_OUTPUT - FRAME;
    loop {
        let page = finish_markup(page(&document.blocks, budget).0);
        if page.len() <= MAX_OUTPUT || budget < 10_000 {
            return page;
        }
        budget /= 2;
    }
}

fn page(parts: &[Block], budget: usize) -> Markup {
    let interactive = has_script(parts);
    html! {
        div.ee {
            style { (PreEscaped(style())) }
            (blocks(parts, 0, budget))
            @if interactive { script { (PreEscaped(SCRIPT)) } }
        }
    }
}

/// Tables are sorted and filtered, maps are zoomed and filtered.
fn has_script(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Table(_) | Block::Map(_) => true,
        Block::Section(section) => has_script(&section.blocks),
        _ => false,
    })
}

/// Blocks one below the other. Small ones are drawn as they are; what is left is shared equally by those that are larger than
/// their share, so that a huge table cannot push out what follows.
fn blocks(parts: &[Block], depth: usize, budget: usize) -> Markup {
    // Parts that cannot even have a few hundred bytes each are not drawn at all.
    let shown = parts.len().min(budget / 600);
    let missing = (shown < parts.len()).then(|| {
        let rest = format::counted(parts.len() - shown, "more part is", "more parts are");
        notes(&Notes::warning([format!("The output is full: {rest} not shown.")]), Limits::STEPS[0])
    });
    let mut drawn: Vec<Markup> = parts[..shown].iter().map(|part| block(part, depth, budget)).collect();
    let sizes: Vec<usize> = drawn.iter().map(|part| part.0.len()).collect();
    if sizes.iter().sum::<usize>() > budget {
        let share = share(&sizes, budget);
        for ((part, drawn), _) in parts.iter().zip(&mut drawn).zip(&sizes).filter(|(_, size)| **size > share) {
            *drawn = block(part, depth, share);
        }
    }
    html! { @for part in drawn { (part) } (missing.unwrap_or_default()) }
}

/// The size above which parts have to be cut so that all of them fit.
fn share(sizes: &[usize], budget: usize) -> usize {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut left = budget;
    for (i, size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - i);
        if *size > share {
            return share;
        }
        left -= size;
    }
    budget
}

fn block(block: &Block, depth: usize, budget: usize) -> Markup {
    let drawn = match block {
        Block::Section(part) => return section(part, depth, budget),
        Block::Table(part) => return table::html(part, depth > 0, budget),
        Block::Timeline(part) => return timeline::html(part, budget),
        Block::Map(part) => return map::html(part, budget),
        Block::Header(part) => fit(budget, |limits| Some(header(part, limits).0)),
        Block::Entity(part) => fit(budget, |limits| card::entity(part, limits, budget)),
        Block::Alert(part) => fit(budget, |limits| card::alert(part, limits, budget)),
        Block::Notes(part) => fit(budget, |limits| Some(notes(part, limits).0)),
        Block::Text(part) => fit(budget, |limits| Some(paragraph(part, limits).0)),
    };
    match drawn {
        Some(drawn) => PreEscaped(drawn),
        None => notes(&Notes::warning(["A part of the result is too large to be shown here."]), Limits::STEPS[0]),
    }
}

fn header(header: &Header, limits: Limits) -> Markup {
    html! {
        header.hd {
            h3 {
                (ellipsis(&header.title, limits.value.min(300)))
                @if let Some(subject) = &header.subject { " " span.sj { (ellipsis(subject, limits.value.min(300))) } }
            }
            @if !header.facts.is_empty() {
                div.fc {
                    @for (i, (name, value)) in header.facts.iter().take(limits.items).enumerate() {
                        @if i > 0 { " · " }
                        span { span.m { (ellipsis(name, limits.value)) } " " (ellipsis(value, limits.value)) }
                    }
                    (more(header.facts.len(), limits.items, "fact", "facts"))
                }
            }
        }
    }
}

fn section(section: &Section, depth: usize, budget: usize) -> Markup {
    let limits = Limits::STEPS[1];
    let title = html! {
        @if depth == 0 { h4 { (ellipsis(&section.title, 300)) } } @else { h5 { (ellipsis(&section.title, 300)) } }
    };
    let intro = section.intro.as_deref().filter(|text| !text.is_empty()).map(|text| paragraph(text, limits));
    let taken = title.0.len() + intro.as_ref().map_or(0, |p| p.0.len()) + 200;
    let body = html! {
        @if let Some(intro) = intro { (intro) }
        // Blocks nested deeper than this are not laid out by anyone but a mistake; the recursion has to end all the same.
        @if depth < 16 { (blocks(&section.blocks, depth + 1, budget.saturating_sub(taken))) }
    };
    html! {
        section.sn {
            @if section.folded {
                details { summary { (title) } (body) }
            } @else {
                (title) (body)
            }
        }
    }
}

/// A box of notes; nothing when there are none.
pub(crate) fn notes(notes: &Notes, limits: Limits) -> Markup {
    let title = notes.title.as_deref().unwrap_or(notes.level.word());
    let title = ellipsis(title, limits.value.min(300));
    html! {
        @match notes.items.as_slice() {
            [] => {},
            [one] => div class=(notes.class()) { b { (title) ":" } " " (ellipsis(one, limits.value)) },
            items => div class=(notes.class()) {
                b { (title) ":" }
                ul {
                    @for item in items.iter().take(limits.items) { li { (ellipsis(item, limits.value)) } }
                }
                (more(items.len(), limits.items, "note", "notes"))
            },
        }
    }
}

fn paragraph(text: &str, limits: Limits) -> Markup {
    // A paragraph of a document is not folded as a cell would be, only cut.
    if text.chars().take(limits.value + 1).count() <= limits.value {
        html! { p.tx style="white-space: pre-wrap" { (text) } }
    } else {
        html! { div.tx { (text_html(text, limits)) } }
    }
}

/// `and 12 more facts`, where a list was cut.
pub(crate) fn more(all: usize, shown: usize, one: &str, many: &str) -> Markup {
    html! {
        @if all > shown { span.m { " and " (format::counted(all - shown, &format!("more {one}"), &format!("more {many}"))) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_large_parts_are_cut() {
        assert_eq!(share(&[10, 10, 10], 100), 100);
        assert_eq!(share(&[10, 200, 10], 100), 80);
        assert_eq!(share(&[300, 10, 200], 100), 45);
        assert_eq!(share(&[], 100), 100);
    }
}
