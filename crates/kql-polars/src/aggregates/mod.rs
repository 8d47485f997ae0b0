//! The aggregation functions: one registry that drives dispatch, help, name suggestions and the support table of docs/kql.md.
//!
//! An aggregation is bound once per call, to an expression that is valid inside `group_by(…).agg(…)` and, for a `summarize` without keys,
//! inside `select(…)`. What Polars cannot say there (JSON text of a list, weighted percentiles) is done afterwards, by
//! [`Aggregation::finish`], on one row per group.
//!
//! Nulls are ignored by all aggregations but `count()` and `make_list_with_nulls()`. Over no values at all `count`, `countif`, `dcount`, `dcountif`,
//! `count_distinct`, `sum`, `sumif`, `variance`, `varianceif`, `stdev` and `stdevif` give 0, the `make_` functions an empty array
//! or bag, and the others null.
//!
//! Source: <https://learn.microsoft.com/kusto/query/summarize-operator#aggregates-default-values>

use std::fmt;

use kql::{Error, KqlType};
use polars::prelude::{Expr, NULL, lit, when};

use crate::functions::Call;

mod counts;
mod decimals;
mod lists;
mod numbers;
mod percentiles;
mod schema;
mod sketches;
mod statistics;

pub use percentiles::rank;

/// An aggregation function.
#[derive(Debug)]
pub struct Aggregate {
    /// Its name.
    pub name: &'static str,
    /// Other names of the same function.
    pub aliases: &'static [&'static str],
    /// As its documentation page writes it: `sumif(expr, predicate)`.
    pub signature: &'static str,
    /// What it does, one sentence.
    pub doc: &'static str,
    /// Fewest and most arguments; `usize::MAX` for any number.
    pub args: (usize, usize),
    /// First part of the name of its column where the query gives none: `list` for `make_list(x)`, whose column is `list_x`.
    pub column: &'static str,
    /// How many arguments, from the first, are part of that name.
    pub named_args: usize,
    /// Checks the arguments and builds the expressions: one for each column that the function gives (`percentiles` gives several).
    ///
    /// The expressions of the arguments have to be columns, or computed from columns: of a constant argument that is aggregated (`sum(1)`)
    /// the caller first makes a column, and keeps [`crate::typed::Typed::constant`].
    pub bind: fn(&Call<'_>) -> Result<Vec<Aggregation>, Error>,
}

/// What Polars has to compute for one column of an aggregation.
pub struct Aggregation {
    /// One value per group.
    pub agg: Expr,
    /// Makes the column of type [`Aggregation::ty`] from the column that `agg` gave, row by row; `None` where `agg` is that already.
    pub finish: Option<Finish>,
    /// Type of the column.
    pub ty: KqlType,
    /// Last part of the name of the column where the query gives none: `_95` for `percentile(x, 95)`.
    pub suffix: String,
}

/// See [`Aggregation::finish`].
pub type Finish = Box<dyn Fn(Expr) -> Expr + Send + Sync>;

impl Aggregation {
    /// An aggregation that needs nothing afterwards.
    pub fn new(agg: Expr, ty: KqlType) -> Self {
        Self { agg, finish: None, ty, suffix: String::new() }
    }

    /// Adds what is done afterwards.
    #[must_use]
    pub fn with_finish(mut self, finish: impl Fn(Expr) -> Expr + Send + Sync + 'static) -> Self {
        self.finish = Some(Box::new(finish));
        self
    }

    /// Sets the last part of the default name.
    #[must_use]
    pub fn with_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = suffix.into();
        self
    }
}

impl fmt::Debug for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aggregation({}, {:?}, finish: {})", self.ty, self.agg, self.finish.is_some())
    }
}

impl Aggregate {
    /// The name of a column where the query gives none: `sum_x`, `percentile_x_95`, `count_`. `args` are the names of the arguments that are
    /// plain columns.
    pub fn default_name(&self, args: &[Option<&str>], aggregation: &Aggregation) -> String {
        let named: Vec<&str> = args.iter().take(self.named_args).map(|name| name.unwrap_or_default()).collect();
        // Those without a prefix hand the name of the argument on.
        let separator = if self.column.is_empty() { "" } else { "_" };
        format!("{}{separator}{}{}", self.column, named.join("_"), aggregation.suffix)
    }
}

/// The families.
pub const FAMILIES: &[&[Aggregate]] = &[
    counts::AGGREGATES,
    numbers::AGGREGATES,
    statistics::AGGREGATES,
    percentiles::AGGREGATES,
    lists::AGGREGATES,
    schema::AGGREGATES,
    sketches::AGGREGATES,
];

/// All aggregation functions, family by family.
pub fn all() -> impl Iterator<Item = &'static Aggregate> {
    FAMILIES.iter().copied().flatten()
}

/// The aggregation function of a name or alias.
pub fn find(name: &str) -> Option<&'static Aggregate> {
    all().find(|a| a.name == name || a.aliases.contains(&name))
}

/// The one-column case of [`Aggregate::bind`].
fn one(agg: Expr, ty: KqlType) -> Result<Vec<Aggregation>, Error> {
    Ok(vec![Aggregation::new(agg, ty)])
}

/// `value` in the rows where `predicate` is true, null in the others.
fn only_where(value: Expr, predicate: Expr) -> Expr {
    when(predicate).then(value).otherwise(lit(NULL))
}

/// Argument `value` in the rows where argument `predicate` is true, null in the others.
fn value_where(call: &Call<'_>, value: usize, predicate: usize) -> Result<Expr, Error> {
    Ok(only_where(call.args[value].expr.clone(), call.boolean(predicate)?))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        for a in all() {
            for name in std::iter::once(&a.name).chain(a.aliases) {
                assert!(seen.insert(*name), "two aggregations are called {name}");
            }
        }
    }
}
