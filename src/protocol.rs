//! What the notebook and the engine say to each other, as frames of [`wire`](crate::wire).
//!
//! Both begin with a hello. After that the notebook sends requests and the engine answers each with any number of
//! progress lines and one reply. The end of the engine's input ends the engine, whatever it is doing.
//!
//! | frame | content |
//! |---|---|
//! | hello | `{hello: "client" or "engine", protocol, version}` |
//! | request | `{id, method, params: {…}, free: [handle, …]}` |
//! | progress | `{id, progress: text}` |
//! | reply | `{id, ok: value}` or `{id, error: {code, message, help}}` |
//!
//! Results stay in the engine; the notebook has their handles. `free` lists handles that nothing refers to any more.

use crate::Error;
use crate::wire::Value;

/// The number of this protocol. It goes up with every change after which the two sides would misunderstand each other.
pub const PROTOCOL: i64 = 1;

/// The version of this crate, and of an engine built with it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A hello has at most this many bytes, so that whatever else a program prints is not waited for.
pub const MAX_HELLO: usize = 4096;

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The notebook.
    Client,
    /// The engine.
    Engine,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Engine => "engine",
        }
    }
}

/// The hello of one side.
pub fn hello(side: Side) -> Value {
    Value::map()
        .with("hello", Value::str(side.name()))
        .with("protocol", Value::Int(PROTOCOL))
        .with("version", Value::str(VERSION))
}

/// Checks the hello of the other side, `side`, and gives its version.
///
/// # Errors
/// When it is no hello of that side, or the other side speaks another protocol: then the help says which of the two is older,
/// and how to renew it.
pub fn check_hello(value: &Value, side: Side) -> Result<String, Error> {
    let version = value.get("version").and_then(Value::as_str);
    let protocol = value.get("protocol").and_then(Value::as_i64);
    let is_side = value.get("hello").and_then(Value::as_str) == Some(side.name());
    let (Some(version), Some(protocol), true) = (version, protocol, is_side) else {
        return Err(Error::new("no_hello", format!("it did not greet as the {} of Entity Explorer does", side.name())));
    };
    if protocol == PROTOCOL {
        return Ok(version.to_owned());
    }
    let (engine, client) = match side {
        Side::Engine => ((version, protocol), (VERSION, PROTOCOL)),
        Side::Client => ((VERSION, PROTOCOL), (version, protocol)),
    };
    let help = if engine.1 < client.1 {
        "the engine is the older of the two: build it again with `cargo build --release` in the entity-explorer folder, then restart the kernel"
    } else {
        "the notebook's crate is the older of the two: restart the kernel, so that `:dep` compiles it again; if that does not help, bring \
         its folder up to date"
    };
    Err(Error::new(
        "protocol_mismatch",
        format!(
            "the engine (version {}, protocol {}) and the notebook's crate (version {}, protocol {}) do not fit together",
            engine.0, engine.1, client.0, client.1
        ),
    )
    .with_help(help.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn other(protocol: i64) -> Value {
        Value::map()
            .with("hello", Value::str("engine"))
            .with("protocol", Value::Int(protocol))
            .with("version", Value::str("9.9.9"))
    }

    #[test]
    fn equal_protocols_fit() {
        assert_eq!(check_hello(&hello(Side::Engine), Side::Engine), Ok(VERSION.to_owned()));
        assert_eq!(check_hello(&other(PROTOCOL), Side::Engine), Ok("9.9.9".to_owned()));
    }

    #[test]
    fn a_mismatch_says_which_side_to_renew() {
        let older = check_hello(&other(PROTOCOL - 1), Side::Engine).unwrap_err();
        assert_eq!(older.code(), "protocol_mismatch");
        assert!(older.help().unwrap().contains("cargo build --release"));
        let newer = check_hello(&other(PROTOCOL + 1), Side::Engine).unwrap_err();
        assert!(newer.help().unwrap().contains("restart the kernel"));
        assert!(newer.message().contains("version 9.9.9, protocol 2"), "{newer}");
    }

    #[test]
    fn an_echo_is_no_engine() {
        assert_eq!(check_hello(&hello(Side::Client), Side::Engine).unwrap_err().code(), "no_hello");
        assert_eq!(check_hello(&Value::Null, Side::Engine).unwrap_err().code(), "no_hello");
    }
}
