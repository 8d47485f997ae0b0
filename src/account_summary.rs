//! The investigation of an account.

use std::fmt;
use std::sync::Arc;

use crate::account_type::IntoAccountTypes;
use crate::connection::Connection;
use crate::entity::Entity;
use crate::handle::{Handle, text};
use crate::output::{Bundle, plain};
use crate::show::{Show, displayed};
use crate::table::Table;
use crate::timespan::IntoTimeSpan;
use crate::view::{View, bundle};
use crate::wire::Value;
use crate::{AccountType, Error, TimeSpan, Timestamp};

/// An investigation of an account on its way to being run.
///
/// ```no_run
/// # fn main() -> Result<(), entity_explorer::Error> {
/// # use entity_explorer::prelude::*;
/// # let workspace = Explorer::start()?.connect("Demo")?;
/// let account = workspace.account_summary("alice").types("Azure")?.timespan("last 2 days").run()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is looked up until `.run()`"]
pub struct AccountSummaryRequest {
    workspace: Handle,
    account: String,
    types: Vec<AccountType>,
    timespan: Option<Result<TimeSpan, Error>>,
}

impl AccountSummaryRequest {
    pub(crate) fn new(workspace: Handle, account: &str) -> Self {
        Self { workspace, account: account.to_owned(), types: vec![AccountType::All], timespan: None }
    }

    /// Where to look for the account: [`AccountType`]s, or text such as `Windows,Linux`. Everywhere, if nothing is said.
    ///
    /// # Errors
    /// When text names no account type.
    pub fn types(mut self, types: impl IntoAccountTypes) -> Result<Self, Error> {
        self.types = types.into_account_types()?;
        Ok(self)
    }

    /// The span of time to look at. It has to be given.
    pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
        self.timespan = Some(timespan.into_timespan());
        self
    }

    /// Looks for the account. A source that cannot be read is noted in the result, and does not stop the others.
    ///
    /// # Errors
    /// When the account name is empty, no span of time was given, or no source at all can be read.
    pub fn run(&self) -> Result<AccountSummary, Error> {
        let Some(timespan) = &self.timespan else {
            return Err(Error::new("no_timespan", "the account summary has no span of time to look at".to_owned())
                .with_help("add `.timespan(\"last 2 days\")` before `.run()`".to_owned()));
        };
        let reply = self.workspace.call(
            "workspace.account_summary",
            Value::map()
                .with("account", Value::str(&self.account))
                .with("types", types(&self.types))
                .with("timespan", timespan.clone()?.to_value()),
        )?;
        AccountSummary::from_reply(self.workspace.connection(), &reply)
    }
}

/// The names of account types, as they are sent.
fn types(types: &[AccountType]) -> Value {
    let mut names = Vec::new();
    for ty in types {
        names.push(Value::str(ty.name()));
    }
    Value::List(names)
}

impl fmt::Debug for AccountSummaryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountSummaryRequest({})", plain(&self.account))
    }
}

/// What was found about an account.
///
/// When several accounts match, [`select`](AccountSummary::select) one. [`get_additional_data`](AccountSummary::get_additional_data)
/// then looks up everything that it did; until then the tables that come from it are an error that says so.
#[derive(Clone)]
pub struct AccountSummary {
    handle: Handle,
    name: String,
    summary: String,
}

impl AccountSummary {
    pub(crate) fn from_reply(connection: &Arc<Connection>, reply: &Value) -> Result<Self, Error> {
        Ok(Self {
            handle: Handle::from_reply(connection, reply)?,
            name: text(reply, "name")?,
            summary: text(reply, "summary")?,
        })
    }

    fn get_table(&self, name: &str) -> Result<Table, Error> {
        Table::from_reply(self.handle.connection(), &self.get(name)?)
    }

    fn view(&self, name: &str) -> Result<View, Error> {
        View::from_reply(&self.get(name)?)
    }

    fn get(&self, name: &str) -> Result<Value, Error> {
        self.handle.call("account.get", Value::map().with("name", Value::str(name)))
    }

    /// The name that was looked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One of several accounts that matched, by the name and source that [`browse_accounts`](AccountSummary::browse_accounts) lists.
    /// The original keeps its own selection.
    ///
    /// # Errors
    /// When no match has that name and source.
    pub fn select(&self, account: &str, source: impl IntoAccountTypes) -> Result<AccountSummary, Error> {
        let params =
            Value::map().with("account", Value::str(account)).with("types", types(&source.into_account_types()?));
        Self::from_reply(self.handle.connection(), &self.handle.call("account.select", params)?)
    }

    /// The account to go on with when nobody is there to choose: the only match, or of several the one that was active last.
    ///
    /// # Errors
    /// When no account matches.
    pub fn select_newest(&self) -> Result<AccountSummary, Error> {
        Self::from_reply(self.handle.connection(), &self.handle.call("account.select_newest", Value::map())?)
    }

    /// Looks up what the selected account did: its logons to hosts or its operations in the cloud, and the addresses it came from.
    /// The view sums it up; afterwards the tables hold it.
    ///
    /// # Errors
    /// When no account is selected, or no source can be read.
    pub fn get_additional_data(&self) -> Result<View, Error> {
        View::from_reply(&self.handle.call("account.get_additional_data", Value::map())?)
    }

    /// What was looked for, where, and how.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn description(&self) -> Result<View, Error> {
        self.view("description")
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

    /// The selected account as an entity.
    ///
    /// # Errors
    /// When no account is selected.
    pub fn account_entity(&self) -> Result<Entity, Error> {
        Entity::from_reply(&self.get("account_entity")?)
    }

    /// The accounts that matched, with their source and last activity.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn account_selector(&self) -> Result<Table, Error> {
        self.get_table("account_selector")
    }

    /// The latest record of each account that matched, from every source.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn account_activity(&self) -> Result<Table, Error> {
        self.get_table("account_activity")
    }

    /// Alerts that name the account.
    ///
    /// # Errors
    /// When no account is selected, or alerts could not be read.
    pub fn related_alerts(&self) -> Result<Table, Error> {
        self.get_table("related_alerts")
    }

    /// The alerts over time.
    ///
    /// # Errors
    /// As [`related_alerts`](AccountSummary::related_alerts).
    pub fn alert_timeline(&self) -> Result<View, Error> {
        self.view("alert_timeline")
    }

    /// Hunting bookmarks that name the account.
    ///
    /// # Errors
    /// When no account is selected, or bookmarks could not be read.
    pub fn related_bookmarks(&self) -> Result<Table, Error> {
        self.get_table("related_bookmarks")
    }

    /// Logons of the account to Windows and Linux hosts.
    ///
    /// # Errors
    /// Before [`get_additional_data`](AccountSummary::get_additional_data), or when the account is one of the cloud.
    pub fn host_logons(&self) -> Result<Table, Error> {
        self.get_table("host_logons")
    }

    /// The logons by host: how many, how many failed, from which addresses, first and last.
    ///
    /// # Errors
    /// As [`host_logons`](AccountSummary::host_logons).
    pub fn host_logon_summary(&self) -> Result<Table, Error> {
        self.get_table("host_logon_summary")
    }

    /// The logons over time, by address.
    ///
    /// # Errors
    /// As [`host_logons`](AccountSummary::host_logons).
    pub fn host_logon_timeline(&self) -> Result<View, Error> {
        self.view("host_logon_timeline")
    }

    /// Operations of the account in Azure AD, Azure and Office 365.
    ///
    /// # Errors
    /// Before [`get_additional_data`](AccountSummary::get_additional_data), or when the account is one of a host.
    pub fn azure_activity(&self) -> Result<Table, Error> {
        self.get_table("azure_activity")
    }

    /// The operations by account, source, address, provider and user type.
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn azure_activity_summary(&self) -> Result<Table, Error> {
        self.get_table("azure_activity_summary")
    }

    /// The operations over time, by provider.
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn azure_timeline_by_provider(&self) -> Result<View, Error> {
        self.view("azure_timeline_by_provider")
    }

    /// The operations over time, by address.
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn account_timeline_by_ip(&self) -> Result<View, Error> {
        self.view("account_timeline_by_ip")
    }

    /// The operations over time, by operation.
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn azure_timeline_by_operation(&self) -> Result<View, Error> {
        self.view("azure_timeline_by_operation")
    }

    /// The addresses that the account came from, with place and network, by source and operation.
    ///
    /// # Errors
    /// Before [`get_additional_data`](AccountSummary::get_additional_data).
    pub fn ip_summary(&self) -> Result<Table, Error> {
        self.get_table("ip_summary")
    }

    /// Every event that has an address, with the place and network of the address.
    ///
    /// # Errors
    /// Before [`get_additional_data`](AccountSummary::get_additional_data).
    pub fn ip_all_data(&self) -> Result<Table, Error> {
        self.get_table("ip_all_data")
    }

    /// The addresses that the account came from on a map of the world: a circle per place, by its events.
    ///
    /// # Errors
    /// Before [`get_additional_data`](AccountSummary::get_additional_data).
    pub fn geoip_map(&self) -> Result<View, Error> {
        self.view("geoip_map")
    }

    /// The accounts that matched, to choose from.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn browse_accounts(&self) -> Result<View, Error> {
        self.view("browse_accounts")
    }

    /// The alerts one by one, to unfold.
    ///
    /// # Errors
    /// As [`related_alerts`](AccountSummary::related_alerts).
    pub fn browse_alerts(&self) -> Result<View, Error> {
        self.view("browse_alerts")
    }

    /// The bookmarks one by one, to unfold.
    ///
    /// # Errors
    /// As [`related_bookmarks`](AccountSummary::related_bookmarks).
    pub fn browse_bookmarks(&self) -> Result<View, Error> {
        self.view("browse_bookmarks")
    }

    /// The same as [`alert_timeline`](AccountSummary::alert_timeline).
    ///
    /// # Errors
    /// As [`related_alerts`](AccountSummary::related_alerts).
    pub fn display_alert_timeline(&self) -> Result<View, Error> {
        self.alert_timeline()
    }

    /// The same as [`azure_timeline_by_provider`](AccountSummary::azure_timeline_by_provider).
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn az_activity_timeline_by_provider(&self) -> Result<View, Error> {
        self.azure_timeline_by_provider()
    }

    /// The same as [`account_timeline_by_ip`](AccountSummary::account_timeline_by_ip).
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn az_activity_timeline_by_ip(&self) -> Result<View, Error> {
        self.account_timeline_by_ip()
    }

    /// The same as [`azure_timeline_by_operation`](AccountSummary::azure_timeline_by_operation).
    ///
    /// # Errors
    /// As [`azure_activity`](AccountSummary::azure_activity).
    pub fn az_activity_timeline_by_operation(&self) -> Result<View, Error> {
        self.azure_timeline_by_operation()
    }

    /// The same as [`ip_summary`](AccountSummary::ip_summary).
    ///
    /// # Errors
    /// As [`ip_summary`](AccountSummary::ip_summary).
    pub fn show_ip_summary(&self) -> Result<Table, Error> {
        self.ip_summary()
    }

    /// The events of one of the tables, by its name, one by one, to unfold: each under its time and the values of these columns.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let account = Explorer::start()?.connect("Demo")?.account_summary("alice").timespan("2d").run()?;
    /// account.view_events("azure_activity", &["Operation", "IPAddress", "AppResourceProvider"])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such table or column.
    pub fn view_events(&self, table: &str, columns: &[&str]) -> Result<View, Error> {
        let params = Value::map().with("table", Value::str(table)).with("columns", Value::strings(columns));
        View::from_reply(&self.handle.call("account.view_events", params)?)
    }

    /// The tables that have rows: their names, how many rows, and what is in them.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn data_properties(&self) -> Result<Table, Error> {
        self.get_table("data_properties")
    }

    /// A table by its name, one of those that [`data_properties`](AccountSummary::data_properties) lists.
    ///
    /// # Errors
    /// When there is no such table, or it has not been fetched yet.
    pub fn table(&self, name: &str) -> Result<Table, Error> {
        let reply = self.handle.call("account.table", Value::map().with("name", Value::str(name)))?;
        Table::from_reply(self.handle.connection(), &reply)
    }

    /// The timelines: their names, and what they show.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn vis_properties(&self) -> Result<Table, Error> {
        self.get_table("vis_properties")
    }

    /// What can be done with an account summary: the methods, with a line about each.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn list_methods(&self) -> Result<Table, Error> {
        self.get_table("list_methods")
    }

    /// About one method.
    ///
    /// # Errors
    /// When there is no such method.
    pub fn help(&self, method: &str) -> Result<View, Error> {
        View::from_reply(&self.handle.call("account.help", Value::map().with("method", Value::str(method)))?)
    }
}

impl Show for AccountSummary {
    fn bundle(&self) -> Result<Bundle, Error> {
        bundle(&self.handle.call("account.display", Value::map())?)
    }
}

displayed!(AccountSummary);

impl fmt::Debug for AccountSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountSummary({}: {})", plain(&self.name), plain(&self.summary))
    }
}
