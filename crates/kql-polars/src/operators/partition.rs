//! `partition`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/partition-operator>

use kql::ast::{Expr as Ast, ExprKind, OpParam, Pipeline};
use kql::{Error, ErrorKind};

use super::{grouped, parameter};
use crate::query::Context;
use crate::rel::{Rel, RelColumn, hidden};

/// Applies a sub-query to the rows of each value of a column.
///
/// # Errors
/// Mistakes in the column or the sub-query.
pub fn apply(cx: &Context<'_>, mut rel: Rel, params: &[OpParam], by: &Ast, body: &Pipeline) -> Result<Rel, Error> {
    if let Some((strategy, at)) = parameter(params, "hint.strategy")
        && !matches!(strategy.as_str(), "native" | "shuffle" | "legacy")
    {
        return Err(Error::new(ErrorKind::UnknownName, at, format!("there is no strategy `{strategy}`"))
            .with_help("the strategies are native, shuffle, legacy; here they all do the same"));
    }
    let value = cx.over(&rel).bind(by)?;
    let key = hidden("partition", 0);
    rel.frame = rel.frame.with_columns([value.expr.alias(key.as_str())]);
    rel.columns.push(RelColumn::new(&key, value.ty));
    let name = match &by.kind {
        ExprKind::Name(name) => Some(name.as_str()),
        _ => None,
    };
    let result = grouped::run(cx, rel, &key, name, body)?;
    let columns = result.columns.iter().filter(|c| c.name != key).cloned().collect();
    Ok(result.keep(columns))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(k: string, n: long) ['a', 1, 'b', 9, 'a', 7, 'c', 1, 'a', 4, 'b', 2];";

    #[test]
    fn rows_of_each_value() {
        insta::assert_snapshot!(rows(&format!("{T} T | partition by k (top 1 by n)")), @r#"
k | n
b | 9
a | 7
c | 1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | partition hint.strategy=native by k (summarize s = sum(n) by k)")), @r#"
k | s
a | 12
b | 11
c | 1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | partition by k (sort by n asc | sample-distinct 2 of n)")), @r#"
n
1
4
2
9
1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | partition by k (as P | extend share = n * 100 / toscalar(P | summarize sum(n)))")), @r#"
k | n | share
a | 1 | 8
a | 7 | 58
a | 4 | 33
b | 9 | 81
b | 2 | 18
c | 1 | 100
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | distinct k | partition by k {{ T | where k == k and n > 5 | extend of = toscalar(k) }} | sort by of asc, n asc")), @r#"
k | n | of
a | 7 | a
a | 7 | a
a | 7 | a
b | 9 | b
b | 9 | b
b | 9 | b
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | partition by k (project-away k | count)")), @r#"
Count
3
2
1
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | partition hint.strategy=fast by k (count)")), @r#"there is no strategy `fast` (the strategies are native, shuffle, legacy; here they all do the same)"#);
        insta::assert_snapshot!(error(&format!("{T} T | partition by zz (count)")), @r#"there is no column or variable `zz` here (the columns are k, n)"#);
    }
}
