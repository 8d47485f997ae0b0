//! A relation: a lazy frame whose columns have KQL types.

use std::collections::HashSet;

use kql::KqlType;
use polars::prelude::*;

use crate::catalog::TableSource;
use crate::run::RuntimeError;
use crate::stored;
use crate::table::{Column as TableColumn, RenderHint};
use crate::typed::polars_type;

/// A column of a relation. The frame holds it under the same name.
#[derive(Debug, Clone, PartialEq)]
pub struct RelColumn {
    /// Its name.
    pub name: String,
    /// Its KQL type.
    pub ty: KqlType,
    /// The type in which the frame holds it, when that is not yet the one that [`crate::typed`] lists (or, for text, when it may be
    /// null): the conversion is part of every use, so that a column that is not used is not converted, and a filter on it
    /// can be pushed into the file.
    pub stored: Option<DataType>,
    /// Whether it is known to be null, or an empty text, in every row.
    pub empty: bool,
}

impl RelColumn {
    /// A column held as [`crate::typed`] lists.
    pub fn new(name: impl Into<String>, ty: KqlType) -> Self {
        Self { name: name.into(), ty, stored: None, empty: false }
    }

    /// The column as the frame holds it.
    pub fn raw(&self) -> Expr {
        column(&self.name)
    }

    /// The column as [`crate::typed`] lists.
    pub fn expr(&self) -> Expr {
        match &self.stored {
            None => self.raw(),
            Some(stored) => stored::canonical(self.raw(), stored, self.ty),
        }
    }

    /// Marks that nulls may have come in (an outer join, a union): a null text then reads as `""`.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        if self.ty == KqlType::String && self.stored.is_none() {
            self.stored = Some(DataType::String);
        }
        self
    }
}

/// The column of this very name: no wildcard, no regular expression, whatever characters it has.
pub fn column(name: &str) -> Expr {
    Expr::Column(name.into())
}

/// Rows with typed columns, not yet computed.
#[derive(Clone)]
pub struct Rel {
    /// The plan. Its columns are exactly `columns`, in that order or another.
    pub frame: LazyFrame,
    /// The columns, in the order in which KQL sees them.
    pub columns: Vec<RelColumn>,
    /// Whether the order of the rows has a meaning (after `sort`, `serialize`, `range`, …).
    pub serialized: bool,
    /// The name for `withsource`: of the table, the variable or `as`.
    pub name: Option<String>,
    /// The `render` operator, if there was one.
    pub render: Option<RenderHint>,
    /// Whether reading the rows again costs little more than reading them once, and gives the same: rows of files, filtered.
    pub rereadable: bool,
}

impl std::fmt::Debug for Rel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rel(")?;
        for (i, c) in self.columns.iter().enumerate() {
            write!(f, "{}{}: {}", if i == 0 { "" } else { ", " }, c.name, c.ty)?;
        }
        write!(f, ")")
    }
}

impl Rel {
    /// A relation over a frame that has exactly these columns.
    pub fn new(frame: LazyFrame, columns: Vec<RelColumn>) -> Self {
        Self { frame, columns, serialized: false, name: None, render: None, rereadable: false }
    }

    /// A table of the catalog. `empty`: its columns that are known to be empty in every row.
    pub fn from_source(source: TableSource, name: &str, empty: &HashSet<String>) -> Self {
        let columns: Vec<RelColumn> = source
            .columns
            .iter()
            .map(|c| RelColumn {
                name: c.name.clone(),
                ty: c.ty,
                stored: stored::pending(&c.stored, c.ty),
                empty: empty.contains(&c.name),
            })
            .collect();
        let rereadable = reads_files(&source.frame.logical_plan);
        let frame = source.frame.select(columns.iter().map(RelColumn::raw).collect::<Vec<_>>());
        let mut rel = Self::new(frame, columns);
        rel.name = Some(name.to_owned());
        rel.rereadable = rereadable;
        rel
    }

    /// Rows that are already computed.
    pub fn from_frame(frame: DataFrame, columns: &[TableColumn]) -> Self {
        let columns = columns.iter().map(|c| RelColumn::new(&c.name, c.ty)).collect();
        Self::new(frame.lazy(), columns)
    }

    /// One row without columns: the input of `print`.
    pub fn one_row() -> Self {
        // Polars has no frames with rows but without columns: the operators on this one never show it.
        Self::new(df_one().lazy(), Vec::new())
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&RelColumn> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }

    /// The same rows with these columns of it, in this order; what is pending stays pending.
    #[must_use]
    pub fn keep(mut self, columns: Vec<RelColumn>) -> Self {
        self.frame = self.frame.select(columns.iter().map(RelColumn::raw).collect::<Vec<_>>());
        self.columns = columns;
        self
    }

    /// The same rows with the columns for which `which` is true converted to the types that [`crate::typed`] lists.
    #[must_use]
    pub fn converted(mut self, which: impl Fn(&RelColumn) -> bool) -> Self {
        let mut exprs = Vec::new();
        for c in &mut self.columns {
            if c.stored.is_some() && which(c) {
                exprs.push(c.expr().alias(c.name.as_str()));
                c.stored = None;
            }
        }
        if !exprs.is_empty() {
            self.frame = self.frame.with_columns(exprs);
        }
        self
    }

    /// The same rows with all columns converted, in the order of [`Rel::columns`].
    #[must_use]
    pub fn canonical(mut self) -> Self {
        if self.columns.is_empty() {
            return self;
        }
        let exprs: Vec<Expr> = self.columns.iter().map(|c| c.expr().alias(c.name.as_str())).collect();
        self.frame = self.frame.select(exprs);
        for c in &mut self.columns {
            c.stored = None;
        }
        self
    }

    /// No rows, these columns.
    pub fn empty(columns: &[RelColumn]) -> Self {
        let columns: Vec<RelColumn> = columns.iter().map(|c| RelColumn::new(&c.name, c.ty)).collect();
        let schema: Schema = columns.iter().map(|c| Field::new(c.name.as_str().into(), polars_type(c.ty))).collect();
        Self::new(DataFrame::empty_with_schema(&schema).lazy(), columns)
    }

    /// Computes the rows, with all columns converted.
    ///
    /// # Errors
    /// What Polars reports.
    pub fn collect(self) -> Result<(DataFrame, Vec<TableColumn>), RuntimeError> {
        let rel = self.canonical();
        let columns = rel.columns.iter().map(|c| TableColumn { name: c.name.clone(), ty: c.ty }).collect::<Vec<_>>();
        let texts = rel.columns.iter().filter(|c| polars_type(c.ty) == DataType::String);
        let compacted: Vec<Expr> =
            texts.map(|c| c.raw().map(compact, |_, field| Ok(field.clone())).alias(c.name.as_str())).collect();
        let frame = if compacted.is_empty() { rel.frame } else { rel.frame.with_columns(compacted) };
        let frame = crate::run::collect(frame)?;
        if columns.is_empty() {
            return Ok((DataFrame::empty(), columns));
        }
        Ok((frame, columns))
    }
}

/// Rows of one batch of a result up to which its texts are copied.
const FEW_ROWS: usize = 1 << 14;

/// The texts of a batch of the result in memory of their own, where there are few. The Parquet reader gives them in buffers with room for all the texts of a row group:
/// rows here and there in a large table would together hold on to gigabytes.
fn compact(column: Column) -> PolarsResult<Column> {
    if column.as_scalar_column().is_some() || column.len() > FEW_ROWS {
        return Ok(column);
    }
    let chunks = column.str()?.downcast_iter().map(|chunk| chunk.clone().gc());
    Ok(StringChunked::from_chunk_iter(column.name().clone(), chunks).into_column())
}

/// Whether a plan reads files, and does nothing with their rows that takes long.
fn reads_files(plan: &DslPlan) -> bool {
    match plan {
        DslPlan::Scan { .. } => true,
        DslPlan::Select { input, .. } | DslPlan::HStack { input, .. } | DslPlan::Filter { input, .. } => {
            reads_files(input)
        }
        DslPlan::Union { inputs, .. } => inputs.iter().all(reads_files),
        _ => false,
    }
}

/// A frame of one row, whose only column no query can see.
fn df_one() -> DataFrame {
    let column = Column::new_scalar(HIDDEN.into(), Scalar::from(true), 1);
    DataFrame::new(1, vec![column]).unwrap_or_default()
}

/// Prefix of the columns that operators add for their own use: not a name that text in quotes can spell by chance.
pub const HIDDEN: &str = "\u{1}";

/// The `i`th name for an operator's own use.
pub fn hidden(kind: &str, i: usize) -> String {
    format!("{HIDDEN}{kind}{i}")
}
