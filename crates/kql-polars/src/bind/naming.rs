//! Names of columns to which the query gives none.
//!
//! The rules are those of Kusto: a column or variable gives its own name, `d.x` and `d["x"]` give `d_x`, some functions the name of
//! their first argument, aggregations `sum_x`, everything else `Column1`, `Column2`, …

use std::collections::{HashMap, HashSet};

use kql::Value;
use kql::ast::{Arg, Expr, ExprKind};

/// Functions whose unnamed result is called like their first argument.
///
/// These lists are those of Microsoft's language service for Kusto (`ResultNameKind` of its functions).
#[rustfmt::skip]
const FIRST_ARGUMENT: &[&str] = &[
    "abs", "acos", "asin", "atan", "atan2", "bin", "bin_at", "bin_auto", "binary_and", "binary_not", "binary_or", "binary_shift_left", "binary_shift_right",
    "binary_xor", "bitset_count_ones", "ceiling", "column_ifexists", "columnifexists", "cos", "erf", "erfc", "exp", "exp10", "exp2", "floor", "format_bytes",
    "format_datetime", "format_timespan", "gamma", "log", "log10", "log2", "loggamma", "parse_csv", "parse_json", "parse_xml", "parsejson", "pow", "rand", "round",
    "series_fill_backward", "series_fill_const", "series_fill_forward", "series_fill_linear", "series_fir", "series_iir", "series_outliers", "sin", "split", "sqrt",
    "startofday", "tan", "tobool", "toboolean", "todatetime", "todecimal", "todouble", "todynamic", "toguid", "tohex", "toint", "tolong", "toobject", "toreal",
    "tostring", "totime", "totimespan",
];

/// Functions whose unnamed result is called like their argument when they have only one.
const ONLY_ARGUMENT: &[&str] = &["make_datetime", "make_timespan"];

/// Functions whose unnamed result is called like an aggregation's: a prefix, and the name of the first argument.
///
/// Sources: <https://learn.microsoft.com/kusto/query/percentile-tdigest-function>, <https://learn.microsoft.com/kusto/query/dcount-hll-function>
const PREFIXED: &[(&str, &str)] = &[
    ("percentile_tdigest", "percentile_tdigest"),
    ("percentiles_array_tdigest", "percentile_tdigest"),
    ("percentile_array_tdigest", "percentile_tdigest"),
    ("dcount_hll", "dcount_hll"),
    ("strlen", "strlen"),
    ("string_size", "string_size"),
    ("repeat", "repeat"),
    ("treepath", "tree"),
    ("gettype", "type"),
];

/// Functions whose unnamed result has a name of its own.
const OWN: &[(&str, &str)] = &[
    ("ingestion_time", "$IngestionTime"),
    ("hll_merge", "hll_merged_result"),
    ("tdigest_merge", "tdigests_merge_result"),
    ("merge_tdigest", "tdigests_merge_result"),
];

/// The name that an expression gives to its column, or `None` where Kusto makes one up.
pub fn name_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Path { target, name } => Some(joined(target, name.name.clone())),
        ExprKind::Index { target, index } => {
            let right = match &index.kind {
                ExprKind::Literal(Value::String(key)) => key.clone(),
                ExprKind::Literal(Value::Long(n)) => n.to_string(),
                ExprKind::Literal(Value::Int(n)) => n.to_string(),
                ExprKind::Name(name) => name.clone(),
                _ => return name_of(target),
            };
            Some(joined(target, right))
        }
        ExprKind::Call { name, args } => {
            let first = || args.first().and_then(name_of_argument);
            if is_if_exists(expr)
                && let Some(Expr { kind: ExprKind::Literal(Value::String(column)), .. }) =
                    args.first().map(|arg| &arg.value)
            {
                return Some(column.clone());
            }
            let named = FIRST_ARGUMENT.contains(&name.name.as_str())
                || ONLY_ARGUMENT.contains(&name.name.as_str()) && args.len() == 1;
            if named {
                return first();
            }
            if let Some((_, own)) = OWN.iter().find(|(function, _)| *function == name.name) {
                return Some((*own).to_owned());
            }
            let (_, prefix) = PREFIXED.iter().find(|(function, _)| *function == name.name)?;
            Some(format!("{prefix}_{}", first().unwrap_or_default()))
        }
        _ => None,
    }
}

/// Whether this asks for a column that may not be there: the name is only that of a column that is.
pub fn is_if_exists(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { name, .. } if matches!(name.name.as_str(), "column_ifexists" | "columnifexists"))
}

/// The name of an argument: the one that is given to it, `round(rate = a / b)`, or else that of the expression.
pub fn name_of_argument(arg: &Arg) -> Option<String> {
    arg.name.as_ref().map(|name| name.name.clone()).or_else(|| name_of(&arg.value))
}

fn joined(target: &Expr, right: String) -> String {
    match name_of(target) {
        Some(left) if !left.trim().is_empty() => format!("{left}_{right}"),
        _ => right,
    }
}

/// Hands out names that are unique within one table.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The next number to try for a base.
    next: HashMap<String, usize>,
}

impl Names {
    /// With names that are taken already.
    pub fn taken<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { taken: names.into_iter().map(str::to_owned).collect(), next: HashMap::new() }
    }

    /// Takes a name; false when it is taken already.
    pub fn declare(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned())
    }

    /// `name`, or `name1`, `name2`, … if it is taken.
    pub fn unique(&mut self, name: &str) -> String {
        if self.declare(name) {
            return name.to_owned();
        }
        self.numbered(name)
    }

    /// `base1`, `base2`, …: the first that is free.
    pub fn numbered(&mut self, base: &str) -> String {
        let mut i = self.next.get(base).copied().unwrap_or(1);
        loop {
            let name = format!("{base}{i}");
            i += 1;
            if self.declare(&name) {
                self.next.insert(base.to_owned(), i);
                return name;
            }
        }
    }
}
