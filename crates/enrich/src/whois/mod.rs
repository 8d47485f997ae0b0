//! Whose addresses are: RDAP for the registered networks, Team Cymru for who routes them.

mod bootstrap;
mod cymru;
mod lookup;
mod parse;
mod rdap;
mod record;

pub use lookup::{System, WhoIs, WhoIsError, WhoIsOptions, WhoIsReport, WhoIsSettings};
pub use record::{Net, Origin, WhoIsRow};
