//! Catalogs over catalogs: tables limited to a range of time or to a resource, and the same tables of several workspaces as one.

use std::collections::HashSet;

use kql::ast::BinaryOp;
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use crate::bind::pushdown::over_column;
use crate::catalog::{Catalog, SourceColumn, TableSource};
use crate::rel::{Rel, RelColumn};
use crate::stored::pending;
use crate::typed::{null_lit, polars_type, typed_lit};

/// A range of time for a column, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeScope {
    /// The column; a table without it keeps all of its rows.
    pub column: String,
    /// The first time, in ticks; `None` for no bound.
    pub from: Option<i64>,
    /// The last time, in ticks; `None` for no bound.
    pub to: Option<i64>,
}

/// A catalog whose tables hold fewer rows, as the `timespan` and the resource of a Log Analytics request, and the `query_datetimescope_…`
/// properties of a Kusto request, ask for. Filters reach the files as those of a query do.
pub struct Scoped<'a> {
    /// The tables.
    pub catalog: &'a dyn Catalog,
    /// Ranges of time; each applies.
    pub times: Vec<TimeScope>,
    /// An Azure resource, resource group or subscription (`/subscriptions/…`): only rows whose `_ResourceId` lies in it. A table without
    /// that column has none.
    pub resource: Option<String>,
    /// What `now()` is, in ticks, in place of the catalog's.
    pub now: Option<i64>,
}

impl std::fmt::Debug for Scoped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scoped({:?}, {:?})", self.times, self.resource)
    }
}

impl Catalog for Scoped<'_> {
    fn table(&self, name: &str) -> Result<Option<TableSource>, Error> {
        let Some(mut source) = self.catalog.table(name)? else {
            return Ok(None);
        };
        for times in &self.times {
            let column = source.columns.iter().find(|c| c.name == times.column && c.ty == KqlType::DateTime);
            let Some(column) = column.map(rel_column) else {
                continue;
            };
            let bounds = [(BinaryOp::GreaterOrEqual, times.from), (BinaryOp::LessOrEqual, times.to)];
            for (op, ticks) in bounds {
                if let Some(ticks) = ticks {
                    source.frame = source.frame.filter(compared(&column, op, ticks));
                }
            }
        }
        if let Some(resource) = &self.resource {
            let column = source.columns.iter().find(|c| c.name == "_ResourceId" && c.ty == KqlType::String);
            let inside = column.map_or_else(|| lit(false), |column| lies_in(rel_column(column).expr(), resource));
            source.frame = source.frame.filter(inside);
        }
        Ok(Some(source))
    }

    fn table_names(&self) -> Vec<String> {
        self.catalog.table_names()
    }

    fn empty_columns(&self, name: &str) -> HashSet<String> {
        self.catalog.empty_columns(name)
    }

    fn now(&self) -> Option<i64> {
        self.now.or_else(|| self.catalog.now())
    }
}

fn rel_column(column: &SourceColumn) -> RelColumn {
    RelColumn { stored: pending(&column.stored, column.ty), ..RelColumn::new(&column.name, column.ty) }
}

fn compared(column: &RelColumn, op: BinaryOp, ticks: i64) -> Expr {
    over_column(column, op, &Value::DateTime(ticks)).unwrap_or_else(|| match op {
        BinaryOp::GreaterOrEqual => column.expr().gt_eq(typed_lit(ticks)),
        _ => column.expr().lt_eq(typed_lit(ticks)),
    })
}

/// Whether a resource id is `resource` or below it. Resource ids ignore case.
fn lies_in(id: Expr, resource: &str) -> Expr {
    let resource = resource.trim_end_matches('/').to_lowercase();
    let id = id.str().to_lowercase();
    id.clone().eq(lit(resource.as_str())).or(id.str().starts_with(lit(format!("{resource}/"))))
}

/// Several workspaces as one: a table holds the rows of all that have it, with the columns of all.
pub struct Joined<'a> {
    /// The workspaces, the main one first.
    pub catalogs: Vec<&'a dyn Catalog>,
}

impl std::fmt::Debug for Joined<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Joined({} catalogs)", self.catalogs.len())
    }
}

impl Catalog for Joined<'_> {
    fn table(&self, name: &str) -> Result<Option<TableSource>, Error> {
        let mut found = Vec::new();
        for catalog in &self.catalogs {
            found.extend(catalog.table(name)?);
        }
        match found.len() {
            0 => Ok(None),
            1 => Ok(found.pop()),
            _ => join(name, found).map(Some),
        }
    }

    fn table_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.catalogs.iter().flat_map(|c| c.table_names()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn now(&self) -> Option<i64> {
        self.catalogs.iter().filter_map(|c| c.now()).max()
    }
}

fn join(name: &str, sources: Vec<TableSource>) -> Result<TableSource, Error> {
    let mut columns: Vec<SourceColumn> = Vec::new();
    for column in sources.iter().flat_map(|s| &s.columns) {
        match columns.iter().find(|c| c.name == column.name) {
            None => {
                columns.push(SourceColumn { name: column.name.clone(), ty: column.ty, stored: polars_type(column.ty) })
            }
            Some(other) if other.ty == column.ty => {}
            Some(other) => {
                return Err(Error::bare(
                    ErrorKind::Type,
                    format!(
                        "the column {} of the table {name} is {} in one workspace and {} in another",
                        column.name, other.ty, column.ty
                    ),
                )
                .with_help("query the workspaces one by one"));
            }
        }
    }
    let mut notes: Vec<String> = Vec::new();
    let mut frames = Vec::with_capacity(sources.len());
    for source in sources {
        for note in &source.notes {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        let rel = Rel::from_source(source, name, &HashSet::new()).canonical();
        let all: Vec<Expr> = columns
            .iter()
            .map(|c| match rel.column(&c.name) {
                Some(column) => column.expr(),
                None => null_lit(c.ty).alias(c.name.as_str()),
            })
            .collect();
        frames.push(rel.frame.select(all));
    }
    let frame = concat(frames, UnionArgs::default()).map_err(|e| Error::from(crate::run::RuntimeError::from(e)))?;
    Ok(TableSource { frame, columns, notes })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{KqlTable, Options, Tables, run};
    use kql::time::{TICKS_PER_SECOND, UNIX_EPOCH_TICKS};

    /// Seconds 0, 1, 2 and null, stored as a file may hold them, and resources.
    fn tables(unit: TimeUnit, per_second: i64) -> Tables {
        let times = Column::new("TimeGenerated".into(), [Some(0), Some(per_second), Some(2 * per_second), None]);
        let stored = DataType::Datetime(unit, Some(TimeZone::UTC));
        let ids = ["/subscriptions/s/x", "/Subscriptions/S", "/subscriptions/s2", ""];
        let columns = vec![times.cast(&stored).unwrap(), Column::new("_ResourceId".into(), ids)];
        let column = |name: &str, ty, stored| SourceColumn { name: name.to_owned(), ty, stored };
        let source = TableSource {
            frame: DataFrame::new(4, columns).unwrap().lazy(),
            columns: vec![
                column("TimeGenerated", KqlType::DateTime, stored),
                column("_ResourceId", KqlType::String, DataType::String),
            ],
            notes: Vec::new(),
        };
        Tables { tables: [("T".to_owned(), source)].into(), now: Some(1) }
    }

    fn ask(catalog: &dyn Catalog, query: &str) -> KqlTable {
        run(query, catalog, &Default::default(), &Options::default()).unwrap()
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let second = |n: i64| Some(UNIX_EPOCH_TICKS + n * TICKS_PER_SECOND);
        for (unit, per_second) in [
            (TimeUnit::Milliseconds, 1000),
            (TimeUnit::Microseconds, 1_000_000),
            (TimeUnit::Nanoseconds, 1_000_000_000),
        ] {
            let tables = tables(unit, per_second);
            let rows = |from, to| {
                let times = vec![TimeScope { column: "TimeGenerated".into(), from, to }];
                let scoped = Scoped { catalog: &tables, times, resource: None, now: None };
                ask(&scoped, "T").rows()
            };
            assert_eq!(rows(second(0), second(1)), 2);
            assert_eq!(rows(second(1), None), 2);
            assert_eq!(rows(None, second(0)), 1);
            assert_eq!(rows(second(1).map(|t| t + 1), second(2).map(|t| t - 1)), 0);
            assert_eq!(rows(None, None), 4);
        }
    }

    #[test]
    fn a_resource_holds_what_is_below_it() {
        let tables = tables(TimeUnit::Milliseconds, 1000);
        let scoped =
            Scoped { catalog: &tables, times: Vec::new(), resource: Some("/subscriptions/s/".into()), now: Some(7) };
        assert_eq!(ask(&scoped, "T").rows(), 2);
        assert_eq!(ask(&scoped, "print now()").value(0, 0).unwrap(), Value::DateTime(7));
    }

    #[test]
    fn workspaces_are_joined_by_name() {
        let (one, two) = (tables(TimeUnit::Milliseconds, 1000), tables(TimeUnit::Nanoseconds, 1_000_000_000));
        let joined = Joined { catalogs: vec![&one, &two] };
        let times = ask(&joined, "T | summarize count() by TimeGenerated | where count_ == 2");
        assert_eq!(times.rows(), 4);
        assert_eq!(joined.table_names(), ["T"]);
    }
}
