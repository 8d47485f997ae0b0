//! How fast an answer of 500,000 rows and 40 columns is read, and how much memory that takes beside the table. On one core:
//!
//! ```sh
//! taskset -c 0 cargo run --release -p sentinel --example decode_speed
//! ```
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use sentinel::decode::Decoder;

const ROWS: usize = 500_000;
const COLUMNS: usize = 40;
/// Pieces as they come from the network.
const PIECE: usize = 64 << 10;

/// The columns of a table of sign-ins, more or less: half text, the rest times, numbers, flags, JSON.
fn ty(column: usize) -> &'static str {
    match column % 10 {
        0 => "datetime",
        1 => "long",
        2 => "real",
        3 => "bool",
        4 => "dynamic",
        5 => "guid",
        _ => "string",
    }
}

fn row(number: usize, out: &mut String) {
    out.push(if number == 0 { '[' } else { ',' });
    out.push('[');
    for column in 0..COLUMNS {
        if column > 0 {
            out.push(',');
        }
        let n = number.wrapping_mul(2_654_435_761).wrapping_add(column * 97) % 1_000_000;
        let _ = match ty(column) {
            "datetime" => {
                write!(out, "\"2024-01-{:02}T{:02}:{:02}:{:02}.{:07}Z\"", n % 28 + 1, n % 24, n % 60, n % 59, n)
            }
            "long" => write!(out, "{n}"),
            "real" => write!(out, "{}.{}", n, n % 100),
            "bool" => write!(out, "{}", n.is_multiple_of(2)),
            "dynamic" => write!(out, "\"{{\\\"city\\\":\\\"Zürich\\\",\\\"n\\\":{n}}}\""),
            "guid" => write!(out, "\"{n:08x}-41ab-4e44-80da-{n:012x}\""),
            _ if column % 3 == 0 => write!(out, "\"user{}@contoso.com\"", n % 5000),
            _ if column % 3 == 1 => write!(out, "\"Success {}\"", n % 7),
            _ => write!(out, "\"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/{}.0\"", n % 200),
        };
    }
    out.push(']');
}

/// The memory that the process has in RAM now, and the most it had since the last [`forget_peak`], in bytes.
fn memory() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse::<usize>().ok()).unwrap_or(0) * 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}

fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn main() -> Result<(), sentinel::decode::DecodeError> {
    let columns: Vec<String> =
        (0..COLUMNS).map(|n| format!("{{\"name\":\"Column{n}\",\"type\":\"{}\"}}", ty(n))).collect();
    let mut waiting =
        format!("{{\"tables\":[{{\"name\":\"PrimaryResult\",\"columns\":[{}],\"rows\":", columns.join(","));
    waiting.reserve(4 * PIECE);
    let mut decoder = Decoder::default();
    let (mut spent, mut bytes) = (Duration::ZERO, 0);
    forget_peak();
    let (before, _) = memory();
    for number in 0..=ROWS {
        if number < ROWS {
            row(number, &mut waiting);
        } else {
            waiting.push_str("]}]}");
        }
        while waiting.len() >= PIECE || (number == ROWS && !waiting.is_empty()) {
            let rest = waiting.split_off(waiting.floor_char_boundary(waiting.len().min(PIECE)));
            let piece = std::mem::replace(&mut waiting, rest);
            // Only what is read is measured, not what makes it.
            let started = Instant::now();
            decoder.push(piece.as_bytes())?;
            spent += started.elapsed();
            bytes += piece.len();
        }
    }
    let started = Instant::now();
    let answer = decoder.finish()?;
    spent += started.elapsed();
    let (_, peak) = memory();
    let table = &answer.tables[0].table;
    let size = table.frame.estimated_size();
    println!("{} rows × {} columns, {:.0} MB of JSON", table.rows(), table.columns.len(), bytes as f64 / 1e6);
    println!("{:.2} s, {:.0} MB/s", spent.as_secs_f64(), bytes as f64 / 1e6 / spent.as_secs_f64());
    println!(
        "table {:.0} MB, most memory while it was read {:.0} MB: {:.2} times the table",
        size as f64 / 1e6,
        (peak - before) as f64 / 1e6,
        (peak - before) as f64 / size as f64
    );
    Ok(())
}
