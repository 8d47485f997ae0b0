//! A workspace: the tables of a Sentinel workspace, or of a folder of exported data.

use std::fmt;
use std::sync::Arc;

use crate::Error;
use crate::account_summary::AccountSummaryRequest;
use crate::connection::Connection;
use crate::handle::{Handle, text};
use crate::ip_summary::IpSummaryRequest;
use crate::output::{Bundle, plain};
use crate::query::Query;
use crate::show::{Show, displayed};
use crate::subject::{Account, Dns, FileHash, Host, IpAddress, SecurityAlert, Url};
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

    /// What can be asked about a kind of entity (`Account`, `IpAddress`, `Host`, `Url`, `Dns`, `FileHash`, `SecurityAlert`): every query of the
    /// library that names it, with a description and an example line.
    ///
    /// # Errors
    /// When there is no such kind.
    pub fn pivots(&self, kind: &str) -> Result<Table, Error> {
        self.table("workspace.pivots", Value::map().with("kind", Value::str(kind)))
    }

    /// An account to ask about: `alice`, `alice@contoso.com` or `CONTOSO\alice`.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Demo")?;
    /// workspace.account("alice").queries()?;
    /// workspace.account("alice").query("Azure.list_aad_signins_for_account")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn account(&self, name: &str) -> Account {
        Account::new(&self.handle, name)
    }

    /// An IP address to ask about, also as logs and reports write it: with a port, defanged.
    pub fn ip(&self, address: &str) -> IpAddress {
        IpAddress::new(&self.handle, address)
    }

    /// A host to ask about, with or without its domain.
    pub fn host(&self, name: &str) -> Host {
        Host::new(&self.handle, name)
    }

    /// A URL to ask about, also defanged.
    pub fn url(&self, url: &str) -> Url {
        Url::new(&self.handle, url)
    }

    /// A domain name to ask about, also defanged.
    pub fn dns(&self, name: &str) -> Dns {
        Dns::new(&self.handle, name)
    }

    /// The hash of a file to ask about: MD5, SHA-1, SHA-256 or SHA-512.
    pub fn file_hash(&self, hash: &str) -> FileHash {
        FileHash::new(&self.handle, hash)
    }

    /// An alert to ask about, by its `SystemAlertId`.
    pub fn alert(&self, id: &str) -> SecurityAlert {
        SecurityAlert::new(&self.handle, id)
    }

    /// An investigation of an IP address, to be given a span of time and run. The address may be given as logs write it, with a port or in
    /// brackets, or defanged: `157.56.162[.]53`.
    pub fn ip_summary(&self, address: &str) -> IpSummaryRequest {
        IpSummaryRequest::new(self.handle.clone(), address)
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
