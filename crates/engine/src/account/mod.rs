//! The account summary: which accounts match a name, and what is known of the one that is selected.
//!
//! ```text
//! AccountName ──search──> matches ──select──> entity, alerts, bookmarks ──get_additional_data──> logons or activity, addresses
//! ```

mod addresses;
mod browse;
mod detail;
mod document;
mod entity;
mod name;
mod properties;
mod search;
mod selected;
mod summary;
mod together;
mod types;

pub use detail::Additional;
pub use document::Reader;
pub use entity::to_json as entity_to_json;
pub use name::AccountName;
pub use properties::{METHODS, PROPERTIES, find_property};
pub use search::{Found, Match};
pub use selected::Selected;
pub use summary::{AccountSummary, Request};
pub use types::{Realm, Source, parse_types};
