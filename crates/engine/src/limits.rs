//! How much memory queries may take.

use kql_polars::Options;

/// The environment variable that sets the limit for notebooks and for the commands without `--max-memory`.
pub const MAX_MEMORY: &str = "ENTITY_EXPLORER_MAX_MEMORY";

/// The limits of a query, where nobody asked for others.
pub fn options() -> Options {
    let mut options = Options { on_overrun: Some(give_up), ..Options::default() };
    if let Some(text) = std::env::var_os(MAX_MEMORY) {
        match parse_memory(&text.to_string_lossy()) {
            Ok(bytes) => options.max_memory = Some(bytes),
            Err(reason) => tracing::warn!("{MAX_MEMORY} is not used: {reason}"),
        }
    }
    options
}

/// The last resort against a query that does not stop: the process ends, and what started it is told why.
pub fn give_up(error: &kql::Error) {
    eprintln!("error: {}; it did not stop, so this process ended", error.message);
    std::process::exit(1);
}

/// `4GiB`, `4G`, `800MB`, `1.5GB`, `50%` (of the memory of the machine) as bytes.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_memory(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no amount of memory, such as 4GiB, 800MB or 50%");
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
    let number: f64 = text[..at].parse().map_err(|_| wrong())?;
    #[allow(clippy::cast_precision_loss, reason = "nobody counts bytes of memory")]
    let unit = match text[at..].trim().to_ascii_lowercase().as_str() {
        "%" if number <= 100.0 => kql_polars::limits::total_memory() as f64 / 100.0,
        "mb" => 1e6,
        "gb" => 1e9,
        "m" | "mib" => f64::from(1 << 20),
        "g" | "gib" => f64::from(1 << 30),
        _ => return Err(wrong()),
    };
    let bytes = number * unit;
    if bytes < f64::from(1 << 20) || bytes > 1e18 {
        return Err(wrong());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn amounts_of_memory() {
        assert_eq!(parse_memory("4GiB"), Ok(4 << 30));
        assert_eq!(parse_memory("1.5 g"), Ok(3 << 29));
        assert_eq!(parse_memory("800MB"), Ok(800_000_000));
        let half = parse_memory("50%").unwrap();
        assert!(half.abs_diff(kql_polars::limits::total_memory() / 2) < 2);
        for wrong in ["", "4", "GiB", "4 tons", "-4GiB", "0MB", "101%", "1..5GB", "9999999999999GB"] {
            assert!(parse_memory(wrong).is_err(), "{wrong}");
        }
    }
}
