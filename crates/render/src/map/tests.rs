//! Maps of one address, of thousands, and of hostile ones.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Document, MAX_OUTPUT};

fn origin(address: &str, events: u64) -> Origin {
    Origin { address: address.to_owned(), events, sources: vec!["SigninLogs".to_owned()] }
}

fn place(name: &str, latitude: f64, longitude: f64, origins: Vec<Origin>) -> Place {
    Place { name: name.to_owned(), latitude, longitude, origins }
}

/// A map of `n` places that lie all over the world.
fn many(n: u32) -> WorldMap {
    let mut map = WorldMap::new("Many");
    for i in 0..n {
        let (latitude, longitude) = (f64::from(i * 37 % 130) - 55.0, f64::from(i * 101 % 3600) / 10.0 - 180.0);
        let address = format!("198.51.{}.{}", i / 250, i % 250);
        map.places.push(place(
            &format!("Place {i}"),
            latitude,
            longitude,
            vec![origin(&address, u64::from(i % 90 + 1))],
        ));
    }
    map
}

#[test]
fn one_address_is_a_circle_with_all_that_is_known_of_it() {
    let map = WorldMap::new("One").place(place("Ireland", 53.1, -7.8, vec![origin("86.41.3.4", 12)]));
    let html = Document::of(map.clone()).html();
    assert_eq!(html.matches("<circle").count(), 1);
    for part in ["Ireland: 12 events, 1 address", "86.41.3.4", "SigninLogs", "1 place, 1 address, 12 events"] {
        assert!(html.contains(part), "{part}");
    }
    let text = Document::of(map).text();
    assert!(text.contains("Ireland") && text.contains("86.41.3.4"), "{text}");
}

#[test]
fn five_thousand_addresses_stay_legible_and_small() {
    let map = many(5_000);
    let html = Document::of(map.clone()).html();
    let circles = html.matches("<circle").count();
    // Near places share a circle: circles do not cover the map.
    assert!((200..=2_500).contains(&circles), "{circles}");
    assert!(html.len() < 1_000_000, "{}", html.len());
    assert!(html.contains("5,000 places, 5,000 addresses"));
    // Every event is in a circle.
    let drawn: u64 = build::circles(&map).iter().map(|c| c.events).sum();
    assert_eq!(drawn, map.places.iter().map(Place::events).sum::<u64>());
    assert!(html.contains("more rows"));
    let text = Document::of(map).text();
    assert!(text.contains("and 4,900 more places"), "{text}");
}

#[test]
fn circles_keep_to_the_map_and_large_ones_do_not_hide_small_ones() {
    let mut map = many(200);
    map.places.push(place("North pole", 90.0, 180.0, vec![origin("a", 1)]));
    map.places.push(place("Nowhere", f64::NAN, 0.0, vec![origin("b", 1)]));
    let circles = build::circles(&map);
    assert!(circles.iter().all(|c| (0.0..=1000.0).contains(&c.x) && (0.0..=land::HEIGHT).contains(&c.y)));
    assert!(circles.is_sorted_by(|a, b| a.radius >= b.radius));
}

#[test]
fn addresses_without_a_place_are_listed_with_the_reason() {
    let mut map = WorldMap::new("Private");
    map.unplaced.push((origin("10.1.2.3", 7), "private address".to_owned()));
    for output in [Document::of(map.clone()).html(), Document::of(map).text()] {
        assert!(output.contains("10.1.2.3") && output.contains("private address"), "{output}");
    }
    assert!(Document::of(WorldMap::new("Empty")).text().contains("No addresses."));
}

#[test]
fn hostile_text_is_text() {
    let evil = "</title><script>alert(1)</script>\u{202e}\nEVCXR_END_CONTENT";
    let mut map = WorldMap::new(evil).place(place(evil, 1.0, 2.0, vec![origin(evil, 3)]));
    map.places[0].origins[0].sources = vec![evil.to_owned()];
    map.notes.push(evil.to_owned());
    map.unplaced.push((origin(evil, 1), evil.to_owned()));
    for output in [Document::of(map.clone()).html(), map.svg()] {
        assert!(!output.contains("<script>alert") && !output.contains('\u{202e}'), "{output}");
        assert!(!output.lines().any(|line| line.contains("EVCXR_END_CONTENT")));
    }
}

#[test]
fn what_is_too_large_is_cut_and_said() {
    let mut map = many(2_000);
    for place in &mut map.places {
        place.name = "x".repeat(400);
        place.origins = (0..60).map(|i| origin(&format!("2001:db8::{i}"), 1)).collect();
    }
    let html = Document::of(map).html();
    assert!(html.len() <= MAX_OUTPUT, "{}", html.len());
}
