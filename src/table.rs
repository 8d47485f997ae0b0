//! A table of results.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::Error;
use crate::connection::Connection;
use crate::handle::{Handle, count, list, text, texts};
use crate::output::{Bundle, plain};
use crate::pivot::{Pipeline, Pivot};
use crate::row::{Cell, Column, Row};
use crate::show::{Show, displayed};
use crate::view::{View, bundle};
use crate::wire::Value;

/// A table of results. The rows stay in the engine: making one from another copies nothing to the notebook.
///
/// ```no_run
/// # fn main() -> Result<(), entity_explorer::Error> {
/// # use entity_explorer::prelude::*;
/// # let workspace = Explorer::start()?.connect("Demo")?;
/// let signins = workspace.kql("SigninLogs | where ResultType != '0'")?;
/// let by_address = signins.kql("summarize Failures = count() by IPAddress | top 5 by Failures")?;
/// by_address.to_csv("failures.csv")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Table {
    handle: Handle,
    title: String,
    rows: usize,
    columns: Arc<Vec<Column>>,
    notes: Arc<Vec<String>>,
}

impl Table {
    pub(crate) fn from_reply(connection: &Arc<Connection>, reply: &Value) -> Result<Self, Error> {
        let mut columns = Vec::new();
        for column in list(reply, "columns")? {
            columns.push(Column { name: text(column, "name")?, kind: text(column, "type")? });
        }
        Ok(Self {
            handle: Handle::from_reply(connection, reply)?,
            title: text(reply, "title")?,
            rows: count(reply, "rows")?,
            columns: Arc::new(columns),
            notes: Arc::new(texts(reply, "notes")?),
        })
    }

    pub(crate) fn derive(&self, method: &str, params: Value) -> Result<Table, Error> {
        let reply = self.handle.call(method, params)?;
        Self::from_reply(self.handle.connection(), &reply)
    }

    pub(crate) fn view(&self, method: &str, params: Value) -> Result<View, Error> {
        View::from_reply(&self.handle.call(method, params)?)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What to know about the rows: what was skipped, cut off, or could not be read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What the table is.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The first `rows` rows.
    ///
    /// # Errors
    /// When the engine has stopped; this holds for every method that gives a `Result`.
    pub fn head(&self, rows: usize) -> Result<Table, Error> {
        self.derive("table.head", Value::map().with("rows", size(rows)))
    }

    /// The last `rows` rows.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn tail(&self, rows: usize) -> Result<Table, Error> {
        self.derive("table.tail", Value::map().with("rows", size(rows)))
    }

    /// `rows` rows spread evenly over the table, in its order; the same ones each time.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn sample(&self, rows: usize) -> Result<Table, Error> {
        self.derive("table.sample", Value::map().with("rows", size(rows)))
    }

    /// Only these columns, in this order.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn select(&self, columns: &[&str]) -> Result<Table, Error> {
        self.derive("table.select", Value::map().with("columns", Value::strings(columns)))
    }

    /// Sorted by a column, smallest or earliest first.
    ///
    /// # Errors
    /// When there is no such column, or its values have no order.
    pub fn sort_by(&self, column: &str) -> Result<Table, Error> {
        self.derive(
            "table.sort",
            Value::map().with("column", Value::str(column)).with("descending", Value::Bool(false)),
        )
    }

    /// Sorted by a column, largest or latest first.
    ///
    /// # Errors
    /// When there is no such column, or its values have no order.
    pub fn sort_by_desc(&self, column: &str) -> Result<Table, Error> {
        self.derive("table.sort", Value::map().with("column", Value::str(column)).with("descending", Value::Bool(true)))
    }

    /// The different rows, each once: `.select(&["IPAddress"])?.distinct()?`.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn distinct(&self) -> Result<Table, Error> {
        self.distinct_by(&[])
    }

    /// The different combinations of values of these columns; of all columns, if none is given.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn distinct_by(&self, columns: &[&str]) -> Result<Table, Error> {
        self.derive("table.distinct", Value::map().with("columns", Value::strings(columns)))
    }

    /// The result of KQL operators on this table: `where … | summarize …`.
    ///
    /// # Errors
    /// When the text is wrong: with the position and what to write instead.
    pub fn kql(&self, operators: &str) -> Result<Table, Error> {
        self.derive("table.kql", Value::map().with("text", Value::str(operators)))
    }

    /// The columns and their types, as a table.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn schema(&self) -> Result<Table, Error> {
        self.derive("table.schema", Value::map())
    }

    /// What is in each column: its type, how many values, how many of them missing or empty, how many different ones, the least and the
    /// greatest.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn describe(&self) -> Result<Table, Error> {
        self.derive("table.describe", Value::map())
    }

    /// The events one by one, to unfold: each under its time and the values of these columns, with every field that is not empty.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn view_events(&self, columns: &[&str]) -> Result<View, Error> {
        self.view("table.view_events", Value::map().with("columns", Value::strings(columns)))
    }

    /// A query of the library about each different value of a column, to be given its options and run: `Family.query`, or the kind of entity and
    /// the query. [`Workspace::pivots`](crate::Workspace::pivots) lists them.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), entity_explorer::Error> {
    /// # use entity_explorer::prelude::*;
    /// # let workspace = Explorer::start()?.connect("Demo")?;
    /// let alerts = workspace.kql("SecurityEvent | where EventID == 4625 | summarize count() by IpAddress")?;
    /// alerts.pivot("IpAddress.list_aad_signins_for_ip", "IpAddress").join(JoinKind::Inner).run()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn pivot(&self, name: &str, column: &str) -> Pivot {
        Pivot::new(&self.handle, name, column)
    }

    /// Pivots and KQL one after the other, starting from these rows.
    pub fn pipeline(&self) -> Pipeline {
        Pipeline::new(&self.handle)
    }

    /// The pipeline of this name from a YAML file, starting from these rows; with an empty name the only one of the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pipeline_from(&self, path: impl AsRef<Path>, name: &str) -> Result<Pipeline, Error> {
        Pipeline::of_file(&self.handle, path.as_ref(), name)
    }

    /// The IP addresses of a column on a map of the world: a circle per place, by its rows.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn geoip_map(&self, column: &str) -> Result<View, Error> {
        self.view("table.geoip_map", Value::map().with("column", Value::str(column)))
    }

    /// The value of a column in the first row, as text; `None` if there are no rows.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn first(&self, column: &str) -> Result<Option<String>, Error> {
        match self.select(&[column])?.head(1)?.rows()?.first() {
            Some(row) => Ok(Some(row.get(column)?.to_string())),
            None => Ok(None),
        }
    }

    /// The rows as values of the notebook.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn rows(&self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        while rows.len() < self.rows {
            let page = self.handle.call("table.rows", Value::map().with("from", size(rows.len())))?.take("rows");
            match page {
                Some(Value::List(page)) if !page.is_empty() => {
                    for row in page {
                        rows.push(self.row(row));
                    }
                }
                _ => return Err(Error::protocol("fewer rows than announced")),
            }
        }
        Ok(rows)
    }

    fn row(&self, row: Value) -> Row {
        let mut cells = Vec::new();
        if let Value::List(values) = row {
            for (value, column) in values.into_iter().zip(self.columns.iter()) {
                cells.push(Cell::from_value(value, &column.kind));
            }
        }
        Row::new(Arc::clone(&self.columns), cells)
    }

    /// Writes a Parquet file, and gives a line that says what was written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn to_parquet(&self, path: impl AsRef<Path>) -> Result<View, Error> {
        self.write("parquet", path.as_ref())
    }

    /// Writes a CSV file, and gives a line that says what was written. Text that a spreadsheet would take for a formula is written
    /// so that it stays text.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn to_csv(&self, path: impl AsRef<Path>) -> Result<View, Error> {
        self.write("csv", path.as_ref())
    }

    /// Writes a file with a JSON object on each line, and gives a line that says what was written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn to_json(&self, path: impl AsRef<Path>) -> Result<View, Error> {
        self.write("json", path.as_ref())
    }

    fn write(&self, format: &str, path: &Path) -> Result<View, Error> {
        // The engine has its own working directory: the notebook's when it was started.
        let path = std::path::absolute(path)
            .map_err(|error| Error::new("write", format!("{} is no path to write to: {error}", path.display())))?;
        let path = path.to_str().ok_or_else(|| Error::new("write", "the path is not UTF-8".to_owned()))?;
        self.view("table.write", Value::map().with("format", Value::str(format)).with("path", Value::str(path)))
    }

    /// As plain text: the first rows, and how many there are.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn to_text(&self) -> Result<String, Error> {
        Ok(plain(self.bundle()?.get("text/plain").unwrap_or_default()))
    }
}

pub(crate) fn size(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Show for Table {
    fn bundle(&self) -> Result<Bundle, Error> {
        bundle(&self.handle.call("table.display", Value::map())?)
    }
}

displayed!(Table);

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({}: {} rows, {} columns)", plain(&self.title), self.rows, self.columns.len())
    }
}
