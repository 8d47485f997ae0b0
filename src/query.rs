//! A query on its way to being run: of the library, or KQL text.

use std::fmt;

use crate::handle::Handle;
use crate::output::plain;
use crate::table::Table;
use crate::timespan::IntoTimeSpan;
use crate::view::View;
use crate::wire::Value;
use crate::{Duration, Error, TimeSpan, Timestamp};

/// A query with the parameters it has been given so far, and how it is to be asked.
#[derive(Clone)]
#[must_use = "a query does nothing until `.run()`"]
pub struct Query {
    workspace: Handle,
    /// `name` for one of the library, `text` for KQL text.
    kind: &'static str,
    what: String,
    params: Vec<(String, Value)>,
    timespan: Option<Result<TimeSpan, Error>>,
    lengths: Vec<(&'static str, Result<TimeSpan, Error>)>,
    asked: Vec<(&'static str, Value)>,
}

impl Query {
    pub(crate) fn new(workspace: Handle, kind: &'static str, what: &str) -> Self {
        let (params, lengths, asked) = (Vec::new(), Vec::new(), Vec::new());
        Self { workspace, kind, what: what.to_owned(), params, timespan: None, lengths, asked }
    }

    /// Gives a parameter its value. Values are never pasted into query text: whatever is in them finds itself and nothing else.
    pub fn param(self, name: &str, value: impl IntoParam) -> Self {
        self.with(name, value.into_param())
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        for (given, old) in &mut self.params {
            if given == name {
                *old = value;
                return self;
            }
        }
        self.params.push((name.to_owned(), value));
        self
    }

    /// Gives the parameters `start` and `end` their values. A query that is KQL text sees no rows outside of it, either: those whose
    /// `TimeGenerated` is not between the two, both included.
    pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
        self.timespan = Some(timespan.into_timespan());
        self
    }

    /// Fetches the rows in parts of this length of time, such as `1d` or `6h`, from a workspace in the cloud, where they are more than one answer
    /// may hold. A query that looks at rows together (`summarize`, `join`, …) cannot be split. Folders of table files need no
    /// parts: there it does nothing.
    pub fn split_by(mut self, length: impl IntoTimeSpan) -> Self {
        self.lengths.push(("split_by", length.into_timespan()));
        self
    }

    /// How long the query may take, such as `5m`. It is stopped then, also in the service.
    pub fn timeout(mut self, length: impl IntoTimeSpan) -> Self {
        self.lengths.push(("timeout", length.into_timespan()));
        self
    }

    /// Asks the service again, even if it has answered the same query in this session.
    pub fn fresh(mut self) -> Self {
        self.asked.push(("fresh", Value::Bool(true)));
        self
    }

    /// Asks these Log Analytics workspaces as well, each given by its id, its name or its resource id: the rows of all of them are
    /// one table.
    pub fn workspaces<S: AsRef<str>>(mut self, workspaces: impl IntoIterator<Item = S>) -> Self {
        let mut list = Vec::new();
        for workspace in workspaces {
            list.push(Value::str(workspace.as_ref()));
        }
        self.asked.push(("workspaces", Value::List(list)));
        self
    }

    /// Asks for the logs of an Azure resource (`/subscriptions/…`), in whichever workspaces they are, in place of this workspace.
    pub fn resource(mut self, resource_id: &str) -> Self {
        self.asked.push(("resource", Value::str(resource_id)));
        self
    }

    /// Runs the query.
    ///
    /// # Errors
    /// When there is no such query, a parameter is unknown, missing or of the wrong type, or the run fails.
    pub fn run(&self) -> Result<Table, Error> {
        Table::from_reply(self.workspace.connection(), &self.call("workspace.query.run")?)
    }

    /// The KQL text that would be run, parameters included: to be read, or pasted into the portal.
    ///
    /// # Errors
    /// As [`run`](Query::run), but nothing is run.
    pub fn text(&self) -> Result<View, Error> {
        View::from_reply(&self.call("workspace.query.text")?)
    }

    fn call(&self, method: &str) -> Result<Value, Error> {
        let timespan = match &self.timespan {
            Some(timespan) => timespan.clone()?.to_value(),
            None => Value::Null,
        };
        let mut params = Value::map()
            .with(self.kind, Value::str(&self.what))
            .with("params", Value::Map(self.params.clone()))
            .with("timespan", timespan);
        // Of several with one name, the first counts there: the latest that was given.
        for (name, length) in self.lengths.iter().rev() {
            params = params.with(name, Value::Int(length.clone()?.duration().ticks()));
        }
        for (name, value) in self.asked.iter().rev() {
            params = params.with(name, value.clone());
        }
        self.workspace.call(method, params)
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({}, {} parameters)", plain(&self.what), self.params.len())
    }
}

/// What a query's parameter can be: text, a number, a truth value, a moment, a length of time, or a list of these.
pub trait IntoParam {
    /// As it is sent.
    #[doc(hidden)]
    fn into_param(self) -> Value;
}

macro_rules! param {
    ($($type:ty: $value:ident => $sent:expr;)*) => {$(
        impl IntoParam for $type {
            fn into_param(self) -> Value {
                let $value = self;
                $sent
            }
        }
    )*};
}

param! {
    &str: text => Value::str(text);
    String: text => Value::Str(text);
    &String: text => Value::str(text);
    bool: value => Value::Bool(value);
    i32: number => Value::Int(i64::from(number));
    u32: number => Value::Int(i64::from(number));
    i64: number => Value::Int(number);
    usize: number => Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    f64: number => Value::Float(number);
    Timestamp: moment => Value::map().with("datetime", Value::Int(moment.ticks()));
    Duration: length => Value::map().with("timespan", Value::Int(length.ticks()));
}

impl<T: IntoParam> IntoParam for Vec<T> {
    fn into_param(self) -> Value {
        Value::List(self.into_iter().map(IntoParam::into_param).collect())
    }
}

impl<T: IntoParam + Clone> IntoParam for &[T] {
    fn into_param(self) -> Value {
        self.to_vec().into_param()
    }
}

impl<T: IntoParam, const N: usize> IntoParam for [T; N] {
    fn into_param(self) -> Value {
        Value::List(self.into_iter().map(IntoParam::into_param).collect())
    }
}

impl<T: IntoParam + Clone, const N: usize> IntoParam for &[T; N] {
    fn into_param(self) -> Value {
        self.clone().into_param()
    }
}
