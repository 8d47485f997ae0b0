//! `rolling_percentile`: a percentile of the last few periods, for each period.
//!
//! Source: <https://learn.microsoft.com/kusto/query/rolling-percentile-plugin>

use kql::ast::Expr as Ast;
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use super::super::{Call, from_columns, polars_error};
use super::{Bins, Step, step_type, whole};
use crate::aggregates::rank;
use crate::rel::{Rel, RelColumn};

const USAGE: &str = "evaluate rolling_percentile(Value, percentile, Index, bin_size, bins_per_window [, dimensions])";

pub(in super::super) fn apply(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    call.check_names(&[])?;
    let args = call.positional();
    let [value, percentile, index, size, bins, dims @ ..] = args.as_slice() else {
        return Err(call.error("arguments are missing").with_help(USAGE));
    };
    let value_column = column_of(
        call,
        &rel,
        value,
        &[KqlType::Int, KqlType::Long, KqlType::Real, KqlType::DateTime, KqlType::TimeSpan],
    )?;
    let index_column =
        column_of(call, &rel, index, &[KqlType::Int, KqlType::Long, KqlType::DateTime, KqlType::TimeSpan])?;
    let percent = match call.cx.binder().constant(percentile, KqlType::Real, "the percentile")? {
        Value::Real(p) if (0.0..=100.0).contains(&p) => p,
        _ => return Err(Error::new(ErrorKind::Type, percentile.span, "the percentile has to be from 0 to 100")),
    };
    let size_type = step_type(index_column.ty).unwrap_or(index_column.ty);
    let size = match whole(call, size, size_type, "the bin size")? {
        size if size > 0 => size,
        _ => return Err(Error::new(ErrorKind::Type, size.span, "the bin size has to be greater than 0")),
    };
    let width = match call.cx.binder().count(bins, "the number of bins of a window")? {
        0 => return Err(Error::new(ErrorKind::Type, bins.span, "a window has to have one bin at least")),
        width => width,
    };
    let dims: Result<Vec<RelColumn>, Error> = dims.iter().map(|d| call.column(&rel, d).cloned()).collect();
    let dims = dims?;
    let name = format!("rolling_{width}_percentile_{}_{}", value_column.name, shown(percent));
    let mut groups = Groups::new(call, rel, &value_column, &index_column, &dims)?;
    let mut rows: Vec<(i64, IdxSize, f64, i64)> = Vec::new();
    for (first_row, cells) in &mut groups.cells {
        cells.sort_by_key(|c| c.0);
        let (Some(first), Some(last)) = (cells.first().map(|c| c.0), cells.last().map(|c| c.0)) else {
            continue;
        };
        let floor = |time: i64| Step::Fixed(size).floor(time, 0);
        let Some(start) = floor(first) else { continue };
        let periods = Bins::new(call, start, last, Step::Fixed(size))?;
        for at in &periods.starts {
            let after = at.saturating_add(size);
            let from = after.saturating_sub(size.saturating_mul(i64::from(width)));
            let window = &cells[cells.partition_point(|c| c.0 < from)..cells.partition_point(|c| c.0 < after)];
            if let Some((real, whole)) = at_percentile(window, percent) {
                rows.push((*at, *first_row, real, whole));
            }
        }
    }
    rows.sort_by_key(|(at, first_row, ..)| (*at, *first_row));
    groups.table(call, &rows, &name, &index_column, &value_column, &dims)
}

fn column_of(call: &Call<'_>, rel: &Rel, arg: &Ast, types: &[KqlType]) -> Result<RelColumn, Error> {
    let column = call.column(rel, arg)?.clone();
    if !types.contains(&column.ty) {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        let message =
            format!("the column `{}` has to be one of {}, and it is {}", column.name, types.join(", "), column.ty);
        return Err(call.error(message));
    }
    Ok(column)
}

/// A number in a column's name: 50, 99_9.
fn shown(percent: f64) -> String {
    percent.to_string().replace('.', "_")
}

/// The value of the nearest rank, as a real and as a whole number.
fn at_percentile(window: &[(i64, f64, i64)], percent: f64) -> Option<(f64, i64)> {
    let mut values: Vec<(f64, i64)> = window.iter().map(|(_, real, whole)| (*real, *whole)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of rows are far below 2^52"
    )]
    let at = rank(percent, values.len() as f64) as usize;
    values.get(at.saturating_sub(1).min(values.len().checked_sub(1)?)).copied()
}

/// The cells of each combination of dimensions, by its first row.
struct Groups {
    cells: std::collections::BTreeMap<IdxSize, Vec<(i64, f64, i64)>>,
    frame: DataFrame,
}

impl Groups {
    fn new(call: &Call<'_>, rel: Rel, value: &RelColumn, index: &RelColumn, dims: &[RelColumn]) -> Result<Self, Error> {
        let failed = |e| polars_error(call.span, e);
        let frame = rel.canonical().frame;
        let row = crate::rel::hidden("row", 0);
        let frame = frame.with_row_index(row.as_str(), None);
        let group = match dims.is_empty() {
            true => lit(0_i64).cast(IDX_DTYPE),
            false => crate::rel::column(&row)
                .min()
                .over(dims.iter().map(|d| crate::rel::column(&d.name)).collect::<Vec<_>>())
                .map_err(failed)?,
        };
        let own = |i: usize| crate::rel::hidden("own", i);
        let mut exprs = vec![
            crate::rel::column(&index.name).cast(DataType::Int64).alias(own(0).as_str()),
            crate::rel::column(&value.name).cast(DataType::Float64).alias(own(1).as_str()),
            crate::rel::column(&value.name).cast(DataType::Int64).alias(own(2).as_str()),
            group.alias(own(3).as_str()),
        ];
        if value.ty == KqlType::Real {
            // A real has no whole number to keep: it may be greater than any.
            exprs[2] = lit(0_i64).cast(DataType::Int64).alias(own(2).as_str());
        }
        exprs.extend(dims.iter().map(|d| crate::rel::column(&d.name)));
        let frame = crate::run::collect(frame.select(exprs)).map_err(|e| Error::from(e).at(call.span))?;
        let long = |i: usize| frame.column(&own(i)).and_then(Column::i64);
        let (times, wholes) = (long(0).map_err(failed)?, long(2).map_err(failed)?);
        let reals = frame.column(&own(1)).and_then(Column::f64).map_err(failed)?;
        let groups = frame.column(&own(3)).and_then(Column::idx).map_err(failed)?;
        let mut cells: std::collections::BTreeMap<IdxSize, Vec<(i64, f64, i64)>> = std::collections::BTreeMap::new();
        for (((time, real), whole), group) in times.iter().zip(reals.iter()).zip(wholes.iter()).zip(groups.iter()) {
            if let (Some(time), Some(real), Some(whole), Some(group)) = (time, real, whole, group) {
                cells.entry(group).or_default().push((time, real, whole));
            }
        }
        Ok(Self { cells, frame })
    }

    fn table(
        &self,
        call: &Call<'_>,
        rows: &[(i64, IdxSize, f64, i64)],
        name: &str,
        index: &RelColumn,
        value: &RelColumn,
        dims: &[RelColumn],
    ) -> Result<Rel, Error> {
        let failed = |e| polars_error(call.span, e);
        let typed = |column: Column, ty: KqlType| match ty {
            KqlType::Int => column.cast(&DataType::Int32),
            _ => Ok(column),
        };
        let times = Column::new(index.name.as_str().into(), rows.iter().map(|r| r.0).collect::<Vec<_>>());
        let mut columns = vec![typed(times, index.ty).map_err(failed)?];
        let mut types = vec![index.ty];
        let first_rows: IdxCa = rows.iter().map(|r| Some(r.1)).collect();
        for dim in dims {
            columns.push(self.frame.column(&dim.name).and_then(|c| c.take(&first_rows)).map_err(failed)?);
            types.push(dim.ty);
        }
        let values = match value.ty {
            KqlType::Real => Column::new(name.into(), rows.iter().map(|r| r.2).collect::<Vec<_>>()),
            _ => Column::new(name.into(), rows.iter().map(|r| r.3).collect::<Vec<_>>()),
        };
        columns.push(typed(values, value.ty).map_err(failed)?);
        types.push(value.ty);
        let mut rel = from_columns(call, columns, types)?;
        rel.serialized = true;
        Ok(rel)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    #[test]
    fn windows_of_bins() {
        let t = "range i from 0 to 9 step 1 | project t = datetime(2018-01-01) + i * 12h, v = i + 1, d = iff(i % 2 == 0, 'even', 'odd')";
        insta::assert_snapshot!(rows(&format!("{t} | evaluate rolling_percentile(v, 50, t, 1d, 3)")), @r#"
t | rolling_3_percentile_v_50
2018-01-01T00:00:00.0000000Z | 1
2018-01-02T00:00:00.0000000Z | 2
2018-01-03T00:00:00.0000000Z | 3
2018-01-04T00:00:00.0000000Z | 5
2018-01-05T00:00:00.0000000Z | 7
"#);
        insta::assert_snapshot!(rows(&format!("{t} | take 4 | extend v = v / 2.0 | evaluate rolling_percentile(v, 99.9, t, 1d, 2, d)")), @r#"
t | d | rolling_2_percentile_v_99_9
2018-01-01T00:00:00.0000000Z | even | 0.5
2018-01-01T00:00:00.0000000Z | odd | 1.0
2018-01-02T00:00:00.0000000Z | even | 1.5
2018-01-02T00:00:00.0000000Z | odd | 2.0
"#);
        insta::assert_snapshot!(error(&format!("{t} | evaluate rolling_percentile(v, 150, t, 1d, 3)")), @"the percentile has to be from 0 to 100");
        insta::assert_snapshot!(error(&format!("{t} | evaluate rolling_percentile(d, 50, t, 1d, 3)")), @"rolling_percentile: the column `d` has to be one of int, long, real, datetime, timespan, and it is string");
    }
}
