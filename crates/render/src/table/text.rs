//! Tables as plain text.

use comfy_table::{Cell as TextCell, CellAlignment, ContentArrangement, LineStyle, TableStyle};
use kql::KqlType;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Table;
use crate::cell::one_line;

/// Characters of a value that are looked at: no terminal column gets wider.
const LONGEST: usize = 200;
/// A column is at least this wide before columns are left out instead.
const NARROWEST: usize = 10;
/// How wide a column may get when there are more columns than fit.
const CROWDED: usize = 24;
/// Spaces between columns.
const GAP: usize = 2;

/// A table as lines of at most `width` terminal columns, if that is possible.
pub(crate) fn render(table: &Table, in_section: bool, width: usize) -> String {
    let range = table.range(in_section);
    let mut out = String::new();
    match &table.caption {
        Some(caption) => out.push_str(&format!("{}: {}\n", one_line(caption, LONGEST), table.count(&range))),
        None => out.push_str(&format!("{}\n", table.count(&range))),
    }
    for note in &table.data.notes {
        out.push_str(&format!("! {}\n", one_line(note, 1_000)));
    }

    // A column is read when it is known to have a chance of being shown.
    let possible = table.data.columns.len().min(width / (1 + GAP) + 1);
    let columns: Vec<TextColumn> = table.data.columns[..possible]
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let precision = table.precision(&range, i);
            TextColumn {
                title: one_line(&column.name, LONGEST),
                right: column.ty.is_numeric() || column.ty == KqlType::TimeSpan,
                cells: range.clone().map(|row| table.cell(row, i).line(precision, LONGEST)).collect(),
            }
        })
        .collect();
    let shown = lines(&columns, width, table.data.columns.len(), &mut out);
    let left_out: Vec<String> = table.data.columns[shown..].iter().take(40).map(|c| one_line(&c.name, 40)).collect();
    if !left_out.is_empty() {
        let all = table.data.columns.len() - shown;
        let more = if all > left_out.len() { ", …" } else { "" };
        out.push_str(&format!(
            "{} not shown: {}{more}\n",
            crate::format::counted(all, "more column", "more columns"),
            left_out.join(", ")
        ));
    }
    out
}

/// A column of ready lines.
pub(crate) struct TextColumn {
    pub title: String,
    pub right: bool,
    pub cells: Vec<String>,
}

impl TextColumn {
    fn natural(&self) -> usize {
        self.cells.iter().map(|cell| cell.width()).max().unwrap_or(0).max(self.title.width()).max(1)
    }
}

/// Writes the columns that fit and returns how many those are. `all` is how many there would be.
pub(crate) fn lines(columns: &[TextColumn], width: usize, all: usize, out: &mut String) -> usize {
    if columns.is_empty() {
        return 0;
    }
    let natural: Vec<usize> = columns.iter().map(TextColumn::natural).collect();
    let total = |cap: usize| natural.iter().map(|w| (*w).min(cap) + GAP).sum::<usize>() - GAP;
    let fits = (columns.len() == all).then(|| (NARROWEST..=LONGEST).rev().find(|cap| total(*cap) <= width)).flatten();
    let (cap, shown) = match fits {
        Some(cap) => (cap, columns.len()),
        None => {
            let mut used = 0;
            let shown = natural.iter().take_while(|w| {
                used += (**w).min(CROWDED) + GAP;
                used <= width + GAP
            });
            (CROWDED.min(width), shown.count().max(1))
        }
    };

    let style = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut text = comfy_table::Table::new();
    text.load_style(style).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    let cell = |content: &str, right: bool| {
        let alignment = if right { CellAlignment::Right } else { CellAlignment::Left };
        TextCell::new(clip(content, cap)).set_alignment(alignment)
    };
    let columns = &columns[..shown];
    text.set_header(columns.iter().map(|c| cell(&c.title, c.right)).collect::<Vec<_>>());
    for row in 0..columns.iter().map(|c| c.cells.len()).max().unwrap_or(0) {
        text.add_row(
            columns.iter().map(|c| cell(c.cells.get(row).map_or("", String::as_str), c.right)).collect::<Vec<_>>(),
        );
    }
    for (i, column) in text.column_iter_mut().enumerate() {
        // The junction between two columns is a space already.
        let padding = if i + 1 == shown { 0 } else { u16::try_from(GAP - 1).unwrap_or(1) };
        column.set_padding((0, padding));
    }
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    shown
}

/// A text of at most `width` terminal columns; `…` stands for what was left out.
pub(crate) fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}
