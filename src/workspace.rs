//! A workspace: the tables of a Sentinel workspace, or of a folder of exported data.

use std::fmt;
use std::sync::Arc;

use crate::Error;
use crate::account_summary::AccountSummaryRequest;
use crate::connection::Connection;
use crate::handle::{Handle, text};
use crate::output::{Bundle, plain};
use crate::query::Query;
use crate::show::{Show, displayed};
use crate::table::Table;
use crate::view::bundle;
use crate::wire::Value;

/// An open workspace.
#[derive(Clone)]
pub struct Workspace {
    handle: Handle,
    name: String,
}

impl Workspace {
    pub(crate) fn from_reply(connection: &Arc<Connection>, reply: &Value) -> Result<Self, Error> {
        Ok(Self { handle: Handle::from_reply(connection, reply)?, name: text(reply, "name")? })
    }

    fn table(&self, method: &str, params: Value) -> Result<Table, Error> {
        Table::from_reply(self.handle.connection(), &self.handle.call(method, params)?)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its tables, and what is in them.
    ///
    /// # Errors
    /// When the workspace cannot be read.
    pub fn tables(&self) -> Result<Table, Error> {
        self.table("workspace.tables", Value::map())
    }

    /// The library of queries: names, parameters, and what they are for. Being a table, it can be searched:
    /// `.kql("where Description has 'logon'")`.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn queries(&self) -> Result<Table, Error> {
        self.table("workspace.queries", Value::map())
    }

    /// A query of the library, `Family.name`, to be given its parameters and run.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Demo")?;
    /// let signins = workspace
    ///     .query("Azure.list_aad_signins_for_account")
    ///     .param("account_name", "alice@contoso.com")
    ///     .timespan("last 2 days")
    ///     .run()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn query(&self, name: &str) -> Query {
        Query::new(self.handle.clone(), "name", name)
    }

    /// KQL text, to be given a span of time, parameters that it declares, or how it is to be asked, and run. Without any of these,
    /// [`kql`](Workspace::kql) is shorter.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Contoso")?;
    /// let events = workspace
    ///     .exec_query("SecurityEvent | where EventID == 4688")
    ///     .timespan("last 30 days")
    ///     .split_by("1d")
    ///     .workspaces(["2f3f0d3e-7b1f-4f3c-9f7e-0c1d2e3f4a5b"])
    ///     .timeout("5m")
    ///     .run()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn exec_query(&self, text: &str) -> Query {
        Query::new(self.handle.clone(), "text", text)
    }

    /// Runs KQL text.
    ///
    /// # Errors
    /// When the text is wrong: with the position and what to write instead. When the run fails: with the reason.
    pub fn kql(&self, text: &str) -> Result<Table, Error> {
        self.table("workspace.kql", Value::map().with("text", Value::str(text)))
    }

    /// An investigation of an account, to be given its options and run. The account may be given as `alice`, `alice@contoso.com` or
    /// `CONTOSO\alice`.
    pub fn account_summary(&self, account: &str) -> AccountSummaryRequest {
        AccountSummaryRequest::new(self.handle.clone(), account)
    }
}

impl Show for Workspace {
    fn bundle(&self) -> Result<Bundle, Error> {
        bundle(&self.handle.call("workspace.display", Value::map())?)
    }
}

displayed!(Workspace);

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace({})", plain(&self.name))
    }
}
