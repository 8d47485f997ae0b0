//! Comma-separated values (RFC 4180), and what else goes by that name.

use std::collections::HashSet;
use std::io;

use super::decode::File;
use super::raw::{Kind, RawTable};

/// Where a cell lies in the buffer, and whether it has quotes to be taken away.
#[derive(Debug, Clone, Copy)]
struct Cell {
    from: usize,
    to: usize,
    quoted: bool,
}

/// Reads a file into `table`.
pub fn read(mut file: File, table: &mut RawTable) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut more = file.append(&mut buffer)?;
    let delimiter = delimiter(&buffer);
    let mut columns: Option<Vec<Option<usize>>> = None;
    let (mut start, mut cells, mut scratch) = (0, Vec::new(), Vec::new());
    loop {
        match record(&buffer, start, delimiter, more, &mut cells) {
            Some(end) => {
                // An empty line is no row.
                if cells.last().is_some_and(|c| c.quoted && !closed(&buffer[c.from..c.to])) {
                    let row = table.rows + 1;
                    table.mended.notes.push(format!(
                        "a quotation mark in row {row} is never closed: its cell goes on to the end of the file"
                    ));
                }
                let blank = cells.len() == 1 && cells[0].from == cells[0].to && !cells[0].quoted;
                if !blank {
                    match &columns {
                        None => columns = Some(titles(&buffer, &cells, table)),
                        Some(columns) => row(&buffer, &cells, columns, table, &mut scratch),
                    }
                }
                start = end;
            }
            None if more => {
                buffer.drain(..start);
                start = 0;
                // Twice as much each time, so that one huge cell is not looked through again and again.
                let wanted = buffer.len() * 2;
                more = file.append(&mut buffer)?;
                while more && buffer.len() < wanted {
                    more = file.append(&mut buffer)?;
                }
            }
            None => break,
        }
        if start >= buffer.len() && !more {
            break;
        }
    }
    if let Some(reason) = file.cut {
        table.mended.notes.push(format!("the file ends early ({reason}); the rows up to there were read"));
    }
    Ok(())
}

/// Comma, unless the first line has none outside quotes and has semicolons or tabs.
fn delimiter(buffer: &[u8]) -> u8 {
    let (mut counts, mut quoted) = ([0usize; 3], false);
    for b in buffer {
        match b {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    match counts {
        [0, semicolons, tabs] if semicolons > 0 && semicolons >= tabs => b';',
        [0, _, tabs] if tabs > 0 => b'\t',
        _ => b',',
    }
}

/// Finds the cells of the record that begins at `start`, and where the next one does; `None` if more bytes are needed to know.
fn record(buffer: &[u8], start: usize, delimiter: u8, more: bool, cells: &mut Vec<Cell>) -> Option<usize> {
    cells.clear();
    let mut at = start;
    if at >= buffer.len() {
        return None;
    }
    loop {
        let from = at;
        let quoted = buffer.get(at) == Some(&b'"');
        if quoted {
            at += 1;
            loop {
                let rest = buffer.get(at..)?;
                at += memchr::memchr(b'"', rest).unwrap_or(rest.len());
                if at >= buffer.len() {
                    // A quote that is never closed: the rest of the file is its cell.
                    if more {
                        return None;
                    }
                    cells.push(Cell { from, to: buffer.len(), quoted });
                    return Some(buffer.len());
                }
                if buffer.get(at + 1) == Some(&b'"') {
                    at += 2;
                } else if at + 1 >= buffer.len() && more {
                    return None;
                } else {
                    at += 1;
                    break;
                }
            }
        }
        // To the end of the cell; after a closing quote there should be nothing.
        let rest = &buffer[at..];
        let Some(length) = memchr::memchr3(delimiter, b'\n', b'\r', rest) else {
            if more {
                return None;
            }
            cells.push(Cell { from, to: buffer.len(), quoted });
            return Some(buffer.len());
        };
        at += length;
        match buffer[at] {
            b if b == delimiter => {
                cells.push(Cell { from, to: at, quoted });
                at += 1;
                if at >= buffer.len() {
                    if more {
                        return None;
                    }
                    cells.push(Cell { from: at, to: at, quoted: false });
                    return Some(at);
                }
            }
            b'\n' => {
                cells.push(Cell { from, to: at, quoted });
                return Some(at + 1);
            }
            _ => {
                cells.push(Cell { from, to: at, quoted });
                return match buffer.get(at + 1) {
                    Some(b'\n') => Some(at + 2),
                    Some(_) => Some(at + 1),
                    None if more => None,
                    None => Some(at + 1),
                };
            }
        }
    }
}

/// Whether a quoted cell has its closing quote: an even number of quotes in all.
fn closed(cell: &[u8]) -> bool {
    cell.iter().filter(|b| **b == b'"').count() % 2 == 0
}

/// The bytes of a cell, without quotes.
fn content<'a>(buffer: &'a [u8], cell: &Cell, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let bytes = &buffer[cell.from..cell.to];
    if !cell.quoted {
        return bytes;
    }
    let inner = &bytes[1..];
    if let [inner @ .., b'"'] = inner
        && !inner.contains(&b'"')
    {
        return inner;
    }
    scratch.clear();
    let mut i = 0;
    while i < inner.len() {
        if inner[i] == b'"' {
            if inner.get(i + 1) == Some(&b'"') {
                scratch.push(b'"');
                i += 1;
            }
        } else {
            scratch.push(inner[i]);
        }
        i += 1;
    }
    scratch
}

/// The columns of the title line; `None` for those that are not kept.
fn titles(buffer: &[u8], cells: &[Cell], table: &mut RawTable) -> Vec<Option<usize>> {
    let mut seen = HashSet::new();
    let mut columns = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        let mut scratch = Vec::new();
        let title = RawTable::text(&mut table.mended, content(buffer, cell, &mut scratch)).trim().to_owned();
        let (name, zone) = zone(&title);
        let mut name = name.to_owned();
        if name.is_empty() {
            name = format!("Column{}", i + 1);
            table.mended.notes.push(format!("column {} has no title and is called {name}", i + 1));
        }
        if seen.contains(&name) {
            let other = (1..).map(|n| format!("{name}{n}")).find(|n| !seen.contains(n)).unwrap_or_default();
            table.mended.notes.push(format!("there is more than one column {name}; another is called {other}"));
            name = other;
        }
        seen.insert(name.clone());
        if zone.is_some_and(|z| z != "UTC") {
            table.mended.notes.push(format!(
                "{title} is in a local time that the file does not tell, and is read as if it were UTC; export it with UTC times to be exact"
            ));
        }
        let column = table.column(&name, false);
        if let Some(column) = column {
            table.columns[column].dated |= zone.is_some();
        }
        columns.push(column);
    }
    columns
}

/// Splits `TimeGenerated [UTC]`, as the Azure portal titles a datetime column, into name and zone.
fn zone(title: &str) -> (&str, Option<&str>) {
    let split = title.strip_suffix(']').and_then(|t| t.rsplit_once(" ["));
    match split {
        Some((name, zone)) if zone == "UTC" || zone == "Local Time" || zone.starts_with("UTC") => (name, Some(zone)),
        _ => (title, None),
    }
}

fn row(buffer: &[u8], cells: &[Cell], columns: &[Option<usize>], table: &mut RawTable, scratch: &mut Vec<u8>) {
    for (cell, column) in cells.iter().zip(columns) {
        let Some(column) = *column else { continue };
        if cell.from == cell.to {
            continue;
        }
        let bytes = content(buffer, cell, scratch);
        let text = RawTable::text(&mut table.mended, bytes);
        table.set(column, &text, Kind::Plain);
    }
    table.mended.short += u64::from(cells.len() < columns.len());
    table.mended.long += u64::from(cells.len() > columns.len());
    table.end_row();
}
