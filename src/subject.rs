//! Something to ask about: an account, an IP address, a host, …

use std::fmt;

use crate::account_summary::AccountSummaryRequest;
use crate::entity::Entity;
use crate::handle::Handle;
use crate::ip_summary::IpSummaryRequest;
use crate::output::{Bundle, plain};
use crate::query::IntoParam;
use crate::show::{Show, displayed};
use crate::table::Table;
use crate::timespan::IntoTimeSpan;
use crate::view::bundle;
use crate::wire::Value;
use crate::{AccountSummary, Error, IpSummary, TimeSpan};

/// What the types of this module share.
#[derive(Clone)]
struct Subject {
    workspace: Handle,
    kind: &'static str,
    value: String,
    timespan: Option<Result<TimeSpan, Error>>,
    params: Vec<(String, Value)>,
}

impl Subject {
    fn new(workspace: &Handle, kind: &'static str, value: &str) -> Self {
        Self { workspace: workspace.clone(), kind, value: value.to_owned(), timespan: None, params: Vec::new() }
    }

    fn request(&self) -> Value {
        Value::map().with("kind", Value::str(self.kind)).with("value", Value::str(&self.value))
    }

    fn timespan(&self) -> Result<Value, Error> {
        match &self.timespan {
            Some(timespan) => Ok(timespan.clone()?.to_value()),
            None => Ok(Value::Null),
        }
    }

    /// The span of time to look at, the last two days where none was given.
    fn span(&self) -> Result<TimeSpan, Error> {
        match &self.timespan {
            Some(timespan) => timespan.clone(),
            None => TimeSpan::last_days(2),
        }
    }

    fn query(&self, name: &str) -> Result<Table, Error> {
        let params = self
            .request()
            .with("name", Value::str(name))
            .with("timespan", self.timespan()?)
            .with("params", Value::Map(self.params.clone()));
        Table::from_reply(self.workspace.connection(), &self.workspace.call("entity.query", params)?)
    }

    fn lookup(&self, method: &str) -> Result<Table, Error> {
        Table::from_reply(self.workspace.connection(), &self.workspace.call(method, self.request())?)
    }

    fn queries(&self) -> Result<Table, Error> {
        let reply = self.workspace.call("workspace.pivots", Value::map().with("kind", Value::str(self.kind)))?;
        Table::from_reply(self.workspace.connection(), &reply)
    }
}

macro_rules! subjects {
    ($($(#[doc = $doc:literal])+ $name:ident;)*) => {$(
        $(#[doc = $doc])+
        ///
        /// Shows itself as a card, with what can be asked about it.
        #[derive(Clone)]
        pub struct $name(Subject);

        impl $name {
            pub(crate) fn new(workspace: &Handle, value: &str) -> Self {
                Self(Subject::new(workspace, stringify!($name), value))
            }

            /// The span of time that questions are about; the last two days, if nothing is said.
            #[must_use]
            pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
                self.0.timespan = Some(timespan.into_timespan());
                self
            }

            /// Gives a further parameter of the next queries its value.
            #[must_use]
            pub fn param(mut self, name: &str, value: impl IntoParam) -> Self {
                self.0.params.push((name.to_owned(), value.into_param()));
                self
            }

            /// What can be asked about it: queries of the library, with a description and an example line each.
            ///
            /// # Errors
            /// When the engine has stopped.
            pub fn queries(&self) -> Result<Table, Error> {
                self.0.queries()
            }

            /// Asks a query of the library about it: by its name, or by the short name that [`queries`](Self::queries) lists.
            ///
            /// # Errors
            /// When the value is none of this kind, there is no such query or its table is not in the workspace, or the run fails.
            pub fn query(&self, name: &str) -> Result<Table, Error> {
                self.0.query(name)
            }

            /// The entity, with the fields that its value tells.
            ///
            /// # Errors
            /// When the value is none of this kind.
            pub fn entity(&self) -> Result<Entity, Error> {
                Entity::from_reply(&self.0.workspace.call("entity.card", self.0.request())?)
            }
        }

        impl Show for $name {
            fn bundle(&self) -> Result<Bundle, Error> {
                bundle(&self.0.workspace.call("entity.display", self.0.request())?)
            }
        }

        displayed!($name);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), plain(&self.0.value))
            }
        }
    )*};
}

subjects! {
    /// An account to ask about: `alice`, `alice@contoso.com` or `CONTOSO\alice`.
    Account;
    /// An IP address to ask about.
    IpAddress;
    /// A host to ask about, with or without its domain.
    Host;
    /// A URL to ask about.
    Url;
    /// A domain name to ask about.
    Dns;
    /// The hash of a file to ask about: MD5, SHA-1, SHA-256 or SHA-512.
    FileHash;
    /// An alert to ask about, by its `SystemAlertId`.
    SecurityAlert;
}

impl Account {
    /// The account summary, as [`account_summary`](crate::Workspace::account_summary) gives it.
    ///
    /// # Errors
    /// When the name is empty, or no source at all can be read.
    pub fn summary(&self) -> Result<AccountSummary, Error> {
        AccountSummaryRequest::new(self.0.workspace.clone(), &self.0.value).timespan(self.0.span()?).run()
    }
}

/// The look-ups of one kind of subject.
macro_rules! lookups {
    ($($name:ident: $($(#[doc = $doc:literal])+ $method:ident),+;)*) => {$(
        impl $name {
            $(
                $(#[doc = $doc])+
                ///
                /// # Errors
                /// When the value is none of this kind, or the engine has stopped. A service that fails is said in the row.
                pub fn $method(&self) -> Result<Table, Error> {
                    self.0.lookup(concat!("entity.", stringify!($method)))
                }
            )+
        }
    )*};
}

lookups! {
    IpAddress:
        /// Where the address is: one row, with the columns of [`Table::geoip`].
        geoip,
        /// Whose the address is: one row, with the columns of [`Table::whois`].
        whois,
        /// What threat intelligence services and the indicators of the workspace know of the address: a row for each.
        threat_intel,
        /// Which names led to the address, by the services that keep DNS answers: a row for each service.
        passive_dns;
    Url:
        /// What threat intelligence services and the indicators of the workspace know of the URL: a row for each.
        threat_intel;
    Dns:
        /// What threat intelligence services and the indicators of the workspace know of the name: a row for each.
        threat_intel,
        /// Which addresses the name led to, by the services that keep DNS answers: a row for each service.
        passive_dns;
    FileHash:
        /// What threat intelligence services and the indicators of the workspace know of the hash: a row for each.
        threat_intel;
}

impl IpAddress {
    /// The IP address summary, as [`ip_summary`](crate::Workspace::ip_summary) gives it.
    ///
    /// # Errors
    /// When it is no address, or no source at all can be read.
    pub fn summary(&self) -> Result<IpSummary, Error> {
        IpSummaryRequest::new(self.0.workspace.clone(), &self.0.value).timespan(self.0.span()?).run()
    }
}
