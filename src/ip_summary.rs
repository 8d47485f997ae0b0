//! The investigation of an IP address.

use std::fmt;
use std::sync::Arc;

use crate::connection::Connection;
use crate::entity::Entity;
use crate::handle::{Handle, text};
use crate::output::{Bundle, plain};
use crate::show::{Show, displayed};
use crate::table::Table;
use crate::timespan::IntoTimeSpan;
use crate::view::{View, bundle};
use crate::wire::Value;
use crate::{Error, TimeSpan, Timestamp};

/// An investigation of an IP address on its way to being run.
///
/// ```no_run
/// # fn main() -> Result<(), entity_explorer::Error> {
/// # use entity_explorer::prelude::*;
/// # let workspace = Explorer::start()?.connect("Demo")?;
/// let ip = workspace.ip_summary("157.56.162.53").timespan("last 2 days").run()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is looked up until `.run()`"]
pub struct IpSummaryRequest {
    workspace: Handle,
    address: String,
    timespan: Option<Result<TimeSpan, Error>>,
    services: bool,
}

impl IpSummaryRequest {
    pub(crate) fn new(workspace: Handle, address: &str) -> Self {
        Self { workspace, address: address.to_owned(), timespan: None, services: true }
    }

    /// The span of time to look at. It has to be given.
    pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
        self.timespan = Some(timespan.into_timespan());
        self
    }

    /// Whether services outside of the workspace are asked about a public address: GeoIP, WhoIs, threat intelligence, passive DNS. They are, if
    /// nothing is said; with `false` nobody outside learns of the investigation.
    pub fn services(mut self, ask: bool) -> Self {
        self.services = ask;
        self
    }

    /// Looks for the address. A source that cannot be read is noted in the result, and does not stop the others.
    ///
    /// # Errors
    /// When it is no address, no span of time was given, or no source at all can be read.
    pub fn run(&self) -> Result<IpSummary, Error> {
        let Some(timespan) = &self.timespan else {
            return Err(Error::new("no_timespan", "the IP address summary has no span of time to look at".to_owned())
                .with_help("add `.timespan(\"last 2 days\")` before `.run()`".to_owned()));
        };
        let reply = self.workspace.call(
            "workspace.ip_summary",
            Value::map()
                .with("address", Value::str(&self.address))
                .with("timespan", timespan.clone()?.to_value())
                .with("services", Value::Bool(self.services)),
        )?;
        IpSummary::from_reply(self.workspace.connection(), &reply)
    }
}

impl fmt::Debug for IpSummaryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IpSummaryRequest({})", plain(&self.address))
    }
}

/// What was found about an IP address: what it is, and all that the workspace knows of it.
#[derive(Clone)]
pub struct IpSummary {
    handle: Handle,
    name: String,
    summary: String,
}

/// Methods that give a table or a view of the summary by its name.
macro_rules! properties {
    ($($(#[doc = $doc:literal])+ $name:ident: $get:ident -> $kind:ident;)*) => {$(
        $(#[doc = $doc])+
        ///
        /// # Errors
        /// When the engine has stopped. Where its source was not read, because the workspace lacks the table or the query failed, it is empty and
        /// says so.
        pub fn $name(&self) -> Result<$kind, Error> {
            self.$get(stringify!($name))
        }
    )*};
}

impl IpSummary {
    pub(crate) fn from_reply(connection: &Arc<Connection>, reply: &Value) -> Result<Self, Error> {
        Ok(Self {
            handle: Handle::from_reply(connection, reply)?,
            name: text(reply, "name")?,
            summary: text(reply, "summary")?,
        })
    }

    fn get(&self, name: &str) -> Result<Value, Error> {
        self.handle.call("ip.get", Value::map().with("name", Value::str(name)))
    }

    fn get_table(&self, name: &str) -> Result<Table, Error> {
        Table::from_reply(self.handle.connection(), &self.get(name)?)
    }

    fn view(&self, name: &str) -> Result<View, Error> {
        View::from_reply(&self.get(name)?)
    }

    /// The address in its normal form.
    pub fn address(&self) -> &str {
        &self.name
    }

    /// What kind of address it is: `Public`, `Private`, `Loopback`, …
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn ip_type(&self) -> Result<String, Error> {
        text(&self.get("ip_type")?, "text")
    }

    /// `Internal` for a private address, or one that a host of the workspace has or reports from; otherwise `External`.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn ip_origin(&self) -> Result<String, Error> {
        text(&self.get("ip_origin")?, "text")
    }

    /// The span of time that was looked at, with "the last …" resolved.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn timespan(&self) -> Result<TimeSpan, Error> {
        let reply = self.get("timespan")?;
        match (reply.get("start"), reply.get("end")) {
            (Some(Value::Int(start)), Some(Value::Int(end))) => {
                TimeSpan::between(Timestamp::from_ticks(*start), Timestamp::from_ticks(*end))
            }
            _ => Err(Error::protocol("a span of time without start and end")),
        }
    }

    /// The address as an entity: type, origin, country, hosts.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn ip_entity(&self) -> Result<Entity, Error> {
        Entity::from_reply(&self.get("ip_entity")?)
    }

    properties! {
        /// What was looked for, where, and how.
        description: view -> View;
        /// The hosts that have the address, as cards.
        host_entities: view -> View;
        /// Where a public address is: country, city, coordinates, autonomous system, and who says so.
        geoip: get_table -> Table;
        /// Whose a public address is: autonomous system, registry, networks.
        whois: get_table -> Table;
        /// The registered networks around the address, with their contacts.
        whois_nets: get_table -> Table;
        /// Threat intelligence for the address: a row for each service that is set up, and one for the indicators of the workspace.
        ti_results: get_table -> Table;
        /// The indicators of the workspace that name the address, in full, those that hold first.
        ti_indicators: get_table -> Table;
        /// Which names led to the address, by the services that keep DNS answers.
        passive_dns: get_table -> Table;
        /// Accounts that were seen with the address, in every source.
        related_accounts: get_table -> Table;
        /// Hosts that have the address, report through it, or exchanged something with it.
        associated_hosts: get_table -> Table;
        /// Alerts that name the address.
        related_alerts: get_table -> Table;
        /// The alerts over time.
        alert_timeline: view -> View;
        /// The same as [`alert_timeline`](IpSummary::alert_timeline).
        display_alert_timeline: view -> View;
        /// Hunting bookmarks that name the address.
        related_bookmarks: get_table -> Table;
        /// Azure AD sign-ins from the address, interactive and not.
        aad_signins: get_table -> Table;
        /// Sign-ins and Azure operations from the address together.
        azure_activity: get_table -> Table;
        /// They by account, table, application, user type and result.
        azure_activity_summary: get_table -> Table;
        /// They over time, by account.
        azure_activity_timeline: view -> View;
        /// Office 365 operations from the address.
        office_activity: get_table -> Table;
        /// They by account, workload and operation.
        office_activity_summary: get_table -> Table;
        /// They over time, by operation.
        office_activity_timeline: view -> View;
        /// Logons and failed logons from the address to Windows, Linux and other hosts.
        host_logons: get_table -> Table;
        /// They by host, account and type of logon.
        host_logon_summary: get_table -> Table;
        /// They over time, by host.
        host_logon_timeline: view -> View;
        /// Azure network flows that the address takes part in.
        az_network_flows: get_table -> Table;
        /// They by machine, direction, kind and port.
        az_network_flow_summary: get_table -> Table;
        /// Allowed and denied flows by hour, protocol and direction.
        az_network_flows_timeline: get_table -> Table;
        /// The same as [`az_network_flows_timeline`](IpSummary::az_network_flows_timeline).
        netflow_total_by_protocol: get_table -> Table;
        /// The flows over time, by application protocol.
        netflow_by_protocol: view -> View;
        /// The flows over time, by direction.
        netflow_by_direction: view -> View;
        /// Events of firewalls and other appliances that name the address.
        common_security: get_table -> Table;
        /// They by product, action, source, target and user.
        common_security_summary: get_table -> Table;
        /// Connections of devices to or from the address, with the process that made them.
        network_connections: get_table -> Table;
        /// DNS questions that the address is an answer to, or that were asked from it.
        dns_events: get_table -> Table;
        /// They by name.
        dns_summary: get_table -> Table;
        /// The latest heartbeat of each host that has the address or reports from it.
        heartbeat: get_table -> Table;
        /// Azure network interfaces that have the address.
        az_network_if: get_table -> Table;
        /// Virtual machines that have the address.
        vmcomputer: get_table -> Table;
        /// Devices of Defender for Endpoint whose adapters have the address.
        device_info: get_table -> Table;
        /// The alerts one by one, to unfold.
        browse_alerts: view -> View;
        /// The bookmarks one by one, to unfold.
        browse_bookmarks: view -> View;
        /// What each service and the workspace know of the address, the worst first.
        browse_ti_results: view -> View;
        /// The address on a map of the world, with where it was seen.
        map: view -> View;
        /// The tables that have rows: their names, how many rows, and what is in them.
        data_properties: get_table -> Table;
        /// The timelines: their names, and what they show.
        vis_properties: get_table -> Table;
        /// What can be done with an IP address summary: the methods, with a line about each.
        list_methods: get_table -> Table;
    }

    /// The events of one of the tables, by its name, one by one, to unfold: each under its time and the values of these columns.
    ///
    /// # Errors
    /// When there is no such table or column.
    pub fn view_events(&self, table: &str, columns: &[&str]) -> Result<View, Error> {
        let params = Value::map().with("table", Value::str(table)).with("columns", Value::strings(columns));
        View::from_reply(&self.handle.call("ip.view_events", params)?)
    }

    /// A table by its name, one of those that [`data_properties`](IpSummary::data_properties) lists.
    ///
    /// # Errors
    /// When there is no such table, or its source was not read.
    pub fn table(&self, name: &str) -> Result<Table, Error> {
        let reply = self.handle.call("ip.table", Value::map().with("name", Value::str(name)))?;
        Table::from_reply(self.handle.connection(), &reply)
    }

    /// About one method or property.
    ///
    /// # Errors
    /// When there is no such method.
    pub fn help(&self, method: &str) -> Result<View, Error> {
        View::from_reply(&self.handle.call("ip.help", Value::map().with("method", Value::str(method)))?)
    }
}

impl Show for IpSummary {
    fn bundle(&self) -> Result<Bundle, Error> {
        bundle(&self.handle.call("ip.display", Value::map())?)
    }
}

displayed!(IpSummary);

impl fmt::Debug for IpSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IpSummary({}: {})", plain(&self.name), plain(&self.summary))
    }
}
