//! How much memory queries may take, and what else holds for all of them.

use enrich::CountryDb;
use kql_polars::{Options, Place, Places};

/// The environment variable that sets the limit for notebooks and for the commands without `--max-memory`.
pub const MAX_MEMORY: &str = "ENTITY_EXPLORER_MAX_MEMORY";

/// The limits of a query, where nobody asked for others.
pub fn options() -> Options {
    let mut options = Options {
        on_overrun: Some(give_up),
        places: Some(places()),
        cancel: Some(crate::interrupt::flag()),
        ..Options::default()
    };
    if let Some(text) = std::env::var_os(MAX_MEMORY) {
        match parse_memory(&text.to_string_lossy()) {
            Ok(bytes) => options.max_memory = Some(bytes),
            Err(reason) => tracing::warn!("{MAX_MEMORY} is not used: {reason}"),
        }
    }
    options
}

/// Whom `geo_info_from_ip_address()` asks: the country database that is part of the program.
fn places() -> Places {
    let note = || match CountryDb::embedded() {
        Ok(db) => format!(
            "geo_info_from_ip_address() knows countries only, from the database of {} that is part of the program",
            db.built()
        ),
        Err(e) => format!("geo_info_from_ip_address() knows no place: {e}"),
    };
    Places::new(note, |address| {
        let country = CountryDb::embedded().ok()?.lookup(address)?;
        Some(Place { country: country.name.to_owned(), ..Place::default() })
    })
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
