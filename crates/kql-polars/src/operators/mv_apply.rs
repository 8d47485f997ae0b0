//! `mv-apply`.
//!
//! A row whose arrays are all null or empty gives no rows.
//!
//! Source: <https://learn.microsoft.com/kusto/query/mv-apply-operator>

use kql::ast::{Expr as Ast, Ident, MvColumn, Pipeline};
use kql::{Error, KqlType};
use polars::prelude::*;

use super::{grouped, mv_expand};
use crate::query::Context;
use crate::rel::{Rel, RelColumn, column, hidden};

/// Expands columns, and applies a sub-query to the rows that come from one row.
///
/// # Errors
/// Mistakes in the columns or the sub-query.
pub fn apply(
    cx: &Context<'_>,
    rel: Rel,
    index: Option<&Ident>,
    list: &[MvColumn],
    limit: Option<&Ast>,
    body: &Pipeline,
) -> Result<Rel, Error> {
    let key = hidden("applied", 0);
    let source: Vec<RelColumn> = rel.columns.clone();
    let own: Vec<String> = source
        .iter()
        .filter(|c| !replaces(list, &c.name) && index.is_none_or(|i| i.name != c.name))
        .map(|c| c.name.clone())
        .collect();
    let numbered = numbered(rel, &key);
    let filled = not_empty(cx, &numbered, list)?;
    let mut expanding = numbered.clone();
    expanding.frame = expanding.frame.filter(filled);
    let expanded = mv_expand::apply(cx, expanding, &[], index, list, limit)?;
    let mut result = grouped::run(cx, expanded, &key, None, body)?;
    if own.iter().all(|name| result.column(name).is_some()) {
        let mut columns: Vec<RelColumn> = own.iter().filter_map(|name| result.column(name).cloned()).collect();
        columns.extend(result.columns.iter().filter(|c| c.name != key && !own.contains(&c.name)).cloned());
        result.frame =
            result.frame.sort_by_exprs([column(&key)], SortMultipleOptions::default().with_maintain_order(true));
        return Ok(result.keep(columns));
    }
    joined(cx, numbered, result, &own, &key)
}

/// Whether an expanded column takes the place of the column of this name.
fn replaces(list: &[MvColumn], name: &str) -> bool {
    list.iter().any(|item| match &item.name {
        Some(given) => given.name == name,
        None => matches!(&item.expr.kind, kql::ast::ExprKind::Name(own) if own == name),
    })
}

/// The rows with their numbers.
fn numbered(mut rel: Rel, key: &str) -> Rel {
    rel.frame = rel.frame.with_row_index(key, None).with_columns([column(key).cast(DataType::Int64)]);
    rel.columns.push(RelColumn::new(key, KqlType::Long));
    rel
}

/// Whether any of the columns has an element.
fn not_empty(cx: &Context<'_>, rel: &Rel, list: &[MvColumn]) -> Result<Expr, Error> {
    let binder = cx.over(rel);
    let mut any = lit(false);
    for item in list {
        let value = binder.bind(&item.expr)?.expr.cast(DataType::String);
        let empty = value.clone().eq(lit("[]")).or(value.clone().eq(lit("{}")));
        any = any.or(value.is_not_null().and(empty.not()));
    }
    Ok(any)
}

/// Puts the columns of the source before those of the sub-query.
fn joined(cx: &Context<'_>, numbered: Rel, result: Rel, own: &[String], key: &str) -> Result<Rel, Error> {
    let mut columns: Vec<RelColumn> = own.iter().filter_map(|name| numbered.column(name).cloned()).collect();
    let mut left_columns = columns.clone();
    left_columns.push(RelColumn::new(key, KqlType::Long));
    let left = numbered.keep(left_columns);
    let right = result.canonical();
    let mut right_columns: Vec<RelColumn> =
        right.columns.iter().filter(|c| c.name != key && !own.contains(&c.name)).cloned().collect();
    columns.extend(right_columns.iter().cloned());
    right_columns.push(RelColumn::new(key, KqlType::Long));
    let right = cx.materialize(right.keep(right_columns))?;
    let mut args = JoinArgs::new(JoinType::Inner);
    args.maintain_order = MaintainOrderJoin::LeftRight;
    let frame = left.frame.join(right.frame, [column(key)], [column(key)], args);
    Ok(Rel::new(frame, columns.clone()).keep(columns))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(k: long, a: dynamic) [1, dynamic([5, 1, 3]), 2, dynamic([]), 3, dynamic([4, 10, 8, 7]), 4, dynamic(null)];";

    #[test]
    fn rows_of_the_sub_query() {
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply x = a to typeof(long) on (top 2 by x | project x)")), @r#"
k | a | x
1 | [5,1,3] | 5
1 | [5,1,3] | 3
3 | [4,10,8,7] | 10
3 | [4,10,8,7] | 8
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply a to typeof(long) on (top 1 by a)")), @r#"
k | a
1 | 5
3 | 10
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply with_itemindex=i x = a to typeof(long) on (where i >= 2)")), @r#"
k | a | x | i
1 | [5,1,3] | 3 | 2
3 | [4,10,8,7] | 8 | 2
3 | [4,10,8,7] | 7 | 3
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply x = a to typeof(long) limit 2 on (take 5) | project k, x")), @r#"
k | x
1 | 5
1 | 1
3 | 4
3 | 10
"#);
    }

    #[test]
    fn aggregates() {
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply x = a to typeof(long) on (where x > 4 | summarize n = count(), s = sum(x))")), @r#"
k | a | n | s
1 | [5,1,3] | 1 | 5
3 | [4,10,8,7] | 3 | 25
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply x = a to typeof(long) on (where x > 9 | count)")), @r#"
k | a | Count
1 | [5,1,3] | 0
3 | [4,10,8,7] | 1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply x = a to typeof(long) on (summarize n = count() by odd = x % 2 | sort by odd asc)")), @r#"
k | a | odd | n
1 | [5,1,3] | 1 | 3
3 | [4,10,8,7] | 0 | 3
3 | [4,10,8,7] | 1 | 1
"#);
    }

    #[test]
    fn one_group_after_the_other() {
        insta::assert_snapshot!(rows(&format!("{T} T | mv-apply x = a to typeof(long) on (sort by x asc | sample-distinct 2 of x)")), @r#"
k | a | x
1 | [5,1,3] | 1
1 | [5,1,3] | 3
3 | [4,10,8,7] | 4
3 | [4,10,8,7] | 7
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where k > 9 | mv-apply x = a to typeof(long) on (sample-distinct 1 of x)")), @r#"k | a | x"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | mv-apply x = k on (count)")), @r#"mv-expand needs a dynamic value, and this is a long (split(…) and parse_json(…) give dynamic values)"#);
        insta::assert_snapshot!(error(&format!("{T} T | mv-apply x = a on (where zz)")), @r#"there is no column or variable `zz` here (the columns are k, a, x)"#);
    }
}
