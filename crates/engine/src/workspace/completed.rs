//! The tables of a folder with the columns of the standard tables that a query names.
//!
//! An export often holds only the columns that somebody asked for. In Microsoft Sentinel a standard table always has all of its columns, and
//! the queries of the library count on that: a column that one names and that is missing is empty in every row, and the result says so.

use std::collections::HashSet;

use kql::KqlType;
use kql_polars::typed::polars_type;
use kql_polars::{Catalog, SourceColumn, TableSource};
use polars::prelude::{Expr, NULL, lit};

/// A folder as a query of the library sees it.
pub struct Completed<'a> {
    /// The folder.
    pub folder: &'a local::Workspace,
    /// The text of the query.
    pub text: &'a str,
}

impl Catalog for Completed<'_> {
    fn table(&self, name: &str) -> Result<Option<TableSource>, kql::Error> {
        Ok(Catalog::table(self.folder, name)?.map(|source| complete(name, source, self.text)))
    }

    fn table_names(&self) -> Vec<String> {
        Catalog::table_names(self.folder)
    }

    fn empty_columns(&self, name: &str) -> HashSet<String> {
        Catalog::empty_columns(self.folder, name)
    }

    fn now(&self) -> Option<i64> {
        Catalog::now(self.folder)
    }
}

/// A table with the standard columns that it lacks and that the text of a query names: empty, and said so in its notes.
pub fn complete(table: &str, mut source: TableSource, text: &str) -> TableSource {
    let words: HashSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut missing: Vec<(&str, KqlType)> = local::Schema::known()
        .columns(table)
        // Without a time, rows would silently be in no time range.
        .filter(|(name, _)| {
            *name != "TimeGenerated" && words.contains(name) && source.columns.iter().all(|column| column.name != *name)
        })
        .collect();
    if missing.is_empty() {
        return source;
    }
    missing.sort_unstable_by_key(|(name, _)| *name);
    let empty: Vec<Expr> = missing.iter().map(|(name, ty)| empty(table, name, *ty).alias(*name)).collect();
    source.frame = source.frame.with_columns(empty);
    source.columns.extend(missing.iter().map(|(name, ty)| SourceColumn {
        name: (*name).to_owned(),
        ty: *ty,
        stored: polars_type(*ty),
    }));
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).filter(|name| *name != "Type").collect();
    if let [one] = names[..] {
        source.notes.push(format!("{table} has no column {one}: it is taken as empty"));
    } else if !names.is_empty() {
        source.notes.push(format!("{table} has no columns {}: they are taken as empty", names.join(", ")));
    }
    source
}

/// What a missing column holds in every row.
fn empty(table: &str, name: &str, ty: KqlType) -> Expr {
    match ty {
        // The name of the table, wherever the rows come from.
        KqlType::String if name == "Type" => lit(table),
        // Text is never null.
        KqlType::String => lit(""),
        _ => lit(NULL).cast(polars_type(ty)),
    }
}
