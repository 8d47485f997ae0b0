//! What a source of locations is to the rest of the program.

use std::borrow::Cow;
use std::net::IpAddr;

use async_trait::async_trait;

use crate::failure::Failure;

/// Where an address is said to be. Right for most addresses and no evidence for any one: VPN, cloud and mobile networks are often elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Location {
    /// Two capital letters of ISO 3166-1.
    pub country_code: Cow<'static, str>,
    /// The country or region.
    pub country: Cow<'static, str>,
    /// The state, province or county.
    pub state: Cow<'static, str>,
    /// The city.
    pub city: Cow<'static, str>,
    /// Degrees, west is negative.
    pub longitude: Option<f64>,
    /// Degrees, south is negative.
    pub latitude: Option<f64>,
    /// The number of the autonomous system.
    pub asn: Option<u32>,
    /// Who runs it.
    pub as_organization: Cow<'static, str>,
}

impl Location {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A source of locations.
#[async_trait]
pub trait GeoIp: std::fmt::Debug + Send + Sync {
    /// Its name, as tables show it.
    fn name(&self) -> &'static str;

    /// Where public addresses are: one answer for each, in their order; `None` if the source does not have it.
    async fn locate(&self, addresses: &[IpAddr]) -> Vec<Result<Option<Location>, Failure>>;

    /// Requests for so many addresses; 0 for a database on this machine.
    fn requests(&self, _addresses: usize) -> usize {
        0
    }
}
