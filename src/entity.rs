//! What is known about an account, an address or a host.

use std::fmt;

use crate::Error;
use crate::handle::{list, text};
use crate::output::{Bundle, plain};
use crate::row::Cell;
use crate::show::{Show, displayed};
use crate::view::bundle;
use crate::wire::Value;

/// An entity: its kind, and its properties by the names that Microsoft Sentinel gives them.
#[derive(Clone, PartialEq)]
pub struct Entity {
    kind: String,
    name: String,
    properties: Vec<(String, Cell)>,
    bundle: Bundle,
}

impl Entity {
    pub(crate) fn from_reply(reply: &Value) -> Result<Self, Error> {
        let mut properties = Vec::new();
        for property in list(reply, "properties")? {
            let value = property.get("value").cloned().unwrap_or(Value::Null);
            properties.push((text(property, "name")?, Cell::from_value(value, &text(property, "type")?)));
        }
        Ok(Self { kind: text(reply, "entity")?, name: text(reply, "name")?, properties, bundle: bundle(reply)? })
    }

    /// `Account`, `IpAddress`, `Host`, …
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A property: `UPNSuffix`, `AadUserId`, …; `None` if it is not known.
    pub fn get(&self, property: &str) -> Option<&Cell> {
        for (name, cell) in &self.properties {
            if name == property {
                return Some(cell);
            }
        }
        None
    }

    /// The known properties, in order.
    pub fn properties(&self) -> &[(String, Cell)] {
        &self.properties
    }
}

impl Show for Entity {
    fn bundle(&self) -> Result<Bundle, Error> {
        Ok(self.bundle.clone())
    }
}

displayed!(Entity);

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(self.bundle.get("text/plain").unwrap_or_default()))
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}, {} properties)", plain(&self.kind), plain(&self.name), self.properties.len())
    }
}
