//! The scalar functions: one registry that drives dispatch, help, name suggestions and the support table of docs/kql.md.
//!
//! To add a function, add a [`Function`] to its family's list. It is bound once per call: the arguments come typed, and the result is a
//! typed Polars expression.

mod args;
mod array_sort;
mod arrays;
mod bags;
mod bin;
mod conditional;
mod conversions;
mod datetime;
mod datetime_make;
mod digests;
mod geo;
mod hashes;
mod ip;
mod math;
mod metadata;
mod predicates;
mod series;
mod sets;
mod special;
mod strings;
mod time_format;
mod typed_args;
mod units;
mod window;

pub(crate) use ip::ipv6::parse_text as ipv6_network;

use std::collections::HashMap;
use std::sync::LazyLock;

use kql::{Error, ErrorKind, KqlType, Span};
use polars::prelude::Expr;

use crate::places::Places;
use crate::typed::Typed;

pub use args::common_type;

/// A scalar function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Other names of the same function.
    pub aliases: &'static [&'static str],
    /// As its documentation page writes it: `substring(source, startingIndex [, length])`.
    pub signature: &'static str,
    /// What it does, one sentence.
    pub doc: &'static str,
    /// Fewest and most arguments; `usize::MAX` for any number.
    pub args: (usize, usize),
    /// Whether equal arguments always give an equal result, so that a call of constants is a constant.
    pub pure: bool,
    /// Checks the arguments and builds the expression.
    pub bind: fn(&Call<'_>) -> Result<Typed, Error>,
}

/// What a function may ask about the query it is called in.
#[derive(Debug, Clone)]
pub struct Env {
    /// `now()` of the query, in ticks: one value for the whole query. Only set for the functions that [`crate::query::Query::env`] lists.
    pub now: i64,
    /// Whether the rows have an order (after `sort`, `serialize`, `range`, …), which `prev`, `row_number` and the like need.
    pub serialized: bool,
    /// The columns of the input row, in order, by name: for `pack_all()`.
    pub columns: Vec<(String, Typed)>,
    /// `set query_bin_auto_size = …` and `set query_bin_auto_at = …`, for `bin_auto()`.
    pub bin_auto: (Option<Typed>, Option<Typed>),
    /// A database of places, for `geo_info_from_ip_address()`.
    pub places: Option<Places>,
}

/// What a function of several result columns gives when it stands alone in `print`, `project`, `extend`, …: the columns with their default
/// names. A name in the query (`x = f(…)`, `(x, y) = f(…)`) replaces the first ones. No columns: it gives one, as its [`Function::bind`] says, and
/// with the name that any other expression would have.
pub type MultiBind = fn(&Call<'_>) -> Result<Vec<(String, Typed)>, Error>;

/// How `name` is bound where it may give several columns; `None` for a function of one result. Anywhere else (inside another expression) its
/// [`Function::bind`] applies, and gives an array of the results.
pub fn multi_column(name: &str) -> Option<MultiBind> {
    MULTI_COLUMN.iter().flat_map(|list| list.iter()).find(|(known, _)| *known == name).map(|(_, bind)| *bind)
}

/// The functions of several result columns, by family.
const MULTI_COLUMN: &[&[(&str, MultiBind)]] = &[
    array_sort::COLUMNS,
    series::decompose::COLUMNS,
    series::fft::COLUMNS,
    series::periods::COLUMNS,
    series::regression::COLUMNS,
    series::statistics::COLUMNS,
];

/// One call of a function.
#[derive(Debug)]
pub struct Call<'a> {
    /// The name as written.
    pub name: &'a str,
    /// The whole call.
    pub span: Span,
    /// The arguments. Their number is already checked.
    pub args: Vec<Typed>,
    /// For each argument, the name that it would have as an unnamed column: that of a column or `let` name, `d_x` for `d.x`. For functions
    /// that name results after their arguments, such as `bag_pack_columns()`.
    pub names: Vec<Option<String>>,
    /// About the query.
    pub env: &'a Env,
}

impl Call<'_> {
    /// A result that depends on the row.
    pub fn result(&self, expr: Expr, ty: KqlType) -> Result<Typed, Error> {
        Ok(Typed::new(expr, ty, self.span))
    }

    /// An error at argument `i`.
    pub fn type_error(&self, i: usize, expected: &str) -> Error {
        let arg = &self.args[i];
        Error::new(
            ErrorKind::Type,
            arg.span,
            format!("{}(): argument {} has to be {expected}, and it is {}", self.name, i + 1, arg.ty),
        )
    }
}

/// The families. A new family file adds its list here.
pub const FAMILIES: &[&[Function]] = &[
    strings::basic::FUNCTIONS,
    strings::codepoints::FUNCTIONS,
    strings::compression::FUNCTIONS,
    strings::encoding::FUNCTIONS,
    strings::parse::FUNCTIONS,
    strings::paths::FUNCTIONS,
    strings::regexes::FUNCTIONS,
    strings::replace::FUNCTIONS,
    strings::search::FUNCTIONS,
    strings::xml::FUNCTIONS,
    predicates::FUNCTIONS,
    conditional::FUNCTIONS,
    conversions::FUNCTIONS,
    hashes::FUNCTIONS,
    units::FUNCTIONS,
    ip::ipv4::FUNCTIONS,
    ip::ipv6::FUNCTIONS,
    ip::text::FUNCTIONS,
    bin::FUNCTIONS,
    datetime::FUNCTIONS,
    datetime_make::FUNCTIONS,
    time_format::FUNCTIONS,
    math::FUNCTIONS,
    special::FUNCTIONS,
    arrays::FUNCTIONS,
    array_sort::FUNCTIONS,
    sets::FUNCTIONS,
    bags::FUNCTIONS,
    window::FUNCTIONS,
    metadata::FUNCTIONS,
    geo::points::FUNCTIONS,
    geo::shapes::FUNCTIONS,
    geo::geohash::FUNCTIONS,
    geo::s2::FUNCTIONS,
    geo::h3::FUNCTIONS,
    geo::refused::FUNCTIONS,
    digests::FUNCTIONS,
    series::decompose::FUNCTIONS,
    series::elements::FUNCTIONS,
    series::fft::FUNCTIONS,
    series::fill::FUNCTIONS,
    series::filters::FUNCTIONS,
    series::outliers::FUNCTIONS,
    series::periods::FUNCTIONS,
    series::regression::FUNCTIONS,
    series::statistics::FUNCTIONS,
];

/// The scalar function of a name or alias.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
        all().flat_map(|f| std::iter::once(&f.name).chain(f.aliases).map(move |name| (*name, f))).collect()
    });
    BY_NAME.get(name).copied()
}

/// All scalar functions, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        for f in all() {
            for name in std::iter::once(&f.name).chain(f.aliases) {
                assert!(seen.insert(*name), "two functions are called {name}");
            }
        }
    }
}
