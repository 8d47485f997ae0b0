//! The map of the addresses of a table.

use std::collections::BTreeMap;

use enrich::{CountryDb, IpKind};
use kql_polars::KqlTable;
use render::WorldMap;
use render::map::{Origin, Place, country_point};

use crate::enrichment::{self, Lookup};
use crate::error::{Error, ErrorCode};
use crate::rows::{Row, rows};
use crate::workspace::Workspace;

/// Addresses are collected, then placed.
#[derive(Debug, Default)]
pub struct Addresses {
    /// Events and sources by address, as text.
    found: BTreeMap<String, (u64, Vec<String>)>,
    /// Cells without an address.
    without: u64,
}

impl Addresses {
    /// Adds the addresses of a cell, as logs write them, with the source that they are from.
    pub fn add(&mut self, cell: &str, source: &str, events: u64) {
        let mut any = false;
        for address in enrich::ip::parse_all(cell) {
            any = true;
            let entry = self.found.entry(address.to_string()).or_default();
            entry.0 += events;
            if !source.is_empty() && !entry.1.iter().any(|have| have == source) {
                entry.1.push(source.to_owned());
            }
        }
        if !any {
            self.without += events;
        }
    }

    /// Adds the addresses of a column. `source` names the column that says where a row is from, if there is one.
    ///
    /// # Errors
    /// When the table has no such column.
    pub fn add_column(&mut self, table: &KqlTable, column: &str, source: Option<&str>) -> Result<(), Error> {
        if table.position(column).is_none() {
            return Err(Error::unknown("column", column, table.columns.iter().map(|c| c.name.as_str())));
        }
        for row in rows(table) {
            let from = source.map_or_else(|| column.to_owned(), |source| row.text(source));
            self.add(&row.text(column), &from, 1);
        }
        Ok(())
    }

    /// The addresses on the map: each where the GeoIP services of the workspace have it, else at its country.
    ///
    /// # Errors
    /// When the country database cannot be read.
    pub fn map(self, workspace: Option<&Workspace>, title: &str) -> Result<WorldMap, Error> {
        let db = CountryDb::embedded().map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        let mut map = WorldMap::new(title);
        let mut places: BTreeMap<String, Place> = BTreeMap::new();
        let mut by_country = false;
        let located = self.located(workspace, &mut map.notes);
        for (text, (events, sources)) in self.found {
            let Ok(address) = text.parse() else { continue };
            let origin = Origin { address: text, events, sources };
            let kind = IpKind::of(address);
            if let Some((name, latitude, longitude)) = located.get(&origin.address) {
                let place =
                    Place { name: name.clone(), latitude: *latitude, longitude: *longitude, origins: Vec::new() };
                places.entry(name.clone()).or_insert(place).origins.push(origin);
                continue;
            }
            let Some(country) = db.lookup(address) else {
                let reason = match kind {
                    IpKind::Public => "no country is known for it".to_owned(),
                    other => format!("{} address", other.name().to_lowercase()),
                };
                map.unplaced.push((origin, reason));
                continue;
            };
            let Some((latitude, longitude)) = country_point(country.code) else {
                map.unplaced.push((origin, format!("{} is too small for the map", country.name)));
                continue;
            };
            by_country = true;
            let place = places.entry(country.name.to_owned()).or_insert_with(|| Place {
                name: country.name.to_owned(),
                latitude,
                longitude,
                origins: Vec::new(),
            });
            place.origins.push(origin);
        }
        for place in places.values_mut() {
            place.origins.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.address.cmp(&b.address)));
        }
        map.unplaced.sort_by(|a, b| b.0.events.cmp(&a.0.events).then_with(|| a.0.address.cmp(&b.0.address)));
        map.places = places.into_values().collect();
        if by_country {
            map.notes.push(format!(
                "Places without a city are those of countries, by the country database of {}: a circle is in the middle of its country, not where the address is.",
                db.built()
            ));
        }
        if self.without > 0 {
            map.notes.push(format!(
                "{} without an address",
                render::format::counted(usize::try_from(self.without).unwrap_or(usize::MAX), "event", "events")
            ));
        }
        Ok(map)
    }

    /// Name and coordinates of the addresses that a service has a place for.
    fn located(&self, workspace: Option<&Workspace>, notes: &mut Vec<String>) -> BTreeMap<String, (String, f64, f64)> {
        let addresses: Vec<&str> = self.found.keys().map(String::as_str).collect();
        let answers = enrichment::of_values("Address", &addresses)
            .and_then(|table| enrichment::geoip(workspace, &Lookup::new(&table, "Address")));
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                notes.push(format!("Only countries are shown: {}", error.message));
                return BTreeMap::new();
            }
        };
        notes.extend(answers.notes.iter().filter(|note| note.contains(enrich::demo::NAME)).cloned());
        let real = |row: &Row<'_>, column: &str| match row.get(column) {
            Some(kql::Value::Real(number)) if number.is_finite() => Some(number),
            _ => None,
        };
        let place = |row: Row<'_>| {
            let parts = [row.text("City"), row.text("CountryOrRegionName")];
            let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
            Some((row.text("Address"), (name, real(&row, "Latitude")?, real(&row, "Longitude")?)))
        };
        rows(&answers).filter_map(place).filter(|(_, place)| !place.0.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_are_gathered_by_country_and_none_is_lost() {
        let mut addresses = Addresses::default();
        addresses.add("86.41.3.4:51234", "SigninLogs", 3);
        addresses.add("86.41.3.4", "OfficeActivity", 2);
        addresses.add("87.232.1.40", "SigninLogs", 1);
        addresses.add("10.1.2.3", "SecurityEvent", 4);
        addresses.add("-", "SecurityEvent", 5);
        let map = addresses.map(None, "Logons").unwrap();
        assert_eq!(map.places.len(), 1);
        assert_eq!(map.places[0].name, "Ireland");
        assert_eq!(map.places[0].events(), 6);
        assert_eq!(map.places[0].origins[0].sources, ["SigninLogs", "OfficeActivity"]);
        assert_eq!(map.unplaced[0].1, "private address");
        assert_eq!(map.notes[1], "5 events without an address");
    }
}
