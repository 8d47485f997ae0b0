//! `count`, `take`, `limit`, `sample`.

use kql::ast::{Expr as Ast, Ident};
use kql::{Error, KqlType};
use polars::prelude::*;

use super::per_frame;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};

/// The seed of `sample`: the same query on the same rows gives the same sample.
const SEED: u64 = 42;

/// `count`: the number of rows.
///
/// # Errors
/// None.
pub fn count(mut rel: Rel, name: Option<&Ident>) -> Result<Rel, Error> {
    let name = name.map_or("Count", |n| n.name.as_str());
    rel.frame = rel.frame.select([len().cast(DataType::Int64).alias(name)]);
    rel.columns = vec![RelColumn::new(name, KqlType::Long)];
    rel.serialized = false;
    Ok(rel)
}

/// `take`, `limit`: the first rows.
///
/// # Errors
/// When the number is not a constant that is not negative.
pub fn take(cx: &Context<'_>, mut rel: Rel, n: &Ast) -> Result<Rel, Error> {
    let n = cx.binder().count(n, "the number of rows")?;
    rel.frame = rel.frame.limit(n);
    Ok(rel)
}

/// `sample`: rows chosen at random, the same ones at every run, in their order.
///
/// # Errors
/// When the number is not a constant that is not negative.
pub fn sample(cx: &Context<'_>, rel: Rel, n: &Ast) -> Result<Rel, Error> {
    let n = cx.binder().count(n, "the number of rows")? as usize;
    let rel = rel.canonical();
    let columns = rel.columns.clone();
    Ok(per_frame(rel, columns, "sample", move |frame| {
        if frame.height() <= n {
            return Ok(frame);
        }
        let rows = IdxCa::from_vec("".into(), (0..frame.height() as IdxSize).collect());
        let chosen = rows.sample_n(n, false, Some(true), Some(SEED))?.sort(false);
        frame.take(&chosen)
    }))
}
