//! Where addresses are: whom `geo_info_from_ip_address()` asks. The engine has no database of places itself; the program that runs a query gives it one.

use std::net::IpAddr;
use std::sync::Arc;

/// Where an address is said to be; what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// The name of the country.
    pub country: String,
    /// The name of the state or province.
    pub state: String,
    /// The name of the city.
    pub city: String,
    /// Degrees, south is negative.
    pub latitude: Option<f64>,
    /// Degrees, west is negative.
    pub longitude: Option<f64>,
}

impl Place {
    /// The property bag that the function gives, with the properties that are known, in Kusto's order.
    ///
    /// ```
    /// let place = kql_polars::Place { country: "Ireland".into(), latitude: Some(53.3), ..Default::default() };
    /// assert_eq!(place.to_json(), r#"{"country":"Ireland","latitude":53.3}"#);
    /// ```
    pub fn to_json(&self) -> String {
        let texts = [("country", &self.country), ("state", &self.state), ("city", &self.city)];
        let numbers = [("latitude", self.latitude), ("longitude", self.longitude)];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let texts = texts.map(|(key, text)| format!("\"{key}\":{}", serde_json::Value::from(text.as_str())));
        let numbers =
            numbers.into_iter().filter_map(|(key, n)| Some(format!("\"{key}\":{}", serde_json::Value::from(n?))));
        format!("{{{}}}", texts.chain(numbers).collect::<Vec<_>>().join(","))
    }
}

/// A database of places.
#[derive(Clone)]
pub struct Places {
    lookup: Arc<dyn Fn(IpAddr) -> Option<Place> + Send + Sync>,
    note: Arc<dyn Fn() -> String + Send + Sync>,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Places")
    }
}

impl Places {
    /// A database that is asked by `lookup`. `note` tells the reader of a result where the places come from. Neither is called before a query uses the
    /// function.
    ///
    /// ```
    /// use kql_polars::{Options, Place, Places, NoTables, run};
    /// let places = Places::new(|| "places: made up".into(), |_| Some(Place { country: "Ireland".into(), ..Place::default() }));
    /// let options = Options { places: Some(places), ..Options::default() };
    /// let table = run("print geo_info_from_ip_address('86.41.3.4').country", &NoTables, &Default::default(), &options).unwrap();
    /// assert_eq!(table.json(0, 0).unwrap(), "Ireland");
    /// assert_eq!(table.notes, ["places: made up"]);
    /// ```
    pub fn new(
        note: impl Fn() -> String + Send + Sync + 'static,
        lookup: impl Fn(IpAddr) -> Option<Place> + Send + Sync + 'static,
    ) -> Self {
        Self { lookup: Arc::new(lookup), note: Arc::new(note) }
    }

    /// A database without places: enough to find the columns of a query.
    pub(crate) fn nowhere() -> Self {
        Self::new(String::new, |_| None)
    }

    /// What the reader of a result has to be told.
    pub fn note(&self) -> String {
        (self.note)()
    }

    /// Where an address is.
    pub fn lookup(&self, address: IpAddr) -> Option<Place> {
        (self.lookup)(address)
    }
}
