//! x
use crate::files::Part;
use crate::schema::Schema;
use crate::table::{Loaded, TimeRange};
pub fn open(_table: &str, _parts: &[Part], _known: &Schema) -> Result<Loaded, String> { Err("x".into()) }
pub fn read_times(_table: &str, _parts: &[Part]) -> Result<TimeRange, String> { Err("x".into()) }
