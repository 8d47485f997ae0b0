//! The events of a table, one by one.

use kql::Value;
use kql_polars::KqlTable;
use render::{Document, Entity, Notes, Section};

use crate::error::Error;
use crate::rows::rows;
use crate::workspace::short_time;

/// The rows of a table as titled lines that open: for `view_events`.
///
/// # Errors
/// A column that the table does not have.
pub fn view_events(table: &KqlTable, columns: &[String]) -> Result<Document, Error> {
    const MOST: usize = 500;
    for column in columns {
        if table.position(column).is_none() {
            return Err(Error::unknown("column", column, table.columns.iter().map(|c| c.name.as_str())));
        }
    }
    let mut document = Document::new();
    for (number, row) in rows(table).take(MOST).enumerate() {
        let mut title = vec![format!("{}.", number + 1)];
        title.extend(row.ticks("TimeGenerated").map(short_time));
        title.extend(columns.iter().map(|c| row.text(c)));
        let mut event = Entity::new("Event", "");
        for column in &table.columns {
            if let Some(value) = row.get(&column.name)
                && value != Value::String(String::new())
            {
                event.push(column.name.clone(), value);
            }
        }
        document.push(Section::new(title.join("  ")).folded().with(event));
    }
    if table.rows() == 0 {
        document.push("No events.");
    }
    if table.rows() > MOST {
        document.push(Notes::warning([format!(
            "The first {MOST} of {} events are shown; narrow the table down, such as with .kql(\"where …\").",
            table.rows()
        )]));
    }
    Ok(document)
}
