//! The country database that is part of the program.

use std::net::IpAddr;

use async_trait::async_trait;

use super::provider::{GeoIp, Location};
use crate::country::{Country, CountryDb};
use crate::failure::Failure;

/// Countries only, with no set-up and no request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded;

#[async_trait]
impl GeoIp for Embedded {
    fn name(&self) -> &'static str {
        "embedded country database"
    }

    async fn locate(&self, addresses: &[IpAddr]) -> Vec<Result<Option<Location>, Failure>> {
        let db = match CountryDb::embedded() {
            Ok(db) => db,
            Err(e) => return addresses.iter().map(|_| Err(Failure::Request(e.to_string()))).collect(),
        };
        let location = |country: Country| Location {
            country_code: country.code.into(),
            country: country.name.into(),
            ..Location::default()
        };
        addresses.iter().map(|address| Ok(db.lookup(*address).map(location))).collect()
    }
}
