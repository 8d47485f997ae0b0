//! Looking the values of a column up: where addresses are, whose they are, what is known of them.

use std::fmt;

use crate::Error;
use crate::output::plain;
use crate::table::{Table, size};
use crate::view::View;
use crate::wire::Value;

impl Table {
    /// The rows with where the addresses of a column are: `IpType`, `CountryCode`, `CountryOrRegionName`, `State`, `City`, `Longitude`, `Latitude`,
    /// `Asn`, `AsOrganization`, and who says so. By MaxMind databases or ipstack, if msticpyconfig.yaml has them, else by the country
    /// database that comes with the engine.
    ///
    /// Every row stays. Addresses may have a port, be in a list, or be IPv4 in IPv6; only public ones are looked up.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Demo")?;
    /// let signins = workspace.kql("SigninLogs | summarize count() by IPAddress")?;
    /// signins.geoip("IPAddress")?.kql("summarize sum(count_) by CountryOrRegionName")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such column, it holds no text, or it has more different addresses than a service is asked for without a limit.
    pub fn geoip(&self, column: &str) -> Result<Table, Error> {
        self.lookup(column).geoip()
    }

    /// The rows with whose the addresses of a column are: `asn`, `asn_description`, `asn_cidr`, `asn_country_code`, `asn_registry`, `asn_date`, `net_name`,
    /// and `nets` with the registered networks. By RDAP and Team Cymru: one request for the column and one for each address.
    ///
    /// # Errors
    /// When there is no such column, it holds no text, or it has more different addresses than are asked for without a limit.
    pub fn whois(&self, column: &str) -> Result<Table, Error> {
        self.lookup(column).whois()
    }

    /// The rows with what is known of the addresses, domains, URLs and file hashes of a column: `Ioc`, `IocType`, `Provider`, `Result`, `Severity`
    /// (`unknown`, `information`, `warning`, `high`), `Details`, `Reference`, `Status`, … A row comes once for each service that is set up
    /// (`TIProviders` in msticpyconfig.yaml) and for the indicators of the workspace itself. A service that fails has rows that say so.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Demo")?;
    /// let signins = workspace.kql("SigninLogs | summarize count() by IPAddress")?;
    /// signins.threat_intel("IPAddress")?.kql("where Severity == 'high'")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such column, it holds no text, or it has more different values than are asked for without a limit.
    pub fn threat_intel(&self, column: &str) -> Result<Table, Error> {
        self.lookup(column).threat_intel()
    }

    /// The same with a limit, with some of the services only, or without what is kept on disk.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Demo")?;
    /// let signins = workspace.kql("SigninLogs | summarize count() by IPAddress | sort by count_ desc")?;
    /// signins.lookup("IPAddress").limit(100).providers(&["OTX", "VirusTotal"]).threat_intel()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lookup(&self, column: &str) -> Lookup {
        Lookup { table: self.clone(), column: column.to_owned(), limit: None, fresh: false, providers: Vec::new() }
    }

    /// What [`Table::threat_intel`] found, to look at: by indicator, the worst first, with severity, details and the whole answers.
    ///
    /// # Errors
    /// When the table is no result of it.
    pub fn browse_ti_results(&self) -> Result<View, Error> {
        self.view("table.browse_ti_results", Value::map())
    }
}

/// A column to look up, by [`Table::lookup`].
#[derive(Clone)]
#[must_use = "nothing is looked up before geoip(), whois() or threat_intel()"]
pub struct Lookup {
    table: Table,
    column: String,
    limit: Option<usize>,
    fresh: bool,
    providers: Vec<String>,
}

impl Lookup {
    /// At most so many different values, the first ones in the order of the rows. Without it, very many are refused, with an estimate of
    /// the requests and the time.
    pub fn limit(mut self, values: usize) -> Self {
        self.limit = Some(values);
        self
    }

    /// Asks services also for what an earlier look-up kept on disk: answers of registries count for a week, those of threat intelligence services
    /// for a day.
    pub fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// Only these threat intelligence services; `AzSTI` are the indicators of the workspace itself. Without it, those that are marked as
    /// primary, and the workspace.
    pub fn providers(mut self, names: &[&str]) -> Self {
        self.providers.clear();
        for name in names {
            self.providers.push((*name).to_owned());
        }
        self
    }

    /// As [`Table::geoip`].
    ///
    /// # Errors
    /// The same.
    pub fn geoip(&self) -> Result<Table, Error> {
        self.table.derive("table.geoip", self.params())
    }

    /// As [`Table::whois`].
    ///
    /// # Errors
    /// The same.
    pub fn whois(&self) -> Result<Table, Error> {
        self.table.derive("table.whois", self.params())
    }

    /// As [`Table::threat_intel`].
    ///
    /// # Errors
    /// The same, and when there is no service of a name that was given.
    pub fn threat_intel(&self) -> Result<Table, Error> {
        let mut names = Vec::new();
        for name in &self.providers {
            names.push(Value::str(name));
        }
        self.table.derive("table.threat_intel", self.params().with("providers", Value::List(names)))
    }

    fn params(&self) -> Value {
        let limit = match self.limit {
            Some(limit) => size(limit),
            None => Value::Null,
        };
        Value::map()
            .with("column", Value::str(&self.column))
            .with("limit", limit)
            .with("fresh", Value::Bool(self.fresh))
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lookup({} of {:?})", plain(&self.column), self.table)
    }
}
