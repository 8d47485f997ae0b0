//! A table of an answer while its rows arrive.

use kql::KqlType;
use kql_polars::typed::polars_type;
use kql_polars::{Column as KqlColumn, KqlTable};
use polars::prelude::{Column, DataFrame, IntoColumn, Series};

use super::DecodeError;
use super::columns::{BLOCK_ROWS, Cell, ColumnBuilder, column_type};

/// A column as an answer declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Its type as the API names it.
    pub ty: String,
}

/// Rows on their way into columns.
#[derive(Debug)]
pub struct TableBuilder {
    columns: Vec<KqlColumn>,
    builders: Vec<ColumnBuilder>,
    blocks: Option<DataFrame>,
    /// Rows of the current block.
    rows: usize,
    /// The next cell's column.
    at: usize,
    notes: Vec<String>,
}

impl TableBuilder {
    /// A table without rows.
    pub fn new(declared: &[Declared]) -> Self {
        let mut notes = Vec::new();
        let mut columns: Vec<KqlColumn> = Vec::new();
        for Declared { name, ty } in declared {
            let kql_type = column_type(ty).unwrap_or_else(|| {
                notes.push(format!("the column {name} has the type {ty}, which is not known here: it is read as text"));
                KqlType::String
            });
            let unique = unique_name(name, &columns);
            if unique != *name {
                notes.push(format!("the answer has several columns {name}: one of them is called {unique} here"));
            }
            columns.push(KqlColumn { name: unique, ty: kql_type });
        }
        let builders = columns.iter().map(|column| ColumnBuilder::new(column.ty)).collect();
        Self { columns, builders, blocks: None, rows: 0, at: 0, notes }
    }

    /// Number of complete rows.
    pub fn rows(&self) -> usize {
        self.rows + self.blocks.as_ref().map_or(0, DataFrame::height)
    }

    /// Starts over, as a progressive answer does when it has a better estimate.
    pub fn clear(&mut self) {
        self.blocks = None;
        self.rows = 0;
        self.at = 0;
        self.builders = self.columns.iter().map(|column| ColumnBuilder::new(column.ty)).collect();
    }

    /// The next cell of the row.
    ///
    /// # Errors
    /// When the row has more cells than the table has columns.
    pub fn cell(&mut self, cell: Cell<'_>) -> Result<(), DecodeError> {
        match self.builders.get_mut(self.at) {
            Some(builder) => {
                builder.push(cell);
                self.at += 1;
                Ok(())
            }
            None => Err(self.wrong_row()),
        }
    }

    fn wrong_row(&self) -> DecodeError {
        DecodeError::Shape(format!(
            "row {} does not have as many cells as the table has columns ({})",
            self.rows() + 1,
            self.columns.len()
        ))
    }

    /// Ends the row.
    ///
    /// # Errors
    /// When it has fewer cells than the table has columns.
    pub fn end_row(&mut self) -> Result<(), DecodeError> {
        if self.at != self.builders.len() {
            return Err(self.wrong_row());
        }
        self.at = 0;
        self.rows += 1;
        if self.rows == BLOCK_ROWS { self.end_block(BLOCK_ROWS) } else { Ok(()) }
    }

    fn end_block(&mut self, expected: usize) -> Result<(), DecodeError> {
        let columns: Vec<Column> = self
            .columns
            .iter()
            .zip(&mut self.builders)
            .map(|(column, builder)| builder.take(&column.name, expected))
            .collect();
        let block = DataFrame::new(self.rows, columns)?;
        self.rows = 0;
        match &mut self.blocks {
            Some(blocks) => {
                blocks.vstack_mut_owned(block)?;
            }
            None => self.blocks = Some(block),
        }
        Ok(())
    }

    /// The table. Cells that could not be read are in its notes.
    ///
    /// # Errors
    /// A defect of this program.
    pub fn finish(mut self) -> Result<KqlTable, DecodeError> {
        if self.rows > 0 || self.blocks.is_none() {
            self.end_block(0)?;
        }
        for (column, builder) in self.columns.iter().zip(&self.builders) {
            if builder.unreadable() > 0 {
                self.notes.push(format!(
                    "{} of the column {} could not be read as {}: null stands for them",
                    crate::text::count(builder.unreadable(), "value"),
                    column.name,
                    column.ty
                ));
            }
        }
        let frame = match self.blocks {
            Some(blocks) => blocks,
            None => DataFrame::new(0, empty_columns(&self.columns))?,
        };
        Ok(KqlTable { columns: self.columns, frame, notes: self.notes, render: None })
    }
}

/// No rows, of these columns.
pub fn empty_columns(columns: &[KqlColumn]) -> Vec<Column> {
    columns.iter().map(|c| Series::new_empty(c.name.as_str().into(), &polars_type(c.ty)).into_column()).collect()
}

/// The name, or the name with the first number that makes it another than those of `taken`, as Kusto's `join` does.
fn unique_name(name: &str, taken: &[KqlColumn]) -> String {
    let free = |candidate: &str| taken.iter().all(|column| column.name != candidate);
    if free(name) {
        return name.to_owned();
    }
    (1..).map(|n| format!("{name}{n}")).find(|candidate| free(candidate)).unwrap_or_default()
}
