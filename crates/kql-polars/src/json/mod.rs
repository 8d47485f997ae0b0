//! JSON text, which is what a `dynamic` column holds: finding a value in it, checking it, scalars out of it.
//!
//! The hot paths ([`scan`], [`canonical`]) work on the text and build no tree. Functions that rearrange values parse it with `serde_json`, which
//! keeps the order of keys and the text of numbers (a `long` stays a `long`).

mod canonical;
mod scalar;
mod scan;

pub use canonical::{canonical, quoted, text_or_json};
pub use scalar::{Scalar, format_real, number_of_real, scalar};
pub use scan::{Step, find, find_index, find_key};
