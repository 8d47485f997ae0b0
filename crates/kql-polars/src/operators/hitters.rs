//! `sample-distinct` and `top-hitters`: other operators in short.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/sample-distinct-operator>,
//! <https://learn.microsoft.com/kusto/query/top-hitters-operator>

use kql::Error;
use kql::ast::{Arg, Expr as Ast, ExprKind, Ident, NamedExpr, SortKey};

use super::{distinct, sort, summarize};
use crate::bind::naming::name_of;
use crate::query::Context;
use crate::rel::Rel;

/// `sample-distinct n of x`: the first different values.
///
/// # Errors
/// Mistakes in the expression, a number that is not a constant.
pub fn sample_distinct(cx: &Context<'_>, rel: Rel, count: &Ast, of: &NamedExpr) -> Result<Rel, Error> {
    let count = cx.binder().count(count, "the number of values")?;
    let mut rel = distinct::apply(cx, rel, std::slice::from_ref(of), false)?;
    rel.frame = rel.frame.limit(count);
    Ok(rel)
}

/// `top-hitters n of x [by y]`: the values with most rows, or the largest sum. It is computed exactly, whatever the name of its column says.
///
/// # Errors
/// Mistakes in the expressions, a number that is not a constant.
pub fn top_hitters(cx: &Context<'_>, rel: Rel, count: &Ast, of: &NamedExpr, by: Option<&Ast>) -> Result<Rel, Error> {
    let span = of.expr.span;
    let name = match of.names.first() {
        Some(given) => given.name.clone(),
        None => name_of(&of.expr).unwrap_or_else(|| "Column1".to_owned()),
    };
    let (function, args, total) = match by {
        None => ("count", Vec::new(), format!("approximate_count_{name}")),
        Some(by) => {
            let arg = Arg { name: None, value: by.clone() };
            let summed = name_of(by).unwrap_or_default();
            ("sum", vec![arg], format!("approximate_sum_{summed}"))
        }
    };
    let ident = |name: &str| Ident { name: name.to_owned(), span };
    let aggregate = NamedExpr {
        names: vec![ident(&total)],
        expr: Ast { span, kind: ExprKind::Call { name: ident(function), args } },
    };
    let rel = summarize::apply(cx, rel, &[aggregate], std::slice::from_ref(of), span)?;
    let key = SortKey { expr: Ast { span, kind: ExprKind::Name(total) }, ascending: false, nulls_first: None };
    sort::top(cx, rel, count, &key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(k: string, n: long) ['a', 1, 'b', 9, 'a', 2, 'c', 1, 'a', 1];";

    #[test]
    fn the_most_frequent_values() {
        insta::assert_snapshot!(rows(&format!("{T} T | top-hitters 1 of k")), @r#"
k | approximate_count_k
a | 3
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | top-hitters 2 of k by n")), @r#"
k | approximate_sum_n
b | 9
a | 4
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | top-hitters 1 of x = strcat(k, '!')")), @r#"
x | approximate_count_x
a! | 3
"#);
    }

    #[test]
    fn different_values() {
        insta::assert_snapshot!(rows(&format!("{T} T | sample-distinct 2 of k")), @r#"
k
a
b
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | sample-distinct 9 of n | count")), @r#"
Count
3
"#);
        insta::assert_snapshot!(error(&format!("{T} T | sample-distinct n of k")), @r#"there is no variable `n` (did you mean `T`?)"#);
    }
}
