//! `top-nested`.
//!
//! Level by level: the rows of the groups that are kept so far are grouped by one key more, and of each parent the best groups are kept. With
//! `with others`, the rows of the groups that are not kept go on as one group.
//!
//! Source: <https://learn.microsoft.com/kusto/query/top-nested-operator>

use kql::ast::{Expr as Ast, ExprKind, Ident, NamedExpr, TopNestedLevel};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::{projection, summarize, union};
use crate::bind::naming::{Names, name_of};
use crate::query::Context;
use crate::rel::{Rel, RelColumn, column, hidden};
use crate::typed::{literal, polars_type};

/// Keeps the top groups of each level.
///
/// # Errors
/// Mistakes in the expressions, numbers that are not constants.
pub fn apply(cx: &Context<'_>, rel: Rel, levels: &[TopNestedLevel], span: Span) -> Result<Rel, Error> {
    let names = names(levels)?;
    let mut rel = rel.canonical();
    let mut keys = Vec::with_capacity(levels.len());
    for (i, level) in levels.iter().enumerate() {
        let bound = cx.over(&rel).bind(&level.of.expr)?;
        keys.push((bound.expr.alias(hidden("level", i).as_str()), bound.ty));
    }
    let types: Vec<KqlType> = keys.iter().map(|(_, ty)| *ty).collect();
    rel.frame = rel.frame.with_columns(keys.into_iter().map(|(expr, _)| expr).collect::<Vec<_>>());
    for (i, ty) in types.iter().enumerate() {
        rel.columns.push(RelColumn::new(hidden("level", i), *ty));
    }
    let rel = cx.materialize(rel)?;
    // The rows that are still looked at: those of kept groups, and those that went into others.
    let mut kept = rel.clone();
    let mut rest = Rel::empty(&rel.columns);
    let mut result: Option<Rel> = None;
    let mut parents: Vec<String> = Vec::new();
    for (i, level) in levels.iter().enumerate() {
        let step = Step {
            cx,
            level,
            key: hidden("level", i),
            ty: types[i],
            value: hidden("value", i),
            parents: &parents,
            span,
        };
        let (groups, next_kept, next_rest) = step.run(kept, rest)?;
        kept = cx.materialize(next_kept)?;
        rest = cx.materialize(next_rest)?;
        let groups = cx.materialize(groups)?;
        result = Some(match result {
            None => groups,
            Some(before) => joined(before, groups, &parents),
        });
        parents.push(hidden("level", i));
    }
    let Some(mut rel) = result else {
        return Err(Error::new(ErrorKind::Syntax, span, "top-nested needs a level"));
    };
    let mut exprs = Vec::new();
    let mut columns = Vec::new();
    for (i, (key, value)) in names.iter().enumerate() {
        for (own, name) in [(hidden("level", i), key), (hidden("value", i), value)] {
            let ty = rel.column(&own).map_or(KqlType::Long, |c| c.ty);
            exprs.push(column(&own).alias(name.as_str()));
            columns.push(RelColumn::new(name, ty));
        }
    }
    rel.frame = rel.frame.select(exprs);
    rel.columns = columns;
    Ok(rel)
}

/// The names of the two columns of each level.
fn names(levels: &[TopNestedLevel]) -> Result<Vec<(String, String)>, Error> {
    let mut taken = Names::default();
    for name in levels.iter().flat_map(|l| l.of.names.iter().chain(&l.by.names)) {
        if !taken.declare(&name.name) {
            return Err(projection::duplicate(name));
        }
    }
    Ok(levels
        .iter()
        .map(|level| {
            let key = match level.of.names.first() {
                Some(name) => name.name.clone(),
                None => match name_of(&level.of.expr) {
                    Some(name) => taken.unique(&name),
                    None => taken.numbered("Column"),
                },
            };
            let value = match level.by.names.first() {
                Some(name) => name.name.clone(),
                None => taken.unique(&format!("aggregated_{key}")),
            };
            (key, value)
        })
        .collect())
}

/// One level.
struct Step<'a> {
    cx: &'a Context<'a>,
    level: &'a TopNestedLevel,
    /// The column of the key, and its type.
    key: String,
    ty: KqlType,
    /// The column of the aggregation.
    value: String,
    /// The keys of the levels above.
    parents: &'a [String],
    span: Span,
}

impl Step<'_> {
    /// The groups of this level, the rows of those that are kept, and the rows that are others.
    fn run(&self, kept: Rel, rest: Rel) -> Result<(Rel, Rel, Rel), Error> {
        let groups = self.cx.materialize(self.top(self.grouped(kept.clone())?)?)?;
        let keys = self.keys();
        let mut left_out = kept.clone();
        left_out.frame = matched(left_out.frame, groups.frame.clone(), &keys, JoinType::Anti);
        let mut kept = kept;
        kept.frame = matched(kept.frame, groups.frame.clone(), &keys, JoinType::Semi);
        match &self.level.others {
            Some(others) => {
                let name = self.cx.binder().constant(others, self.ty, "the name of the others")?;
                if name.is_null() {
                    let message = format!("the name of the others has to be a {}, as the key is", self.ty);
                    return Err(Error::new(ErrorKind::Type, others.span, message));
                }
                let others = self.renamed(union::combine(vec![left_out, rest], false, None), &name);
                let other_groups = self.grouped(others.clone())?;
                Ok((union::combine(vec![groups, other_groups], false, None), kept, others))
            }
            None => {
                // Others of a level above have no key here.
                let rest = self.renamed(rest, &Value::Null(self.ty));
                let mut nothing = rest.clone();
                let value_type = groups.column(&self.value).map_or(KqlType::Long, |c| c.ty);
                let empty = literal(&Value::Null(value_type)).cast(polars_type(value_type));
                let columns: Vec<Expr> = keys.iter().map(|k| column(k)).collect();
                nothing.frame = nothing
                    .frame
                    .select(columns)
                    .unique_stable(None, UniqueKeepStrategy::First)
                    .with_columns([empty.alias(self.value.as_str())]);
                nothing.columns = groups.columns.clone();
                Ok((union::combine(vec![groups, nothing], false, None), kept, rest))
            }
        }
    }

    /// The keys of the levels above and of this one.
    fn keys(&self) -> Vec<String> {
        self.parents.iter().cloned().chain([self.key.clone()]).collect()
    }

    /// `summarize value = aggregation by keys`.
    fn grouped(&self, rel: Rel) -> Result<Rel, Error> {
        let value = NamedExpr {
            names: vec![Ident { name: self.value.clone(), span: self.span }],
            expr: self.level.by.expr.clone(),
        };
        let by: Vec<NamedExpr> = self
            .keys()
            .into_iter()
            .map(|name| NamedExpr { names: Vec::new(), expr: Ast { span: self.span, kind: ExprKind::Name(name) } })
            .collect();
        Ok(summarize::apply(self.cx, rel, &[value], &by, self.span)?.canonical())
    }

    /// The best groups of each parent.
    fn top(&self, mut groups: Rel) -> Result<Rel, Error> {
        let ascending = self.level.ascending;
        let options = SortMultipleOptions::default()
            .with_order_descending(!ascending)
            .with_nulls_last(!ascending)
            .with_maintain_order(true);
        groups.frame = groups.frame.sort([self.value.as_str()], options);
        let Some(count) = &self.level.count else {
            return Ok(groups);
        };
        let count = i64::from(self.cx.binder().count(count, "the number of groups")?);
        let position = int_range(lit(0), len(), 1, DataType::Int64);
        let position = if self.parents.is_empty() {
            position
        } else {
            let parents: Vec<Expr> = self.parents.iter().map(|p| column(p)).collect();
            position.over(parents).map_err(|e| Error::from(crate::run::RuntimeError::from(e)).at(self.span))?
        };
        groups.frame = groups.frame.filter(position.lt(lit(count)));
        Ok(groups)
    }

    /// The rows with another key.
    fn renamed(&self, mut rel: Rel, key: &Value) -> Rel {
        let value = literal(key).cast(polars_type(self.ty));
        rel = rel.canonical();
        rel.frame = rel.frame.with_columns([value.alias(self.key.as_str())]);
        rel
    }
}

fn matched(rows: LazyFrame, groups: LazyFrame, keys: &[String], how: JoinType) -> LazyFrame {
    let on: Vec<Expr> = keys.iter().map(|k| column(k)).collect();
    let mut args = JoinArgs::new(how);
    args.nulls_equal = true;
    args.maintain_order = MaintainOrderJoin::Left;
    rows.join(groups, on.clone(), on, args)
}

/// The groups of the levels so far with those of the next one.
fn joined(before: Rel, groups: Rel, parents: &[String]) -> Rel {
    let mut columns = before.columns.clone();
    columns.extend(groups.columns.iter().filter(|c| !parents.contains(&c.name)).cloned());
    let frame = matched(before.frame, groups.frame, parents, JoinType::Inner);
    Rel::new(frame, columns.clone()).keep(columns)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(s: string, e: string, n: long) ['A', 'x', 10, 'A', 'y', 5, 'B', 'x', 7, 'C', 'z', 1, 'A', 'z', 1, 'B', 'y', 2, 'D', 'x', 1];";

    #[test]
    fn levels() {
        insta::assert_snapshot!(rows(&format!("{T} T | top-nested 2 of s by sum(n), top-nested 1 of e by total = sum(n)")), @r#"
s | aggregated_s | e | total
A | 16 | x | 10
B | 9 | x | 7
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | top-nested 2 of first = s by n = max(n) asc")), @r#"
first | n
C | 1
D | 1
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | top-nested of s by count()")), @r#"
s | aggregated_s
A | 3
B | 2
C | 1
D | 1
"#);
    }

    #[test]
    fn others() {
        insta::assert_snapshot!(rows(&format!("{T} T | top-nested 2 of s with others='rest' by sum(n), top-nested 1 of e by sum(n)")), @r#"
s | aggregated_s | e | aggregated_e
A | 16 | x | 10
B | 9 | x | 7
rest | 2 |  | null
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | top-nested 1 of s with others='rest' by sum(n), top-nested 1 of e with others='more' by sum(n)")), @r#"
s | aggregated_s | e | aggregated_e
A | 16 | x | 10
A | 16 | more | 6
rest | 11 | more | 11
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | top-nested n of s by sum(n)")), @r#"there is no variable `n` (did you mean `T`?)"#);
        insta::assert_snapshot!(error(&format!("{T} T | top-nested 1 of x = s by x = sum(n)")), @r#"the column `x` is given twice"#);
        insta::assert_snapshot!(error(&format!("{T} T | top-nested 1 of n with others='rest' by sum(n)")), @r#"the name of the others has to be a long, and this is a string"#);
    }
}
