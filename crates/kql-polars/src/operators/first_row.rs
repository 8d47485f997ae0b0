//! Groups in the order in which they first appear.

use std::sync::{Arc, Mutex};

use polars::io::RowIndex;
use polars::lazy::dsl::FileScanDsl;
use polars::prelude::*;

use crate::rel::{column, hidden};

/// Groups rows: the groups come in the order in which they first appear. `inputs` are the columns that keys and outputs use.
///
/// Polars' own way to keep that order (`group_by_stable`) costs a quarter more time, for summaries of little else. Here the number of the first row is one more
/// aggregation, and the groups are sorted by it.
pub fn grouped(frame: LazyFrame, inputs: Vec<Expr>, keys: Vec<Expr>, mut outputs: Vec<Expr>) -> LazyFrame {
    let row = hidden("first", 0);
    outputs.push(column(&row).min());
    numbered(frame, inputs, &row).group_by(keys).agg(outputs).sort([row], SortMultipleOptions::default())
}

/// The inputs and the number of the row. Numbers need not be without gaps: where nothing but conditions and computed columns stands between the file and here, the reader
/// of the file numbers its rows, since the step that numbers the rows of a plan lets all of them through one at a time.
fn numbered(frame: LazyFrame, mut inputs: Vec<Expr>, row: &str) -> LazyFrame {
    match numbered_by_reader(&frame.logical_plan, row) {
        Some(plan) => {
            inputs.push(column(row));
            LazyFrame::from(plan).select(inputs)
        }
        None => frame.select(inputs).with_row_index(row, None),
    }
}

/// The plan with the number of the row of one Parquet scan as one more column; `None` where its rows do not come from one scan alone.
fn numbered_by_reader(plan: &DslPlan, row: &str) -> Option<DslPlan> {
    Some(match plan {
        DslPlan::Scan { sources, unified_scan_args, scan_type, .. }
            if matches!(**scan_type, FileScanDsl::Parquet { .. }) && unified_scan_args.row_index.is_none() =>
        {
            let mut args = unified_scan_args.clone();
            args.row_index = Some(RowIndex { name: row.into(), offset: 0 });
            DslPlan::Scan {
                sources: sources.clone(),
                unified_scan_args: args,
                scan_type: scan_type.clone(),
                // What is kept of the plan without numbers does not fit.
                cached_ir: Arc::new(Mutex::new(None)),
            }
        }
        DslPlan::Filter { input, predicate } => {
            DslPlan::Filter { input: Arc::new(numbered_by_reader(input, row)?), predicate: predicate.clone() }
        }
        DslPlan::HStack { input, exprs, options } => DslPlan::HStack {
            input: Arc::new(numbered_by_reader(input, row)?),
            exprs: exprs.clone(),
            options: *options,
        },
        // Only columns as they are: an expression could make fewer rows.
        DslPlan::Select { expr, input, options } if expr.iter().all(|e| matches!(e, Expr::Column(_))) => {
            let mut expr = expr.clone();
            expr.push(column(row));
            DslPlan::Select { expr, input: Arc::new(numbered_by_reader(input, row)?), options: *options }
        }
        _ => return None,
    })
}
