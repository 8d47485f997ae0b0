//! `search` and `find`: rows of many tables that fit a condition.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/search-operator>, <https://learn.microsoft.com/kusto/query/find-operator>

use kql::ast::{Arg, BinaryOp, Expr as Ast, ExprKind, Ident, OpParam, TableRef};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use super::{filter, parameter, union, walk};
use crate::convert::convert;
use crate::query::Context;
use crate::rel::{Rel, RelColumn};
use crate::rows::map_rows;
use crate::scope::Binding;
use crate::typed::{Typed, literal, polars_type};

/// The column that says from which table `search` has a row.
const TABLE: &str = "$table";

/// `search`: all columns of the rows that fit.
///
/// # Errors
/// Mistakes in the condition; tables or columns that are nowhere.
pub fn search(
    cx: &Context<'_>,
    input: Option<Rel>,
    params: &[OpParam],
    tables: &[TableRef],
    predicate: &Ast,
    span: Span,
) -> Result<Rel, Error> {
    let sensitive = match parameter(params, "kind") {
        None => false,
        Some((kind, _)) if matches!(kind.as_str(), "default" | "case_insensitive") => false,
        Some((kind, _)) if kind == "case_sensitive" => true,
        Some((kind, at)) => {
            return Err(Error::new(ErrorKind::UnknownName, at, format!("there is no kind `{kind}`"))
                .with_help("the kinds are default, case_insensitive, case_sensitive"));
        }
    };
    let (legs, _) = matching(cx, input, tables, predicate, sensitive, span)?;
    Ok(union::combine(legs, false, Some(TABLE.to_owned())))
}

/// The arguments of `find`.
#[derive(Debug)]
pub struct Find<'a> {
    /// `withsource = c`.
    pub params: &'a [OpParam],
    /// `in (…)`.
    pub tables: &'a [TableRef],
    /// The condition.
    pub predicate: &'a Ast,
    /// `project a, b: type`.
    pub project: Option<&'a [(Ident, Option<KqlType>)]>,
    /// `pack_all()` in that list.
    pub pack: bool,
}

/// `find`: the name of the table, the columns asked for (or those of the condition and those that all tables have), the others in a bag.
///
/// # Errors
/// As [`search`].
pub fn find(cx: &Context<'_>, input: Option<Rel>, find: &Find<'_>, span: Span) -> Result<Rel, Error> {
    let source = parameter(find.params, "withsource").or_else(|| parameter(find.params, "with_source"));
    let source = source.map_or_else(|| "source_".to_owned(), |(name, _)| name);
    let (legs, known) = matching(cx, input, find.tables, find.predicate, false, span)?;
    let wanted: Vec<String> = match find.project {
        Some(list) => list.iter().map(|(name, _)| name.name.clone()).collect(),
        None => smart(&legs, find.predicate),
    };
    for (name, _) in find.project.unwrap_or_default() {
        if known.iter().all(|c| c.name != name.name) {
            return Err(Error::new(
                ErrorKind::UnknownName,
                name.span,
                format!("none of the tables has a column `{}`", name.name),
            ));
        }
    }
    let rest_anywhere = legs.iter().any(|leg| leg.names().any(|n| !wanted.iter().any(|w| w == n)));
    let pack = find.pack || (find.project.is_none() && rest_anywhere);
    let mut shaped = Vec::with_capacity(legs.len());
    for leg in legs {
        shaped.push(shape(cx, leg, &wanted, find.project, (pack, &known), span)?);
    }
    Ok(union::combine(shaped, false, Some(source)))
}

/// `project-smart`: the columns of the condition, then those that all tables have.
fn smart(legs: &[Rel], predicate: &Ast) -> Vec<String> {
    let has = |name: &str| legs.iter().any(|leg| leg.column(name).is_some());
    let mut wanted: Vec<String> =
        walk::names(predicate).into_iter().filter(|name| has(name)).map(str::to_owned).collect();
    if let Some(first) = legs.first() {
        for c in &first.columns {
            let common = legs.iter().all(|leg| leg.column(&c.name).is_some_and(|o| o.ty == c.ty));
            if common && !wanted.contains(&c.name) {
                wanted.push(c.name.clone());
            }
        }
    }
    wanted
}

/// The columns that `find` shows of one table: all of `wanted`, null where the table has none, and the others in a bag.
fn shape(
    cx: &Context<'_>,
    leg: Rel,
    wanted: &[String],
    types: Option<&[(Ident, Option<KqlType>)]>,
    (pack, known): (bool, &[RelColumn]),
    span: Span,
) -> Result<Rel, Error> {
    let mut rel = leg.canonical();
    let mut columns: Vec<RelColumn> = Vec::new();
    let mut exprs: Vec<Expr> = Vec::new();
    for (i, name) in wanted.iter().enumerate() {
        let ty = types.and_then(|list| list.get(i)).and_then(|(_, ty)| *ty);
        let own = rel.column(name);
        let value = match (own, known.iter().find(|c| c.name == *name)) {
            (Some(c), _) => Typed::new(c.expr(), c.ty, span),
            (None, Some(c)) => {
                let null = literal(&Value::Null(c.ty)).cast(polars_type(c.ty));
                Typed::new(null, c.ty, span)
            }
            (None, None) => continue,
        };
        let value = match ty {
            Some(ty) => cx.binder().cast(value, ty)?,
            None => value,
        };
        exprs.push(value.expr.alias(name.as_str()));
        columns.push(RelColumn::new(name, value.ty));
    }
    if pack {
        exprs.push(packed(&rel, wanted, span).alias("pack_"));
        columns.push(RelColumn::new("pack_", KqlType::Dynamic));
    }
    rel.frame = rel.frame.with_columns(exprs);
    let name = rel.name.clone();
    let mut rel = rel.keep(columns);
    rel.name = name;
    Ok(rel)
}

/// A bag of the columns that are not in `wanted`, without those that are null or empty.
fn packed(rel: &Rel, wanted: &[String], span: Span) -> Expr {
    let mut names: Vec<String> = Vec::new();
    let mut values: Vec<Typed> = Vec::new();
    for c in rel.columns.iter().filter(|c| !wanted.contains(&c.name)) {
        names.push(serde_json::Value::String(c.name.clone()).to_string());
        values.push(convert(&Typed::new(c.expr(), c.ty, span), KqlType::Dynamic));
    }
    if values.is_empty() {
        return lit("{}");
    }
    map_rows(&values, KqlType::Dynamic, move |row| {
        let filled = names.iter().enumerate().filter_map(|(i, name)| {
            let value = row.text(i).filter(|text| !matches!(*text, "" | "\"\"" | "null"))?;
            Some(format!("{name}:{value}"))
        });
        Some(format!("{{{}}}", filled.collect::<Vec<_>>().join(",")))
    })
}

/// The tables with the rows that fit, and the columns of all tables. Tables that have none of the columns of the condition are left out.
fn matching(
    cx: &Context<'_>,
    input: Option<Rel>,
    tables: &[TableRef],
    predicate: &Ast,
    sensitive: bool,
    span: Span,
) -> Result<(Vec<Rel>, Vec<RelColumn>), Error> {
    let legs = match input {
        Some(_) if !tables.is_empty() => {
            return Err(Error::new(ErrorKind::Syntax, span, "either a table stands before `|`, or tables after `in`"));
        }
        Some(input) => vec![input],
        None => sources(cx, tables, span)?,
    };
    let all: Vec<RelColumn> = legs.iter().flat_map(|leg| leg.columns.iter().cloned()).collect();
    let condition = rewritten(predicate, sensitive)?;
    let any_column = walk::any(&condition, &|e| matches!(e.kind, ExprKind::Star));
    let columns: Vec<&str> = walk::names(&condition)
        .into_iter()
        .filter(|name| !matches!(cx.scope.get(name), Some(Binding::Scalar(_))))
        .collect();
    let mut missing: Vec<RelColumn> = Vec::new();
    for name in &columns {
        if let Some(c) = legs.iter().find_map(|leg| leg.column(name)) {
            missing.push(RelColumn::new(*name, c.ty));
        }
    }
    let mut found = Vec::with_capacity(legs.len());
    for mut leg in legs {
        let own = leg.columns.clone();
        let lacking: Vec<&RelColumn> = missing.iter().filter(|c| leg.column(&c.name).is_none()).collect();
        let known = missing.len() - lacking.len();
        if known == 0 && !columns.is_empty() && !any_column && !lacking.is_empty() {
            continue;
        }
        if !lacking.is_empty() {
            let nulls: Vec<Expr> = lacking
                .iter()
                .map(|c| literal(&Value::Null(c.ty)).cast(polars_type(c.ty)).alias(c.name.as_str()))
                .collect();
            leg.frame = leg.frame.with_columns(nulls);
            leg.columns.extend(lacking.into_iter().cloned());
        }
        let name = leg.name.clone();
        let mut fits = filter::apply(cx, leg, [&condition])?.keep(own);
        fits.name = name;
        found.push(fits);
    }
    if found.is_empty() {
        return Err(Error::new(ErrorKind::UnknownName, predicate.span, "no table has a column of this condition"));
    }
    Ok((found, all))
}

/// The tables of `in (…)`, or all there are.
fn sources(cx: &Context<'_>, tables: &[TableRef], span: Span) -> Result<Vec<Rel>, Error> {
    let everything;
    let tables = if tables.is_empty() {
        everything = [TableRef::Wildcard(Ident { name: "*".to_owned(), span })];
        &everything
    } else {
        tables
    };
    union::tables_of(cx, tables, false)
}

/// The condition with bare terms, `*` and `column: term` as tests of columns.
fn rewritten(predicate: &Ast, sensitive: bool) -> Result<Ast, Error> {
    let span = predicate.span;
    let kind = match &predicate.kind {
        ExprKind::Literal(Value::String(term)) => test(star(span), term, span, sensitive),
        ExprKind::Star => ExprKind::Literal(Value::Bool(true)),
        ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), op_span, left, right } => ExprKind::Binary {
            op: *op,
            op_span: *op_span,
            left: Box::new(rewritten(left, sensitive)?),
            right: Box::new(rewritten(right, sensitive)?),
        },
        ExprKind::Binary { op: BinaryOp::SearchHas, left, right, .. } => match &right.kind {
            ExprKind::Literal(Value::String(term)) => test((**left).clone(), term, span, sensitive),
            _ => {
                return Err(Error::new(ErrorKind::Type, right.span, "a term in quotes is needed after `:`"));
            }
        },
        ExprKind::Call { name, args } if name.name == "not" => ExprKind::Call {
            name: name.clone(),
            args: args
                .iter()
                .map(|a| Ok(Arg { name: a.name.clone(), value: rewritten(&a.value, sensitive)? }))
                .collect::<Result<_, Error>>()?,
        },
        _ if sensitive => return Ok(walk::replaced(predicate, &case_sensitive)),
        other => other.clone(),
    };
    Ok(Ast { kind, span })
}

fn star(span: Span) -> Ast {
    Ast { span, kind: ExprKind::Star }
}

/// `column has term`, with `*` at the ends of the term as wildcards.
fn test(column: Ast, term: &str, span: Span, sensitive: bool) -> ExprKind {
    use BinaryOp as B;
    let choose = |any: B, exact: B| if sensitive { exact } else { any };
    let inner = term.trim_matches('*');
    let (op, text) = match (term.starts_with('*'), term.ends_with('*')) {
        _ if term.is_empty() || inner.is_empty() => return ExprKind::Literal(Value::Bool(true)),
        _ if inner.contains('*') => (B::MatchesRegex, pattern(term, sensitive)),
        (false, false) => (choose(B::Has, B::HasCs), inner.to_owned()),
        (true, false) => (choose(B::HasSuffix, B::HasSuffixCs), inner.to_owned()),
        (false, true) => (choose(B::HasPrefix, B::HasPrefixCs), inner.to_owned()),
        (true, true) => (choose(B::Contains, B::ContainsCs), inner.to_owned()),
    };
    ExprKind::Binary {
        op,
        op_span: span,
        left: Box::new(column),
        right: Box::new(Ast { span, kind: ExprKind::Literal(Value::String(text)) }),
    }
}

/// `ab*c` as a regular expression over whole terms.
fn pattern(term: &str, sensitive: bool) -> String {
    let mut regex = String::from(if sensitive { "" } else { "(?i)" });
    let parts: Vec<String> = term.split('*').map(regex::escape).collect();
    if !term.starts_with('*') {
        regex.push_str(r"\b");
    }
    regex.push_str(parts.join(".*").trim_matches(&['.', '*'][..]));
    if !term.ends_with('*') {
        regex.push_str(r"\b");
    }
    regex
}

/// Text operators in their case-sensitive forms.
fn case_sensitive(expr: &Ast) -> Option<ExprKind> {
    use BinaryOp as B;
    let ExprKind::Binary { op, op_span, left, right } = &expr.kind else {
        return None;
    };
    let op = match op {
        B::Has => B::HasCs,
        B::NotHas => B::NotHasCs,
        B::HasPrefix => B::HasPrefixCs,
        B::NotHasPrefix => B::NotHasPrefixCs,
        B::HasSuffix => B::HasSuffixCs,
        B::NotHasSuffix => B::NotHasSuffixCs,
        B::Contains => B::ContainsCs,
        B::NotContains => B::NotContainsCs,
        B::StartsWith => B::StartsWithCs,
        B::NotStartsWith => B::NotStartsWithCs,
        B::EndsWith => B::EndsWithCs,
        B::NotEndsWith => B::NotEndsWithCs,
        B::EqualTilde => B::Equal,
        B::NotEqualTilde => B::NotEqual,
        _ => return None,
    };
    Some(ExprKind::Binary { op, op_span: *op_span, left: left.clone(), right: right.clone() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let A = view () { datatable(u: string, n: long) ['alice@x.com', 1, 'bob', 2, 'Malice', 3] };
        let B = view () { datatable(u: string, host: string) ['carol', 'alice-pc', 'dave', 'srv'] };";

    #[test]
    fn terms() {
        let search = |predicate: &str| rows(&format!("{T} search in (A, B) {predicate}"));
        insta::assert_snapshot!(search("'alice'"), @r#"
$table | u | n | host
A | alice@x.com | 1 | 
B | carol | null | alice-pc
"#);
        insta::assert_snapshot!(search("'*lice'"), @r#"
$table | u | n | host
A | alice@x.com | 1 | 
A | Malice | 3 | 
B | carol | null | alice-pc
"#);
        insta::assert_snapshot!(search("'al*'"), @r#"
$table | u | n | host
A | alice@x.com | 1 | 
B | carol | null | alice-pc
"#);
        insta::assert_snapshot!(search("'*lic*'"), @r#"
$table | u | n | host
A | alice@x.com | 1 | 
A | Malice | 3 | 
B | carol | null | alice-pc
"#);
        insta::assert_snapshot!(search("'a*x' or host: 'srv'"), @r#"
$table | u | n | host
A | alice@x.com | 1 | 
B | dave | null | srv
"#);
        insta::assert_snapshot!(search("u: 'alice' and n == 1"), @r#"
$table | u | n | host
A | alice@x.com | 1 |
"#);
        insta::assert_snapshot!(search("not('alice')"), @r#"
$table | u | n | host
A | bob | 2 | 
A | Malice | 3 | 
B | dave | null | srv
"#);
        insta::assert_snapshot!(rows(&format!("{T} search kind=case_sensitive in (A, B) 'ALICE' or 'Malice'")), @r#"
$table | u | n | host
A | Malice | 3 |
"#);
        insta::assert_snapshot!(rows(&format!("{T} A | search 'bob' or n > 2")), @r#"
$table | u | n
A | bob | 2
A | Malice | 3
"#);
        insta::assert_snapshot!(rows(&format!("{T} A | search *  | count")), @r#"
Count
3
"#);
        insta::assert_snapshot!(error(&format!("{T} search in (A, B) zz == 1")), @r#"there is no column or variable `zz` here (the columns are u, n)"#);
        insta::assert_snapshot!(error(&format!("{T} A | search kind=x 'a'")), @r#"there is no kind `x` (the kinds are default, case_insensitive, case_sensitive)"#);
    }

    #[test]
    fn found_rows() {
        insta::assert_snapshot!(rows(&format!("{T} find in (A, B) where u == 'bob' or u == 'dave'")), @r#"
source_ | u | pack_
A | bob | {"n":2}
B | dave | {"host":"srv"}
"#);
        insta::assert_snapshot!(rows(&format!("{T} find withsource=from in (A, B) where * has 'alice' project n, host, u")), @r#"
from | n | host | u
A | 1 |  | alice@x.com
B | null | alice-pc | carol
"#);
        insta::assert_snapshot!(rows(&format!("{T} find in (A, B) where n > 1 project u: string, pack_all()")), @r#"
source_ | u | pack_
A | bob | {"n":2}
A | Malice | {"n":3}
"#);
        insta::assert_snapshot!(rows(&format!("{T} find in (A, B) where host == 'srv' project n: string")), @r#"
source_ | n
B |
"#);
        insta::assert_snapshot!(error(&format!("{T} find in (A) where n > 1 project zz")), @r#"none of the tables has a column `zz`"#);
    }
}
