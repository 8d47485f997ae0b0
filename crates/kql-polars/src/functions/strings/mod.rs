//! String functions.
//!
//! Positions and lengths count characters (Unicode code points), unless a function says bytes.

pub(super) mod basic;
pub(super) mod codepoints;
pub(super) mod compression;
pub(super) mod encoding;
pub(super) mod parse;
pub(super) mod paths;
pub(super) mod regexes;
pub(super) mod replace;
pub(super) mod search;
pub(super) mod xml;
