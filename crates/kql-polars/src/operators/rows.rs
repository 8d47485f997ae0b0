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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::rows;

    #[test]
    fn what_follows_a_sample_does_not_change_it() {
        let sample = "range x from 1 to 1000 step 1 | extend y = x % 7 | sample 10";
        let chosen: Vec<String> = rows(&format!("{sample} | project x")).lines().skip(1).map(str::to_owned).collect();
        assert_eq!(chosen.len(), 10);
        let high: Vec<String> =
            rows(&format!("{sample} | where x > 500 | project x")).lines().skip(1).map(str::to_owned).collect();
        let wanted: Vec<String> = chosen.iter().filter(|x| x.parse::<i64>().unwrap() > 500).cloned().collect();
        assert_eq!(high, wanted);
        assert_eq!(rows(&format!("{sample} | take 1 | project x")).lines().nth(1).unwrap(), chosen[0]);
    }
}
