//! The country database that is part of the program.

use std::net::IpAddr;

use async_trait::async_trait;

use super::provider::{GeoIp, Location};
use crate::country::CountryDb;
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
        let db = CountryDb::embedded().map_err(|e| Failure::Request(e.to_string()));
        let locate = |address: &IpAddr| {
            let country = db.clone()?.lookup(*address);
            Ok(country.map(|c| Location { country_code: c.code.into(), country: c.name.into(), ..Location::default() }))
        };
        addresses.iter().map(locate).collect()
    }
}
