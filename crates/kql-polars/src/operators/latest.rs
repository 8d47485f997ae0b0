//! `summarize arg_max(…)` over the files of a table, in two readings.
//!
//! The first reads the keys and the column by which rows are picked, and finds the largest (or smallest) value of each group. The second reads all columns,
//! but only of rows with such a value: Polars decodes the others not at all. In one reading, every value of every column would be kept until a larger
//! one of its group comes up, which on a table that is sorted by time each row does.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use kql::KqlType;
use kql::ast::{Expr as Ast, ExprKind, NamedExpr};
use polars::prelude::*;

use super::{projection::Item, walk};
use crate::query::Context;
use crate::rel::{Rel, column, hidden};
use crate::run::RuntimeError;

/// A first reading, to be done before the plan is run that needs it.
#[derive(Clone)]
pub struct Stage {
    frame: LazyFrame,
    picked: Arc<OnceLock<Picked>>,
}

/// The values that were found: of the column by which rows are picked, and for each the keys of the groups that it is of.
#[derive(Debug, Default)]
struct Picked(HashMap<Option<i64>, HashSet<Vec<u8>>>);

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stage(done: {})", self.picked.get().is_some())
    }
}

impl Stage {
    /// Does the reading.
    ///
    /// # Errors
    /// What Polars reports.
    pub fn run(self) -> Result<(), RuntimeError> {
        let frame = crate::run::collect(self.frame)?;
        let picked = Picked::new(&frame)?;
        // Nobody else sets it.
        let _ = self.picked.set(picked);
        Ok(())
    }
}

/// The rows of `rel` that `list` picks, if it is one `arg_max` or `arg_min`, and if `rel` is cheap to read twice. A group may have several rows left, all with the
/// value by which they are picked.
pub fn picked_rows(cx: &Context<'_>, rel: &Rel, list: &[NamedExpr], keys: &[Item]) -> Option<Rel> {
    let [NamedExpr { expr: Ast { kind: ExprKind::Call { name, args }, .. }, .. }] = list else {
        return None;
    };
    let largest = match name.name.as_str() {
        "arg_max" | "argmax" => true,
        "arg_min" | "argmin" => false,
        _ => return None,
    };
    if !rel.rereadable || cx.scope.get(&name.name).is_some() || !args.iter().all(|a| is_repeatable(cx, &a.value)) {
        return None;
    }
    let by = cx.over(rel).bind(&args.first()?.value).ok()?;
    if by.constant.is_some() || !matches!(by.ty, KqlType::DateTime | KqlType::TimeSpan | KqlType::Long | KqlType::Int) {
        return None;
    }
    let by = by.expr.cast(DataType::Int64);
    let keys: Vec<Expr> = keys.iter().filter(|k| k.value.constant.is_none()).map(|k| k.value.expr.clone()).collect();
    let names: Vec<String> = (0..keys.len()).map(|i| hidden("key", i)).collect();
    let mut inputs: Vec<Expr> = keys.iter().zip(&names).map(|(k, name)| k.clone().alias(name.as_str())).collect();
    let value = hidden("by", 0);
    inputs.push(by.clone().alias(value.as_str()));
    let best = if largest { column(&value).max() } else { column(&value).min() };
    let frame = rel.frame.clone().select(inputs);
    let frame = match names.is_empty() {
        true => frame.select([best]),
        // In any order: it is a set.
        false => frame.group_by(names.iter().map(|n| column(n)).collect::<Vec<_>>()).agg([best]),
    };
    let picked = Arc::new(OnceLock::new());
    cx.query.add_stage(Stage { frame, picked: Arc::clone(&picked) });
    let test = by.map_many(
        move |columns| match picked.get() {
            Some(picked) => picked.are_in(columns),
            None => polars_bail!(ComputeError: "rows are picked before it is known which"),
        },
        &keys,
        |_, fields| Ok(Field::new(fields[0].name().clone(), DataType::Boolean)),
    );
    let mut rel = rel.clone();
    rel.frame = rel.frame.filter(test);
    rel.rereadable = false;
    Some(rel)
}

/// Whether an expression gives the same whenever it is computed, for all that can be seen of it.
pub fn is_repeatable(cx: &Context<'_>, expr: &Ast) -> bool {
    !walk::any(expr, &|part| match &part.kind {
        ExprKind::Call { name, .. } | ExprKind::MethodCall { name, .. } => {
            let own = cx.scope.get(&name.name).is_some();
            own || matches!(name.name.as_str(), "rand" | "new_guid" | "prev" | "next") || name.name.starts_with("row_")
        }
        ExprKind::Tabular(_) => true,
        _ => false,
    })
}

impl Picked {
    /// Of a frame with the keys and, last, the value.
    fn new(frame: &DataFrame) -> PolarsResult<Self> {
        let mut picked = Self::default();
        let columns: Vec<Column> = frame.columns().iter().map(Column::rechunk).collect();
        let Some((by, keys)) = columns.split_last() else {
            return Ok(picked);
        };
        let keys = Keys::new(keys)?;
        for (row, value) in by.i64()?.iter().enumerate() {
            let mut key = Vec::new();
            keys.write(row, &mut key);
            picked.0.entry(value).or_default().insert(key);
        }
        Ok(picked)
    }

    /// For each row whether its value is the one of its group. `columns`: the value, then the keys.
    fn are_in(&self, columns: &[Column]) -> PolarsResult<Column> {
        // One chunk each: cells are read by position.
        let columns: Vec<Column> = columns.iter().map(Column::rechunk).collect();
        let Some((by, keys)) = columns.split_first() else {
            polars_bail!(ComputeError: "there is no column to pick rows by");
        };
        let keys = Keys::new(keys)?;
        let mut key = Vec::new();
        let found = by.i64()?.iter().enumerate().map(|(row, value)| {
            self.0.get(&value).is_some_and(|groups| {
                key.clear();
                keys.write(row, &mut key);
                groups.contains(&key)
            })
        });
        Ok(BooleanChunked::from_iter_values(by.name().clone(), found).into_column())
    }
}

/// The key columns of a frame.
struct Keys<'a>(Vec<KeyCells<'a>>);

enum KeyCells<'a> {
    Text(&'a StringChunked),
    Number(&'a Int64Chunked),
    Int(&'a Int32Chunked),
    Real(&'a Float64Chunked),
    Bool(&'a BooleanChunked),
}

impl<'a> Keys<'a> {
    fn new(columns: &'a [Column]) -> PolarsResult<Self> {
        let cells = |column: &'a Column| {
            Ok(match column.dtype() {
                DataType::String => KeyCells::Text(column.str()?),
                DataType::Int64 => KeyCells::Number(column.i64()?),
                DataType::Int32 => KeyCells::Int(column.i32()?),
                DataType::Float64 => KeyCells::Real(column.f64()?),
                _ => KeyCells::Bool(column.bool()?),
            })
        };
        Ok(Self(columns.iter().map(cells).collect::<PolarsResult<_>>()?))
    }

    /// The key of a row as bytes: equal for equal keys, and no others.
    fn write(&self, row: usize, key: &mut Vec<u8>) {
        for cells in &self.0 {
            match cells {
                KeyCells::Text(cells) => put(key, cells.get(row), |key, text| {
                    key.extend((text.len() as u64).to_le_bytes());
                    key.extend(text.as_bytes());
                }),
                KeyCells::Number(cells) => put(key, cells.get(row), |key, v| key.extend(v.to_le_bytes())),
                KeyCells::Int(cells) => put(key, cells.get(row), |key, v| key.extend(v.to_le_bytes())),
                // As Polars groups them: zero is one value, and so is what is not a number.
                KeyCells::Real(cells) => put(key, cells.get(row), |key, v| {
                    let v = if v.is_nan() { f64::NAN } else { v + 0.0 };
                    key.extend(v.to_bits().to_le_bytes());
                }),
                KeyCells::Bool(cells) => put(key, cells.get(row), |key, v| key.push(u8::from(v))),
            }
        }
    }
}

fn put<T>(key: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        None => key.push(0),
        Some(value) => {
            key.push(1);
            write(key, value);
        }
    }
}
