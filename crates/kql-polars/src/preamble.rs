//! What a query says of itself before it runs: its parameters and options. And single literals, as values of parameters come.

use kql::ast::{Expr, ExprKind, ParamType, Pipeline, Source, Statement, UnaryOp};
use kql::{Error, KqlType, Value};

use crate::run::on_big_stack;

/// The declarations of a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preamble {
    /// The scalar parameters of `declare query_parameters`, with their types.
    pub parameters: Vec<(String, KqlType)>,
    /// The options of `set` statements; without a value, or with one that is no literal, `None`.
    pub options: Vec<(String, Option<Value>)>,
}

/// The declarations of a query text.
///
/// ```
/// use kql::{KqlType, Value};
/// let found = kql_polars::preamble("set notruncation; set truncationmaxrecords = 5; declare query_parameters(n: long = 1); print n")?;
/// assert_eq!(found.parameters, [("n".to_owned(), KqlType::Long)]);
/// assert_eq!(found.options[1], ("truncationmaxrecords".to_owned(), Some(Value::Long(5))));
/// # Ok::<(), kql::Error>(())
/// ```
///
/// # Errors
/// When the text is not KQL.
pub fn preamble(text: &str) -> Result<Preamble, Error> {
    on_big_stack(|| {
        let mut found = Preamble::default();
        for statement in kql::parse(text)?.statements {
            match statement {
                Statement::QueryParameters(params) => {
                    found.parameters.extend(params.into_iter().filter_map(|p| match p.ty {
                        ParamType::Scalar(ty) => Some((p.name.name, ty)),
                        _ => None,
                    }));
                }
                Statement::Set { name, value } => found.options.push((name.name, value.as_ref().and_then(constant))),
                _ => {}
            }
        }
        Ok(found)
    })
}

/// The value of a text that is one literal, such as `datetime(2020-01-01)`, `1d`, `-3` or `dynamic([1, 2])`; `None` for any other text.
///
/// ```
/// use kql::Value;
/// assert_eq!(kql_polars::literal("-3"), Some(Value::Long(-3)));
/// assert_eq!(kql_polars::literal("now()"), None);
/// ```
pub fn literal(text: &str) -> Option<Value> {
    on_big_stack(|| {
        let statements = kql::parse(text)?.statements;
        Ok(match statements.as_slice() {
            [Statement::Expr(Pipeline { source: Source::Expr(expr), operators, .. })] if operators.is_empty() => {
                constant(expr)
            }
            _ => None,
        })
    })
    .ok()
    .flatten()
}

fn constant(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(value) => Some(value.clone()),
        ExprKind::Unary { op: UnaryOp::Minus, operand } => match constant(operand)? {
            Value::Int(v) => v.checked_neg().map(Value::Int),
            Value::Long(v) => v.checked_neg().map(Value::Long),
            Value::Real(v) => Some(Value::Real(-v)),
            Value::TimeSpan(v) => v.checked_neg().map(Value::TimeSpan),
            _ => None,
        },
        _ => None,
    }
}
