//! Where a query finds its tables.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use kql::{Error, KqlType};
use polars::prelude::{DataType, LazyFrame};

/// A column as it is stored, and the KQL type it is to be read as.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceColumn {
    /// Its name.
    pub name: String,
    /// The KQL type that queries see.
    pub ty: KqlType,
    /// The Polars type of the stored column. The engine converts it to the one that [`crate::typed`] lists for `ty`: a
    /// `Datetime` or text to ticks, null text to `""`, a categorical to text, a struct or list to JSON text, …
    pub stored: DataType,
}

/// A table: a lazy scan and its columns. Nothing is read before a query asks for it.
#[derive(Clone)]
pub struct TableSource {
    /// The scan, with the stored types.
    pub frame: LazyFrame,
    /// The columns, in the order in which queries see them.
    pub columns: Vec<SourceColumn>,
    /// What the reader of any result from this table has to be told (skipped rows, unreadable files).
    pub notes: Vec<String>,
}

impl std::fmt::Debug for TableSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TableSource({} columns)", self.columns.len())
    }
}

/// The tables that a query can name.
pub trait Catalog: Send + Sync {
    /// The table of this name (case matters), or `None` if there is none.
    ///
    /// # Errors
    /// When there is one, and it cannot be read.
    fn table(&self, name: &str) -> Result<Option<TableSource>, Error>;

    /// All names, sorted: for wildcards, `search *` and suggestions.
    fn table_names(&self) -> Vec<String>;

    /// Columns of the table that are known, without reading them, to be null or an empty text in every row. Conditions on all columns
    /// (`* has "x"`) leave them out: a table such as `SecurityEvent` has hundreds of them.
    fn empty_columns(&self, _name: &str) -> HashSet<String> {
        HashSet::new()
    }

    /// What `now()` is, in ticks; `None` for the clock of the machine.
    fn now(&self) -> Option<i64> {
        None
    }
}

impl<C: Catalog + ?Sized> Catalog for Arc<C> {
    fn table(&self, name: &str) -> Result<Option<TableSource>, Error> {
        (**self).table(name)
    }

    fn table_names(&self) -> Vec<String> {
        (**self).table_names()
    }

    fn now(&self) -> Option<i64> {
        (**self).now()
    }
}

/// No tables: enough for `print`, `range` and `datatable`.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTables;

impl Catalog for NoTables {
    fn table(&self, _name: &str) -> Result<Option<TableSource>, Error> {
        Ok(None)
    }

    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Named tables held in a map: results given names, tests.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// By name.
    pub tables: BTreeMap<String, TableSource>,
    /// What `now()` is.
    pub now: Option<i64>,
}

impl Catalog for Tables {
    fn table(&self, name: &str) -> Result<Option<TableSource>, Error> {
        Ok(self.tables.get(name).cloned())
    }

    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    fn now(&self) -> Option<i64> {
        self.now
    }
}
