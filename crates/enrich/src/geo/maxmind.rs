//! MaxMind databases: <https://dev.maxmind.com/geoip/docs/databases/city-and-country>, <https://dev.maxmind.com/geoip/docs/databases/asn>.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;

use super::provider::{GeoIp, Location};
use crate::country::Country;
use crate::failure::Failure;

/// Why a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaxMindError {
    /// There is none in the folder.
    #[error("there is no GeoLite2-City.mmdb or GeoLite2-Country.mmdb in {}: set AuthKey and AccountID for it to be downloaded", .0.display())]
    NoDatabase(PathBuf),
    /// It is damaged, or no database.
    #[error("{} is damaged or no MaxMind database ({why}): delete it, so that it is downloaded again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It cannot be read.
    #[error("{} cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        why: String,
    },
}

/// A database, and the file it came from.
#[derive(Debug)]
struct Db {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
}

impl Db {
    fn open(path: &Path) -> Result<Self, MaxMindError> {
        let path = path.to_owned();
        let bytes =
            std::fs::read(&path).map_err(|e| MaxMindError::Unreadable { path: path.clone(), why: e.to_string() })?;
        match check(bytes) {
            Ok(reader) => Ok(Self { path, reader }),
            Err(why) => Err(MaxMindError::Damaged { path, why }),
        }
    }

    fn failure(&self, error: &MaxMindDbError) -> Failure {
        Failure::Request(MaxMindError::Damaged { path: self.path.clone(), why: error.to_string() }.to_string())
    }
}

/// The reader of a database, which must be one with data.
pub(crate) fn check(bytes: Vec<u8>) -> Result<Reader<Vec<u8>>, String> {
    let reader = Reader::from_source(bytes).map_err(|e| e.to_string())?;
    match reader.metadata().node_count {
        0 => Err("it is empty".to_owned()),
        _ => Ok(reader),
    }
}

/// The databases of a folder.
#[derive(Debug)]
pub struct MaxMind {
    places: Db,
    systems: Option<Db>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Place<'a> {
    #[serde(borrow)]
    country: Named<'a>,
    #[serde(borrow)]
    registered_country: Named<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Named<'a>>,
    #[serde(borrow)]
    city: Named<'a>,
    location: Point,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named<'a> {
    iso_code: &'a str,
    #[serde(borrow)]
    names: English<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct English<'a> {
    en: &'a str,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Point {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct System<'a> {
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: &'a str,
}

impl MaxMind {
    /// What is looked for in a folder, the best first.
    const PLACES: [&'static str; 4] = ["GeoIP2-City", "GeoLite2-City", "GeoIP2-Country", "GeoLite2-Country"];
    const SYSTEMS: [&'static str; 2] = ["GeoLite2-ASN", "GeoIP2-ISP"];

    /// The databases of a folder: a City or Country one, and an ASN one if there is one.
    ///
    /// # Errors
    /// When there is none, or one is damaged.
    pub fn open(folder: &Path) -> Result<Self, MaxMindError> {
        let find = |names: &[&str]| {
            let paths = names.iter().map(|name| folder.join(format!("{name}.mmdb")));
            paths.into_iter().find(|path| path.is_file()).map(|path| Db::open(&path)).transpose()
        };
        let places = find(&Self::PLACES)?.ok_or_else(|| MaxMindError::NoDatabase(folder.to_owned()))?;
        Ok(Self { places, systems: find(&Self::SYSTEMS)? })
    }

    /// When the database of places was made, in seconds since 1970.
    pub fn built(&self) -> u64 {
        self.places.reader.metadata().build_epoch
    }

    /// Where an address is; `None` if it is in no database.
    ///
    /// # Errors
    /// When a database turns out to be damaged.
    pub fn lookup(&self, address: IpAddr) -> Result<Option<Location>, Failure> {
        let mut location = Location::default();
        let found = self.places.reader.lookup(address).map_err(|e| self.places.failure(&e))?;
        if let Some(place) = found.decode::<Place<'_>>().map_err(|e| self.places.failure(&e))? {
            let country = if place.country.iso_code.is_empty() { place.registered_country } else { place.country };
            let name = match country.names.en {
                "" => Country::of_code(country.iso_code).map_or("", |c| c.name),
                name => name,
            };
            location.country_code = owned(country.iso_code);
            location.country = owned(name);
            location.state = owned(place.subdivisions.first().map_or("", |s| s.names.en));
            location.city = owned(place.city.names.en);
            location.latitude = place.location.latitude;
            location.longitude = place.location.longitude;
        }
        if let Some(systems) = &self.systems {
            let found = systems.reader.lookup(address).map_err(|e| systems.failure(&e))?;
            if let Some(system) = found.decode::<System<'_>>().map_err(|e| systems.failure(&e))? {
                location.asn = system.autonomous_system_number;
                location.as_organization = owned(system.autonomous_system_organization);
            }
        }
        Ok((!location.is_empty()).then_some(location))
    }
}

/// Nothing is allocated for what is not there.
fn owned(text: &str) -> Cow<'static, str> {
    if text.is_empty() { Cow::Borrowed("") } else { Cow::Owned(text.to_owned()) }
}

#[async_trait]
impl GeoIp for MaxMind {
    fn name(&self) -> &'static str {
        "GeoLite2"
    }

    async fn locate(&self, addresses: &[IpAddr]) -> Vec<Result<Option<Location>, Failure>> {
        addresses.iter().map(|address| self.lookup(*address)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/geo")
    }

    #[test]
    fn city_and_system() {
        let db = MaxMind::open(&folder()).unwrap();
        let location = db.lookup("81.2.69.163".parse().unwrap()).unwrap().unwrap();
        assert_eq!(
            location,
            Location {
                country_code: "GB".into(),
                country: "United Kingdom".into(),
                state: "England".into(),
                city: "London".into(),
                longitude: Some(-0.0931),
                latitude: Some(51.5142),
                asn: Some(20712),
                as_organization: "Andrews & Arnold Ltd".into(),
            }
        );
        let japan = db.lookup("2001:218::1".parse().unwrap()).unwrap().unwrap();
        assert_eq!((japan.country.as_ref(), japan.city.as_ref(), japan.asn), ("Japan", "", None));
        // Only where it is registered.
        assert_eq!(db.lookup("89.160.20.1".parse().unwrap()).unwrap().unwrap().country_code, "SE");
        assert_eq!(db.lookup("9.9.9.9".parse().unwrap()).unwrap(), None);
    }

    #[test]
    fn damaged_files_are_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(MaxMind::open(dir.path()).unwrap_err(), MaxMindError::NoDatabase(dir.path().to_owned()));
        let path = dir.path().join("GeoLite2-City.mmdb");
        let whole = std::fs::read(folder().join("GeoLite2-City.mmdb")).unwrap();
        for bytes in [&b""[..], b"<html>", &whole[..whole.len() / 2]] {
            std::fs::write(&path, bytes).unwrap();
            let error = MaxMind::open(dir.path()).unwrap_err();
            assert!(matches!(&error, MaxMindError::Damaged { path: p, .. } if *p == path), "{error}");
            assert!(error.to_string().contains("delete it"), "{error}");
        }
        // Damage in the middle is found at the look-up, and is no panic.
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xFF;
            std::fs::write(&path, &bytes).unwrap();
            if let Ok(db) = MaxMind::open(dir.path()) {
                for address in ["81.2.69.163", "2001:218::1", "9.9.9.9"] {
                    let _ = db.lookup(address.parse().unwrap());
                }
            }
        }
    }
}
