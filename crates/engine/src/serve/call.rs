//! One request: its parameters, and what it can reach.

use std::sync::Arc;

use entity_explorer::wire::Value;

use super::output::Output;
use super::session::{NamedTable, Object, Session};
use crate::account::AccountSummary;
use crate::error::{Error, ErrorCode};
use crate::ip_summary::IpSummary;
use crate::workspace::{QueryReport, Workspace};

/// One request.
#[derive(Debug)]
pub struct Call<'a> {
    /// The results of the notebook.
    pub session: &'a Session,
    output: &'a Output,
    id: i64,
    params: Value,
}

impl<'a> Call<'a> {
    /// A request with its parameters.
    pub fn new(session: &'a Session, output: &'a Output, id: i64, params: Value) -> Self {
        Self { session, output, id, params }
    }

    /// Tells the notebook of a step.
    pub fn progress(&self, text: &str) {
        self.output.progress(self.id, text);
    }

    /// Tells the notebook how a query went.
    pub fn report(&self, report: &QueryReport) {
        self.progress(&format!("  {report}"));
    }

    /// A parameter, null if it is not given.
    pub fn value(&self, name: &str) -> &Value {
        self.params.get(name).unwrap_or(&Value::Null)
    }

    /// A parameter that is text.
    ///
    /// # Errors
    /// When it is not.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        self.value(name).as_str().ok_or_else(|| wrong(name, "text"))
    }

    /// A parameter that is a list of texts.
    ///
    /// # Errors
    /// When it is not.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let list = self.value(name).as_list().ok_or_else(|| wrong(name, "a list"))?;
        list.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(|| wrong(name, "a list of texts"))).collect()
    }

    /// A parameter that is a number of things.
    ///
    /// # Errors
    /// When it is not.
    pub fn count(&self, name: &str) -> Result<usize, Error> {
        self.value(name)
            .as_i64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| wrong(name, "a whole number from 0"))
    }

    fn object(&self) -> Result<Object, Error> {
        self.session.get(self.value("handle").as_i64().ok_or_else(|| wrong("handle", "a handle"))?)
    }

    /// The workspace that the request is for.
    ///
    /// # Errors
    /// When it is for something else.
    pub fn workspace(&self) -> Result<Arc<Workspace>, Error> {
        match self.object()? {
            Object::Workspace(workspace) => Ok(workspace),
            _ => Err(wrong("handle", "a workspace")),
        }
    }

    /// The table that the request is for.
    ///
    /// # Errors
    /// When it is for something else.
    pub fn table(&self) -> Result<Arc<NamedTable>, Error> {
        match self.object()? {
            Object::Table(table) => Ok(table),
            _ => Err(wrong("handle", "a table")),
        }
    }

    /// The account summary that the request is for.
    ///
    /// # Errors
    /// When it is for something else.
    pub fn account(&self) -> Result<Arc<AccountSummary>, Error> {
        match self.object()? {
            Object::Account(account) => Ok(account),
            _ => Err(wrong("handle", "an account summary")),
        }
    }

    /// The IP address summary that the request is for.
    ///
    /// # Errors
    /// When it is for something else.
    pub fn ip(&self) -> Result<Arc<IpSummary>, Error> {
        match self.object()? {
            Object::Ip(ip) => Ok(ip),
            _ => Err(wrong("handle", "an IP address summary")),
        }
    }

    /// The workspace that what the request is for comes from.
    pub fn origin(&self) -> Option<Arc<Workspace>> {
        match self.object().ok()? {
            Object::Workspace(workspace) => Some(workspace),
            Object::Table(table) => table.workspace.clone(),
            Object::Account(account) => Some(Arc::clone(account.workspace())),
            Object::Ip(ip) => Some(Arc::clone(ip.workspace())),
        }
    }
}

fn wrong(name: &str, expected: &str) -> Error {
    Error::new(ErrorCode::BadInput, format!("the request's `{name}` is not {expected}"))
}
