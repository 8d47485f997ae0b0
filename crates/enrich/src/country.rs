//! The country of an IP address, offline.
//!
//! The database is `data/geo/geo-whois-asn-country.mmdb.zst`; `data/geo/LICENSE.md` says where it is from. It is unpacked in memory
//! (8 MB) when it is first asked.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::country_names::NAMES;
use crate::ip::IpKind;

const PACKED: &[u8] = include_bytes!("../../../data/geo/geo-whois-asn-country.mmdb.zst");
/// No database of this kind is larger; a limit on what a damaged file may unpack to.
const MAX_BYTES: usize = 64 << 20;

/// A country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country {
    /// Two capital letters of ISO 3166-1, such as `IE`.
    pub code: &'static str,
    /// The common English name, such as `Ireland`.
    pub name: &'static str,
}

impl Country {
    /// The country of a code, upper or lower case; `None` for a code that is not assigned.
    ///
    /// ```
    /// assert_eq!(enrich::Country::of_code("ie").map(|c| c.name), Some("Ireland"));
    /// ```
    pub fn of_code(code: &str) -> Option<Self> {
        Self::of_bytes(code.as_bytes().try_into().ok()?)
    }

    fn of_bytes(code: [u8; 2]) -> Option<Self> {
        let code = code.map(|b| b.to_ascii_uppercase());
        let at = NAMES.binary_search_by(|(c, _)| c.as_bytes().cmp(&code)).ok()?;
        let (code, name) = NAMES[at];
        Some(Self { code, name })
    }
}

/// Why the database cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the country database cannot be read: {0}")]
pub struct CountryDbError(String);

/// The country database.
pub struct CountryDb {
    reader: maxminddb::Reader<Vec<u8>>,
    seen: Seen,
}

/// The records that were read last: there are some 250 in the whole database, and reading one takes as long as finding it.
struct Seen([AtomicU64; Self::SLOTS]);

impl Seen {
    const SLOTS: usize = 4096;
    const EMPTY: u64 = u64::MAX;

    fn slot(&self, offset: usize) -> &AtomicU64 {
        &self.0[offset % Self::SLOTS]
    }

    /// The code of the record at this place in the file.
    fn get(&self, offset: usize) -> Option<[u8; 2]> {
        let entry = self.slot(offset).load(Ordering::Relaxed);
        let [a, b, ..] = entry.to_le_bytes();
        (entry != Self::EMPTY && entry >> 16 == offset as u64).then_some([a, b])
    }

    fn put(&self, offset: usize, code: [u8; 2]) {
        let entry = (offset as u64) << 16 | u64::from(u16::from_le_bytes(code));
        self.slot(offset).store(entry, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for CountryDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CountryDb({})", self.built())
    }
}

impl CountryDb {
    /// The database that is part of the program.
    ///
    /// # Errors
    /// When it is damaged.
    ///
    /// ```
    /// let db = enrich::CountryDb::embedded()?;
    /// let country = db.lookup("86.41.3.4".parse().unwrap());
    /// assert_eq!(country.map(|c| c.code), Some("IE"));
    /// # Ok::<(), enrich::country::CountryDbError>(())
    /// ```
    pub fn embedded() -> Result<&'static Self, CountryDbError> {
        static DB: OnceLock<Result<CountryDb, CountryDbError>> = OnceLock::new();
        DB.get_or_init(|| Self::unpack(PACKED)).as_ref().map_err(Clone::clone)
    }

    fn unpack(packed: &[u8]) -> Result<Self, CountryDbError> {
        let bytes = zstd::bulk::decompress(packed, MAX_BYTES).map_err(|e| CountryDbError(e.to_string()))?;
        let reader = maxminddb::Reader::from_source(bytes).map_err(|e| CountryDbError(e.to_string()))?;
        Ok(Self { reader, seen: Seen([const { AtomicU64::new(Seen::EMPTY) }; Seen::SLOTS]) })
    }

    /// The country of a public address; `None` for all others, and for addresses that the database does not have.
    pub fn lookup(&self, address: IpAddr) -> Option<Country> {
        #[derive(serde::Deserialize)]
        struct Record<'a> {
            country_code: &'a str,
        }
        let address = address.to_canonical();
        if IpKind::of(address) != IpKind::Public {
            return None;
        }
        let found = self.reader.lookup(address).ok()?;
        let offset = found.offset()?;
        let code = match self.seen.get(offset) {
            Some(code) => code,
            None => {
                let record: Record<'_> = found.decode().ok()??;
                let code = record.country_code.as_bytes().try_into().ok()?;
                self.seen.put(offset, code);
                code
            }
        };
        Country::of_bytes(code)
    }

    /// When the database was made, as `2026-06-17`.
    pub fn built(&self) -> String {
        let days = i64::try_from(self.reader.metadata().build_epoch / 86_400).unwrap_or_default();
        // Civil from days, Howard Hinnant's algorithm.
        let z = days + 719_468;
        let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
        format!("{:04}-{month:02}-{day:02}", yoe + era * 400 + i64::from(month <= 2))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn code(address: &str) -> Option<&'static str> {
        CountryDb::embedded().unwrap().lookup(address.parse().unwrap()).map(|c| c.code)
    }

    #[test]
    fn public_addresses_have_a_country() {
        assert_eq!(code("86.41.3.4"), Some("IE"));
        assert_eq!(code("8.8.8.8"), Some("US"));
        assert_eq!(code("126.72.1.1"), Some("JP"));
        assert_eq!(code("2a02:8084::1"), Some("IE"));
        assert_eq!(code("2001:4860:4860::8888"), Some("US"));
        assert_eq!(code("::ffff:86.41.3.4"), Some("IE"));
    }

    #[test]
    fn other_addresses_are_not_looked_up() {
        for address in [
            "10.1.2.3",
            "127.0.0.1",
            "100.64.1.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "fd00::1",
        ] {
            assert_eq!(code(address), None, "{address}");
        }
    }

    #[test]
    fn every_code_of_the_database_has_a_name() {
        #[derive(serde::Deserialize)]
        struct Record {
            country_code: String,
        }
        let db = CountryDb::embedded().unwrap();
        let mut codes = std::collections::BTreeSet::new();
        for network in db.reader.networks(maxminddb::WithinOptions::default()).unwrap() {
            if let Some(record) = network.unwrap().decode::<Record>().unwrap() {
                codes.insert(record.country_code);
            }
        }
        assert!(codes.len() > 200, "{}", codes.len());
        let unnamed: Vec<_> = codes.iter().filter(|c| Country::of_code(c).is_none()).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    }

    #[test]
    fn a_damaged_database_is_an_error() {
        assert!(CountryDb::unpack(&PACKED[..1000]).is_err());
        assert!(CountryDb::unpack(b"").is_err());
    }

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(Country::of_code("XX"), None);
        assert_eq!(Country::of_code("É"), None);
    }

    #[test]
    fn it_says_when_it_was_made() {
        let built = CountryDb::embedded().unwrap().built();
        assert!(built.starts_with("20") && built.len() == 10, "{built}");
    }
}
