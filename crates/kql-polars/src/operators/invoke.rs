//! `invoke`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/invoke-operator>

use std::rc::Rc;

use kql::ast::{Arg, Expr as Ast, ExprKind};
use kql::{Error, ErrorKind};

use crate::query::{Context, Evaluated};
use crate::rel::{Rel, hidden};
use crate::scope::Binding;
use crate::suggest::did_you_mean;

/// Calls a function of the query with the rows as its first argument.
///
/// # Errors
/// A function that the query does not have, mistakes in its arguments, a function that gives no table.
pub fn apply(cx: &Context<'_>, rel: Rel, call: &Ast) -> Result<Rel, Error> {
    let ExprKind::Call { name, args } = &call.kind else {
        return Err(Error::new(ErrorKind::Syntax, call.span, "invoke needs a call of a function, such as f(1)"));
    };
    let Some(Binding::Function(function)) = cx.scope.get(&name.name) else {
        let mut error =
            Error::new(ErrorKind::UnknownName, name.span, format!("the query has no function `{}`", name.name));
        let functions = cx.scope.iter().filter(|(_, b)| matches!(b, Binding::Function(_)));
        error.help = did_you_mean(&name.name, functions.map(|(n, _)| n));
        return Err(error);
    };
    let input = hidden("invoke", 0);
    let first = Arg { name: None, value: Ast { span: call.span, kind: ExprKind::Name(input.clone()) } };
    let all: Vec<Arg> = std::iter::once(first).chain(args.iter().cloned()).collect();
    let with_input = Context { scope: cx.scope.with(input, Binding::Table(Rc::new(rel))), ..cx.clone() };
    match with_input.call(function, &all, call.span, &with_input.binder())? {
        Evaluated::Table(rel) => Ok(rel),
        Evaluated::Scalar(value) => Err(Error::new(
            ErrorKind::Type,
            call.span,
            format!("invoke needs a function that gives a table, and {} gives a {}", name.name, value.ty),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    #[test]
    fn the_rows_are_the_first_argument() {
        let f = "let f = (T: (x: long), n: long) { T | where x > n | extend y = x * n };";
        insta::assert_snapshot!(rows(&format!("{f} range x from 1 to 4 step 1 | invoke f(2)")), @r#"
x | y
3 | 6
4 | 8
"#);
        insta::assert_snapshot!(error(&format!("{f} range x from 1 to 4 step 1 | invoke g(2)")), @r#"the query has no function `g` (did you mean `f`?)"#);
        insta::assert_snapshot!(error(&format!("{f} print y = 1 | invoke f(2)")), @r#"f(): the table given for `T` has no column `x`"#);
        insta::assert_snapshot!(error("let f = (T: (*)) { 1 }; print y = 1 | invoke f()"), @r#"invoke needs a function that gives a table, and f gives a long"#);
    }
}
