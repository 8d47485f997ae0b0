//! A Microsoft Sentinel workspace or a Kusto database as a workspace.

mod connect;
mod missing;
mod runtime;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kql::{Error as KqlError, ErrorKind, Value, time};
use kql_polars::KqlTable;
use sentinel::kusto::Kusto;
use sentinel::log_analytics::{LogAnalytics, Schema, Scope};
use sentinel::{Fault, FaultKind, Query};

pub use connect::{cluster, http_client, secrets, workspace};
pub use runtime::{give_up, wait_for};

use super::{Ask, Provider, TableInfo};
use crate::error::{Error, ErrorCode};

/// The client that asks.
#[derive(Debug)]
pub enum Client {
    /// Of a Log Analytics workspace.
    LogAnalytics(LogAnalytics),
    /// Of a Kusto database.
    Kusto(Kusto),
}

impl Client {
    async fn query(&self, query: &Query) -> Result<KqlTable, Fault> {
        match self {
            Self::LogAnalytics(client) => client.query(query).await,
            Self::Kusto(client) => client.query(query).await,
        }
    }

    async fn schema(&self) -> Result<Schema, Fault> {
        match self {
            Self::LogAnalytics(client) => client.schema().await,
            Self::Kusto(client) => client.schema().await,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::LogAnalytics(client) => client.name(),
            Self::Kusto(client) => client.name(),
        }
    }
}

/// A workspace in the cloud.
#[derive(Debug)]
pub struct CloudProvider {
    client: Client,
    /// The tables, once they were asked for.
    schema: Mutex<Option<std::sync::Arc<Schema>>>,
    /// How far the service's clock is ahead of this machine's, in ticks, once it was asked.
    ahead: Mutex<Option<i64>>,
}

impl CloudProvider {
    /// A provider that asks by this client. Nothing is sent yet.
    pub fn new(client: Client) -> Self {
        Self { client, schema: Mutex::default(), ahead: Mutex::default() }
    }

    fn schema(&self) -> Result<std::sync::Arc<Schema>, Error> {
        let mut kept = self.schema.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = &*kept {
            return Ok(std::sync::Arc::clone(schema));
        }
        let schema = match runtime::wait(self.client.schema()) {
            Ok(schema) => schema,
            // Who may query tables may not always list them. The standard ones may be there: a query tells.
            Err(fault) if fault.kind == FaultKind::Denied => missing::standard_schema(),
            Err(fault) => return Err(error(&fault)),
        };
        Ok(std::sync::Arc::clone(kept.insert(std::sync::Arc::new(schema))))
    }

    fn send(&self, mut query: Query) -> Result<KqlTable, KqlError> {
        let mut notes = Vec::new();
        // A query may name several tables that are not there; each is found out by asking.
        for _ in 0..20 {
            let fault = match runtime::wait(self.client.query(&query)) {
                Ok(mut table) => {
                    table.notes.extend(notes);
                    return Ok(table);
                }
                Err(fault) => fault,
            };
            let FaultKind::NoTable(name) = &fault.kind else { return Err(kql_error(&fault)) };
            let schema = self.schema().ok();
            // A resource may lack what the workspace has.
            let there =
                query.resource.is_none() && schema.as_deref().is_some_and(|schema| schema.table(name).is_some());
            match missing::as_empty(name).filter(|_| !there) {
                Some(empty) if !query.text.starts_with(&empty) => {
                    query.text = format!("{empty}{}", query.text);
                    notes.push(format!("{} has no table {name}: it is taken as empty", self.client.name()));
                }
                _ => return Err(missing::unknown(name, &fault, schema.as_deref())),
            }
        }
        Err(KqlError::bare(
            ErrorKind::UnknownName,
            format!("{} lacks too many of the query's tables", self.client.name()),
        ))
    }
}

impl Provider for CloudProvider {
    fn describe(&self) -> String {
        match &self.client {
            Client::LogAnalytics(client) => match client.scope() {
                Scope::Workspace(id) => format!("Microsoft Sentinel workspace {id}"),
                Scope::Resource(id) => format!("logs of the resource {id}"),
            },
            Client::Kusto(client) => format!("Kusto database {} of {}", client.database(), client.name()),
        }
    }

    fn now(&self) -> Result<i64, Error> {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ahead) = *ahead {
            return Ok(time::now_ticks() + ahead);
        }
        // The service's clock counts: time ranges are compared with what it wrote.
        let sent = time::now_ticks();
        let query = Query { fresh: true, whole: true, ..Query::new("print Now = now()") };
        let table = runtime::wait(self.client.query(&query)).map_err(|fault| error(&fault))?;
        let came = time::now_ticks();
        let Ok(Value::DateTime(there)) = table.value(0, 0) else {
            return Err(Error::new(ErrorCode::Query, format!("{} does not say what time it is", self.client.name())));
        };
        let offset = there - (sent + (came - sent) / 2);
        *ahead = Some(offset);
        Ok(time::now_ticks() + offset)
    }

    fn table_names(&self) -> Result<Vec<String>, Error> {
        Ok(self.schema()?.tables.iter().map(|table| table.name.clone()).collect())
    }

    fn tables(&self) -> Result<Vec<TableInfo>, Error> {
        let info = |table: &sentinel::log_analytics::TableSchema| TableInfo {
            name: table.name.clone(),
            rows: None,
            columns: table.columns.len(),
            time_range: None,
            note: Some(table.description.clone()).filter(|text| !text.is_empty()),
        };
        Ok(self.schema()?.tables.iter().map(info).collect())
    }

    fn parallel(&self) -> Option<usize> {
        Some(match &self.client {
            Client::LogAnalytics(client) => client.parallel(),
            Client::Kusto(client) => client.parallel(),
        })
    }

    fn ask(&self, text: &str, params: &BTreeMap<String, Value>, ask: &Ask) -> Result<KqlTable, KqlError> {
        // The queries of the library limit their rows to these.
        let known_range = match (params.get("start"), params.get("end")) {
            (Some(Value::DateTime(start)), Some(Value::DateTime(end))) if start < end => Some((*start, *end)),
            _ => None,
        };
        self.send(Query {
            params: params.clone(),
            known_range,
            range: ask.range.or(known_range.filter(|_| ask.is_within_its_times)),
            split_by: ask.split_by,
            workspaces: ask.workspaces.clone(),
            resource: ask.resource.clone(),
            timeout: ask.timeout,
            fresh: ask.fresh,
            ..Query::new(text)
        })
    }
}

/// A failure of a service as the engine's.
pub fn error(fault: &Fault) -> Error {
    let code = match fault.kind {
        FaultKind::BadInput => ErrorCode::BadInput,
        FaultKind::NotFound | FaultKind::NoTable(_) => ErrorCode::NotFound,
        FaultKind::Limit => ErrorCode::Limit,
        FaultKind::Network | FaultKind::SignIn | FaultKind::Denied => ErrorCode::Io,
        _ => ErrorCode::Query,
    };
    Error { code, message: fault.message.clone(), help: fault.help.clone() }
}

/// A failure of a service as a query's.
fn kql_error(fault: &Fault) -> KqlError {
    let kind = match fault.kind {
        FaultKind::NoTable(_) => ErrorKind::UnknownName,
        FaultKind::Limit => ErrorKind::Limit,
        _ => ErrorKind::Runtime,
    };
    KqlError { kind, span: None, message: fault.message.clone(), help: fault.help.clone() }
}
