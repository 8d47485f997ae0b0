//! Writes maps as web pages, to be looked at: `cargo run --release -p render --example map -- FOLDER`.

use render::Document;
use render::map::{Origin, Place, WorldMap, country_point};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    for (name, count) in [("one", 1_u32), ("few", 40), ("many", 5_000)] {
        let mut map = WorldMap::new(format!("{count} addresses"));
        let countries = ["RU", "IE", "US", "SG", "DE", "JP", "GB", "NL", "BR", "ZA", "AU", "IN"];
        for i in 0..count {
            let (latitude, longitude) = country_point(countries[i as usize % countries.len()]).unwrap_or_default();
            let spread = if count > 1_000 { 14.0 } else { 0.0 };
            let shift = |k: u32| (f64::from(i * k % 1_000) / 500.0 - 1.0) * spread;
            let origins = vec![Origin {
                address: format!("198.51.{}.{}", i / 250, i % 250),
                events: u64::from(i * 7 % 90 + 1),
                sources: vec!["SigninLogs".to_owned()],
            }];
            let name = countries[i as usize % countries.len()].to_owned();
            map.places.push(Place { name, latitude: latitude + shift(37), longitude: longitude + shift(61), origins });
        }
        let html = Document::of(map).html();
        std::fs::write(format!("{folder}/map-{name}.html"), format!("<!doctype html><meta charset=\"utf-8\">{html}"))?;
    }
    Ok(())
}
