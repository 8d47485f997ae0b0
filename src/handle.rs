//! Handles: what a notebook has of a result that stays in the engine.

use std::sync::Arc;

use crate::Error;
use crate::connection::Connection;
use crate::wire::Value;

/// A result in the engine, freed there when the last clone is dropped here.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Inner>);

struct Inner {
    connection: Arc<Connection>,
    id: i64,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.connection.release(self.id);
    }
}

impl Handle {
    /// The handle in a reply.
    pub(crate) fn from_reply(connection: &Arc<Connection>, reply: &Value) -> Result<Self, Error> {
        match reply.get("handle") {
            Some(Value::Int(id)) => Ok(Self(Arc::new(Inner { connection: Arc::clone(connection), id: *id }))),
            _ => Err(Error::protocol("a result without a handle")),
        }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.0.connection
    }

    /// Calls a method of the result; `params` is a map.
    pub(crate) fn call(&self, method: &str, params: Value) -> Result<Value, Error> {
        self.0.connection.call(method, params.with("handle", Value::Int(self.0.id)))
    }
}

/// An entry of a reply that has to be text.
pub(crate) fn text(reply: &Value, key: &str) -> Result<String, Error> {
    match reply.get(key) {
        Some(Value::Str(text)) => Ok(text.clone()),
        _ => Err(Error::protocol(key)),
    }
}

/// An entry of a reply that has to be a count.
pub(crate) fn count(reply: &Value, key: &str) -> Result<usize, Error> {
    match reply.get(key) {
        Some(Value::Int(number)) if *number >= 0 => Ok(*number as usize),
        _ => Err(Error::protocol(key)),
    }
}

/// An entry of a reply that has to be a list.
pub(crate) fn list<'a>(reply: &'a Value, key: &str) -> Result<&'a [Value], Error> {
    match reply.get(key) {
        Some(Value::List(values)) => Ok(values),
        _ => Err(Error::protocol(key)),
    }
}

/// An entry of a reply that has to be a list of texts.
pub(crate) fn texts(reply: &Value, key: &str) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    for value in list(reply, key)? {
        match value {
            Value::Str(text) => texts.push(text.clone()),
            _ => return Err(Error::protocol(key)),
        }
    }
    Ok(texts)
}
