//! Keys of groups that are computed in the unit of the file: with fewer operations for each row, and what is left to do once for each group.

use kql::ast::{Expr as Ast, ExprKind};
use kql::time::UNIX_EPOCH_TICKS;
use kql::{KqlType, Value};
use polars::prelude::*;

use crate::bind::Binder;
use crate::rel::RelColumn;
use crate::typed::typed_lit;

/// A key in two parts.
#[derive(Debug)]
pub struct StoredKey {
    /// Computed for each row: equal for the rows of a group, and for no others.
    pub of_row: Expr,
    /// The column after grouping, and the type in which it holds the datetime: [`RelColumn::stored`].
    pub stored: DataType,
    bin: Option<Bin>,
}

/// `bin()` in a unit of a file.
#[derive(Debug)]
struct Bin {
    size: i64,
    /// From the start of a bin to 1970.
    shift: i64,
}

impl StoredKey {
    /// For a datetime column that is still as the file has it, or `bin()` of one by a constant; `None` for everything else.
    pub fn new(binder: &Binder<'_>, key: &Ast) -> Option<Self> {
        if let Some(column) = binder.as_column(key) {
            let (stored, _) = stored_datetime(column)?;
            return Some(Self { of_row: column.raw(), stored: stored.clone(), bin: None });
        }
        let ExprKind::Call { name, args } = &key.kind else {
            return None;
        };
        let [of, size] = args.as_slice() else {
            return None;
        };
        let known = matches!(name.name.as_str(), "bin" | "floor") && binder.cx.scope.get(&name.name).is_none();
        if !known || of.name.is_some() || size.name.is_some() {
            return None;
        }
        let column = binder.as_column(&of.value)?;
        let (stored, unit) = stored_datetime(column)?;
        let Some(Value::TimeSpan(ticks)) = binder.bind(&size.value).ok()?.constant else {
            return None;
        };
        let bin = Bin::new(ticks, unit)?;
        let raw = column.raw().cast(DataType::Int64);
        let shifted = if bin.shift == 0 { raw } else { raw + typed_lit(bin.shift) };
        Some(Self { of_row: shifted.floor_div(typed_lit(bin.size)), stored: stored.clone(), bin: Some(bin) })
    }

    /// The column after grouping, from that of [`of_row`](Self::of_row).
    pub fn of_group(&self, key: Expr) -> Expr {
        match &self.bin {
            None => key,
            Some(Bin { size, shift }) => (key * typed_lit(*size) - typed_lit(*shift)).cast(self.stored.clone()),
        }
    }
}

impl Bin {
    /// A bin of so many ticks, if that is a whole number of the unit, and one that is not too long for it.
    fn new(ticks: i64, unit: TimeUnit) -> Option<Self> {
        let (size, epoch) = match unit {
            TimeUnit::Nanoseconds => return None,
            TimeUnit::Microseconds => (ticks.checked_div_euclid(10)?, UNIX_EPOCH_TICKS / 10),
            TimeUnit::Milliseconds => (ticks.checked_div_euclid(10_000)?, UNIX_EPOCH_TICKS / 10_000),
        };
        let per_unit = UNIX_EPOCH_TICKS / epoch;
        let exact = size > 0 && size.checked_mul(per_unit) == Some(ticks);
        exact.then(|| Self { size, shift: epoch % size })
    }
}

/// Nanoseconds are finer than datetimes of the language: several of them are one.
fn stored_datetime(column: &RelColumn) -> Option<(&DataType, TimeUnit)> {
    match (&column.stored, column.ty) {
        (Some(DataType::Datetime(TimeUnit::Nanoseconds, _)), _) => None,
        (Some(stored @ DataType::Datetime(unit, _)), KqlType::DateTime) => Some((stored, *unit)),
        _ => None,
    }
}
