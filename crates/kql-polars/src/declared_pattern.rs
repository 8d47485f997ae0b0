//! `declare pattern`: names such as `country("Canada").Alberta` for the results of queries.
//!
//! Source: <https://learn.microsoft.com/kusto/query/pattern-statement>

use kql::ast::{Arg, Expr, ExprKind};
use kql::{Error, ErrorKind, Span, Value};

use crate::query::{Context, Evaluated};
use crate::scope::{Binding, PatternDef};
use crate::suggest::did_you_mean;

impl Context<'_> {
    /// What a reference to a pattern gives: `p('a')`, `p('a').b`, `p('a')['b']`, `p('a').['b']`. `None` if the expression is none.
    ///
    /// # Errors
    /// References that the pattern does not map, mistakes in the body.
    pub(crate) fn pattern(&self, expr: &Expr) -> Result<Option<Evaluated>, Error> {
        let (call, path) = match &expr.kind {
            ExprKind::Path { target, name } => (&**target, Some(Ok(name.name.as_str()))),
            ExprKind::Index { target, index } => (&**target, Some(Err(&**index))),
            _ => (expr, None),
        };
        let ExprKind::Call { name, args } = &call.kind else {
            return Ok(None);
        };
        let Some(Binding::Pattern(pattern)) = self.scope.get(&name.name) else {
            return Ok(None);
        };
        let pattern = pattern.clone();
        let path = match path {
            None => None,
            Some(Ok(name)) => Some(name.to_owned()),
            Some(Err(index)) => Some(self.text(index)?),
        };
        let arguments = args.iter().map(|a| self.pattern_argument(a)).collect::<Result<Vec<String>, Error>>()?;
        self.referenced(&pattern, &arguments, path.as_deref(), expr.span).map(Some)
    }

    fn pattern_argument(&self, arg: &Arg) -> Result<String, Error> {
        self.text(&arg.value)
    }

    fn text(&self, expr: &Expr) -> Result<String, Error> {
        match &self.binder().bind(expr)?.constant {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(Error::new(ErrorKind::Type, expr.span, "a pattern is referred to with constant strings")),
        }
    }

    fn referenced(
        &self,
        pattern: &PatternDef,
        arguments: &[String],
        path: Option<&str>,
        span: Span,
    ) -> Result<Evaluated, Error> {
        let row = pattern.rows.iter().find(|row| row.arguments == arguments && row.path.as_deref() == path);
        let Some(row) = row else {
            let wanted = shown(&pattern.name, arguments, path);
            let known: Vec<String> =
                pattern.rows.iter().map(|row| shown(&pattern.name, &row.arguments, row.path.as_deref())).collect();
            let mut error = Error::new(ErrorKind::UnknownName, span, format!("the pattern does not map {wanted}"));
            error.help = match known.is_empty() {
                true => Some(format!("`{}` is declared without what it maps", pattern.name)),
                false => did_you_mean(&wanted, known.iter().map(String::as_str))
                    .or_else(|| known.first().map(|first| format!("it maps {} names, such as {first}", known.len()))),
            };
            return Err(error);
        };
        let mut inner = Context { query: self.query, scope: pattern.scope.clone(), input: None };
        match inner.run_body(&row.body, row.span)? {
            Evaluated::Table(mut rel) => {
                rel.name = Some(pattern.name.clone());
                Ok(Evaluated::Table(rel))
            }
            Evaluated::Scalar(mut value) => {
                value.span = span;
                Ok(Evaluated::Scalar(value))
            }
        }
    }
}

/// `p('a', 'b').['c']`
fn shown(name: &str, arguments: &[String], path: Option<&str>) -> String {
    let arguments: Vec<String> = arguments.iter().map(|a| format!("'{a}'")).collect();
    let path = path.map(|path| format!(".['{path}']")).unwrap_or_default();
    format!("{name}({}){path}", arguments.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const P: &str = "let n = 2; declare pattern p = (a: string)[b: string] {
        ('x').['one'] = { range i from 1 to n step 1 };
        ('x').['two words'] = { print i = 10 };
        ('y').['one'] = { let m = 5; print i = m };
    };";

    #[test]
    fn references() {
        assert_eq!(rows(&format!("{P} p('x').one")), "i\n1\n2");
        assert_eq!(rows(&format!("{P} p('y')['one']")), "i\n5");
        assert_eq!(rows(&format!("{P} p('x').['two words'] | extend j = i")), "i | j\n10 | 10");
        assert_eq!(
            rows(&format!("{P} union p('x').one, p(\"y\").one, (p('x')['two words'] | where i > 5)")),
            "i\n1\n2\n5\n10"
        );
        assert_eq!(rows(&format!("{P} print toscalar(p('y').one)")), "print_0\n5");
        assert_eq!(rows("declare pattern q = (a: string) { ('k') = { print x = 1 }; }; q('k')"), "x\n1");
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{P} p('x').onee")), @"the pattern does not map p('x').['onee'] (did you mean `p('x').['one']` or `p('y').['one']`?)");
        insta::assert_snapshot!(error(&format!("{P} p('z').['*']")), @"the pattern does not map p('z').['*'] (did you mean `p('x').['one']` or `p('y').['one']`?)");
        insta::assert_snapshot!(error("declare pattern q; q('10.10.10.10')"), @"the pattern does not map q('10.10.10.10') (`q` is declared without what it maps)");
        insta::assert_snapshot!(error("declare pattern q = (a: long) { }; q(1)"), @"`a` of a pattern has to be a string");
        insta::assert_snapshot!(error("declare pattern q = (a: string) { ('a').['b'] = { print 1 } }; q('a')"), @"the pattern is declared with 1 arguments and no path");
        insta::assert_snapshot!(error(&format!("{P} print x = 'x' | extend y = toscalar(p(x).one)")), @"there is no variable `x` (did you mean `n` or `p`?)");
    }
}
