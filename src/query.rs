//! A query of the library on its way to being run.

use std::fmt;

use crate::handle::Handle;
use crate::output::plain;
use crate::table::Table;
use crate::timespan::IntoTimeSpan;
use crate::view::View;
use crate::wire::Value;
use crate::{Duration, Error, TimeSpan, Timestamp};

/// A query of the library with the parameters it has been given so far.
#[derive(Clone)]
#[must_use = "a query does nothing until `.run()`"]
pub struct Query {
    workspace: Handle,
    name: String,
    params: Vec<(String, Value)>,
    timespan: Option<Result<TimeSpan, Error>>,
}

impl Query {
    pub(crate) fn new(workspace: Handle, name: &str) -> Self {
        Self { workspace, name: name.to_owned(), params: Vec::new(), timespan: None }
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

    /// Gives the parameters `start` and `end` their values.
    pub fn timespan(mut self, timespan: impl IntoTimeSpan) -> Self {
        self.timespan = Some(timespan.into_timespan());
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
        self.workspace.call(
            method,
            Value::map()
                .with("name", Value::str(&self.name))
                .with("params", Value::Map(self.params.clone()))
                .with("timespan", timespan),
        )
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({}, {} parameters)", plain(&self.name), self.params.len())
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
