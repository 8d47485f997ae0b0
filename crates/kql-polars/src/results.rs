//! The tables that a query gives: one for each statement that is an expression, several where it ends in `fork` or `facet`.
//!
//! Sources: <https://learn.microsoft.com/kusto/query/batches>, <https://learn.microsoft.com/kusto/query/fork-operator>,
//! <https://learn.microsoft.com/kusto/query/facet-operator>

use kql::ast::{Arg, Expr, ExprKind, Ident, NamedExpr, OperatorKind, Pipeline};
use kql::{Error, ErrorKind, Span};

use crate::operators::{no_column, print, summarize};
use crate::query::{Context, Evaluated};
use crate::rel::Rel;

/// A table that a query gives.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The name that `as` or `fork` gives it.
    pub name: Option<String>,
    /// Its rows.
    pub rel: Rel,
}

/// Binds a statement that is an expression, and adds its tables.
///
/// # Errors
/// Any mistake in it.
pub(crate) fn bind(cx: &Context<'_>, pipeline: &Pipeline, all: &mut Vec<Bound>) -> Result<(), Error> {
    let Some((last, before)) = pipeline.operators.split_last() else {
        all.push(one(cx, pipeline)?);
        return Ok(());
    };
    let input = || {
        let before = Pipeline { operators: before.to_vec(), ..pipeline.clone() };
        let rel = cx.table(&before)?;
        // Each table is made from the same rows, also where `rand()` made them.
        if rel.rereadable { Ok(rel) } else { cx.materialize(rel) }
    };
    match &last.kind {
        OperatorKind::Fork(branches) => fork(cx, input()?, branches, all),
        OperatorKind::Facet { by, with } => facet(cx, input()?, by, with.as_deref(), last.span, all),
        _ => one(cx, pipeline).map(|bound| all.push(bound)),
    }
}

fn one(cx: &Context<'_>, pipeline: &Pipeline) -> Result<Bound, Error> {
    let rel = match cx.evaluate(pipeline)? {
        Evaluated::Table(rel) => rel,
        // A bare scalar expression is a table of one row, as `print` makes it.
        Evaluated::Scalar(value) => print::one(value),
    };
    Ok(Bound { name: name_of(pipeline), rel })
}

/// The name in a last `as`; a `render` after it changes nothing.
fn name_of(pipeline: &Pipeline) -> Option<String> {
    let shown = |kind: &OperatorKind| matches!(kind, OperatorKind::Render { .. });
    match &pipeline.operators.iter().rev().find(|o| !shown(&o.kind))?.kind {
        OperatorKind::As { name, .. } => Some(name.name.clone()),
        _ => None,
    }
}

/// A table for each branch.
fn fork(
    cx: &Context<'_>,
    input: Rel,
    branches: &[(Option<Ident>, Pipeline)],
    all: &mut Vec<Bound>,
) -> Result<(), Error> {
    let cx = cx.with_input(input);
    for (name, branch) in branches {
        let name = name.as_ref().map(|n| n.name.clone()).or_else(|| name_of(branch));
        all.push(Bound { name, rel: cx.table(branch)? });
    }
    Ok(())
}

/// The table of `with`, and for each column one of its values and how many rows have them.
fn facet(
    cx: &Context<'_>,
    input: Rel,
    by: &[Ident],
    with: Option<&Pipeline>,
    span: Span,
    all: &mut Vec<Bound>,
) -> Result<(), Error> {
    if let Some(with) = with {
        all.push(Bound { name: name_of(with), rel: cx.with_input(input.clone()).table(with)? });
    }
    for column in by {
        if input.column(&column.name).is_none() {
            return Err(no_column(&input, &column.name, column.span));
        }
        let ident = |name: String| Ident { name, span: column.span };
        let call = ExprKind::Call { name: ident("count".to_owned()), args: Vec::<Arg>::new() };
        let count = NamedExpr {
            names: vec![ident(format!("count_{}", column.name))],
            expr: Expr { span: column.span, kind: call },
        };
        let key = NamedExpr {
            names: Vec::new(),
            expr: Expr { span: column.span, kind: ExprKind::Name(column.name.clone()) },
        };
        let rel = summarize::apply(cx, input.clone(), &[count], &[key], span)?;
        all.push(Bound { name: None, rel });
    }
    Ok(())
}

/// The error for `fork` or `facet` where one table is wanted: before another operator, in a `let`, a `join`, …
pub(crate) fn misplaced(operator: &str, span: Span) -> Error {
    Error::new(ErrorKind::Unsupported, span, format!("{operator} gives several tables, and one is wanted here"))
        .with_help(format!("let {operator} be the last operator of the query"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::collections::BTreeMap;

    use crate::testing::{error, shown};
    use crate::{NoTables, Options, run_all};

    /// All tables: the name, then the rows.
    fn tables(query: &str) -> String {
        match run_all(query, &NoTables, &BTreeMap::new(), &Options::default()) {
            Ok(all) => all
                .iter()
                .map(|t| format!("[{}]\n{}\n", t.name.as_deref().unwrap_or_default(), shown(&t.table)))
                .collect(),
            Err(error) => format!("ERROR {}", error.render(query)),
        }
    }

    const T: &str = "datatable(s: string, e: string, n: long) ['a', 'x', 1, 'b', 'x', 2, 'a', 'y', 3]";

    #[test]
    fn a_table_for_each_branch() {
        insta::assert_snapshot!(tables(&format!("{T} | fork (where n > 1 | project n) Named = (summarize sum(n) by s) (count | as C)")), @r#"
[]
n
2
3
[Named]
s | sum_n
a | 4
b | 2
[C]
Count
3
"#);
        // The branches see the same rows.
        let twice =
            tables("range x from 1 to 3 step 1 | extend r = rand() | fork (project r) (where true | project r)");
        let (first, second) = twice.split_once("[]\n").unwrap().1.split_once("[]\n").unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn a_table_for_each_column() {
        insta::assert_snapshot!(tables(&format!("{T} | facet by s, e with (where n > 1 | project n)")), @r#"
[]
n
2
3
[]
s | count_s
a | 2
b | 1
[]
e | count_e
x | 2
y | 1
"#);
        insta::assert_snapshot!(tables(&format!("{T} | facet by e")), @r#"
[]
e | count_e
x | 2
y | 1
"#);
        insta::assert_snapshot!(tables(&format!("{T} | facet by z")), @r#"
ERROR 1:93: there is no column `z` here
   string, e: string, n: long) ['a', 'x', 1, 'b', 'x', 2, 'a', 'y', 3] | facet by z
                                                                                  ^
  help: did you mean `e` or `n` or `s`?
"#);
    }

    #[test]
    fn a_table_for_each_statement() {
        insta::assert_snapshot!(tables("let a = 2; print x = a; print y = a + 1 | as ['the second']; a"), @r#"
[]
x
2
[the second]
y
3
[]
print_0
2
"#);
    }

    #[test]
    fn where_one_table_is_wanted() {
        for (query, wanted) in [
            ("print 1; print 2", "the query gives 2 tables, and one is wanted here"),
            ("print x = 1 | fork (count) (take 1)", "the query gives 2 tables"),
            ("print x = 1 | fork (count) (take 1) | count", "fork gives several tables, and one is wanted here"),
            ("let T = print x = 1 | facet by x; T", "facet gives several tables, and one is wanted here"),
            ("let f = () { print 1; print 2 }; f()", "a function gives one value, and this is a second one"),
        ] {
            let message = error(query);
            assert!(message.contains(wanted), "{message}");
        }
    }
}
