//! Everything an analyst sees: documents of cards, sections, timelines and tables as HTML, SVG and plain text.
//!
//! A [`Document`] is a list of [`Block`]s. It is plain data: the same value gives
//! [`Document::html`] for a notebook and [`Document::text`] for a terminal.
//!
//! ```
//! use render::{Document, Entity, Notes, Section};
//!
//! let document = Document::new()
//!     .with(Entity::new("Account", "alice@contoso.com").field("Display name", "Alice <Admin>"))
//!     .with(Section::new("Alerts").intro("No alert names this account."))
//!     .with(Notes::partial(["SecurityEvent was not searched: no such table"]));
//! assert!(document.html().contains("Alice &lt;Admin&gt;"));
//! assert!(document.text().contains("Alice <Admin>"));
//! ```
//!
//! What holds for every output:
//!
//! * **Log data is hostile.** HTML and SVG are written with [`maud`], which escapes by construction; the last step of every
//!   output ([`escape`]) shows control characters and text-direction overrides instead of sending them on. A log value never
//!   becomes a link or part of a script.
//! * **Self-contained.** No request to any host. Styles are scoped to the class `ee`, follow the theme of JupyterLab and
//!   VS Code, and are not needed: without `<style>` and `<script>`, as in a notebook that is not trusted, all
//!   information is still there.
//! * **Bounded.** No output is above [`MAX_OUTPUT`] bytes. What was cut is said in plain words where it was cut.
//! * **The same input gives the same output**, byte for byte, so that notebooks can be compared. No `id` is used, so
//!   outputs cannot collide.

pub mod card;
mod cell;
pub mod csv;
pub mod document;
pub mod error;
pub mod escape;
pub mod format;
pub mod json;
mod limits;
pub mod map;
mod style;
pub mod table;
pub mod timeline;

pub use card::{Alert, Entity, FieldValue, Seen, Severity};
pub use document::{Block, Document, Header, Level, Notes, Section};
pub use error::{Error, Result};
pub use limits::MAX_OUTPUT;
pub use map::WorldMap;
pub use style::SCRIPT;
pub use table::Table;
pub use timeline::{Marker, Timeline, TimelineSpec};
