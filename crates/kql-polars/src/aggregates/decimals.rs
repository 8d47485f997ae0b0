//! Aggregations of decimals, which columns hold as text.

use std::cmp::Ordering;

use kql::KqlType;
use kql::ast::BinaryOp as Op;
use polars::prelude::*;

use super::Aggregation;
use super::lists::per_list;
use crate::bind::decimal::{compute, order};

/// The decimals of a group as a list, and what is made of them afterwards. `None` is null.
fn of_all(value: Expr, f: impl Fn(&[&str]) -> Option<String> + Send + Sync + Clone + 'static) -> Aggregation {
    Aggregation::new(value.drop_nulls().implode(true), KqlType::Decimal).with_finish(move |list| {
        let f = f.clone();
        per_list(list, DataType::String, move |items| {
            let values: Vec<&str> = items.str()?.iter().flatten().collect();
            Ok(f(&values).map(|text| AnyValue::StringOwned(text.into())))
        })
    })
}

fn total(values: &[&str]) -> Option<String> {
    values.iter().try_fold("0".to_owned(), |sum, value| compute(Op::Add, &sum, value))
}

pub(super) fn sum(value: Expr) -> Aggregation {
    of_all(value, total)
}

pub(super) fn avg(value: Expr) -> Aggregation {
    of_all(value, |values| {
        if values.is_empty() {
            return None;
        }
        compute(Op::Divide, &total(values)?, &values.len().to_string())
    })
}

pub(super) fn extreme(value: Expr, greatest: bool) -> Aggregation {
    let wanted = if greatest { Ordering::Greater } else { Ordering::Less };
    of_all(value, move |values| {
        let mut values = values.iter();
        let first = *values.next()?;
        let best = values.fold(first, |best, value| if order(value, best) == Some(wanted) { value } else { best });
        Some(best.to_owned())
    })
}
